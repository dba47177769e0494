import {
  type Code,
  CodeExt,
  Code as Codes,
  CpuidFeature,
  Decoder,
  EncodingKind,
  Instruction,
  MandatoryPrefix,
  Mnemonic,
  OpCodeTableKind,
} from "iced-x86";
import { describe, expect, test } from "vitest";
import { operandCodes, parseOpcode } from "./generate/opcode.js";
import type { InstructionRow } from "./row.js";
import { simdRows } from "./simd.js";

const PREFIX_BYTES = [[], [0x66], [0xf3], [0xf2]];

/** The row's instruction with register number 1, or memory at [2000h], as its modrm.rm operand. */
function encode(row: InstructionRow, memory: boolean): Uint8Array {
  const op = parseOpcode(row);
  const modrm = ((op.reg ?? 0) << 3) | (memory ? 5 : 0xc1);
  return Uint8Array.from([
    ...PREFIX_BYTES[op.prefix ?? 0]!,
    0x0f,
    op.byte,
    ...(op.hasModrm ? [modrm] : []),
    ...(op.hasModrm && memory ? [0, 0x20, 0, 0] : []),
    ...(operandCodes(row).includes("Ib") ? [0x1b] : []),
  ]);
}

/** Register and memory form, as far as the row has them. */
function forms(row: InstructionRow): Uint8Array[] {
  const { rm, hasModrm } = parseOpcode(row);
  if (!hasModrm) return [encode(row, false)];
  return [false, true].filter((memory) => rm === undefined || (rm === "mem") === memory).map((memory) => encode(row, memory));
}

function decode(bytes: Uint8Array): { mnemonic: string; length: number } {
  const decoder = new Decoder(32, bytes, 0);
  const instruction = decoder.decode();
  const found = { mnemonic: Mnemonic[instruction.mnemonic]!.toLowerCase(), length: instruction.length };
  instruction.free();
  decoder.free();
  return found;
}

const PREFIXES: Readonly<Record<number, string>> = {
  [MandatoryPrefix.PNP]: "NP",
  [MandatoryPrefix.P66]: "66",
  [MandatoryPrefix.PF3]: "F3",
  [MandatoryPrefix.PF2]: "F2",
};

/** Instructions of these features that have nothing to do with MMX and XMM registers: other tables have them. */
const ELSEWHERE = /^(Prefetch|Sfence|Lfence|Mfence|Movnti|Fisttp|Clflush|Pause)/;

function featuresOf(code: Code): CpuidFeature[] {
  const instruction = new Instruction();
  instruction.code = code;
  const features = [...instruction.cpuidFeatures()] as CpuidFeature[];
  instruction.free();
  return features;
}

/** Opcodes of the legacy encodings iced-x86 lists for MMX and SSE to SSE3, as rows write them. */
function listedOpcodes(): Map<string, string> {
  const wanted = new Set([CpuidFeature.MMX, CpuidFeature.SSE, CpuidFeature.SSE2, CpuidFeature.SSE3]);
  const opcodes = new Map<string, string>();
  for (const [name, value] of Object.entries(Codes)) {
    if (typeof value !== "number" || ELSEWHERE.test(name) || !featuresOf(value).some((f) => wanted.has(f))) continue;
    const info = CodeExt.opCode(value);
    if (info.encoding === EncodingKind.Legacy && info.table === OpCodeTableKind.T0F && info.mode32) {
      const byte = info.opCode.toString(16).toUpperCase().padStart(2, "0");
      opcodes.set(`${PREFIXES[info.mandatoryPrefix]} 0F ${byte}${info.isGroup ? ` /${info.groupIndex}` : ""}`, name);
    }
    info.free();
  }
  return opcodes;
}

describe("the MMX and SSE rows", () => {
  test.each(simdRows.map((row) => [`${row.mnemonic} ${row.operands}`, row] as const))(
    "%s: iced-x86 reads the same instruction",
    (_, row) => {
      for (const bytes of forms(row)) expect(decode(bytes)).toEqual({ mnemonic: row.mnemonic, length: bytes.length });
    },
  );

  test("cover every opcode of MMX, SSE, SSE2 and SSE3", () => {
    const rows = new Set(simdRows.map((row) => row.opcode));
    const listed = listedOpcodes();
    expect([...listed].filter(([opcode]) => !rows.has(opcode))).toEqual([]);
    expect([...rows].filter((opcode) => !listed.has(opcode))).toEqual([]);
  });

  test("only COMISS and its kin touch EFLAGS", () => {
    const flagged = simdRows.filter((row) => row.flags).map((row) => row.mnemonic);
    expect(flagged.sort()).toEqual(["comisd", "comiss", "ucomisd", "ucomiss"]);
  });
});
