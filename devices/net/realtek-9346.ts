// 9346CR, the register through which Realtek's cards reach their EEPROM, and the lock on their configuration registers.
// RTL8139C(L)+ data sheet, "9346CR: 93C46 (93C56) Command Register"; RTL8029AS data sheet, page 3.

import type { DeviceState } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";
import { MicrowireEeprom } from "./microwire-eeprom.js";

const MODE = 0xc0;
const MODE_LOAD = 0x40;
const MODE_PROGRAM = 0x80;
const MODE_CONFIGURE = 0xc0;
const SELECT = 1 << 3;
const CLOCK = 1 << 2;
const DATA_IN = 1 << 1;
const DATA_OUT = 1 << 0;

export class EepromControl {
  readonly #eeprom: MicrowireEeprom;
  readonly #load: () => void;
  #value = 0;

  /** `load` is called when software has the card read its EEPROM again. */
  constructor(words: ArrayLike<number>, load: () => void) {
    this.#eeprom = new MicrowireEeprom(words);
    this.#load = load;
  }

  /** What the EEPROM holds, the low half of each word first. */
  get bytes(): Uint8Array {
    return Uint8Array.from([...this.#eeprom.words].flatMap((word) => [word & 0xff, word >> 8]));
  }

  /** Configuration registers may be written. */
  get isUnlocked(): boolean {
    return (this.#value & MODE) === MODE_CONFIGURE;
  }

  reset(): void {
    this.write(0);
  }

  read(): number {
    return this.#value | (this.#isProgramming && this.#eeprom.dataOut ? DATA_OUT : 0);
  }

  write(value: number): void {
    const isLoad = (value & MODE) === MODE_LOAD;
    this.#value = isLoad ? 0 : value & (MODE | SELECT | CLOCK | DATA_IN);
    const select = this.#isProgramming && (value & SELECT) !== 0;
    this.#eeprom.set({ select, clock: (value & CLOCK) !== 0, dataIn: (value & DATA_IN) !== 0 });
    if (isLoad) this.#load();
  }

  save(): DeviceState {
    return { version: 1, value: this.#value, eeprom: this.#eeprom.save() };
  }

  load(reader: StateReader): void {
    this.#value = reader.number("value", 0xff);
    this.#eeprom.load(reader.nested("eeprom", 1));
  }

  get #isProgramming(): boolean {
    return (this.#value & MODE) === MODE_PROGRAM;
  }
}
