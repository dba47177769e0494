// The local APIC of a Pentium 4 (xAPIC, version 14H): one memory-mapped page of 32-bit registers, 16 bytes apart.
// SDM 3A "Advanced Programmable Interrupt Controller (APIC)".
//
//   20 ID          30 version     80 TPR          90 APR         A0 PPR         B0 EOI      D0 LDR     E0 DFR
//   F0 SVR         100 ISR (8)    180 TMR (8)     200 IRR (8)    280 ESR        300,310 ICR
//   320 timer      330 thermal    340 perf        350 LINT0      360 LINT1      370 error
//   380 initial count             390 current count              3E0 divide configuration
//
// While it is disabled (IA32_APIC_BASE bit 11) LINT0 is INTR and LINT1 is NMI, as on a processor without one.
// Not modelled: x2APIC, TSC-deadline timer, EOI-broadcast suppression (later processors); arbitration between several processors
// (messages to anyone but this APIC find nobody); accesses that are not 32 bits wide, which the manual leaves undefined.

import type { AddressSpace, Mapping } from "../core/bus/bus.js";
import type { Scheduler } from "../core/bus/clock.js";
import type { AccessSize, Device, DeviceState, Line, Region } from "../core/bus/device.js";
import {
  type ApicMessage,
  DELIVERY_EXT_INT,
  DELIVERY_FIXED,
  DELIVERY_INIT,
  DELIVERY_LOWEST_PRIORITY,
  DELIVERY_NMI,
  DELIVERY_SMI,
  DELIVERY_START_UP,
} from "./apic-message.js";
import { ApicTimer } from "./apic-timer.js";
import * as REGISTER from "./local-apic-registers.js";
import {
  LocalVectorTable,
  LVT_ENTRIES,
  LVT_ERROR,
  LVT_LINT0,
  LVT_LINT1,
  LVT_PERFORMANCE,
  LVT_THERMAL,
  LVT_TIMER,
} from "./local-vector-table.js";
import { StateReader } from "./state-reader.js";
import { VectorSet } from "./vector-set.js";

export const APIC_DEFAULT_BASE = 0xfee00000;
/** IA32_APIC_BASE. */
export const APIC_BASE_BSP = 1 << 8;
export const APIC_BASE_ENABLE = 1 << 11;

const VERSION = 0x00050014;

/** A way for the guest to end an interrupt without a write to the APIC (a hypervisor's). */
export interface ApicEoiOffer {
  /** The interrupt in service may be ended so: nothing else waits, and nobody but the APIC has to know. Made until collect(). */
  offer(): void;
  /** Take the offer back, if there is one. True if the guest had taken it: the interrupt has ended. */
  collect(): boolean;
}

export interface LocalApicOptions {
  readonly id: number;
  readonly scheduler: Scheduler;
  /** Where the register page is mapped. */
  readonly memory: AddressSpace;
  /** The processor core's INTR input. */
  readonly intr: Line;
  nmi(): void;
  smi(): void;
  init(): void;
  startUp(vector: number): void;
  /** INTA cycle to the 8259s, for interrupts in ExtINT mode. */
  acknowledgeExternal(): number;
  /** An EOI of a level-triggered vector, told to the I/O APICs. */
  broadcastEoi(vector: number): void;
  readonly eoiOffer?: ApicEoiOffer;
}

export class LocalApic implements Device, Region {
  readonly name: string;
  /** The two local interrupt pins. */
  readonly lint0: Line = { set: (level) => this.#setPin(0, level) };
  readonly lint1: Line = { set: (level) => this.#setPin(1, level) };

  readonly #wires: LocalApicOptions;
  readonly #timer: ApicTimer;
  readonly #isr = new VectorSet();
  readonly #tmr = new VectorSet();
  readonly #irr = new VectorSet();
  readonly #lvt: LocalVectorTable;
  #base = 0;
  #id = 0;
  #tpr = 0;
  #ldr = 0;
  #dfr = 0;
  #svr = 0;
  #icrLow = 0;
  #icrHigh = 0;
  /** Errors seen since ESR was last written, and what that write made readable. */
  #errors = 0;
  #esr = 0;
  /** An ExtINT message came over the APIC bus and has not been acknowledged. */
  #externalMessage = false;
  #mapping: Mapping | undefined;
  #mappedAt = 0;

  constructor(options: LocalApicOptions) {
    this.#wires = options;
    this.name = `local-apic-${options.id}`;
    this.#lvt = new LocalVectorTable((...message) => this.#deliver(...message));
    this.#timer = new ApicTimer(`${this.name}.timer`, options.scheduler, () => this.#lvt.fire(LVT_TIMER));
    this.reset();
  }

  reset(): void {
    this.#resetRegisters();
    this.base = APIC_DEFAULT_BASE | APIC_BASE_ENABLE | (this.#wires.id === 0 ? APIC_BASE_BSP : 0);
  }

  /** IA32_APIC_BASE. Setting it moves the register page; clearing the enable bit turns the APIC off and forgets its state. */
  get base(): number {
    return this.#base;
  }

  set base(value: number) {
    const wasEnabled = this.#enabled;
    this.#base = ((value & 0xfffff900) | (this.#base & APIC_BASE_BSP)) >>> 0;
    if (wasEnabled && !this.#enabled) this.#resetRegisters();
    this.#map();
    this.#update();
  }

  /** What firmware leaves behind: enabled, the 8259s through LINT0 as ExtINT, NMI on LINT1. MP specification "Virtual Wire Mode". */
  setVirtualWire(): void {
    this.#writeRegister(REGISTER.SVR, REGISTER.SVR_ENABLE | 0xff);
    this.#writeRegister(REGISTER.LVT + LVT_LINT0, DELIVERY_EXT_INT << 8);
    this.#writeRegister(REGISTER.LVT + LVT_LINT1, DELIVERY_NMI << 8);
  }

  /** Takes a message from the APIC bus; true if this APIC was meant and accepts it. */
  receive(message: ApicMessage): boolean {
    if (!this.#enabled || !this.#isDestination(message.destination, message.logical)) return false;
    if (message.deliveryMode <= DELIVERY_LOWEST_PRIORITY && !this.#softwareEnabled) return false;
    this.#deliver(message.deliveryMode, message.vector, message.level);
    return true;
  }

  /** The processor's interrupt-acknowledge cycle. */
  acknowledge(): number {
    if (!this.#enabled) return this.#wires.acknowledgeExternal();
    const vector = this.#deliverable();
    if (vector >= 0) {
      this.#irr.delete(vector);
      this.#isr.add(vector);
      this.#update();
      return vector;
    }
    if (!this.#externalRequest) return this.#svr & 0xff;
    this.#externalMessage = false;
    const external = this.#wires.acknowledgeExternal();
    this.#update();
    return external;
  }

  /** The guest may have ended an interrupt without a word. To be called before anything is done for which it matters what is in service. */
  collectEoi(): void {
    if (this.#wires.eoiOffer?.collect()) this.#isr.delete(this.#isr.highest());
  }

  /** The processor's own events: its thermal sensor, an overflow of a performance counter. */
  raiseLocal(source: "thermal" | "performance"): void {
    if (this.#enabled) this.#lvt.fire(source === "thermal" ? LVT_THERMAL : LVT_PERFORMANCE);
  }

  read(offset: number, size: AccessSize): number {
    const shift = (offset & 3) * 8;
    if ((offset & 15) > 3) return 0;
    this.collectEoi();
    const value = this.#readRegister(offset >> 4) >>> shift;
    return size === 4 ? value : size === 2 ? value & 0xffff : value & 0xff;
  }

  write(offset: number, value: number, size: AccessSize): void {
    if (size !== 4 || (offset & 15) !== 0) return;
    this.collectEoi();
    this.#writeRegister(offset >> 4, value);
  }

  save(): DeviceState {
    return {
      version: 1,
      base: this.#base,
      id: this.#id,
      tpr: this.#tpr,
      ldr: this.#ldr,
      dfr: this.#dfr,
      svr: this.#svr,
      icrLow: this.#icrLow,
      icrHigh: this.#icrHigh,
      errors: this.#errors,
      esr: this.#esr,
      lvt: this.#lvt.save(),
      externalMessage: this.#externalMessage,
      isr: this.#isr.save(),
      tmr: this.#tmr.save(),
      irr: this.#irr.save(),
      timer: this.#timer.save(),
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#id = reader.number("id", 255);
    this.#tpr = reader.number("tpr", 255);
    this.#ldr = reader.number("ldr", 255);
    this.#dfr = reader.number("dfr", 15);
    this.#svr = reader.number("svr", 0x1ff);
    this.#icrLow = reader.number("icrLow");
    this.#icrHigh = reader.number("icrHigh");
    this.#errors = reader.number("errors", 255);
    this.#esr = reader.number("esr", 255);
    this.#lvt.load(reader.nested("lvt", 1));
    this.#externalMessage = reader.boolean("externalMessage");
    this.#isr.load(reader.numbers("isr", 8, 0xffffffff));
    this.#tmr.load(reader.numbers("tmr", 8, 0xffffffff));
    this.#irr.load(reader.numbers("irr", 8, 0xffffffff));
    this.#timer.load(reader.nested("timer", 1));
    this.#base = reader.number("base");
    this.#map();
    this.#update();
  }

  get #enabled(): boolean {
    return (this.#base & APIC_BASE_ENABLE) !== 0;
  }

  get #softwareEnabled(): boolean {
    return (this.#svr & REGISTER.SVR_ENABLE) !== 0;
  }

  // SDM 3A "Local APIC State After Power-Up or Reset".
  #resetRegisters(): void {
    this.#wires.eoiOffer?.collect();
    this.#id = this.#wires.id;
    this.#tpr = 0;
    this.#ldr = 0;
    this.#dfr = 15;
    this.#svr = 0xff;
    this.#icrLow = 0;
    this.#icrHigh = 0;
    this.#errors = 0;
    this.#esr = 0;
    this.#lvt.reset();
    this.#externalMessage = false;
    this.#isr.clear();
    this.#tmr.clear();
    this.#irr.clear();
    this.#timer.reset();
  }

  #map(): void {
    const base = this.#enabled ? (this.#base & 0xfffff000) >>> 0 : 0;
    if (base === this.#mappedAt) return;
    this.#mapping?.remove();
    this.#mapping = base === 0 ? undefined : this.#wires.memory.add(base, 0x1000, this);
    this.#mappedAt = base;
  }

  #readRegister(register: number): number {
    if (register >= REGISTER.ISR && register < REGISTER.ISR + 8) return this.#isr.word(register - REGISTER.ISR);
    if (register >= REGISTER.TMR && register < REGISTER.TMR + 8) return this.#tmr.word(register - REGISTER.TMR);
    if (register >= REGISTER.IRR && register < REGISTER.IRR + 8) return this.#irr.word(register - REGISTER.IRR);
    if (register >= REGISTER.LVT && register < REGISTER.LVT + LVT_ENTRIES) return this.#lvt.read(register - REGISTER.LVT);
    switch (register) {
      case REGISTER.ID:
        return (this.#id << 24) >>> 0;
      case REGISTER.VERSION_REGISTER:
        return VERSION;
      case REGISTER.TPR:
        return this.#tpr;
      case REGISTER.APR:
      case REGISTER.PPR:
        // One processor never arbitrates for the lowest priority: APR is what PPR is.
        return this.#processorPriority();
      case REGISTER.EOI:
        return 0;
      case REGISTER.LDR:
        return (this.#ldr << 24) >>> 0;
      case REGISTER.DFR:
        return ((this.#dfr << 28) | 0x0fffffff) >>> 0;
      case REGISTER.SVR:
        return this.#svr;
      case REGISTER.ESR:
        return this.#esr;
      case REGISTER.ICR_LOW:
        return this.#icrLow;
      case REGISTER.ICR_HIGH:
        return this.#icrHigh;
      case REGISTER.INITIAL_COUNT:
        return this.#timer.initialCount;
      case REGISTER.CURRENT_COUNT:
        return this.#timer.currentCount;
      case REGISTER.DIVIDE:
        return this.#timer.divide;
      default:
        this.#error(REGISTER.ERROR_REGISTER);
        return 0;
    }
  }

  #writeRegister(register: number, value: number): void {
    if (register >= REGISTER.LVT && register < REGISTER.LVT + LVT_ENTRIES) {
      this.#writeLvt(register - REGISTER.LVT, value);
      return;
    }
    switch (register) {
      case REGISTER.ID:
        this.#id = value >>> 24;
        return;
      case REGISTER.TPR:
        this.#tpr = value & 0xff;
        this.#update();
        return;
      case REGISTER.EOI:
        this.#endOfInterrupt();
        return;
      case REGISTER.LDR:
        this.#ldr = value >>> 24;
        return;
      case REGISTER.DFR:
        this.#dfr = value >>> 28;
        return;
      case REGISTER.SVR:
        this.#writeSpurious(value);
        return;
      case REGISTER.ESR:
        this.#esr = this.#errors;
        this.#errors = 0;
        return;
      case REGISTER.ICR_LOW:
        this.#icrLow = value & 0x000ccfff;
        this.#sendInterprocessor();
        return;
      case REGISTER.ICR_HIGH:
        this.#icrHigh = (value & 0xff000000) >>> 0;
        return;
      case REGISTER.INITIAL_COUNT:
        this.#timer.initialCount = value;
        return;
      case REGISTER.DIVIDE:
        this.#timer.divide = value;
        return;
      default:
        if (!isReadOnly(register)) this.#error(REGISTER.ERROR_REGISTER);
    }
  }

  #writeSpurious(value: number): void {
    this.#svr = value & 0x1ff;
    // SDM 3A "Local APIC State After It Has Been Software Disabled": every LVT entry is masked and stays so.
    if (!this.#softwareEnabled) this.#lvt.maskAll();
    this.#configureTimer();
    this.#update();
  }

  #writeLvt(entry: number, value: number): void {
    this.#lvt.write(entry, value, !this.#softwareEnabled);
    if (entry === LVT_TIMER) this.#configureTimer();
    this.#update();
  }

  #configureTimer(): void {
    this.#timer.configure(this.#lvt.isTimerPeriodic, this.#lvt.isMasked(LVT_TIMER));
  }

  #setPin(pin: 0 | 1, level: boolean): void {
    const rose = this.#lvt.setPin(pin, level);
    if (this.#enabled) this.#lvt.pinChanged(pin, rose);
    else if (pin === 1 && rose) this.#wires.nmi();
    this.#update();
  }

  /** LINT0, LINT1 or a message asks for an INTA cycle of the 8259. */
  get #externalRequest(): boolean {
    return this.#externalMessage || this.#lvt.externalRequest;
  }

  // SDM 3A "Determining IPI Destination".
  #isDestination(destination: number, logical: boolean): boolean {
    if (destination === 0xff) return true;
    if (!logical) return destination === this.#id;
    if (this.#dfr === 15) return (destination & this.#ldr) !== 0;
    const sameCluster = destination >> 4 === 15 || destination >> 4 === this.#ldr >> 4;
    return this.#dfr === 0 && sameCluster && (destination & this.#ldr & 15) !== 0;
  }

  #sendInterprocessor(): void {
    const mode = (this.#icrLow >> 8) & 7;
    const vector = this.#icrLow & 0xff;
    const level = (this.#icrLow & REGISTER.ICR_LEVEL) !== 0;
    // INIT Level De-assert does nothing on a Pentium 4 (SDM 3A "Interrupt Command Register").
    if (mode === DELIVERY_INIT && level && !(this.#icrLow & REGISTER.ICR_ASSERT)) return;
    if (mode <= DELIVERY_LOWEST_PRIORITY && vector < 16) {
      this.#error(REGISTER.ERROR_SEND_VECTOR);
      return;
    }
    // Reserved in an ICR: nobody can send what an 8259 would.
    if (mode === DELIVERY_EXT_INT) return;
    const shorthand = (this.#icrLow >> 18) & 3;
    const logical = (this.#icrLow & (1 << 11)) !== 0;
    const here = shorthand === 0 ? this.#isDestination(this.#icrHigh >>> 24, logical) : shorthand !== 3;
    // Interprocessor interrupts are edge-triggered whatever the bit says, but for INIT.
    if (here) this.#deliver(mode, vector, false);
  }

  #deliver(mode: number, vector: number, level: boolean): void {
    switch (mode) {
      case DELIVERY_FIXED:
      case DELIVERY_LOWEST_PRIORITY:
        this.#accept(vector, level);
        return;
      case DELIVERY_SMI:
        this.#wires.smi();
        return;
      case DELIVERY_NMI:
        this.#wires.nmi();
        return;
      case DELIVERY_INIT:
        this.#wires.init();
        return;
      case DELIVERY_START_UP:
        this.#wires.startUp(vector);
        return;
      case DELIVERY_EXT_INT:
        this.#externalMessage = true;
        this.#update();
        return;
    }
  }

  #accept(vector: number, level: boolean): void {
    if (vector < 16) {
      this.#error(REGISTER.ERROR_RECEIVE_VECTOR);
      return;
    }
    if (!this.#softwareEnabled) return;
    this.collectEoi();
    this.#irr.add(vector);
    this.#tmr.put(vector, level);
    this.#update();
  }

  #error(error: number): void {
    const fresh = error & ~this.#errors;
    this.#errors |= error;
    // An error vector below 16 must not report itself for ever: only the first of its kind is told.
    if (fresh) this.#lvt.fire(LVT_ERROR);
  }

  #endOfInterrupt(): void {
    const vector = this.#isr.highest();
    if (vector < 0) return;
    this.#isr.delete(vector);
    if (this.#tmr.has(vector)) {
      this.#lvt.endOfInterrupt(vector);
      this.#wires.broadcastEoi(vector);
    }
    this.#update();
  }

  // SDM 3A "Task and Processor Priorities".
  #processorPriority(): number {
    const inService = Math.max(this.#isr.highest(), 0);
    return this.#tpr >> 4 >= inService >> 4 ? this.#tpr : inService & 0xf0;
  }

  #deliverable(): number {
    const vector = this.#irr.highest();
    return vector >> 4 > this.#processorPriority() >> 4 ? vector : -1;
  }

  #update(): void {
    if (!this.#enabled) this.#wires.intr.set(this.#lvt.lint0);
    else this.#wires.intr.set(this.#deliverable() >= 0 || this.#externalRequest);
    if (this.#irr.highest() < 0) this.#offerEoi();
  }

  #offerEoi(): void {
    const vector = this.#isr.highest();
    if (vector >= 0 && !this.#tmr.has(vector)) this.#wires.eoiOffer?.offer();
  }
}

function isReadOnly(register: number): boolean {
  return (
    register === REGISTER.VERSION_REGISTER ||
    register === REGISTER.APR ||
    register === REGISTER.PPR ||
    register === REGISTER.CURRENT_COUNT ||
    (register >= REGISTER.ISR && register < REGISTER.ESR)
  );
}
