// Labels and equ constants over the passes.

import { type Position, SourceProblem } from "./source.js";
import { scalar, type Value } from "./value.js";

interface SymbolEntry {
  value: Value;
  /** Pass in which it was last defined. */
  pass: number;
  readonly equ: boolean;
}

export class SymbolTable {
  private readonly entries = new Map<string, SymbolEntry>();
  private pass = 0;
  /** A value differs from the pass before, or was not known when it was asked for. */
  changed = false;
  /** The label that `.local` names belong to. */
  private parent = "";

  beginPass(pass: number): void {
    this.pass = pass;
    this.changed = false;
    this.parent = "";
  }

  /** `.x` belongs to the last label that is not local; `..x` belongs to nobody. */
  fullName(name: string): string {
    return name.startsWith(".") && !name.startsWith("..") ? this.parent + name : name;
  }

  define(name: string, value: Value, at: Position, equ: boolean): void {
    const full = this.fullName(name);
    if (!equ && !name.startsWith(".")) this.parent = name;
    const old = this.entries.get(full);
    if (old?.pass === this.pass && !same(old.value, value)) throw new SourceProblem(`\`${full}\` is already defined`, at);
    if (old === undefined || !same(old.value, value) || value.unknown) this.changed = true;
    this.entries.set(full, { value, pass: this.pass, equ });
  }

  /** `critical`: only what was defined above counts. */
  lookup(name: string, at: Position, critical: boolean): Value {
    const full = this.fullName(name);
    const entry = this.entries.get(full);
    if (entry !== undefined && (!critical || entry.pass === this.pass)) return entry.value;
    if (critical) throw new SourceProblem(`\`${full}\` is not known at this point`, at);
    if (this.pass > 1) throw new SourceProblem(`\`${full}\` is not defined`, at);
    this.changed = true;
    return scalar(0n, true);
  }

  /** Those of the last pass. */
  *all(): Iterable<{ name: string; value: Value; equ: boolean }> {
    for (const [name, entry] of this.entries) if (entry.pass === this.pass) yield { name, value: entry.value, equ: entry.equ };
  }
}

function same(a: Value, b: Value): boolean {
  return a.n === b.n && a.unknown === b.unknown && a.terms.length === b.terms.length && a.terms.every((t, i) => t.key === b.terms[i]?.key);
}
