// FNSTENV, FLDENV, FNSAVE, FRSTOR: images in four formats, by operand size and by real (also virtual-8086) or protected mode.
// SDM 1 "x87 FPU State Image" figures "Protected Mode ... in Memory, 32-Bit Format" and those that follow it.
import { CR0, FPU_CS, FPU_DP, FPU_DS, FPU_IP, FPU_OPCODE, FPU_REGS, FPU_TAGS, RFLAGS } from "../abi/state";
import { U_SIZE } from "../abi/uop";
import { fault } from "../cpu/fault";
import { FLAG_VM } from "../cpu/flags";
import { checkAlignment, probeRead } from "../cpu/memory";
import { operandLinear, probeMem, readMemAt, writeMemAt } from "../cpu/operand";
import { FINITE, unpackF80, xClass, xDenormal, ZERO } from "../softfloat/number";
import { resetX87, setControlWord } from "./control";
import { available, beginControl, updateError } from "./instruction";
import { controlWord, SW_EXCEPTIONS, setStatusWord, stAddress, statusWord } from "./registers";

const CR0_PE: u32 = 1;
/** Reserved upper halves of the 32-bit formats are stored as ones. */
const ONES: u32 = 0xffff0000;
const REGISTER_SIZE: u32 = 10;
const REGISTERS_SIZE: u32 = 80;

const TAG_VALID: u32 = 0;
const TAG_ZERO: u32 = 1;
const TAG_SPECIAL: u32 = 2;
const TAG_EMPTY: u32 = 3;

function isReal(): bool {
  return (load<u32>(CR0) & CR0_PE) == 0 || (load<u32>(RFLAGS) & FLAG_VM) != 0;
}

/** Bytes of one of the seven fields: 2 or 4. */
function fieldSize(u: usize): u32 {
  return load<u8>(u, U_SIZE) == 2 ? 2 : 4;
}

/** Tag of physical register n, from its contents. */
function tagOf(n: u32): u32 {
  if (((load<u32>(FPU_TAGS) >> (n * 2)) & 3) == TAG_EMPTY) return TAG_EMPTY;
  const at = <usize>FPU_REGS + ((<usize>n) << 4);
  unpackF80(load<u64>(at), load<u16>(at, 8));
  if (xClass == ZERO) return TAG_ZERO;
  return xClass == FINITE && !xDenormal ? TAG_VALID : TAG_SPECIAL;
}

function tagWord(): u32 {
  let tags: u32 = 0;
  for (let n: u32 = 0; n < 8; n++) tags |= tagOf(n) << (n * 2);
  return tags;
}

/** Keep only which registers are empty. */
function setTagWord(tags: u32): void {
  const empty = tags & (tags >> 1) & 0x5555;
  store<u64>(FPU_TAGS, <u64>(empty | (empty << 1)));
}

/** Linear address of a pointer, as the real-mode formats hold it. */
function linear(selector: i32, offset: i32): u32 {
  return (load<u32>(selector) << 4) + load<u32>(offset);
}

function writeField(u: usize, n: u32, value: u32): void {
  if (fieldSize(u) == 2) writeMemAt<u16>(u, n * 2, <u16>value);
  else writeMemAt<u32>(u, n * 4, value);
}

function readField(u: usize, n: u32): u32 {
  return fieldSize(u) == 2 ? <u32>readMemAt<u16>(u, n * 2) : readMemAt<u32>(u, n * 4);
}

/** Where the real-mode formats hold the upper bits of a linear address: from bit 12 of the next field. */
function upperBits(u: usize, address: u32): u32 {
  return fieldSize(u) == 2 ? (address >> 4) & 0xf000 : (address & 0xffff0000) >> 4;
}

function writePointers(u: usize): void {
  const opcode = load<u32>(FPU_OPCODE);
  if (isReal()) {
    const ip = linear(FPU_CS, FPU_IP);
    const dp = linear(FPU_DS, FPU_DP);
    writeField(u, 3, (ip & 0xffff) | ONES);
    writeField(u, 4, upperBits(u, ip) | opcode);
    writeField(u, 5, (dp & 0xffff) | ONES);
    writeField(u, 6, upperBits(u, dp));
  } else {
    writeField(u, 3, load<u32>(FPU_IP));
    writeField(u, 4, load<u32>(FPU_CS) | (opcode << 16));
    writeField(u, 5, load<u32>(FPU_DP));
    writeField(u, 6, load<u32>(FPU_DS) | ONES);
  }
}

function writeEnvironment(u: usize): void {
  writeField(u, 0, controlWord() | ONES);
  writeField(u, 1, statusWord() | ONES);
  writeField(u, 2, tagWord() | ONES);
  writePointers(u);
}

function readPointer(u: usize, n: u32): u64 {
  const upper = readField(u, n + 1) & 0xffff000;
  return <u64>((readField(u, n) & 0xffff) | (upper << 4));
}

/** The 16-bit protected-mode format has no opcode, and the real-mode formats no selectors. */
function readPointers(u: usize): void {
  const second = readField(u, 4);
  if (isReal()) {
    store<u64>(FPU_IP, readPointer(u, 3));
    store<u64>(FPU_CS, 0);
    store<u64>(FPU_DP, readPointer(u, 5));
    store<u64>(FPU_DS, 0);
    store<u64>(FPU_OPCODE, <u64>(second & 0x7ff));
  } else {
    store<u64>(FPU_IP, <u64>readField(u, 3));
    store<u64>(FPU_CS, <u64>(second & 0xffff));
    store<u64>(FPU_DP, <u64>readField(u, 5));
    store<u64>(FPU_DS, <u64>(readField(u, 6) & 0xffff));
    store<u64>(FPU_OPCODE, <u64>((second >> 16) & 0x7ff));
  }
}

function readEnvironment(u: usize): void {
  setControlWord(readField(u, 0));
  setStatusWord(readField(u, 1) & 0xffff);
  setTagWord(readField(u, 2));
  readPointers(u);
  updateError();
}

/** Registers in the order ST(0) to ST(7), in halfwords: their places are aligned to no more than that. */
function writeRegisters(u: usize): void {
  const start = fieldSize(u) * 7;
  for (let i: u32 = 0; i < 8; i++) {
    const at = stAddress(i);
    for (let b: u32 = 0; b < REGISTER_SIZE; b += 2) writeMemAt<u16>(u, start + i * REGISTER_SIZE + b, load<u16>(at + b));
  }
}

function readRegisters(u: usize): void {
  const start = fieldSize(u) * 7;
  for (let i: u32 = 0; i < 8; i++) {
    const at = stAddress(i);
    for (let b: u32 = 0; b < REGISTER_SIZE; b += 2) store<u16>(at + b, readMemAt<u16>(u, start + i * REGISTER_SIZE + b));
  }
}

function probeSource(u: usize, size: u32): void {
  const address = operandLinear(u, size, false);
  if (!fault) probeRead(address, size);
  if (!fault) checkAlignment(address, fieldSize(u));
}

/** Afterwards all exceptions are masked, so that a handler may use the unit. */
export function fnstenv(u: usize): void {
  if (!available()) return;
  probeMem(u, fieldSize(u) * 7, fieldSize(u));
  if (fault) return;
  writeEnvironment(u);
  if (fault) return;
  setControlWord(controlWord() | SW_EXCEPTIONS);
  updateError();
}

export function fldenv(u: usize): void {
  if (!beginControl()) return;
  probeSource(u, fieldSize(u) * 7);
  if (fault) return;
  readEnvironment(u);
}

export function fnsave(u: usize): void {
  if (!available()) return;
  probeMem(u, fieldSize(u) * 7 + REGISTERS_SIZE, fieldSize(u));
  if (fault) return;
  writeEnvironment(u);
  writeRegisters(u);
  if (!fault) resetX87();
}

export function frstor(u: usize): void {
  if (!beginControl()) return;
  probeSource(u, fieldSize(u) * 7 + REGISTERS_SIZE);
  if (fault) return;
  readEnvironment(u);
  readRegisters(u);
}
