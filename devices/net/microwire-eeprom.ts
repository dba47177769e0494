// The 93C46 serial EEPROM that network cards keep their address in: 64 words of 16 bits behind CS, SK, DI and DO.
// Microchip/Atmel 93C46 data sheet, "Instruction Set": start bit, two bits of opcode, six of address, then data, all most significant bit first.
// Not modelled: programming time (the chip is ready at once), the 8-bit organization.

import type { DeviceState } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";

export const EEPROM_WORDS = 64;
const ADDRESS_BITS = 6;
const COMMAND_BITS = 2 + ADDRESS_BITS;

const WRITE = 1;
const READ = 2;
const ERASE = 3;
/** Opcode 0: the two uppermost address bits tell which. */
const WRITE_DISABLE = 0;
const WRITE_ALL = 1;
const ERASE_ALL = 2;
const WRITE_ENABLE = 3;

const PHASES = ["start", "command", "read", "write", "done"] as const;

export interface EepromPins {
  readonly select: boolean;
  readonly clock: boolean;
  readonly dataIn: boolean;
}

export class MicrowireEeprom {
  readonly words = new Uint16Array(EEPROM_WORDS);
  #writable = false;
  #selected = false;
  #clock = false;
  #phase: (typeof PHASES)[number] = "start";
  /** Bits shifted so far in this phase, and their number. */
  #shift = 0;
  #bits = 0;
  #address = 0;
  #writesAll = false;
  #dataOut = true;

  /** `words` is what the factory wrote. */
  constructor(words: ArrayLike<number>) {
    this.words.set(words);
  }

  /** DO: high while nothing is read, as a pull-up or a chip that is ready drives it. */
  get dataOut(): boolean {
    return this.#dataOut;
  }

  set({ select, clock, dataIn }: EepromPins): void {
    const rises = clock && !this.#clock;
    this.#clock = clock;
    if (select !== this.#selected) {
      this.#selected = select;
      this.#enter("start");
      this.#dataOut = true;
    }
    if (select && rises) this.#clocked(dataIn ? 1 : 0);
  }

  save(): DeviceState {
    return {
      version: 1,
      words: [...this.words],
      writable: this.#writable,
      selected: this.#selected,
      clock: this.#clock,
      phase: this.#phase,
      shift: this.#shift,
      bits: this.#bits,
      address: this.#address,
      writesAll: this.#writesAll,
      dataOut: this.#dataOut,
    };
  }

  load(reader: StateReader): void {
    this.words.set(reader.numbers("words", EEPROM_WORDS, 0xffff));
    this.#writable = reader.boolean("writable");
    this.#selected = reader.boolean("selected");
    this.#clock = reader.boolean("clock");
    this.#phase = reader.choice("phase", PHASES);
    this.#shift = reader.number("shift", 0xffff);
    this.#bits = reader.number("bits", 16);
    this.#address = reader.number("address", EEPROM_WORDS - 1);
    this.#writesAll = reader.boolean("writesAll");
    this.#dataOut = reader.boolean("dataOut");
  }

  #enter(phase: (typeof PHASES)[number]): void {
    this.#phase = phase;
    this.#shift = 0;
    this.#bits = 0;
  }

  #clocked(bit: number): void {
    if (this.#phase === "start") {
      if (bit) this.#enter("command");
    } else if (this.#phase === "read") this.#shiftOut();
    else if (this.#phase !== "done") this.#shiftIn(bit);
  }

  #shiftIn(bit: number): void {
    this.#shift = ((this.#shift << 1) | bit) & 0xffff;
    this.#bits++;
    if (this.#phase === "command" && this.#bits === COMMAND_BITS) this.#command(this.#shift);
    else if (this.#phase === "write" && this.#bits === 16) {
      this.#program(this.#shift);
      this.#enter("done");
    }
  }

  /** A chip that is read on gives the next word, without a dummy bit. */
  #shiftOut(): void {
    this.#dataOut = ((this.words[this.#address]! >> (15 - this.#bits)) & 1) !== 0;
    this.#bits++;
    if (this.#bits < 16) return;
    this.#bits = 0;
    this.#address = (this.#address + 1) % EEPROM_WORDS;
  }

  #command(command: number): void {
    this.#address = command & (EEPROM_WORDS - 1);
    this.#writesAll = false;
    const opcode = command >> ADDRESS_BITS;
    this.#enter(opcode === READ ? "read" : opcode === WRITE ? "write" : "done");
    if (opcode === READ) this.#dataOut = false;
    else if (opcode === ERASE) this.#program(0xffff);
    else if (opcode === 0) this.#extended(this.#address >> (ADDRESS_BITS - 2));
  }

  #extended(opcode: number): void {
    if (opcode === WRITE_ENABLE) this.#writable = true;
    if (opcode === WRITE_DISABLE) this.#writable = false;
    this.#writesAll = opcode === WRITE_ALL || opcode === ERASE_ALL;
    if (opcode === ERASE_ALL) this.#program(0xffff);
    if (opcode === WRITE_ALL) this.#enter("write");
  }

  #program(value: number): void {
    if (!this.#writable) return;
    if (this.#writesAll) this.words.fill(value);
    else this.words[this.#address] = value;
  }
}

/** The words that hold a MAC address, whose first byte is the low half of the first word. */
export function macWords(mac: Uint8Array): number[] {
  return [0, 2, 4].map((at) => mac[at]! | (mac[at + 1]! << 8));
}
