// Motorola MC146818A real-time clock with 128 bytes of battery-backed memory, behind ports 70H and 71H of a PC.
//
//   0 write  index in bits 6-0; bit 7 masks NMI        0 read  nothing drives the bus
//   1        the byte at the index: 00H-09H time, alarm and date; 0AH-0DH registers A-D; 0EH-7FH memory, 32H the century
//
// Time is kept in the bytes themselves, in whatever format register B says (binary or BCD, 12 or 24 hours), as the chip does: writing
// nonsense gives nonsense until it carries. It is brought up to date when somebody looks. Timers run only for enabled interrupts, and
// not while IRQ is already asserted, so an interrupt nobody answers costs nothing and a late host finds one.
// Modelled: update cycle with UIP, SET, divider reset, periodic, alarm and update-ended interrupts, daylight saving, century carry.
// Not modelled: the SQW pin (not wired on a PC), the 1 and 4 MHz time bases and test modes of DV (they run as 32,768 Hz), power sense
// (VRT is always 1). The calendar is Gregorian where the chip makes every fourth year a leap year.

import type { Clock, Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { cyclesAt, timeOfCycle } from "./frequency.js";
import { addSeconds, type CalendarTime, DAY_SECONDS, fromEpoch, secondOfDay } from "./rtc-calendar.js";
import { StateReader } from "./state-reader.js";

const SECONDS = 0x00;
const SECONDS_ALARM = 0x01;
const MINUTES = 0x02;
const MINUTES_ALARM = 0x03;
const HOURS = 0x04;
const HOURS_ALARM = 0x05;
const WEEKDAY = 0x06;
const DAY = 0x07;
const MONTH = 0x08;
const YEAR = 0x09;
const REGISTER_A = 0x0a;
const REGISTER_B = 0x0b;
const REGISTER_C = 0x0c;
const REGISTER_D = 0x0d;
/** Where PC firmware and ACPI look for the century. */
const CENTURY = 0x32;

const A_UIP = 0x80;
const A_DIVIDER_RESET = 0x60;
const A_RATE = 0x0f;
const A_POWER_ON = 0x26;

const B_SET = 0x80;
const B_UIE = 0x10;
const B_BINARY = 0x04;
const B_24_HOURS = 0x02;
const B_DAYLIGHT = 0x01;
/** PIE, AIE, UIE, SQWE: what the RESET pin clears. */
const B_RESET = 0x78;

const C_IRQF = 0x80;
const C_PERIODIC = 0x40;
const C_ALARM = 0x20;
const C_UPDATE = 0x10;
const C_FLAGS = C_PERIODIC | C_ALARM | C_UPDATE;

const D_VALID = 0x80;

const HOUR_PM = 0x80;
const ALARM_ANY = 0xc0;

const CRYSTAL_HERTZ = 32_768;
const SECOND: Nanoseconds = 1e9;
const TWO_O_CLOCK = 2 * 3600;
/** MC146818A "Update Cycle", 32.768 kHz: UIP rises 244 us before an update of 1984 us. */
const UPDATE_IN_PROGRESS: Nanoseconds = 244_000 + 1_984_000;

export interface Mc146818Options {
  /** IRQ, active high here. */
  readonly irq: Line;
  /** Seconds since 1970 (UTC, fractions allowed) at power-on. */
  readonly wallClock: () => number;
  /** High while port 70H masks NMI. */
  readonly nmiMask?: Line;
}

export class Mc146818 implements Device {
  readonly ports: Region = new ByteRegion(2, {
    read: (offset) => (offset === 1 ? this.#read(this.#index) : 0xff),
    write: (offset, value) => (offset === 1 ? this.#write(this.#index, value) : this.#select(value)),
  });

  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #irq: Line;
  readonly #nmiMask: Line | undefined;

  readonly #bytes = new Uint8Array(128);
  #index = 0;
  #nmiMasked = false;
  /** When the divider chain was last at zero; updates come each whole second after it. */
  #dividerStart: Nanoseconds;
  /** Updates and crystal cycles since then that are accounted for. */
  #updates = 0;
  #cycles = 0;
  #flags = 0;
  #fellBack = false;

  constructor(
    readonly name: string,
    scheduler: Scheduler,
    options: Mc146818Options,
  ) {
    this.#clock = scheduler;
    this.#timer = scheduler.timer(name, () => this.#update());
    this.#irq = options.irq;
    this.#nmiMask = options.nmiMask;
    const wall = options.wallClock();
    const second = Math.floor(wall);
    this.#dividerStart = scheduler.now() - Math.round((wall - second) * SECOND);
    this.#bytes[REGISTER_A] = A_POWER_ON;
    this.#bytes[REGISTER_B] = B_24_HOURS;
    this.#bytes[REGISTER_D] = D_VALID;
    this.#writeTime(fromEpoch(second));
  }

  /** What the board (as firmware at the factory would) puts in memory; 0EH to 7FH. */
  fill(index: number, value: number): void {
    if (index > REGISTER_D) this.#bytes[index & 0x7f] = value;
  }

  /** A byte of memory, without the side effects of a guest's read. */
  peek(index: number): number {
    this.#sync();
    return index === REGISTER_C ? this.#flags : this.#bytes[index & 0x7f]!;
  }

  /** The RESET pin: time and memory live on. */
  reset(): void {
    this.#sync();
    this.#bytes[REGISTER_B]! &= ~B_RESET;
    this.#flags = 0;
    this.#select(0);
    this.#update();
  }

  save(): DeviceState {
    this.#sync();
    return {
      version: 1,
      bytes: this.#bytes.slice(),
      index: this.#index,
      nmiMasked: this.#nmiMasked,
      dividerStart: this.#dividerStart,
      updates: this.#updates,
      cycles: this.#cycles,
      flags: this.#flags,
      fellBack: this.#fellBack,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#bytes.set(reader.bytes("bytes", 128));
    this.#index = reader.number("index", 0x7f);
    this.#nmiMasked = reader.boolean("nmiMasked");
    this.#dividerStart = reader.integer("dividerStart");
    this.#updates = reader.number("updates", Number.MAX_SAFE_INTEGER);
    this.#cycles = reader.number("cycles", Number.MAX_SAFE_INTEGER);
    this.#flags = reader.number("flags", C_FLAGS) & C_FLAGS;
    this.#fellBack = reader.boolean("fellBack");
    this.#nmiMask?.set(this.#nmiMasked);
    this.#update();
  }

  // --- Registers

  #select(value: number): void {
    this.#index = value & 0x7f;
    this.#nmiMasked = (value & 0x80) !== 0;
    this.#nmiMask?.set(this.#nmiMasked);
  }

  #read(index: number): number {
    this.#sync();
    if (index === REGISTER_A) return this.#bytes[REGISTER_A]! | (this.#updateInProgress ? A_UIP : 0);
    if (index === REGISTER_C) return this.#readFlags();
    return this.#bytes[index]!;
  }

  #readFlags(): number {
    const value = this.#flags | (this.#asserted ? C_IRQF : 0);
    this.#flags = 0;
    this.#update();
    return value;
  }

  #write(index: number, value: number): void {
    this.#sync();
    if (index === REGISTER_A) this.#writeA(value & ~A_UIP);
    else if (index === REGISTER_B) this.#bytes[REGISTER_B] = value & B_SET ? value & ~B_UIE : value;
    else if (index === SECONDS) this.#bytes[SECONDS] = value & 0x7f;
    else if (index !== REGISTER_C && index !== REGISTER_D) this.#bytes[index] = value;
    this.#update();
  }

  #writeA(value: number): void {
    const wasHeld = this.#held;
    this.#bytes[REGISTER_A] = value;
    if (!wasHeld || this.#held) return;
    // MC146818A "Divider Control": the first update comes half a second after the reset is released.
    this.#dividerStart = this.#clock.now() - SECOND / 2;
    this.#updates = 0;
    this.#cycles = CRYSTAL_HERTZ / 2;
  }

  /** The divider chain is held in reset: no updates, no periodic interrupts. */
  get #held(): boolean {
    return (this.#bytes[REGISTER_A]! & A_DIVIDER_RESET) === A_DIVIDER_RESET;
  }

  get #setting(): boolean {
    return (this.#bytes[REGISTER_B]! & B_SET) !== 0;
  }

  get #updateInProgress(): boolean {
    if (this.#held || this.#setting) return false;
    const next = this.#dividerStart + (this.#updates + 1) * SECOND;
    return next - this.#clock.now() <= UPDATE_IN_PROGRESS;
  }

  get #asserted(): boolean {
    return (this.#flags & this.#bytes[REGISTER_B]!) !== 0;
  }

  // --- Passing time

  /** Account for the time since last time: updates of the bytes, and the flags of register C. */
  #sync(): void {
    if (this.#held) return;
    const elapsed = this.#clock.now() - this.#dividerStart;
    const updates = Math.floor(elapsed / SECOND);
    const seconds = updates - this.#updates;
    this.#updates = updates;
    if (seconds > 0 && !this.#setting) this.#passSeconds(seconds);
    const cycles = cyclesAt(elapsed, CRYSTAL_HERTZ);
    const period = this.#period;
    if (period !== 0 && Math.floor(cycles / period) > Math.floor(this.#cycles / period)) this.#flags |= C_PERIODIC;
    this.#cycles = cycles;
  }

  #passSeconds(seconds: number): void {
    this.#flags |= C_UPDATE;
    if (this.#bytes[REGISTER_B]! & B_DAYLIGHT) this.#passWithDaylight(seconds);
    else this.#pass(seconds);
  }

  #pass(seconds: number): void {
    if (this.#secondsToAlarm() <= seconds) this.#flags |= C_ALARM;
    this.#writeTime(addSeconds(this.#time, seconds));
  }

  /** In steps that end at 2:00:00, when daylight saving may say otherwise. */
  #passWithDaylight(seconds: number): void {
    let left = seconds;
    while (left > 0) {
      const sinceTwo = (secondOfDay(this.#time) + DAY_SECONDS - TWO_O_CLOCK) % DAY_SECONDS;
      const toTwo = DAY_SECONDS - sinceTwo;
      const step = Math.min(left, toTwo);
      left -= step;
      if (step < toTwo) {
        this.#pass(step);
        return;
      }
      if (step > 1) this.#pass(step - 1);
      this.#passTwo();
    }
  }

  // MC146818A "Daylight Savings Enable": last Sunday in April 1:59:59 to 3:00:00, in October once back to 1:00:00.
  #passTwo(): void {
    const next = addSeconds(this.#time, 1);
    const lastSunday = next.weekday === 1 && next.day > (next.month === 4 ? 23 : 24);
    const forward = lastSunday && next.month === 4;
    const back = lastSunday && next.month === 10 && !this.#fellBack;
    this.#fellBack = back;
    this.#writeTime(addSeconds(next, forward ? 3600 : back ? -3600 : 0));
    if (this.#alarmMatches(this.#time)) this.#flags |= C_ALARM;
  }

  /** Crystal cycles of the periodic rate; 0 for none. MC146818A table "Periodic Interrupt Rate": 1 and 2 repeat 8 and 9. */
  get #period(): number {
    const rate = this.#bytes[REGISTER_A]! & A_RATE;
    if (rate === 0) return 0;
    return 1 << (rate < 3 ? rate + 6 : rate - 1);
  }

  // --- Alarm

  #alarmMatches(time: CalendarTime): boolean {
    return this.#matches(SECONDS_ALARM, time.second) && this.#matches(MINUTES_ALARM, time.minute) && this.#matches(HOURS_ALARM, time.hour);
  }

  #matches(register: number, value: number): boolean {
    const alarm = this.#bytes[register]!;
    return (alarm & ALARM_ANY) === ALARM_ANY || alarm === (register === HOURS_ALARM ? this.#encodeHour(value) : this.#encode(value));
  }

  /** Seconds from the time in the bytes to the next match of the alarm, at least 1; Infinity if it can never match. */
  #secondsToAlarm(): number {
    const possible = this.#anyMatch(SECONDS_ALARM, 60) && this.#anyMatch(MINUTES_ALARM, 60) && this.#anyMatch(HOURS_ALARM, 24);
    if (!possible) return Number.POSITIVE_INFINITY;
    const start = secondOfDay(this.#time);
    let at = start + 1;
    for (;;) {
      if (!this.#matches(HOURS_ALARM, Math.floor(at / 3600) % 24)) at += 3600 - (at % 3600);
      else if (!this.#matches(MINUTES_ALARM, Math.floor(at / 60) % 60)) at += 60 - (at % 60);
      else if (!this.#matches(SECONDS_ALARM, at % 60)) at++;
      else return at - start;
    }
  }

  #anyMatch(register: number, values: number): boolean {
    for (let value = 0; value < values; value++) if (this.#matches(register, value)) return true;
    return false;
  }

  // --- Interrupts

  /** IRQ and the timer follow from flags and enables, and only here. */
  #update(): void {
    this.#sync();
    this.#irq.set(this.#asserted);
    const next = this.#asserted ? Number.POSITIVE_INFINITY : this.#nextInterrupt();
    if (next === Number.POSITIVE_INFINITY) this.#timer.cancel();
    else if (next !== this.#timer.deadline) this.#timer.at(next);
  }

  #nextInterrupt(): Nanoseconds {
    if (this.#held) return Number.POSITIVE_INFINITY;
    const enabled = this.#bytes[REGISTER_B]!;
    let next = Number.POSITIVE_INFINITY;
    const period = this.#period;
    if (enabled & C_PERIODIC && period !== 0) {
      next = this.#dividerStart + timeOfCycle((Math.floor(this.#cycles / period) + 1) * period, CRYSTAL_HERTZ);
    }
    if (this.#setting) return next;
    const update = enabled & C_UPDATE ? 1 : Number.POSITIVE_INFINITY;
    // Daylight saving may bring the alarm forward, so then look each second.
    const alarm = !(enabled & C_ALARM) ? Number.POSITIVE_INFINITY : enabled & B_DAYLIGHT ? 1 : this.#secondsToAlarm();
    return Math.min(next, this.#dividerStart + (this.#updates + Math.min(update, alarm)) * SECOND);
  }

  // --- Formats

  get #time(): CalendarTime {
    return {
      second: this.#decode(SECONDS),
      minute: this.#decode(MINUTES),
      hour: this.#decodeHour(this.#bytes[HOURS]!),
      weekday: this.#decode(WEEKDAY),
      day: this.#decode(DAY),
      month: this.#decode(MONTH),
      year: this.#decode(CENTURY) * 100 + this.#decode(YEAR),
    };
  }

  #writeTime(time: CalendarTime): void {
    this.#bytes[SECONDS] = this.#encode(time.second);
    this.#bytes[MINUTES] = this.#encode(time.minute);
    this.#bytes[HOURS] = this.#encodeHour(time.hour);
    this.#bytes[WEEKDAY] = this.#encode(time.weekday);
    this.#bytes[DAY] = this.#encode(time.day);
    this.#bytes[MONTH] = this.#encode(time.month);
    this.#bytes[YEAR] = this.#encode(time.year % 100);
    this.#bytes[CENTURY] = this.#encode(Math.floor(time.year / 100) % 100);
  }

  #decode(index: number): number {
    return this.#fromByte(this.#bytes[index]!);
  }

  #fromByte(byte: number): number {
    return this.#bytes[REGISTER_B]! & B_BINARY ? byte : (byte >> 4) * 10 + (byte & 15);
  }

  #encode(value: number): number {
    return this.#bytes[REGISTER_B]! & B_BINARY ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  #decodeHour(byte: number): number {
    if (this.#bytes[REGISTER_B]! & B_24_HOURS) return this.#fromByte(byte);
    return (this.#fromByte(byte & ~HOUR_PM) % 12) + (byte & HOUR_PM ? 12 : 0);
  }

  #encodeHour(hour: number): number {
    if (this.#bytes[REGISTER_B]! & B_24_HOURS) return this.#encode(hour);
    return this.#encode(hour % 12 === 0 ? 12 : hour % 12) | (hour >= 12 ? HOUR_PM : 0);
  }
}
