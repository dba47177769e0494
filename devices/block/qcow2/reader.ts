// What the guest's bytes are: from the image, or from the one behind it.
import type { Image } from "../image.js";
import { decompressCluster } from "./compression.js";
import type { ImageFile } from "./image-file.js";
import type { CompressedEntry } from "./l2-entry.js";
import type { Mapping, Run } from "./mapping.js";
import { Parts } from "./parts.js";

/** Decompressed clusters that are kept: readers come back for the rest of a cluster. */
const KEPT_CLUSTERS = 4;
/** Parts of one request that are read at the same time. */
const PARALLEL = 16;

export class Reader {
  private readonly decompressed = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly file: ImageFile,
    private readonly mapping: Mapping,
    /** The image behind this one. */
    readonly backing: Image | undefined,
  ) {}

  /** Fill `into` with the disk's bytes; what is not mapped anywhere reads as zeros, beyond the disk's end too. */
  async read(at: number, into: Uint8Array): Promise<void> {
    if (into.length === 0) return;
    const first = await this.mapping.run(at, into.length);
    if (first.length === into.length) return this.readRun(first, at, into);
    const parts = new Parts();
    parts.add(this.readRun(first, at, into.subarray(0, first.length)));
    try {
      for (let done = first.length; done < into.length; ) {
        const run = await this.mapping.run(at + done, into.length - done);
        parts.add(this.readRun(run, at + done, into.subarray(done, done + run.length)));
        done += run.length;
        if (parts.count === PARALLEL) await parts.ended();
      }
    } finally {
      await parts.ended();
    }
  }

  /** Fill `into` at once, if it is data in one piece whose place is known: true if it was. */
  readNow(at: number, into: Uint8Array): boolean {
    const run = this.mapping.runNow(at, into.length);
    return run?.kind === "data" && run.length === into.length && (this.file.dataStore.readNow?.(run.host!, into) ?? false);
  }

  /** Bytes behind `at` that this image's unallocated clusters take from the image behind it. */
  backingLength(at: number): number {
    return Math.max(0, Math.min(this.backing?.size ?? 0, this.file.size) - at);
  }

  /** Compressed clusters may lie elsewhere now. */
  forget(): void {
    this.decompressed.clear();
  }

  private async readRun(run: Run, at: number, into: Uint8Array): Promise<void> {
    if (run.kind === "data") return this.file.dataStore.read(run.host!, into);
    if (run.kind === "zero") into.fill(0);
    else if (run.kind === "unallocated") await this.readBacking(at, into);
    else {
      const contents = await this.contents(run.entry as CompressedEntry);
      const within = at % contents.length;
      into.set(contents.subarray(within, within + into.length));
    }
  }

  private async readBacking(at: number, into: Uint8Array): Promise<void> {
    const length = Math.min(into.length, this.backingLength(at));
    if (length > 0) await this.backing!.read(at, into.subarray(0, length));
    into.fill(0, length);
  }

  private contents(entry: CompressedEntry): Promise<Uint8Array> {
    const kept = this.decompressed.get(entry.host);
    if (kept !== undefined) return kept;
    const contents = this.decompress(entry);
    this.decompressed.set(entry.host, contents);
    contents.catch(() => this.decompressed.delete(entry.host));
    if (this.decompressed.size > KEPT_CLUSTERS) this.decompressed.delete(this.decompressed.keys().next().value!);
    return contents;
  }

  private async decompress({ host, length }: CompressedEntry): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.file.store.read(host, bytes);
    return decompressCluster(this.file.header.compressionType, bytes, this.file.geometry.clusterSize, this.file.name);
  }
}
