import { Decoder, DecoderOptions } from "iced-x86";
import { expect, test } from "vitest";
import { allRows } from "../../isa/rows.js";
import { classify, type Kind } from "./classify.js";

function kindOf(bytes: readonly number[]): Kind {
  const decoder = new Decoder(32, Uint8Array.from([...bytes, 0, 0, 0, 0, 0, 0, 0, 0]), DecoderOptions.None);
  const instruction = decoder.decode();
  const kind = classify(instruction);
  instruction.free();
  decoder.free();
  return kind;
}

test.each<[string, Kind, number[]]>([
  ["ADD", "ident", [0x01, 0xd8]],
  ["UD2 faults by itself", "ident", [0x0f, 0x0b]],
  ["BOUND", "ident", [0x62, 0x03]],
  ["MOV EAX, [FS:...]", "ident", [0x64, 0xa1]],
  ["MOV EAX, [GS:...]", "swap-gs", [0x65, 0xa1]],
  ["MOVSB from GS", "swap-gs", [0x65, 0xa4]],
  ["XLATB from CS", "swap-cs", [0x2e, 0xd7]],
  ["STOSB has no operand that a prefix moves", "ident", [0x2e, 0xaa]],
  ["the assembler's long NOP, with a CS prefix", "ident", [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0]],
  ["LEA", "ident", [0x65, 0x8d, 0x03]],
  ["the last segment prefix counts", "ident", [0x65, 0x3e, 0x8b, 0x03]],
  ["FADD ST0, ST1", "ident", [0xd8, 0xc1]],
  ["FXSAVE", "x87-pointers", [0x0f, 0xae, 0x03]],
  ["FSAVE's WAIT is an instruction of its own", "ident", [0x9b, 0xdd, 0x33]],
  ["FNSTENV into GS", "sensitive", [0x65, 0xd9, 0x33]],
  ["MOV EAX, DS", "sensitive", [0x8c, 0xd8]],
  ["POP ES", "sensitive", [0x07]],
  ["MOV EAX, TR6 is gone since the 486", "invalid", [0x0f, 0x24, 0xf0]],
  ["MOV EAX, DR7", "sensitive", [0x0f, 0x21, 0xf8]],
  ["JMP FAR", "sensitive", [0xea, 0, 0, 0, 0, 8, 0]],
  ["CALL FAR [EBX]", "sensitive", [0xff, 0x1b]],
  ["JC with a branch hint", "condition", [0x2e, 0x72, 0]],
  ["LOOP", "counter", [0xe2, 0]],
  ["JCXZ", "counter", [0x67, 0xe3, 0]],
  ["JMP to 16 bits", "jump", [0x66, 0xe9, 0, 0]],
  ["CALL with operand size 16", "branch-form", [0x66, 0xe8, 0, 0]],
  ["RET with operand size 16", "branch-form", [0x66, 0xc3]],
  ["JMP [CS:EBX]", "branch-form", [0x2e, 0xff, 0x23]],
  ["JMP EBX, whatever the prefix", "jump-indirect", [0x2e, 0xff, 0xe3]],
  ["RET 8", "return", [0xc2, 8, 0]],
  ["LOCK NOP", "invalid", [0xf0, 0x90]],
])("%s: %s", (_name, kind, bytes) => {
  expect(kindOf(bytes)).toBe(kind);
});

const INLINE: ReadonlySet<Kind> = new Set<Kind>(["cli", "sti", "pushf", "popf", "sensitive"]);

/** Bytes of a row, its operands in memory or, where it takes none, in registers. */
function encodings(opcode: string): number[][] {
  const parts = opcode.split(" ").filter((part) => part !== "NP");
  const bytes = parts.flatMap((part) => (/^[0-9A-F]{2}(\+r)?$/.test(part) ? [Number.parseInt(part, 16)] : []));
  const fixed = parts.find((part) => part.startsWith("="));
  if (fixed) return [[...bytes, Number.parseInt(fixed.slice(1), 16)]];
  const digit = parts.find((part) => part.startsWith("/"));
  const reg = digit ? Number(digit.slice(1)) << 3 : 0;
  return [
    [...bytes, reg | 3],
    [...bytes, 0xc0 | reg],
  ];
}

test("no instruction that the table calls privileged or sensitive is copied", () => {
  const restricted = allRows.filter((row) => row.privilege !== undefined && row.mode !== "64");
  expect(restricted.length).toBeGreaterThan(40);
  const copied = restricted.flatMap(({ opcode, mnemonic }) =>
    encodings(opcode)
      .map((bytes) => [mnemonic, kindOf(bytes)] as const)
      .filter(([, kind]) => kind !== "invalid" && !INLINE.has(kind)),
  );
  expect(copied).toEqual([]);
});
