// PS/2 mouse: two or three buttons, and after the knocks that Microsoft's mice answer to also a wheel (identity 3) and five buttons
// (identity 4). Stream, remote and wrap mode, sample rate, resolution, 2:1 scaling, every command.
//
// The host moves it in counts of the finest resolution, 8 a millimetre; coarser resolutions divide.
// Not modelled: overflow bits, since a movement too long for one report is spread over several; the self test takes 5 ms and never fails.

import type { Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import type { Device, DeviceState } from "../core/bus/device.js";
import { PS2_ACKNOWLEDGE, PS2_RESEND, PS2_SELF_TEST_PASSED, type Ps2Device, Ps2Output } from "./ps2-device.js";
import { StateReader } from "./state-reader.js";

const SCALING_1_1 = 0xe6;
const SCALING_2_1 = 0xe7;
const SET_RESOLUTION = 0xe8;
const STATUS = 0xe9;
const SET_STREAM = 0xea;
const READ_DATA = 0xeb;
const RESET_WRAP = 0xec;
const SET_WRAP = 0xee;
const SET_REMOTE = 0xf0;
const READ_IDENTITY = 0xf2;
const SET_RATE = 0xf3;
const ENABLE = 0xf4;
const DISABLE = 0xf5;
const SET_DEFAULTS = 0xf6;
const RESEND = 0xfe;
const RESET = 0xff;
const ERROR = 0xfc;

const RATES = [10, 20, 40, 60, 80, 100, 200];
const DEFAULT_RATE = 100;
const DEFAULT_RESOLUTION = 2;
const SELF_TEST_TIME: Nanoseconds = 5e6;

const PLAIN = 0;
const WHEEL = 3;
const FIVE_BUTTONS = 4;
const IDENTITIES = [PLAIN, WHEEL, FIVE_BUTTONS];
const KNOCK_WHEEL = "200,100,80";
const KNOCK_FIVE_BUTTONS = "200,200,80";

export const MOUSE_LEFT = 1;
export const MOUSE_RIGHT = 2;
export const MOUSE_MIDDLE = 4;
export const MOUSE_FOURTH = 8;
export const MOUSE_FIFTH = 16;

const ALWAYS_ONE = 0x08;
const X_NEGATIVE = 0x10;
const Y_NEGATIVE = 0x20;
/** Movement that nobody fetches stops adding up here. */
const FARTHEST = 0x7fff;

export class Ps2Mouse implements Device, Ps2Device {
  readonly #output = new Ps2Output();
  readonly #sampler: Timer;
  readonly #selfTest: Timer;

  #x = 0;
  #y = 0;
  #z = 0;
  #buttons = 0;
  #reportedButtons = 0;

  #remote = false;
  #wrap = false;
  #reporting = false;
  #scaling = false;
  #resolution = DEFAULT_RESOLUTION;
  #rate = DEFAULT_RATE;
  #identity = PLAIN;
  #lastRates: number[] = [];
  /** The command whose argument is awaited, or 0. */
  #awaiting = 0;
  #rejected = false;
  /** What Resend sends again. */
  #lastMessage: number[] = [];
  #nextReport: Nanoseconds = 0;
  #testedAt: Nanoseconds | undefined;

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {
    this.#sampler = scheduler.timer(`${name} sample`, () => this.#sample());
    this.#selfTest = scheduler.timer(`${name} self test`, () => this.#passSelfTest());
  }

  // --- The host's hand

  /** Movement as a screen counts it: x to the right, y down; z is the wheel, towards the user. */
  move(dx: number, dy: number, dz = 0): void {
    this.#x = bounded(this.#x + Math.trunc(dx));
    this.#y = bounded(this.#y - Math.trunc(dy));
    this.#z = bounded(this.#z + Math.trunc(dz));
    this.#sample();
  }

  /** Which buttons are down: MOUSE_LEFT and so on, or-ed. */
  buttons(down: number): void {
    this.#buttons = down & 0x1f;
    this.#sample();
  }

  // --- Wire

  attach(ready: () => void): void {
    this.#output.attach(ready);
  }

  get ready(): boolean {
    return this.#output.ready;
  }

  take(): number {
    const byte = this.#output.take();
    if (this.#output.events === 0) this.#sample();
    return byte;
  }

  receive(byte: number): void {
    this.#output.dropReplies();
    // What is left of a report would put the driver out of step.
    this.#output.dropEvents();
    if (this.#wrap && byte !== RESET && byte !== RESET_WRAP) this.#output.reply(byte);
    else if (this.#awaiting !== 0) this.#argument(this.#awaiting, byte);
    else this.#command(byte);
    this.#sample();
  }

  // --- Device

  reset(): void {
    this.#output.dropReplies();
    this.#output.dropEvents();
    this.#setDefaults();
    this.#identity = PLAIN;
    this.#awaiting = 0;
    this.#rejected = false;
    this.#armSelfTest(undefined);
    this.#sampler.cancel();
  }

  save(): DeviceState {
    return {
      version: 1,
      ...this.#output.save(),
      movement: [this.#x + FARTHEST, this.#y + FARTHEST, this.#z + FARTHEST],
      buttons: [this.#buttons, this.#reportedButtons],
      remote: this.#remote,
      wrap: this.#wrap,
      reporting: this.#reporting,
      scaling: this.#scaling,
      resolution: this.#resolution,
      rate: this.#rate,
      identity: this.#identity,
      lastRates: [...this.#lastRates],
      awaiting: this.#awaiting,
      rejected: this.#rejected,
      lastMessage: [...this.#lastMessage],
      nextReport: this.#nextReport,
      testedAt: this.#testedAt ?? null,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    const [x, y, z] = reader.numbers("movement", 3, 2 * FARTHEST) as [number, number, number];
    this.#x = x - FARTHEST;
    this.#y = y - FARTHEST;
    this.#z = z - FARTHEST;
    const [buttons, reportedButtons] = reader.numbers("buttons", 2, 0x1f) as [number, number];
    this.#buttons = buttons;
    this.#reportedButtons = reportedButtons;
    this.#remote = reader.boolean("remote");
    this.#wrap = reader.boolean("wrap");
    this.#reporting = reader.boolean("reporting");
    this.#scaling = reader.boolean("scaling");
    this.#resolution = reader.number("resolution", 3);
    this.#rate = reader.member("rate", RATES);
    this.#identity = reader.member("identity", IDENTITIES);
    this.#lastRates = reader.numberList("lastRates", 3, 200);
    this.#awaiting = reader.member("awaiting", [0, SET_RESOLUTION, SET_RATE]);
    this.#rejected = reader.boolean("rejected");
    this.#lastMessage = reader.numberList("lastMessage", 5, 0xff);
    this.#nextReport = reader.number("nextReport", Number.MAX_SAFE_INTEGER);
    this.#armSelfTest(reader.optional("testedAt", Number.MAX_SAFE_INTEGER));
    this.#output.load(reader.numberList("replies", 8, 0xff), reader.numberList("events", 4, 0xff), reader.number("last", 0xff));
    this.#sample();
  }

  // --- Reports

  /** Stream mode: a report if something changed, the guest has taken the one before, and the sample rate allows; else later. */
  #sample(): void {
    if (!this.#streaming || !this.#changed || this.#output.ready) {
      this.#sampler.cancel();
      return;
    }
    const now = this.scheduler.now();
    if (now < this.#nextReport) {
      this.#sampler.at(this.#nextReport);
      return;
    }
    this.#nextReport = now + Math.round(1e9 / this.#rate);
    this.#lastMessage = this.#report(this.#scaling);
    this.#output.event(...this.#lastMessage);
  }

  get #streaming(): boolean {
    return this.#reporting && !this.#remote && !this.#wrap && this.#testedAt === undefined;
  }

  get #changed(): boolean {
    const wheel = this.#identity !== PLAIN && this.#z !== 0;
    return wheel || this.#counts(this.#x) !== 0 || this.#counts(this.#y) !== 0 || this.#visibleButtons !== this.#reportedButtons;
  }

  get #visibleButtons(): number {
    return this.#buttons & (this.#identity === FIVE_BUTTONS ? 0x1f : 0x07);
  }

  #counts(distance: number): number {
    return Math.trunc(distance / (8 >> this.#resolution));
  }

  /** Three bytes, or four with a wheel. What does not fit is left for the next report. */
  #report(scaled: boolean): number[] {
    const most = scaled ? 127 : 255;
    const x = clamp(this.#counts(this.#x), most);
    const y = clamp(this.#counts(this.#y), most);
    this.#x -= x * (8 >> this.#resolution);
    this.#y -= y * (8 >> this.#resolution);
    this.#reportedButtons = this.#visibleButtons;
    const [dx, dy] = scaled ? [scale(x), scale(y)] : [x, y];
    const signs = (dx < 0 ? X_NEGATIVE : 0) | (dy < 0 ? Y_NEGATIVE : 0);
    return [ALWAYS_ONE | signs | (this.#buttons & 7), dx & 0xff, dy & 0xff, ...this.#wheelByte()];
  }

  #wheelByte(): number[] {
    if (this.#identity === PLAIN) {
      this.#z = 0;
      return [];
    }
    const z = Math.max(-8, Math.min(7, this.#z));
    this.#z -= z;
    return this.#identity === WHEEL ? [z & 0xff] : [(z & 0x0f) | ((this.#buttons & (MOUSE_FOURTH | MOUSE_FIFTH)) << 1)];
  }

  // --- Commands

  #command(byte: number): void {
    if (byte === RESEND) {
      this.#output.reply(...this.#lastMessage);
      return;
    }
    const data = this.#perform(byte);
    if (data === undefined) this.#reject();
    else this.#answer(data);
  }

  #answer(data: readonly number[]): void {
    this.#rejected = false;
    this.#lastMessage = [PS2_ACKNOWLEDGE, ...data];
    this.#output.reply(...this.#lastMessage);
  }

  /** "Resend" at the first invalid byte, "error" if another follows. */
  #reject(): void {
    this.#lastMessage = [this.#rejected ? ERROR : PS2_RESEND];
    if (this.#rejected) this.#awaiting = 0;
    this.#rejected = !this.#rejected;
    this.#output.reply(...this.#lastMessage);
  }

  /** What follows the acknowledgement; undefined for a command that does not exist. */
  #perform(byte: number): readonly number[] | undefined {
    switch (byte) {
      case SCALING_1_1:
      case SCALING_2_1:
        this.#scaling = byte === SCALING_2_1;
        return [];
      case SET_RESOLUTION:
      case SET_RATE:
        this.#awaiting = byte;
        return [];
      case STATUS:
        return [this.#status, this.#resolution, this.#rate];
      case READ_DATA:
        // PS/2 "Set Scaling 2:1": not for data that is asked for.
        return this.#report(false);
      case READ_IDENTITY:
        return [this.#identity];
      case RESET:
        this.#startSelfTest();
        return [];
      default:
        return this.#switchMode(byte) ? [] : undefined;
    }
  }

  #switchMode(byte: number): boolean {
    switch (byte) {
      case SET_STREAM:
      case SET_REMOTE:
        this.#remote = byte === SET_REMOTE;
        break;
      case SET_WRAP:
      case RESET_WRAP:
        this.#wrap = byte === SET_WRAP;
        break;
      case ENABLE:
      case DISABLE:
        this.#reporting = byte === ENABLE;
        break;
      case SET_DEFAULTS:
        this.#setDefaults();
        break;
      default:
        return false;
    }
    this.#forgetMovement();
    return true;
  }

  get #status(): number {
    const buttons = (this.#buttons & MOUSE_LEFT ? 4 : 0) | (this.#buttons & MOUSE_MIDDLE ? 2 : 0) | (this.#buttons & MOUSE_RIGHT ? 1 : 0);
    return (this.#remote ? 0x40 : 0) | (this.#reporting ? 0x20 : 0) | (this.#scaling ? 0x10 : 0) | buttons;
  }

  #argument(command: number, value: number): void {
    if (command === SET_RESOLUTION ? value > 3 : !RATES.includes(value)) {
      this.#reject();
      return;
    }
    this.#awaiting = 0;
    if (command === SET_RESOLUTION) this.#resolution = value;
    else this.#setRate(value);
    this.#answer([]);
  }

  #setRate(rate: number): void {
    this.#rate = rate;
    this.#lastRates = [...this.#lastRates, rate].slice(-3);
    const knock = this.#lastRates.join();
    if (knock === KNOCK_WHEEL && this.#identity === PLAIN) this.#identity = WHEEL;
    if (knock === KNOCK_FIVE_BUTTONS && this.#identity === WHEEL) this.#identity = FIVE_BUTTONS;
  }

  #setDefaults(): void {
    this.#remote = this.#wrap = this.#reporting = this.#scaling = false;
    this.#resolution = DEFAULT_RESOLUTION;
    this.#rate = DEFAULT_RATE;
    this.#lastRates = [];
    this.#forgetMovement();
  }

  #forgetMovement(): void {
    this.#x = this.#y = this.#z = 0;
    this.#reportedButtons = this.#visibleButtons;
  }

  #startSelfTest(): void {
    this.#setDefaults();
    this.#identity = PLAIN;
    this.#armSelfTest(this.scheduler.now() + SELF_TEST_TIME);
  }

  #passSelfTest(): void {
    this.#testedAt = undefined;
    this.#lastMessage = [PS2_SELF_TEST_PASSED, this.#identity];
    this.#output.reply(...this.#lastMessage);
  }

  #armSelfTest(when: Nanoseconds | undefined): void {
    this.#testedAt = when;
    if (when === undefined) this.#selfTest.cancel();
    else this.#selfTest.at(when);
  }
}

/** PS/2 "Set Scaling 2:1". */
function scale(count: number): number {
  const size = Math.abs(count);
  const scaled = size > 5 ? 2 * size : [0, 1, 1, 3, 6, 9][size]!;
  return count < 0 ? -scaled : scaled;
}

function clamp(count: number, most: number): number {
  return Math.max(-most, Math.min(most, count));
}

function bounded(distance: number): number {
  return Number.isFinite(distance) ? clamp(distance, FARTHEST) : 0;
}
