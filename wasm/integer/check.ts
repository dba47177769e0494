// Instructions whose business is an exception: BOUND, UD0, UD1, UD2. SDM 2 under each name.
import { U_DST } from "../abi/uop";
import { fault, raise, VECTOR_BR, VECTOR_UD } from "../cpu/fault";
import { signExtend } from "../cpu/flags";
import { readMem, readMemAt } from "../cpu/operand";
import { getReg } from "../cpu/state";

export function bound<T>(u: usize): void {
  const lower = signExtend<T>(readMem<T>(u));
  if (fault) return;
  const upper = signExtend<T>(readMemAt<T>(u, sizeof<T>()));
  if (fault) return;
  const index = signExtend<T>(getReg<T>(load<u8>(u, U_DST)));
  if (index < lower || index > upper) raise(VECTOR_BR);
}

export function ud(u: usize): void {
  raise(VECTOR_UD);
}
