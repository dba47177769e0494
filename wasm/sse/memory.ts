// Memory operands. Reads inside one page of plain RAM hand out the host address itself, others that of a copy.
// 16-byte operands that must be aligned and are not raise #GP(0), after the segment check and before paging; those that are not in one
// page of RAM are accessed in two halves, checked as a whole first.
import { fault, raiseCode, VECTOR_GP } from "../cpu/fault";
import { hostForRead, hostForWrite, misaligned, probeRead, probeWrite, readLinear, writeLinear } from "../cpu/memory";
import { operandLinear } from "../cpu/operand";
import { SCRATCH } from "./state";

/** Linear address of the 16-byte memory operand. */
function linear128(u: usize, aligned: bool, write: bool): u64 {
  const linear = operandLinear(u, 16, write);
  if (!fault && aligned && <u32>linear & 15) raiseCode(VECTOR_GP, 0);
  return linear;
}

function inOnePage(linear: u64, size: u32): bool {
  return (<u32>linear & 0xfff) <= 0x1000 - size;
}

/** Host address of sizeof<T>() bytes that hold the memory operand's value, or 0 after a fault. */
export function readMemScalar<T>(u: usize): usize {
  const linear = operandLinear(u, sizeof<T>(), false);
  if (fault) return 0;
  if (inOnePage(linear, sizeof<T>())) {
    const host = hostForRead(linear);
    if (host) return host;
    if (fault) return 0;
  }
  const value = readLinear<T>(linear);
  if (fault) return 0;
  store<T>(SCRATCH, value);
  return SCRATCH;
}

/** Raise now what an access in two halves would raise: #AC goes by all 16 bytes, as seen on a real processor. */
function checkHalves(linear: u64, write: bool): bool {
  if (misaligned<v128>(linear)) return false;
  if (write) probeWrite(linear, 16);
  else probeRead(linear, 16);
  return !fault;
}

/** Host address of 16 bytes that hold the memory operand's value, or 0 after a fault. */
export function readMem128(u: usize, aligned: bool): usize {
  const linear = linear128(u, aligned, false);
  if (fault) return 0;
  if (inOnePage(linear, 16)) {
    const host = hostForRead(linear);
    if (host) return host;
    if (fault) return 0;
  }
  if (!checkHalves(linear, false)) return 0;
  const low = readLinear<u64>(linear);
  if (fault) return 0;
  const high = readLinear<u64>((linear + 8) & 0xffffffff);
  if (fault) return 0;
  store<u64>(SCRATCH, low);
  store<u64>(SCRATCH, high, 8);
  return SCRATCH;
}

/** Write 16 bytes to the memory operand: all or nothing. */
export function writeMem128(u: usize, value: v128, aligned: bool): void {
  const linear = linear128(u, aligned, true);
  if (fault) return;
  if (inOnePage(linear, 16)) {
    const host = hostForWrite(linear);
    if (host) {
      v128.store(host, value);
      return;
    }
    if (fault) return;
  }
  if (!checkHalves(linear, true)) return;
  writeLinear<u64>(linear, <u64>i64x2.extract_lane(value, 0));
  if (fault) return;
  writeLinear<u64>((linear + 8) & 0xffffffff, <u64>i64x2.extract_lane(value, 1));
}
