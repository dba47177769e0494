import { expect, test } from "vitest";
import { prepareDirectBoot } from "../boards/direct-boot.js";
import { createBoard } from "../testing/test-board.js";

function registersAt() {
  const { board, memory } = createBoard();
  prepareDirectBoot(board);
  return { base: board.vgaPci.barBase(2), memory, dispi: board.vga.dispi };
}

test("DISPI registers in memory are seen whole, by bytes, and two at a time", () => {
  const { base, memory, dispi } = registersAt();
  dispi.writeRegister(1, 0x0320);
  dispi.writeRegister(2, 0x0258);
  const at = base + 0x500;
  expect(memory.read(at, 2)).toBe(0xb0c5);
  expect([memory.read(at, 1), memory.read(at + 1, 1)]).toEqual([0xc5, 0xb0]);
  expect(memory.read(at + 2, 4)).toBe(0x02580320);
});

test("a byte written to a DISPI register in memory keeps the other byte; 32 bits write two registers", () => {
  const { base, memory, dispi } = registersAt();
  const at = base + 0x500;
  memory.write(at + 2, 0x02580320, 4);
  expect([dispi.readRegister(1), dispi.readRegister(2)]).toEqual([0x320, 0x258]);
  memory.write(at + 2, 0x28, 1);
  memory.write(at + 5, 0x01, 1);
  expect([dispi.readRegister(1), dispi.readRegister(2)]).toEqual([0x328, 0x158]);
});

test("the byte-order register reads as little-endian by bytes too", () => {
  const { base, memory } = registersAt();
  expect([memory.read(base + 0x600, 4), memory.read(base + 0x604, 4), memory.read(base + 0x606, 1)]).toEqual([8, 0x1e1e1e1e, 0x1e]);
});
