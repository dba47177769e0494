// From guest code to a unit: decode, classify, emit. It reads the guest and writes nothing.
import { Code, ConditionCode, type Instruction, Mnemonic, OpKind, Register } from "iced-x86";
import { classify, type Kind, stateRead } from "./classify.js";
import { CodeReader } from "./code-reader.js";
import { JMP, UnitEmitter } from "./emitter.js";
import type { BtHost, Fault } from "./host.js";
import { PackedInstructions } from "./packed-instructions.js";
import type { Source } from "./sequences.js";
import * as sequences from "./sequences.js";
import { ByteString, type CalloutReason, type GuestInstruction, type TranslationClass, type Unit } from "./unit.js";

const LONGEST_INSTRUCTION = 15;

export interface TranslationOptions {
  /** Guest instructions in a unit, at most. One more where STI needs its shadow. */
  readonly maxInstructions: number;
  /** Begin of the state segment, as an offset in the real CS. */
  readonly stateBase: number;
  readonly nativeSegments: boolean;
  /** These instructions are callouts, whatever they are. */
  readonly adaptive: { has(eip: number): boolean };
}

const INLINE: ReadonlySet<Kind> = new Set<Kind>([
  "x87-pointers",
  "cli",
  "sti",
  "pushf",
  "popf",
  "load-segment",
  "read-state",
  "swap-gs",
  "swap-cs",
]);

/** Of what is not a callout. */
function classOf(kind: Kind): TranslationClass {
  if (kind === "ident") return "ident";
  return INLINE.has(kind) ? "inline" : "branch";
}

class UnitBuilder {
  private readonly e = new UnitEmitter();
  private readonly instructions: GuestInstruction[] = [];
  private readonly reader: CodeReader;
  /** The instruction at hand comes behind STI. */
  private shadow = false;

  constructor(
    private readonly host: BtHost,
    private readonly options: TranslationOptions,
    private readonly start: number,
  ) {
    this.reader = new CodeReader(host, (options.maxInstructions + 1) * LONGEST_INSTRUCTION);
  }

  build(): Unit {
    try {
      return this.unit();
    } finally {
      this.reader.free();
    }
  }

  private unit(): Unit {
    const { e, start, options, instructions } = this;
    let eip: number | undefined = start;
    while (eip !== undefined && (instructions.length < options.maxInstructions || this.shadow)) eip = this.instruction(eip);
    if (eip !== undefined) e.branch({ eip }, JMP, eip);
    e.finish();
    return unitOf(start, e, [...this.reader.pages], new PackedInstructions(start, instructions));
  }

  /** Translate one; returns where the next one is, or undefined if the unit ends. */
  private instruction(eip: number): number | undefined {
    const bytes = this.reader.read(eip);
    return "vector" in bytes ? this.unreadable(eip, bytes) : this.translate(this.reader.instruction, eip, bytes);
  }

  /** A fault of fetching belongs to this instruction: only when it is reached is it looked at again. */
  private unreadable(eip: number, fault: Fault): undefined {
    const { e } = this;
    if (this.instructions.length > 0) e.branch({ eip }, JMP, eip);
    else e.leave({ eip }, (at) => ({ kind: "fetch", at, eip, fault }));
    return undefined;
  }

  private translate(instruction: Instruction, eip: number, bytes: readonly number[]): number | undefined {
    const { e, shadow } = this;
    const kind = classify(instruction, this.options.nativeSegments);
    const next = (eip + bytes.length) >>> 0;
    const source: Source = {
      eip,
      next,
      bytes,
      short: instruction.code === Code.Pushfw || instruction.code === Code.Popfw,
      describe: (cls, start, reason) => ({ eip, bytes, start, reason, class: cls }),
    };
    // SDM 2B "STI": the shadow is there if IF was clear; behind another STI it was not.
    this.shadow = kind === "sti" && !shadow;
    const start = e.length;
    const goesOn = this.emit(kind, instruction, source, shadow);
    if (shadow) e.markShadow(start, eip);
    if (goesOn && shadow) sequences.windowCheck(e, next);
    return goesOn ? next : undefined;
  }

  /** Returns whether the next instruction follows in the unit. */
  private emit(kind: Kind, instruction: Instruction, source: Source, shadow: boolean): boolean {
    const { e } = this;
    const reason = this.calloutReason(kind, instruction, source.eip);
    this.instructions.push(source.describe(reason ? "callout" : classOf(kind), e.length, reason));
    if (reason) sequences.callout(e, source, reason);
    else if (this.straight(kind, instruction, source)) return true;
    else this.branch(kind, instruction, source, shadow);
    return false;
  }

  private calloutReason(kind: Kind, instruction: Instruction, eip: number): CalloutReason | undefined {
    if (kind === "sensitive" || kind === "branch-form" || kind === "invalid") return kind;
    if (isDirect(kind)) return target(instruction) > this.host.codeLimit ? "branch-form" : undefined;
    if (isIndirect(kind) && this.host.codeLimit !== 0xffffffff) return "branch-form";
    // Repeated, it would be one callout for each turn.
    const isRepeated = instruction.hasRepPrefix || instruction.hasRepnePrefix;
    return kind === "ident" && !isRepeated && this.options.adaptive.has(eip) ? "adaptive" : undefined;
  }

  /** What goes on with the next instruction. */
  private straight(kind: Kind, instruction: Instruction, source: Source): boolean {
    const { e } = this;
    const { stateBase } = this.options;
    if (kind === "ident") e.put({ eip: source.eip }, ...source.bytes);
    else if (kind === "swap-gs") sequences.swapped(e, source, "gs", stateBase);
    else if (kind === "swap-cs") sequences.swapped(e, source, "cs", stateBase);
    else if (kind === "x87-pointers") sequences.x87Pointers(e, source);
    else if (kind === "cli") sequences.cli(e, source);
    else if (kind === "sti") sequences.sti(e, source);
    else if (kind === "pushf") sequences.pushf(e, source);
    else if (kind === "popf") sequences.popf(e, source);
    else if (kind === "load-segment")
      sequences.loadSegment(e, source, instruction.op0Register - Register.ES, instruction.mnemonic === Mnemonic.Pop);
    else if (kind === "read-state") {
      const register = instruction.mnemonic === Mnemonic.Push ? undefined : instruction.op0Register - Register.EAX;
      sequences.readState(e, source, stateRead(instruction)!, register);
    } else return false;
    return true;
  }

  private branch(kind: Kind, instruction: Instruction, source: Source, shadow: boolean): void {
    const { e } = this;
    const { eip, next, bytes } = source;
    const check = (to: number) => (shadow ? () => sequences.windowCheck(e, to) : undefined);
    const through = shadow ? sequences.indirectInShadow : sequences.indirect;
    if (kind === "jump") e.branch({ eip }, JMP, target(instruction), check(target(instruction)));
    else if (kind === "call") {
      e.put({ eip }, ...sequences.push(next));
      e.branch({ eip: target(instruction) }, JMP, target(instruction), check(target(instruction)));
    } else if (kind === "condition") {
      e.branch({ eip }, [0x0f, 0x80 | (instruction.conditionCode - ConditionCode.o)], target(instruction), check(target(instruction)));
      e.branch({ eip: next }, JMP, next, check(next));
    } else if (kind === "counter") this.counter(instruction, source, check);
    else if (kind === "jump-indirect") through(e, source, sequences.loadTarget(bytes), undefined);
    else if (kind === "call-indirect") through(e, source, sequences.loadTarget(bytes), { push: next });
    else through(e, source, sequences.LOAD_RETURN, { pop: 4 + (instruction.opCount ? instruction.immediate16 : 0) });
  }

  /** LOOP and JECXZ reach no further than their byte: over a jump to a jump. */
  private counter(instruction: Instruction, { eip, next, bytes }: Source, check: (to: number) => (() => void) | undefined): void {
    const { e } = this;
    // No operand-size prefix: it would cut EIP to 16 bits, which the target has been already.
    const opcode = bytes.slice(0, -1).filter((byte) => byte !== 0x66);
    e.put({ eip }, ...opcode, 5);
    e.branch({ eip: next }, JMP, next, check(next));
    e.branch({ eip: target(instruction) }, JMP, target(instruction), check(target(instruction)));
  }
}

function isDirect(kind: Kind): boolean {
  return kind === "jump" || kind === "call" || kind === "condition" || kind === "counter";
}

function isIndirect(kind: Kind): boolean {
  return kind === "jump-indirect" || kind === "call-indirect" || kind === "return";
}

function target(instruction: Instruction): number {
  const wide = instruction.op0Kind === OpKind.NearBranch16 ? instruction.nearBranch16 : instruction.nearBranch32;
  return wide >>> 0;
}

const NO_INSTRUCTIONS = new PackedInstructions(0, []);

function unitOf(eip: number, { bytes, recoveries, exits }: UnitEmitter, pages: Unit["pages"], instructions: PackedInstructions): Unit {
  return { eip, instructions, pages, code: new ByteString(bytes), recoveries: recoveries.packed(eip), exits };
}

/** A piece of code that stands for no instruction of the guest's. */
function piece(eip: number, e: UnitEmitter): Unit {
  e.finish();
  return unitOf(eip, e, [], NO_INSTRUCTIONS);
}

/** See sequences.landing(). `others`: offset of the displacement of its jump for other targets. */
export function translateLanding(eip: number): { readonly unit: Unit; readonly others: number } {
  const e = new UnitEmitter();
  const others = sequences.landing(e, eip);
  return { unit: piece(eip, e), others };
}

export function translateNoLanding(): Unit {
  const e = new UnitEmitter();
  sequences.noLanding(e);
  return piece(0, e);
}

/** Translate the guest code at `eip`. Always makes a unit: where nothing can be read, one that says so when it is executed. */
export function translateUnit(host: BtHost, eip: number, options: TranslationOptions): Unit {
  return new UnitBuilder(host, options, eip).build();
}
