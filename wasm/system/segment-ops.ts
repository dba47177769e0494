// Instructions that move segment registers: MOV PUSH POP, and LES LDS LSS LFS LGS.
import { CS, DS, ES, FS, GS, REGS, RSP, SS } from "../abi/state";
import { U_DST, U_FLAGS, U_SIZE, U_SRC, UF_SRC_MEM } from "../abi/uop";
import { fault, raise, VECTOR_UD } from "../cpu/fault";
import { readMem, readMemAt, writeMem } from "../cpu/operand";
import { push, stackMask, top } from "../cpu/stack";
import { getReg, setReg } from "../cpu/state";
import { frameAtHand, pushedAtHand } from "./frame";
import { shadowStackSegment } from "./mode";
import { loadSegment, selectorOf } from "./segment";

/** MOV Sreg, r/m16. */
export function movToSegment(u: usize): void {
  const n = <i32>load<u8>(u, U_DST);
  if (n == CS || n > GS) {
    raise(VECTOR_UD);
    return;
  }
  const selector = load<u8>(u, U_FLAGS) & UF_SRC_MEM ? readMem<u16>(u) : getReg<u16>(load<u8>(u, U_SRC));
  if (fault) return;
  loadSegment(n, selector);
  if (n == SS && !fault) shadowStackSegment();
}

/** MOV r16/r32, Sreg: the whole register is written. */
export function movFromSegment<T>(u: usize): void {
  const n = <i32>load<u8>(u, U_SRC);
  if (n > GS) raise(VECTOR_UD);
  else setReg<T>(load<u8>(u, U_DST), <T>selectorOf(n));
}

/** MOV m16, Sreg. */
export function storeSegment(u: usize): void {
  const n = <i32>load<u8>(u, U_SRC);
  if (n > GS) raise(VECTOR_UD);
  else writeMem<u16>(u, <u16>selectorOf(n));
}

export function pushSegment(u: usize): void {
  const selector = selectorOf(load<u8>(u, U_SRC));
  if (load<u8>(u, U_SIZE) == 2) push<u16>(<u16>selector);
  else if (!pushedAtHand(selector)) push<u32>(selector);
}

export function popSegment(u: usize): void {
  const n = <i32>load<u8>(u, U_DST);
  const size = load<u8>(u, U_SIZE);
  const at = frameAtHand(size);
  const selector = at ? <u32>load<u16>(at) : size == 2 ? <u32>top<u16>() : top<u32>() & 0xffff;
  if (fault) return;
  // POP SS moves the stack pointer by the size of the old stack.
  const mask = stackMask();
  const old = load<u64>(REGS + RSP);
  loadSegment(n, selector);
  if (fault) return;
  store<u64>(REGS + RSP, (old & ~mask) | ((old + size) & mask));
  if (n == SS) shadowStackSegment();
}

function loadPointer<T>(u: usize, n: i32): void {
  const offset = readMemAt<T>(u, 0);
  if (fault) return;
  const selector = readMemAt<u16>(u, sizeof<T>());
  if (fault) return;
  loadSegment(n, selector);
  if (!fault) setReg<T>(load<u8>(u, U_DST), offset);
}

export function les<T>(u: usize): void {
  loadPointer<T>(u, ES);
}

export function lds<T>(u: usize): void {
  loadPointer<T>(u, DS);
}

export function lss<T>(u: usize): void {
  loadPointer<T>(u, SS);
}

export function lfs<T>(u: usize): void {
  loadPointer<T>(u, FS);
}

export function lgs<T>(u: usize): void {
  loadPointer<T>(u, GS);
}
