/** Reads micro-ops (wasm/abi/uop.ts) and decoded pages out of linear memory. */
import * as LAYOUT from "../../wasm/abi/layout.js";
import { PAGE_ENTRIES } from "../../wasm/abi/region.js";
import * as U from "../../wasm/abi/uop.js";

export interface Operands {
  readonly dst: number;
  readonly src: number;
  readonly imm: number;
  readonly disp: number;
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
  readonly exec: number;
  readonly size: number;
  readonly addressSize: number;
  readonly link: number;
  readonly imm2: number;
}

export class UopReader {
  /** `execNumbers`: number in EXECS by slot in the module's table. */
  constructor(
    private readonly view: DataView,
    private readonly execNumbers: ReadonlyMap<number, number>,
    /** Guest memory as the guest's page tables have it now, 32 bits at a linear address. Without any effect on the guest. */
    readonly peek: (linear: number) => number | undefined,
  ) {}

  execNumber(slot: number): number {
    return this.execNumbers.get(slot) ?? 0;
  }

  handler(u: number): number {
    return this.view.getUint16(u + U.U_OP, true);
  }

  operands(u: number): Operands {
    const { view } = this;
    return {
      dst: view.getUint8(u + U.U_DST),
      src: view.getUint8(u + U.U_SRC),
      imm: view.getInt32(u + U.U_IMM, true),
      disp: view.getInt32(u + U.U_DISP, true),
      base: view.getUint8(u + U.U_BASE),
      index: view.getUint8(u + U.U_INDEX),
      scale: view.getUint8(u + U.U_SCALE),
      segment: view.getUint8(u + U.U_SEG),
      offset: view.getUint16(u + U.U_OFFSET, true),
      length: view.getUint8(u + U.U_LENGTH),
      flags: view.getUint8(u + U.U_FLAGS),
      exec: view.getUint16(u + U.U_EXEC, true),
      size: view.getUint8(u + U.U_SIZE),
      addressSize: view.getUint8(u + U.U_ASIZE),
      link: view.getUint32(u + U.U_LINK, true),
      imm2: view.getUint32(u + U.U_IMM2, true),
    };
  }

  /** Descriptor of the page that the rest of a straddling instruction is in, or 0 if it has not been decoded. */
  straddleSecond(u: number): number {
    return this.view.getUint32(u + U.STRADDLE_SECOND, true);
  }

  /** Key of a decoded page: physical page | mode. */
  key(descriptor: number): number {
    return this.view.getUint32(descriptor, true);
  }

  /** The micro-op at an offset of a decoded page, or 0. */
  at(descriptor: number, offset: number): number {
    return this.view.getUint32(descriptor + PAGE_ENTRIES + offset * 4, true);
  }

  /** The descriptor that a code TLB has for a linear page in a mode, or 0. */
  descriptorOf(linearPage: number, mode: number, user: boolean): number {
    const entry = codeTlb(user) + ((linearPage >>> 8) & 0x3ff0);
    return this.view.getUint32(entry, true) === (linearPage | mode) >>> 0 ? this.view.getUint32(entry + 4, true) : 0;
  }
}

export function codeTlb(user: boolean): number {
  return LAYOUT.CODE_TLB_BASE + (user ? LAYOUT.CODE_TLB_SIZE : 0);
}
