// The SMBus host controller of the PIIX4, with nothing on its bus: every transaction ends at once in "no device answered".
// PIIX4 data sheet "SMBus I/O Space Registers". Not modelled: the slave interface (its registers hold what is written).

import type { AccessSize, DeviceState, Line, Region } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";

export const SMBUS_SIZE = 16;

const HOST_STATUS = 0;
const SLAVE_STATUS = 1;
const HOST_CONTROL = 2;
const BLOCK_DATA = 7;
const DEVICE_ERROR = 1 << 2;
const STATUS_MASK = 0x1e;
const START = 1 << 6;
const INTERRUPT_ENABLE = 1 << 0;

export class Smbus implements Region {
  readonly #registers = new Uint8Array(SMBUS_SIZE);
  readonly #interrupt: Line;

  constructor(interrupt: Line) {
    this.#interrupt = interrupt;
  }

  reset(): void {
    this.#registers.fill(0);
    this.#update();
  }

  read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + this.#readByte(offset + index);
    return value;
  }

  write(offset: number, value: number, size: AccessSize): void {
    for (let index = 0; index < size; index++) this.#writeByte(offset + index, (value >>> (index * 8)) & 0xff);
  }

  save(): DeviceState {
    return { version: 1, registers: this.#registers.slice() };
  }

  load(reader: StateReader): void {
    this.#registers.set(reader.bytes("registers", SMBUS_SIZE));
    this.#update();
  }

  #readByte(offset: number): number {
    // The block buffer is empty: no transaction ever filled it.
    return offset === BLOCK_DATA ? 0 : (this.#registers[offset] ?? 0xff);
  }

  #writeByte(offset: number, value: number): void {
    if (offset >= SMBUS_SIZE) return;
    if (offset === HOST_STATUS || offset === SLAVE_STATUS) this.#registers[offset]! &= ~(value & STATUS_MASK);
    else this.#registers[offset] = value;
    if (offset === HOST_CONTROL && value & START) {
      this.#registers[HOST_CONTROL] = value & ~START;
      this.#registers[HOST_STATUS]! |= DEVICE_ERROR;
    }
    this.#update();
  }

  #update(): void {
    this.#interrupt.set((this.#registers[HOST_CONTROL]! & INTERRUPT_ENABLE) !== 0 && this.#registers[HOST_STATUS]! !== 0);
  }
}
