/**
 * Emits one region's function: registers, memory operands, exits. The instructions themselves are in integer.ts, branches.ts, simd.ts, x87.ts.
 *
 * Rules that keep state precise: an instruction does all checks that may leave the region (address(), host(), exit()) before it changes a register local, memory or the flags; the interpreter then executes it again from the start.
 */
import { MODE_BIG, MODE_CUT } from "../../wasm/abi/code-mode.js";
import { LAZY_A, LAZY_KIND, LAZY_RESULT } from "../../wasm/abi/lazy-flags.js";
import * as REGION from "../../wasm/abi/region.js";
import * as STATE from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_SRC_IMM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { type ExecFunctions, GLOBAL_FAULT, HELPERS, isSegmented, type RegionMode } from "./context.js";
import type { Effects } from "./effects.js";
import { Code, MEMORY, OP, type ValueType } from "./emit/code.js";
import { Exits } from "./exits.js";
import { FlagState, Flags } from "./flags.js";
import * as L from "./locals.js";
import { type AccessPolicy, Pages } from "./pages.js";
import { Segments } from "./segments.js";
import type { Operands } from "./uop.js";
import { generalSources, Vectors } from "./vectors.js";
import { X87Stack } from "./x87-stack.js";

const SIZE_SHIFT: Readonly<Record<number, number>> = { 1: 24, 2: 16 };
const ALL_REGISTERS = 0xff;

/** The instruction being translated. */
export interface Instruction extends Operands {
  /** Address of its micro-op. */
  readonly uop: number;
  /** Linear address it was translated for. */
  readonly linear: number;
  readonly effects: Effects;
  /** Segments may have bases and limits, and the stack 16 bits. */
  readonly segmented: boolean;
}

export class Emitter {
  readonly code = new Code(1 << 14);
  readonly flags = new Flags(this.code, HELPERS);
  readonly vectors = new Vectors(this.code);
  readonly x87 = new X87Stack(this.code);
  readonly pages: Pages;
  readonly exits = new Exits();
  /** Types of the locals after the parameters. */
  readonly locals: ValueType[] = [];
  /** Where code is not flat. */
  readonly segments: Segments | undefined;
  /** Label depths of the two ways out (see function.ts). */
  exitDepth = 0;
  chainDepth = 0;
  /** Instructions of this block that are complete before the one at hand. */
  done = 0;
  /** General registers that differ from memory somewhere in the region, and those whose memory copy is right just now. */
  private written = 0;
  private stored = 0;
  /** Which flags are read after the instruction at hand before they are written: 1 C, 2 the others. */
  live = 3;

  /** `records`: entry records by the micro-op at which the region is entered. */
  constructor(
    readonly mode: RegionMode,
    private readonly records: ReadonlyMap<number, number>,
    policy: AccessPolicy,
    private readonly execs: ExecFunctions,
  ) {
    const segmented = isSegmented(mode.mode);
    this.pages = new Pages(this.code, mode.tlb, policy, (mode.mode & MODE_CUT) !== 0, this.locals, (span, below) =>
      this.exitIf(span, below),
    );
    if (segmented) this.segments = new Segments(this.code, (mode.mode & MODE_BIG) !== 0, () => this.exitIf());
  }

  get writtenRegisters(): number {
    return this.written;
  }

  /** A block begins: nothing is known of what memory holds. */
  beginBlock(instructions: readonly Instruction[] = [], loop = 0): void {
    this.pages.beginBlock(instructions, loop);
    this.stored = 0;
    this.done = 0;
    this.vectors.beginBlock();
    this.x87.beginBlock();
  }

  // ------------------------------------------------------------------------------------------------------------- registers

  /** Push a general register (offset in the register file, so AH is 1), zero-extended. */
  get(offset: number, size: number): void {
    const { code: c } = this;
    c.get(L.GPR + (offset >> 3));
    if (size === 1) {
      if (offset & 7) c.i32(8).op(OP.i32_shr_u);
      c.i32(0xff).op(OP.i32_and);
    } else if (size === 2) c.i32(0xffff).op(OP.i32_and);
  }

  /** Push a general register, sign-extended. */
  getSigned(offset: number, size: number): void {
    const { code: c } = this;
    c.get(L.GPR + (offset >> 3));
    if (size === 1) {
      if (offset & 7) c.i32(8).op(OP.i32_shr_u);
      c.op(OP.i32_extend8_s);
    } else if (size === 2) c.op(OP.i32_extend16_s);
  }

  /** Set a general register to `value`, a local; only its low bits count for narrow ones. */
  set(offset: number, size: number, value: number): void {
    const { code: c } = this;
    const register = L.GPR + (offset >> 3);
    if (size === 4) c.get(value).set(register);
    else {
      const mask = size === 2 ? 0xffff : offset & 7 ? 0xff00 : 0xff;
      c.get(register).i32(~mask).op(OP.i32_and).get(value);
      if (offset & 7) c.i32(8).op(OP.i32_shl);
      c.i32(mask).op(OP.i32_and, OP.i32_or).set(register);
    }
    this.changed(offset >> 3);
  }

  /** Set a general register to what is on the stack; only its low bits count for narrow ones. Takes T0. */
  assign(offset: number, size: number): void {
    if (size === 4) this.setTop(offset >> 3);
    else {
      this.code.set(L.T0);
      this.set(offset, size, L.T0);
    }
  }

  /** Set a 32-bit register (0-7) to what is on the stack. */
  setTop(register: number): void {
    this.code.set(L.GPR + register);
    this.changed(register);
  }

  changed(register: number): void {
    this.written |= 1 << register;
    this.stored &= ~(1 << register);
  }

  // ---------------------------------------------------------------------------------------------------------------- memory

  /** Compute the offset of the memory operand into ADDRESS. */
  address(i: Instruction): void {
    const { code: c } = this;
    let terms = 0;
    const add = () => {
      if (terms++) c.op(OP.i32_add);
    };
    if (i.base !== STATE.REG_ZERO) {
      c.get(L.GPR + (i.base >> 3));
      add();
    }
    if (i.index !== STATE.REG_ZERO) {
      c.get(L.GPR + (i.index >> 3));
      if (i.scale) c.i32(i.scale).op(OP.i32_shl);
      add();
    }
    if (i.disp !== 0 || terms === 0) {
      c.i32(i.disp);
      add();
    }
    if (i.addressSize === 2) c.i32(0xffff).op(OP.i32_and);
    c.set(L.ADDRESS);
  }

  /** ADDRESS, from an offset in FS or GS to a linear address. Leaves the region unless `size` bytes may be accessed. */
  private inSegment(segment: number, size: number, write: boolean): void {
    const { code: c } = this;
    const at = STATE.SEGS + segment * STATE.SEG_STRIDE;
    const wanted = STATE.MARK_USABLE | (write ? STATE.MARK_WRITE : STATE.MARK_READ);
    const field = (offset: number) => c.i32(0).memory(MEMORY.i32_load, at + offset);
    c.get(L.ADDRESS)
      .op(OP.i64_extend_i32_u)
      .i64(size - 1)
      .op(OP.i64_add);
    field(STATE.SEG_LIMIT).op(OP.i64_extend_i32_u, OP.i64_gt_u);
    field(STATE.SEG_MARKS)
      .i32(wanted | STATE.MARK_EXPAND_DOWN)
      .op(OP.i32_and)
      .i32(wanted)
      .op(OP.i32_ne, OP.i32_or);
    this.exitIf();
    c.get(L.ADDRESS);
    field(STATE.SEG_BASE).op(OP.i32_add).set(L.ADDRESS);
  }

  /**
   * Push the host address of `size` bytes at the offset in ADDRESS, which becomes their linear address. Leaves the region unless they can be read (or written)
   * as plain memory, and lie on a multiple of 16 if `aligned`.
   */
  host(i: Instruction, size: number, write: boolean, aligned = false): void {
    if (this.segments) this.segments.ofOperand(i, size, write);
    else if (i.segment >= STATE.FS) this.inSegment(i.segment, size, write);
    this.pages.host(i, size, write, aligned);
  }

  /** The same for the stack. */
  hostOfStack(size: number, write: boolean): void {
    this.segments?.ofStack(size, write);
    this.pages.hostOfStack(this.at, size, write);
  }

  load(size: number, signed: boolean): void {
    const { code: c } = this;
    if (size === 4) c.memory(MEMORY.i32_load);
    else if (size === 2) c.memory(signed ? MEMORY.i32_load16_s : MEMORY.i32_load16_u);
    else c.memory(signed ? MEMORY.i32_load8_s : MEMORY.i32_load8_u);
  }

  /** Takes host address and value from the stack. */
  store(size: number): void {
    this.code.memory(size === 4 ? MEMORY.i32_store : size === 2 ? MEMORY.i32_store16 : MEMORY.i32_store8);
  }

  // -------------------------------------------------------------------------------------------------------------- operands

  /** Push the source operand: register, memory or immediate. Memory may leave the region. */
  source(i: Instruction, size: number, signed: boolean): void {
    const { code: c } = this;
    if (i.flags & UF_SRC_MEM) {
      this.address(i);
      this.host(i, size, false);
      this.load(size, signed);
    } else if (i.flags & UF_SRC_IMM) {
      const shift = SIZE_SHIFT[size] ?? 0;
      c.i32(signed ? (i.imm << shift) >> shift : size === 4 ? i.imm : (i.imm << shift) >>> shift);
    } else if (signed) this.getSigned(i.src, size);
    else this.get(i.src, size);
  }

  /** Push the destination's present value. A memory operand's host address stays in HOST for writeBack(). */
  destination(i: Instruction, size: number, signed: boolean, write = true): void {
    if (i.flags & UF_DST_MEM) {
      this.address(i);
      this.host(i, size, write);
      this.code.tee(L.HOST);
      this.load(size, signed);
    } else if (signed) this.getSigned(i.dst, size);
    else this.get(i.dst, size);
  }

  /** Write local `value` to the destination, which destination() has read. */
  writeBack(i: Instruction, size: number, value: number): void {
    if (i.flags & UF_DST_MEM) {
      this.code.get(L.HOST).get(value);
      this.store(size);
    } else this.set(i.dst, size, value);
  }

  /** Prepare a destination that is only written: the check of a memory operand, its host address in HOST. */
  prepareWrite(i: Instruction, size: number): void {
    if (!(i.flags & UF_DST_MEM)) return;
    this.address(i);
    this.host(i, size, true);
    this.code.set(L.HOST);
  }

  // ------------------------------------------------------------------------------------------------- leaving and calling out

  /** The instruction at hand, set by the function translator before each one. */
  at!: Instruction;

  /**
   * Let the interpreter go on with the instruction at hand, from its start. `span`: size of its access, if that is why; it counts then. The
   * access begins `below` bytes before ADDRESS.
   */
  exit(span = 0, below = 0): void {
    this.code.seldom();
    const kind = this.flags.storeUnder();
    this.x87.spill();
    this.setExit(kind, span, below);
    this.code.br(this.toExit);
  }

  /** exit() if the condition on the stack holds. */
  exitIf(span = 0, below = 0): void {
    const { code: c, flags, x87 } = this;
    if (flags.isSimple && !x87.isOpen) {
      this.setExit(flags.storeUnder(), span, below);
      c.brIfSeldom(this.toExit);
      return;
    }
    c.if();
    this.exit(span, below);
    c.end();
  }

  private get toExit(): number {
    return this.code.depth - this.exitDepth - 1;
  }

  private setExit(kind: number | undefined, span: number, below: number): void {
    const { at, done } = this;
    // At an entry of this region the interpreter must not enter it again: it executes the copy in the entry record.
    const record = this.records.get(at.uop);
    const uop = record ? record + REGION.ENTRY_COPY : at.uop;
    const exit = this.exits.add({ uop, linear: at.linear, done, span, below, kind: kind ?? REGION.LEAVE_KIND_SET });
    this.code.i32(exit).set(L.EXIT);
  }

  /** Store the registers whose memory copy is old. */
  storeRegisters(mask = ALL_REGISTERS): void {
    const { code: c } = this;
    for (let n = 0; n < 8; n++) {
      if (!(((mask & ~this.stored) >> n) & 1)) continue;
      c.i32(0)
        .get(L.GPR + n)
        .memory(MEMORY.i32_store, STATE.REGS + n * 8);
      this.stored |= 1 << n;
    }
  }

  loadRegisters(mask = ALL_REGISTERS): void {
    const { code: c } = this;
    for (let n = 0; n < 8; n++)
      if ((mask >> n) & 1)
        c.i32(0)
          .memory(MEMORY.i32_load, STATE.REGS + n * 8)
          .set(L.GPR + n);
  }

  /** From the locals' form to where the processor module keeps them. */
  storeFlags(): void {
    const { code: c } = this;
    c.i32(0).get(L.FLAG_KIND).memory(MEMORY.i32_store, LAZY_KIND);
    c.i32(0).get(L.FLAG_A).op(OP.i64_extend_i32_s).memory(MEMORY.i64_store, LAZY_A);
    c.i32(0).get(L.FLAG_RESULT).op(OP.i64_extend_i32_s).memory(MEMORY.i64_store, LAZY_RESULT);
  }

  loadFlags(): void {
    const { code: c } = this;
    c.i32(0).memory(MEMORY.i32_load, LAZY_KIND).set(L.FLAG_KIND);
    c.i32(0).memory(MEMORY.i32_load, LAZY_A).set(L.FLAG_A);
    c.i32(0).memory(MEMORY.i32_load, LAZY_RESULT).set(L.FLAG_RESULT);
    this.flags.define(FlagState.Unknown);
  }

  private setPage(): void {
    this.code
      .i32(0)
      .i32(this.at.linear & ~0xfff)
      .get(L.DELTA)
      .op(OP.i32_add, OP.i64_extend_i32_u)
      .memory(MEMORY.i64_store, REGION.PAGE_LINEAR);
  }

  private generalWritten(i: Instruction): number {
    switch (i.effects.writesGeneral) {
      case "none":
        return 0;
      case "accumulator":
        return 1;
      case "destination":
        return i.flags & UF_DST_MEM ? 0 : 1 << (i.dst >> 3);
      default:
        return ALL_REGISTERS;
    }
  }

  /** General registers whose memory copy an exec function may look at: those it writes in part among them. */
  private generalRead(i: Instruction): number {
    if (i.effects.writesGeneral === "any") return ALL_REGISTERS;
    const of = (offset: number) => (offset === STATE.REG_ZERO ? 0 : 1 << (offset >> 3));
    const memory = i.flags & (UF_DST_MEM | UF_SRC_MEM) ? of(i.base) | of(i.index) : 0;
    return this.generalWritten(i) | memory | generalSources(i);
  }

  private reload(mask: number): void {
    this.loadRegisters(mask);
    this.written |= mask;
    this.stored |= mask;
  }

  /** Execute the instruction through its exec function. */
  callExec(i: Instruction): void {
    const { code: c } = this;
    const { readsFlags, writesFlags } = i.effects;
    this.storeRegisters(this.generalRead(i));
    this.x87.close();
    this.vectors.beforeExec(i);
    if (readsFlags) {
      this.flags.settle();
      this.storeFlags();
    }
    this.setPage();
    const accesses = this.accesses(i);
    if (accesses) c.i32(0).i32(0).memory(MEMORY.i32_store, REGION.REGIONS_DROPPED);
    c.i32(i.uop).call(this.execs.functionFor(i.exec));
    c.globalGet(GLOBAL_FAULT).if().i32(0).globalSet(GLOBAL_FAULT);
    this.exit();
    c.end();
    if (writesFlags) this.loadFlags();
    this.reload(this.generalWritten(i));
    this.vectors.afterExec(this, i);
    if (accesses) this.leaveIfEvicted(i);
  }

  /** May it access memory, and so replace TLB entries of pages that pairs know? */
  private accesses(i: Instruction): boolean {
    return (i.flags & (UF_DST_MEM | UF_SRC_MEM)) !== 0 || i.effects.memory;
  }

  /** What pairs know must be what the TLB knows: else an access would not do the page walk that the interpreter does. */
  private leaveIfEvicted(i: Instruction): void {
    const { code: c } = this;
    c.i32(0).memory(MEMORY.i32_load, REGION.REGIONS_DROPPED).if();
    this.leaveBehind(i);
    c.end();
  }

  /** Go on outside behind the instruction at hand, which is done. */
  leaveBehind(i: Instruction): void {
    const { code: c } = this;
    c.seldom();
    c.get(L.LEFT)
      .i32((this.done + 1) * 32)
      .op(OP.i32_sub)
      .set(L.LEFT);
    c.i32((i.linear + i.length) | 0)
      .get(L.DELTA)
      .op(OP.i32_add)
      .set(L.TARGET);
    this.flags.store();
    this.x87.spill();
    c.br(c.depth - this.chainDepth - 1);
  }

  /** Two arms that a condition on the stack chooses between, mostly the first. Afterwards only what both have stored and checked is known to be. */
  either(first: () => void, second: () => void): void {
    const { vectors, pages } = this;
    const before = [this.stored, vectors.stored, pages.checkedGroups] as const;
    this.code.if();
    first();
    const after = [this.stored, vectors.stored, pages.checkedGroups] as const;
    [this.stored, vectors.stored, pages.checkedGroups] = before;
    this.code.else();
    this.code.seldom();
    second();
    this.stored &= after[0];
    vectors.stored &= after[1];
    const inFirst = after[2];
    pages.checkedGroups = new Set([...pages.checkedGroups].filter((group) => inFirst.has(group)));
    this.code.end();
  }

  /** Execute an instruction that may change anything. If translated code can not go on after it, the region is left. */
  callEnding(i: Instruction): void {
    const { code: c } = this;
    this.storeRegisters();
    this.x87.close();
    this.vectors.store();
    this.flags.settle();
    this.storeFlags();
    c.i32(i.uop)
      .get(L.LEFT)
      .i32(this.done * 32)
      .op(OP.i32_sub);
    c.i32(i.linear & ~0xfff)
      .get(L.DELTA)
      .op(OP.i32_add)
      .call(HELPERS.executeEnding);
    c.if();
    this.returnAfterEnding();
    c.end();
    this.loadFlags();
    this.reload(ALL_REGISTERS);
    this.vectors.afterEnding();
    this.segments?.load();
  }

  private returnAfterEnding(): void {
    this.code.i32(0).memory(MEMORY.i32_load, REGION.ENDING_LEFT).op(OP.return);
  }
}
