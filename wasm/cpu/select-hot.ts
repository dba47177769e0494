// Chooses the interpreter's handler for a decoded micro-op. Hot handlers exist for flat 32-bit code with 32-bit (some 8- and 16-bit)
// operands and no LOCK; everything else executes through the exec function of its row. The exec function is always valid as well.
import {
  H_ADC,
  H_ALU,
  H_ALU_COUNT,
  H_CALL,
  H_CALL_INDIRECT,
  H_CDQ,
  H_CMOVCC,
  H_DEC,
  H_IMUL2,
  H_IMUL3,
  H_INC,
  H_JCC,
  H_JMP,
  H_JMP_INDIRECT,
  H_LEA,
  H_LEAVE,
  H_MOV,
  H_MOVSX8,
  H_MOVSX16,
  H_MOVZX8,
  H_MOVZX16,
  H_MUL,
  H_NEG,
  H_NONE,
  H_NOP,
  H_NOT,
  H_POP,
  H_PUSH,
  H_RET,
  H_ROL,
  H_ROR,
  H_SAR,
  H_SBB,
  H_SETCC,
  H_SHL,
  H_SHR,
  H_XCHG,
} from "../abi/hot-class";
import { CS, FS, REG_ZERO } from "../abi/state";
import {
  U_ASIZE,
  U_BASE,
  U_DISP,
  U_FLAGS,
  U_IMM,
  U_IMM2,
  U_INDEX,
  U_OP,
  U_SEG,
  U_SIZE,
  U_SRC,
  UF_DST_MEM,
  UF_LOCK,
  UF_SRC_IMM,
  UF_SRC_MEM,
} from "../abi/uop";
import { leaf } from "./decode";
import * as OP from "./generated/hot-ops";
import { PAIR_COLUMN_OF, PAIR_COLUMNS, PAIR_ROW_OF, PAIRS } from "./generated/pairs";

// Operand forms, in the order of the generated handlers.
const RR: i32 = 0;
const RI: i32 = 1;
const RM: i32 = 2;
const MR: i32 = 3;
const MI: i32 = 4;

function formOf(flags: u32): i32 {
  if (flags & UF_DST_MEM) return flags & UF_SRC_IMM ? MI : MR;
  if (flags & UF_SRC_MEM) return RM;
  return flags & UF_SRC_IMM ? RI : RR;
}

/** Does the memory operand, if any, need no segment arithmetic? ES CS SS DS are flat here, but code is not writable. */
function plainMemory(u: usize, flags: u32): bool {
  if (!(flags & (UF_DST_MEM | UF_SRC_MEM))) return true;
  const seg = <i32>load<u8>(u, U_SEG);
  return seg < FS && !(seg == CS && flags & UF_DST_MEM) && load<u8>(u, U_ASIZE) == 4;
}

/**
 * Set U_OP. `previous` is the micro-op just before in the same run, or 0: it may get the handler that executes both.
 * Returns true if execution goes on with the next instruction in memory.
 */
export function selectHot(u: usize, previous: usize, flat: bool, ends: bool): bool {
  const kind = leaf && flat ? <i32>load<u8>(leaf, 5) : H_NONE;
  const flags = <u32>load<u8>(u, U_FLAGS);
  let op = -1;
  if (kind != H_NONE && !(flags & UF_LOCK)) {
    const size = load<u8>(u, U_SIZE);
    if (kind >= H_JCC && kind <= H_RET) {
      if (size == 4 && plainMemory(u, flags)) op = branchOp(u, kind, flags);
    } else if (kind == H_LEA) {
      if (size == 4 && load<u8>(u, U_ASIZE) == 4) op = load<u8>(u, U_INDEX) == REG_ZERO ? OP.OP_LEA_B : OP.OP_LEA;
    } else if (plainMemory(u, flags)) {
      if (size == 4) op = op32(u, kind, flags);
      else if (size == 1) op = op8(kind, flags);
      else if (size == 2) op = op16(kind, flags);
    }
  }
  if (op >= 0 && previous) pair(previous, op);
  if (op < 0) op = ends ? OP.OP_COLD_ENDS : OP.OP_COLD;
  store<u16>(u, op, U_OP);
  return op >= 0 && (!ends || (kind == H_JCC && op != OP.OP_COLD_ENDS));
}

function branchOp(u: usize, kind: i32, flags: u32): i32 {
  switch (kind) {
    case H_JCC:
      return OP.OP_JCC_0 + load<u8>(u, U_IMM2);
    case H_JMP:
      return OP.OP_JMP;
    case H_CALL:
      return OP.OP_CALL;
    case H_JMP_INDIRECT:
      return flags & UF_SRC_MEM ? OP.OP_JMP_M : OP.OP_JMP_R;
    case H_CALL_INDIRECT:
      return flags & UF_SRC_MEM ? OP.OP_CALL_M : OP.OP_CALL_R;
    default:
      return OP.OP_RET;
  }
}

/** Replace the handler of the micro-op before one with handler `op` by that which executes both, if there is one. */
function pair(previous: usize, op: i32): void {
  const row = <usize>load<u8>(changetype<usize>(PAIR_ROW_OF) + load<u16>(previous));
  const column = <usize>load<u8>(changetype<usize>(PAIR_COLUMN_OF) + <usize>op);
  const both = load<u16>(changetype<usize>(PAIRS) + ((row * PAIR_COLUMNS + column) << 1));
  if (both) store<u16>(previous, both);
}

function shiftOp(u: usize, byImmediate: i32, byCl: i32, flags: u32): i32 {
  if (flags & UF_DST_MEM) return -1;
  if (!(flags & UF_SRC_IMM)) return byCl;
  const count = load<u8>(u, U_IMM);
  return count > 0 && count < 32 ? byImmediate : -1;
}

function op32(u: usize, kind: i32, flags: u32): i32 {
  const form = formOf(flags);
  if (kind >= H_ALU && kind < H_ALU + H_ALU_COUNT) return OP.OP_ADD_RR + (kind - H_ALU) * 5 + form;
  switch (kind) {
    case H_MOV:
      if (load<u8>(u, U_INDEX) == REG_ZERO) {
        if (form == RM) return OP.OP_MOV_RB;
        if (form == MR) return OP.OP_MOV_BR;
      }
      if (form == RR) store<u8>(u, load<u8>(u, U_SRC), U_BASE);
      else if (form == RI) store<i32>(u, load<i32>(u, U_IMM), U_DISP);
      return OP.OP_MOV_RR + form;
    case H_MOVZX8:
      return flags & UF_SRC_MEM ? OP.OP_MOVZX8_RM : OP.OP_MOVZX8_RR;
    case H_MOVZX16:
      return flags & UF_SRC_MEM ? OP.OP_MOVZX16_RM : OP.OP_MOVZX16_RR;
    case H_MOVSX8:
      return flags & UF_SRC_MEM ? OP.OP_MOVSX8_RM : OP.OP_MOVSX8_RR;
    case H_MOVSX16:
      return flags & UF_SRC_MEM ? OP.OP_MOVSX16_RM : OP.OP_MOVSX16_RR;
    case H_PUSH:
      return flags & UF_SRC_MEM ? OP.OP_PUSH_M : flags & UF_SRC_IMM ? OP.OP_PUSH_I : OP.OP_PUSH_R;
    case H_POP:
      return flags & UF_DST_MEM ? -1 : OP.OP_POP_R;
    case H_INC:
      return flags & UF_DST_MEM ? OP.OP_INC_M : OP.OP_INC_R;
    case H_DEC:
      return flags & UF_DST_MEM ? OP.OP_DEC_M : OP.OP_DEC_R;
    case H_NEG:
      return flags & UF_DST_MEM ? OP.OP_NEG_M : OP.OP_NEG_R;
    case H_NOT:
      return flags & UF_DST_MEM ? OP.OP_NOT_M : OP.OP_NOT_R;
    case H_SHL:
      return shiftOp(u, OP.OP_SHL_RI, OP.OP_SHL_RC, flags);
    case H_SHR:
      return shiftOp(u, OP.OP_SHR_RI, OP.OP_SHR_RC, flags);
    case H_SAR:
      return shiftOp(u, OP.OP_SAR_RI, OP.OP_SAR_RC, flags);
    case H_ROL:
      return shiftOp(u, OP.OP_ROL_RI, -1, flags);
    case H_ROR:
      return shiftOp(u, OP.OP_ROR_RI, -1, flags);
    case H_IMUL2:
      return flags & UF_SRC_MEM ? OP.OP_IMUL_RM : OP.OP_IMUL_RR;
    case H_IMUL3:
      return flags & UF_SRC_MEM ? OP.OP_IMUL_RMI : OP.OP_IMUL_RRI;
    case H_MUL:
      return flags & UF_SRC_MEM ? -1 : OP.OP_MUL_R;
    case H_ADC:
      return form == RR ? OP.OP_ADC_RR : -1;
    case H_SBB:
      return form == RR ? OP.OP_SBB_RR : -1;
    case H_CMOVCC:
      return flags & UF_SRC_MEM ? OP.OP_CMOVCC_RM : OP.OP_CMOVCC_RR;
    case H_CDQ:
      return OP.OP_CDQ;
    case H_NOP:
      return flags & (UF_DST_MEM | UF_SRC_MEM) ? -1 : OP.OP_NOP;
    case H_XCHG:
      return form == RR ? OP.OP_XCHG_RR : -1;
    case H_LEAVE:
      return OP.OP_LEAVE;
    default:
      return -1;
  }
}

function op8(kind: i32, flags: u32): i32 {
  const form = formOf(flags);
  if (kind >= H_ALU && kind < H_ALU + H_ALU_COUNT) return OP.OP_ADD8_RR + (kind - H_ALU) * 5 + form;
  if (kind == H_MOV) return OP.OP_MOV8_RR + form;
  if (kind == H_SETCC) return flags & UF_DST_MEM ? -1 : OP.OP_SETCC_R;
  return -1;
}

function op16(kind: i32, flags: u32): i32 {
  if (kind != H_MOV) return -1;
  const form = formOf(flags);
  return form == RM ? OP.OP_MOV16_RM : form == MR ? OP.OP_MOV16_MR : -1;
}
