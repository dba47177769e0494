// The local vector table of a local APIC: what the timer, the processor's own sensors, the pins LINT0 and LINT1, and errors turn into.
// SDM 3A "Local Vector Table".

import type { DeviceState } from "../core/bus/device.js";
import { DELIVERY_EXT_INT, DELIVERY_FIXED } from "./apic-message.js";
import type { StateReader } from "./state-reader.js";

export const LVT_TIMER = 0;
export const LVT_THERMAL = 1;
export const LVT_PERFORMANCE = 2;
export const LVT_LINT0 = 3;
export const LVT_LINT1 = 4;
export const LVT_ERROR = 5;
export const LVT_ENTRIES = 6;

const REMOTE_IRR = 1 << 14;
const LEVEL = 1 << 15;
const MASKED = 1 << 16;
const PERIODIC = 1 << 17;
/** Writable bits: timer, thermal, performance, LINT0, LINT1, error. */
const WRITABLE = [0x300ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff];

type Deliver = (mode: number, vector: number, level: boolean) => void;

export class LocalVectorTable {
  readonly #deliver: Deliver;
  readonly #entries = new Array<number>(LVT_ENTRIES).fill(MASKED);
  /** Levels at LINT0 and LINT1. */
  readonly #pins: [boolean, boolean] = [false, false];

  constructor(deliver: Deliver) {
    this.#deliver = deliver;
  }

  /** The pins are driven from outside and keep their level. */
  reset(): void {
    this.#entries.fill(MASKED);
  }

  read(entry: number): number {
    return this.#entries[entry]!;
  }

  /** `forceMask`: the APIC is software-disabled, so the mask stays set. */
  write(entry: number, value: number, forceMask: boolean): void {
    const staysLevel = value & LEVEL && deliveryMode(value) === DELIVERY_FIXED;
    const remoteIrr = staysLevel ? this.#entries[entry]! & REMOTE_IRR : 0;
    this.#entries[entry] = (value & WRITABLE[entry]!) | remoteIrr | (forceMask ? MASKED : 0);
    if (entry === LVT_LINT0) this.serviceLevel();
  }

  maskAll(): void {
    this.#entries.forEach((value, entry) => {
      this.#entries[entry] = value | MASKED;
    });
  }

  isMasked(entry: number): boolean {
    return (this.#entries[entry]! & MASKED) !== 0;
  }

  get isTimerPeriodic(): boolean {
    return (this.#entries[LVT_TIMER]! & PERIODIC) !== 0;
  }

  get lint0(): boolean {
    return this.#pins[0];
  }

  /** True if the pin rose. */
  setPin(pin: 0 | 1, level: boolean): boolean {
    const rose = level && !this.#pins[pin];
    this.#pins[pin] = level;
    return rose;
  }

  /** A source fires. */
  fire(entry: number): void {
    if (this.isMasked(entry)) return;
    const value = this.#entries[entry]!;
    const mode = entry === LVT_TIMER || entry === LVT_ERROR ? DELIVERY_FIXED : deliveryMode(value);
    // The processor sets the mask of the performance counter entry when it delivers one.
    if (entry === LVT_PERFORMANCE) this.#entries[entry] = value | MASKED;
    this.#deliver(mode, value & 0xff, false);
  }

  /** LINT0 or LINT1 changed while the APIC is on. LINT1 knows no level triggering; ExtINT is always a level, the rest always edges. */
  pinChanged(pin: 0 | 1, rose: boolean): void {
    const entry = pin === 0 ? LVT_LINT0 : LVT_LINT1;
    const value = this.#entries[entry]!;
    const mode = deliveryMode(value);
    if (mode === DELIVERY_FIXED && pin === 0 && value & LEVEL) this.serviceLevel();
    else if (rose && mode !== DELIVERY_EXT_INT) this.fire(entry);
  }

  /** LINT0 in fixed, level-triggered mode: deliver while asserted and not yet in service. */
  serviceLevel(): void {
    const value = this.#entries[LVT_LINT0]!;
    if (!this.#pins[0] || value & (MASKED | REMOTE_IRR) || !(value & LEVEL) || deliveryMode(value) !== DELIVERY_FIXED) return;
    this.#entries[LVT_LINT0] = value | REMOTE_IRR;
    this.#deliver(DELIVERY_FIXED, value & 0xff, true);
  }

  /** EOI of a level-triggered vector. */
  endOfInterrupt(vector: number): void {
    const value = this.#entries[LVT_LINT0]!;
    if (value & REMOTE_IRR && (value & 0xff) === vector) this.#entries[LVT_LINT0] = value & ~REMOTE_IRR;
    this.serviceLevel();
  }

  /** A pin asks for an INTA cycle of the 8259. */
  get externalRequest(): boolean {
    return this.#asksExternally(0, LVT_LINT0) || this.#asksExternally(1, LVT_LINT1);
  }

  save(): DeviceState {
    return { version: 1, entries: [...this.#entries], lint0: this.#pins[0], lint1: this.#pins[1] };
  }

  load(reader: StateReader): void {
    reader.numbers("entries", LVT_ENTRIES, 0x3ffff).forEach((value, entry) => {
      this.#entries[entry] = value & (WRITABLE[entry]! | REMOTE_IRR);
    });
    this.#pins[0] = reader.boolean("lint0");
    this.#pins[1] = reader.boolean("lint1");
  }

  #asksExternally(pin: 0 | 1, entry: number): boolean {
    const value = this.#entries[entry]!;
    return this.#pins[pin] && !(value & MASKED) && deliveryMode(value) === DELIVERY_EXT_INT;
  }
}

function deliveryMode(entry: number): number {
  return (entry >> 8) & 7;
}
