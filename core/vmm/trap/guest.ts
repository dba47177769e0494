// What the emulator does in the guest's name: linear memory through the guest's own tables, operands through its segments.
import * as STATE from "../../../wasm/abi/state.js";
import { type GuestMemory, PAGE } from "../guest-memory.js";
import type { GuestPaging } from "../shadow/guest-walk.js";
import type { ShadowPaging } from "../shadow/shadow-paging.js";
import { StatePaging } from "../shadow/state-paging.js";
import { FLAG_AC, type VcpuState } from "../state.js";

export const VECTOR_DB = 1;
export const VECTOR_DF = 8;
export const VECTOR_TS = 10;
export const VECTOR_NP = 11;
export const VECTOR_SS = 12;
export const VECTOR_GP = 13;
export const VECTOR_PF = 14;

/** Thrown inside the emulator, and never out of the road: an exception of the guest's, with nothing of the instruction done. */
export class GuestException {
  constructor(
    readonly vector: number,
    readonly code = 0,
    /** Of #PF: what CR2 gets. */
    readonly address?: number,
  ) {}
}

/** Thrown inside the emulator: what the road does not do. The sentence goes to the owner of the VM. */
export class Unsupported {
  constructor(readonly message: string) {}
}

/** #GP(selector) and its kin: the RPL is not part of the error code. */
export function selectorException(vector: number, selector: number): GuestException {
  return new GuestException(vector, selector & 0xfffc);
}

/** What an access that its segment does not allow raises. */
function refused(segment: number): GuestException {
  return new GuestException(segment === STATE.SS ? VECTOR_SS : VECTOR_GP);
}

/** Translations that are remembered, as a TLB does; a power of two. */
const TRANSLATIONS = 1024;
const PRESENT = 0x80;
const CODE = 8;
const EXPAND_DOWN = 4;
const WRITABLE = 2;
const BIG = 0x4000;

export class Guest {
  readonly paging: GuestPaging;
  /** Remembered translations, by access and low bits of the page number: generation, rights and page number; and the guest-physical page. */
  private readonly tags = new Float64Array(TRANSLATIONS).fill(-1);
  private readonly pages = new Float64Array(TRANSLATIONS);
  private generation = 0;
  /** Hears of each access to the guest's linear memory, after it. */
  onAccess: (linear: number, size: number, write: boolean) => void = () => {};

  constructor(
    readonly state: VcpuState,
    readonly memory: GuestMemory,
    readonly shadow: ShadowPaging,
  ) {
    this.paging = new StatePaging(state);
  }

  /** Translations of before are void, or may be. */
  flushTranslations(): void {
    this.generation++;
  }

  /** Guest-physical address. `system`: the processor's own access to a table, which is a supervisor's. Throws GuestException. */
  translate(linear: number, write: boolean, system: boolean): number {
    const user = !system && this.state.cpl === 3;
    const exempt = !system && (this.state.flags & FLAG_AC) !== 0;
    const page = linear >>> 12;
    const slot = ((page << 2) | (write ? 1 : 0) | (user ? 2 : 0)) & (TRANSLATIONS - 1);
    const tag = (this.generation * 8 + (write ? 1 : 0) + (user ? 2 : 0) + (exempt ? 4 : 0)) * 2 ** 20 + page;
    if (this.tags[slot] === tag) return this.pages[slot]! + (linear & (PAGE - 1));
    const walk = this.shadow.walker.walk(this.paging, linear >>> 0, { write, user, fetch: false, exempt });
    if (!walk.present) throw new GuestException(VECTOR_PF, walk.code, linear >>> 0);
    this.tags[slot] = tag;
    this.pages[slot] = walk.physical - (linear & (PAGE - 1));
    return walk.physical;
  }

  /** `size` bytes at a linear address, at most 4. */
  read(linear: number, size: number, system = true): number {
    const inFirst = Math.min(size, PAGE - (linear & (PAGE - 1)));
    let value = this.memory.read(this.translate(linear, false, system), inFirst);
    if (inFirst < size) {
      const rest = this.memory.read(this.translate(linear + inFirst, false, system), size - inFirst);
      value = (value | (rest << (8 * inFirst))) >>> 0;
    }
    this.onAccess(linear >>> 0, size, false);
    return value;
  }

  read64(linear: number): bigint {
    return BigInt(this.read(linear, 4)) | (BigInt(this.read(linear + 4, 4)) << 32n);
  }

  /** All bytes or none. */
  write(linear: number, size: number, value: number, system = true): void {
    const inFirst = Math.min(size, PAGE - (linear & (PAGE - 1)));
    const first = this.translate(linear, true, system);
    const second = inFirst < size ? this.translate(linear + inFirst, true, system) : 0;
    this.memory.write(first, inFirst, value);
    if (inFirst < size) this.memory.write(second, size - inFirst, value >>> (8 * inFirst));
    this.onAccess(linear >>> 0, size, true);
  }

  /** Linear address of an operand, after the checks of its segment. SDM 3A "Limit Checking", "Type Checking". */
  operand(segment: number, offset: number, size: number, write: boolean): number {
    const { access, base, limit } = this.state.segment(segment);
    if (!(access & PRESENT)) throw new GuestException(VECTOR_GP);
    if (write ? (access & CODE) !== 0 || !(access & WRITABLE) : (access & CODE) !== 0 && !(access & WRITABLE)) throw refused(segment);
    const last = offset + size - 1;
    if ((access & (CODE | EXPAND_DOWN)) === EXPAND_DOWN) {
      if (offset <= limit || last > (access & BIG ? 0xffffffff : 0xffff)) throw refused(segment);
    } else if (last > limit) throw refused(segment);
    return (base + offset) >>> 0;
  }

  readOperand(segment: number, offset: number, size: number): number {
    return this.read(this.operand(segment, offset, size, false), size, false);
  }

  writeOperand(segment: number, offset: number, size: number, value: number): void {
    this.write(this.operand(segment, offset, size, true), size, value, false);
  }

  /** A 16-bit source operand, in a register or memory. */
  sourceWord({ memory, rm }: { readonly memory?: { readonly segment: number; readonly offset: number }; readonly rm: number }): number {
    return memory ? this.readOperand(memory.segment, memory.offset, 2) : this.state.register(rm) & 0xffff;
  }

  /** Whether the stack pointer is ESP and not SP. */
  get bigStack(): boolean {
    return (this.state.segment(STATE.SS).access & BIG) !== 0;
  }

  /** Offset in SS of what lies `above` bytes from the top of the stack. */
  stackOffset(above: number): number {
    const sp = this.state.register(4) + above;
    return this.bigStack ? sp >>> 0 : sp & 0xffff;
  }

  readStack(above: number, size: number): number {
    return this.readOperand(STATE.SS, this.stackOffset(above), size);
  }

  moveStack(by: number): void {
    this.state.setRegisterPart(4, this.bigStack ? 4 : 2, this.state.register(4) + by);
  }
}
