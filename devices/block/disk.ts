// A disk as a controller sees it. A request is submitted in guest time and completed in guest time, later: never inside submit().
import type { Nanoseconds } from "../../core/bus/clock.js";

export type DiskOutcome = "done" | "io-error" | "no-space" | "read-only";

export type DiskRequest =
  /** `bytes` is filled by the time of the completion. */
  | { readonly kind: "read"; readonly at: number; readonly bytes: Uint8Array }
  /** `bytes` must not change until the completion. */
  | { readonly kind: "write"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "zero"; readonly at: number; readonly length: number; readonly unmap: boolean }
  | { readonly kind: "discard"; readonly at: number; readonly length: number }
  | { readonly kind: "flush" };

/** Offsets and lengths are bytes, multiples of 512, within the disk: the controller sees to that. */
export interface Disk {
  /** Bytes. */
  readonly size: number;
  readonly readOnly: boolean;
  /** At most 20 characters; what IDENTIFY and virtio-blk show. */
  readonly serial: string;
  /** Writes are only safe after a flush. */
  readonly writeCache: boolean;
  /**
   * `due`: what Submission.due was, when a controller that has been loaded submits again what was under way when it was saved. Any number may be
   * under way; those that touch the same bytes are done in the order in which they were submitted.
   */
  submit(request: DiskRequest, completed: (outcome: DiskOutcome) => void, due?: Nanoseconds): Submission;
}

/** A request under way: part of its controller's state, which saves what it takes to submit it again. */
export interface Submission {
  /** Guest time of the completion; where time does not stand still for the host, the earliest. */
  readonly due: Nanoseconds;
  /** The controller was reset, or became another: completed() is not called. What the request does to the disk happens all the same, or not. */
  forget(): void;
}

/** A drive whose medium can be taken out: CD-ROM, floppy. */
export interface Medium {
  readonly disk: Disk | undefined;
  /** Called when another medium, or none, is in. */
  onChange(listener: () => void): void;
}
