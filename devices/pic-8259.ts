// Intel 8259A programmable interrupt controller, with the edge/level register (ELCR) that PCI chipsets put beside it.
//
// Registers of one chip (A0 = offset):
//   0 write  ICW1 (bit 4 set), OCW2, OCW3        0 read  IRR or ISR, or a poll
//   1 write  ICW2, ICW3, ICW4, then OCW1 (IMR)   1 read  IMR, or a poll
// All initialisation and operation command words, 8086 and MCS-80/85 mode, poll, rotation, special mask, special fully nested mode,
// automatic EOI, buffered mode (as far as software sees it) and cascading over CAS0-2 are modelled.
// Not modelled: the third byte of an MCS-80/85 CALL, since an x86 processor runs two INTA cycles and takes what the second carries;
// the delays between an edge and INT.

import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { StateReader } from "./state-reader.js";

const ICW1 = 0x10;
const ICW1_IC4 = 0x01;
const ICW1_SINGLE = 0x02;
const ICW1_INTERVAL_4 = 0x04;
const ICW1_LEVEL = 0x08;

const ICW4_8086 = 0x01;
const ICW4_AUTO_EOI = 0x02;
const ICW4_BUFFERED_MASTER = 0x04;
const ICW4_BUFFERED = 0x08;
const ICW4_SPECIAL_NESTED = 0x10;

const OCW3 = 0x08;
const OCW3_READ_ISR = 0x01;
const OCW3_READ_REGISTER = 0x02;
const OCW3_POLL = 0x04;
const OCW3_SPECIAL_MASK = 0x20;
const OCW3_ENABLE_SPECIAL_MASK = 0x40;

/** What the resolver says when nobody asks any more: "default IR7". */
const SPURIOUS_LEVEL = 7;
const NONE = -1;

/** What the next write to A0 = 1 means. Before the first ICW1 the chip answers nothing: `off`. */
const PHASES = ["off", "icw2", "icw3", "icw4", "ready"] as const;
type Phase = (typeof PHASES)[number];

export interface Pic8259Options {
  /** The SP/EN pin: a slave's is tied low. Buffered mode overrides it. */
  readonly slave?: boolean;
  /** Inputs whose ELCR bit can be set; the others stay edge-triggered. */
  readonly elcrMask?: number;
}

export class Pic8259 implements Device {
  readonly ports: Region = new ByteRegion(2, {
    read: (offset) => this.#read(offset),
    write: (offset, value) => this.#write(offset, value),
  });
  /** Edge/level control register: one byte, port 4D0H or 4D1H. */
  readonly elcr: Region = new ByteRegion(1, {
    read: () => this.#elcr,
    write: (_, value) => this.#writeElcr(value),
  });

  readonly #slavePin: boolean;
  readonly #elcrMask: number;
  readonly #slaves: Pic8259[] = [];

  #inputs = 0;
  #edges = 0;
  #isr = 0;
  #imr = 0;
  #elcr = 0;
  #phase: Phase = "off";
  #icw1 = 0;
  #icw2 = 0;
  #icw3 = 0;
  #icw4 = 0;
  #lowest = 7;
  #rotateInAutoEoi = false;
  #specialMask = false;
  #readIsr = false;
  #poll = false;

  constructor(
    readonly name: string,
    private readonly int: Line,
    options: Pic8259Options = {},
  ) {
    this.#slavePin = options.slave ?? false;
    this.#elcrMask = options.elcrMask ?? 0;
  }

  /** The wire to IR0-IR7. */
  input(level: number): Line {
    const bit = 1 << level;
    return { set: (high) => this.#setInput(bit, high) };
  }

  /** Put a slave on this chip's CAS0-2 lines; its INT goes to an input like any other wire. */
  cascade(slave: Pic8259): void {
    this.#slaves.push(slave);
  }

  /** The two INTA cycles of a processor: answers the vector and puts the request in service. */
  acknowledge(): number {
    const level = this.#enterService();
    let vector = this.#vector(level);
    if (this.#drivesCascade(level)) vector = this.#slaveVector(level);
    this.#leaveAutomatically();
    this.#update();
    return vector;
  }

  /** Level of the INT output. */
  get interrupt(): boolean {
    return this.#pending() !== NONE;
  }

  reset(): void {
    this.#elcr = 0;
    this.#clear();
    this.#phase = "off";
    this.#icw1 = this.#icw2 = this.#icw3 = this.#icw4 = 0;
    this.#rotateInAutoEoi = false;
    this.#update();
  }

  save(): DeviceState {
    return {
      version: 1,
      inputs: this.#inputs,
      edges: this.#edges,
      isr: this.#isr,
      imr: this.#imr,
      elcr: this.#elcr,
      phase: this.#phase,
      icw: [this.#icw1, this.#icw2, this.#icw3, this.#icw4],
      lowest: this.#lowest,
      rotateInAutoEoi: this.#rotateInAutoEoi,
      specialMask: this.#specialMask,
      readIsr: this.#readIsr,
      poll: this.#poll,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#inputs = reader.number("inputs", 0xff);
    this.#edges = reader.number("edges", 0xff);
    this.#isr = reader.number("isr", 0xff);
    this.#imr = reader.number("imr", 0xff);
    this.#elcr = reader.number("elcr", 0xff) & this.#elcrMask;
    this.#phase = reader.choice("phase", PHASES);
    const [icw1, icw2, icw3, icw4] = reader.numbers("icw", 4, 0xff);
    this.#icw1 = icw1!;
    this.#icw2 = icw2!;
    this.#icw3 = icw3!;
    this.#icw4 = icw4!;
    this.#lowest = reader.number("lowest", 7);
    this.#rotateInAutoEoi = reader.boolean("rotateInAutoEoi");
    this.#specialMask = reader.boolean("specialMask");
    this.#readIsr = reader.boolean("readIsr");
    this.#poll = reader.boolean("poll");
    this.#update();
  }

  // --- Registers

  #read(offset: number): number {
    if (this.#poll) return this.#readPoll();
    if (offset === 1) return this.#imr;
    return this.#readIsr ? this.#isr : this.#irr;
  }

  /** 8259A "Poll Command": the read is taken for an INTA; bit 7 says whether there was a request. */
  #readPoll(): number {
    this.#poll = false;
    if (!this.interrupt) return SPURIOUS_LEVEL;
    const level = this.#enterService();
    this.#leaveAutomatically();
    this.#update();
    return 0x80 | level;
  }

  #write(offset: number, value: number): void {
    if (offset === 1) this.#writeNext(value);
    else if (value & ICW1) this.#writeIcw1(value);
    else if (value & OCW3) this.#writeOcw3(value);
    else this.#writeOcw2(value);
    this.#update();
  }

  // 8259A "Initialization Command Words 1 and 2", a to f.
  #writeIcw1(value: number): void {
    this.#clear();
    this.#icw1 = value;
    this.#icw3 = 7;
    if (!(value & ICW1_IC4)) this.#icw4 = 0;
    this.#phase = "icw2";
  }

  #clear(): void {
    // "Edge sense circuit is reset": an input that is already high must fall and rise again. ISR: "Priority Cell", note 1, master clear.
    this.#edges = 0;
    this.#isr = 0;
    this.#imr = 0;
    this.#lowest = 7;
    this.#specialMask = false;
    this.#readIsr = false;
    this.#poll = false;
  }

  #writeNext(value: number): void {
    switch (this.#phase) {
      case "icw2":
        this.#icw2 = value;
        this.#phase = this.#icw1 & ICW1_SINGLE ? this.#afterIcw3() : "icw3";
        return;
      case "icw3":
        this.#icw3 = value;
        this.#phase = this.#afterIcw3();
        return;
      case "icw4":
        this.#icw4 = value;
        this.#phase = "ready";
        return;
      default:
        this.#imr = value;
    }
  }

  #afterIcw3(): Phase {
    return this.#icw1 & ICW1_IC4 ? "icw4" : "ready";
  }

  // 8259A "Operation Control Word 2": bits 7-5 are R, SL, EOI.
  #writeOcw2(value: number): void {
    const named = value & 7;
    switch (value >> 5) {
      case 0b000:
        this.#rotateInAutoEoi = false;
        break;
      case 0b100:
        this.#rotateInAutoEoi = true;
        break;
      case 0b001:
        this.#endOfInterrupt(this.#highest(this.#unmaskedIsr), false);
        break;
      case 0b101:
        this.#endOfInterrupt(this.#highest(this.#unmaskedIsr), true);
        break;
      case 0b011:
        this.#endOfInterrupt(named, false);
        break;
      case 0b111:
        this.#endOfInterrupt(named, true);
        break;
      case 0b110:
        this.#lowest = named;
        break;
    }
  }

  #writeOcw3(value: number): void {
    if (value & OCW3_ENABLE_SPECIAL_MASK) this.#specialMask = (value & OCW3_SPECIAL_MASK) !== 0;
    if (value & OCW3_READ_REGISTER) this.#readIsr = (value & OCW3_READ_ISR) !== 0;
    this.#poll = (value & OCW3_POLL) !== 0;
  }

  #writeElcr(value: number): void {
    this.#elcr = value & this.#elcrMask;
    this.#update();
  }

  // --- Requests and priority

  #setInput(bit: number, high: boolean): void {
    if (((this.#inputs & bit) !== 0) === high) return;
    this.#inputs ^= bit;
    // 8259A "Edge and Level Triggered Modes": a request must stay high until the first INTA, or it is withdrawn.
    if (high) this.#edges |= bit;
    else this.#edges &= ~bit;
    this.#update();
  }

  get #levelTriggered(): number {
    return this.#icw1 & ICW1_LEVEL ? 0xff : this.#elcr;
  }

  get #irr(): number {
    const levels = this.#levelTriggered;
    return (this.#inputs & levels) | (this.#edges & ~levels);
  }

  /** The request that INT announces, or NONE: unmasked, and of higher priority than everything in service. */
  #pending(): number {
    const requests = this.#irr & ~this.#imr;
    if (requests === 0 || this.#phase !== "ready") return NONE;
    // 8259A "Special Mask Mode": levels in service that are masked hold nobody back.
    const request = this.#highest(requests);
    const serving = this.#highest(this.#unmaskedIsr);
    if (serving === NONE || this.#rank(request) < this.#rank(serving)) return request;
    // 8259A "The Special Fully Nested Mode": a slave in service does not lock itself out.
    const nested = (this.#icw4 & ICW4_SPECIAL_NESTED) !== 0 && this.#drivesCascade(request);
    return request === serving && nested ? request : NONE;
  }

  get #unmaskedIsr(): number {
    return this.#specialMask ? this.#isr & ~this.#imr : this.#isr;
  }

  /** 0 for the highest priority, 7 for the lowest. */
  #rank(level: number): number {
    return (level - this.#lowest - 1) & 7;
  }

  #highest(bits: number): number {
    for (let rank = 1; bits !== 0 && rank <= 8; rank++) {
      const level = (this.#lowest + rank) & 7;
      if (bits & (1 << level)) return level;
    }
    return NONE;
  }

  /** INT follows from everything else, and only here. */
  #update(): void {
    this.int.set(this.interrupt);
  }

  // --- Interrupt acknowledge

  /** First INTA: the winner moves from IRR to ISR. INT falls meanwhile, so that what still waits makes a new edge at a master. */
  #enterService(): number {
    const level = this.#pending();
    this.int.set(false);
    if (level === NONE) return SPURIOUS_LEVEL;
    this.#isr |= 1 << level;
    this.#edges &= ~(1 << level);
    return level;
  }

  #vector(level: number): number {
    if (this.#icw4 & ICW4_8086) return (this.#icw2 & 0xf8) | level;
    if (this.#icw1 & ICW1_INTERVAL_4) return (this.#icw1 & 0xe0) | (level << 2);
    return (this.#icw1 & 0xc0) | (level << 3);
  }

  #drivesCascade(level: number): boolean {
    const master = this.#icw4 & ICW4_BUFFERED ? (this.#icw4 & ICW4_BUFFERED_MASTER) !== 0 : !this.#slavePin;
    return master && !(this.#icw1 & ICW1_SINGLE) && (this.#icw3 & (1 << level)) !== 0;
  }

  /** The slave whose ICW3 names `identity` puts the vector on the bus. If there is none, nobody drives it. */
  #slaveVector(identity: number): number {
    const slave = this.#slaves.find((chip) => chip.#phase === "ready" && (chip.#icw3 & 7) === identity);
    if (slave === undefined) return 0xff;
    const level = slave.#enterService();
    slave.#leaveAutomatically();
    slave.#update();
    return slave.#vector(level);
  }

  /** 8259A "Automatic End of Interrupt Mode": a non-specific EOI at the end of the last INTA (in MCS-80/85 mode the third, never seen here). */
  #leaveAutomatically(): void {
    const eightySix = (this.#icw4 & ICW4_8086) !== 0;
    if (eightySix && this.#icw4 & ICW4_AUTO_EOI) this.#endOfInterrupt(this.#highest(this.#unmaskedIsr), this.#rotateInAutoEoi);
  }

  #endOfInterrupt(level: number, rotate: boolean): void {
    if (level === NONE) return;
    this.#isr &= ~(1 << level);
    if (rotate) this.#lowest = level;
  }
}
