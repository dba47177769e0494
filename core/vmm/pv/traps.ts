// HC_SET_TRAPS: which handler a vector leads to. docs/hypercalls.md.

import {
  ERROR_BITS,
  ERROR_RANGE,
  HYPERCALL_VECTOR,
  KERNEL_CODE,
  type PvError,
  TRAP_FLAG_DISABLE,
  TRAP_FLAG_DPL,
  TRAP_SIZE,
  VMM_BASE,
} from "./abi.js";

export interface Trap {
  readonly vector: number;
  /** Real privilege from which INT may use it: 1 or 3. */
  readonly dpl: 1 | 3;
  readonly disablesEvents: boolean;
  readonly offset: number;
}

/** The traps in `bytes`, a multiple of TRAP_SIZE; all of them, or why one is refused. */
export function readTraps(bytes: Uint8Array): readonly Trap[] | PvError {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const traps: Trap[] = [];
  for (let at = 0; at < bytes.length; at += TRAP_SIZE) {
    const [vector, flags, selector] = [view.getUint8(at), view.getUint8(at + 1), view.getUint16(at + 2, true)];
    const offset = view.getUint32(at + 4, true);
    const dpl = flags & TRAP_FLAG_DPL;
    if (flags & ~(TRAP_FLAG_DPL | TRAP_FLAG_DISABLE) || (dpl !== 1 && dpl !== 3)) return ERROR_BITS;
    if (vector === HYPERCALL_VECTOR || selector !== KERNEL_CODE || offset >= VMM_BASE) return ERROR_RANGE;
    traps.push({ vector, dpl, disablesEvents: (flags & TRAP_FLAG_DISABLE) !== 0, offset });
  }
  return traps;
}
