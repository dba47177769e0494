// National Semiconductor NS16550AF UART as wired on a PC: OUT2 gates the interrupt.
//
//   0 RBR read, THR write (DLAB: divisor low)    1 IER (DLAB: divisor high)    2 IIR read, FCR write    3 LCR
//   4 MCR    5 LSR    6 MSR    7 SCR
// FIFOs with trigger levels and character timeout, all interrupts and their priorities, errors held with each character, break, modem
// lines, loopback and the divisor are modelled. Not modelled: DMA pins (FCR bit 3), RCLK apart from BAUDOUT, what a wrong baud rate or
// parity at the other end does to a byte.
//
// Two timings. "instant" (default): a byte written to THR is sent at once, THR is empty again, and received bytes come as fast as they are
// taken. "baud": both directions take the time that divisor and word format say.
// What the host sends waits in a queue of its own in front of the receiver, which takes a byte only when it has room: nothing overruns.

import type { Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { StateReader } from "./state-reader.js";
import * as R from "./uart-16550-registers.js";

const UART_HERTZ = 1_843_200;
const TIMEOUT_CHARACTERS = 4;
const NEVER = Number.POSITIVE_INFINITY;
/** How many bytes the host may have waiting. */
const HOST_QUEUE = 1 << 16;

export interface ModemInputs {
  readonly cts: boolean;
  readonly dsr: boolean;
  readonly ri: boolean;
  readonly dcd: boolean;
}

export interface ModemOutputs {
  readonly dtr: boolean;
  readonly rts: boolean;
  readonly out1: boolean;
  readonly out2: boolean;
}

/** What went wrong with a received character. */
export interface ReceiveErrors {
  readonly parity?: boolean;
  readonly framing?: boolean;
}

export interface Uart16550Options {
  readonly irq: Line;
  readonly transmit: (byte: number) => void;
  readonly timing?: "instant" | "baud";
  /** The transmitter holds the line in break, or lets it go. */
  readonly sendBreak?: (on: boolean) => void;
  readonly modemChanged?: (outputs: ModemOutputs) => void;
}

export class Uart16550 implements Device {
  readonly ports: Region = new ByteRegion(8, {
    read: (offset) => this.#read(offset),
    write: (offset, value) => this.#write(offset, value),
  });

  readonly #scheduler: Scheduler;
  readonly #options: Uart16550Options;
  readonly #timer: Timer;
  readonly #paced: boolean;

  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr = 0;
  #scratch = 0;
  #divisor = 12;
  #errors = 0;
  #modemInputs = R.MSR_CTS | R.MSR_DSR | R.MSR_DCD;
  #modemStatus = this.#modemInputs;
  #modemDeltas = 0;
  #thrInterrupt = false;

  /** Characters, with their error bits of LSR eight bits up. */
  #received: number[] = [];
  #transmitting: number[] = [];
  #shifting: number | undefined;
  /** From the host, not yet on the wire. */
  #queue: number[] = [];
  #queueHead = 0;

  #sentAt = NEVER;
  #arrivesAt = NEVER;
  #timeoutAt = NEVER;

  constructor(
    readonly name: string,
    scheduler: Scheduler,
    options: Uart16550Options,
  ) {
    this.#scheduler = scheduler;
    this.#options = options;
    this.#paced = options.timing === "baud";
    this.#timer = scheduler.timer(name, (due) => this.#expire(due));
  }

  // --- The host's end of the wire

  /** Send a byte to the guest. False if too many are waiting already; then the byte is not taken. */
  receive(byte: number, errors: ReceiveErrors = {}): boolean {
    const flags = (errors.parity ? R.LSR_PARITY_ERROR : 0) | (errors.framing ? R.LSR_FRAMING_ERROR : 0);
    return this.#enqueue((byte & 0xff) | (flags << 8));
  }

  /** Send a break: one zero character that says so. */
  receiveBreak(): boolean {
    return this.#enqueue((R.LSR_BREAK | R.LSR_FRAMING_ERROR) << 8);
  }

  /** Bytes that wait outside the chip. */
  get waiting(): number {
    return this.#queue.length - this.#queueHead;
  }

  /** Levels of the modem's lines; a null modem with somebody at the other end asserts CTS, DSR and DCD, as at power-on. */
  setModem(inputs: ModemInputs): void {
    const { cts, dsr, ri, dcd } = inputs;
    this.#modemInputs = (cts ? R.MSR_CTS : 0) | (dsr ? R.MSR_DSR : 0) | (ri ? R.MSR_RI : 0) | (dcd ? R.MSR_DCD : 0);
    this.#updateModemStatus();
    this.#update();
  }

  get modem(): ModemOutputs {
    const pins = this.#loopback ? 0 : this.#mcr;
    return {
      dtr: (pins & R.MCR_DTR) !== 0,
      rts: (pins & R.MCR_RTS) !== 0,
      out1: (pins & R.MCR_OUT1) !== 0,
      out2: (pins & R.MCR_OUT2) !== 0,
    };
  }

  /** NS16550A "Master Reset": scratch register and divisor keep what they hold. */
  reset(): void {
    this.#ier = this.#fcr = this.#errors = 0;
    this.#received = [];
    this.#transmitting = [];
    this.#shifting = undefined;
    this.#thrInterrupt = false;
    this.#sentAt = this.#arrivesAt = this.#timeoutAt = NEVER;
    this.#writeMcr(0);
    this.#writeLineControl(0);
    this.#modemDeltas = 0;
    this.#update();
  }

  save(): DeviceState {
    return {
      version: 1,
      registers: [this.#ier, this.#fcr, this.#lcr, this.#mcr, this.#scratch, this.#errors],
      divisor: this.#divisor,
      modemInputs: this.#modemInputs,
      modemStatus: this.#modemStatus,
      modemDeltas: this.#modemDeltas,
      thrInterrupt: this.#thrInterrupt,
      received: [...this.#received],
      transmitting: [...this.#transmitting],
      shifting: this.#shifting ?? null,
      queue: this.#queue.slice(this.#queueHead),
      sentAt: finite(this.#sentAt),
      arrivesAt: finite(this.#arrivesAt),
      timeoutAt: finite(this.#timeoutAt),
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    const [ier, fcr, lcr, mcr, scratch, errors] = reader.numbers("registers", 6, 0xff) as [number, number, number, number, number, number];
    this.#ier = ier & 0x0f;
    this.#fcr = fcr & R.FCR_KEPT;
    this.#lcr = lcr;
    this.#mcr = mcr & R.MCR_KEPT;
    this.#scratch = scratch;
    this.#errors = errors & R.LSR_ERRORS;
    this.#divisor = reader.number("divisor", 0xffff);
    this.#modemInputs = reader.number("modemInputs", 0xff) & 0xf0;
    this.#modemStatus = reader.number("modemStatus", 0xff) & 0xf0;
    this.#modemDeltas = reader.number("modemDeltas", 0x0f);
    this.#thrInterrupt = reader.boolean("thrInterrupt");
    this.#received = reader.numberList("received", R.FIFO_DEPTH, 0x1fff);
    this.#transmitting = reader.numberList("transmitting", R.FIFO_DEPTH, 0xff);
    this.#shifting = reader.optional("shifting", 0xff);
    this.#queue = reader.numberList("queue", HOST_QUEUE, 0x1fff);
    this.#queueHead = 0;
    this.#sentAt = reader.optional("sentAt", Number.MAX_SAFE_INTEGER) ?? NEVER;
    this.#arrivesAt = reader.optional("arrivesAt", Number.MAX_SAFE_INTEGER) ?? NEVER;
    this.#timeoutAt = reader.optional("timeoutAt", Number.MAX_SAFE_INTEGER) ?? NEVER;
    this.#options.modemChanged?.(this.modem);
    this.#update();
  }

  // --- Registers

  #read(offset: number): number {
    switch (offset) {
      case 0:
        return this.#dlab ? this.#divisor & 0xff : this.#readReceived();
      case 1:
        return this.#dlab ? this.#divisor >> 8 : this.#ier;
      case 2:
        return this.#readIdentification();
      case 3:
        return this.#lcr;
      case 4:
        return this.#mcr;
      case 5:
        return this.#readLineStatus();
      case 6:
        return this.#readModemStatus();
      default:
        return this.#scratch;
    }
  }

  #write(offset: number, value: number): void {
    switch (offset) {
      case 0:
        if (this.#dlab) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#writeTransmit(value);
        break;
      case 1:
        if (this.#dlab) this.#divisor = (this.#divisor & 0x00ff) | (value << 8);
        else this.#writeInterruptEnable(value);
        break;
      case 2:
        this.#writeFifoControl(value);
        break;
      case 3:
        this.#writeLineControl(value);
        break;
      case 4:
        this.#writeMcr(value);
        break;
      case 7:
        this.#scratch = value;
        break;
    }
    this.#update();
  }

  get #dlab(): boolean {
    return (this.#lcr & R.LCR_DLAB) !== 0;
  }

  get #fifos(): boolean {
    return (this.#fcr & R.FCR_ENABLE) !== 0;
  }

  get #loopback(): boolean {
    return (this.#mcr & R.MCR_LOOPBACK) !== 0;
  }

  get #depth(): number {
    return this.#fifos ? R.FIFO_DEPTH : 1;
  }

  #readReceived(): number {
    const character = this.#received.shift() ?? 0;
    this.#restartTimeout();
    this.#revealErrors();
    // The line drops between two characters that come one behind the other, so an edge-triggered input sees both.
    this.#update();
    this.#feed();
    this.#update();
    return character & 0xff;
  }

  /** NS16550A "Interrupt Identification Register": reading it ends the THR empty interrupt if that is what it shows. */
  #readIdentification(): number {
    const cause = this.#cause();
    if (cause === R.IIR_TRANSMIT) {
      this.#thrInterrupt = false;
      this.#update();
    }
    return cause | (this.#fifos ? R.IIR_FIFOS : 0);
  }

  #readLineStatus(): number {
    const sent = this.#transmitting.length === 0;
    const inError = this.#fifos && ((this.#errors & ~R.LSR_OVERRUN) !== 0 || this.#received.some((character) => character > 0xff));
    const status =
      (this.#received.length > 0 ? R.LSR_DATA_READY : 0) |
      this.#errors |
      (sent ? R.LSR_THR_EMPTY : 0) |
      (sent && this.#shifting === undefined ? R.LSR_TRANSMITTER_EMPTY : 0) |
      (inError ? R.LSR_FIFO_ERROR : 0);
    this.#errors = 0;
    this.#update();
    return status;
  }

  #readModemStatus(): number {
    const status = this.#modemStatus | this.#modemDeltas;
    this.#modemDeltas = 0;
    this.#update();
    return status;
  }

  #writeInterruptEnable(value: number): void {
    const enabled = value & ~this.#ier;
    this.#ier = value & 0x0f;
    if (enabled & R.IER_TRANSMIT && this.#transmitting.length === 0) this.#thrInterrupt = true;
  }

  // NS16550A "FIFO Control Register": changing bit 0 clears both FIFOs; without it no other bit is programmed.
  #writeFifoControl(value: number): void {
    const changed = ((value ^ this.#fcr) & R.FCR_ENABLE) !== 0;
    this.#fcr = value & R.FCR_ENABLE ? value & R.FCR_KEPT : 0;
    const clear = changed ? R.FCR_CLEAR_RECEIVE | R.FCR_CLEAR_TRANSMIT : this.#fifos ? value : 0;
    if (clear & R.FCR_CLEAR_RECEIVE) {
      this.#received = [];
      this.#errors &= R.LSR_OVERRUN;
      this.#timeoutAt = NEVER;
    }
    if (clear & R.FCR_CLEAR_TRANSMIT) {
      this.#transmitting = [];
      this.#thrInterrupt = true;
    }
    this.#feed();
  }

  #writeLineControl(value: number): void {
    const changed = value ^ this.#lcr;
    this.#lcr = value;
    if (!(changed & R.LCR_BREAK)) return;
    const on = (value & R.LCR_BREAK) !== 0;
    if (!this.#loopback) this.#options.sendBreak?.(on);
    else if (on) this.#arrive((R.LSR_BREAK | R.LSR_FRAMING_ERROR) << 8);
  }

  #writeMcr(value: number): void {
    this.#mcr = value & R.MCR_KEPT;
    this.#updateModemStatus();
    this.#options.modemChanged?.(this.modem);
    this.#feed();
  }

  // NS16550A "Modem Control Register", bit 4: the outputs are fed back as DSR, CTS, RI and DCD.
  #updateModemStatus(): void {
    const fedBack =
      (this.#mcr & R.MCR_DTR ? R.MSR_DSR : 0) |
      (this.#mcr & R.MCR_RTS ? R.MSR_CTS : 0) |
      (this.#mcr & R.MCR_OUT1 ? R.MSR_RI : 0) |
      (this.#mcr & R.MCR_OUT2 ? R.MSR_DCD : 0);
    const before = this.#modemStatus;
    this.#modemStatus = this.#loopback ? fedBack : this.#modemInputs;
    const changed = before ^ this.#modemStatus;
    if (changed & R.MSR_CTS) this.#modemDeltas |= R.MSR_DELTA_CTS;
    if (changed & R.MSR_DSR) this.#modemDeltas |= R.MSR_DELTA_DSR;
    if (changed & R.MSR_DCD) this.#modemDeltas |= R.MSR_DELTA_DCD;
    if (changed & before & R.MSR_RI) this.#modemDeltas |= R.MSR_TRAILING_RI;
  }

  // --- Transmitter

  #writeTransmit(value: number): void {
    this.#thrInterrupt = false;
    this.#update();
    // A full FIFO keeps what it has; without FIFOs the new byte takes the old one's place.
    if (this.#transmitting.length < this.#depth) this.#transmitting.push(value);
    else if (!this.#fifos) this.#transmitting[0] = value;
    if (this.#shifting === undefined) this.#shiftNext(this.#scheduler.now());
  }

  #shiftNext(start: Nanoseconds): void {
    const next = this.#transmitting.shift();
    if (next === undefined) return;
    if (this.#transmitting.length === 0) this.#thrInterrupt = true;
    const character = next & (0xff >> (3 - (this.#lcr & R.LCR_WORD_LENGTH)));
    if (this.#paced) {
      this.#shifting = character;
      this.#sentAt = start + this.#characterTime;
    } else {
      this.#send(character);
    }
  }

  #send(character: number): void {
    if (this.#loopback) this.#arrive(character);
    else this.#options.transmit(character);
  }

  get #characterTime(): Nanoseconds {
    const data = 5 + (this.#lcr & R.LCR_WORD_LENGTH);
    const stop = this.#lcr & R.LCR_STOP_BITS ? (data === 5 ? 1.5 : 2) : 1;
    const bits = 1 + data + (this.#lcr & R.LCR_PARITY ? 1 : 0) + stop;
    return Math.round((bits * 16 * Math.max(1, this.#divisor) * 1e9) / UART_HERTZ);
  }

  // --- Receiver

  #enqueue(character: number): boolean {
    if (this.waiting >= HOST_QUEUE) return false;
    this.#queue.push(character);
    this.#feed();
    this.#update();
    return true;
  }

  /** Let the host's bytes in while there is room; at the pace of the wire if that is modelled. */
  #feed(): void {
    if (this.#paced) {
      const idle = this.#arrivesAt === NEVER;
      if (idle && this.waiting > 0 && this.#hasRoom) this.#arrivesAt = this.#scheduler.now() + this.#characterTime;
      return;
    }
    while (this.waiting > 0 && this.#hasRoom) this.#arrive(this.#dequeue());
  }

  get #hasRoom(): boolean {
    return this.#received.length < this.#depth && !this.#loopback;
  }

  #dequeue(): number {
    const character = this.#queue[this.#queueHead++]!;
    if (this.#queueHead === this.#queue.length || this.#queueHead > HOST_QUEUE) {
      this.#queue = this.#queue.slice(this.#queueHead);
      this.#queueHead = 0;
    }
    return character;
  }

  /** A character leaves the receiver's shift register. */
  #arrive(character: number): void {
    if (this.#received.length < this.#depth) this.#received.push(character);
    else {
      this.#errors |= R.LSR_OVERRUN;
      if (!this.#fifos) this.#received[0] = character;
    }
    if (this.#received.length === 1) this.#revealErrors();
    this.#restartTimeout();
  }

  /** Errors show in LSR when their character is the next to be read. */
  #revealErrors(): void {
    const first = this.#received[0] ?? 0;
    this.#errors |= first >> 8;
    if (first > 0xff) this.#received[0] = first & 0xff;
  }

  #restartTimeout(): void {
    const counting = this.#fifos && this.#received.length > 0;
    this.#timeoutAt = counting ? this.#scheduler.now() + TIMEOUT_CHARACTERS * this.#characterTime : NEVER;
  }

  // --- Interrupts and time

  /** NS16550A "Interrupt Control Functions": the cause of highest priority. */
  #cause(): number {
    if (this.#ier & R.IER_LINE_STATUS && this.#errors !== 0) return R.IIR_LINE_STATUS;
    if (this.#ier & R.IER_RECEIVED) {
      if (this.#received.length >= this.#trigger) return R.IIR_RECEIVED;
      if (this.#scheduler.now() >= this.#timeoutAt) return R.IIR_TIMEOUT;
    }
    if (this.#ier & R.IER_TRANSMIT && this.#thrInterrupt) return R.IIR_TRANSMIT;
    if (this.#ier & R.IER_MODEM_STATUS && this.#modemDeltas !== 0) return R.IIR_MODEM_STATUS;
    return R.IIR_NONE;
  }

  get #trigger(): number {
    return this.#fifos ? R.TRIGGERS[(this.#fcr >> 6) as 0 | 1 | 2 | 3] : 1;
  }

  /** The interrupt wire and the timer follow from everything else, and only here. */
  #update(): void {
    const cause = this.#cause();
    this.#options.irq.set(cause !== R.IIR_NONE && this.modem.out2);
    const timeout = this.#ier & R.IER_RECEIVED && this.#scheduler.now() < this.#timeoutAt ? this.#timeoutAt : NEVER;
    const next = Math.min(this.#sentAt, this.#arrivesAt, timeout);
    if (next === NEVER) this.#timer.cancel();
    else if (next !== this.#timer.deadline) this.#timer.at(next);
  }

  /** A late clock completes what would have been complete: at most the FIFOs' contents. */
  #expire(_due: Nanoseconds): void {
    const now = this.#scheduler.now();
    while (this.#shifting !== undefined && this.#sentAt <= now) {
      const sentAt = this.#sentAt;
      const character = this.#shifting;
      this.#shifting = undefined;
      this.#sentAt = NEVER;
      this.#send(character);
      this.#shiftNext(sentAt);
    }
    while (this.#arrivesAt <= now) {
      const arrivedAt = this.#arrivesAt;
      this.#arrivesAt = NEVER;
      if (this.#hasRoom && this.waiting > 0) this.#arrive(this.#dequeue());
      if (this.#hasRoom && this.waiting > 0) this.#arrivesAt = arrivedAt + this.#characterTime;
    }
    this.#update();
  }
}

function finite(when: Nanoseconds): number | null {
  return when === NEVER ? null : when;
}
