// Runs the vectors of one file and says which differ, in a form a person can read.
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { Code, type Decoder, Formatter, FormatterSyntax, type Instruction } from "iced-x86";
import { codeName } from "../isa/claimed.js";
import { compare, type Difference, GPR_NAMES } from "./compare.js";
import { decoderFor } from "./encoding.js";
import { decodeVectors, MODE_32, type Vector } from "./format.js";
import { notComparable } from "./known-differences.js";
import {
  FX_FCW,
  FX_FSW,
  FX_FTW,
  FX_MXCSR,
  FX_ST,
  FX_XMM,
  IMAGE_FX,
  IMAGE_RFLAGS,
  IMAGE_RIP,
  IMAGE_SIZE,
  IMAGE_VECTOR,
  StateImage,
} from "./layout.js";
import type { OracleMachine } from "./machine.js";

export interface Failure {
  readonly form: string;
  readonly text: string;
}

export interface Report {
  readonly vectors: number;
  readonly seed: number;
  /** iced's names of the instruction forms that ran. */
  readonly forms: ReadonlySet<string>;
  readonly failures: readonly Failure[];
}

/** `step`: only one of so many. */
export function runFile(machine: OracleMachine, file: string, step = 1): Report {
  const { seed, vectors } = decodeVectors(brotliDecompressSync(readFileSync(file)));
  const forms = new Set<string>();
  const failures: Failure[] = [];
  let count = 0;
  let turn = 0;
  for (const vector of vectors) {
    if (turn++ % step !== 0) continue;
    count++;
    withInstruction(vector, (instruction) => {
      const form = codeName(instruction.code);
      if (instruction.code !== Code.INVALID) forms.add(form);
      const failure = runVector(machine, vector, instruction, form);
      if (failure) failures.push(failure);
    });
  }
  return { vectors: count, seed, forms, failures };
}

/** iced's objects live in its own memory and must be freed. */
function withInstruction(vector: Vector, use: (instruction: Instruction) => void): void {
  let decoder = decode(vector, false);
  let instruction = decoder.decode();
  // A form that only exists as a reserved NOP.
  if (instruction.code === 0 && vector.code.includes(0x0f)) {
    decoder.free();
    instruction.free();
    decoder = decode(vector, true);
    instruction = decoder.decode();
  }
  use(instruction);
  instruction.free();
  decoder.free();
}

function decode(vector: Vector, reservedNop: boolean): Decoder {
  const decoder = decoderFor(vector.mode === MODE_32 ? 32 : 16, vector.code, reservedNop);
  decoder.ip = BigInt(new StateImage(vector.input).u32(IMAGE_RIP));
  return decoder;
}

function runVector(machine: OracleMachine, vector: Vector, instruction: Instruction, form: string): Failure | undefined {
  const [input, expected] = [new StateImage(vector.input), new StateImage(vector.output)];
  if (notComparable(instruction, input, expected)) return undefined;
  const got = machine.run(vector);
  if (!got) return { form, text: describe(vector, instruction, form, [{ field: "end", expected: "an exception", got: "none" }]) };
  const differences = compare(instruction, input, expected, got);
  return differences.length === 0 ? undefined : { form, text: describe(vector, instruction, form, differences) };
}

function describe(vector: Vector, instruction: Instruction, form: string, differences: readonly Difference[]): string {
  const formatter = new Formatter(FormatterSyntax.Nasm);
  const bytes = Array.from(vector.code, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = [
    `${bytes}   ${formatter.format(instruction)}   (${form}, ${["32-bit code", "16-bit code", "16-bit code and stack"][vector.mode]})`,
    `  in   ${inputs(vector)}`,
    `  ends with vector ${new StateImage(vector.output).u32(IMAGE_VECTOR)}`,
    ...differences.slice(0, 8).map(({ field, expected, got }) => `  ${field}: expected ${expected}, got ${got}`),
  ].join("\n");
  formatter.free();
  return text;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .reverse()
    .join("");
}

/** Registers, and the floating state if it is not that of a program that does not use it. */
function inputs({ input, code }: Vector): string {
  const image = new StateImage(input);
  const gprs = GPR_NAMES.map((name, i) => `${name}=${image.gpr(i).toString(16)}`);
  const fx = (offset: number, length: number): string => hex(input.subarray(IMAGE_FX + offset, IMAGE_FX + offset + length));
  const floating = [
    `fcw=${fx(FX_FCW, 2)} fsw=${fx(FX_FSW, 2)} ftw=${fx(FX_FTW, 1)} mxcsr=${fx(FX_MXCSR, 4)}`,
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `st${i}=${fx(FX_ST + 16 * i, 10)} xmm${i}=${fx(FX_XMM + 16 * i, 16)}`),
  ];
  const floats = code.some((byte) => byte === 0x0f || (byte >= 0xd8 && byte <= 0xdf) || byte === 0x9b);
  const all = [...gprs, `eip=${image.u32(IMAGE_RIP).toString(16)} eflags=${image.u32(IMAGE_RFLAGS).toString(16)}`];
  return (floats ? [...all, ...floating] : all).join(" ").slice(0, IMAGE_SIZE);
}
