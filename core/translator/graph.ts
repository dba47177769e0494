/**
 * Finds a region: the basic blocks around some hot instructions, with the functions they call as far as those are small. It follows only
 * what has been decoded, which is what has been executed or lies right behind it; all else is left to the interpreter.
 */
import { MODE_BIG } from "../../wasm/abi/code-mode.js";
import { FS, REG_ZERO } from "../../wasm/abi/state.js";
import { UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { OP_ENTER, OP_STRADDLE } from "../isa/generated/handlers.js";
import { isSegmented } from "./context.js";
import { EFFECTS } from "./effects.js";
import type { Instruction } from "./emitter.js";
import type { UopReader } from "./uop.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How a block ends. Addresses are linear. */
export type Ending =
  | { readonly kind: "next" | "jump"; readonly to: number }
  | { readonly kind: "branch"; readonly taken: number; readonly next: number }
  | { readonly kind: "call"; readonly to: number; readonly back: number }
  | { readonly kind: "indirect-call"; readonly back: number }
  /** With the targets that its table in memory names, as far as they are code of the same page: a guess that is checked when it runs. */
  | { readonly kind: "indirect-jump"; readonly targets: readonly number[] }
  | { readonly kind: "return" };

export interface Block {
  readonly linear: number;
  /** The branch at the end, if there is one, is the last. */
  readonly instructions: readonly Instruction[];
  readonly ending: Ending;
}

/** What is known of where code lies. */
export interface CodePlace {
  /** Base of its segment. */
  readonly codeBase: number;
  /** Descriptors by linear page. */
  readonly pages: ReadonlyMap<number, number>;
}

export interface RegionGraph extends CodePlace {
  readonly blocks: readonly Block[];
  /** Block number by linear address. */
  readonly at: ReadonlyMap<number, number>;
  readonly successors: readonly (readonly number[])[];
  /** Blocks at which it can be entered. */
  readonly entries: readonly number[];
  readonly instructions: number;
}

export interface Limits {
  /** Instructions of the code around the hot ones, of a called function, and of all. */
  readonly body: number;
  readonly callee: number;
  readonly total: number;
  /** How deep calls are followed. */
  readonly depth: number;
}

/** Entries of a jump table that are looked at, and how far from the jump its targets may be. */
const MAX_TARGETS = 256;
const NEAR = 0x4000;
/** Return sites that one RET compares with. */
const MAX_RETURNS = 8;

/** Where a direct branch leads: with 16-bit operands, into the first 64 KiB of the code segment. */
function targetOf(i: Instruction, codeBase: number): number {
  const target = i.linear + i.length + i.imm;
  return (i.size === 4 ? target : codeBase + ((target - codeBase) & 0xffff)) >>> 0;
}

/** The branch that an instruction is, or undefined. In 32-bit code those with 16-bit operands are none: their exec functions do them. */
function endingOf(i: Instruction, big: boolean, codeBase: number): Ending | undefined {
  const { branch } = i.effects;
  if (!branch || (i.size !== 4 && big)) return undefined;
  const next = (i.linear + i.length) >>> 0;
  switch (branch) {
    case "conditional":
      return i.addressSize === 4 || i.segmented ? { kind: "branch", taken: targetOf(i, codeBase), next } : undefined;
    case "jump":
      return { kind: "jump", to: targetOf(i, codeBase) };
    case "call":
      return { kind: "call", to: targetOf(i, codeBase), back: next };
    case "indirect-call":
      return { kind: "indirect-call", back: next };
    case "indirect-jump":
      return { kind: "indirect-jump", targets: [] };
    default:
      return { kind: "return" };
  }
}

/** In flat code the interpreter remembers in a branch where it led, once it was taken within its page. Of others nothing is known. */
function wasTaken(i: Instruction, to: number): boolean {
  return i.segmented || i.link !== 0 || i.effects.base !== "jcc" || pageOf(to) !== pageOf(i.linear);
}

/** Where the flow of control goes inside the function, as far as it is known. */
function flow(ending: Ending): readonly number[] {
  switch (ending.kind) {
    case "next":
    case "jump":
      return [ending.to];
    case "branch":
      return [ending.next, ending.taken];
    case "call":
    case "indirect-call":
      return [ending.back];
    case "indirect-jump":
      return ending.targets;
    default:
      return [];
  }
}

export class RegionFinder {
  private readonly code = new Map<number, Instruction>();
  private readonly leaders = new Set<number>();
  private readonly pages: Map<number, number>;
  private readonly entries = new Set<number>();
  /** What explore() has added to `code`. */
  private readonly added: number[] = [];
  private readonly calls: { readonly target: number; readonly depth: number }[] = [];

  constructor(
    private readonly reader: UopReader,
    private readonly mode: number,
    private readonly user: boolean,
    private readonly limits: Limits,
    private readonly place: CodePlace,
    /** Where other regions begin, if the new one is to take them in; else it ends there. */
    private readonly others?: ReadonlySet<number>,
  ) {
    this.pages = new Map(place.pages);
  }

  /** The region around a seed, or undefined if nothing is decoded there. */
  find(seed: number): RegionGraph | undefined {
    this.entries.add(seed);
    this.explore(seed, this.limits.body, 0);
    if (!this.code.has(seed)) return undefined;
    for (let n = 0; n < this.calls.length; n++) {
      const { target, depth } = this.calls[n]!;
      const limit = Math.min(this.limits.callee, this.limits.total - this.code.size);
      if (depth < this.limits.depth && limit > 0) this.callee(target, limit, depth + 1);
    }
    return this.finish();
  }

  /** Take in a called function if it is small enough. */
  private callee(target: number, limit: number, depth: number): void {
    if (this.code.has(target)) {
      this.leaders.add(target);
      return;
    }
    const calls = this.calls.length;
    this.added.length = 0;
    if (this.explore(target, limit, depth)) return;
    for (const linear of this.added) {
      this.code.delete(linear);
      this.leaders.delete(linear);
      this.entries.delete(linear);
    }
    this.calls.length = calls;
  }

  private descriptor(page: number): number {
    let found = this.pages.get(page);
    if (found === undefined) {
      found = this.reader.descriptorOf(page, this.mode, this.user);
      this.pages.set(page, found);
    }
    return found;
  }

  private uop(linear: number): number {
    const descriptor = this.descriptor((linear & ~0xfff) >>> 0);
    const uop = descriptor ? this.reader.at(descriptor, linear & 0xfff) : 0;
    if (!uop || this.reader.handler(uop) !== OP_STRADDLE) return uop;
    // It goes on in the next page: usable once it was executed, as long as it is that page which comes next.
    const second = this.reader.straddleSecond(uop);
    return second !== 0 && second === this.descriptor((pageOf(linear) + 0x1000) >>> 0) ? uop : 0;
  }

  private instruction(linear: number, uop: number): Instruction {
    const i = this.reader.operands(uop) as Mutable<Instruction>;
    i.uop = uop;
    i.linear = linear;
    i.segmented = isSegmented(this.mode);
    i.effects = EFFECTS[this.reader.execNumber(i.exec)]!;
    return i;
  }

  private ending(i: Instruction): Ending | undefined {
    const ending = endingOf(i, (this.mode & MODE_BIG) !== 0, this.place.codeBase);
    return ending?.kind === "indirect-jump" ? { kind: "indirect-jump", targets: this.tableTargets(i) } : ending;
  }

  /** JMP [table + index * 4] of flat code: the table's entries, to the first one that is far away. */
  private tableTargets(i: Instruction): number[] {
    if (i.segmented || !(i.flags & UF_SRC_MEM) || i.base !== REG_ZERO || i.index === REG_ZERO || i.scale !== 2 || i.segment >= FS)
      return [];
    const targets = new Set<number>();
    for (let n = 0; n < MAX_TARGETS; n++) {
      const target = this.reader.peek(i.disp + n * 4);
      if (target === undefined || Math.abs(target - i.linear) > NEAR) break;
      if (pageOf(target) === pageOf(i.linear) && this.uop(target)) targets.add(target);
    }
    return [...targets];
  }

  /** Walk the code from `start`. False if there is more of it than `limit`; the rest is then not in the region. */
  private explore(start: number, limit: number, depth: number): boolean {
    const work = [start];
    const most = this.code.size + limit;
    for (let n = 0; n < work.length; n++) {
      this.walk(work[n]!, start, depth, work);
      if (this.code.size > most) return false;
    }
    return true;
  }

  /** One block, or more of them in a row, from `leader` on. Where it goes next is added to `work`. */
  private walk(leader: number, start: number, depth: number, work: number[]): void {
    // A hot place inside straight code is entered through a copy of the rest of its block: see enter().
    if (depth > 0 || work.length > 1 || leader !== start) this.leaders.add(leader);
    for (let linear = leader; ; ) {
      if (this.code.has(linear)) {
        if (!this.entries.has(linear)) this.leaders.add(linear);
        return;
      }
      const uop = this.uop(linear);
      // Where another region begins, this one ends: but called functions are taken in whole.
      if (!uop || (depth === 0 && linear !== start && !this.others && this.reader.handler(uop) === OP_ENTER)) return;
      const i = this.instruction(linear, uop);
      this.code.set(linear, i);
      this.added.push(linear);
      const next = (linear + i.length) >>> 0;
      const ending = this.ending(i);
      if (ending) {
        if (ending.kind === "call") this.calls.push({ target: ending.to, depth });
        for (const to of flow(ending)) if (to === next || wasTaken(i, to) || this.isEntry(to)) work.push(to);
        return;
      }
      if (i.effects.traps) this.enter(next);
      if (pageOf(next) !== pageOf(linear)) this.leaders.add(next);
      linear = next;
    }
  }

  /** A region is entered there: translated code does not leave marks in the branches that it takes. */
  private isEntry(linear: number): boolean {
    const uop = this.uop(linear);
    return uop !== 0 && this.reader.handler(uop) === OP_ENTER;
  }

  /**
   * An entry. Unless a branch leads there too, it is no leader: the block that it lies in stays whole, and a copy of the block's rest is made
   * for the entry, so that loops keep one head and flags their comparison.
   */
  private enter(linear: number): void {
    this.entries.add(linear);
  }

  private finish(): RegionGraph {
    for (const begin of this.others ?? []) if (this.leaders.has(begin)) this.entries.add(begin);
    const blocks: Block[] = [];
    const at = new Map<number, number>();
    for (const leader of new Set([...this.leaders, ...this.entries])) {
      if (!this.code.has(leader)) continue;
      at.set(leader, blocks.length);
      blocks.push(this.block(leader));
    }
    const returns = this.returnSites(blocks, at);
    const successors = blocks.map((block, n) => this.successors(block, returns.get(n) ?? [], at));
    for (const head of loopHeads(
      successors,
      [...this.entries].flatMap((linear) => at.get(linear) ?? []),
    ))
      this.entries.add(blocks[head]!.linear);
    const inRegion = (linear: number) => at.has(linear);
    for (const { ending } of blocks) {
      // Functions are entered at their start too: after an exit, the interpreter soon calls one.
      if (ending.kind === "call" && inRegion(ending.to)) this.entries.add(ending.to);
      const outside = ending.kind === "indirect-call" || (ending.kind === "call" && !inRegion(ending.to));
      if (outside && inRegion(ending.back)) this.entries.add(ending.back);
    }
    return {
      blocks,
      at,
      successors,
      entries: [...this.entries].filter(inRegion).map((linear) => at.get(linear)!),
      codeBase: this.place.codeBase,
      pages: this.pagesOf(blocks),
      instructions: this.code.size,
    };
  }

  private pagesOf(blocks: readonly Block[]): Map<number, number> {
    const used = new Set<number>();
    // A block ends where its page does, with an instruction that may lie on two.
    for (const { linear, instructions } of blocks) {
      const last = instructions.at(-1)!;
      used.add(pageOf(linear)).add(pageOf(last.linear + last.length - 1));
    }
    return new Map([...this.pages].filter(([page]) => used.has(page)));
  }

  private block(leader: number): Block {
    const instructions: Instruction[] = [];
    let linear = leader;
    for (;;) {
      const i = this.code.get(linear);
      if (!i) return { linear: leader, instructions, ending: { kind: "next", to: linear } };
      instructions.push(i);
      const ending = this.ending(i);
      if (ending) return { linear: leader, instructions, ending };
      linear = (linear + i.length) >>> 0;
      if (this.leaders.has(linear)) return { linear: leader, instructions, ending: { kind: "next", to: linear } };
    }
  }

  /** For each block that ends in RET: the blocks behind the calls of the functions it belongs to. */
  private returnSites(blocks: readonly Block[], at: ReadonlyMap<number, number>): Map<number, number[]> {
    const callers = new Map<number, number[]>();
    for (const { ending } of blocks) {
      if (ending.kind !== "call") continue;
      const callee = at.get(ending.to);
      const back = at.get(ending.back);
      if (callee === undefined || back === undefined) continue;
      callers.set(callee, [...(callers.get(callee) ?? []), back]);
    }
    const sites = new Map<number, number[]>();
    for (const [callee, backs] of callers) {
      for (const block of this.reach(callee, blocks, at)) {
        if (blocks[block]!.ending.kind !== "return") continue;
        const all = [...new Set([...(sites.get(block) ?? []), ...backs])];
        sites.set(block, all.slice(0, MAX_RETURNS));
      }
    }
    return sites;
  }

  private reach(from: number, blocks: readonly Block[], at: ReadonlyMap<number, number>): Set<number> {
    const seen = new Set([from]);
    for (const block of seen) {
      for (const linear of flow(blocks[block]!.ending)) {
        const next = at.get(linear);
        if (next !== undefined) seen.add(next);
      }
    }
    return seen;
  }

  private successors({ ending }: Block, returns: readonly number[], at: ReadonlyMap<number, number>): number[] {
    if (ending.kind === "return") return [...returns];
    const to = ending.kind === "call" ? [ending.to] : ending.kind === "indirect-call" ? [] : flow(ending);
    return to.flatMap((linear) => at.get(linear) ?? []);
  }
}

/**
 * Blocks that a path comes back to. All are entries: a region is left at them when the budget is used up, and must not be interpreted from there
 * on for as long as the loop runs.
 */
function loopHeads(successors: readonly (readonly number[])[], entries: readonly number[]): Set<number> {
  const heads = new Set<number>();
  // 1: on the path, 2: done.
  const state = new Uint8Array(successors.length);
  const path: { node: number; next: number }[] = [];
  for (const entry of [...entries, ...successors.keys()]) {
    if (state[entry] === 0) path.push({ node: entry, next: 0 });
    state[entry] ||= 1;
    while (path.length > 0) {
      const top = path.at(-1)!;
      const to = successors[top.node]![top.next++];
      if (to === undefined) {
        state[top.node] = 2;
        path.pop();
      } else if (state[to] === 1) heads.add(to);
      else if (state[to] === 0) {
        state[to] = 1;
        path.push({ node: to, next: 0 });
      }
    }
  }
  return heads;
}

export function pageOf(linear: number): number {
  return (linear & ~0xfff) >>> 0;
}
