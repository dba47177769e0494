// IBM enhanced keyboard (101/102 keys and later ones) on a PS/2 port: scan code sets 1, 2 and 3, every command, typematic repeat, the
// 16-byte buffer with its overrun code, and the extra codes that cursor keys send under Num Lock and Shift.
//
// Scan code sets: 1 is set 2 translated; 3 has one code a key and key types that commands change.
// Not modelled: the basic assurance test takes 5 ms instead of 300 to 500 and never fails; at power-on its AA is not sent, since not
// every boot path has firmware to read it; the keyboard ID cannot be changed.

import type { Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import type { Device, DeviceState } from "../core/bus/device.js";
import { PS2_ACKNOWLEDGE, PS2_RESEND, PS2_SELF_TEST_PASSED, type Ps2Device, Ps2Output } from "./ps2-device.js";
import { BREAK_PREFIX, KEYS, type Key, ScancodeTranslator } from "./ps2-scancodes.js";
import { StateReader } from "./state-reader.js";

const BUFFER_SIZE = 16;
const SELF_TEST_TIME: Nanoseconds = 5e6;
const IDENTITY = [0xab, 0x83];

const SET_LEDS = 0xed;
const ECHO = 0xee;
const SELECT_SET = 0xf0;
const READ_IDENTITY = 0xf2;
const SET_TYPEMATIC = 0xf3;
const ENABLE = 0xf4;
const DEFAULT_DISABLE = 0xf5;
const SET_DEFAULT = 0xf6;
const ALL_TYPEMATIC = 0xf7;
const ALL_MAKE_BREAK = 0xf8;
const ALL_MAKE_ONLY = 0xf9;
const ALL_TYPEMATIC_MAKE_BREAK = 0xfa;
const KEY_TYPEMATIC = 0xfb;
const KEY_MAKE_BREAK = 0xfc;
const KEY_MAKE_ONLY = 0xfd;
const RESEND = 0xfe;
const RESET = 0xff;
const FIRST_COMMAND = SET_LEDS;

/** 500 ms, then 10.9 characters a second. */
const DEFAULT_TYPEMATIC = 0x2b;

/** Set 3 key type bits. Defaults have neither for "make only", which is what a typematic key without break is, too. */
const REPEATS = 1;
const BREAKS = 2;
const TYPE_BITS = { typematic: REPEATS, "make/break": BREAKS, "make only": 0 } as const;
const TYPE_COMMANDS = new Map([
  [ALL_TYPEMATIC, REPEATS],
  [ALL_MAKE_BREAK, BREAKS],
  [ALL_MAKE_ONLY, 0],
  [ALL_TYPEMATIC_MAKE_BREAK, REPEATS | BREAKS],
  [KEY_TYPEMATIC, REPEATS],
  [KEY_MAKE_BREAK, BREAKS],
  [KEY_MAKE_ONLY, 0],
]);

const LED_NUM_LOCK = 2;
const EXTENDED = 0xe0;
const LEFT_SHIFT = 0x12;
const RIGHT_SHIFT = 0x59;
/** Alt and Print Screen, the old System Request. */
const SYSTEM_REQUEST = 0x84;

export interface KeyboardLeds {
  readonly scrollLock: boolean;
  readonly numLock: boolean;
  readonly capsLock: boolean;
}

export interface Ps2KeyboardOptions {
  readonly leds?: (leds: KeyboardLeds) => void;
}

/** How a held key was announced, so that its release undoes just that. */
interface Held {
  readonly make: readonly number[];
  readonly release: readonly number[];
}

export class Ps2Keyboard implements Device, Ps2Device {
  readonly #output = new Ps2Output();
  readonly #timer: Timer;
  readonly #selfTest: Timer;
  readonly #held = new Map<string, Held>();
  readonly #types = new Uint8Array(256);

  #set = 2;
  #scanning = true;
  #leds = 0;
  #typematic = DEFAULT_TYPEMATIC;
  /** The command whose argument is awaited, or 0. */
  #awaiting = 0;
  #repeating: string | undefined;
  #repeatAt: Nanoseconds | undefined;
  #testedAt: Nanoseconds | undefined;

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
    private readonly options: Ps2KeyboardOptions = {},
  ) {
    this.#timer = scheduler.timer(`${name} typematic`, () => this.#repeat());
    this.#selfTest = scheduler.timer(`${name} self test`, () => this.#passSelfTest());
    this.#setDefaults();
  }

  // --- The host's fingers

  /** A key by its KeyboardEvent.code goes down or up. Unknown keys, and repeats the host makes itself, are ignored. */
  key(code: string, down: boolean): void {
    const key = KEYS.get(code);
    if (key === undefined || this.#held.has(code) === down) return;
    if (down) this.#press(code, key);
    else this.#release(code);
  }

  /** Every key goes up: the host lost sight of the keyboard. */
  releaseAll(): void {
    for (const code of [...this.#held.keys()]) this.key(code, false);
  }

  /** Bytes that still fit the buffer. A key takes at most eight, so a host that types for the user waits for that many. */
  get room(): number {
    return Math.max(0, BUFFER_SIZE - this.#output.events);
  }

  get leds(): KeyboardLeds {
    return { scrollLock: (this.#leds & 1) !== 0, numLock: (this.#leds & LED_NUM_LOCK) !== 0, capsLock: (this.#leds & 4) !== 0 };
  }

  // --- Wire

  attach(ready: () => void): void {
    this.#output.attach(ready);
  }

  get ready(): boolean {
    return this.#output.ready;
  }

  take(): number {
    return this.#output.take();
  }

  receive(byte: number): void {
    this.#output.dropReplies();
    const command = this.#awaiting;
    if (command !== 0 && byte < FIRST_COMMAND) {
      this.#argument(command, byte);
    } else {
      this.#awaiting = 0;
      this.#command(byte);
    }
  }

  // --- Device

  reset(): void {
    this.#held.clear();
    this.#output.dropReplies();
    this.#awaiting = 0;
    this.#scanning = true;
    this.#setDefaults();
    this.#setLeds(0);
    this.#armSelfTest(undefined);
  }

  save(): DeviceState {
    return {
      version: 1,
      ...this.#output.save(),
      held: [...this.#held.keys()],
      makes: [...this.#held.values()].map((held) => [...held.make]),
      releases: [...this.#held.values()].map((held) => [...held.release]),
      types: this.#types.slice(),
      set: this.#set,
      scanning: this.#scanning,
      leds: this.#leds,
      typematic: this.#typematic,
      awaiting: this.#awaiting,
      repeating: this.#repeating ?? "",
      repeatAt: this.#repeatAt ?? null,
      testedAt: this.#testedAt ?? null,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    const codes = reader.strings("held", KEYS.size);
    const makes = reader.numberLists("makes", codes.length, BUFFER_SIZE, 0xff);
    const releases = reader.numberLists("releases", codes.length, BUFFER_SIZE, 0xff);
    this.#types.set(reader.bytes("types", 256));
    this.#set = reader.number("set", 3);
    this.#scanning = reader.boolean("scanning");
    this.#setLeds(reader.number("leds", 7));
    this.#typematic = reader.number("typematic", 0x7f);
    this.#awaiting = reader.number("awaiting", 0xff);
    this.#repeating = reader.choice("repeating", ["", ...KEYS.keys()]) || undefined;
    this.#repeatAt = reader.optional("repeatAt", Number.MAX_SAFE_INTEGER);
    this.#held.clear();
    codes.forEach((code, index) => {
      this.#held.set(code, { make: makes[index]!, release: releases[index]! });
    });
    this.#armRepeat(this.#repeatAt);
    this.#armSelfTest(reader.optional("testedAt", Number.MAX_SAFE_INTEGER));
    this.#output.load(
      reader.numberList("replies", 8, 0xff),
      reader.numberList("events", BUFFER_SIZE + 1, 0xff),
      reader.number("last", 0xff),
    );
  }

  // --- Keys

  #press(code: string, key: Key): void {
    const held = this.#codesOf(key);
    this.#held.set(code, held);
    if (!this.#scanning) return;
    this.#emit(held.make);
    if (this.#repeats(key)) {
      this.#repeating = code;
      this.#armRepeat(this.scheduler.now() + this.#repeatDelay);
    }
  }

  #release(code: string): void {
    const { release } = this.#held.get(code)!;
    this.#held.delete(code);
    if (code === this.#repeating) this.#stopRepeating();
    if (this.#scanning) this.#emit(release);
  }

  #repeats(key: Key): boolean {
    return this.#set === 3 ? (this.#types[key.set3]! & REPEATS) !== 0 : key.group !== "pause";
  }

  #repeat(): void {
    const key = KEYS.get(this.#repeating ?? "");
    if (key === undefined) return;
    // Without the fake shifts, which still hold.
    this.#emit(this.#set === 3 ? [key.set3] : this.#inSet(plainMake(key)));
    // From now, not from when it was due: a late host does not make a burst of characters.
    this.#armRepeat(this.scheduler.now() + this.#repeatPeriod);
  }

  #stopRepeating(): void {
    this.#repeating = undefined;
    this.#armRepeat(undefined);
  }

  #armRepeat(when: Nanoseconds | undefined): void {
    this.#repeatAt = when;
    if (when === undefined) this.#timer.cancel();
    else this.#timer.at(when);
  }

  // PS/2 "Set Typematic Rate/Delay": delay (1 + bits 6-5) x 250 ms; period (8 + bits 2-0) x 2^(bits 4-3) / 240 s.
  get #repeatDelay(): Nanoseconds {
    return ((this.#typematic >> 5) + 1) * 250e6;
  }

  get #repeatPeriod(): Nanoseconds {
    return Math.round((((this.#typematic & 7) + 8) * 2 ** ((this.#typematic >> 3) & 3) * 1e9) / 240);
  }

  /** Codes go in whole; if they do not fit, one overrun code takes the seventeenth place. */
  #emit(codes: readonly number[]): void {
    if (codes.length === 0) return;
    if (codes.length <= this.room) this.#output.event(...codes);
    else this.#output.overrun(this.#set === 1 ? 0xff : 0x00);
  }

  #codesOf(key: Key): Held {
    if (this.#set === 3) {
      const breaks = key.set3 !== 0 && (this.#types[key.set3]! & BREAKS) !== 0;
      return { make: key.set3 === 0 ? [] : [key.set3], release: breaks ? [BREAK_PREFIX, key.set3] : [] };
    }
    const { make, release } = this.#codesInSet2(key);
    return { make: this.#inSet(make), release: this.#inSet(release) };
  }

  #inSet(codes: readonly number[]): number[] {
    if (this.#set === 2) return [...codes];
    const translator = new ScancodeTranslator();
    return codes.map((code) => translator.translate(code)).filter((code) => code !== undefined);
  }

  #codesInSet2(key: Key): Held {
    switch (key.group) {
      case "cursor":
        return this.#numLock ? this.#unlessShifted(key) : this.#unshifted(key);
      case "divide":
        return this.#unshifted(key);
      case "print":
        return this.#printScreen(key);
      case "pause":
        return this.#pause();
      default:
        return wrapped(key, []);
    }
  }

  /** Num Lock: the key pretends that Shift is down, unless it is. */
  #unlessShifted(key: Key): Held {
    return wrapped(key, this.#shifts.length > 0 ? [] : [[EXTENDED, LEFT_SHIFT]]);
  }

  /** The key pretends that no Shift is down. */
  #unshifted(key: Key): Held {
    return wrapped(
      key,
      this.#shifts.map((shift) => [EXTENDED, BREAK_PREFIX, shift]),
    );
  }

  #printScreen(key: Key): Held {
    if (this.#isHeld("AltLeft", "AltRight")) return { make: [SYSTEM_REQUEST], release: [BREAK_PREFIX, SYSTEM_REQUEST] };
    const bare = this.#shifts.length > 0 || this.#isHeld("ControlLeft", "ControlRight");
    return wrapped(key, bare ? [] : [[EXTENDED, LEFT_SHIFT]]);
  }

  /** Pause sends its break with its make and nothing when it is released. */
  #pause(): Held {
    const breakKey = this.#isHeld("ControlLeft", "ControlRight");
    const make = breakKey ? [0xe0, 0x7e, 0xe0, 0xf0, 0x7e] : [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77];
    return { make, release: [] };
  }

  get #numLock(): boolean {
    return (this.#leds & LED_NUM_LOCK) !== 0;
  }

  get #shifts(): number[] {
    return [...(this.#isHeld("ShiftLeft") ? [LEFT_SHIFT] : []), ...(this.#isHeld("ShiftRight") ? [RIGHT_SHIFT] : [])];
  }

  #isHeld(...codes: string[]): boolean {
    return codes.some((code) => this.#held.has(code));
  }

  // --- Commands

  #command(byte: number): void {
    if (byte === ECHO) this.#output.reply(ECHO);
    else if (byte === RESEND) this.#output.resend();
    else if (byte === READ_IDENTITY) this.#output.reply(PS2_ACKNOWLEDGE, ...IDENTITY);
    else this.#output.reply(this.#perform(byte) ? PS2_ACKNOWLEDGE : PS2_RESEND);
  }

  /** A command that is only acknowledged; false if there is none of this number. */
  #perform(byte: number): boolean {
    switch (byte) {
      case SET_LEDS:
      case SELECT_SET:
      case SET_TYPEMATIC:
        this.#awaiting = byte;
        return true;
      case KEY_TYPEMATIC:
      case KEY_MAKE_BREAK:
      case KEY_MAKE_ONLY:
        this.#dropKeys();
        this.#scanning = false;
        this.#awaiting = byte;
        return true;
      case ALL_TYPEMATIC:
      case ALL_MAKE_BREAK:
      case ALL_MAKE_ONLY:
      case ALL_TYPEMATIC_MAKE_BREAK:
        this.#dropKeys();
        this.#types.fill(TYPE_COMMANDS.get(byte)!);
        return true;
      case ENABLE:
        this.#dropKeys();
        this.#scanning = true;
        return true;
      case DEFAULT_DISABLE:
      case SET_DEFAULT:
        this.#setDefaults();
        if (byte === DEFAULT_DISABLE) this.#scanning = false;
        return true;
      case RESET:
        this.#startSelfTest();
        return true;
      default:
        return false;
    }
  }

  #argument(command: number, value: number): void {
    if (command === KEY_TYPEMATIC || command === KEY_MAKE_BREAK || command === KEY_MAKE_ONLY) {
      // More keys may follow; the next command ends the list.
      this.#types[value] = TYPE_COMMANDS.get(command)!;
      this.#output.reply(PS2_ACKNOWLEDGE);
      return;
    }
    this.#awaiting = 0;
    if (command === SELECT_SET) this.#selectSet(value);
    else {
      if (command === SET_LEDS) this.#setLeds(value & 7);
      else this.#typematic = value & 0x7f;
      this.#output.reply(PS2_ACKNOWLEDGE);
    }
  }

  #selectSet(value: number): void {
    if (value === 0) {
      this.#output.reply(PS2_ACKNOWLEDGE, this.#set);
    } else if (value <= 3) {
      this.#dropKeys();
      this.#set = value;
      this.#output.reply(PS2_ACKNOWLEDGE);
    } else {
      this.#output.reply(PS2_RESEND);
    }
  }

  #setLeds(leds: number): void {
    if (leds === this.#leds) return;
    this.#leds = leds;
    this.options.leds?.(this.leds);
  }

  #setDefaults(): void {
    this.#set = 2;
    this.#typematic = DEFAULT_TYPEMATIC;
    this.#dropKeys();
    this.#types.fill(REPEATS | BREAKS);
    for (const key of KEYS.values()) this.#types[key.set3] = TYPE_BITS[key.type];
  }

  #dropKeys(): void {
    this.#output.dropEvents();
    this.#stopRepeating();
  }

  #startSelfTest(): void {
    this.#setDefaults();
    this.#setLeds(0);
    this.#scanning = false;
    this.#armSelfTest(this.scheduler.now() + SELF_TEST_TIME);
  }

  #passSelfTest(): void {
    this.#testedAt = undefined;
    this.#scanning = true;
    this.#output.reply(PS2_SELF_TEST_PASSED);
  }

  #armSelfTest(when: Nanoseconds | undefined): void {
    this.#testedAt = when;
    if (when === undefined) this.#selfTest.cancel();
    else this.#selfTest.at(when);
  }
}

function plainMake(key: Key): number[] {
  return key.extended ? [EXTENDED, key.set2] : [key.set2];
}

/** Make and break of a key between fake shift codes: each is undone in reverse when the key is released. */
function wrapped(key: Key, before: readonly (readonly number[])[]): Held {
  const make = plainMake(key);
  const release = key.extended ? [EXTENDED, BREAK_PREFIX, key.set2] : [BREAK_PREFIX, key.set2];
  const undo = [...before].reverse().map(opposite);
  return { make: [...before.flat(), ...make], release: [...release, ...undo.flat()] };
}

function opposite(fake: readonly number[]): number[] {
  return fake.includes(BREAK_PREFIX) ? fake.filter((code) => code !== BREAK_PREFIX) : [EXTENDED, BREAK_PREFIX, ...fake.slice(1)];
}
