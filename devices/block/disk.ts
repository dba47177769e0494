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
  submit(request: DiskRequest, completed: (outcome: DiskOutcome) => void): void;
  /** Guest time that a request takes at least, by what it moves: how long a real one of its kind takes is the controller's. */
  readonly latency?: Nanoseconds;
}

/** A drive whose medium can be taken out: CD-ROM, floppy. */
export interface Medium {
  readonly disk: Disk | undefined;
  /** Called when another medium, or none, is in. */
  onChange(listener: () => void): void;
}
