// FXSAVE and FXRSTOR: the 512-byte image of x87, MMX and, when CR4.OSFXSR is set, SSE state. SDM 1 "FXSAVE Area".
// Only the format outside 64-bit mode: eight XMM registers, 32-bit pointers with selectors.
import { CR4, FPU_CS, FPU_DP, FPU_DS, FPU_IP, FPU_OPCODE, FPU_TAGS, MXCSR, XMM } from "../abi/state";
import { fault, raiseCode, VECTOR_GP } from "../cpu/fault";
import { probeRead, probeWrite } from "../cpu/memory";
import { operandLinear, readMemAt, writeMemAt } from "../cpu/operand";
import { setControlWord } from "./control";
import { available, updateError } from "./instruction";
import { controlWord, setStatusWord, stAddress, statusWord } from "./registers";

const CR4_OSFXSR: u32 = 1 << 9;
/** Bits of MXCSR that may be set: all of the low 16, DAZ among them. */
export const MXCSR_MASK: u32 = 0xffff;

const IMAGE_SIZE: u32 = 512;
// Offsets in the image.
const IMAGE_TAGS: u32 = 4;
const IMAGE_IP: u32 = 8;
const IMAGE_DP: u32 = 16;
const IMAGE_MXCSR: u32 = 24;
const IMAGE_REGISTERS: u32 = 32;
const IMAGE_XMM: u32 = 160;
const XMM_SIZE: u32 = 128;

/** One bit for each physical register: set if not empty. */
function abridgedTags(): u32 {
  const tags = load<u32>(FPU_TAGS);
  let bits: u32 = 0;
  for (let n: u32 = 0; n < 8; n++) bits |= u32(((tags >> (n * 2)) & 3) != 3) << n;
  return bits;
}

function setAbridgedTags(bits: u32): void {
  let tags: u32 = 0;
  for (let n: u32 = 0; n < 8; n++) if (((bits >> n) & 1) == 0) tags |= 3 << (n * 2);
  store<u64>(FPU_TAGS, <u64>tags);
}

/** Whether the image may be accessed: #NM, alignment, segment and pages. */
function beginImage(u: usize, write: bool): bool {
  if (!available()) return false;
  const linear = operandLinear(u, IMAGE_SIZE, write);
  if (fault) return false;
  if (linear & 15) {
    raiseCode(VECTOR_GP, 0);
    return false;
  }
  if (write) probeWrite(linear, IMAGE_SIZE);
  else probeRead(linear, IMAGE_SIZE);
  return fault == 0;
}

function pointer(offset: i32, selector: i32): u64 {
  return ((<u64>load<u16>(selector)) << 32) | load<u32>(offset);
}

export function fxsave(u: usize): void {
  if (!beginImage(u, true)) return;
  const words = controlWord() | (statusWord() << 16);
  const more = abridgedTags() | (load<u32>(FPU_OPCODE) << 16);
  writeMemAt<u64>(u, 0, <u64>words | ((<u64>more) << 32));
  writeMemAt<u64>(u, IMAGE_IP, pointer(FPU_IP, FPU_CS));
  writeMemAt<u64>(u, IMAGE_DP, pointer(FPU_DP, FPU_DS));
  for (let i: u32 = 0; i < 8; i++) {
    const at = stAddress(i);
    writeMemAt<u64>(u, IMAGE_REGISTERS + i * 16, load<u64>(at));
    writeMemAt<u64>(u, IMAGE_REGISTERS + i * 16 + 8, <u64>load<u16>(at, 8));
  }
  if ((load<u32>(CR4) & CR4_OSFXSR) == 0) return;
  writeMemAt<u64>(u, IMAGE_MXCSR, <u64>load<u32>(MXCSR) | ((<u64>MXCSR_MASK) << 32));
  for (let b: u32 = 0; b < XMM_SIZE; b += 8) writeMemAt<u64>(u, IMAGE_XMM + b, load<u64>(XMM + b));
}

function restoreX87(u: usize): void {
  const words = readMemAt<u64>(u, 0);
  const ip = readMemAt<u64>(u, IMAGE_IP);
  const dp = readMemAt<u64>(u, IMAGE_DP);
  setControlWord(<u32>words & 0xffff);
  setStatusWord(<u32>(words >> 16) & 0xffff);
  setAbridgedTags(<u32>(words >> 32) & 0xff);
  store<u64>(FPU_OPCODE, (words >> 48) & 0x7ff);
  store<u64>(FPU_IP, ip & 0xffffffff);
  store<u64>(FPU_CS, (ip >> 32) & 0xffff);
  store<u64>(FPU_DP, dp & 0xffffffff);
  store<u64>(FPU_DS, (dp >> 32) & 0xffff);
  for (let i: u32 = 0; i < 8; i++) {
    const at = stAddress(i);
    store<u64>(at, readMemAt<u64>(u, IMAGE_REGISTERS + i * 16));
    store<u64>(at, <u64>readMemAt<u16>(u, IMAGE_REGISTERS + i * 16 + 8), 8);
  }
  updateError();
}

export function fxrstor(u: usize): void {
  if (!beginImage(u, false)) return;
  const sse = (load<u32>(CR4) & CR4_OSFXSR) != 0;
  const mxcsr = readMemAt<u32>(u, IMAGE_MXCSR);
  if (fault) return;
  if (sse && mxcsr & ~MXCSR_MASK) {
    raiseCode(VECTOR_GP, 0);
    return;
  }
  restoreX87(u);
  if (!sse) return;
  store<u64>(MXCSR, <u64>mxcsr);
  for (let b: u32 = 0; b < XMM_SIZE; b += 8) store<u64>(XMM + b, readMemAt<u64>(u, IMAGE_XMM + b));
}
