import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryStore } from "../memory-store.js";
import { openQcow2 } from "../open.js";
import { countReferences } from "../testing/count-references.js";
import { contentsOf, firstDifference } from "../testing/recording-store.js";
import { type CreateOptions, createQcow2 } from "./create.js";
import type { Qcow2Image } from "./qcow2-image.js";

const MAX_SIZE = 400_000;

interface Shape {
  readonly options: CreateOptions;
  /** Bytes of an image behind, which is raw or qcow2; 0: none. */
  readonly backing: number;
  readonly backingRaw: boolean;
  readonly tinyCache: boolean;
}

const shape: fc.Arbitrary<Shape> = fc
  .record({
    size: fc.integer({ min: 0, max: MAX_SIZE }),
    version2: fc.boolean(),
    clusterBits: fc.constantFrom(9, 9, 10, 12, 14, 16),
    refcountOrder: fc.integer({ min: 0, max: 6 }),
    extendedL2: fc.boolean(),
    lazy: fc.boolean(),
    data: fc.constantFrom("inside", "inside", "inside", "outside", "raw"),
    preallocation: fc.constantFrom("off", "off", "metadata", "full"),
    zstd: fc.boolean(),
    backing: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: MAX_SIZE })),
    backingRaw: fc.boolean(),
    tinyCache: fc.boolean(),
  })
  .map((r) => {
    const extended_l2 = r.extendedL2 && !r.version2;
    const backing = r.data === "raw" ? 0 : Math.ceil(r.backing / 512) * 512;
    const options: CreateOptions = {
      size: r.size,
      compat: r.version2 ? "v2" : "v3",
      cluster_size: 2 ** (extended_l2 ? Math.max(14, r.clusterBits) : r.clusterBits),
      ...(r.version2
        ? {}
        : { refcount_bits: 2 ** r.refcountOrder, lazy_refcounts: r.lazy, extended_l2, compression_type: r.zstd ? "zstd" : "zlib" }),
      ...(r.version2 || r.data === "inside" ? {} : { data_file: "data", data_file_raw: r.data === "raw" }),
      ...(backing === 0 ? {} : { backing_file: "backing", backing_fmt: r.backingRaw ? "raw" : "qcow2" }),
      ...(backing === 0 || extended_l2 ? { preallocation: r.preallocation as "off" } : {}),
    };
    return { options, backing, backingRaw: r.backingRaw, tinyCache: r.tinyCache };
  });

type Change =
  | { readonly kind: "write" | "compressed"; readonly at: number; readonly length: number; readonly seed: number }
  | { readonly kind: "zero"; readonly at: number; readonly length: number; readonly unmap: boolean }
  | { readonly kind: "discard"; readonly at: number; readonly length: number };

type Op =
  | Change
  | { readonly kind: "resize"; readonly size: number }
  | { readonly kind: "flush" | "reopen" }
  | { readonly kind: "together"; readonly seeds: readonly number[] };

const at = fc.integer({ min: 0, max: MAX_SIZE });
const length = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 150_000 }));
const seed = fc.integer({ min: 1, max: 255 });
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), at, length, seed }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("compressed" as const), at, length, seed }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("zero" as const), at, length, unmap: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("discard" as const), at, length }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resize" as const), size: at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("flush" as const, "reopen" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("together" as const), seeds: fc.array(seed, { minLength: 2, maxLength: 8 }) }) },
);

/** Bytes that compress somewhat, and differ from place to place. */
function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => ((index >> 3) * seed) ^ (seed + (index >> 9)));
}

/** An image, its stores, and what its disk should read as. */
class Subject {
  image!: Qcow2Image;
  model = new Uint8Array(0);
  readonly store = new MemoryStore("image");
  private readonly data: MemoryStore | undefined;
  private readonly backing = new MemoryStore("backing");

  constructor(private readonly shape: Shape) {
    this.data = shape.options.data_file === undefined ? undefined : new MemoryStore("data");
  }

  async begin(): Promise<void> {
    const { options, backing, backingRaw } = this.shape;
    const behind = pattern(backing, 77);
    if (backing > 0 && backingRaw) await this.backing.write(0, behind);
    else if (backing > 0) {
      await createQcow2(this.backing, { size: backing, cluster_size: 4096 });
      const image = await openQcow2(this.backing);
      await image.write(0, behind);
      await image.close();
    }
    await createQcow2(this.store, options, this.data);
    await this.open();
    this.model = new Uint8Array(this.image.size);
    this.model.set(behind.subarray(0, this.image.size));
  }

  async open(): Promise<void> {
    this.image = await openQcow2(this.store, {
      resolve: async (name) => (name === "data" ? this.data! : this.backing),
      ...(this.shape.tinyCache ? { l2Cache: 0, refcountCache: 0 } : {}),
    });
  }

  async run(op: Op): Promise<void> {
    if (op.kind === "reopen") {
      await this.image.close();
      await this.open();
    } else if (op.kind === "flush") await this.image.flush();
    else if (op.kind === "resize") await this.resize(op.size);
    else if (op.kind === "together") await this.together(op.seeds);
    else if ("at" in op) {
      const start = Math.min(op.at, this.model.length);
      await this.change({ ...op, at: start, length: Math.min(op.length, this.model.length - start) });
    }
  }

  /** Nothing but the image's bytes and the model's. */
  async compare(): Promise<void> {
    const read = new Uint8Array(this.model.length);
    expect(this.image.size).toBe(this.model.length);
    await this.image.read(0, read);
    expect(firstDifference(read, this.model), `the first byte that differs of ${read.length}`).toBe(-1);
  }

  async end(): Promise<void> {
    await this.image.close();
    expect(await countReferences(this.store)).toEqual({ corruptions: [], leaks: 0 });
    if (this.shape.options.data_file_raw === true) {
      expect(firstDifference(await contentsOf(this.data!), this.model)).toBe(-1);
    }
  }

  private async resize(size: number): Promise<void> {
    const sectors = Math.ceil(size / 512) * 512;
    await this.image.resize(sectors);
    const next = new Uint8Array(sectors);
    next.set(this.model.subarray(0, sectors));
    this.model = next;
  }

  private async change(op: Change): Promise<void> {
    if (op.kind === "write") {
      const bytes = pattern(op.length, op.seed);
      await this.image.write(op.at, bytes);
      this.model.set(bytes, op.at);
    } else if (op.kind === "compressed") await this.compressed(op.at, op.length, op.seed);
    else if (op.kind === "zero") {
      await this.image.zero(op.at, op.length, op.unmap);
      this.model.fill(0, op.at, op.at + op.length);
    } else {
      await this.image.discard(op.at, op.length);
      // What a discarded range reads as is free; whatever it is, it stays.
      const read = new Uint8Array(op.length);
      await this.image.read(op.at, read);
      this.model.set(read, op.at);
    }
  }

  /** Some whole clusters; what a 1-bit refcount or a data file refuses is no matter here. */
  private async compressed(start: number, length: number, seed: number): Promise<void> {
    const { clusterSize } = this.image.file.geometry;
    if (this.image.file.externalData) return;
    const first = Math.floor(start / clusterSize) * clusterSize;
    for (let place = first; place < Math.min(this.model.length, first + Math.min(length, 5 * clusterSize)); place += clusterSize) {
      const bytes = pattern(Math.min(clusterSize, this.model.length - place), seed + place / clusterSize);
      await this.image.writeCompressed(place, bytes);
      this.model.set(bytes, place);
    }
  }

  /** Requests side by side, each in a stripe of its own, with no regard to clusters. */
  private async together(seeds: readonly number[]): Promise<void> {
    const stripe = Math.floor(this.model.length / seeds.length);
    if (stripe === 0) return;
    await Promise.all(
      seeds.map(async (one, index) => {
        const place = index * stripe;
        if (one % 5 === 0) await this.change({ kind: "zero", at: place, length: stripe, unmap: one % 2 === 0 });
        else if (one % 5 === 1) await this.image.read(place, new Uint8Array(stripe));
        else await this.change({ kind: "write", at: place, length: stripe, seed: one });
      }),
    );
  }
}

test("any image of any features reads as a plain array of bytes that had the same done to it, and nothing is leaked", async () => {
  await fc.assert(
    fc.asyncProperty(shape, fc.array(op, { minLength: 1, maxLength: 14 }), async (shape, ops) => {
      const subject = new Subject(shape);
      await subject.begin();
      for (const op of ops) {
        await subject.run(op);
        await subject.compare();
      }
      await subject.end();
    }),
    { numRuns: 90 },
  );
}, 120_000);
