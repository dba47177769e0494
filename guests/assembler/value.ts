// What an expression evaluates to: a number plus multiples of registers (in effective addresses) and of section bases.

import type { RegisterName } from "./registers.js";

/** A section's place in memory. Labels are offsets into one; `base` is known after the first pass. */
export interface SectionBase {
  readonly name: string;
  base: bigint;
}

export type Term = { readonly key: RegisterName | SectionBase; readonly factor: bigint };

export interface Value {
  /** The number without its terms, wrapped to signed 64 bits. */
  readonly n: bigint;
  readonly terms: readonly Term[];
  /** Depends on a symbol whose value this pass does not know yet; `n` is a guess. */
  readonly unknown: boolean;
}

export function scalar(n: bigint, unknown = false): Value {
  return { n: BigInt.asIntN(64, n), terms: [], unknown };
}

export function isScalar(v: Value): boolean {
  return v.terms.length === 0;
}

export function isRegisterTerm(term: Term): term is { key: RegisterName; factor: bigint } {
  return "register" in term.key;
}

export function hasRegisters(v: Value): boolean {
  return v.terms.some(isRegisterTerm);
}

/** The section whose label this is, if the value is exactly one section base plus a number. */
export function sectionOf(v: Value): SectionBase | undefined {
  const sections = v.terms.filter((t) => !isRegisterTerm(t));
  const only = sections[0];
  return sections.length === 1 && only?.factor === 1n ? (only.key as SectionBase) : undefined;
}

/** The number an address comes to with section bases filled in; undefined if the bases do not make one relocatable address. */
export function resolve(v: Value): bigint | undefined {
  const sections = v.terms.filter((t) => !isRegisterTerm(t));
  if (sections.length === 0) return v.n;
  const section = sectionOf(v);
  return section === undefined ? undefined : BigInt.asIntN(64, v.n + section.base);
}

export function add(a: Value, b: Value, sign = 1n): Value {
  const terms = [...a.terms];
  for (const term of b.terms) {
    const at = terms.findIndex((t) => t.key === term.key);
    const factor = (at < 0 ? 0n : terms[at]!.factor) + sign * term.factor;
    if (at >= 0) terms.splice(at, 1);
    if (factor !== 0n) terms.splice(at >= 0 ? at : terms.length, 0, { key: term.key, factor });
  }
  return { n: BigInt.asIntN(64, a.n + sign * b.n), terms, unknown: a.unknown || b.unknown };
}

export function scale(v: Value, factor: bigint, unknown = false): Value {
  const terms = factor === 0n ? [] : v.terms.map((t) => ({ key: t.key, factor: t.factor * factor }));
  return { n: BigInt.asIntN(64, v.n * factor), terms, unknown: v.unknown || unknown };
}
