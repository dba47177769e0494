// The options of `ringside run` as text, and what they mean.

import { TRANSLATION_POLICIES, type TranslationPolicy } from "../core/translator/options.js";
import type { SourceOptions } from "./boot-options.js";
import { UserError } from "./user-error.js";

export interface RunOptions extends SourceOptions {
  readonly memory: string;
  readonly features?: string;
  readonly serial: string;
  readonly clock: string;
  readonly translate: string;
  readonly snapshotOut?: string;
  readonly snapshotAt?: string;
  readonly trace?: string;
  readonly gdb?: string;
  readonly gdbWait: boolean;
  readonly reboot: boolean;
}

const MIB = 2 ** 20;
const MEMORY_LEAST = 4 * MIB;
const MEMORY_MOST = 3328 * MIB;

/** "256M", "1G", "65536K" or bytes; whole MiB. */
export function parseMemory(text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  if (!match) throw new UserError(`the memory size "${text}" is not understood; write for example 256M`);
  const shift = { "": 0, K: 10, M: 20, G: 30 }[match[2]!.toUpperCase()]!;
  const bytes = Number(match[1]) * 2 ** shift;
  if (bytes % MIB !== 0 || bytes < MEMORY_LEAST || bytes > MEMORY_MOST)
    throw new UserError(`the memory size ${text} is not possible: it must be whole MiB, from 4M to 3328M`);
  return bytes;
}

export function parseClock(text: string): "real" | "virtual" {
  if (text === "real" || text === "virtual") return text;
  throw new UserError(`the clock "${text}" is not understood; write real or virtual`);
}

export function parseTranslate(text: string): TranslationPolicy {
  if (Object.hasOwn(TRANSLATION_POLICIES, text)) return text as TranslationPolicy;
  throw new UserError(`the translator's setting "${text}" is not understood; write on, off or eager`);
}

export function parseInstructionCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UserError(`--snapshot-at takes a number of instructions, not "${text}"`);
  return Number(text);
}
