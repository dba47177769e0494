// The decoder: bytes to one micro-op, by the tables generated from core/isa. Shared by interpreter and translator.
// It knows REX and 64-bit operand size; long mode itself is not entered yet, so `code64` is always false.
import {
  K_FAR_POINTER,
  K_FIXED,
  K_FIXED_SEGMENT,
  K_IMM_V,
  K_IMM_Z,
  K_IMM8,
  K_IMM8_SIGNED,
  K_IMM16,
  K_MEM,
  K_MMX_REG,
  K_MMX_RM,
  K_NONE,
  K_NUMBER,
  K_OFFSET,
  K_ONE,
  K_OPCODE_REG,
  K_OPCODE_REG8,
  K_REG,
  K_REG8,
  K_RM,
  K_RM8,
  K_SEGMENT,
  K_STI,
  K_XMM_REG,
  K_XMM_RM,
  LEAF_CONDITION,
  LEAF_DEFAULT64,
  LEAF_ENDS,
  LEAF_IGNORES_MOD,
  LEAF_LOCK,
  LEAF_MODRM,
  LEAF_SIZE,
  LEAF_STRING,
  LEAF_X87,
  NODE_MOD,
  NODE_MODE,
  NODE_PREFIX,
  NODE_REG,
  NODE_RM,
  SIZE_OPERAND,
  SIZE_Y,
} from "../abi/operand-kind";
import { DS, REG_ZERO, SS } from "../abi/state";
import {
  U_ASIZE,
  U_BASE,
  U_DISP,
  U_DST,
  U_EXEC,
  U_FLAGS,
  U_IMM,
  U_IMM2,
  U_INDEX,
  U_LENGTH,
  U_SCALE,
  U_SEG,
  U_SIZE,
  U_SRC,
  UF_DST_MEM,
  UF_LOCK,
  UF_REP,
  UF_REPNE,
  UF_SRC_IMM,
  UF_SRC_MEM,
} from "../abi/uop";
import { EXECS, LEAVES, NODES } from "./generated/decode-tables";
import { tooLong } from "./undefined";

/** decode() ran out of bytes: the instruction goes on beyond what it was given. */
export const DECODE_MORE: i32 = 0;
const MAX_LENGTH: i32 = 15;

// Of the instruction being decoded.
let at: usize = 0;
let end: usize = 0;
let opsize16: bool = false;
let rex: u32 = 0;
let modrm: u32 = 0;
let operandSize: i32 = 0;
let haveImmediate: bool = false;
/** Leaf of the last instruction decoded (for the choice of a hot handler), or 0. */
export let leaf: usize = 0;

/** The next byte. Past the end it is 0, and the overrun is seen at the end. */
function byte(): u32 {
  const v: u32 = at < end ? <u32>load<u8>(at) : 0;
  at++;
  return v;
}

function immediate(bytes: i32): u64 {
  let v: u64 = 0;
  for (let i = 0; i < bytes; i++) v |= (<u64>byte()) << (8 * i);
  return v;
}

/** Slot in the module's table of the exec function with this number in EXECS. */
export function execOf(index: i32): u16 {
  return <u16>load<u32>(<usize>load<u32>(changetype<usize>(EXECS) + ((<usize>index) << 2)));
}

function node(index: i32): i32 {
  return <i32>load<u16>(changetype<usize>(NODES) + ((<usize>index) << 1));
}

/** Legacy prefixes. Returns the first byte that is none. F2/F3: the last one counts; segment overrides likewise. */
function prefixes(u: usize, code64: bool): u32 {
  let flags: u32 = 0;
  while (true) {
    const b = byte();
    if (at > end) return b;
    switch (b) {
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        if (!code64) store<u8>(u, (b >> 3) & 3, U_SEG);
        break;
      case 0x64:
      case 0x65:
        store<u8>(u, b - 0x60, U_SEG);
        break;
      case 0x66:
        opsize16 = true;
        break;
      case 0x67:
        store<u8>(u, 1, U_ASIZE);
        break;
      case 0xf0:
        flags |= UF_LOCK;
        break;
      case 0xf2:
        flags = (flags & ~UF_REP) | UF_REPNE;
        break;
      case 0xf3:
        flags = (flags & ~UF_REPNE) | UF_REP;
        break;
      default:
        store<u8>(u, flags, U_FLAGS);
        return b;
    }
  }
}

const NO_SEGMENT: u8 = 0xff;

/**
 * Decode the instruction at host address `p`, of which `available` bytes can be read, into the micro-op `u`; all its fields but U_OP,
 * U_LINK and U_OFFSET are set. Returns its length, or DECODE_MORE. An undefined encoding decodes to one that raises #UD.
 */
export function decode(u: usize, p: usize, available: i32, big: bool, code64: bool): i32 {
  at = p;
  end = p + available;
  opsize16 = false;
  rex = 0;
  haveImmediate = false;
  memory.fill(u, 0, 32);
  store<u16>(u, execOf(0), U_EXEC);
  store<u8>(u, NO_SEGMENT, U_SEG);
  store<u8>(u, REG_ZERO, U_BASE);
  store<u8>(u, REG_ZERO, U_INDEX);
  let opcode = prefixes(u, code64);
  if (code64 && (opcode & 0xf0) == 0x40) {
    rex = opcode;
    opcode = byte();
  }
  const small = load<u8>(u, U_ASIZE) != 0;
  store<u8>(u, code64 ? (small ? 4 : 8) : big != small ? 4 : 2, U_ASIZE);
  operandSize = rex & 8 ? 8 : big != opsize16 ? 4 : 2;
  let map = 0;
  if (opcode == 0x0f) {
    opcode = byte();
    map = 256;
    if (opcode == 0x38 || opcode == 0x3a) {
      map = opcode == 0x38 ? 512 : 768;
      opcode = byte();
    }
  }
  const index = findLeaf(node(map + opcode), <u32>load<u8>(u, U_FLAGS), code64);
  leaf = index ? changetype<usize>(LEAVES) + <usize>(index - 1) * LEAF_SIZE : 0;
  if (leaf) operands(u, opcode, code64);
  if (load<u8>(u, U_SEG) == NO_SEGMENT) store<u8>(u, DS, U_SEG);
  let length = <i32>(at - p);
  if (length > MAX_LENGTH) {
    if (available < MAX_LENGTH) return DECODE_MORE;
    leaf = 0;
    store<u16>(u, <u16>load<u32>(changetype<usize>(TOO_LONG)), U_EXEC);
    length = MAX_LENGTH;
  } else if (at > end) return DECODE_MORE;
  store<u8>(u, length, U_LENGTH);
  return length;
}

const TOO_LONG: (u: usize) => void = tooLong;

/** Walk the splits. Takes the modrm byte when a split or the leaf needs it. Returns the leaf's number plus one, or 0. */
function findLeaf(start: i32, flags: u32, code64: bool): i32 {
  let n = start;
  let taken = false;
  while (true) {
    const kind = n >> 13;
    const index = n & 0x1fff;
    if (kind == 0) {
      if (index && !taken && load<u8>(changetype<usize>(LEAVES) + <usize>(index - 1) * LEAF_SIZE, 4) & LEAF_MODRM) modrm = byte();
      return index;
    }
    if (!taken && kind >= NODE_MOD && kind <= NODE_RM) {
      modrm = byte();
      taken = true;
    }
    let child: i32 = 0;
    if (kind == NODE_PREFIX) child = flags & UF_REPNE ? 3 : flags & UF_REP ? 2 : opsize16 ? 1 : 0;
    else if (kind == NODE_MOD) child = modrm >= 0xc0 ? 1 : 0;
    else if (kind == NODE_REG) child = (modrm >> 3) & 7;
    else if (kind == NODE_RM) child = modrm & 7;
    else if (kind == NODE_MODE) child = code64 ? 1 : 0;
    n = node(index + child);
  }
}

function operands(u: usize, opcode: u32, code64: bool): void {
  const flags = load<u8>(leaf, 4);
  const rule = <i32>load<u8>(leaf, 3);
  if (code64 && flags & LEAF_DEFAULT64 && operandSize == 4) operandSize = 8;
  const size = rule == SIZE_OPERAND ? operandSize : rule == SIZE_Y ? (rex & 8 ? 8 : 4) : rule;
  store<u8>(u, size, U_SIZE);
  store<u16>(u, execOf(load<u16>(leaf + ((<usize>(size >= 8 ? 3 : size >> 1)) << 1), 8)), U_EXEC);
  if (flags & LEAF_CONDITION) store<u32>(u, opcode & 15, U_IMM2);
  if (flags & LEAF_X87) store<u32>(u, ((opcode & 7) << 8) | modrm, U_IMM2);
  if (flags & LEAF_IGNORES_MOD) modrm |= 0xc0;
  if (flags & LEAF_MODRM && modrm < 0xc0) memoryOperand(u, code64);
  operand(u, load<u8>(leaf, 0), opcode, U_DST, UF_DST_MEM);
  operand(u, load<u8>(leaf, 1), opcode, U_SRC, UF_SRC_MEM);
  operand(u, load<u8>(leaf, 2), opcode, -1, 0);
  const uf = load<u8>(u, U_FLAGS);
  if (uf & UF_LOCK && !(flags & LEAF_LOCK && uf & UF_DST_MEM)) store<u16>(u, execOf(0), U_EXEC);
}

function storeImmediate(u: usize, value: i64, field: i32): void {
  if (haveImmediate) store<i32>(u, <i32>value, U_IMM2);
  else store<i32>(u, <i32>value, U_IMM);
  haveImmediate = true;
  if (field >= 0) store<u8>(u, load<u8>(u, U_FLAGS) | UF_SRC_IMM, U_FLAGS);
}

function byteRegister(n: u32): u32 {
  return rex || n < 4 ? n << 3 : ((n - 4) << 3) + 1;
}

/** One operand. `field` is U_DST or U_SRC, or -1 for a third operand, which can only be an immediate. */
function operand(u: usize, kind: i32, opcode: u32, field: i32, memoryFlag: u32): void {
  if (kind == K_NONE) return;
  if (kind >= K_IMM8 && kind <= K_ONE) {
    immediateOperand(u, kind, field);
    return;
  }
  if (field < 0) return;
  const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
  const rm = (modrm & 7) | ((rex & 1) << 3);
  const isMemory = modrm < 0xc0;
  let value: u32 = 0;
  if (kind >= K_FIXED_SEGMENT) value = kind - K_FIXED_SEGMENT;
  else if (kind >= K_FIXED) value = (kind - K_FIXED) << 3;
  else if (kind == K_REG) value = reg << 3;
  else if (kind == K_REG8) value = byteRegister(reg);
  else if (kind == K_XMM_REG) value = reg << 4;
  else if (kind == K_MMX_REG) value = (reg & 7) << 4;
  else if (kind == K_SEGMENT) value = reg & 7;
  else if (kind == K_NUMBER) value = reg;
  else if (kind == K_STI) value = modrm & 7;
  else if (kind == K_OPCODE_REG) value = ((opcode & 7) | ((rex & 1) << 3)) << 3;
  else if (kind == K_OPCODE_REG8) value = byteRegister((opcode & 7) | ((rex & 1) << 3));
  else if (kind == K_OFFSET) {
    store<i32>(u, <i32>immediate(load<u8>(u, U_ASIZE)), U_DISP);
    store<u8>(u, load<u8>(u, U_FLAGS) | memoryFlag, U_FLAGS);
  } else if (kind == K_RM || kind == K_RM8 || kind == K_MEM || kind == K_XMM_RM || kind == K_MMX_RM) {
    if (isMemory) store<u8>(u, load<u8>(u, U_FLAGS) | memoryFlag, U_FLAGS);
    else if (kind == K_RM8) value = byteRegister(rm);
    else if (kind == K_XMM_RM) value = rm << 4;
    else if (kind == K_MMX_RM) value = (rm & 7) << 4;
    else value = rm << 3;
  }
  store<u8>(u + field, value);
}

function immediateOperand(u: usize, kind: i32, field: i32): void {
  switch (kind) {
    case K_IMM8:
      storeImmediate(u, <i64>byte(), field);
      break;
    case K_IMM8_SIGNED:
      storeImmediate(u, <i64>(<i8>byte()), field);
      break;
    case K_IMM16:
      storeImmediate(u, <i64>immediate(2), field);
      break;
    case K_IMM_Z:
      storeImmediate(u, operandSize == 2 ? <i64>(<i16>immediate(2)) : <i64>(<i32>immediate(4)), field);
      break;
    case K_IMM_V: {
      const value = immediate(operandSize);
      storeImmediate(u, operandSize == 2 ? <i64>(<i16>value) : <i64>value, field);
      if (operandSize == 8) store<i32>(u, <i32>(value >> 32), U_IMM2);
      break;
    }
    case K_FAR_POINTER:
      storeImmediate(u, <i64>immediate(operandSize == 2 ? 2 : 4), field);
      storeImmediate(u, <i64>immediate(2), field);
      break;
    default: // K_ONE
      storeImmediate(u, 1, field);
      break;
  }
}

/** modrm.rm as memory. SDM 2A tables 2-1 to 2-3. */
function memoryOperand(u: usize, code64: bool): void {
  const segment = load<u8>(u, U_ASIZE) == 2 ? address16(u) : address32(u, code64);
  if (load<u8>(u, U_SEG) == NO_SEGMENT) store<u8>(u, segment, U_SEG);
}

// Base and index registers of 16-bit addressing, by modrm.rm.
const BASE16: StaticArray<u8> = [24, 24, 40, 40, 48, 56, 40, 24];
const INDEX16: StaticArray<u8> = [48, 56, 48, 56, 128, 128, 128, 128];

function address16(u: usize): u32 {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod == 0 && rm == 6) {
    store<i32>(u, <i32>immediate(2), U_DISP);
    return DS;
  }
  store<u8>(u, load<u8>(changetype<usize>(BASE16) + rm), U_BASE);
  store<u8>(u, load<u8>(changetype<usize>(INDEX16) + rm), U_INDEX);
  if (mod == 1) store<i32>(u, <i32>(<i8>byte()), U_DISP);
  else if (mod == 2) store<i32>(u, <i32>(<i16>immediate(2)), U_DISP);
  return rm == 2 || rm == 3 || rm == 6 ? SS : DS;
}

function address32(u: usize, code64: bool): u32 {
  const mod = modrm >> 6;
  let base = modrm & 7;
  let hasBase = true;
  if (base == 4) {
    const sib = byte();
    base = sib & 7;
    const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
    if (index != 4) {
      store<u8>(u, index << 3, U_INDEX);
      store<u8>(u, sib >> 6, U_SCALE);
    }
    hasBase = !(base == 5 && mod == 0);
  } else if (base == 5 && mod == 0) hasBase = false;
  if (!hasBase) {
    store<i32>(u, <i32>immediate(4), U_DISP);
    return DS;
  }
  store<u8>(u, (base | ((rex & 1) << 3)) << 3, U_BASE);
  if (mod == 1) store<i32>(u, <i32>(<i8>byte()), U_DISP);
  else if (mod == 2) store<i32>(u, <i32>immediate(4), U_DISP);
  return base == 4 || base == 5 ? SS : DS;
}

/** The last decoded instruction ends a run of micro-ops. */
export function leafEnds(u: usize): bool {
  if (!leaf) return true;
  const flags = load<u8>(leaf, 4);
  if (flags & LEAF_STRING && !(load<u8>(u, U_FLAGS) & (UF_REP | UF_REPNE))) return false;
  return (flags & LEAF_ENDS) != 0;
}
