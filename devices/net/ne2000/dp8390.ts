// National Semiconductor DP8390D network interface controller, the heart of the NE2000. DP8390D data sheet: "Internal Registers", "Packet
// Reception", "Packet Transmission", "Remote DMA".
//
//   page 0: status and control    page 1: address, CURR, multicast table    page 2: page 0's write-only registers, to read
//
// Its buffer memory is reached by its own DMA and, a byte or word at a time, by software through remote DMA. Not modelled: the send packet
// command, what loopback leaves in the FIFO, collisions, network errors, the counters of these, word order (DCR.BOS).

import type { DeviceState, Line } from "../../../core/bus/device.js";
import type { StateReader } from "../../state-reader.js";
import { HEADER_LENGTH, isBroadcast, isFor, isGroup, isInHashTable, MAC_LENGTH, padded, withFcs, withoutFcs } from "../ethernet.js";
import type { Frame } from "../wire.js";

export const REGISTERS = 16;
const PAGE = 256;

const CR = 0x0;
const PAGE_SHIFT = 6;
const CR_STOP = 1 << 0;
const CR_START = 1 << 1;
const CR_TRANSMIT = 1 << 2;
const CR_DMA = 7 << 3;
const DMA_READ = 1 << 3;
const DMA_WRITE = 2 << 3;
const DMA_ABORT = 4 << 3;

/** Page 0, as written. */
const PSTART = 0x1;
const PSTOP = 0x2;
const BNRY = 0x3;
const TPSR = 0x4;
const TBCR = 0x5;
const ISR = 0x7;
const RSAR = 0x8;
const RBCR = 0xa;
const RCR = 0xc;
const TCR = 0xd;
const DCR = 0xe;
const IMR = 0xf;
/** Page 0, as read. */
const TSR = 0x4;
const RSR = 0xc;
const MISSED = 0xf;
/** Page 1. */
const PAR = 0x1;
const CURR = 0x7;
const MAR = 0x8;

const ISR_RECEIVED = 1 << 0;
const ISR_SENT = 1 << 1;
const ISR_OVERFLOW = 1 << 4;
const ISR_COUNTER = 1 << 5;
const ISR_DMA_DONE = 1 << 6;
const ISR_RESET = 1 << 7;
const RCR_BROADCAST = 1 << 2;
const RCR_MULTICAST = 1 << 3;
const RCR_PROMISCUOUS = 1 << 4;
const RCR_MONITOR = 1 << 5;
const TCR_NO_CRC = 1 << 0;
const TCR_LOOPBACK = 3 << 1;
const DCR_WORDS = 1 << 0;
const RSR_INTACT = 1 << 0;
const RSR_MISSED = 1 << 4;
const RSR_GROUP = 1 << 5;
const TSR_SENT = 1 << 0;
const TSR_NO_CARRIER = 1 << 4;
/** A tally counter stops there; its upper bit asks for an interrupt. */
const COUNTER_LIMIT = 0xc0;
const COUNTER_ALERT = 0x80;
const RING_HEADER = 4;

export interface Dp8390Options {
  /** The buffer memory and what else remote DMA reaches: 64 KiB of addresses. */
  readonly memory: { read(address: number): number; write(address: number, value: number): void };
  readonly irq: Line;
  hasCarrier(): boolean;
  send(frame: Frame): void;
  /** Registers of page 0 and page 3 that the chip does not have itself. */
  readOther(page: number, register: number): number;
  writeOther(page: number, register: number, value: number): void;
}

export class Dp8390 {
  readonly #options: Dp8390Options;
  #command = CR_STOP | DMA_ABORT;
  /** What page 0 was written, by register; ISR as it is. */
  readonly #page0 = new Uint8Array(REGISTERS);
  readonly #page1 = new Uint8Array(REGISTERS);
  #transmitStatus = 0;
  #receiveStatus = 0;
  #missed = 0;

  constructor(options: Dp8390Options) {
    this.#options = options;
  }

  /** The reset pin: what software has set up stays, but the chip is off line. */
  reset(): void {
    this.#command = CR_STOP | DMA_ABORT;
    this.#page0[ISR] = ISR_RESET;
    this.#page0[IMR] = 0;
    this.#updateInterrupt();
  }

  powerOn(): void {
    this.#page0.fill(0);
    this.#page1.fill(0);
    this.#transmitStatus = 0;
    this.#receiveStatus = 0;
    this.#missed = 0;
    this.reset();
  }

  readRegister(register: number): number {
    if (register === CR) return this.#command;
    const page = this.#command >> PAGE_SHIFT;
    if (page === 0) return this.#readPage0(register);
    if (page === 1) return this.#page1[register]!;
    return page === 2 ? this.#page0[register]! : this.#options.readOther(page, register);
  }

  writeRegister(register: number, value: number): void {
    const page = this.#command >> PAGE_SHIFT;
    if (register === CR) this.#writeCommand(value);
    else if (page === 0) this.#writePage0(register, value);
    else if (page === 1) this.#page1[register] = value;
    else if (page === 3) this.#options.writeOther(page, register, value);
  }

  /** The data port of remote DMA, in accesses of `size` bytes. In word mode one byte is the lower half of a word. */
  readData(size: number): number {
    if ((this.#command & CR_DMA) !== DMA_READ || this.#word(RBCR) === 0) return 2 ** (size * 8) - 1;
    const count = this.#dataCount(size);
    const { memory } = this.#options;
    let value = 0;
    for (let index = 0; index < count; index++) value += memory.read((this.#word(RSAR) + index) & 0xffff) * 2 ** (index * 8);
    this.#advance(count);
    return value % 2 ** (size * 8);
  }

  writeData(value: number, size: number): void {
    if ((this.#command & CR_DMA) !== DMA_WRITE || this.#word(RBCR) === 0) return;
    const count = this.#dataCount(size);
    const { memory } = this.#options;
    for (let index = 0; index < count; index++) memory.write((this.#word(RSAR) + index) & 0xffff, (value >>> (index * 8)) & 0xff);
    this.#advance(count);
  }

  receive(frame: Frame): void {
    if (!(this.#command & CR_START) || this.#command & CR_STOP || frame.length < HEADER_LENGTH || !this.#accepts(frame)) return;
    const bytes = withFcs(padded(frame));
    const pages = Math.ceil((RING_HEADER + bytes.length) / PAGE);
    if (this.#page0[RCR]! & RCR_MONITOR || pages >= this.#freePages) {
      this.#miss();
      return;
    }
    this.#receiveStatus = RSR_INTACT | (isGroup(frame) ? RSR_GROUP : 0);
    const current = this.#page1[CURR]!;
    const next = this.#wrapped(current + pages);
    this.#store(current * PAGE, Uint8Array.of(this.#receiveStatus, next, bytes.length & 0xff, bytes.length >> 8));
    this.#store(current * PAGE + RING_HEADER, bytes);
    this.#page1[CURR] = next;
    this.#raise(ISR_RECEIVED);
  }

  save(): DeviceState {
    return {
      version: 1,
      command: this.#command,
      page0: [...this.#page0],
      page1: [...this.#page1],
      transmitStatus: this.#transmitStatus,
      receiveStatus: this.#receiveStatus,
      missed: this.#missed,
    };
  }

  load(reader: StateReader): void {
    this.#command = reader.number("command", 0xff);
    this.#page0.set(reader.numbers("page0", REGISTERS, 0xff));
    this.#page1.set(reader.numbers("page1", REGISTERS, 0xff));
    this.#transmitStatus = reader.number("transmitStatus", 0xff);
    this.#receiveStatus = reader.number("receiveStatus", 0xff);
    this.#missed = reader.number("missed", COUNTER_LIMIT);
    this.#updateInterrupt();
  }

  #word(register: number): number {
    return this.#page0[register]! | (this.#page0[register + 1]! << 8);
  }

  #setWord(register: number, value: number): void {
    this.#page0[register] = value & 0xff;
    this.#page0[register + 1] = (value >> 8) & 0xff;
  }

  #raise(causes: number): void {
    this.#page0[ISR]! |= causes;
    this.#updateInterrupt();
  }

  /** The reset bit interrupts nobody. */
  #updateInterrupt(): void {
    this.#options.irq.set((this.#page0[ISR]! & this.#page0[IMR]! & 0x7f) !== 0);
  }

  #readPage0(register: number): number {
    switch (register) {
      case BNRY:
      case ISR:
      case RSAR:
      case RSAR + 1:
        return this.#page0[register]!;
      case TSR:
        return this.#transmitStatus;
      case RSR:
        return this.#receiveStatus;
      case RBCR:
      case RBCR + 1:
        return this.#options.readOther(0, register);
      case MISSED:
        return this.#takeMissed();
      default:
        return 0;
    }
  }

  #takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  #writePage0(register: number, value: number): void {
    if (register === ISR) this.#page0[ISR]! &= ~(value & 0x7f);
    else this.#page0[register] = value;
    this.#updateInterrupt();
  }

  #writeCommand(value: number): void {
    this.#command = value & ~CR_TRANSMIT;
    if (value & CR_STOP) {
      this.#raise(ISR_RESET);
      return;
    }
    if (value & CR_START) this.#page0[ISR]! &= ~ISR_RESET;
    const dma = value & CR_DMA;
    if ((dma === DMA_READ || dma === DMA_WRITE) && this.#word(RBCR) === 0) this.#raise(ISR_DMA_DONE);
    if (value & CR_TRANSMIT) this.#transmit();
  }

  #transmit(): void {
    const { memory, hasCarrier, send } = this.#options;
    const start = this.#page0[TPSR]! * PAGE;
    const bytes = new Uint8Array(this.#word(TBCR));
    for (let at = 0; at < bytes.length; at++) bytes[at] = memory.read((start + at) & 0xffff);
    const frame = this.#page0[TCR]! & TCR_NO_CRC ? withoutFcs(bytes) : bytes;
    if (frame && frame.length >= HEADER_LENGTH && !(this.#page0[TCR]! & TCR_LOOPBACK)) send(frame);
    this.#transmitStatus = TSR_SENT | (hasCarrier() ? 0 : TSR_NO_CARRIER);
    this.#raise(ISR_SENT);
  }

  #dataCount(size: number): number {
    if (!(this.#page0[DCR]! & DCR_WORDS)) return 1;
    return Math.max(2, size);
  }

  /** Remote DMA goes round in the receive ring, as the chip's own does. */
  #advance(count: number): void {
    const left = Math.max(0, this.#word(RBCR) - count);
    const address = this.#word(RSAR) + count;
    this.#setWord(RSAR, address === this.#page0[PSTOP]! * PAGE ? this.#page0[PSTART]! * PAGE : address);
    this.#setWord(RBCR, left);
    if (left === 0) this.#raise(ISR_DMA_DONE);
  }

  #accepts(frame: Frame): boolean {
    const control = this.#page0[RCR]!;
    if (isBroadcast(frame)) return (control & RCR_BROADCAST) !== 0;
    if (isGroup(frame)) return (control & RCR_MULTICAST) !== 0 && isInHashTable(frame, this.#page1, MAR);
    return (control & RCR_PROMISCUOUS) !== 0 || isFor(frame, this.#page1.subarray(PAR, PAR + MAC_LENGTH));
  }

  /** Pages from CURR up to BNRY; all of them if both are the same. */
  get #freePages(): number {
    const pages = this.#page0[PSTOP]! - this.#page0[PSTART]!;
    const distance = this.#page0[BNRY]! - this.#page1[CURR]!;
    return distance > 0 ? distance : pages + distance;
  }

  #wrapped(page: number): number {
    return (page >= this.#page0[PSTOP]! ? page - this.#page0[PSTOP]! + this.#page0[PSTART]! : page) & 0xff;
  }

  #store(start: number, bytes: Uint8Array): void {
    const { memory } = this.#options;
    const stop = this.#page0[PSTOP]! * PAGE;
    const length = stop - this.#page0[PSTART]! * PAGE;
    bytes.forEach((byte, at) => {
      const address = start + at;
      memory.write((address >= stop ? address - length : address) & 0xffff, byte);
    });
  }

  /** A frame for this station that finds no room, or nobody who stores it. */
  #miss(): void {
    this.#receiveStatus = RSR_MISSED | (this.#receiveStatus & RSR_GROUP);
    this.#missed = Math.min(this.#missed + 1, COUNTER_LIMIT);
    const isOverflow = !(this.#page0[RCR]! & RCR_MONITOR);
    this.#raise((isOverflow ? ISR_OVERFLOW : 0) | (this.#missed >= COUNTER_ALERT ? ISR_COUNTER : 0));
  }
}
