// Intel 8042 keyboard controller of the PS/2, with a keyboard port and an auxiliary (mouse) port.
//
//   60H (data):   read output buffer; write data for the keyboard, or the argument of a command
//   64H (status): read status; write command
// Modelled: every PS/2 command but those below, controller RAM, translation of scan codes, both port interfaces with their clocks, A20
// gate, reset line, IRQ 1 and 12. Not modelled: passwords (A4 says there is none, A5 takes one and forgets it, A6 does nothing), the
// AT's diagnostic dump AC, parity and time-out errors other than "no device", the bits of the input port that are straps.
//
// A byte from a device takes 0.9 ms on its wire, so that a handler which reads port 60H twice finds the same byte twice, as on every PC.
// The controller's own answers appear at once. After reset() the command byte is as firmware leaves it (both interrupts on, translation
// on), since not every boot path runs firmware.

import type { Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { PS2_RESEND, type Ps2Device } from "./ps2-device.js";
import { ScancodeTranslator } from "./ps2-scancodes.js";
import { StateReader } from "./state-reader.js";

const STATUS_OUTPUT_FULL = 0x01;
const STATUS_SYSTEM = 0x04;
const STATUS_COMMAND = 0x08;
const STATUS_UNLOCKED = 0x10;
const STATUS_AUX = 0x20;
const STATUS_TIME_OUT = 0x40;

const CONFIG_KEYBOARD_IRQ = 0x01;
const CONFIG_AUX_IRQ = 0x02;
const CONFIG_SYSTEM = 0x04;
const CONFIG_KEYBOARD_OFF = 0x10;
const CONFIG_AUX_OFF = 0x20;
const CONFIG_TRANSLATE = 0x40;
const CONFIG_AFTER_RESET = CONFIG_KEYBOARD_IRQ | CONFIG_AUX_IRQ | CONFIG_TRANSLATE;

const OUTPUT_NO_RESET = 0x01;
const OUTPUT_A20 = 0x02;
const OUTPUT_KEYBOARD_FULL = 0x10;
const OUTPUT_AUX_FULL = 0x20;
const OUTPUT_WIRES = 0xcc;

/** Keyboard not locked, manufacturing jumper absent, both data wires high. */
const INPUT_PORT = 0xa3;

const READ_RAM = 0x20;
const WRITE_RAM = 0x60;
const TEST_PASSWORD = 0xa4;
const LOAD_PASSWORD = 0xa5;
const DISABLE_AUX = 0xa7;
const ENABLE_AUX = 0xa8;
const TEST_AUX = 0xa9;
const SELF_TEST = 0xaa;
const TEST_KEYBOARD = 0xab;
const DISABLE_KEYBOARD = 0xad;
const ENABLE_KEYBOARD = 0xae;
const READ_INPUT_PORT = 0xc0;
const POLL_INPUT_LOW = 0xc1;
const POLL_INPUT_HIGH = 0xc2;
const READ_OUTPUT_PORT = 0xd0;
const WRITE_OUTPUT_PORT = 0xd1;
const WRITE_KEYBOARD_BUFFER = 0xd2;
const WRITE_AUX_BUFFER = 0xd3;
const WRITE_AUX = 0xd4;
const A20_OFF = 0xdd;
const A20_ON = 0xdf;
const READ_TEST_INPUTS = 0xe0;
const PULSE_OUTPUT = 0xf0;

const SELF_TEST_PASSED = 0x55;
const INTERFACE_FINE = 0x00;
const INTERFACE_CLOCK_LOW = 0x01;
const NO_PASSWORD = 0xf1;

/** Eleven bits at 12.5 kHz. */
const BYTE_TIME: Nanoseconds = 880_000;

const SOURCES = ["controller", "keyboard", "aux"] as const;
type Source = (typeof SOURCES)[number];

export interface I8042Options {
  readonly keyboard: Ps2Device;
  readonly mouse?: Ps2Device;
  readonly irq1: Line;
  readonly irq12: Line;
  /** This chip's half of the A20 gate; see port92.ts for the other. High after reset. */
  readonly a20: Line;
  /** The reset line goes active. */
  readonly reset: () => void;
}

export class I8042 implements Device {
  /** Port 60H. */
  readonly data: Region = new ByteRegion(1, { read: () => this.#readData(), write: (_, value) => this.#writeData(value) });
  /** Port 64H. */
  readonly command: Region = new ByteRegion(1, { read: () => this.#status, write: (_, value) => this.#writeCommand(value) });

  readonly #scheduler: Scheduler;
  readonly #options: I8042Options;
  readonly #wire: Timer;
  readonly #translator = new ScancodeTranslator();

  /** Byte 0 is the command byte. */
  readonly #ram = new Uint8Array(32);
  #outputPort = 0;
  #output = 0;
  #full = false;
  #source: Source = "controller";
  /** A controller's answer for which the output buffer had no room yet. */
  #answer: { byte: number; source: Source } | undefined;
  #timeOut = false;
  #commandWritten = false;
  /** The command whose argument comes next on port 60H, or 0. */
  #awaiting = 0;
  /** 0, or the command that shows half of the input port in the status. */
  #polling = 0;
  /** The port a byte is coming in from, and when it will be here. */
  #sender: "keyboard" | "aux" | undefined;
  #arrivesAt: Nanoseconds = 0;
  #lastSender: Source = "aux";

  constructor(
    readonly name: string,
    scheduler: Scheduler,
    options: I8042Options,
  ) {
    this.#scheduler = scheduler;
    this.#options = options;
    this.#wire = scheduler.timer(name, () => this.#arrive());
    options.keyboard.attach(() => this.#update());
    options.mouse?.attach(() => this.#update());
    this.#powerOn();
  }

  reset(): void {
    this.#powerOn();
    this.#update();
  }

  #powerOn(): void {
    this.#ram.fill(0);
    this.#ram[0] = CONFIG_AFTER_RESET;
    this.#outputPort = OUTPUT_WIRES | OUTPUT_NO_RESET | OUTPUT_A20;
    this.#output = 0;
    this.#full = false;
    this.#source = "controller";
    this.#answer = undefined;
    this.#timeOut = this.#commandWritten = this.#translator.breaking = false;
    this.#awaiting = this.#polling = 0;
    this.#sender = undefined;
    this.#lastSender = "aux";
  }

  save(): DeviceState {
    return {
      version: 1,
      ram: this.#ram.slice(),
      outputPort: this.#outputPort,
      output: this.#output,
      full: this.#full,
      source: this.#source,
      answer: this.#answer?.byte ?? null,
      answerSource: this.#answer?.source ?? "controller",
      timeOut: this.#timeOut,
      commandWritten: this.#commandWritten,
      awaiting: this.#awaiting,
      polling: this.#polling,
      sender: this.#sender ?? "controller",
      arrivesAt: this.#arrivesAt,
      lastSender: this.#lastSender,
      breaking: this.#translator.breaking,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#ram.set(reader.bytes("ram", 32));
    this.#outputPort = reader.number("outputPort", 0xff);
    this.#output = reader.number("output", 0xff);
    this.#full = reader.boolean("full");
    this.#source = reader.choice("source", SOURCES);
    const answer = reader.optional("answer", 0xff);
    const answerSource = reader.choice("answerSource", SOURCES);
    this.#answer = answer === undefined ? undefined : { byte: answer, source: answerSource };
    this.#timeOut = reader.boolean("timeOut");
    this.#commandWritten = reader.boolean("commandWritten");
    this.#awaiting = reader.number("awaiting", 0xff);
    this.#polling = reader.member("polling", [0, POLL_INPUT_LOW, POLL_INPUT_HIGH]);
    const sender = reader.choice("sender", SOURCES);
    this.#sender = sender === "controller" ? undefined : sender;
    this.#arrivesAt = reader.number("arrivesAt", Number.MAX_SAFE_INTEGER);
    this.#lastSender = reader.choice("lastSender", SOURCES);
    this.#translator.breaking = reader.boolean("breaking");
    this.#drive();
    this.#arm();
  }

  // --- Ports

  get #status(): number {
    const upper = STATUS_UNLOCKED | (this.#full && this.#source === "aux" ? STATUS_AUX : 0) | (this.#timeOut ? STATUS_TIME_OUT : 0);
    return (
      (this.#full ? STATUS_OUTPUT_FULL : 0) |
      (this.#config & CONFIG_SYSTEM ? STATUS_SYSTEM : 0) |
      (this.#commandWritten ? STATUS_COMMAND : 0) |
      (this.#polling === 0 ? upper : this.#polledInput)
    );
  }

  get #polledInput(): number {
    return this.#polling === POLL_INPUT_LOW ? (INPUT_PORT << 4) & 0xf0 : INPUT_PORT & 0xf0;
  }

  /** Reading an empty buffer gives what it held last. */
  #readData(): number {
    const byte = this.#output;
    this.#full = false;
    this.#timeOut = false;
    this.#update();
    return byte;
  }

  #writeData(value: number): void {
    this.#commandWritten = false;
    this.#polling = 0;
    const command = this.#awaiting;
    this.#awaiting = 0;
    if (command === 0) this.#sendToKeyboard(value);
    else this.#argument(command, value);
    this.#update();
  }

  #writeCommand(value: number): void {
    this.#commandWritten = true;
    this.#polling = 0;
    this.#awaiting = 0;
    this.#perform(value);
    this.#update();
  }

  // --- Commands

  #perform(command: number): void {
    if (command >= READ_RAM && command < READ_RAM + 0x20) this.#reply(this.#ram[command - READ_RAM]!);
    else if (command >= WRITE_RAM && command < WRITE_RAM + 0x20) this.#awaiting = command;
    else if (command >= PULSE_OUTPUT) this.#pulse(command);
    else if (!this.#switchPort(command)) this.#performOther(command);
  }

  #switchPort(command: number): boolean {
    switch (command) {
      case DISABLE_AUX:
        this.#ram[0]! |= CONFIG_AUX_OFF;
        return true;
      case ENABLE_AUX:
        this.#ram[0]! &= ~CONFIG_AUX_OFF;
        return true;
      case DISABLE_KEYBOARD:
        this.#ram[0]! |= CONFIG_KEYBOARD_OFF;
        return true;
      case ENABLE_KEYBOARD:
        this.#ram[0]! &= ~CONFIG_KEYBOARD_OFF;
        return true;
      case A20_OFF:
        this.#writeOutputPort(this.#outputPort & ~OUTPUT_A20);
        return true;
      case A20_ON:
        this.#writeOutputPort(this.#outputPort | OUTPUT_A20);
        return true;
      default:
        return false;
    }
  }

  #performOther(command: number): void {
    switch (command) {
      case TEST_PASSWORD:
        this.#reply(NO_PASSWORD);
        break;
      case SELF_TEST:
        this.#ram[0]! |= CONFIG_SYSTEM;
        this.#reply(SELF_TEST_PASSED);
        break;
      case TEST_KEYBOARD:
        this.#reply(INTERFACE_FINE);
        break;
      case TEST_AUX:
        this.#reply(this.#options.mouse ? INTERFACE_FINE : INTERFACE_CLOCK_LOW);
        break;
      case READ_INPUT_PORT:
        this.#reply(INPUT_PORT);
        break;
      case POLL_INPUT_LOW:
      case POLL_INPUT_HIGH:
        this.#polling = command;
        break;
      case READ_OUTPUT_PORT:
        this.#reply(this.#outputPort | (this.#irq1 ? OUTPUT_KEYBOARD_FULL : 0) | (this.#irq12 ? OUTPUT_AUX_FULL : 0));
        break;
      case READ_TEST_INPUTS:
        this.#reply((this.#config & CONFIG_KEYBOARD_OFF ? 0 : 1) | (this.#config & CONFIG_AUX_OFF ? 0 : 2));
        break;
      case LOAD_PASSWORD:
      case WRITE_OUTPUT_PORT:
      case WRITE_KEYBOARD_BUFFER:
      case WRITE_AUX_BUFFER:
      case WRITE_AUX:
        this.#awaiting = command;
        break;
    }
  }

  #argument(command: number, value: number): void {
    switch (command) {
      case LOAD_PASSWORD:
        // Scan codes up to a zero.
        if (value !== 0) this.#awaiting = command;
        break;
      case WRITE_OUTPUT_PORT:
        this.#writeOutputPort(value);
        break;
      case WRITE_KEYBOARD_BUFFER:
        this.#reply(value, "keyboard");
        break;
      case WRITE_AUX_BUFFER:
        this.#reply(value, "aux");
        break;
      case WRITE_AUX:
        this.#sendToMouse(value);
        break;
      default:
        this.#ram[command & 0x1f] = value;
    }
  }

  get #config(): number {
    return this.#ram[0]!;
  }

  #writeOutputPort(value: number): void {
    this.#outputPort = (value | OUTPUT_NO_RESET) & ~(OUTPUT_KEYBOARD_FULL | OUTPUT_AUX_FULL);
    if (!(value & OUTPUT_NO_RESET)) this.#options.reset();
  }

  /** Bits that are 0 in the command pulse low for 6 us; only the reset line is quick enough to notice. */
  #pulse(command: number): void {
    if (!(command & OUTPUT_NO_RESET)) this.#options.reset();
  }

  // --- Devices

  /** Sending starts the clock of a disabled port again. */
  #sendToKeyboard(value: number): void {
    this.#ram[0]! &= ~CONFIG_KEYBOARD_OFF;
    if (this.#sender === "keyboard") this.#sender = undefined;
    this.#options.keyboard.receive(value);
  }

  #sendToMouse(value: number): void {
    this.#ram[0]! &= ~CONFIG_AUX_OFF;
    if (this.#sender === "aux") this.#sender = undefined;
    if (this.#options.mouse) {
      this.#options.mouse.receive(value);
    } else {
      this.#timeOut = true;
      this.#reply(PS2_RESEND, "aux");
    }
  }

  #device(sender: "keyboard" | "aux"): Ps2Device | undefined {
    return sender === "keyboard" ? this.#options.keyboard : this.#options.mouse;
  }

  #disabled(sender: "keyboard" | "aux"): boolean {
    return (this.#config & (sender === "keyboard" ? CONFIG_KEYBOARD_OFF : CONFIG_AUX_OFF)) !== 0;
  }

  #canSend(sender: "keyboard" | "aux"): boolean {
    return !this.#disabled(sender) && this.#device(sender)?.ready === true;
  }

  /** A byte has crossed the wire. */
  #arrive(): void {
    const sender = this.#sender;
    this.#sender = undefined;
    if (sender !== undefined && !this.#full && this.#canSend(sender)) {
      this.#lastSender = sender;
      this.#accept(this.#device(sender)!.take(), sender);
    }
    this.#update();
  }

  #accept(byte: number, sender: "keyboard" | "aux"): void {
    const translates = sender === "keyboard" && (this.#config & CONFIG_TRANSLATE) !== 0;
    const visible = translates ? this.#translator.translate(byte) : byte;
    if (visible !== undefined) this.#fill(visible, sender);
  }

  // --- Output buffer, interrupts and time

  /** An answer waits for room; a newer one takes its place. */
  #reply(byte: number, source: Source = "controller"): void {
    this.#answer = { byte, source };
  }

  #fill(byte: number, source: Source): void {
    this.#output = byte;
    this.#source = source;
    this.#full = true;
  }

  get #irq1(): boolean {
    return this.#full && this.#source !== "aux";
  }

  get #irq12(): boolean {
    return this.#full && this.#source === "aux";
  }

  /** Wires and the timer follow from everything else, and only here. */
  #update(): void {
    this.#drive();
    if (!this.#full && this.#answer !== undefined) {
      this.#fill(this.#answer.byte, this.#answer.source);
      this.#answer = undefined;
      this.#drive();
    }
    this.#listen();
  }

  #drive(): void {
    this.#options.irq1.set(this.#irq1 && (this.#config & CONFIG_KEYBOARD_IRQ) !== 0);
    this.#options.irq12.set(this.#irq12 && (this.#config & CONFIG_AUX_IRQ) !== 0);
    this.#options.a20.set((this.#outputPort & OUTPUT_A20) !== 0);
  }

  /** With the output buffer empty, one device that has something may send; they take turns. */
  #listen(): void {
    if (this.#full || (this.#sender !== undefined && this.#disabled(this.#sender))) this.#sender = undefined;
    if (this.#sender === undefined && !this.#full) {
      const order = this.#lastSender === "keyboard" ? (["aux", "keyboard"] as const) : (["keyboard", "aux"] as const);
      this.#sender = order.find((sender) => this.#canSend(sender));
      if (this.#sender !== undefined) this.#arrivesAt = this.#scheduler.now() + BYTE_TIME;
    }
    this.#arm();
  }

  #arm(): void {
    if (this.#sender === undefined) this.#wire.cancel();
    else if (this.#wire.deadline !== this.#arrivesAt) this.#wire.at(this.#arrivesAt);
  }
}
