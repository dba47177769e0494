/**
 * The x87 register stack in translated code. From the first x87 instruction of a block that has a rule until the block's end, the registers
 * that it names are locals, and TOP, the tags and who was the last instruction are known here; memory is brought up to date where the block
 * ends, where it is left, and around exec functions. SDM 1 "x87 FPU Data Registers", "x87 FPU Instruction and Data (Operand) Pointers".
 *
 * Rules (x87-*.ts) begin with begin() and what else may leave the region: full(), room(), memory operands. Results that are not the usual
 * ones are left to the exec function by orExec(), which then goes on here, or outside if an error is pending.
 */
import * as STATE from "../../wasm/abi/state.js";
import { type Code, MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";

const CR0_EM_TS = 0xc;
const STATUS_ERROR = 0x80;
const STATUS_PRECISION_SHIFT = 5;
const STATUS_C1 = 0x200;
const STATUS_C1_SHIFT = 9;
const STATUS_TOP = 0x3800;
/** From TOP in the status word to 16 times its value, the offset of ST(0). */
const TOP_SHIFT = 7;
const OFFSETS = 0x70;
/** Control word: rounding, precision, and the mask of the precision exception; and what they are by default: nearest, 64 bits, masked. */
const CONTROL_USUAL = 0x320;
const CONTROL_ROUNDING = 0xc00;
export const CONTROL_PRECISION = 0x300;
const PRECISION_MASK = 0x20;
const OPCODE_MASK = 0x7ff;

/** Bits of X87_UNUSUAL: what is not as by default. */
export const UNUSUAL = CONTROL_ROUNDING | CONTROL_PRECISION | PRECISION_MASK;
export const UNUSUAL_ROUNDING = CONTROL_ROUNDING | PRECISION_MASK;
export const UNUSUAL_MASK = PRECISION_MASK;

/** The locals that hold a register: its significand, and its sign and exponent. */
export interface Register {
  readonly sig: number;
  readonly exp: number;
}

/**
 * What is known while a block runs. Registers are numbered from the one that was ST(0) when the stack was opened; masks have a bit for each.
 */
interface Frame {
  /** Number of ST(0). */
  readonly top: number;
  /** Which pair of locals holds each register. */
  readonly pairs: readonly number[];
  readonly loaded: number;
  readonly dirty: number;
  /** Registers found to be empty, or not, when first looked at; and what has become of them. */
  readonly foundEmpty: number;
  readonly foundFull: number;
  readonly empty: number;
  readonly full: number;
  /** Where C1 comes from. */
  readonly c1: "status" | "zero" | "local";
  /** X87_INEXACT is not zero if a result was inexact. */
  readonly rounds: boolean;
  /** X87_STATUS differs from memory. */
  readonly changed: boolean;
  /** The last instruction, and the last with a memory operand. */
  readonly last: Instruction | undefined;
  readonly operand: Instruction | undefined;
}

const OPENED: Frame = {
  top: 0,
  pairs: [0, 1, 2, 3, 4, 5, 6, 7],
  loaded: 0,
  dirty: 0,
  foundEmpty: 0,
  foundFull: 0,
  empty: 0,
  full: 0,
  c1: "status",
  rounds: false,
  changed: false,
  last: undefined,
  operand: undefined,
};

const numbers = (mask: number) => [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => (mask >> n) & 1);

/** Two tag bits for each register of a mask. */
function tagBits(mask: number): number {
  return numbers(mask).reduce((bits, n) => bits | (3 << (n * 2)), 0);
}

export class X87Stack {
  /** A region has such instructions. */
  present = false;
  private frame: Frame | undefined;

  constructor(private readonly code: Code) {}

  private get now(): Frame {
    return this.frame!;
  }

  /** Locals hold what memory does not have yet. */
  get isOpen(): boolean {
    return this.frame !== undefined;
  }

  private change(changes: Partial<Frame>): void {
    this.frame = { ...this.now, ...changes };
  }

  private number(i: number): number {
    return (this.now.top + i) & 7;
  }

  beginBlock(): void {
    this.frame = undefined;
  }

  // ----------------------------------------------------------------------------------------------- what may leave the region

  /** Leave the region unless a waiting instruction may run. */
  begin(e: Emitter): void {
    if (this.frame) return;
    const { code: c } = this;
    e.vectors.leaveMmx();
    this.loadStatus();
    c.get(L.X87_STATUS).i32(STATUS_ERROR).op(OP.i32_and);
    c.i32(0).memory(MEMORY.i32_load, STATE.CR0).i32(CR0_EM_TS).op(OP.i32_and, OP.i32_or);
    e.exitIf();
    c.get(L.X87_STATUS).i32(TOP_SHIFT).op(OP.i32_shr_u).i32(OFFSETS).op(OP.i32_and).set(L.X87_TOP);
    this.loadTags();
    this.loadControl();
    this.frame = OPENED;
  }

  private loadStatus(): void {
    this.code.i32(0).memory(MEMORY.i32_load, STATE.FPU_STATUS).set(L.X87_STATUS);
  }

  private loadControl(): void {
    const { code: c } = this;
    c.i32(0).memory(MEMORY.i32_load, STATE.FPU_CONTROL).i32(CONTROL_USUAL).op(OP.i32_xor);
    c.i32(UNUSUAL).op(OP.i32_and).set(L.X87_UNUSUAL);
  }

  /** The tags, turned so that register 0 comes first. */
  private loadTags(): void {
    const { code: c } = this;
    c.i32(0).memory(MEMORY.i32_load16_u, STATE.FPU_TAGS).i32(0x10001).op(OP.i32_mul);
    c.get(L.X87_TOP).i32(3).op(OP.i32_shr_u, OP.i32_rotr).set(L.X87_TAGS);
  }

  private storeTags(): void {
    const { code: c } = this;
    c.i32(0).get(L.X87_TAGS).i32(0xffff).op(OP.i32_and).i32(0x10001).op(OP.i32_mul).get(L.X87_TOP).i32(3);
    c.op(OP.i32_shr_u, OP.i32_rotl).i32(0xffff).op(OP.i32_and).memory(MEMORY.i32_store, STATE.FPU_TAGS);
  }

  /** Push whether register `n` is empty, at the block's start. */
  private tagIsEmpty(n: number): void {
    const bits = 3 << (n * 2);
    this.code.get(L.X87_TAGS).i32(bits).op(OP.i32_and).i32(bits).op(OP.i32_eq);
  }

  /** Leave the region if ST(i) is empty. Its locals. */
  full(e: Emitter, i: number): Register {
    const n = this.number(i);
    const bit = 1 << n;
    const { full, empty, foundFull } = this.now;
    if (empty & bit) {
      this.code.i32(1);
      e.exitIf();
    } else if (!(full & bit)) {
      this.tagIsEmpty(n);
      e.exitIf();
      this.change({ full: full | bit, foundFull: foundFull | bit });
    }
    return this.load(n);
  }

  /** Leave the region if there is no room to push. */
  room(e: Emitter): void {
    const n = this.number(7);
    const bit = 1 << n;
    const { full, empty, foundEmpty } = this.now;
    if (full & bit) {
      this.code.i32(1);
      e.exitIf();
    } else if (!(empty & bit)) {
      this.tagIsEmpty(n);
      this.code.op(OP.i32_eqz);
      e.exitIf();
      this.change({ empty: empty | bit, foundEmpty: foundEmpty | bit });
    }
  }

  // ------------------------------------------------------------------------------------------------------------- registers

  /** The locals that hold register `n`. */
  private local(n: number): Register {
    const pair = this.now.pairs[n]!;
    return { sig: L.X87_SIGNIFICAND + pair, exp: L.X87_EXPONENT + pair };
  }

  /** Push the offset of register `n` in the register file. */
  private offset(n: number): void {
    const { code: c } = this;
    c.get(L.X87_TOP);
    if (n !== 0)
      c.i32(n * 16)
        .op(OP.i32_add)
        .i32(OFFSETS)
        .op(OP.i32_and);
  }

  private load(n: number): Register {
    const register = this.local(n);
    if (!((this.now.loaded >> n) & 1)) {
      this.reload(n);
      this.change({ loaded: this.now.loaded | (1 << n) });
    }
    return register;
  }

  private reload(n: number): void {
    const { sig, exp } = this.local(n);
    this.offset(n);
    this.code.memory(MEMORY.i64_load, STATE.FPU_REGS).set(sig);
    this.offset(n);
    this.code.memory(MEMORY.i32_load16_u, STATE.FPU_REGS + 8).set(exp);
  }

  /** ST(i) gets a new value, which the caller puts into its locals. */
  write(i: number): Register {
    const bit = 1 << this.number(i);
    const { loaded, dirty, full, empty } = this.now;
    this.change({ loaded: loaded | bit, dirty: dirty | bit, full: full | bit, empty: empty & ~bit });
    return this.local(this.number(i));
  }

  /** Push: the caller puts the value into the new ST(0)'s locals. */
  push(): Register {
    this.change({ top: this.number(7) });
    return this.write(0);
  }

  pop(): void {
    this.free(0);
    this.turn(1);
  }

  /** Tag ST(i) as empty. */
  free(i: number): void {
    const bit = 1 << this.number(i);
    this.change({ full: this.now.full & ~bit, empty: this.now.empty | bit });
  }

  /** ST(i) becomes ST(0); the tags stay. */
  turn(i: number): void {
    this.change({ top: this.number(i) });
  }

  /** ST(0) and ST(i), both loaded, change places. */
  exchange(i: number): void {
    const [a, b] = [this.number(0), this.number(i)];
    const pairs = [...this.now.pairs];
    [pairs[a], pairs[b]] = [pairs[b]!, pairs[a]!];
    this.change({ pairs, dirty: this.now.dirty | (1 << a) | (1 << b) });
  }

  // ------------------------------------------------------------------------------------------------ the end of instructions

  /** `i` is done, and cleared C1. Its memory operand's address is in ADDRESS. */
  done(i: Instruction, memory = false): void {
    this.record(i, memory);
    this.change({ c1: "zero" });
  }

  /** The same for instructions that leave C1 as it is. */
  record(i: Instruction, memory = false): void {
    if (memory) {
      this.code.get(L.ADDRESS).set(L.X87_OPERAND);
      this.change({ operand: i });
    }
    this.change({ last: i });
  }

  /** `i` rounded: C1 from the local X87_UP, and inexact if the i64 on the stack is not zero. */
  rounded(): void {
    const { code: c } = this;
    if (this.now.rounds) c.get(L.X87_INEXACT).op(OP.i64_or);
    c.set(L.X87_INEXACT);
    this.change({ c1: "local", rounds: true });
  }

  /** Replace condition codes by those on the stack. */
  conditions(mask: number): void {
    const { code: c } = this;
    c.get(L.X87_STATUS).i32(~mask).op(OP.i32_and, OP.i32_or).set(L.X87_STATUS);
    this.change({ changed: true });
  }

  /** Push the status word. */
  status(): void {
    const { code: c } = this;
    const { top, c1, rounds } = this.now;
    c.get(L.X87_STATUS);
    if (top !== 0) {
      c.i32(~STATUS_TOP).op(OP.i32_and);
      this.offset(top);
      c.i32(TOP_SHIFT).op(OP.i32_shl, OP.i32_or);
    }
    if (c1 !== "status") c.i32(~STATUS_C1).op(OP.i32_and);
    if (c1 === "local") c.get(L.X87_UP).i32(STATUS_C1_SHIFT).op(OP.i32_shl, OP.i32_or);
    if (rounds) c.get(L.X87_INEXACT).i64(0).op(OP.i64_ne).i32(STATUS_PRECISION_SHIFT).op(OP.i32_shl, OP.i32_or);
  }

  // ----------------------------------------------------------------------------------------------------------------- memory

  /** Bring memory up to date. */
  spill(): void {
    if (!this.frame) return;
    const { code: c } = this;
    const { top, dirty, c1, rounds, changed, empty, full, foundEmpty, foundFull } = this.now;
    for (const n of numbers(dirty)) this.store(n);
    const [emptied, filled] = [empty & ~foundEmpty, full & ~foundFull];
    if (emptied | filled) {
      c.get(L.X87_TAGS).i32(~tagBits(filled)).op(OP.i32_and).i32(tagBits(emptied)).op(OP.i32_or).set(L.X87_TAGS);
      this.storeTags();
    }
    if (top !== 0 || c1 !== "status" || rounds || changed) {
      c.i32(0);
      this.status();
      c.memory(MEMORY.i32_store, STATE.FPU_STATUS);
    }
    this.storeRecords();
  }

  private store(n: number): void {
    const { code: c } = this;
    const { sig, exp } = this.local(n);
    this.offset(n);
    c.get(sig).memory(MEMORY.i64_store, STATE.FPU_REGS);
    this.offset(n);
    c.get(exp)
      .op(OP.i64_extend_i32_u)
      .memory(MEMORY.i64_store, STATE.FPU_REGS + 8);
  }

  private storeRecords(): void {
    const { code: c } = this;
    const { last, operand } = this.now;
    const base = (segment: number) => c.i32(0).memory(MEMORY.i32_load, STATE.SEGS + segment * STATE.SEG_STRIDE + STATE.SEG_BASE);
    const selector = (segment: number) =>
      c
        .i32(0)
        .memory(MEMORY.i32_load16_u, STATE.SEGS + segment * STATE.SEG_STRIDE + STATE.SEG_SELECTOR)
        .op(OP.i64_extend_i32_u);
    const pointer = (at: number) => c.op(OP.i32_sub, OP.i64_extend_i32_u).memory(MEMORY.i64_store, at);
    if (last) {
      c.i32(0)
        .i64(last.imm2 & OPCODE_MASK)
        .memory(MEMORY.i64_store, STATE.FPU_OPCODE);
      c.i32(0).i32(last.linear).get(L.DELTA).op(OP.i32_add);
      base(STATE.CS);
      pointer(STATE.FPU_IP);
      c.i32(0);
      selector(STATE.CS);
      c.memory(MEMORY.i64_store, STATE.FPU_CS);
    }
    if (operand) {
      c.i32(0).get(L.X87_OPERAND);
      base(operand.segment);
      pointer(STATE.FPU_DP);
      c.i32(0);
      selector(operand.segment);
      c.memory(MEMORY.i64_store, STATE.FPU_DS);
    }
  }

  /** Something else follows that may look at the x87 state or change it. */
  close(): void {
    this.spill();
    this.frame = undefined;
  }

  /** The control word was changed. */
  controlChanged(): void {
    this.loadControl();
  }

  // ----------------------------------------------------------------------------------------------------------- exec functions

  /**
   * Emit `fast` for when the condition on the stack holds, and a call of the exec function for when not: of an `i` that can not fault.
   * `otherwise` may look for a second time whether that is needed; its own fast way must leave the stack as the first does.
   */
  orExec(e: Emitter, i: Instruction, fast: () => void, otherwise?: { readonly check: () => void; readonly fast: () => void }): void {
    const before = this.now;
    let after = before;
    const exec = () => {
      // What it records itself need not be stored before.
      const last = after.last === i ? undefined : before.last;
      const operand = after.operand === i ? undefined : before.operand;
      this.frame = { ...before, last, operand };
      e.callExec(i);
      this.goOn(e, i, after);
    };
    e.either(
      () => {
        fast();
        after = this.now;
      },
      () => {
        if (!otherwise) return exec();
        this.frame = before;
        otherwise.check();
        e.either(otherwise.fast, exec);
      },
    );
    this.frame = { ...after, changed: true };
  }

  /** Behind an exec function's call: go on with what is known after the fast way, if all has come as it should. */
  private goOn(e: Emitter, i: Instruction, after: Frame): void {
    const { code: c } = this;
    this.loadStatus();
    c.get(L.X87_STATUS).i32(STATUS_ERROR).op(OP.i32_and);
    c.get(L.X87_STATUS).i32(TOP_SHIFT).op(OP.i32_shr_u).i32(OFFSETS).op(OP.i32_and);
    this.frame = after;
    this.offset(after.top);
    this.frame = undefined;
    c.op(OP.i32_ne, OP.i32_or).if();
    e.leaveBehind(i);
    c.end();
    this.frame = after;
    // TOP as it was found.
    c.get(L.X87_STATUS).i32(~STATUS_TOP).op(OP.i32_and).get(L.X87_TOP).i32(TOP_SHIFT).op(OP.i32_shl, OP.i32_or).set(L.X87_STATUS);
    this.loadControl();
    if (after.rounds) c.i64(0).set(L.X87_INEXACT);
    if (after.c1 === "local") c.get(L.X87_STATUS).i32(STATUS_C1_SHIFT).op(OP.i32_shr_u).i32(1).op(OP.i32_and).set(L.X87_UP);
    if (after.operand === i) c.get(L.ADDRESS).set(L.X87_OPERAND);
    for (const n of numbers(after.loaded)) this.reload(n);
    this.reopenTags();
  }

  /** Tags as they were found, with later changes still to be stored. */
  private reopenTags(): void {
    const { code: c } = this;
    const { empty, full, foundEmpty, foundFull } = this.now;
    this.loadTags();
    const [emptied, filled] = [foundEmpty & full, foundFull & empty];
    if (!(emptied | filled)) return;
    c.get(L.X87_TAGS).i32(~tagBits(filled)).op(OP.i32_and).i32(tagBits(emptied)).op(OP.i32_or).set(L.X87_TAGS);
    this.storeTags();
  }
}
