import { expect, test } from "vitest";
import { MicrowireEeprom } from "./microwire-eeprom.js";

/** Start bit, opcode and address. */
const READ = 0b110 << 6;
const WRITE = 0b101 << 6;
const ERASE = 0b111 << 6;
const WRITE_DISABLE = 0b100_000000;
const WRITE_ALL = 0b100_010000;
const ERASE_ALL = 0b100_100000;
const WRITE_ENABLE = 0b100_110000;

class Programmer {
  readonly chip = new MicrowireEeprom(Array.from({ length: 64 }, (_, address) => address * 0x101));

  /** A command and the data after it, or as many words as are read. */
  command(command: number, data?: number): void {
    this.chip.set({ select: false, clock: false, dataIn: false });
    this.shift(command, 9);
    if (data !== undefined) this.shift(data, 16);
  }

  shift(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      const dataIn = ((value >> bit) & 1) !== 0;
      this.chip.set({ select: true, clock: false, dataIn });
      this.chip.set({ select: true, clock: true, dataIn });
    }
  }

  word(): number {
    let value = 0;
    for (let bit = 0; bit < 16; bit++) {
      this.shift(0, 1);
      value = (value << 1) | (this.chip.dataOut ? 1 : 0);
    }
    return value;
  }

  read(address: number): number {
    this.command(READ | address);
    expect(this.chip.dataOut, "dummy bit").toBe(false);
    return this.word();
  }
}

test("a word is read after a dummy bit, and the next ones follow", () => {
  const programmer = new Programmer();
  expect(programmer.read(62)).toBe(62 * 0x101);
  expect([programmer.word(), programmer.word()]).toEqual([63 * 0x101, 0]);
});

test("zeros before the start bit do not count", () => {
  const programmer = new Programmer();
  programmer.chip.set({ select: true, clock: false, dataIn: false });
  programmer.shift(0, 5);
  programmer.shift(READ | 3, 9);
  expect(programmer.word()).toBe(0x303);
});

test("nothing is written or erased before writing is enabled, nor after it is disabled", () => {
  const programmer = new Programmer();
  programmer.command(WRITE | 5, 0xbeef);
  programmer.command(ERASE | 5);
  programmer.command(WRITE_ALL, 0);
  programmer.command(ERASE_ALL);
  expect(programmer.read(5)).toBe(0x505);
  programmer.command(WRITE_ENABLE);
  programmer.command(WRITE | 5, 0xbeef);
  programmer.command(WRITE_DISABLE);
  programmer.command(WRITE | 6, 0xbeef);
  expect([programmer.read(5), programmer.read(6)]).toEqual([0xbeef, 0x606]);
});

test("erasing sets all bits of one word or of all", () => {
  const programmer = new Programmer();
  programmer.command(WRITE_ENABLE);
  programmer.command(ERASE | 7);
  expect([programmer.read(7), programmer.read(8)]).toEqual([0xffff, 0x808]);
  programmer.command(ERASE_ALL);
  expect([...new Set(programmer.chip.words)]).toEqual([0xffff]);
  programmer.command(WRITE_ALL, 0x1234);
  expect([...new Set(programmer.chip.words)]).toEqual([0x1234]);
});
