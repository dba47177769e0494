// The instructions around the instruction pointer, as the reader of a listing would see them.

import { Decoder, DecoderOptions, Formatter, FormatterSyntax, type Instruction } from "iced-x86";
import type { LinearMemory } from "./linear-memory.js";
import type { CodeLine } from "./protocol.js";

/** Longest x86 instruction. */
const LONGEST = 15;
const LINES_BEFORE = 4;
const LINES_AFTER = 11;

const formatter = new Formatter(FormatterSyntax.Nasm);
formatter.hexPrefix = "0x";
formatter.hexSuffix = "";
formatter.uppercaseHex = false;
formatter.spaceAfterOperandSeparator = true;
formatter.branchLeadingZeros = false;
formatter.smallHexNumbersInDecimal = true;

export interface CodeWindow {
  /** Linear address of offset 0 of the code segment. */
  readonly base: number;
  readonly offset: number;
  readonly bits: number;
}

/** Reads the instructions in `bytes`, which start at `offset`, and gives each to `visit` until that says stop. */
function decode(bytes: Uint8Array, bits: number, offset: number, visit: (instruction: Instruction, at: number) => boolean): void {
  const decoder = new Decoder(bits, bytes, DecoderOptions.None);
  decoder.ip = BigInt(offset >>> 0);
  while (decoder.canDecode) {
    const at = decoder.position;
    const instruction = decoder.decode();
    const goOn = visit(instruction, at);
    instruction.free();
    if (!goOn) break;
  }
  decoder.free();
}

function line(instruction: Instruction, bytes: Uint8Array, offset: number, current: boolean): CodeLine {
  const text = instruction.isInvalid ? `db ${Array.from(bytes, (byte) => `0x${hex(byte)}`).join(", ")}` : formatter.format(instruction);
  const space = text.indexOf(" ");
  return {
    offset,
    bytes: Array.from(bytes, hex).join(" "),
    mnemonic: space < 0 ? text : text.slice(0, space),
    operands: space < 0 ? "" : text.slice(space + 1),
    current,
  };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function listing(bytes: Uint8Array, bits: number, offset: number, current = false): CodeLine[] {
  const lines: CodeLine[] = [];
  decode(bytes, bits, offset, (instruction, at) => {
    const own = bytes.subarray(at, at + instruction.length);
    lines.push(line(instruction, own, (offset + at) >>> 0, current && at === 0));
    return lines.length <= LINES_AFTER;
  });
  return lines;
}

/**
 * The instructions that end exactly where the current one begins. Code can not be read backwards for certain; this takes the earliest
 * start from which all instructions are valid and meet the current one.
 */
function before(memory: LinearMemory, { base, offset, bits }: CodeWindow): CodeLine[] {
  for (let distance = Math.min(offset, LONGEST * 2); distance > 0; distance--) {
    const bytes = memory.bytes(base + offset - distance, distance);
    if (bytes.length < distance) continue;
    const starts: number[] = [];
    let end = 0;
    decode(bytes, bits, offset - distance, (instruction, at) => {
      starts.push(at);
      end = instruction.isInvalid ? 0 : at + instruction.length;
      return !instruction.isInvalid;
    });
    if (end !== distance) continue;
    const first = starts.at(-LINES_BEFORE) ?? 0;
    return listing(bytes.subarray(first), bits, offset - distance + first);
  }
  return [];
}

export function disassemble(memory: LinearMemory, window: CodeWindow): CodeLine[] {
  const { base, offset, bits } = window;
  const bytes = memory.bytes(base + offset, LONGEST * (LINES_AFTER + 1));
  return [...before(memory, window), ...listing(bytes, bits, offset, true)];
}
