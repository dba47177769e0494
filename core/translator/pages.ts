/**
 * Where memory operands lie in host memory: a look at the TLB for each access or group of accesses (groups.ts), and in loops pairs of locals that
 * remember which page a kind of operand hit last. The region is left where the TLB has no entry, or a call fills it, by policy.
 */
import { TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_WRITE_OFFSET } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { HELPERS } from "./context.js";
import { type Code, MEMORY, OP } from "./emit/code.js";
import type { Instruction } from "./emitter.js";
import { type GroupCheck, type GroupPlan, planGroups } from "./groups.js";
import { ESP } from "./integer-operands.js";
import * as L from "./locals.js";

/** Tag of a pair that no address hits. */
const NO_TAG = -8192;
const STACK_GROUP = "group4";

/** How memory is accessed. */
export interface AccessPolicy {
  /** One look at the TLB serves accesses that lie close together. */
  readonly groups: boolean;
  /** Fill missing TLB entries by calls: for regions that would be left too often. They make the code around them slower. */
  readonly calls: boolean;
}

/** One look at the TLB: make `pair` serve `size` bytes at the address in local `low`. */
interface Look {
  readonly pair: number;
  readonly low: number;
  readonly size: number;
  /** On a multiple of 16. */
  readonly aligned: boolean;
  readonly table: number;
  /** A missing entry may be filled by a call: the access does the page walk that the table stands for. */
  readonly fills: boolean;
}

interface Access {
  readonly write: boolean;
  /** Relative to ESP. */
  readonly onStack: boolean;
  /** On a multiple of 16. */
  readonly aligned: boolean;
}

export class Pages {
  private readonly pairs = new Map<string, number>();
  /** Those that hold a tag from one block to the next. */
  private readonly remembered: number[] = [];
  /** Pages are remembered from one access to the next. What is executed once would only pay for it: there, each look goes to the TLB. */
  private remembers = false;
  private groups: GroupPlan | undefined;
  /** Groups whose first access was emitted. No other access of a group may go unchecked, whatever the plan says. */
  private readonly checkedGroups = new Set<number>();

  constructor(
    private readonly code: Code,
    /** Address of the TLB set. */
    private readonly tlb: number,
    private readonly policy: AccessPolicy,
    private readonly firstPair: number,
    /** Leaves the region before the instruction at hand; `missed`: it counts, and SLOT says why (Emitter.exit()). */
    private readonly leave: (missed?: boolean) => void,
  ) {}

  /** How many pairs of locals there are, from `firstPair` on. */
  get count(): number {
    return this.pairs.size;
  }

  beginBlock(instructions: readonly Instruction[], inLoop: boolean): void {
    this.remembers = inLoop;
    this.groups = this.policy.groups ? planGroups(instructions) : undefined;
    this.checkedGroups.clear();
  }

  /** The pair of locals that remembers a page for this kind of operand, or holds the addend of the one that was just found. */
  private pair(kind: string): number {
    const key = this.remembers ? kind : `${kind} once`;
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = this.firstPair + this.pairs.size * 2;
      this.pairs.set(key, pair);
      if (this.remembers) this.remembered.push(pair);
    }
    return pair;
  }

  private pairFor(i: Instruction, write: boolean): number {
    if (i.segment >= STATE.FS) return this.pair(`s${i.segment}${write}`);
    if (i.base === ESP * 8 && i.index === STATE.REG_ZERO) return this.stackPair(write);
    if (i.base === STATE.REG_ZERO && i.index === STATE.REG_ZERO) return this.pair(`absolute${write}`);
    return this.pair(`${i.base}.${i.index}.${write}`);
  }

  private stackPair(write: boolean): number {
    return this.pair(`stack${this.tableFor(write, true)}`);
  }

  /**
   * Push the host address of `size` bytes at ADDRESS. Leaves the region unless they can be read (or written) as plain memory, and lie on a
   * multiple of 16 if `aligned`.
   */
  host(i: Instruction, size: number, write: boolean, aligned: boolean): void {
    const group = this.groups?.get(i.uop)?.operand;
    if (group && !aligned) {
      this.hostInGroup(group, size);
      return;
    }
    const onStack = i.base === ESP * 8 && i.index === STATE.REG_ZERO && i.segment < STATE.FS;
    this.hostOf(this.pairFor(i, write), size, { write, onStack, aligned });
  }

  /** The same for the stack. */
  hostOfStack({ uop }: Instruction, size: number, write: boolean): void {
    const group = this.groups?.get(uop)?.stack;
    if (group) this.hostInGroup(group, size);
    else this.hostOf(this.stackPair(write), size, { write, onStack: true, aligned: false });
  }

  private hostInGroup({ group, key, first, below, span, write, writes }: GroupCheck, size: number): void {
    const { code: c } = this;
    // What serves reads need not serve writes.
    const pair = this.pair(`${key}${write}`);
    // A read must not do a write's page walk.
    const look: Look = {
      pair,
      low: L.ADDRESS,
      size,
      aligned: false,
      table: this.tableFor(write, key === STACK_GROUP),
      fills: write === writes,
    };
    if (first) {
      const low = below ? L.LOW : L.ADDRESS;
      if (below) c.get(L.ADDRESS).i32(below).op(OP.i32_sub).set(low);
      this.hit({ ...look, low, size: span });
      this.checkedGroups.add(group);
    } else if (!this.checkedGroups.has(group)) this.hit(look);
    c.get(L.ADDRESS)
      .get(pair + 1)
      .op(OP.i32_add);
  }

  private hostOf(pair: number, size: number, { write, onStack, aligned }: Access): void {
    const look: Look = { pair, low: L.ADDRESS, size, aligned, table: this.tableFor(write, onStack), fills: true };
    if (this.policy.calls) this.find(look);
    else this.hit(look);
    this.code
      .get(L.ADDRESS)
      .get(pair + 1)
      .op(OP.i32_add);
  }

  /** The table to look in. A page of the stack can be written, or soon will be; but to fill an entry only the access itself counts. */
  private tableFor(write: boolean, onStack: boolean): number {
    return write || (onStack && !this.policy.calls) ? TLB_WRITE_OFFSET : 0;
  }

  /** Make a pair serve `size` bytes at the address in local `low`, or leave the region. */
  private hit(look: Look): void {
    if (this.remembers) this.findUnlessKnown(look);
    else this.find(look);
  }

  private findUnlessKnown(look: Look): void {
    const { code: c } = this;
    const { pair, low, size, aligned } = look;
    // Tags of pairs are 64 bits wide, so that there is one which no address hits.
    c.get(low).op(OP.i64_extend_i32_u).get(pair).op(OP.i64_sub);
    if (aligned)
      c.i64(4)
        .op(OP.i64_rotr)
        .i64(4096 >> 4);
    else c.i64(4097 - size);
    c.op(OP.i64_ge_u).if();
    c.seldom();
    this.find(look);
    c.get(low).i32(-4096).op(OP.i32_and, OP.i64_extend_i32_u).set(pair);
    c.end();
  }

  /** Look in the TLB. */
  private find(look: Look): void {
    const { code: c } = this;
    const { pair, low, size, aligned, table } = look;
    this.slot(low);
    this.missing(table, size, aligned, low);
    // Either the page is not in the TLB, or the bytes lie on two, or not on a multiple of 16.
    c.get(low)
      .i32(4095)
      .op(OP.i32_and)
      .i32(4096 - size)
      .op(OP.i32_gt_u)
      .set(L.SLOT);
    if (this.policy.calls && look.fills) this.fill(look);
    else this.leave(true);
    c.end();
    c.get(L.SLOT)
      .memory(MEMORY.i32_load, this.tlb + table + 8)
      .set(pair + 1);
  }

  /** Fill the missing entry by a call, unless SLOT says that the bytes lie on two pages. SLOT is the entry's offset again afterwards. */
  private fill({ low, aligned, table }: Look): void {
    const { code: c } = this;
    c.get(L.SLOT);
    if (aligned) c.get(low).i32(15).op(OP.i32_and, OP.i32_or);
    c.if();
    this.leave(true);
    c.end();
    c.get(low)
      .call(table ? HELPERS.fillForWrite : HELPERS.fillForRead)
      .op(OP.i32_eqz)
      .if();
    this.leave();
    c.end();
    this.slot(low);
    c.op(OP.drop);
  }

  /** Open an `if` for the case that the entry SLOT (also on the stack) of a table does not serve an access at the address in `low`. */
  private missing(table: number, size: number, aligned: boolean, low: number): void {
    const { code: c } = this;
    c.memory(MEMORY.i32_load, this.tlb + table)
      .set(L.HIT)
      .get(low)
      .get(L.HIT)
      .op(OP.i32_sub);
    // The low bits become the highest: aligned operands are in the page if their number is.
    if (aligned)
      c.i32(4)
        .op(OP.i32_rotr)
        .i32(4096 >> 4);
    else c.i32(4097 - size);
    c.op(OP.i32_ge_u).if();
  }

  /** SLOT = offset of the TLB entry for the address in local `address`: tlbSlot() of wasm/cpu/tlb.ts. */
  private slot(address: number): void {
    const { code: c } = this;
    c.get(address).i32(8).op(OP.i32_shr_u).get(address).i32(20).op(OP.i32_shr_u, OP.i32_xor);
    c.i32((TLB_ENTRIES - 1) * TLB_ENTRY_SIZE)
      .op(OP.i32_and)
      .tee(L.SLOT);
  }

  /** At the region's start no page is known. */
  begin(): void {
    for (const pair of this.remembered) this.code.i64(NO_TAG).set(pair);
  }
}
