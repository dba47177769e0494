/**
 * Groups memory accesses of a block that lie close together, so that one look at the TLB serves them all: those relative to one register as
 * it was at the first of them, whose later changes by constants are followed (pushes, ADD ESP), and those at constant addresses of one page.
 */
import { FS, REG_ZERO } from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_SRC_IMM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import type { Instruction } from "./emitter.js";
import { integerRule } from "./integer.js";
import { systemRule } from "./system.js";

/** What is checked at an access: `below` bytes before its address, `span` bytes in all. Later accesses of the group are not checked. */
export interface GroupCheck {
  /** Number of the group in its block. */
  readonly group: number;
  /** What groups have in common that most probably lie in the same page. */
  readonly key: string;
  readonly onStack: boolean;
  readonly first: boolean;
  below: number;
  span: number;
  /** The group has a write; this access is one. */
  write: boolean;
  readonly writes: boolean;
}

/** The two places where an instruction may access memory. */
export type Place = "operand" | "stack";
/** By micro-op. */
export type GroupPlan = ReadonlyMap<number, Partial<Record<Place, GroupCheck>>>;

/** The larger, the fewer checks; but the more often a group lies across a page's end, which it can not be used for. */
const MAX_SPAN = 256;
/** So far below a register may be what belongs to the object that it points to. */
const NEAR = 1024;
const EAX = 1 << 0;
const ECX = 1 << 1;
const EDX = 1 << 2;
const ESI = 1 << 6;
const EDI = 1 << 7;
const ESP = 4;
const EBP = 5;
const ABSOLUTE = 8;
const ALL = 0xff;

interface Group {
  readonly number: number;
  readonly key: string;
  low: number;
  high: number;
  readonly members: { readonly check: GroupCheck; readonly at: number }[];
}

/** Registers that an instruction changes by other than a constant, as a mask; and the constants that it adds. */
interface RegisterEffects {
  readonly clobbers: number;
  readonly adds: readonly (readonly [number, number])[];
}

function registerEffects(i: Instruction): RegisterEffects {
  const { base } = i.effects;
  const dst = i.flags & UF_DST_MEM ? 0 : 1 << (i.dst >> 3);
  const src = 1 << (i.src >> 3);
  if (systemRule(i)) return systemEffects(base);
  if (!integerRule(i)) return { clobbers: i.effects.writesGeneral === "none" ? 0 : ALL, adds: [] };
  switch (base) {
    case "push":
    case "call":
    case "callIndirect":
      return { clobbers: 0, adds: [[ESP, -4]] };
    case "pop":
      return { clobbers: dst, adds: [[ESP, 4]] };
    case "leave":
      return { clobbers: (1 << ESP) | (1 << EBP), adds: [] };
    case "cmp":
    case "test":
    case "bt":
    case "nop":
    case "clc":
    case "stc":
    case "cmc":
      return { clobbers: 0, adds: [] };
    case "xchg":
    case "xadd":
      return { clobbers: dst | src, adds: [] };
    case "mul":
    case "imul1":
    case "div":
    case "idiv":
    case "cwd":
    case "cbw":
      return { clobbers: EAX | EDX, adds: [] };
    case "cmpxchg":
      return { clobbers: dst | EAX, adds: [] };
    default:
      return constantChange(i) ?? { clobbers: dst, adds: [] };
  }
}

/** Likewise of instructions that have a rule in system.ts. */
function systemEffects(base: string): RegisterEffects {
  switch (base) {
    case "pushSegment":
    case "pushFlags":
      return { clobbers: 0, adds: [[ESP, -4]] };
    case "popSegment":
    case "popFlags":
      return { clobbers: 0, adds: [[ESP, 4]] };
    case "movs":
    case "stos":
      return { clobbers: ECX | ESI | EDI, adds: [] };
    default:
      return { clobbers: 0, adds: [] };
  }
}

function constantChange(i: Instruction): RegisterEffects | undefined {
  if (i.size !== 4 || i.flags & UF_DST_MEM) return undefined;
  const { base } = i.effects;
  const register = i.dst >> 3;
  let constant: number | undefined;
  if (base === "lea" && i.base === i.dst && i.index === REG_ZERO && i.addressSize === 4) constant = i.disp;
  else if ((base === "add" || base === "sub") && i.flags & UF_SRC_IMM) constant = base === "add" ? i.imm : -i.imm;
  else if (base === "inc") constant = 1;
  else if (base === "dec") constant = -1;
  return constant !== undefined && Math.abs(constant) < MAX_SPAN * 4 ? { clobbers: 0, adds: [[register, constant]] } : undefined;
}

const SIZES: Readonly<Record<string, number>> = { movzx8: 1, movsx8: 1, movzx16: 2, movsx16: 2, setcc: 1, callIndirect: 4, jmpIndirect: 4 };

interface Access {
  readonly place: Place;
  /** Base register, or ABSOLUTE. */
  readonly register: number;
  readonly disp: number;
  readonly size: number;
  readonly write: boolean;
}

/** Accesses of an instruction in the order in which they are checked. */
function accesses(i: Instruction): Access[] {
  const { base } = i.effects;
  if (systemRule(i)) return stackAccesses(base);
  if (!integerRule(i) && !BRANCHES.has(base)) return [];
  const found: Access[] = [];
  if (hasOperand(i) && !isBitString(i) && i.index === REG_ZERO && i.segment < FS && i.addressSize === 4) {
    const register = i.base === REG_ZERO ? ABSOLUTE : i.base >> 3;
    found.push({ place: "operand", register, disp: i.disp, size: SIZES[base] ?? i.size, write: writes(i) });
  }
  return [...found, ...stackAccesses(base)];
}

/** Displacements that are not of the same area are probably of different objects. */
export function areaOf(disp: number): number {
  return (disp + NEAR) >> 12;
}

/** Whether there is a memory operand that is accessed. */
export function hasOperand({ flags, effects }: Instruction): boolean {
  return (flags & (UF_DST_MEM | UF_SRC_MEM)) !== 0 && effects.base !== "lea" && effects.base !== "nop";
}

/** Whether the memory operand is written. */
export function writes(i: Instruction): boolean {
  return (i.flags & UF_DST_MEM) !== 0 && !READERS.has(i.effects.base);
}

/** They only read their destination. */
const READERS = new Set(["cmp", "test", "bt"]);
const BIT_TESTS = new Set(["bt", "bts", "btr", "btc"]);

/** The access lies anywhere, as a register says. */
function isBitString(i: Instruction): boolean {
  return BIT_TESTS.has(i.effects.base) && !(i.flags & UF_SRC_IMM);
}

/** Branches that access memory in line. */
const BRANCHES = new Set(["call", "callIndirect", "jmpIndirect", "ret", "retImm"]);
export const PUSHES: ReadonlySet<string> = new Set(["push", "call", "callIndirect", "pushSegment", "pushFlags"]);
export const POPS: ReadonlySet<string> = new Set(["pop", "ret", "retImm", "popSegment", "popFlags"]);

function stackAccesses(base: string): Access[] {
  if (PUSHES.has(base)) return [{ place: "stack", register: ESP, disp: -4, size: 4, write: true }];
  return POPS.has(base) ? [{ place: "stack", register: ESP, disp: 0, size: 4, write: false }] : [];
}

function fits(group: Group, register: number, from: number, to: number): boolean {
  const low = Math.min(group.low, from);
  const high = Math.max(group.high, to);
  if (register === ABSOLUTE) return low >>> 12 === (high - 1) >>> 12;
  return high - low <= MAX_SPAN;
}

class Planner {
  private readonly plan = new Map<number, Partial<Record<Place, GroupCheck>>>();
  /** By register: the group that may be extended, and what was added to the register since the block's start. */
  private readonly open: (Group | undefined)[] = new Array(9).fill(undefined);
  private readonly added: number[] = new Array(9).fill(0);
  private readonly groups: Group[] = [];

  run(instructions: readonly Instruction[]): GroupPlan {
    for (const i of instructions) {
      for (const access of accesses(i)) this.access(i, access);
      const { clobbers, adds } = registerEffects(i);
      for (const [register, constant] of adds) this.added[register]! += constant;
      for (let register = 0; register < 8; register++) if ((clobbers >> register) & 1) this.open[register] = undefined;
    }
    for (const { low, high, members } of this.groups) {
      const write = members.some(({ check }) => check.write);
      for (const { check } of members) check.write = write;
      const { check, at } = members[0]!;
      check.below = at - low;
      check.span = high - low;
    }
    return this.plan;
  }

  private access(i: Instruction, { place, register, disp, size, write }: Access): void {
    const from = (register === ABSOLUTE ? disp >>> 0 : disp) + this.added[register]!;
    let group = this.open[register];
    if (!group || !fits(group, register, from, from + size)) {
      group = { number: this.groups.length, key: `group${register}.${areaOf(disp)}`, low: from, high: from + size, members: [] };
      this.open[register] = group;
      this.groups.push(group);
    }
    group.low = Math.min(group.low, from);
    group.high = Math.max(group.high, from + size);
    const check: GroupCheck = {
      group: group.number,
      key: group.key,
      onStack: register === ESP,
      first: group.members.length === 0,
      below: 0,
      span: size,
      write,
      writes: write,
    };
    group.members.push({ check, at: from });
    const entry = this.plan.get(i.uop) ?? {};
    entry[place] = check;
    this.plan.set(i.uop, entry);
  }
}

/** The groups of a block's accesses. Instructions that do not go through integer.ts are left alone. */
export function planGroups(instructions: readonly Instruction[]): GroupPlan {
  return new Planner().run(instructions);
}
