/**
 * Segments in translated code that is not flat: real and virtual-8086 mode, 16-bit code, 32-bit code whose segments have bases or limits.
 * Base and end of each segment that the region names are locals, loaded at its start and wherever a segment register may have been loaded. An
 * access beyond the end leaves the region, and the interpreter raises the fault. SDM 3A "Segment Registers", "Limit Checking".
 *
 * CS is looked at once, at the region's start: where all instructions and the targets of all direct branches lie within its limit, none of them
 * has to be checked again, and linear addresses do instead of offsets. executeEnding() does not come back with another CS.
 *
 * Not here: segments that grow down and those that may not be read (or written). They have no byte before their end, so that each access
 * leaves the region.
 */
import * as STATE from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { HELPERS } from "./context.js";
import { type Code, MEMORY, OP } from "./emit/code.js";
import type { Instruction } from "./emitter.js";
import type { Block } from "./graph.js";
import * as L from "./locals.js";

const ACCESS_DEFAULT_BIG = 1 << 14;
const OFFSET_16 = 0xffff;
const SEGMENTS = [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS];
/** Larger operands are accessed in pieces, each of which wraps at the address size. */
const PIECE = 8;

/** Linear addresses from the first instruction or target of a direct branch to the end of the last page. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

export function extentOf(blocks: readonly Block[]): Extent {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  const include = (from: number, to: number) => {
    low = Math.min(low, from);
    high = Math.max(high, to);
  };
  for (const { instructions, ending } of blocks) {
    // The interpreter does not look at the limit inside a page: all of it has to be there.
    for (const { linear, length } of instructions) include(linear, ((linear + length - 1) | 0xfff) >>> 0);
    if (ending.kind === "branch") include(ending.taken, ending.taken);
    else if (ending.kind === "jump" || ending.kind === "call") include(ending.to, ending.to);
  }
  return { low, high };
}

export class Segments {
  /** Segments of memory operands, and of those that are written. */
  private used = 1 << STATE.SS;
  private written = 1 << STATE.SS;

  constructor(
    private readonly code: Code,
    /** Offsets in the code segment have 32 bits. */
    private readonly big: boolean,
    /** Leaves the region before the instruction at hand if the condition on the stack holds. */
    private readonly leaveIf: () => void,
  ) {}

  /** Takes note of an instruction of the region, before anything is emitted. */
  scan({ flags, segment, effects }: Instruction): void {
    if (effects.string) {
      this.used |= (1 << segment) | (1 << STATE.ES);
      this.written |= 1 << STATE.ES;
    }
    if (flags & (UF_DST_MEM | UF_SRC_MEM)) this.used |= 1 << segment;
    if (flags & UF_DST_MEM) this.written |= 1 << segment;
  }

  /** At the region's start: it is not executed if its code is not all in the code segment. `records`: entry records by entry. */
  begin(blocks: readonly Block[], records: readonly number[]): void {
    const { code: c } = this;
    const { low, high } = extentOf(blocks);
    const span = (high - low) | 0;
    this.loadCode();
    c.get(L.CODE_LIMIT).i32(span).op(OP.i32_lt_u);
    c.i32(low | 0)
      .get(L.DELTA)
      .op(OP.i32_add);
    this.toOffset();
    c.get(L.CODE_LIMIT).i32(span).op(OP.i32_sub, OP.i32_gt_u, OP.i32_or).if();
    c.seldom();
    c.i32(0);
    for (const [entry, record] of records.entries()) c.i32(record).get(L.ENTRY).i32(entry).op(OP.i32_ne, OP.select);
    c.call(HELPERS.refuseEntry).get(L.LEFT).op(OP.return).end();
    this.load();
  }

  private field(segment: number, offset: number): Code {
    return this.code.i32(0).memory(MEMORY.i32_load, STATE.SEGS + segment * STATE.SEG_STRIDE + offset);
  }

  private loadCode(): void {
    const { code: c } = this;
    this.loadBase(STATE.CS);
    this.field(STATE.CS, STATE.SEG_LIMIT).set(L.CODE_LIMIT);
    if (this.big) return;
    // Direct branches of 16-bit code wrap there.
    c.get(L.CODE_LIMIT).i32(OFFSET_16).get(L.CODE_LIMIT).i32(OFFSET_16).op(OP.i32_lt_u, OP.select).set(L.CODE_LIMIT);
  }

  private loadBase(segment: number): void {
    this.field(segment, STATE.SEG_BASE).set(L.SEGMENT_BASE + segment);
  }

  /** Segment registers may have been loaded, but for CS. */
  load(segments = SEGMENTS): void {
    for (const segment of segments) {
      if (!((this.used >> segment) & 1)) continue;
      this.loadBase(segment);
      this.loadEnd(segment, STATE.MARK_READ, L.READ_END);
      if ((this.written >> segment) & 1) this.loadEnd(segment, STATE.MARK_WRITE, L.WRITE_END);
      if (segment === STATE.SS) this.loadStackMask();
    }
  }

  /** The first offset that may not be accessed: 0 if none may. */
  private loadEnd(segment: number, right: number, ends: number): void {
    const wanted = STATE.MARK_USABLE | right;
    this.field(segment, STATE.SEG_LIMIT).op(OP.i64_extend_i32_u).i64(1).op(OP.i64_add).i64(0);
    this.field(segment, STATE.SEG_MARKS)
      .i32(wanted | STATE.MARK_EXPAND_DOWN)
      .op(OP.i32_and)
      .i32(wanted)
      .op(OP.i32_eq, OP.select)
      .set(ends + segment);
  }

  private loadStackMask(): void {
    const { code: c } = this;
    c.i32(-1).i32(OFFSET_16);
    this.field(STATE.SS, STATE.SEG_ACCESS).i32(ACCESS_DEFAULT_BIG).op(OP.i32_and, OP.select).set(L.STACK_MASK);
  }

  // ----------------------------------------------------------------------------------------------------------------- memory

  /** ADDRESS, from an offset in the memory operand's segment to a linear address. Leaves the region unless `size` bytes may be accessed. */
  ofOperand({ segment, addressSize }: Instruction, size: number, write: boolean): void {
    const { code: c } = this;
    if (addressSize === 2 && size > PIECE) {
      c.get(L.ADDRESS)
        .i32(OFFSET_16 + 1 - size)
        .op(OP.i32_gt_u);
      this.leaveIf();
    }
    this.toLinear(segment, size, write);
  }

  /** The same for the stack. */
  ofStack(size: number, write: boolean): void {
    this.toLinear(STATE.SS, size, write);
  }

  private toLinear(segment: number, size: number, write: boolean): void {
    const { code: c } = this;
    c.get(L.ADDRESS)
      .op(OP.i64_extend_i32_u)
      .i64(size)
      .op(OP.i64_add)
      .get((write ? L.WRITE_END : L.READ_END) + segment)
      .op(OP.i64_gt_u);
    this.leaveIf();
    c.get(L.ADDRESS)
      .get(L.SEGMENT_BASE + segment)
      .op(OP.i32_add)
      .set(L.ADDRESS);
  }

  /** Cut the stack pointer on the stack to the bits that SS.B says. */
  maskStack(): void {
    this.code.get(L.STACK_MASK).op(OP.i32_and);
  }

  /** Replace those bits of the stack pointer in `register` by those on the stack. */
  mergeStack(register: number): void {
    this.code.get(register).op(OP.i32_xor);
    this.maskStack();
    this.code.get(register).op(OP.i32_xor);
  }

  // ------------------------------------------------------------------------------------------------------------------- code

  /** The linear address on the stack becomes an offset in the code segment. */
  toOffset(): void {
    this.code.get(L.SEGMENT_BASE + STATE.CS).op(OP.i32_sub);
  }

  /** The target of an indirect branch in local `target` becomes a linear address. Leaves the region if it is beyond the limit. */
  toTarget(target: number): void {
    const { code: c } = this;
    c.get(target).get(L.CODE_LIMIT).op(OP.i32_gt_u);
    this.leaveIf();
    c.get(target)
      .get(L.SEGMENT_BASE + STATE.CS)
      .op(OP.i32_add)
      .set(target);
  }
}
