/** Bytes to text, by iced-x86. Its own file, because that library takes longer to load than all the rest: only who shows something loads it. */
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from "iced-x86";
import type { CodeLocation } from "./record.js";

export interface Disassembled {
  readonly text: string;
  /** In bytes; 0 for what is no instruction, or is cut off. */
  readonly length: number;
}

/** NASM's syntax. */
export function disassemble({ bits, bytes, eip }: Pick<CodeLocation, "bits" | "bytes" | "eip">): Disassembled {
  const decoder = new Decoder(bits, bytes, DecoderOptions.None);
  const formatter = new Formatter(FormatterSyntax.Nasm);
  decoder.ip = BigInt(eip >>> 0);
  const instruction = decoder.decode();
  const length = instruction.isInvalid ? 0 : instruction.length;
  const text = length === 0 ? "(no instruction)" : formatter.format(instruction);
  instruction.free();
  formatter.free();
  decoder.free();
  return { text, length };
}
