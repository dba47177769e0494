// Moves between XMM, MMX and general registers and memory, aligned and not. Non-temporal stores are ordinary stores here.
// MASKMOVQ and MASKMOVDQU check the whole 8 or 16 bytes for faults when any byte is selected, none when no byte is;
// #AC goes by quadwords, as seen on a real processor.
import { RDI, REGS } from "../abi/state";
import { U_ASIZE, U_DST, U_FLAGS, U_SEG, U_SIZE, U_SRC, UF_DST_MEM } from "../abi/uop";
import { fault } from "../cpu/fault";
import { misaligned, probeWrite, writeLinear } from "../cpu/memory";
import { readMem, segmentLinear, truncateAddress, writeMem } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { readMem128, writeMem128 } from "./memory";
import { isMemory, putScalar, putXmm, source128, sourceMmx, sourceScalar } from "./operand";
import { enterMmx, getMmx, mixedReady, mmx, mmxReady, setMmx, sseReady, xmm } from "./state";

function isStore(u: usize): bool {
  return (load<u8>(u, U_FLAGS) & UF_DST_MEM) != 0;
}

/** The source register's value to a 16-byte destination, register or memory. */
function store128(u: usize, aligned: bool): void {
  const value = v128.load(xmm(load<u8>(u, U_SRC)));
  if (isStore(u)) writeMem128(u, value, aligned);
  else putXmm(u, value);
}

/** MOVAPS, MOVAPD, MOVDQA: load. */
export function sseMovAligned(u: usize): void {
  const s = source128(u);
  if (s) putXmm(u, v128.load(s));
}

/** MOVAPS, MOVAPD, MOVDQA, MOVNTPS, MOVNTPD, MOVNTDQ: store. */
export function sseStoreAligned(u: usize): void {
  if (sseReady()) store128(u, true);
}

/** MOVUPS, MOVUPD, MOVDQU, LDDQU: load. */
export function sseMovUnaligned(u: usize): void {
  if (!sseReady()) return;
  const s = isMemory(u) ? readMem128(u, false) : xmm(load<u8>(u, U_SRC));
  if (s) putXmm(u, v128.load(s));
}

export function sseStoreUnaligned(u: usize): void {
  if (sseReady()) store128(u, false);
}

/** MOVSS: from memory the rest of the register becomes zero, from a register it stays. */
export function sseMovss(u: usize): void {
  const s = sourceScalar<u32>(u);
  if (!s) return;
  if (isMemory(u)) putXmm(u, v128.load32_zero(s));
  else putScalar<u32>(u, load<u32>(s));
}

/** MOVSS to memory or register, MOVD to memory. */
export function sseStoress(u: usize): void {
  if (!sseReady()) return;
  const value = load<u32>(xmm(load<u8>(u, U_SRC)));
  if (isStore(u)) writeMem<u32>(u, value);
  else putScalar<u32>(u, value);
}

export function sseMovsd(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (!s) return;
  if (isMemory(u)) putXmm(u, v128.load64_zero(s));
  else putScalar<u64>(u, load<u64>(s));
}

export function sseStoresd(u: usize): void {
  if (!sseReady()) return;
  const value = load<u64>(xmm(load<u8>(u, U_SRC)));
  if (isStore(u)) writeMem<u64>(u, value);
  else putScalar<u64>(u, value);
}

/** MOVQ xmm, xmm/m64: the upper half becomes zero either way. */
export function sseMovq(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (s) putXmm(u, v128.load64_zero(s));
}

export function sseStoreq(u: usize): void {
  if (!sseReady()) return;
  const s = xmm(load<u8>(u, U_SRC));
  if (isStore(u)) writeMem<u64>(u, load<u64>(s));
  else putXmm(u, v128.load64_zero(s));
}

/** MOVLPS, MOVLPD: load of the low quadword. */
export function sseMovlps(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (s) putScalar<u64>(u, load<u64>(s));
}

/** MOVHPS, MOVHPD: load of the high quadword; MOVLHPS: low to high. */
export function sseMovhps(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (s) store<u64>(xmm(load<u8>(u, U_DST)), load<u64>(s), 8);
}

export function sseStorehps(u: usize): void {
  if (sseReady()) writeMem<u64>(u, load<u64>(xmm(load<u8>(u, U_SRC)), 8));
}

/** High to low. */
export function sseMovhlps(u: usize): void {
  const s = source128(u);
  if (s) putScalar<u64>(u, load<u64>(s, 8));
}

export function movddup(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (s) putXmm(u, v128.load64_splat(s));
}

export function movsldup(u: usize): void {
  const s = source128(u);
  if (s) putXmm(u, v128.shuffle<u32>(v128.load(s), v128.load(s), 0, 0, 2, 2));
}

export function movshdup(u: usize): void {
  const s = source128(u);
  if (s) putXmm(u, v128.shuffle<u32>(v128.load(s), v128.load(s), 1, 1, 3, 3));
}

/** U_SIZE 8: REX.W, a quadword. */
function readGeneral(u: usize): u64 {
  if (load<u8>(u, U_SIZE) == 8) return isMemory(u) ? readMem<u64>(u) : getReg<u64>(load<u8>(u, U_SRC));
  return isMemory(u) ? readMem<u32>(u) : getReg<u32>(load<u8>(u, U_SRC));
}

function writeGeneral(u: usize, value: u64): void {
  const d = load<u8>(u, U_DST);
  if (load<u8>(u, U_SIZE) == 8) {
    if (isStore(u)) writeMem<u64>(u, value);
    else setReg<u64>(d, value);
  } else if (isStore(u)) writeMem<u32>(u, <u32>value);
  else setReg<u32>(d, <u32>value);
}

/** MOVD (with REX.W MOVQ) xmm, r/m. */
export function sseMovd(u: usize): void {
  if (!sseReady()) return;
  const value = readGeneral(u);
  if (!fault) putXmm(u, i64x2.replace_lane(i64x2.splat(0), 0, value));
}

export function sseStored(u: usize): void {
  if (sseReady()) writeGeneral(u, load<u64>(xmm(load<u8>(u, U_SRC))));
}

export function mmxMovd(u: usize): void {
  if (!mmxReady()) return;
  const value = readGeneral(u);
  if (fault) return;
  enterMmx();
  setMmx(load<u8>(u, U_DST), value);
}

export function mmxStored(u: usize): void {
  if (!mmxReady()) return;
  writeGeneral(u, getMmx(load<u8>(u, U_SRC)));
  if (!fault) enterMmx();
}

export function mmxMovq(u: usize): void {
  const s = sourceMmx<u64>(u);
  if (s) setMmx(load<u8>(u, U_DST), load<u64>(s));
}

/** MOVQ mm/m64, mm and MOVNTQ. */
export function mmxStoreq(u: usize): void {
  if (!mmxReady()) return;
  const value = getMmx(load<u8>(u, U_SRC));
  if (isStore(u)) writeMem<u64>(u, value);
  if (fault) return;
  enterMmx();
  if (!isStore(u)) setMmx(load<u8>(u, U_DST), value);
}

export function movq2dq(u: usize): void {
  if (!mixedReady()) return;
  enterMmx();
  putXmm(u, i64x2.replace_lane(i64x2.splat(0), 0, getMmx(load<u8>(u, U_SRC))));
}

export function movdq2q(u: usize): void {
  if (!mixedReady()) return;
  enterMmx();
  setMmx(load<u8>(u, U_DST), load<u64>(xmm(load<u8>(u, U_SRC))));
}

/** Store those of `size` bytes at `from` whose byte at `mask` is negative to DS:rDI (or another segment by prefix). */
function storeMasked(u: usize, from: usize, mask: usize, size: i32): void {
  const offset = truncateAddress(load<u64>(REGS + RDI), load<u8>(u, U_ASIZE));
  const linear = segmentLinear(load<u8>(u, U_SEG), offset, size, true);
  if (fault || misaligned<u64>(linear)) return;
  probeWrite(linear, size);
  for (let i = 0; i < size && !fault; i++) {
    if (load<i8>(mask + i) < 0) writeLinear<u8>((linear + i) & 0xffffffff, load<u8>(from + i));
  }
}

export function maskmovq(u: usize): void {
  const mask = sourceMmx<u64>(u);
  if (mask && i8x16.bitmask(v128.load64_zero(mask)) != 0) storeMasked(u, mmx(load<u8>(u, U_DST)), mask, 8);
}

export function maskmovdqu(u: usize): void {
  const mask = source128(u);
  if (mask && i8x16.bitmask(v128.load(mask)) != 0) storeMasked(u, xmm(load<u8>(u, U_DST)), mask, 16);
}
