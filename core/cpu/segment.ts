import * as STATE from "../../wasm/abi/state.js";

/** A segment register with its hidden part. SDM 3A "Segment Registers". */
export interface SegmentRegister {
  readonly selector: number;
  readonly base: number;
  /** In bytes: the granularity bit is applied already. */
  readonly limit: number;
  /** Bits 40-55 of the descriptor, those of the limit left out. */
  readonly access: number;
}

const address = (n: number) => STATE.SEGS + n * STATE.SEG_STRIDE;

/** `n` is STATE.ES to STATE.TR. */
export function readSegment(view: DataView, n: number): SegmentRegister {
  const at = address(n);
  return {
    selector: view.getUint32(at + STATE.SEG_SELECTOR, true),
    base: view.getUint32(at + STATE.SEG_BASE, true),
    limit: view.getUint32(at + STATE.SEG_LIMIT, true),
    access: view.getUint32(at + STATE.SEG_ACCESS, true),
  };
}

/** The marks beside it are derived, by the processor's synchronize(). */
export function writeSegment(view: DataView, n: number, segment: SegmentRegister): void {
  const at = address(n);
  view.setUint32(at + STATE.SEG_SELECTOR, segment.selector, true);
  view.setUint32(at + STATE.SEG_BASE, segment.base, true);
  view.setUint32(at + STATE.SEG_BASE + 4, 0, true);
  view.setUint32(at + STATE.SEG_LIMIT, segment.limit, true);
  view.setUint32(at + STATE.SEG_ACCESS, segment.access, true);
}
