// From guest code to a unit: decode, classify, emit. It reads the guest and writes nothing.
import { Code, ConditionCode, Decoder, DecoderError, DecoderOptions, type Instruction, OpKind } from "iced-x86";
import { classify, type Kind } from "./classify.js";
import { UnitEmitter } from "./emitter.js";
import type { BtHost, Fault } from "./host.js";
import type { Source } from "./sequences.js";
import * as sequences from "./sequences.js";
import type { GuestInstruction, TranslationClass, Unit } from "./unit.js";

const LONGEST_INSTRUCTION = 15;
const JMP = [0xe9];

export interface TranslationOptions {
  /** Guest instructions in a unit, at most. One more where STI needs its shadow. */
  readonly maxInstructions: number;
  /** Begin of the state segment, as an offset in the real CS. */
  readonly stateBase: number;
  /** These instructions are callouts, whatever they are. */
  readonly adaptive: ReadonlySet<number>;
}

const INLINE: ReadonlySet<Kind> = new Set<Kind>(["cli", "sti", "pushf", "popf", "swap-gs", "swap-cs"]);
const CALLOUTS: ReadonlySet<Kind> = new Set<Kind>(["sensitive", "branch-form", "invalid"]);

function classOf(kind: Kind): TranslationClass {
  if (kind === "ident") return "ident";
  if (INLINE.has(kind)) return "inline";
  return CALLOUTS.has(kind) ? "callout" : "branch";
}

class UnitBuilder {
  private readonly e = new UnitEmitter();
  private readonly instructions: GuestInstruction[] = [];
  private readonly pages = new Map<number, number>();
  /** The instruction at hand comes behind STI. */
  private shadow = false;

  constructor(
    private readonly host: BtHost,
    private readonly options: TranslationOptions,
    private readonly start: number,
  ) {}

  build(): Unit {
    const { e, start, options } = this;
    let eip: number | undefined = start;
    while (eip !== undefined && (this.instructions.length < options.maxInstructions || this.shadow)) eip = this.instruction(eip);
    if (eip !== undefined) e.branch({ eip }, JMP, eip, this.shadow);
    e.finish();
    const { instructions, pages } = this;
    return { eip: start, instructions, pages, code: Uint8Array.from(e.bytes), recoveries: e.recoveries, exits: e.exits };
  }

  /** Translate one; returns where the next one is, or undefined if the unit ends. */
  private instruction(eip: number): number | undefined {
    let bytes: Uint8Array = new Uint8Array();
    let result: number | "more" | undefined = "more";
    // A page at a time: the next one is looked at only if the instruction reaches it.
    while (result === "more") {
      const more = this.read(eip, bytes);
      if ("vector" in more) return this.unreadable(eip, more);
      bytes = more;
      result = this.decode(eip, bytes);
    }
    return result;
  }

  private decode(eip: number, bytes: Uint8Array): number | "more" | undefined {
    const decoder = new Decoder(32, bytes, DecoderOptions.None);
    decoder.ip = BigInt(eip);
    const instruction = decoder.decode();
    try {
      const short = instruction.code === Code.INVALID && decoder.lastError === DecoderError.NoMoreBytes;
      if (short && bytes.length < LONGEST_INSTRUCTION) return "more";
      return this.translate(instruction, eip, bytes.subarray(0, instruction.length));
    } finally {
      instruction.free();
      decoder.free();
    }
  }

  /** The bytes at `eip`, `known` and what one more fetch gives, but not more than an instruction can have. */
  private read(eip: number, known: Uint8Array): Uint8Array | Fault {
    const fetched = this.host.fetch((eip + known.length) >>> 0);
    if ("vector" in fetched) return fetched;
    this.pages.set(fetched.page, fetched.frame);
    return Uint8Array.of(...known, ...fetched.bytes.subarray(0, LONGEST_INSTRUCTION - known.length));
  }

  /** A fault of fetching belongs to this instruction: only when it is reached is it looked at again. */
  private unreadable(eip: number, fault: Fault): undefined {
    const { e } = this;
    if (this.instructions.length > 0) e.branch({ eip }, JMP, eip, this.shadow);
    else e.leave({ eip }, (at) => ({ kind: "fetch", at, eip, fault }));
    return undefined;
  }

  private translate(instruction: Instruction, eip: number, bytes: Uint8Array): number | undefined {
    const { e, shadow, options } = this;
    const kind = classify(instruction);
    const next = (eip + bytes.length) >>> 0;
    const source: Source = {
      eip,
      next,
      bytes: [...bytes],
      short: instruction.code === Code.Pushfw || instruction.code === Code.Popfw,
      describe: (cls, start, reason) => ({ eip, bytes, class: cls, start, ...(reason && { reason }) }),
    };
    this.shadow = kind === "sti";
    const start = e.length;
    const adaptive = classOf(kind) === "ident" && options.adaptive.has(eip);
    const beyond = isDirect(kind) && target(instruction) > this.host.codeLimit;
    const left = adaptive || beyond || CALLOUTS.has(kind);
    if (left) {
      const reason = adaptive ? "adaptive" : beyond ? "branch-form" : (kind as "sensitive" | "branch-form" | "invalid");
      sequences.callout(e, source, reason);
      this.instructions.push(source.describe("callout", start, reason));
      return undefined;
    }
    this.instructions.push(source.describe(classOf(kind), start));
    if (!this.straight(kind, source)) {
      this.branch(kind, instruction, source, shadow);
      return undefined;
    }
    if (shadow) sequences.windowCheck(e, next);
    return next;
  }

  /** What goes on with the next instruction. */
  private straight(kind: Kind, source: Source): boolean {
    const { e } = this;
    const { stateBase } = this.options;
    if (kind === "ident") e.put({ eip: source.eip }, ...source.bytes);
    else if (kind === "swap-gs") sequences.swapped(e, source, "gs", stateBase);
    else if (kind === "swap-cs") sequences.swapped(e, source, "cs", stateBase);
    else if (kind === "cli") sequences.cli(e, source);
    else if (kind === "sti") sequences.sti(e, source);
    else if (kind === "pushf") sequences.pushf(e, source);
    else if (kind === "popf") sequences.popf(e, source);
    else return false;
    return true;
  }

  private branch(kind: Kind, instruction: Instruction, source: Source, shadow: boolean): void {
    const { e } = this;
    const { eip, next, bytes } = source;
    const through = shadow ? sequences.indirectInShadow : sequences.indirect;
    if (kind === "jump") e.branch({ eip }, JMP, target(instruction), shadow);
    else if (kind === "call") {
      e.put({ eip }, ...sequences.push(next));
      e.branch({ eip: target(instruction) }, JMP, target(instruction), shadow);
    } else if (kind === "condition") {
      e.branch({ eip }, [0x0f, 0x80 | (instruction.conditionCode - ConditionCode.o)], target(instruction), shadow);
      e.branch({ eip: next }, JMP, next, shadow);
    } else if (kind === "counter") this.counter(instruction, source, shadow);
    else if (kind === "jump-indirect") through(e, source, sequences.loadTarget(bytes), undefined);
    else if (kind === "call-indirect") through(e, source, sequences.loadTarget(bytes), { push: next });
    else through(e, source, sequences.LOAD_RETURN, { pop: 4 + (instruction.opCount ? instruction.immediate16 : 0) });
  }

  /** LOOP and JECXZ reach no further than their byte: over a jump to a jump. */
  private counter(instruction: Instruction, { eip, next, bytes }: Source, shadow: boolean): void {
    const { e } = this;
    // No operand-size prefix: it would cut EIP to 16 bits, which the target has been already.
    const opcode = bytes.slice(0, -1).filter((byte) => byte !== 0x66);
    e.put({ eip }, ...opcode, 5);
    e.branch({ eip: next }, JMP, next, shadow);
    e.branch({ eip: target(instruction) }, JMP, target(instruction), shadow);
  }
}

function isDirect(kind: Kind): boolean {
  return kind === "jump" || kind === "call" || kind === "condition" || kind === "counter";
}

function target(instruction: Instruction): number {
  const wide = instruction.op0Kind === OpKind.NearBranch16 ? instruction.nearBranch16 : instruction.nearBranch32;
  return wide >>> 0;
}

/** Translate the guest code at `eip`. Always makes a unit: where nothing can be read, one that says so when it is executed. */
export function translateUnit(host: BtHost, eip: number, options: TranslationOptions): Unit {
  return new UnitBuilder(host, options, eip).build();
}
