// Which parts of a buffer hold nothing but zeros.

export function isZero(bytes: Uint8Array): boolean {
  let i = 0;
  // Words where they can be had: several times as fast.
  if (bytes.byteOffset % 8 === 0) {
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
    for (let w = 0; w < words.length; w++) if (words[w] !== 0n) return false;
    i = words.length * 8;
  }
  for (; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

export interface Run {
  /** Into the buffer. */
  readonly start: number;
  readonly end: number;
  readonly zero: boolean;
}

/** Largest power of two that is not above `value`. */
const powerBelow = (value: number) => 2 ** Math.floor(Math.log2(value));

/**
 * The buffer as runs of data and of zeros, by turns. A run of zeros begins and ends on multiples of the largest power of two in `sparse` (bytes
 * of the disk; the buffer lies at `at`) or at the buffer's ends, and is at least `sparse` long unless it is the whole buffer or begins it.
 */
export function zeroRuns(bytes: Uint8Array, at: number, sparse: number): Run[] {
  const grain = powerBelow(sparse);
  const runs: Run[] = [];
  const add = (start: number, end: number, zero: boolean) => {
    const last = runs.at(-1);
    if (last?.zero === zero) runs[runs.length - 1] = { ...last, end };
    else runs.push({ start, end, zero });
  };
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + grain - ((at + start) % grain));
    add(start, end, isZero(bytes.subarray(start, end)));
    start = end;
  }
  const kept = runs.splice(0);
  for (const run of kept) add(run.start, run.end, run.zero && (run.start === 0 || run.end - run.start >= sparse));
  return runs;
}

/** Length of the common beginning of two buffers that are of one length, in whole steps of `step` bytes; the length if they are equal. */
export function equalUpTo(a: Uint8Array, b: Uint8Array, step: number): number {
  for (let at = 0; at < a.length; at += step) {
    const end = Math.min(a.length, at + step);
    for (let i = at; i < end; i++) if (a[i] !== b[i]) return at;
  }
  return a.length;
}

/** Where the first step with something in it begins; the length if there is none. */
export function zeroUpTo(bytes: Uint8Array, step: number): number {
  for (let at = 0; at < bytes.length; at += step) if (!isZero(bytes.subarray(at, at + step))) return at;
  return bytes.length;
}
