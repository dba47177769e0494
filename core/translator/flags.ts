/**
 * Arithmetic flags in translated code. They stay what the last operation left: operands and result in locals, and what kind of operation
 * it was known to the translator. Only where a path leaves the region, or two paths meet, they take the form of wasm/cpu/flags.ts, in the
 * locals FLAG_KIND, FLAG_A and FLAG_RESULT. Widths below 32 bits are kept sign-extended.
 */
import { LF_ADD, LF_BITS, LF_EXPLICIT, LF_LOGIC, LF_SUB } from "../../wasm/abi/lazy-flags.js";
import { type Code, OP } from "./emit/code.js";
import { FLAG_A, FLAG_B, FLAG_CARRY, FLAG_KIND, FLAG_OVERLAY, FLAG_RESULT } from "./locals.js";

export const FLAG_C = 1;
export const FLAG_AF = 0x10;
export const FLAG_Z = 0x40;
export const FLAG_S = 0x80;
export const FLAG_O = 0x800;

/** What the translator knows of the flags. LF_* kinds besides these are in FLAG_A and FLAG_RESULT as the processor module has them. */
export enum FlagState {
  /** Kind, operand and result are in the locals. */
  Unknown = 32,
  /** FLAG_A: operand, FLAG_B: count 1-31, 32-bit result. */
  Shl,
  Shr,
  Sar,
  /** a + b + carry and a - b - carry: operands, result, and what C is in FLAG_CARRY. INC and DEC are this too, with their C from before. */
  Adc,
  Sbb,
}

/** Flags that were changed after the rest; the local FLAG_OVERLAY says how. */
export enum Overlay {
  None,
  /** C and O of a left rotate, whose result the local is. */
  Left,
  /** Likewise of a right rotate. */
  Right,
  /** C is bit 0 of the local. */
  Carry,
  /** Z is set if the local is zero. */
  Zero,
}

/** Numbers of the helper functions that every module imports. */
export interface FlagHelpers {
  readonly conditionOf: number;
  readonly arithmeticFlagsOf: number;
}

export class Flags {
  /** LF_* (with a width) or FlagState. */
  state: number = FlagState.Unknown;
  overlay: Overlay = Overlay.None;

  constructor(
    private readonly code: Code,
    private readonly helpers: FlagHelpers,
  ) {}

  private get isAdd(): boolean {
    return this.state >= LF_ADD && this.state < LF_SUB;
  }

  private get isSub(): boolean {
    return this.state >= LF_SUB && this.state < LF_SUB + 4;
  }

  /** The locals hold all that the canonical form needs but for the kind. */
  get isSimple(): boolean {
    return this.overlay === Overlay.None && this.state <= FlagState.Unknown;
  }

  /** Bring the flags into the locals' canonical form. The state is not changed: other paths may go on from here without. */
  store(): void {
    const kind = this.storeUnder();
    if (kind !== undefined) this.code.i32(kind).set(FLAG_KIND);
  }

  /** The same but for the kind, which is returned; or undefined if the local has it. */
  storeUnder(): number | undefined {
    const { code: c, state } = this;
    if (this.overlay !== Overlay.None) {
      this.image();
      c.set(FLAG_A);
      return LF_EXPLICIT;
    }
    if (state > FlagState.Unknown) {
      this.bits();
      c.set(FLAG_A);
      return LF_BITS;
    }
    return state === FlagState.Unknown ? undefined : state;
  }

  /** store(), and go on from the locals' form. */
  settle(): void {
    this.store();
    this.define(FlagState.Unknown);
  }

  /** All six flags were changed. */
  define(state: number): void {
    this.state = state;
    this.overlay = Overlay.None;
  }

  /** The flags that `overlay` names were changed: it is computed from the local FLAG_OVERLAY, which `set` has to write now. */
  change(overlay: Overlay, set: () => void): void {
    const covers = this.overlay === Overlay.None || overlay === this.overlay || (overlay < Overlay.Carry && this.overlay < Overlay.Zero);
    if (!covers) this.settle();
    set();
    this.overlay = overlay;
  }

  /** C, O and A of the states that do not have them as a value, on the stack. */
  private bits(): void {
    const { code: c } = this;
    this.baseCarry();
    this.baseOverflow();
    c.i32(11).op(OP.i32_shl, OP.i32_or);
    const state = this.state as FlagState;
    if (state === FlagState.Adc || state === FlagState.Sbb) {
      c.get(FLAG_A).get(FLAG_B).get(FLAG_RESULT).op(OP.i32_xor, OP.i32_xor).i32(FLAG_AF).op(OP.i32_and, OP.i32_or);
    }
  }

  /** C as 0 or 1. */
  carry(): void {
    const { code: c, overlay } = this;
    if (overlay === Overlay.Left || overlay === Overlay.Carry) c.get(FLAG_OVERLAY).i32(1).op(OP.i32_and);
    else if (overlay === Overlay.Right) c.get(FLAG_OVERLAY).i32(31).op(OP.i32_shr_u);
    else this.baseCarry();
  }

  private baseCarry(): void {
    const { code: c, state } = this;
    if (this.isSub) c.get(FLAG_RESULT).get(FLAG_A).op(OP.i32_gt_u);
    else if (this.isAdd) c.get(FLAG_RESULT).get(FLAG_A).op(OP.i32_lt_u);
    else if (state === LF_LOGIC) c.i32(0);
    else if (state === LF_BITS || state === LF_EXPLICIT) c.get(FLAG_A).i32(1).op(OP.i32_and);
    else if (state === FlagState.Shl) c.get(FLAG_A).i32(32).get(FLAG_B).op(OP.i32_sub, OP.i32_shr_u).i32(1).op(OP.i32_and);
    else if (state === FlagState.Shr || state === FlagState.Sar)
      c.get(FLAG_A)
        .get(FLAG_B)
        .i32(1)
        .op(OP.i32_sub, state === FlagState.Shr ? OP.i32_shr_u : OP.i32_shr_s)
        .i32(1)
        .op(OP.i32_and);
    else if (state === FlagState.Unknown) this.ask(2);
    else c.get(FLAG_CARRY);
  }

  /** O as 0 or 1. */
  private overflow(): void {
    const { code: c, overlay } = this;
    if (overlay === Overlay.Left) c.get(FLAG_OVERLAY).i32(31).op(OP.i32_shr_u).get(FLAG_OVERLAY).op(OP.i32_xor).i32(1).op(OP.i32_and);
    else if (overlay === Overlay.Right) c.get(FLAG_OVERLAY).i32(1).op(OP.i32_shl).get(FLAG_OVERLAY).op(OP.i32_xor).i32(31).op(OP.i32_shr_u);
    else this.baseOverflow();
  }

  private baseOverflow(): void {
    const { code: c, state } = this;
    const a = FLAG_A;
    const b = FLAG_B;
    const r = FLAG_RESULT;
    if (this.isSub || state === FlagState.Sbb)
      c.get(a).get(b).op(OP.i32_xor).get(a).get(r).op(OP.i32_xor, OP.i32_and).i32(31).op(OP.i32_shr_u);
    else if (this.isAdd || state === FlagState.Adc)
      c.get(a).get(r).op(OP.i32_xor).get(b).get(r).op(OP.i32_xor, OP.i32_and).i32(31).op(OP.i32_shr_u);
    else if (state === LF_LOGIC || state === FlagState.Sar) c.i32(0);
    else if (state === LF_BITS || state === LF_EXPLICIT) c.get(a).i32(11).op(OP.i32_shr_u).i32(1).op(OP.i32_and);
    else if (state === FlagState.Shl) {
      this.baseCarry();
      c.get(r).i32(31).op(OP.i32_shr_u, OP.i32_xor);
    } else if (state === FlagState.Shr) c.get(r).i32(1).op(OP.i32_shl).get(r).op(OP.i32_xor).i32(31).op(OP.i32_shr_u);
    else this.ask(0);
  }

  private ask(condition: number): void {
    this.code.get(FLAG_KIND).get(FLAG_A).get(FLAG_RESULT).i32(condition).call(this.helpers.conditionOf);
  }

  /** The six flags in their EFLAGS positions. */
  image(): void {
    const { code: c, overlay } = this;
    this.baseImage();
    if (overlay === Overlay.None) return;
    if (overlay === Overlay.Zero) {
      c.i32(~FLAG_Z).op(OP.i32_and).get(FLAG_OVERLAY).op(OP.i32_eqz).i32(6).op(OP.i32_shl, OP.i32_or);
      return;
    }
    c.i32(overlay === Overlay.Carry ? ~FLAG_C : ~(FLAG_C | FLAG_O)).op(OP.i32_and);
    this.carry();
    c.op(OP.i32_or);
    if (overlay === Overlay.Carry) return;
    this.overflow();
    c.i32(11).op(OP.i32_shl, OP.i32_or);
  }

  private baseImage(): void {
    const { code: c, state } = this;
    if (state === LF_EXPLICIT) {
      c.get(FLAG_A);
      return;
    }
    if (state === FlagState.Unknown) c.get(FLAG_KIND);
    else c.i32(state > FlagState.Unknown ? LF_BITS : state);
    if (state > FlagState.Unknown) this.bits();
    else c.get(FLAG_A);
    c.get(FLAG_RESULT).call(this.helpers.arithmeticFlagsOf);
  }

  /** Condition code 0-15 as an i32 that is 0 or not. SDM 1 "EFLAGS Condition Codes". */
  condition(code: number): void {
    const plain = this.overlay === Overlay.None;
    if (plain && this.state === FlagState.Unknown) {
      this.ask(code);
      return;
    }
    if (plain && this.isSub && this.compare(code)) return;
    this.positive(code >> 1);
    if (code & 1) this.code.op(OP.i32_eqz);
  }

  /** Conditions after a comparison are comparisons. */
  private compare(code: number): boolean {
    const operation = [0, 0, OP.i32_lt_u, OP.i32_ge_u, OP.i32_eq, OP.i32_ne, OP.i32_le_u, OP.i32_gt_u][code] ?? COMPARE_SIGNED[code];
    if (!operation) return false;
    this.code.get(FLAG_A).get(FLAG_B).op(operation);
    return true;
  }

  private zero(): void {
    if (this.overlay === Overlay.Zero) this.code.get(FLAG_OVERLAY).op(OP.i32_eqz);
    else if (this.state === FlagState.Unknown) this.ask(4);
    else if (this.state === LF_EXPLICIT) this.code.get(FLAG_A).i32(FLAG_Z).op(OP.i32_and).i32(0).op(OP.i32_ne);
    else this.code.get(FLAG_RESULT).op(OP.i32_eqz);
  }

  private sign(): void {
    if (this.state === FlagState.Unknown) this.ask(8);
    else if (this.state === LF_EXPLICIT) this.code.get(FLAG_A).i32(7).op(OP.i32_shr_u).i32(1).op(OP.i32_and);
    else this.code.get(FLAG_RESULT).i32(31).op(OP.i32_shr_u);
  }

  private parity(): void {
    const { code: c } = this;
    if (this.state === FlagState.Unknown) this.ask(10);
    else if (this.state === LF_EXPLICIT) c.get(FLAG_A).i32(2).op(OP.i32_shr_u).i32(1).op(OP.i32_and);
    else c.get(FLAG_RESULT).i32(0xff).op(OP.i32_and, OP.i32_popcnt).i32(1).op(OP.i32_and, OP.i32_eqz);
  }

  private positive(pair: number): void {
    const { code: c } = this;
    if (this.state === LF_LOGIC && pair === 7 && this.overlay === Overlay.None) {
      c.get(FLAG_RESULT).i32(0).op(OP.i32_le_s);
      return;
    }
    switch (pair) {
      case 0:
        this.overflow();
        break;
      case 1:
        this.carry();
        break;
      case 2:
        this.zero();
        break;
      case 3:
        this.carry();
        this.zero();
        c.op(OP.i32_or);
        break;
      case 4:
        this.sign();
        break;
      case 5:
        this.parity();
        break;
      default:
        this.sign();
        this.overflow();
        c.op(OP.i32_xor);
        if (pair === 7) {
          this.zero();
          c.op(OP.i32_or);
        }
    }
  }
}

const COMPARE_SIGNED: Readonly<Record<number, number>> = {
  12: OP.i32_lt_s,
  13: OP.i32_ge_s,
  14: OP.i32_le_s,
  15: OP.i32_gt_s,
};
