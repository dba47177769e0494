// The sequences that stand for guest instructions. None changes the real arithmetic flags, and each address in them has a recovery. What they
// borrow is ECX and EDX, saved in the state segment.
import { dword, JMP, type UnitEmitter } from "./emitter.js";
import { ECX, EDX } from "./host.js";
import {
  FLAG_IF,
  GUEST_CS,
  GUEST_GS,
  HASH,
  HASH_BITS,
  INDEX,
  PENDING,
  POPF_IF,
  POPF_LEAVES,
  SAVED_ECX,
  SAVED_EDX,
  STATE_GS,
  TARGET,
  VIRTUAL_IF,
  VIRTUAL_IOPL,
} from "./state.js";
import type { CalloutReason, GuestInstruction, Recovery, TranslationClass } from "./unit.js";

const OPERAND_SIZE = 0x66;
const GS = 0x65;
const SAVED = { ecx: [ECX, SAVED_ECX], edx: [EDX, SAVED_EDX] } as const;

// Encodings, all of the form [GS:disp32] where they name the state segment.
const ecxTo = (offset: number) => [GS, 0x89, 0x0d, ...dword(offset)];
const edxTo = (offset: number) => [GS, 0x89, 0x15, ...dword(offset)];
const ecxFrom = (offset: number) => [GS, 0x8b, 0x0d, ...dword(offset)];
const edxFrom = (offset: number) => [GS, 0x8b, 0x15, ...dword(offset)];
const clTo = (offset: number) => [GS, 0x88, 0x0d, ...dword(offset)];
/** MOVZX ECX, BYTE [GS:ECX + offset] */
const ecxFromTable = (offset: number) => [GS, 0x0f, 0xb6, 0x89, ...dword(offset)];
const set = (offset: number, value: number) => [GS, 0xc7, 0x05, ...dword(offset), ...dword(value)];
/** JMP [GS:ECX * 4 + offset] */
const jumpThroughTable = (offset: number) => [GS, 0xff, 0x24, 0x8d, ...dword(offset)];
const ECX_FROM_TOP = [0x8b, 0x0c, 0x24];
const CX_FROM_TOP = [0x0f, 0xb7, 0x0c, 0x24];
const ECX_TO_TOP = [0x89, 0x0c, 0x24];
const CX_TO_TOP = [0x66, 0x89, 0x0c, 0x24];
const MOVZX_ECX_CH = [0x0f, 0xb6, 0xcd];
/** The number of an entry of the hash. */
const MOVZX_ECX_CX = [0x0f, 0xb7, 0xc9];
const LEA_ECX_ECX_EDX = [0x8d, 0x0c, 0x11];
/** LEA ECX, [ECX + EDX + displacement] */
const addEdx = (displacement: number) => [0x8d, 0x8c, 0x11, ...dword(displacement)];
/** LEA ECX, [ECX + displacement] */
const addToEcx = (displacement: number) => [0x8d, 0x89, ...dword(displacement)];
const dropFromStack = (bytes: number) => [0x8d, 0xa4, 0x24, ...dword(bytes)];
export const push = (value: number) => [0x68, ...dword(value)];

/** What every sequence knows of the guest instruction it stands for. */
export interface Source {
  readonly eip: number;
  readonly next: number;
  readonly bytes: readonly number[];
  /** Operand size 16. */
  readonly short: boolean;
  /** Makes the record of a callout for it. */
  readonly describe: (kind: TranslationClass, start: number, reason?: CalloutReason) => GuestInstruction;
}

export function callout(e: UnitEmitter, source: Source, reason: CalloutReason): void {
  e.leave({ eip: source.eip }, (at) => ({ kind: "callout", at, instruction: source.describe("callout", at, reason) }));
}

export function cli(e: UnitEmitter, { eip }: Source): void {
  e.put({ eip }, ...set(VIRTUAL_IF, 0));
}

/** Whether an interrupt waits is looked at after the next instruction, by windowCheck(). */
export function sti(e: UnitEmitter, { eip }: Source): void {
  e.put({ eip }, ...set(VIRTUAL_IF, FLAG_IF));
}

/** At a boundary behind the shadow of STI. */
export function windowCheck(e: UnitEmitter, eip: number): void {
  const borrowed: Recovery = { eip, saved: [SAVED.ecx] };
  e.put({ eip }, ...ecxTo(SAVED_ECX));
  e.put({ eip }, ...ecxFrom(PENDING));
  e.unlessEcxIsZero(borrowed, () => {
    e.put(borrowed, ...ecxFrom(SAVED_ECX));
    e.leave({ eip }, (at) => ({ kind: "window", at, eip }));
  });
  e.put(borrowed, ...ecxFrom(SAVED_ECX));
}

/** The real image has IF set and IOPL 0, always: adding the difference makes it the virtual one. */
export function pushf(e: UnitEmitter, { eip, next, short }: Source): void {
  const pushed = short ? 2 : 4;
  const saved = [SAVED.ecx, SAVED.edx];
  const wide = short ? [OPERAND_SIZE] : [];
  e.put({ eip }, ...wide, 0x9c);
  e.put({ eip: next, pushed }, ...ecxTo(SAVED_ECX));
  e.put({ eip: next, pushed }, ...edxTo(SAVED_EDX));
  e.put({ eip: next, pushed }, ...(short ? CX_FROM_TOP : ECX_FROM_TOP));
  e.put({ eip: next, pushed, saved }, ...edxFrom(VIRTUAL_IF));
  e.put({ eip: next, pushed, saved }, ...addEdx(-FLAG_IF));
  e.put({ eip: next, pushed, saved }, ...edxFrom(VIRTUAL_IOPL));
  e.put({ eip: next, pushed, saved }, ...LEA_ECX_ECX_EDX);
  e.put({ eip: next, pushed, saved }, ...(short ? CX_TO_TOP : ECX_TO_TOP));
  e.put({ eip: next, saved }, ...ecxFrom(SAVED_ECX));
  e.put({ eip: next, saved }, ...edxFrom(SAVED_EDX));
}

/**
 * In ring 1 with IOPL 0 the real POPF leaves IF and IOPL alone without a word: so it may load the rest, and IF goes to the virtual one.
 * TF, another IOPL, and IF when an interrupt waits are the VMM's.
 */
export function popf(e: UnitEmitter, source: Source): void {
  const { eip, next, short } = source;
  const borrowed: Recovery = { eip, saved: [SAVED.ecx] };
  e.put({ eip }, ...ecxTo(SAVED_ECX));
  e.put({ eip }, ...(short ? CX_FROM_TOP : ECX_FROM_TOP));
  e.put(borrowed, ...MOVZX_ECX_CH);
  e.put(borrowed, ...ecxTo(INDEX));
  e.put(borrowed, ...ecxFromTable(POPF_LEAVES));
  e.unlessEcxIsZero(borrowed, () => {
    e.put(borrowed, ...ecxFrom(SAVED_ECX));
    callout(e, source, "sensitive");
  });
  e.put(borrowed, ...ecxFrom(INDEX));
  e.put(borrowed, ...ecxFromTable(POPF_IF));
  e.put(borrowed, ...(short ? [OPERAND_SIZE] : []), 0x9d);
  e.put({ eip: next, saved: [SAVED.ecx], interruptFlagInCl: true }, ...clTo(VIRTUAL_IF + 1));
  e.put({ eip: next, saved: [SAVED.ecx] }, ...ecxFrom(SAVED_ECX));
}

/** What the x87 unit remembers of its last instruction is made the guest's, then the copy may store it. */
export function x87Pointers(e: UnitEmitter, { eip, bytes }: Source): void {
  e.leave({ eip }, (at) => ({ kind: "x87-pointers", at }));
  e.put({ eip }, ...bytes);
}

const SEGMENT_PREFIXES: ReadonlySet<number> = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]);
const OTHER_PREFIXES: ReadonlySet<number> = new Set([0x66, 0x67, 0xf0, 0xf2, 0xf3]);

/** How many prefixes there are. */
function prefixes(bytes: readonly number[]): number {
  let n = 0;
  while (SEGMENT_PREFIXES.has(bytes[n]!) || OTHER_PREFIXES.has(bytes[n]!)) n++;
  return n;
}

/**
 * An instruction with an operand in the guest's GS or CS: GS holds the guest's selector while it is executed. Both selectors are read through
 * CS, the one segment that is sure to reach them; `stateBase` is the state segment's begin in it.
 */
export function swapped(e: UnitEmitter, { eip, next, bytes }: Source, segment: "gs" | "cs", stateBase: number): void {
  const load = (offset: number) => [0x2e, 0x8e, 0x2d, ...dword(stateBase + offset)];
  const n = prefixes(bytes);
  const others = bytes.slice(0, n).filter((byte) => !SEGMENT_PREFIXES.has(byte));
  e.put({ eip }, ...load(segment === "gs" ? GUEST_GS : GUEST_CS));
  e.put({ eip, swapped: true }, GS, ...others, ...bytes.slice(n));
  e.put({ eip: next, swapped: true }, ...load(STATE_GS));
}

/**
 * MOV or POP to DS, ES or FS: `sreg` is its number. Selectors below 100H name the guest's segments in the real tables, with limits that end
 * before the VMM's region; the others are the VMM's own, and for the guest they are callouts.
 */
export function loadSegment(e: UnitEmitter, source: Source, sreg: number, isPop: boolean): void {
  const { eip } = source;
  const borrowed: Recovery = { eip, saved: [SAVED.ecx] };
  e.put({ eip }, ...ecxTo(SAVED_ECX));
  e.put({ eip }, ...(isPop ? CX_FROM_TOP : loadSelector(source.bytes)));
  e.put(borrowed, ...ecxTo(INDEX));
  e.put(borrowed, ...MOVZX_ECX_CH);
  e.unlessEcxIsZero(borrowed, () => {
    e.put(borrowed, ...ecxFrom(SAVED_ECX));
    callout(e, source, "sensitive");
  });
  e.put(borrowed, ...ecxFrom(SAVED_ECX));
  e.put({ eip }, ...segmentFrom(sreg, INDEX));
  // Done twice, a load is done once.
  if (isPop) e.put({ eip }, ...dropFromStack(4));
}

/** MOV to general register `register`, or PUSH, of a word of the state segment. */
export function readState(e: UnitEmitter, { eip }: Source, offset: number, register: number | undefined): void {
  e.put({ eip }, GS, ...(register === undefined ? [0xff, 0x35] : [0x8b, 0x05 | (register << 3)]), ...dword(offset));
}

/** MOV sreg, [GS:disp32] */
const segmentFrom = (sreg: number, offset: number) => [GS, 0x8e, 0x05 | (sreg << 3), ...dword(offset)];

/** MOVZX ECX, with the source of this MOV to a segment register. */
function loadSelector(bytes: readonly number[]): number[] {
  const n = prefixes(bytes);
  const kept = bytes.slice(0, n).filter((byte) => byte !== OPERAND_SIZE);
  return [...kept, 0x0f, 0xb7, (bytes[n + 1]! & ~0x38) | (ECX << 3), ...bytes.slice(n + 2)];
}

/** How an indirect branch changes the stack. */
export type StackEffect = { readonly push: number } | { readonly pop: number } | undefined;

function stackEffect(e: UnitEmitter, recovery: Recovery, effect: StackEffect): void {
  if (effect) e.put(recovery, ...("push" in effect ? push(effect.push) : dropFromStack(effect.pop)));
}

/** MOV ECX, with the operand of this JMP or CALL: opcode 8B and ECX in place of FF and its digit. */
export function loadTarget(bytes: readonly number[]): number[] {
  const n = prefixes(bytes);
  return [...bytes.slice(0, n), 0x8b, (bytes[n + 1]! & ~0x38) | (ECX << 3), ...bytes.slice(n + 2)];
}

export const LOAD_RETURN = ECX_FROM_TOP;

/** The branch is made, to TARGET, and ECX is borrowed still. */
const MADE: Recovery = { eip: "target", saved: [SAVED.ecx] };

/** Make the branch to the target that `load` brings to ECX, and jump to what the hash has for it: a landing() or noLanding(). */
export function indirect(e: UnitEmitter, { eip }: Source, load: readonly number[], effect: StackEffect): void {
  const borrowed: Recovery = { eip, saved: [SAVED.ecx] };
  e.put({ eip }, ...ecxTo(SAVED_ECX));
  e.put({ eip }, ...load);
  e.put(borrowed, ...ecxTo(TARGET));
  e.put(borrowed, ...MOVZX_ECX_CX);
  stackEffect(e, borrowed, effect);
  e.put(MADE, ...jumpThroughTable(HASH));
}

/**
 * Where indirect branches come for `eip`, and for others with its number in the hash. Returns the offset of the displacement of the jump for
 * the others.
 */
export function landing(e: UnitEmitter, eip: number): number {
  e.put(MADE, ...ecxFrom(TARGET));
  e.put(MADE, ...addToEcx(-eip));
  e.put(MADE, 0xe3, JMP.length + 4);
  e.put(MADE, ...JMP, 0, 0, 0, 0);
  const others = e.length - 4;
  e.put(MADE, ...ecxFrom(SAVED_ECX));
  e.branch({ eip }, JMP, eip);
  return others;
}

/** Where they come if there is nothing in the hash for them. */
export function noLanding(e: UnitEmitter): void {
  e.leave(MADE, (at) => ({ kind: "indirect", at }));
}

/** The same in the shadow of STI: if an interrupt waits, the VMM takes it at the target. */
export function indirectInShadow(e: UnitEmitter, source: Source, load: readonly number[], effect: StackEffect): void {
  const { eip } = source;
  const one: Recovery = { eip, saved: [SAVED.ecx] };
  e.put({ eip }, ...ecxTo(SAVED_ECX));
  e.put({ eip }, ...ecxFrom(PENDING));
  e.unlessEcxIsZero(one, () => {
    e.put(one, ...ecxFrom(SAVED_ECX));
    e.put({ eip }, ...load);
    e.put(one, ...ecxTo(TARGET));
    e.put(one, ...ecxFrom(SAVED_ECX));
    stackEffect(e, { eip }, effect);
    e.leave({ eip: "target" }, (at) => ({ kind: "made", at }));
  });
  e.put(one, ...ecxFrom(SAVED_ECX));
  indirect(e, source, load, effect);
}

/** Byte offset of a guest EIP's entry in the hash: four times what MOVZX_ECX_CX computes. */
export function hashOffset(eip: number): number {
  return (eip & ((1 << HASH_BITS) - 1)) * 4;
}
