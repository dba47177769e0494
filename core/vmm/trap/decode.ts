// The instructions that the emulator knows, decoded: those that only ring 0 may execute, those that depend on IOPL, those that load segment
// registers, and those that would show the real privilege. SDM 2A "Instruction Format". For others decode() gives undefined.
import * as STATE from "../../../wasm/abi/state.js";
import { CR4_DE, type VcpuState } from "../state.js";
import { BIG } from "./descriptor.js";
import type { Guest } from "./guest.js";

export type Mnemonic =
  | "cli"
  | "sti"
  | "hlt"
  | "in"
  | "out"
  | "ins"
  | "outs"
  | "iret"
  | "retf"
  | "jmp far"
  | "call far"
  | "mov sreg"
  | "pop sreg"
  | "load far pointer"
  | "lldt"
  | "ltr"
  | "lgdt"
  | "lidt"
  | "lmsw"
  | "invlpg"
  | "clts"
  | "invd"
  | "wbinvd"
  | "mov from cr"
  | "mov to cr"
  | "mov from dr"
  | "mov to dr"
  | "rdmsr"
  | "wrmsr"
  | "rdtsc"
  | "sysenter"
  | "sysexit"
  | "pushf"
  | "popf"
  | "push sreg"
  | "mov from sreg"
  | "sldt"
  | "str"
  | "sgdt"
  | "sidt"
  | "smsw"
  | "lar"
  | "lsl"
  | "verr"
  | "verw"
  | "load"
  | "store"
  | "xchg";

export interface MemoryOperand {
  readonly segment: number;
  readonly offset: number;
  /** How the offset comes from the registers; undefined under 16-bit addressing. */
  readonly form: AddressForm | undefined;
}

/** Registers are -1 where there is none; the index's number is multiplied by `scale`. */
export interface AddressForm {
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: number;
}

export interface Decoded {
  readonly mnemonic: Mnemonic;
  /** In bytes, prefixes included. */
  readonly length: number;
  readonly operandSize: 2 | 4;
  readonly addressSize: 2 | 4;
  /** IN, OUT, INS, OUTS of a byte. */
  readonly byte: boolean;
  /** REP or REPNE. */
  readonly repeated: boolean;
  /** reg and, for registers, r/m of the ModRM byte. */
  readonly reg: number;
  readonly rm: number;
  readonly memory?: MemoryOperand;
  /** Segment of the source of OUTS. */
  readonly source: number;
  /** Segment register loaded or read: STATE.ES to STATE.GS. */
  readonly sreg: number;
  readonly immediate?: number;
  /** Selector of a direct far pointer. */
  readonly selector: number;
}

/** [mnemonic, has ModRM ("register": whose mod is ignored), bytes of immediate ("p": a far pointer, "z": of the operand size), segment register]. */
type Row = readonly [mnemonic: Mnemonic, modrm: boolean | "register", immediate?: number | "p" | "z", sreg?: number];

const ONE_BYTE: Readonly<Record<number, Row>> = {
  6: ["push sreg", false, 0, STATE.ES],
  7: ["pop sreg", false, 0, STATE.ES],
  14: ["push sreg", false, 0, STATE.CS],
  22: ["push sreg", false, 0, STATE.SS],
  23: ["pop sreg", false, 0, STATE.SS],
  30: ["push sreg", false, 0, STATE.DS],
  31: ["pop sreg", false, 0, STATE.DS],
  108: ["ins", false],
  109: ["ins", false],
  110: ["outs", false],
  111: ["outs", false],
  140: ["mov from sreg", true],
  142: ["mov sreg", true],
  154: ["call far", false, "p"],
  156: ["pushf", false],
  157: ["popf", false],
  196: ["load far pointer", true, 0, STATE.ES],
  197: ["load far pointer", true, 0, STATE.DS],
  202: ["retf", false, 2],
  203: ["retf", false],
  207: ["iret", false],
  228: ["in", false, 1],
  229: ["in", false, 1],
  230: ["out", false, 1],
  231: ["out", false, 1],
  234: ["jmp far", false, "p"],
  236: ["in", false],
  237: ["in", false],
  238: ["out", false],
  239: ["out", false],
  244: ["hlt", false],
  250: ["cli", false],
  251: ["sti", false],
};

const TWO_BYTES: Readonly<Record<number, Row>> = {
  2: ["lar", true],
  3: ["lsl", true],
  6: ["clts", false],
  8: ["invd", false],
  9: ["wbinvd", false],
  32: ["mov from cr", "register"],
  33: ["mov from dr", "register"],
  34: ["mov to cr", "register"],
  35: ["mov to dr", "register"],
  48: ["wrmsr", false],
  49: ["rdtsc", false],
  50: ["rdmsr", false],
  52: ["sysenter", false],
  53: ["sysexit", false],
  160: ["push sreg", false, 0, STATE.FS],
  161: ["pop sreg", false, 0, STATE.FS],
  168: ["push sreg", false, 0, STATE.GS],
  169: ["pop sreg", false, 0, STATE.GS],
  178: ["load far pointer", true, 0, STATE.SS],
  180: ["load far pointer", true, 0, STATE.FS],
  181: ["load far pointer", true, 0, STATE.GS],
};

/** Moves to and from memory, as page tables and devices are accessed with: decoded on request. */
const MOVES: Readonly<Record<number, Row>> = {
  134: ["xchg", true],
  135: ["xchg", true],
  136: ["store", true],
  137: ["store", true],
  138: ["load", true],
  139: ["load", true],
  198: ["store", true, 1],
  199: ["store", true, "z"],
};

/** Opcodes whose ModRM byte says which instruction it is: by reg. */
const GROUPS: Readonly<Record<number, Readonly<Record<number, Mnemonic>>>> = {
  255: { 3: "call far", 5: "jmp far" },
  3840: { 0: "sldt", 1: "str", 2: "lldt", 3: "ltr", 4: "verr", 5: "verw" },
  3841: { 0: "sgdt", 1: "sidt", 2: "lgdt", 3: "lidt", 4: "smsw", 6: "lmsw", 7: "invlpg" },
};
/** Those of them that only exist with a memory operand. */
const MEMORY_ONLY: readonly Mnemonic[] = ["load", "store", "xchg", "sgdt", "sidt", "lgdt", "lidt", "invlpg", "load far pointer"];

const SEGMENT_PREFIXES: Readonly<Record<number, number>> = {
  38: STATE.ES,
  46: STATE.CS,
  54: STATE.SS,
  62: STATE.DS,
  100: STATE.FS,
  101: STATE.GS,
};
const LONGEST = 15;

/** Reads along the instruction; bytes behind its page's end are only asked for when they are part of it. */
class Cursor {
  length = 0;
  constructor(private readonly byteAt: (offset: number) => number | undefined) {}

  byte(): number {
    const byte = this.length < LONGEST ? this.byteAt(this.length) : undefined;
    if (byte === undefined) throw CUT;
    this.length++;
    return byte;
  }

  number(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.byte() << (8 * i);
    return value >>> 0;
  }

  signed8(): number {
    return (this.byte() << 24) >> 24;
  }
}

/** The instruction does not end where it should. */
const CUT = Symbol("cut");

/** Decode the instruction at the guest's CS:EIP. `byteAt` gives its bytes, undefined where there are none. `moves`: those of memory too. */
export function decode(guest: Guest, byteAt: (offset: number) => number | undefined, moves = false): Decoded | undefined {
  try {
    return decodeFrom(guest, new Cursor(byteAt), moves);
  } catch (cut) {
    if (cut === CUT) return undefined;
    throw cut;
  }
}

function decodeFrom(guest: Guest, cursor: Cursor, moves: boolean): Decoded | undefined {
  const big = (guest.state.segment(STATE.CS).access & BIG) !== 0;
  let operandSize: 2 | 4 = big ? 4 : 2;
  let addressSize: 2 | 4 = big ? 4 : 2;
  let segment: number | undefined;
  let repeated = false;
  let opcode = cursor.byte();
  for (; ; opcode = cursor.byte()) {
    if (opcode === 0x66) operandSize = big ? 2 : 4;
    else if (opcode === 0x67) addressSize = big ? 2 : 4;
    else if (opcode === 0xf2 || opcode === 0xf3) repeated = true;
    else if (opcode in SEGMENT_PREFIXES) segment = SEGMENT_PREFIXES[opcode];
    else break;
  }
  const two = opcode === 0x0f;
  if (two) opcode = cursor.byte();
  const key = two ? 0x0f00 | opcode : opcode;
  const group = GROUPS[key];
  const row = two ? TWO_BYTES[opcode] : (ONE_BYTE[opcode] ?? (moves ? MOVES[opcode] : undefined));
  if (!row && !group) return undefined;
  const [, modrm, immediateSize, sreg] = row ?? GROUP_ROW;
  const operand = modrm ? decodeModRm(guest, cursor, modrm === "register", addressSize, segment) : NO_OPERAND;
  const mnemonic = group ? group[operand.reg] : row![0];
  if (!mnemonic || (MEMORY_ONLY.includes(mnemonic) && !operand.memory)) return undefined;
  // A far pointer in memory has no form for registers.
  if (key === 0xff && !operand.memory) return undefined;
  if (namesNoRegister(guest, mnemonic, operand.reg)) return undefined;
  // The immediate's opcode is 0 in a group that has no others.
  if ((key === 0xc6 || key === 0xc7) && operand.reg !== 0) return undefined;
  const immediate =
    immediateSize === "p" || immediateSize === "z" ? cursor.number(operandSize) : immediateSize ? cursor.number(immediateSize) : undefined;
  const selector = immediateSize === "p" ? cursor.number(2) : 0;
  return {
    mnemonic,
    operandSize,
    addressSize,
    byte: !two && (opcode & 1) === 0,
    repeated,
    ...operand,
    source: segment ?? STATE.DS,
    sreg: sreg ?? operand.reg,
    ...(immediate === undefined ? {} : { immediate }),
    selector,
    length: cursor.length,
  };
}

/** Numbers of segment, control and debug registers that raise #UD. */
function namesNoRegister({ state }: Guest, mnemonic: Mnemonic, reg: number): boolean {
  switch (mnemonic) {
    case "mov sreg":
      return reg === STATE.CS || reg > STATE.GS;
    case "mov from sreg":
      return reg > STATE.GS;
    case "mov from cr":
    case "mov to cr":
      return reg === 1 || reg > 4;
    case "mov from dr":
    case "mov to dr":
      return (reg === 4 || reg === 5) && (state.cr4 & CR4_DE) !== 0;
    default:
      return false;
  }
}

interface Operand {
  readonly reg: number;
  readonly rm: number;
  readonly memory?: MemoryOperand;
}

const NO_OPERAND: Operand = { reg: 0, rm: 0 };
/** What all members of a group have: a ModRM byte. */
const GROUP_ROW: readonly [undefined, true, undefined, undefined] = [undefined, true, undefined, undefined];

function decodeModRm(guest: Guest, cursor: Cursor, register: boolean, addressSize: 2 | 4, segment: number | undefined): Operand {
  const byte = cursor.byte();
  const mod = byte >> 6;
  const reg = (byte >> 3) & 7;
  const rm = byte & 7;
  if (mod === 3 || register) return { reg, rm };
  const { offset, stack, form } = addressSize === 4 ? address32(guest, cursor, mod, rm) : address16(guest, cursor, mod, rm);
  return { reg, rm, memory: { segment: segment ?? (stack ? STATE.SS : STATE.DS), offset, form } };
}

interface Address {
  readonly offset: number;
  /** SS by default. */
  readonly stack: boolean;
  readonly form: AddressForm | undefined;
}

function address32({ state }: Guest, cursor: Cursor, mod: number, rm: number): Address {
  const sib = rm === 4 ? cursor.byte() : undefined;
  const low = sib === undefined ? rm : sib & 7;
  const isAbsolute = low === 5 && mod === 0;
  const displacement = mod === 2 || isAbsolute ? cursor.number(4) : mod === 1 ? cursor.signed8() : 0;
  const index = sib === undefined || ((sib >> 3) & 7) === 4 ? -1 : (sib >> 3) & 7;
  const form = { base: isAbsolute ? -1 : low, index, scale: sib === undefined ? 1 : 2 ** (sib >> 6), displacement };
  return { offset: offsetOf(form, state), stack: !isAbsolute && (low === 4 || low === 5), form };
}

function offsetOf({ base, index, scale, displacement }: AddressForm, state: VcpuState): number {
  let offset = displacement;
  if (base >= 0) offset += state.register(base);
  if (index >= 0) offset += state.register(index) * scale;
  return offset >>> 0;
}

/** The same instruction with the registers as they are now; undefined if it has to be decoded again for that. */
export function decodedAgain(decoded: Decoded, state: VcpuState): Decoded | undefined {
  const { memory } = decoded;
  if (!memory) return decoded;
  return memory.form && { ...decoded, memory: { ...memory, offset: offsetOf(memory.form, state) } };
}

/** BX+SI BX+DI BP+SI BP+DI SI DI BP BX. */
const BASES_16: readonly (readonly number[])[] = [[3, 6], [3, 7], [5, 6], [5, 7], [6], [7], [5], [3]];

function address16({ state }: Guest, cursor: Cursor, mod: number, rm: number): Address {
  if (mod === 0 && rm === 6) return { offset: cursor.number(2), stack: false, form: undefined };
  let offset = BASES_16[rm]!.reduce((sum, n) => sum + state.register(n), 0);
  if (mod === 1) offset += cursor.signed8();
  if (mod === 2) offset += cursor.number(2);
  return { offset: offset & 0xffff, stack: BASES_16[rm]![0] === 5, form: undefined };
}
