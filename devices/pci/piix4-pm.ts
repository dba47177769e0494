// Intel 82371AB (PIIX4), function 3: power management. I/O space at PMBA (configuration 40H, enabled by bit 0 of 80H):
//
//   00 PMSTS   02 PMEN   04 PMCNTRL   08 PMTMR   0C GPSTS   0E GPEN   10-37 throttling, global and device registers
//
// and SMBus space at SMBBA (90H, enabled by bit 0 of D2H), and the APM ports B2/B3.
// ACPI mode is switched by what firmware's SMI handler would do on a write to B2: F1H sets SCI_EN, F0H clears it. The processor has no
// system management mode, so DEVACTB.APMC_EN reads set, which tells firmware that a handler is in place.
// Not modelled: sleep states but S5 (soft off), clock throttling, device monitors, GPIO (registers hold what is written).

import type { AddressSpace, Mapping } from "../../core/bus/bus.js";
import type { Scheduler, Timer } from "../../core/bus/clock.js";
import type { AccessSize, DeviceState, Line, Region } from "../../core/bus/device.js";
import { cyclesAt, timeOfCycle } from "../frequency.js";
import { StateReader } from "../state-reader.js";
import { PciFunction } from "./function.js";
import { SMBUS_SIZE, Smbus } from "./smbus.js";

export const PM_BASE = 0x40;
export const PM_MISC = 0x80;
export const SMB_BASE = 0x90;
export const SMB_CONFIG = 0xd2;
const PM_SIZE = 64;

/** ACPI 5.0 4.8.3.3 "Power Management Timer": 24 bits, free running; its status bit is set when bit 23 changes. */
export const PM_TIMER_HZ = 3_579_545;
const TIMER_PERIOD = 2 ** 24;
const TIMER_HALF = 2 ** 23;

export const APM_CONTROL = 0xb2;
const APM_ACPI_ENABLE = 0xf1;
const APM_ACPI_DISABLE = 0xf0;

const PMSTS = 0x00;
const PMEN = 0x02;
const PMCNTRL = 0x04;
const PMTMR = 0x08;
const GPSTS = 0x0c;
const GPEN = 0x0e;

const TIMER_STATUS = 1 << 0;
const POWER_BUTTON = 1 << 8;
const PMSTS_MASK = 0x8d31;
const PMEN_MASK = 0x0521;
const SCI_ENABLE = 1 << 0;
const SLEEP_TYPE_SHIFT = 10;
const SLEEP_ENABLE = 1 << 13;
/** PIIX4 data sheet "PMCNTRL": suspend type 000 is soft off. */
const SLEEP_TYPE_SOFT_OFF = 0;

export interface Piix4PmOptions {
  readonly ports: AddressSpace;
  readonly scheduler: Scheduler;
  /** System control interrupt: level-triggered, IRQ 9. */
  readonly sci: Line;
  readonly smbusInterrupt: Line;
  powerOff(): void;
}

export class Piix4Pm extends PciFunction {
  /** Ports B2 (command) and B3 (status). */
  readonly apm: Region = { read: (offset, size) => this.#readApm(offset, size), write: (...access) => this.#writeApm(...access) };

  readonly #options: Piix4PmOptions;
  readonly #smbus: Smbus;
  readonly #timer: Timer;
  /** The I/O space's bytes; status and timer are read through #readByte. */
  readonly #registers = new Uint8Array(PM_SIZE);
  readonly #apmBytes = new Uint8Array(2);
  #halfPeriods = 0;
  #pm: Window;
  #smb: Window;

  constructor(options: Piix4PmOptions) {
    super("piix4-pm", {
      vendor: 0x8086,
      device: 0x7113,
      classCode: 0x068000,
      revision: 3,
      subsystemVendor: 0x1af4,
      subsystem: 0x1100,
      interruptPin: 1,
      commandMask: 0x0001,
    });
    this.#options = options;
    this.#smbus = new Smbus(options.smbusInterrupt);
    this.#timer = options.scheduler.timer("piix4-pm.timer", () => this.#update());
    this.#describe();
    const region: Region = { read: (...access) => this.#read(...access), write: (...access) => this.#write(...access) };
    this.#pm = new Window(options.ports, PM_SIZE, region);
    this.#smb = new Window(options.ports, SMBUS_SIZE, this.#smbus);
    this.watch(PM_BASE, SMB_CONFIG, () => this.#place());
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.#registers.fill(0);
    this.#apmBytes.fill(0);
    this.#halfPeriods = this.#halfPeriodsNow();
    this.#smbus.reset();
    this.#update();
  }

  /** The power button, pressed for less than four seconds: a request to the system. */
  pressPowerButton(): void {
    this.#setWord(PMSTS, this.#word(PMSTS) | POWER_BUTTON);
    this.#update();
  }

  /** General-purpose event `event` (0-15) happened. */
  raiseEvent(event: number): void {
    this.#setWord(GPSTS, this.#word(GPSTS) | (1 << (event & 15)));
    this.#update();
  }

  override save(): DeviceState {
    this.#update();
    return {
      ...super.save(),
      registers: this.#registers.slice(),
      apm: this.#apmBytes.slice(),
      halfPeriods: this.#halfPeriods,
      smbus: this.#smbus.save(),
    };
  }

  override load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    super.load(state);
    this.#registers.set(reader.bytes("registers", PM_SIZE));
    this.#apmBytes.set(reader.bytes("apm", 2));
    this.#halfPeriods = reader.number("halfPeriods", Number.MAX_SAFE_INTEGER);
    this.#smbus.load(reader.nested("smbus", 1));
    this.#update();
  }

  #describe(): void {
    this.setInitial(0x06, [0x80, 0x02]);
    this.setInitial(PM_BASE, [0x01, 0, 0, 0]);
    this.setWritable(PM_BASE, [0xc0, 0xff, 0, 0]);
    this.setWritable(0x44, new Array(0x3c).fill(0xff));
    this.setInitial(0x58, [0, 0, 0, 0x02]);
    this.setWritable(PM_MISC, [0x01]);
    this.setInitial(SMB_BASE, [0x01, 0, 0, 0]);
    this.setWritable(SMB_BASE, [0xf0, 0xff, 0, 0]);
    this.setWritable(SMB_CONFIG, [0x0f, 0xff, 0xff, 0xff]);
  }

  #place(): void {
    this.#pm.move(this.config[PM_MISC]! & 1 ? this.readWord(PM_BASE) & 0xffc0 : 0);
    this.#smb.move(this.config[SMB_CONFIG]! & 1 ? this.readWord(SMB_BASE) & 0xfff0 : 0);
  }

  #word(offset: number): number {
    return this.#registers[offset]! | (this.#registers[offset + 1]! << 8);
  }

  #setWord(offset: number, value: number): void {
    this.#registers[offset] = value & 0xff;
    this.#registers[offset + 1] = value >> 8;
  }

  #read(offset: number, size: AccessSize): number {
    this.#update();
    const ticks = cyclesAt(this.#options.scheduler.now(), PM_TIMER_HZ) % TIMER_PERIOD;
    let value = 0;
    for (let index = size - 1; index >= 0; index--) {
      const at = offset + index;
      const byte = at >= PMTMR && at < PMTMR + 4 ? (ticks >>> ((at - PMTMR) * 8)) & 0xff : (this.#registers[at] ?? 0xff);
      value = value * 256 + byte;
    }
    return value;
  }

  #write(offset: number, value: number, size: AccessSize): void {
    this.#update();
    const first = offset & ~1;
    for (let word = first; word < offset + size; word += 2) {
      const shift = (word - offset) * 8;
      const part = shift >= 0 ? value >>> shift : value << -shift;
      const mask = size === 1 ? 0xff << ((offset & 1) * 8) : 0xffff;
      this.#writeWord(word, part & 0xffff, mask);
    }
    this.#update();
  }

  #writeWord(offset: number, value: number, mask: number): void {
    if (offset >= PM_SIZE) return;
    const merged = (this.#word(offset) & ~mask) | (value & mask);
    switch (offset) {
      case PMSTS:
      case GPSTS:
        // Write one to clear.
        this.#setWord(offset, this.#word(offset) & ~(value & mask) & (offset === PMSTS ? PMSTS_MASK : 0xffff));
        return;
      case PMEN:
        this.#setWord(offset, merged & PMEN_MASK);
        return;
      case PMCNTRL:
        this.#control(merged);
        return;
      case PMTMR:
      case PMTMR + 2:
        return;
      default:
        this.#setWord(offset, merged);
    }
  }

  #control(value: number): void {
    this.#setWord(PMCNTRL, value & 0x1c03);
    const type = (value >> SLEEP_TYPE_SHIFT) & 7;
    if (value & SLEEP_ENABLE && type === SLEEP_TYPE_SOFT_OFF) this.#options.powerOff();
  }

  /** Brings the timer's status up to date, drives the SCI, and sleeps until the timer may matter again. */
  #update(): void {
    const halfPeriods = this.#halfPeriodsNow();
    if (halfPeriods !== this.#halfPeriods) this.#setWord(PMSTS, this.#word(PMSTS) | TIMER_STATUS);
    this.#halfPeriods = halfPeriods;
    const wanted = (this.#word(PMSTS) & this.#word(PMEN)) | (this.#word(GPSTS) & this.#word(GPEN));
    this.#options.sci.set((this.#word(PMCNTRL) & SCI_ENABLE) !== 0 && wanted !== 0);
    if (this.#word(PMEN) & TIMER_STATUS) this.#timer.at(timeOfCycle((halfPeriods + 1) * TIMER_HALF, PM_TIMER_HZ));
    else this.#timer.cancel();
  }

  /** How often bit 23 of the timer has changed since power-on. */
  #halfPeriodsNow(): number {
    return Math.floor(cyclesAt(this.#options.scheduler.now(), PM_TIMER_HZ) / TIMER_HALF);
  }

  #readApm(offset: number, size: AccessSize): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + (this.#apmBytes[offset + index] ?? 0xff);
    return value;
  }

  #writeApm(offset: number, value: number, size: AccessSize): void {
    for (let index = 0; index < size && offset + index < 2; index++) this.#apmBytes[offset + index] = value >>> (index * 8);
    if (offset !== 0) return;
    const command = this.#apmBytes[0];
    const control = this.#word(PMCNTRL);
    if (command === APM_ACPI_ENABLE) this.#setWord(PMCNTRL, control | SCI_ENABLE);
    if (command === APM_ACPI_DISABLE) this.#setWord(PMCNTRL, control & ~SCI_ENABLE);
    this.#update();
  }
}

/** An I/O window whose place is a register of its own rather than a BAR. */
class Window {
  #at = 0;
  #mapping: Mapping | undefined;
  readonly #space: AddressSpace;
  readonly #size: number;
  readonly #region: Region;

  constructor(space: AddressSpace, size: number, region: Region) {
    this.#space = space;
    this.#size = size;
    this.#region = region;
  }

  /** 0 closes it. */
  move(base: number): void {
    if (base === this.#at) return;
    this.#mapping?.remove();
    this.#mapping = base === 0 ? undefined : this.#space.add(base, this.#size, this.#region);
    this.#at = base;
  }
}
