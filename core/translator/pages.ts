/**
 * Where memory operands lie in host memory: a look at the TLB for each access or group of accesses (groups.ts), and in loops pairs of locals that
 * remember which page a kind of operand hit last. The region is left where the TLB has no entry, or a call fills it, by policy.
 */
import { TLB_ENTRIES, TLB_WRITE_OFFSET } from "../../wasm/abi/layout.js";
import { CUT_LIMIT } from "../../wasm/abi/region.js";
import * as STATE from "../../wasm/abi/state.js";
import { HELPERS } from "./context.js";
import type { Nesting } from "./control/plan.js";
import { type Code, I32, I64, MEMORY, OP, type ValueType } from "./emit/code.js";
import type { Instruction } from "./emitter.js";
import { areaOf, type GroupCheck, type GroupPlan, hasOperand, POPS, PUSHES, planGroups, writes } from "./groups.js";
import { ESP } from "./integer-operands.js";
import * as L from "./locals.js";

/** A tag that no address hits. */
const NO_TAG = -8192;
/** What is one loop deeper counts so much more. */
const DEEPER = 4;
/** So many pages a loop remembers at most: more would only move between registers and the host's stack. */
const MAX_REMEMBERED = 8;

/** How memory is accessed. */
export interface AccessPolicy {
  /** One look at the TLB serves accesses that lie close together. */
  readonly groups: boolean;
  /** Fill missing TLB entries by calls: for regions that would be left too often. They make the code around them slower. */
  readonly calls: boolean;
}

/** Locals that say where a page lies: what to add to its addresses; and its address, if it is remembered from one access to the next. */
interface Page {
  readonly addend: number;
  readonly tag?: number;
}

/** The page that the access at hand has just found. */
const FOUND: Page = { addend: L.ADDEND };

/** One look at the TLB: make `page` serve `size` bytes at the address in local `low`. */
interface Look {
  readonly page: Page;
  readonly low: number;
  readonly size: number;
  /** How far `low` is before ADDRESS. */
  readonly below: number;
  /** On a multiple of 16. */
  readonly aligned: boolean;
  readonly table: number;
  /** In DS, ES or SS, which may end before 4 GiB. */
  readonly cut: boolean;
  /** A missing entry may be filled by a call: the access does the page walk that the table stands for. */
  readonly fills: boolean;
}

interface Access {
  readonly write: boolean;
  /** Relative to ESP. */
  readonly onStack: boolean;
  /** On a multiple of 16. */
  readonly aligned: boolean;
  readonly cut: boolean;
}

/** A kind of operand in a loop. */
interface Use {
  readonly kind: string;
  readonly loop: number;
  weight: number;
}

export class Pages {
  /** Of groups that nothing remembers from one block to the next, by key. */
  private readonly ofGroups = new Map<string, Page>();
  /** By loop: the pages that are remembered in it, by kind. */
  private readonly remembered = new Map<number, Map<string, Page>>();
  private readonly uses = new Map<string, Use>();
  private loop = 0;
  /** By block. */
  private readonly plans = new Map<readonly Instruction[], GroupPlan | undefined>();
  private groups: GroupPlan | undefined;
  /** Groups whose first access was emitted on every way that leads here. No other access of a group may go unchecked, whatever the plan says. */
  checkedGroups: ReadonlySet<number> = new Set();

  constructor(
    private readonly code: Code,
    /** Address of the TLB set. */
    private readonly tlb: number,
    private readonly policy: AccessPolicy,
    /** DS, ES and SS may end before 4 GiB: no page that does not lie before CUT_LIMIT is found for them. */
    private readonly cut: boolean,
    /** Types of the region's locals: what is added is another local. */
    private readonly locals: ValueType[],
    /** Leaves the region before the instruction at hand if the condition on the stack holds, for want of `span` bytes (Emitter.exitIf()). */
    private readonly leaveIf: (span: number, below: number) => void,
  ) {}

  private newLocal(type: ValueType): number {
    return L.GPR + this.locals.push(type) - 1;
  }

  /** Takes note of a block, and of where it lies. Before anything is emitted. */
  survey(instructions: readonly Instruction[], { outermost: loop, depth }: Nesting): void {
    const groups = this.policy.groups ? planGroups(instructions) : undefined;
    this.plans.set(instructions, groups);
    if (loop === 0) return;
    for (const i of instructions) for (const kind of this.kinds(i, groups)) this.use(kind, loop, DEEPER ** depth);
  }

  private use(kind: string, loop: number, weight: number): void {
    const key = `${kind} ${loop}`;
    const use = this.uses.get(key) ?? { kind, loop, weight: 0 };
    use.weight += weight;
    this.uses.set(key, use);
  }

  /** What an instruction looks for in the TLB, by kind. It decides nothing but what is worth remembering. */
  private kinds(i: Instruction, groups: GroupPlan | undefined): string[] {
    const kinds: string[] = [];
    const { operand, stack } = groups?.get(i.uop) ?? {};
    if (operand) {
      if (operand.first) kinds.push(`${operand.key}${operand.write}`);
    } else if (hasOperand(i)) kinds.push(this.kindOf(i, writes(i)));
    if (stack) {
      if (stack.first) kinds.push(`${stack.key}${stack.write}`);
    } else if (POPS.has(i.effects.base) || i.effects.base === "leave") kinds.push(this.stackKind(false));
    else if (PUSHES.has(i.effects.base)) kinds.push(this.stackKind(true));
    return kinds;
  }

  /** After the survey. */
  choose(): void {
    for (const { kind, loop } of [...this.uses.values()].sort((a, b) => b.weight - a.weight)) {
      const chosen = this.remembered.get(loop) ?? new Map<string, Page>();
      this.remembered.set(loop, chosen);
      if (chosen.size < MAX_REMEMBERED) chosen.set(kind, { tag: this.newLocal(I64), addend: this.newLocal(I32) });
    }
  }

  /** At its start a loop knows no page. */
  enterLoop(loop: number): void {
    for (const { tag } of this.remembered.get(loop)?.values() ?? []) this.code.i64(NO_TAG).set(tag!);
  }

  beginBlock(instructions: readonly Instruction[], loop: number): void {
    this.loop = loop;
    this.groups = this.plans.get(instructions);
    this.checkedGroups = new Set();
  }

  /** The page that is remembered for this kind of operand, or the one that will have been found. */
  private pageFor(kind: string): Page {
    return this.remembered.get(this.loop)?.get(kind) ?? FOUND;
  }

  private pageForGroup(kind: string): Page {
    const remembered = this.remembered.get(this.loop)?.get(kind);
    if (remembered) return remembered;
    const page = this.ofGroups.get(kind) ?? { addend: this.newLocal(I32) };
    this.ofGroups.set(kind, page);
    return page;
  }

  private kindOf(i: Instruction, write: boolean): string {
    if (i.segment >= STATE.FS) return `s${i.segment}${write}`;
    if (i.base === ESP * 8 && i.index === STATE.REG_ZERO) return this.stackKind(write);
    return `${i.base}.${i.index}.${areaOf(i.disp)}.${write}`;
  }

  private stackKind(write: boolean): string {
    return `stack${this.tableFor(write, true)}`;
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
    this.hostOf(this.pageFor(this.kindOf(i, write)), size, { write, onStack, aligned, cut: this.cut && i.segment < STATE.FS });
  }

  /** The same for the stack. */
  hostOfStack({ uop }: Instruction, size: number, write: boolean): void {
    const group = this.groups?.get(uop)?.stack;
    if (group) this.hostInGroup(group, size);
    else this.hostOf(this.pageFor(this.stackKind(write)), size, { write, onStack: true, aligned: false, cut: this.cut });
  }

  private hostInGroup({ group, key, onStack, first, below, span, write, writes }: GroupCheck, size: number): void {
    const { code: c } = this;
    // What serves reads need not serve writes.
    const page = this.pageForGroup(`${key}${write}`);
    // A read must not do a write's page walk.
    const look: Look = {
      page,
      low: L.ADDRESS,
      size,
      below: 0,
      aligned: false,
      cut: this.cut,
      table: this.tableFor(write, onStack),
      fills: write === writes,
    };
    if (first) {
      const low = below ? L.LOW : L.ADDRESS;
      if (below) c.get(L.ADDRESS).i32(below).op(OP.i32_sub).set(low);
      this.hit({ ...look, low, size: span, below });
      this.checkedGroups = new Set([...this.checkedGroups, group]);
    } else if (!this.checkedGroups.has(group)) this.hit(look);
    c.get(L.ADDRESS).get(page.addend).op(OP.i32_add);
  }

  private hostOf(page: Page, size: number, { write, onStack, aligned, cut }: Access): void {
    const look: Look = { page, low: L.ADDRESS, size, below: 0, aligned, cut, table: this.tableFor(write, onStack), fills: true };
    if (this.policy.calls) this.find(look);
    else this.hit(look);
    this.code.get(L.ADDRESS).get(page.addend).op(OP.i32_add);
  }

  /** The table to look in. A page of the stack can be written, or soon will be; but to fill an entry only the access itself counts. */
  private tableFor(write: boolean, onStack: boolean): number {
    return write || (onStack && !this.policy.calls) ? TLB_WRITE_OFFSET : 0;
  }

  /** Make a page's locals serve `size` bytes at the address in local `low`, or leave the region. */
  private hit(look: Look): void {
    const { tag } = look.page;
    if (tag === undefined) this.find(look);
    else this.findUnlessKnown(look, tag);
  }

  private findUnlessKnown(look: Look, tag: number): void {
    const { code: c } = this;
    const { low, size, aligned } = look;
    // Tags are 64 bits wide, so that there is one which no address hits.
    c.get(low).op(OP.i64_extend_i32_u).get(tag).op(OP.i64_sub);
    if (aligned)
      c.i64(4)
        .op(OP.i64_rotr)
        .i64(4096 >> 4);
    else c.i64(4097 - size);
    c.op(OP.i64_ge_u).if();
    c.seldom();
    this.find(look);
    c.get(low).i32(-4096).op(OP.i32_and, OP.i64_extend_i32_u).set(tag);
    c.end();
  }

  /** Look in the TLB. */
  private find(look: Look): void {
    const { code: c } = this;
    if (look.cut) {
      c.get(look.low).i32(0xfff).op(OP.i32_or).i32(0).memory(MEMORY.i32_load, CUT_LIMIT).op(OP.i32_gt_u);
      this.leaveIf(0, 0);
    }
    this.addend(look);
    this.misses(look);
    if (this.policy.calls && look.fills) {
      c.if();
      this.fill(look);
      c.end();
    } else this.leaveIf(look.size, look.below);
  }

  /** Fill the missing entry by a call. */
  private fill(look: Look): void {
    const { code: c } = this;
    const { low, size, below, aligned, table } = look;
    c.seldom();
    if (aligned) {
      c.get(low).i32(15).op(OP.i32_and);
      this.leaveIf(size, below);
    }
    c.get(low)
      .i32(size)
      .call(table ? HELPERS.fillForWrite : HELPERS.fillForRead)
      .op(OP.i32_eqz);
    this.leaveIf(size, below);
    this.addend(look);
  }

  /** What the TLB says to add to addresses like the one in `low`: tlbSlot() and addendOf() of wasm/cpu. */
  private addend({ page, low, table }: Look): void {
    const { code: c } = this;
    c.get(low)
      .i32(10)
      .op(OP.i32_shr_u)
      .i32((TLB_ENTRIES - 1) * 4)
      .op(OP.i32_and);
    c.memory(MEMORY.i32_load, this.tlb + table)
      .i32(0xfff)
      .op(OP.i32_xor)
      .set(page.addend);
  }

  /** Push whether the entry does not serve the access: misses() of wasm/cpu/memory.ts, or the operand is not aligned. */
  private misses({ page, low, size, aligned }: Look): void {
    const { code: c } = this;
    c.get(page.addend);
    if (size === 1) {
      c.i32(1).op(OP.i32_and);
      return;
    }
    c.get(low).op(OP.i32_or);
    if (aligned) c.i32(15).op(OP.i32_and);
    else
      c.i32(0xfff)
        .op(OP.i32_and)
        .i32(4096 - size)
        .op(OP.i32_gt_u);
  }
}
