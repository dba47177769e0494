// One Intel 8237A: its registers, masks, priorities and counting. What its addresses mean, and who moves the bytes, is the affair of
// dma-8237.ts. Transfers are counted in units, which are bytes or words.

import type { DeviceState } from "../core/bus/device.js";
import type { StateReader } from "./state-reader.js";

/** Command register. */
const MEMORY_TO_MEMORY = 0x01;
export const ADDRESS_HOLD = 0x02;
const DISABLE = 0x04;
const ROTATE = 0x10;

export const TRANSFER = 0x0c;
export const VERIFY = 0x00;
export const WRITE = 0x04;
export const READ = 0x08;
const AUTOINITIALISE = 0x10;
export const DECREMENT = 0x20;
export const KIND = 0xc0;
const BLOCK = 0x80;
export const CASCADE = 0xc0;

export const CHANNELS = 4;

export interface DmaChannelState {
  baseAddress: number;
  baseCount: number;
  address: number;
  /** One less than the transfers left; FFFFH when none is. */
  count: number;
  mode: number;
}

/** One 8237A. Transfers are counted in units of one byte or one word. */
export class DmaController {
  readonly channels: DmaChannelState[] = Array.from({ length: CHANNELS }, () => ({
    baseAddress: 0,
    baseCount: 0,
    address: 0,
    count: 0,
    mode: 0,
  }));
  command = 0;
  mask = 0x0f;
  /** DREQ lines and software requests. */
  lines = 0;
  software = 0;
  terminal = 0;
  temporary = 0;
  highByte = false;
  /** The channel of lowest priority, under rotation. */
  lowest = 3;

  constructor(
    private readonly serve: (channel: number) => void,
    private readonly memoryToMemory: () => void,
  ) {}

  // 8237A "Master Clear": like a hardware reset; base and current registers stay.
  clear(): void {
    this.command = this.software = this.terminal = this.temporary = 0;
    this.mask = 0x0f;
    this.highByte = false;
    this.lowest = 3;
  }

  read(register: number): number {
    if (register < 8) {
      const channel = this.channels[register >> 1]!;
      return this.#half(register & 1 ? channel.count : channel.address);
    }
    if (register === 8) return this.#readStatus();
    return register === 13 ? this.temporary : register === 15 ? this.mask | 0xf0 : 0xff;
  }

  write(register: number, value: number): void {
    if (register < 8) this.#writeChannel(register, value);
    else this.#writeControl(register, value);
    this.run();
  }

  #half(value: number): number {
    const high = this.highByte;
    this.highByte = !high;
    return high ? value >> 8 : value & 0xff;
  }

  #readStatus(): number {
    const status = ((this.lines | this.software) << 4) | this.terminal;
    this.terminal = 0;
    return status;
  }

  /** Base and current register are written together, byte by byte. */
  #writeChannel(register: number, value: number): void {
    const channel = this.channels[register >> 1]!;
    const into = (old: number) => (this.highByte ? (old & 0x00ff) | (value << 8) : (old & 0xff00) | value);
    if (register & 1) {
      channel.baseCount = into(channel.baseCount);
      channel.count = into(channel.count);
    } else {
      channel.baseAddress = into(channel.baseAddress);
      channel.address = into(channel.address);
    }
    this.highByte = !this.highByte;
  }

  #writeControl(register: number, value: number): void {
    const bit = 1 << (value & 3);
    switch (register) {
      case 8:
        this.command = value;
        break;
      case 9:
        this.software = value & 4 ? this.software | bit : this.software & ~bit;
        break;
      case 10:
        this.mask = value & 4 ? this.mask | bit : this.mask & ~bit;
        break;
      case 11:
        this.channels[value & 3]!.mode = value & ~3;
        break;
      case 12:
        this.highByte = false;
        break;
      case 13:
        this.clear();
        break;
      case 14:
        this.mask = 0;
        break;
      case 15:
        this.mask = value & 0x0f;
        break;
    }
  }

  get enabled(): boolean {
    return !(this.command & DISABLE);
  }

  /** Unmasked, or asked for by software, which the mask does not stop (8237A "Software Requests": block mode only). */
  mayRun(index: number): boolean {
    const bit = 1 << index;
    const block = (this.channels[index]!.mode & KIND) === BLOCK;
    return this.enabled && (!(this.mask & bit) || (block && (this.software & bit) !== 0));
  }

  request(index: number, level: boolean): void {
    const bit = 1 << index;
    const rose = level && !(this.lines & bit);
    this.lines = level ? this.lines | bit : this.lines & ~bit;
    if (rose) this.run();
  }

  /** Each channel that asks and may run gets its turn once, in order of priority. */
  run(): void {
    if (!this.enabled) return;
    const asking = this.lines | this.software;
    const first = this.command & ROTATE ? this.lowest + 1 : 0;
    for (let turn = 0; asking !== 0 && turn < CHANNELS; turn++) {
      const index = (first + turn) % CHANNELS;
      if (!(asking & (1 << index)) || !this.mayRun(index)) continue;
      const copies = index === 0 && (this.command & MEMORY_TO_MEMORY) !== 0 && (this.software & 1) !== 0;
      if (copies) this.memoryToMemory();
      else this.serve(index);
    }
  }

  /** Count `units` transfers of a channel; true at terminal count. */
  advance(index: number, units: number): boolean {
    const channel = this.channels[index]!;
    this.lowest = index;
    const step = channel.mode & DECREMENT ? -units : units;
    channel.address = (channel.address + step) & 0xffff;
    const ends = units > channel.count;
    channel.count = (channel.count - units) & 0xffff;
    if (ends) this.#terminate(index);
    return ends;
  }

  // 8237A "Autoinitialize": base registers are restored and the mask stays clear; otherwise the channel is masked.
  #terminate(index: number): void {
    const bit = 1 << index;
    const channel = this.channels[index]!;
    this.terminal |= bit;
    this.software &= ~bit;
    if (channel.mode & AUTOINITIALISE) {
      channel.address = channel.baseAddress;
      channel.count = channel.baseCount;
    } else {
      this.mask |= bit;
    }
  }

  save(): DeviceState {
    return {
      version: 1,
      channels: this.channels.map(({ baseAddress, baseCount, address, count, mode }) => [baseAddress, baseCount, address, count, mode]),
      registers: [this.command, this.mask, this.lines, this.software, this.terminal, this.temporary, this.lowest],
      highByte: this.highByte,
    };
  }

  load(reader: StateReader): void {
    const channels = reader.numberLists("channels", CHANNELS, 5, 0xffff);
    const registers = reader.numbers("registers", 7, 0xff) as [number, number, number, number, number, number, number];
    channels.forEach(([baseAddress = 0, baseCount = 0, address = 0, count = 0, mode = 0], index) => {
      this.channels[index] = { baseAddress, baseCount, address, count, mode: mode & 0xfc };
    });
    const [command, mask, lines, software, terminal, temporary, lowest] = registers;
    this.command = command;
    this.mask = mask & 0x0f;
    this.lines = lines & 0x0f;
    this.software = software & 0x0f;
    this.terminal = terminal & 0x0f;
    this.temporary = temporary;
    this.lowest = lowest & 3;
    this.highByte = reader.boolean("highByte");
  }
}
