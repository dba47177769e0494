// One counter of an Intel 8254: its registers, its counting element, its OUT.
//
// Time is the number of CLK pulses since power-on; nothing here runs by itself. Every method takes the current pulse and first brings the
// counter up to it in closed form, so a counter that nobody looks at costs nothing however fast it counts.
// The data sheet forbids a count of 1 in modes 2 and 3; here it stops the counter with OUT high.

import type { DeviceState } from "../core/bus/device.js";
import type { StateReader } from "./state-reader.js";

const NEVER = Number.POSITIVE_INFINITY;

/** RW field; 1 is the low byte alone. */
const RW_MSB = 2;
const RW_BOTH = 3;

const STATUS_OUT = 0x80;
const STATUS_NULL_COUNT = 0x40;

export class PitCounter {
  /** Control word bits 5-0: RW, mode, BCD. */
  #control = 0;
  #countRegister = 0;
  #counted = false;
  /** First byte of a two-byte count, until the second comes. */
  #lowByte: number | undefined;
  #readHigh = false;
  #latch: number | undefined;
  #statusLatch: number | undefined;
  #nullCount = true;

  #gate: boolean;
  #out = false;
  /** A rising edge of OUT has happened since takeRise(). */
  #rose = false;

  /** Value of the counting element at pulse #at; 0 stands for the modulus only while it is read. */
  #element = 0;
  #at = 0;
  #counting = false;
  /** The element was loaded since the control word. */
  #loaded = false;
  /** Terminal count is still to come (modes 0, 1, 4, 5). */
  #ending = false;
  /** Pulses left in this half of a square wave at #at. */
  #half = 0;
  #loadAt = NEVER;
  #strobeEnd = NEVER;

  constructor(gate: boolean) {
    this.#gate = gate;
  }

  get mode(): number {
    const bits = (this.#control >> 1) & 7;
    return bits > 5 ? bits & 3 : bits;
  }

  get gate(): boolean {
    return this.#gate;
  }

  get #readWrite(): number {
    return this.#control >> 4;
  }

  get #bcd(): boolean {
    return (this.#control & 1) !== 0;
  }

  get #modulus(): number {
    return this.#bcd ? 10_000 : 0x10000;
  }

  /** The initial count in pulses: 2 to 65,536. */
  get #initial(): number {
    const count = this.#bcd ? fromBcd(this.#countRegister) : this.#countRegister;
    return count === 0 ? this.#modulus : count;
  }

  get #periodic(): boolean {
    return this.mode === 2 || this.mode === 3;
  }

  /** Period in pulses of a running rate generator or square wave, else 0. */
  get period(): number {
    const loading = this.#loadAt !== NEVER && this.#gate;
    return this.#periodic && (this.#counting || loading) && this.#initial > 1 ? this.#initial : 0;
  }

  // --- Programming

  // 8254 "Control Word Format". All control logic is reset and OUT takes the mode's initial state.
  writeControl(bits: number, pulse: number): void {
    this.sync(pulse);
    this.#control = bits;
    this.#countRegister = 0;
    this.#counted = false;
    this.#lowByte = undefined;
    this.#readHigh = false;
    this.#latch = undefined;
    this.#statusLatch = undefined;
    this.#nullCount = true;
    this.#counting = false;
    this.#loaded = false;
    this.#ending = false;
    this.#loadAt = NEVER;
    this.#strobeEnd = NEVER;
    this.#setOut(this.mode !== 0);
  }

  writeCount(value: number, pulse: number): void {
    this.sync(pulse);
    if (this.#readWrite !== RW_BOTH) {
      this.#writeCountRegister(this.#readWrite === RW_MSB ? value << 8 : value, pulse);
    } else if (this.#lowByte === undefined) {
      this.#lowByte = value;
      if (this.mode === 0) this.#haltMode0();
    } else {
      const low = this.#lowByte;
      this.#lowByte = undefined;
      this.#writeCountRegister((value << 8) | low, pulse);
    }
  }

  // 8254 "Mode 0": the first byte of two stops counting, and OUT goes low at once.
  #haltMode0(): void {
    this.#counting = false;
    this.#ending = false;
    this.#loaded = false;
    this.#setOut(false);
  }

  #writeCountRegister(count: number, pulse: number): void {
    this.#countRegister = count;
    this.#counted = true;
    this.#nullCount = true;
    if (this.mode === 0) {
      this.#ending = false;
      this.#setOut(false);
    }
    // Modes 1 and 5 wait for a trigger; modes 2 and 3 finish the (half) period first.
    const waits = this.mode === 1 || this.mode === 5 || (this.#periodic && this.#loaded);
    if (!waits) this.#loadAt = pulse + 1;
  }

  // 8254 "Gate": level sensitive in 0 and 4, edge in 1 and 5, both in 2 and 3.
  setGate(level: boolean, pulse: number): void {
    if (level === this.#gate) return;
    this.sync(pulse);
    this.#gate = level;
    if (this.mode === 0 || this.mode === 4) {
      this.#counting = level && this.#loaded;
      return;
    }
    if (level && this.#counted) this.#loadAt = pulse + 1;
    if (!level && this.#periodic) {
      this.#counting = false;
      this.#setOut(true);
    }
  }

  // --- Reading

  latchCount(pulse: number): void {
    this.sync(pulse);
    this.#latch ??= this.#visibleCount;
  }

  latchStatus(pulse: number): void {
    this.sync(pulse);
    this.#statusLatch ??= (this.#out ? STATUS_OUT : 0) | (this.#nullCount ? STATUS_NULL_COUNT : 0) | this.#control;
  }

  read(pulse: number): number {
    this.sync(pulse);
    const status = this.#statusLatch;
    if (status !== undefined) {
      this.#statusLatch = undefined;
      return status;
    }
    const count = this.#latch ?? this.#countDuringRead;
    const both = this.#readWrite === RW_BOTH;
    const high = both ? this.#readHigh : this.#readWrite === RW_MSB;
    if (both) this.#readHigh = !high;
    if (high || !both) this.#latch = undefined;
    return high ? count >> 8 : count & 0xff;
  }

  /**
   * A read on the ISA bus takes longer than a CLK cycle, so a count that was just written is loaded by the time the read ends. Guest
   * time does not pass during an access here, and kernels read the counter just to let that one pulse go by.
   */
  get #countDuringRead(): number {
    if (this.#loadAt === NEVER) return this.#visibleCount;
    return this.mode === 3 ? this.#countRegister & ~1 : this.#countRegister;
  }

  get #visibleCount(): number {
    const count = modulo(this.#element, this.#modulus);
    return this.#bcd ? toBcd(count) : count & 0xffff;
  }

  // --- OUT

  /** Level of OUT after the last sync. */
  get out(): boolean {
    return this.#out;
  }

  /** Whether OUT has risen since this was last asked. */
  takeRise(): boolean {
    const rose = this.#rose;
    this.#rose = false;
    return rose;
  }

  /**
   * The next pulse at which OUT changes, or Infinity. The fall one pulse before each reload of mode 2 is left out: it tells nothing
   * that the rise does not.
   */
  nextEdge(): number {
    if (this.#loadAt !== NEVER) return Math.min(this.#strobeEnd, this.#edgeAfterLoad());
    if (this.mode === 2) return this.#counting ? this.#at + this.#element : NEVER;
    return this.#nextEvent();
  }

  #edgeAfterLoad(): number {
    const count = this.#initial;
    if (this.mode === 1) return this.#loadAt;
    if (this.mode !== 5 && !this.#gate) return NEVER;
    if (!this.#periodic) return this.#loadAt + count;
    if (count < 2) return NEVER;
    return this.#loadAt + (this.mode === 2 ? count : (count + 1) >> 1);
  }

  #setOut(level: boolean): void {
    if (level && !this.#out) this.#rose = true;
    this.#out = level;
  }

  // --- Counting

  /** Bring the counter up to `pulse`. */
  sync(pulse: number): void {
    for (let event = this.#nextEvent(); event <= pulse; event = this.#nextEvent()) {
      this.#moveTo(event);
      this.#happen(event, pulse);
    }
    this.#moveTo(pulse);
  }

  #nextEvent(): number {
    return Math.min(this.#loadAt, this.#strobeEnd, this.#nextCountEvent());
  }

  #nextCountEvent(): number {
    if (!this.#counting) return NEVER;
    if (this.mode === 3) return this.#at + this.#half;
    if (this.mode === 2) return this.#at + Math.max(1, this.#element - 1);
    return this.#ending ? this.#at + this.#element : NEVER;
  }

  #moveTo(pulse: number): void {
    const pulses = pulse - this.#at;
    this.#at = pulse;
    if (!this.#counting) return;
    if (this.mode === 3) {
      this.#element -= 2 * pulses;
      this.#half -= pulses;
    } else {
      this.#element -= pulses;
      // Past terminal count the element wraps around and counts on; in mode 2 it never gets there.
      if (!this.#ending && this.#element < 0) this.#element = modulo(this.#element, this.#modulus);
    }
  }

  /** What happens at pulse `event`, which is now. Whole periods until `target` are skipped. */
  #happen(event: number, target: number): void {
    if (event === this.#strobeEnd) {
      this.#strobeEnd = NEVER;
      this.#setOut(true);
    }
    if (event === this.#loadAt) this.#load();
    else if (!this.#counting) return;
    else if (this.mode === 2) this.#happenRate(target);
    else if (this.mode === 3) this.#happenSquare(target);
    else if (this.#ending && this.#element === 0) this.#terminalCount(event);
  }

  #load(): void {
    this.#loadAt = NEVER;
    this.#element = this.#initial;
    this.#nullCount = false;
    this.#loaded = true;
    this.#ending = !this.#periodic;
    this.#counting = this.mode === 1 || this.mode === 5 || this.#gate;
    if (this.mode === 1) this.#setOut(false);
    if (this.#periodic) this.#beginPeriod();
  }

  #beginPeriod(): void {
    this.#setOut(true);
    if (this.mode === 3) this.#beginHalf();
    if (this.#initial > 1) return;
    this.#counting = false;
    this.#loaded = false;
  }

  #beginHalf(): void {
    const count = this.#initial;
    // 8254 "Mode 3", odd counts: the high half is one pulse longer, and the element starts from the even number below.
    this.#element = count - (count & 1);
    this.#half = (count + (this.#out ? 1 : 0)) >> 1;
  }

  #happenRate(target: number): void {
    if (this.#element === 1 && this.#out) this.#setOut(false);
    if (this.#element > 0) return;
    this.#element = this.#initial;
    this.#nullCount = false;
    this.#beginPeriod();
    this.#skipPeriods(target);
  }

  #happenSquare(target: number): void {
    this.#nullCount = false;
    if (!this.#out || this.#initial < 2) {
      this.#beginPeriod();
      this.#skipPeriods(target);
    } else {
      this.#setOut(false);
      this.#beginHalf();
    }
  }

  #skipPeriods(target: number): void {
    if (this.#counting) this.#at += Math.floor((target - this.#at) / this.#initial) * this.#initial;
  }

  #terminalCount(event: number): void {
    this.#ending = false;
    if (this.mode < 2) {
      this.#setOut(true);
    } else {
      this.#setOut(false);
      this.#strobeEnd = event + 1;
    }
  }

  // --- State

  save(): DeviceState {
    return {
      version: 1,
      control: this.#control,
      countRegister: this.#countRegister,
      counted: this.#counted,
      lowByte: this.#lowByte ?? null,
      readHigh: this.#readHigh,
      latch: this.#latch ?? null,
      statusLatch: this.#statusLatch ?? null,
      nullCount: this.#nullCount,
      gate: this.#gate,
      out: this.#out,
      element: this.#element,
      at: this.#at,
      counting: this.#counting,
      loaded: this.#loaded,
      ending: this.#ending,
      half: this.#half,
      loadIn: this.#loadAt === NEVER ? null : this.#loadAt - this.#at,
      strobeIn: this.#strobeEnd === NEVER ? null : this.#strobeEnd - this.#at,
    };
  }

  load(reader: StateReader): void {
    this.#control = reader.number("control", 0x3f);
    this.#countRegister = reader.number("countRegister", 0xffff);
    this.#counted = reader.boolean("counted");
    this.#lowByte = reader.optional("lowByte", 0xff);
    this.#readHigh = reader.boolean("readHigh");
    this.#latch = reader.optional("latch", 0xffff);
    this.#statusLatch = reader.optional("statusLatch", 0xff);
    this.#nullCount = reader.boolean("nullCount");
    this.#gate = reader.boolean("gate");
    this.#out = reader.boolean("out");
    this.#rose = false;
    this.#element = reader.number("element", 0x10000);
    this.#at = reader.number("at", Number.MAX_SAFE_INTEGER);
    this.#counting = reader.boolean("counting");
    this.#loaded = reader.boolean("loaded");
    this.#ending = reader.boolean("ending");
    this.#half = reader.number("half", 0x8000);
    this.#loadAt = this.#at + (reader.optional("loadIn", 1) ?? NEVER);
    this.#strobeEnd = this.#at + (reader.optional("strobeIn", 1) ?? NEVER);
  }
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}

function fromBcd(bcd: number): number {
  return (bcd >> 12) * 1000 + ((bcd >> 8) & 15) * 100 + ((bcd >> 4) & 15) * 10 + (bcd & 15);
}

function toBcd(value: number): number {
  return (Math.floor(value / 1000) << 12) | ((Math.floor(value / 100) % 10) << 8) | ((Math.floor(value / 10) % 10) << 4) | (value % 10);
}
