// Copying disks: what `qemu-img convert` does once its images are open.
import type { Image } from "../image.js";
import { BlockError } from "../store.js";
import { isZero, zeroRuns } from "./zeros.js";

export interface CopyOptions {
  /** Nothing was ever written to the target: it reads as zeros, and has no image behind it. */
  readonly targetIsZero: boolean;
  /** The target has an image behind it, with the contents of what is behind the only source: bytes of it. */
  readonly backing?: number;
  /** Zeros of this many bytes are not written as data; 0: all is. A multiple of 512. */
  readonly sparse: number;
  /** The target's cluster, and how one of them, or the disk's last part of one, is written compressed. */
  readonly compressed?: { readonly cluster: number; write(at: number, from: Uint8Array): Promise<void> };
  /** Pieces that are copied at once, at least 1. */
  readonly parallel: number;
  /** Pieces are written as they come, not in the order of the disk. */
  readonly outOfOrder: boolean;
  /** What could not be read is zeros, and told. Without, it ends the copy. */
  readonly unreadable?: (at: number, reason: BlockError) => void;
  /** `done` of `total` bytes of data. */
  progress(done: number, total: number): void;
  /** Waits until so many bytes more may be copied. */
  limit?(bytes: number): Promise<void>;
}

/** A copy has failed: at what, and at which byte of the target's disk. */
export class CopyFailure extends Error {
  constructor(
    readonly doing: "reading" | "writing" | "block status",
    readonly at: number,
    readonly reason: BlockError,
  ) {
    super(reason.message);
  }
}

/** "behind": the image behind the target has it. */
type Kind = "data" | "zero" | "behind";

/** Bytes of the target's disk. */
interface Piece {
  readonly kind: Kind;
  readonly at: number;
  readonly length: number;
}

/** Bytes that are read at once. */
const BUFFER = 2 ** 21;

async function doing<T>(what: CopyFailure["doing"], at: number, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BlockError) throw new CopyFailure(what, at, error);
    throw error;
  }
}

/** The sources as one disk. */
class Sources {
  readonly size: number;

  constructor(
    private readonly images: readonly Image[],
    private readonly options: CopyOptions,
  ) {
    this.size = images.reduce((sum, image) => sum + image.size, 0);
  }

  private find(at: number): { readonly image: Image; readonly from: number } {
    let from = at;
    for (const image of this.images) {
      if (from < image.size) return { image, from };
      from -= image.size;
    }
    throw new RangeError(`${at} is behind the end of what is copied`);
  }

  /** What begins at `at`, as far as it is of one kind. */
  async stretch(at: number): Promise<Piece> {
    const { image, from } = this.find(at);
    const { backing, sparse } = this.options;
    const extent = await doing("block status", at, image.extent(from));
    const length = Math.min(extent.length, image.size - from);
    if (backing === undefined) return { kind: extent.zero && sparse > 0 ? "zero" : "data", at, length };
    if (extent.depth > 0) return { kind: "behind", at, length };
    // Behind the end of the image behind it, the target reads as zeros anyway.
    if (extent.zero && from >= backing) return { kind: "behind", at, length };
    return { kind: extent.zero && sparse > 0 ? "zero" : "data", at, length: from < backing ? Math.min(length, backing - from) : length };
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const { image, from } = this.find(at + done);
      const length = Math.min(into.length - done, image.size - from);
      await image.read(from, into.subarray(done, done + length));
      done += length;
    }
  }
}

/** All of the disk in pieces; those of data are no longer than the buffer, and whole clusters where they will be compressed. */
async function* pieces(sources: Sources, cluster: number | undefined): AsyncGenerator<Piece> {
  for (let at = 0; at < sources.size; ) {
    let { kind, length } = await sources.stretch(at);
    if (cluster !== undefined) {
      const whole = Math.min(cluster, sources.size - at);
      if (length < whole) [kind, length] = ["data", whole];
      else if (at + length < sources.size) length -= length % cluster;
    }
    if (kind === "data") length = Math.min(length, BUFFER);
    yield { kind, at, length };
    at += length;
  }
}

async function dataBytes(sources: Sources, cluster: number | undefined): Promise<number> {
  let total = 0;
  for await (const piece of pieces(sources, cluster)) if (piece.kind === "data") total += piece.length;
  return total;
}

class Copy {
  private readonly sources: Sources;
  private readonly queue: AsyncGenerator<Piece>;
  private done = 0;
  private failure: unknown;
  /** Resolved when the pieces before the one that was taken last are written. */
  private lastTurn: Promise<void> = Promise.resolve();

  constructor(
    sources: readonly Image[],
    private readonly target: Image,
    private readonly options: CopyOptions,
  ) {
    this.sources = new Sources(sources, options);
    this.queue = pieces(this.sources, options.compressed?.cluster);
  }

  async run(): Promise<void> {
    const total = await dataBytes(this.sources, this.options.compressed?.cluster);
    this.options.progress(0, total);
    // A generator hands out one piece after the other, whoever asks.
    await Promise.all(Array.from({ length: this.options.parallel }, () => this.work(total)));
    if (this.failure !== undefined) throw this.failure;
  }

  private async work(total: number): Promise<void> {
    let finish = () => {};
    try {
      for (;;) {
        const next = await this.queue.next();
        if (next.done || this.failure !== undefined) return;
        const turn = this.lastTurn;
        this.lastTurn = new Promise((resolve) => {
          finish = resolve;
        });
        await this.piece(next.value, this.options.outOfOrder ? undefined : turn, total);
        finish();
      }
    } catch (error) {
      this.failure ??= error;
      finish();
    }
  }

  private async piece(piece: Piece, turn: Promise<void> | undefined, total: number): Promise<void> {
    const bytes = piece.kind === "data" ? await this.read(piece) : undefined;
    await turn;
    if (this.failure !== undefined || piece.kind === "behind") return;
    await doing("writing", piece.at, bytes ? this.write(piece.at, bytes) : this.zero(piece.at, piece.length));
    if (!bytes) return;
    this.done += bytes.length;
    this.options.progress(this.done, total);
  }

  private async read({ at, length }: Piece): Promise<Uint8Array> {
    await this.options.limit?.(length);
    const bytes = new Uint8Array(length);
    const { unreadable } = this.options;
    try {
      await this.sources.read(at, bytes);
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
      if (!unreadable) throw new CopyFailure("reading", at, error);
      await this.salvage(at, bytes, unreadable);
    }
    return bytes;
  }

  /** Sector by sector. */
  private async salvage(at: number, bytes: Uint8Array, unreadable: NonNullable<CopyOptions["unreadable"]>): Promise<void> {
    for (let done = 0; done < bytes.length; done += 512) {
      const sector = bytes.subarray(done, done + 512);
      try {
        await this.sources.read(at + done, sector);
      } catch (error) {
        if (!(error instanceof BlockError)) throw error;
        unreadable(at + done, error);
        sector.fill(0);
      }
    }
  }

  private async write(at: number, bytes: Uint8Array): Promise<void> {
    const { compressed, sparse } = this.options;
    if (compressed) {
      for (let done = 0; done < bytes.length; done += compressed.cluster) {
        const cluster = bytes.subarray(done, done + compressed.cluster);
        if (sparse > 0 && isZero(cluster)) await this.zero(at + done, cluster.length);
        else await compressed.write(at + done, cluster);
      }
      return;
    }
    const runs = sparse > 0 ? zeroRuns(bytes, at, sparse) : [{ start: 0, end: bytes.length, zero: false }];
    for (const { start, end, zero } of runs) {
      if (zero) await this.zero(at + start, end - start);
      else await this.target.write(at + start, bytes.subarray(start, end));
    }
  }

  private async zero(at: number, length: number): Promise<void> {
    if (!this.options.targetIsZero) await this.target.zero(at, length, true);
  }
}

/** Copies the sources, one behind the other, to the beginning of the target, which is at least as large. Rejects with a CopyFailure. */
export function copy(sources: readonly Image[], target: Image, options: CopyOptions): Promise<void> {
  return new Copy(sources, target, options).run();
}
