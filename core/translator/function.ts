/** Translates a region's graph to one WebAssembly function. The two ways out of it are common tails, so that an exit is a few constants. */
import { CODE_TLB_SIZE } from "../../wasm/abi/layout.js";
import { UF_DST_MEM, UF_REP, UF_REPNE, UF_SRC_IMM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { branchOf } from "./branches.js";
import { type ExecFunctions, FUNCTION_CHAIN, HELPERS, type RegionMode } from "./context.js";
import { emitControlFlow, type Jumps } from "./control/emit.js";
import { type Nesting, nesting, type Plan, plan } from "./control/plan.js";
import { type BranchHint, MEMORY, OP, type ValueType } from "./emit/code.js";
import { Emitter, type Instruction } from "./emitter.js";
import { FlagState, type Overlay } from "./flags.js";
import { type Block, pageOf, type RegionGraph } from "./graph.js";
import { integerRule } from "./integer.js";
import * as L from "./locals.js";
import type { AccessPolicy } from "./pages.js";
import { perfectHash } from "./perfect-hash.js";
import { simdRule } from "./simd.js";
import { systemRule } from "./system.js";
import { x87Rule } from "./x87.js";

/** Budget that must be left when the interpreter takes over (instructions x 32): MARGIN of wasm/cpu/branch.ts. */
export const MARGIN = 130 * 32;
/** More budget than there is. */
const NEVER = 0x7fffffff;
const ALL_FLAGS = 3;
const KEEPS = 2;

/** What a region has in linear memory, and how it is to be translated. */
export interface RegionPlace {
  /** Entry records by the micro-op at which it is entered. */
  readonly records: ReadonlyMap<number, number>;
  /** Address of its counters (COUNTERS_SIZE). */
  readonly counters: number;
  readonly policy: AccessPolicy;
  /** Puts a table into linear memory. Returns its address, or 0 if there is no room. */
  readonly makeTable: (values: Uint32Array) => number;
}

export interface RegionFunction {
  readonly code: Uint8Array;
  readonly locals: readonly ValueType[];
  readonly hints: readonly BranchHint[];
  /** Budget at or below which it can not run. */
  readonly need: number;
}

interface FlagsAtEnd {
  readonly state: number;
  readonly overlay: Overlay;
}

const SHIFTS = new Set(["shl", "shr", "sar"]);
const DOUBLE_SHIFTS = new Set(["shldImm", "shrdImm"]);
/** Instructions that check something besides a memory operand. */
const LEAVERS = new Set(["push", "pop", "leave", "div", "idiv", "call", "callIndirect", "ret", "retImm", "jmpIndirect"]);

/** Flags that an instruction needs (1 C, 2 the others), whatever it does first, and, shifted by KEEPS, those that it does not surely overwrite. */
function flagUse(i: Instruction): number {
  const rule = integerRule(i);
  // Wherever the region may be left, the flags have to be right.
  const straddles = pageOf(i.linear + i.length - 1) !== pageOf(i.linear);
  if (!rule || straddles || i.flags & (UF_DST_MEM | UF_SRC_MEM) || mayLeave(i)) return ALL_FLAGS;
  return isConstantShift(i) ? 0 : rule.uses | ((ALL_FLAGS & ~rule.kills) << KEEPS);
}

/** Flags needed before an instruction, or several, given those needed behind. */
function neededBefore(use: number, behind: number): number {
  return (use & ALL_FLAGS) | (behind & (use >> KEEPS));
}

function isConstantShift(i: Instruction): boolean {
  if ((i.imm & 31) === 0) return false;
  return DOUBLE_SHIFTS.has(i.effects.base) || (SHIFTS.has(i.effects.base) && (i.flags & UF_SRC_IMM) !== 0);
}

function mayLeave(i: Instruction): boolean {
  return i.effects.string || LEAVERS.has(i.effects.base);
}

class RegionTranslator {
  private readonly e: Emitter;
  private readonly predecessors: Int32Array;
  /** A predecessor: the only one, where there is one. */
  private readonly before: Int32Array;
  /** flagUse() of the blocks' instructions. */
  private readonly flagUses: readonly Uint8Array[];
  private readonly liveIn: Uint8Array;
  private readonly plan: Plan;
  /** In which loops blocks lie. */
  private readonly nesting: readonly Nesting[];
  private readonly heads = new Set<number>();
  private readonly ends: (FlagsAtEnd | undefined)[] = [];
  private readonly need: number;
  private jumps!: Jumps;
  /** Address of the table of exits, or 0 if there is no room for it. */
  private exits = 0;
  /** Label depth of the way out by a jump whose target is known but not in the region. */
  private jumpDepth = 0;

  constructor(
    private readonly graph: RegionGraph,
    private readonly mode: RegionMode,
    private readonly place: RegionPlace,
    execs: ExecFunctions,
  ) {
    this.e = new Emitter(mode, place.records, place.policy, execs);
    for (const { instructions } of graph.blocks) for (const i of instructions) this.scan(i);
    this.need = (graph.instructions + 1) * 32 + MARGIN;
    this.predecessors = new Int32Array(graph.blocks.length);
    this.before = new Int32Array(graph.blocks.length);
    graph.successors.forEach((list, from) => {
      for (const to of list) {
        this.predecessors[to]!++;
        this.before[to] = from;
      }
    });
    for (const entry of graph.entries) this.predecessors[entry]! += 2;
    this.flagUses = graph.blocks.map(({ instructions }) => Uint8Array.from(instructions, flagUse));
    this.liveIn = this.liveness();
    this.plan = plan({ count: graph.blocks.length, successors: graph.successors, entries: graph.entries });
    this.nesting = nesting(this.plan);
    graph.blocks.forEach(({ instructions }, n) => {
      this.e.pages.survey(instructions, this.nesting[n]!);
    });
    this.e.locals.push(
      ...L.localTypes({ x87: this.e.x87.present, vectors: this.e.vectors.present, segmented: this.e.segments !== undefined }),
    );
    this.e.pages.choose();
  }

  private scan(i: Instruction): void {
    this.e.vectors.scan(i);
    this.e.segments?.scan(i);
    if (x87Rule(i)) this.e.x87.present = true;
  }

  translate(): RegionFunction {
    const { e, graph } = this;
    const { code: c } = e;
    e.exitDepth = c.depth;
    c.block();
    e.chainDepth = c.depth;
    c.block();
    this.jumpDepth = c.depth;
    c.block();
    emitControlFlow({
      code: c,
      graph: { count: graph.blocks.length, successors: graph.successors, entries: graph.entries },
      plan: this.plan,
      entryLocal: L.ENTRY,
      dispatchLocal: L.DISPATCH,
      block: (node, jumps) => this.block(node, jumps),
      beforeLoop: (loop) => e.pages.enterLoop(loop),
      loopHead: (heads) => {
        for (const head of heads) this.heads.add(head);
      },
    });
    c.end();
    this.countJump();
    c.end();
    this.chainTail();
    c.end();
    this.exits = this.place.makeTable(this.e.exits.table);
    this.exitTail();
    const body = c.cut();
    this.prologue();
    c.paste(body);
    const { bytes: code, hints } = c.cut();
    return {
      code,
      hints,
      locals: e.locals,
      need: this.exits ? this.need : NEVER,
    };
  }

  private prologue(): void {
    const { graph, place } = this;
    this.e.segments?.begin(
      graph.blocks,
      graph.entries.map((block) => place.records.get(graph.blocks[block]!.instructions[0]!.uop) ?? 0),
    );
    this.e.loadRegisters();
    this.e.loadFlags();
    this.e.vectors.begin();
  }

  private storeState(): void {
    const { e } = this;
    e.beginBlock();
    e.storeRegisters(e.writtenRegisters);
    e.vectors.store();
    e.storeFlags();
  }

  private chainTail(): void {
    this.storeState();
    this.e.code.get(L.TARGET).get(L.LEFT).returnCall(FUNCTION_CHAIN);
  }

  private exitTail(): void {
    this.storeState();
    const { code: c } = this.e;
    c.get(L.EXIT).i32(this.exits).op(OP.i32_add);
    c.get(L.LEFT).get(L.DELTA).get(L.ADDRESS).i32(this.place.counters).call(HELPERS.leaveRegion);
  }

  /** The region is left by a plain jump. */
  private countJump(): void {
    const at = this.place.counters + 8;
    this.e.code.i32(0).i32(0).memory(MEMORY.i32_load, at).i32(1).op(OP.i32_add).memory(MEMORY.i32_store, at);
  }

  // ------------------------------------------------------------------------------------------------------------ flag liveness

  /** For each block, which flags are needed at its start. */
  private liveness(): Uint8Array {
    const { blocks } = this.graph;
    const live = new Uint8Array(blocks.length);
    // What a whole block needs and keeps.
    const uses = this.flagUses.map((block) => {
      const needed = block.reduceRight((behind, use) => neededBefore(use, behind), 0);
      return needed | (block.reduce((kept, use) => kept & (use >> KEEPS), ALL_FLAGS) << KEEPS);
    });
    for (let changed = true; changed; ) {
      changed = false;
      for (let n = blocks.length - 1; n >= 0; n--) {
        // The start of a loop may leave the region: every block that has a way back may be one.
        const flags = this.predecessors[n]! > 1 ? ALL_FLAGS : neededBefore(uses[n]!, this.liveOut(n, live));
        if (flags !== live[n]) {
          live[n] = flags;
          changed = true;
        }
      }
    }
    return live;
  }

  private liveOut(node: number, live: Uint8Array): number {
    const { ending } = this.graph.blocks[node]!;
    const known = this.graph.successors[node]!;
    const expected = ending.kind === "branch" ? 2 : 1;
    if (known.length < expected || ending.kind === "return" || ending.kind.startsWith("indirect")) return ALL_FLAGS;
    const page = pageOf(this.graph.blocks[node]!.instructions.at(-1)!.linear);
    let flags = 0;
    // A way to another page leaves the region if another page is there by then.
    for (const to of known) flags |= pageOf(this.graph.blocks[to]!.linear) === page ? live[to]! : ALL_FLAGS;
    return flags;
  }

  // ------------------------------------------------------------------------------------------------------------------- blocks

  private block(node: number, jumps: Jumps): void {
    const { e } = this;
    const block = this.graph.blocks[node]!;
    this.jumps = jumps;
    e.beginBlock(block.instructions, this.nesting[node]!.outermost);
    this.beginFlags(node);
    if (this.heads.has(node)) this.checkBudget(block);
    const live = this.liveAfter(node);
    block.instructions.forEach((i, n) => {
      e.at = i;
      e.done = n;
      e.live = live[n]!;
      if (pageOf(i.linear + i.length - 1) !== pageOf(i.linear)) this.checkRest(i);
      if (n === block.instructions.length - 1 && this.isBranch(block)) return;
      this.instruction(i);
    });
    this.end(node, block);
  }

  private isBranch({ ending }: Block): boolean {
    return ending.kind !== "next";
  }

  private instruction(i: Instruction): void {
    const { e } = this;
    const system = systemRule(i);
    if (system) {
      // x87 instructions record the segments as they are now; and both ways of a rule have to find the registers in one place.
      e.x87.close();
      system.emit(e, i);
      return;
    }
    if (i.effects.ends && !(i.effects.string && !(i.flags & (UF_REP | UF_REPNE)))) {
      e.callEnding(i);
      return;
    }
    const rule = integerRule(i) ?? x87Rule(i);
    const vector = rule ? undefined : simdRule(i);
    // MMX registers are x87 registers.
    if (vector) e.x87.close();
    if (rule ?? vector) (rule ?? vector)!.emit(e, i, i.size);
    else e.callExec(i);
  }

  /** Flags needed behind each instruction of a block. */
  private liveAfter(node: number): Uint8Array {
    const uses = this.flagUses[node]!;
    const live = new Uint8Array(uses.length);
    let flags = this.liveOut(node, this.liveIn);
    for (let n = uses.length - 1; n >= 0; n--) {
      live[n] = flags;
      flags = neededBefore(uses[n]!, flags);
    }
    return live;
  }

  /** The only predecessor's knowledge of the flags holds here too. */
  private beginFlags(node: number): void {
    const { flags } = this.e;
    const known = this.predecessors[node] === 1 ? this.ends[this.before[node]!] : undefined;
    flags.define(known?.state ?? FlagState.Unknown);
    if (known) flags.overlay = known.overlay;
  }

  private checkBudget(block: Block): void {
    const { e } = this;
    e.at = block.instructions[0]!;
    e.done = 0;
    e.code.get(L.LEFT).i32(this.need).op(OP.i32_le_s);
    e.exitIf();
  }

  // ------------------------------------------------------------------------------------------------------------ ways out of a block

  private end(node: number, block: Block): void {
    const { e } = this;
    const branch = branchOf(block);
    e.x87.close();
    branch?.prepare(e, block);
    this.takeBudget(block.instructions.length);
    if (block.ending.kind === "branch") this.conditional(node, block.ending, () => branch!.condition!(e, block));
    else {
      this.settleFlags(node);
      this.unconditional(node, block);
    }
  }

  private unconditional(node: number, block: Block): void {
    const { ending } = block;
    switch (ending.kind) {
      case "next":
      case "jump":
      case "call":
        this.edge(block, ending.to);
        break;
      case "return":
        for (const site of this.graph.successors[node]!) this.returnTo(block, site);
        this.chain(() => this.e.code.get(L.T0));
        break;
      case "indirect-jump":
        this.jumpTable(ending.targets);
        this.chain(() => this.e.code.get(L.T1));
        break;
      default:
        this.chain(() => this.e.code.get(L.T1));
    }
  }

  /** The block's instructions are done: exits from here on count nothing more. */
  private takeBudget(instructions: number): void {
    const { e } = this;
    e.code
      .get(L.LEFT)
      .i32(instructions * 32)
      .op(OP.i32_sub)
      .set(L.LEFT);
    e.done = 0;
  }

  /** Blocks that more than one path leads to expect the flags in the locals' form. */
  private settleFlags(node: number): void {
    const { flags } = this.e;
    const shared = this.graph.successors[node]!.some((to) => this.predecessors[to] !== 1 && this.liveIn[to] !== 0);
    if (shared) {
      const simple = flags.isSimple;
      flags.store();
      if (!simple) flags.define(FlagState.Unknown);
    }
    this.ends[node] = { state: flags.state, overlay: flags.overlay };
  }

  private conditional(node: number, ending: { readonly taken: number; readonly next: number }, condition: () => void): void {
    const { e } = this;
    const { code: c } = e;
    const block = this.graph.blocks[node]!;
    condition();
    if (!e.flags.isSimple) {
      c.set(L.T2);
      this.settleFlags(node);
      c.get(L.T2);
    } else this.settleFlags(node);
    const taken = this.graph.at.get(ending.taken);
    if (taken !== undefined && pageOf(ending.taken) === pageOf(block.instructions.at(-1)!.linear)) this.jumps.toIf(taken);
    else {
      c.if();
      this.edge(block, ending.taken);
      c.end();
    }
    this.edge(block, ending.next);
  }

  /** To a linear address, in the region if it can be. */
  private edge(from: Block, to: number): void {
    const node = this.graph.at.get(to);
    if (node === undefined) {
      this.chain(() => this.address(to), this.jumpDepth);
      return;
    }
    if (pageOf(to) !== pageOf(from.instructions.at(-1)!.linear)) this.checkPage(to);
    this.jumps.to(node);
  }

  /** To one of the targets, all in this page, if T1 is one of them: a hash finds which, and a table in memory tells whether it is right. */
  private jumpTable(targets: readonly number[]): void {
    const { at } = this.graph;
    const known = targets.filter((target) => at.has(target));
    const hash = known.length > 1 ? perfectHash(known) : undefined;
    if (!hash) return;
    const values = new Uint32Array(hash.mask + 1).fill(0xffffffff);
    const nodes: number[] = new Array(hash.mask + 1).fill(at.get(known[0]!)!);
    for (const target of known) {
      const slot = (target >>> hash.shift) & hash.mask;
      values[slot] = target;
      nodes[slot] = at.get(target)!;
    }
    const table = this.place.makeTable(values);
    if (!table) return;
    const { code: c } = this.e;
    c.get(L.T1).get(L.DELTA).op(OP.i32_sub).tee(L.T0).i32(hash.shift).op(OP.i32_shr_u).i32(hash.mask).op(OP.i32_and).tee(L.T2);
    c.i32(2).op(OP.i32_shl).memory(MEMORY.i32_load, table).get(L.T0).op(OP.i32_eq).if();
    c.get(L.T2);
    this.jumps.select(nodes);
    c.end();
  }

  private returnTo(from: Block, site: number): void {
    const { code: c } = this.e;
    const { linear } = this.graph.blocks[site]!;
    c.get(L.T0);
    this.address(linear);
    c.op(OP.i32_eq);
    if (pageOf(linear) === pageOf(from.instructions.at(-1)!.linear)) {
      this.jumps.toIf(site);
      return;
    }
    c.if();
    this.edge(from, linear);
    c.end();
  }

  /** Push what a linear address is for this entry. */
  private address(linear: number): void {
    this.e.code
      .i32(linear | 0)
      .get(L.DELTA)
      .op(OP.i32_add);
  }

  /** The rest of an instruction lies in the next page. */
  private checkRest(i: Instruction): void {
    this.otherPage((pageOf(i.linear) + 0x1000) >>> 0);
    this.e.exitIf();
  }

  /** Go on outside if the page at `to` is not the one that was translated. */
  private checkPage(to: number): void {
    this.otherPage(pageOf(to));
    this.e.code.if();
    this.chain(() => this.address(to));
    this.e.code.end();
  }

  /** Push whether a page is not the one that was translated. */
  private otherPage(page: number): void {
    const { code: c } = this.e;
    this.address(page);
    c.tee(L.ADDRESS)
      .i32(8)
      .op(OP.i32_shr_u)
      .i32(CODE_TLB_SIZE - 16)
      .op(OP.i32_and)
      .tee(L.SLOT);
    c.memory(MEMORY.i32_load, this.mode.codeTlb).get(L.ADDRESS).i32(this.mode.mode).op(OP.i32_or, OP.i32_ne);
    c.get(L.SLOT)
      .memory(MEMORY.i32_load, this.mode.codeTlb + 4)
      .i32(this.graph.pages.get(page)!)
      .op(OP.i32_ne, OP.i32_or);
  }

  /** Go on at the linear address that `target` pushes, in another region or the interpreter. */
  private chain(target: () => void, tail = this.e.chainDepth): void {
    const { e } = this;
    target();
    e.code.set(L.TARGET);
    e.flags.store();
    e.code.br(e.code.depth - tail - 1);
  }
}

export function translateRegion(graph: RegionGraph, mode: RegionMode, place: RegionPlace, execs: ExecFunctions): RegionFunction {
  return new RegionTranslator(graph, mode, place, execs).translate();
}
