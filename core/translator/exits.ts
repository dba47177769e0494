/** The ways out of a region before an instruction, as records for leaveRegion() of wasm/cpu/region.ts. */
import * as REGION from "../../wasm/abi/region.js";

export interface Exit {
  /** Address of the micro-op that the interpreter goes on with. */
  readonly uop: number;
  /** Linear address of the instruction. */
  readonly linear: number;
  /** Instructions since the budget was settled. */
  readonly done: number;
  /** Bytes of the access that could not be done, or 0; and how far before its address they begin. */
  readonly span: number;
  readonly below: number;
  /** LF_*, or LEAVE_KIND_SET. */
  readonly kind: number;
}

const WORDS = REGION.LEAVE_SIZE / 4;

export class Exits {
  private readonly words: number[] = [];

  /** Offset of a record in the table. */
  add({ uop, linear, done, span, below, kind }: Exit): number {
    const record = [uop, (linear & ~0xfff) | done, span | (below << 16), kind];
    const last = this.words.length - WORDS;
    if (last >= 0 && record.every((word, n) => word === this.words[last + n])) return last * 4;
    return (this.words.push(...record) - WORDS) * 4;
  }

  get table(): Uint32Array {
    return Uint32Array.from(this.words);
  }
}
