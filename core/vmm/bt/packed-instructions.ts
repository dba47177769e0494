// The guest instructions of one unit, which lie one behind the other. There are ten for each of some hundred thousand units: so they are kept in two
// strings, with a byte a character.
import { ByteString, type CalloutReason, type GuestInstruction, type TranslationClass } from "./unit.js";

const CLASSES: readonly TranslationClass[] = ["ident", "inline", "branch", "callout"];
const REASONS: readonly (CalloutReason | undefined)[] = [undefined, "sensitive", "invalid", "branch-form", "adaptive"];
/** Characters of an instruction: its length, where its translation begins in two, and what it is. */
const EACH = 4;

export class PackedInstructions {
  private readonly shapes: string;
  private readonly bytes: ByteString;

  constructor(
    private readonly eip: number,
    all: readonly GuestInstruction[],
  ) {
    const shapes: number[] = [];
    const code: number[] = [];
    for (const { bytes, start, class: translation, reason } of all) {
      shapes.push(bytes.length, start & 0xff, start >> 8, CLASSES.indexOf(translation) * 8 + REASONS.indexOf(reason));
      for (let n = 0; n < bytes.length; n++) code.push(bytes[n]!);
    }
    this.shapes = String.fromCharCode(...shapes);
    this.bytes = new ByteString(code);
  }

  private start(at: number): number {
    return this.shapes.charCodeAt(at + 1) | (this.shapes.charCodeAt(at + 2) << 8);
  }

  /** Made anew at each call. */
  all(): GuestInstruction[] {
    const bytes = this.bytes.copy();
    const made: GuestInstruction[] = [];
    let from = 0;
    for (let at = 0; at < this.shapes.length; at += EACH) {
      const end = from + this.shapes.charCodeAt(at);
      const what = this.shapes.charCodeAt(at + 3);
      made.push({
        eip: (this.eip + from) >>> 0,
        bytes: [...bytes.subarray(from, end)],
        start: this.start(at),
        reason: REASONS[what & 7],
        class: CLASSES[what >> 3]!,
      });
      from = end;
    }
    return made;
  }

  /** Add how many there are of each class. */
  count(counts: Record<TranslationClass, number>): void {
    for (let at = 0; at < this.shapes.length; at += EACH) counts[CLASSES[this.shapes.charCodeAt(at + 3) >> 3]!]++;
  }

  /** Where the translation of the one at `eip` begins in the unit; undefined if none begins there. */
  startOf(eip: number): number | undefined {
    const offset = (eip - this.eip) >>> 0;
    let from = 0;
    for (let at = 0; at < this.shapes.length && from <= offset; at += EACH) {
      if (from === offset) return this.start(at);
      from += this.shapes.charCodeAt(at);
    }
    return undefined;
  }

  /** EIP of the one whose translation `offset` lies in; undefined if there is none. */
  eipAt(offset: number): number | undefined {
    let from = 0;
    let found: number | undefined;
    for (let at = 0; at < this.shapes.length && this.start(at) <= offset; at += EACH) {
      found = (this.eip + from) >>> 0;
      from += this.shapes.charCodeAt(at);
    }
    return found;
  }
}
