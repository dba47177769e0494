// Instructions whose bytes do not depend on where they stand are encoded once: a source has few different ones, and passes repeat them.

import { candidatesOf } from "./code-table.js";
import type { InstructionRequest } from "./mnemonics.js";
import type { Decoration, MemoryOperand, Operand } from "./operand.js";
import { resolve, type Value } from "./value.js";

export interface CachedEncoding {
  readonly bytes: readonly number[];
  readonly warnings: readonly string[];
}

const LIMIT = 20_000;
const cache = new Map<string, CachedEncoding>();
const branches = new Map<string, boolean>();

/** All that decides the bytes, or undefined if their address does too. */
export function cacheKey(wanted: InstructionRequest, prefixes: object, bits: number): string | undefined {
  const parts = [bits, wanted.operandSize, ...wanted.mnemonics, ...Object.values(prefixes)].map(String);
  if (wanted.mnemonics.some(isBranch)) return undefined;
  for (const operand of wanted.operands) {
    const text = operandKey(operand);
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return parts.join(" ");
}

export function cached(key: string): CachedEncoding | undefined {
  return cache.get(key);
}

export function remember(key: string, encoding: CachedEncoding): void {
  if (cache.size >= LIMIT) cache.clear();
  cache.set(key, encoding);
}

function isBranch(mnemonic: string): boolean {
  let known = branches.get(mnemonic);
  if (known === undefined) {
    known = candidatesOf(mnemonic).some((c) => c.patterns.some((p) => p.kind === "branch"));
    branches.set(mnemonic, known);
  }
  return known;
}

function operandKey(operand: Operand): string | undefined {
  const { kind, size } = operand;
  switch (operand.kind) {
    case "register":
      return `${kind},${size},${operand.register.name},${operand.to},${decorationKey(operand)}`;
    case "memory":
      return operand.address.ripRelative ? undefined : `${kind},${size},${memoryKey(operand)},${decorationKey(operand)}`;
    case "immediate":
      return `${kind},${size},${operand.strict},${operand.distance},${valueKey(operand.value)}`;
    case "far":
      return `${kind},${size},${valueKey(operand.selector)},${valueKey(operand.offset)}`;
    case "rounding":
      return `${kind},${operand.mode}`;
  }
}

function memoryKey({ address, far }: MemoryOperand): string {
  const { segment, bits, base, index, scale, displacement, displacementSize, explicitBits } = address;
  const registers = `${segment?.name},${base?.name},${index?.name},${scale}`;
  return `${far},${bits},${registers},${valueKey(displacement)},${displacementSize},${explicitBits}`;
}

function decorationKey({ mask, zeroing, broadcast }: Decoration): string {
  return `${mask?.name},${zeroing},${broadcast}`;
}

/** A movable address is encoded otherwise than the same number. */
function valueKey(value: Value): string {
  return `${resolve(value)}${value.terms.length > 0 ? "m" : ""}${value.unknown ? "?" : ""}`;
}
