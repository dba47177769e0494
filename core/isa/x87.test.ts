import { describe, expect, test } from "vitest";
import { operandCodes, parseOpcode } from "./generate/opcode.js";
import { x87Rows } from "./x87.js";

const ESCAPES = [0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf];

/** Rows that take an escape opcode with this modrm byte. */
function rowsOf(opcode: number, modrm: number) {
  return x87Rows.filter((row) => {
    const op = parseOpcode(row);
    if (op.map !== 0 || op.byte !== opcode) return false;
    if (op.modrm !== undefined) return op.modrm === modrm;
    const memory = operandCodes(row).some((code) => code.startsWith("M"));
    return op.reg === ((modrm >> 3) & 7) && memory === modrm < 0xc0;
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** #UD on processors since the Pentium Pro, found by executing all of them (AMD Zen 4); memory forms by a modrm with mod 0. */
const UNDEFINED: Readonly<Record<number, readonly number[]>> = {
  216: [],
  217: [0x08, ...range(0xd1, 0xd7), 0xe2, 0xe3, 0xe6, 0xe7, 0xef],
  218: [...range(0xe0, 0xe8), ...range(0xea, 0xff)],
  219: [0x20, 0x30, ...range(0xe5, 0xe7), ...range(0xf8, 0xff)],
  220: [],
  221: [0x28, ...range(0xf0, 0xff)],
  222: [0xd8, ...range(0xda, 0xdf)],
  223: [...range(0xe1, 0xe7), ...range(0xf8, 0xff)],
};

describe("the x87 table", () => {
  test.each(ESCAPES)("has one row for each defined modrm byte of %i, and none for the others", (opcode) => {
    const bytes = [...range(0, 7).map((reg) => reg << 3), ...range(0xc0, 0xff)];
    const counts = bytes.map((modrm) => [modrm, rowsOf(opcode, modrm).length]);
    expect(counts).toEqual(bytes.map((modrm) => [modrm, UNDEFINED[opcode]!.includes(modrm) ? 0 : 1]));
  });

  test("says which instructions do not wait for a pending error", () => {
    const noWait = x87Rows.filter((row) => !row.faults!.includes("#MF")).map((row) => row.mnemonic);
    const names = "fneni fndisi fnsetpm fninit fnclex fnstcw fnstsw fnstsw fnstenv fnsave fxsave fxrstor".split(" ");
    expect([...noWait].sort()).toEqual([...names].sort());
  });
});
