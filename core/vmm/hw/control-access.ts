// The instruction that was intercepted for a control register: SVM without decode assists only tells which register. SDM 2B "MOV - Move to/from
// Control Registers", "SMSW", "LMSW", "CLTS".
import * as STATE from "../../../wasm/abi/state.js";
import type { VcpuState } from "../state.js";

export interface ControlAccess {
  readonly name: "MOV from control register" | "MOV to control register" | "SMSW" | "LMSW" | "CLTS";
  /** Number of the control register. */
  readonly control: number;
  /** General register 0-7, and how many bytes of it are read or written. */
  readonly register: number;
  readonly size: 2 | 4;
  /** Bytes of the instruction. */
  readonly length: number;
}

const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf0, 0xf2, 0xf3]);
const OPERAND_SIZE = 0x66;
const SEGMENT_BIG = 0x4000;
const MOST_BYTES = 15;

/** Undefined for SMSW and LMSW with an operand in memory, and where the code is not there (any more). */
export function decodeControlAccess(state: VcpuState, byteAt: (linear: number) => number | undefined): ControlAccess | undefined {
  const { base, access } = state.segment(STATE.CS);
  let at = 0;
  const next = () => (at < MOST_BYTES ? byteAt((base + state.rip + at++) >>> 0) : undefined);
  let size: 2 | 4 = access & SEGMENT_BIG ? 4 : 2;
  const other = size === 4 ? 2 : 4;
  let byte = next();
  for (; byte !== undefined && (byte === OPERAND_SIZE || PREFIXES.has(byte)); byte = next()) if (byte === OPERAND_SIZE) size = other;
  if (byte !== 0x0f) return undefined;
  const opcode = next();
  if (opcode === 0x06) return { name: "CLTS", control: 0, register: 0, size: 4, length: at };
  const modrm = next();
  if (modrm === undefined) return undefined;
  const [reg, register] = [(modrm >> 3) & 7, modrm & 7];
  if (opcode === 0x20) return { name: "MOV from control register", control: reg, register, size: 4, length: at };
  if (opcode === 0x22) return { name: "MOV to control register", control: reg, register, size: 4, length: at };
  if (opcode !== 0x01 || modrm < 0xc0 || (reg !== 4 && reg !== 6)) return undefined;
  return { name: reg === 4 ? "SMSW" : "LMSW", control: 0, register, size, length: at };
}
