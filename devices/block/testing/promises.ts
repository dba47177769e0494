// What a workload may count on after a crash. "Step": how many of a RecordingStore's steps were done.
import { firstDifference } from "./recording-store.js";

export class Promises {
  private readonly flushes: { readonly step: number; readonly disk: Uint8Array }[] = [];
  private readonly changes: { readonly step: number; readonly at: number; readonly length: number }[] = [];

  /** A range begins to change: from now on it may have its old contents or new ones, in any part. */
  begin(step: number, at: number, length: number): void {
    this.changes.push({ step, at, length });
  }

  /** A flush was completed, with the disk as it is now. */
  flushed(step: number, disk: Uint8Array): void {
    this.flushes.push({ step, disk: disk.slice() });
  }

  /** Of a disk after a crash at a step: the first byte that was flushed, did not change since and is not there; -1 if all are. */
  firstLost(disk: Uint8Array, step: number): number {
    const last = this.flushes.findLast((flush) => flush.step <= step);
    if (last === undefined) return -1;
    const expected = last.disk.slice();
    for (const { step: begun, at, length } of this.changes) {
      if (begun >= last.step && begun <= step) expected.set(disk.subarray(at, at + length), at);
    }
    return firstDifference(disk, expected);
  }
}
