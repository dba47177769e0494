import { describe, expect, test } from "vitest";
import { operandCodes, parseOpcode } from "./generate/opcode.js";
import { integerRows } from "./integer.js";
import type { InstructionRow } from "./row.js";

const rowsOf = (pattern: RegExp) => integerRows.filter((row) => pattern.test(row.mnemonic));
const byOpcode = (opcode: string) => integerRows.filter((row) => row.opcode === opcode);

/** Every encoding a row stands for, as text: opcode bytes, modrm.reg, memory or register form, mode. */
function encodings(row: InstructionRow): string[] {
  const op = parseOpcode(row);
  const bytes = op.plusReg ? Array.from({ length: 8 }, (_, i) => op.byte + i) : [op.byte];
  return bytes.map((byte) => [op.prefix, op.map, byte, op.reg, op.modrm, op.rm, op.plusReg, row.mode].join());
}

describe("the integer rows", () => {
  test("no encoding has two rows", () => {
    const all = integerRows.flatMap(encodings);
    expect(all.filter((e, i) => all.indexOf(e) !== i)).toEqual([]);
  });

  test("flags are letters of OSZAPC and DITNV, and an instruction does one thing to a flag", () => {
    for (const { mnemonic, flags = {} } of integerRows) {
      const { reads = "", writes = "", sets = "", clears = "", undefined: open = "" } = flags;
      const changed = writes + sets + clears + open;
      expect(reads + changed, mnemonic).toMatch(/^[OSZAPCDITNV]*$/);
      expect(new Set(changed).size, mnemonic).toBe(changed.length);
    }
  });

  test("the opcodes 00-3D hold eight operations in six forms each", () => {
    const block = integerRows.filter((row) => /^[0-3][0-9A-D]$/.test(row.opcode) && row.operands.includes(","));
    expect(block).toHaveLength(48);
    expect(new Set(block.map((row) => row.mnemonic)).size).toBe(8);
  });

  test("each conditional family has its sixteen conditions, in the manual's order", () => {
    for (const [pattern, opcode] of [
      [/^j/, "74"],
      [/^set/, "0F 94"],
      [/^cmov/, "0F 44"],
    ] as const) {
      expect(byOpcode(opcode)[0]?.mnemonic).toMatch(/e$/);
      expect(rowsOf(pattern).filter((row) => /^(jcc|setcc|cmovcc)/.test(row.exec) && row.operands !== "Jz")).toHaveLength(16);
    }
  });

  test("whatever may change RIP ends a run of micro-ops, and nothing else does but strings and ENTER", () => {
    for (const row of integerRows) {
      const branches = operandCodes(row).some((code) => code.startsWith("J")) || /^(call|jmp|ret)$/.test(row.mnemonic);
      expect(row.ends ?? false, row.mnemonic).toBe(branches || row.rep !== undefined || row.mnemonic === "enter");
    }
  });

  test("LOCK is for those whose destination may be memory, XCHG and the bit instructions included", () => {
    const locked = integerRows.filter((row) => row.lock);
    for (const row of locked) expect(row.operands, row.mnemonic).toMatch(/^[EM]/);
    expect([...new Set(locked.map((row) => row.mnemonic))].sort()).toEqual(
      "adc add and btc btr bts cmpxchg cmpxchg8b dec inc neg not or sbb sub xadd xchg xor".split(" "),
    );
  });

  test("what 64-bit mode took away is marked: 40-4F, PUSHA, POPA, BOUND, SALC, 82 and decimal adjustment", () => {
    const gone = integerRows.filter((row) => row.mode === "32").map((row) => row.opcode.split(" ")[0]!);
    expect([...new Set(gone)].sort()).toEqual(["27", "2F", "37", "3F", "40+r", "48+r", "60", "61", "62", "82", "D4", "D5", "D6"]);
  });
});
