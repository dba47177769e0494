import { expect, test } from "vitest";
import { MemoryStore } from "../memory-store.js";
import { openQcow2 } from "../open.js";
import { countReferences } from "../testing/count-references.js";
import { firstDifference } from "../testing/recording-store.js";
import { type CreateOptions, createQcow2 } from "./create.js";
import type { Qcow2Image } from "./qcow2-image.js";

function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A store whose calls take their time, each another, so that those under way overtake each other. What is read is as it was at some moment. */
class SlowStore extends MemoryStore {
  private readonly random: (limit: number) => number;

  constructor(name: string, seed: number) {
    super(name);
    this.random = randomFrom(seed);
  }

  override async read(at: number, into: Uint8Array): Promise<void> {
    await this.wait();
    await super.read(at, into);
    await this.wait();
  }

  override async write(at: number, from: Uint8Array): Promise<void> {
    await this.wait();
    await super.write(at, from);
    await this.wait();
  }

  override async flush(): Promise<void> {
    await this.wait();
  }

  private async wait(): Promise<void> {
    for (let turns = this.random(20) === 0 ? 2000 : this.random(8); turns > 0; turns--) await undefined;
  }
}

const SIZE = 400_000;
const STRIPES = 13;
const STRIPE = Math.floor(SIZE / STRIPES);

/**
 * One of many that use an image at the same time: a stripe of the disk is its own, and reads as what it did there. It writes one value only, so that
 * others' bytes show even where its own requests overlap and their order is open.
 */
async function user(image: Qcow2Image, stripe: number, seed: number): Promise<void> {
  const random = randomFrom(seed * 1000 + stripe);
  const model = new Uint8Array(STRIPE);
  const start = stripe * STRIPE;
  const stray = (bytes: Uint8Array) => bytes.find((byte) => byte !== 0 && byte !== stripe + 1);
  for (let round = 0; round < 10; round++) {
    const at = random(STRIPE - 1);
    const length = 1 + random(STRIPE - at - 1);
    const choice = random(10);
    const bytes = new Uint8Array(length).fill(stripe + 1);
    if (choice < 4) {
      await image.write(start + at, bytes);
      model.set(bytes, at);
    } else if (choice < 5) {
      await image.zero(start + at, length, random(2) === 0);
      model.fill(0, at, at + length);
    } else if (choice < 6) {
      await image.discard(start + at, length);
      await image.read(start + at, model.subarray(at, at + length));
    } else if (choice < 7) await image.flush();
    else {
      const seen = new Uint8Array(length);
      const gone = image.zero(start + at, length, true);
      await Promise.all([gone, image.write(start + at, bytes), image.read(start + at, seen), image.flush()]);
      expect(stray(seen), `stripe ${stripe}, round ${round}`).toBeUndefined();
      await image.read(start + at, model.subarray(at, at + length));
    }
    const read = new Uint8Array(STRIPE);
    await image.read(start, read);
    expect(stray(read), `stripe ${stripe}, round ${round}`).toBeUndefined();
    expect(firstDifference(read, model), `stripe ${stripe}, round ${round}`).toBe(-1);
  }
}

/** One that changes the disk's size all the time, and what lies behind the stripes. */
async function resizer(image: Qcow2Image, seed: number): Promise<void> {
  const random = randomFrom(seed + 500);
  for (let round = 0; round < 8; round++) {
    await image.resize(SIZE + 512 * random(400));
    const length = image.size - SIZE;
    const read = new Uint8Array(length).fill(1);
    await image.read(SIZE, read);
    if (round % 2 === 0) await image.write(SIZE, new Uint8Array(length).fill(255));
  }
}

const KINDS: readonly Partial<CreateOptions>[] = [
  { cluster_size: 512, refcount_bits: 64 },
  { cluster_size: 4096 },
  { cluster_size: 65536 },
  { cluster_size: 16384, extended_l2: true, lazy_refcounts: true },
  { cluster_size: 512, compat: "v2" },
];

for (const [index, options] of KINDS.entries()) {
  test(`many use an image at the same time, ${JSON.stringify(options)}: none sees another's bytes, and nothing leaks`, async () => {
    const store = new SlowStore("image", index + 1);
    await createQcow2(store, { size: SIZE, ...options });
    const image = await openQcow2(store, { l2Cache: 0, refcountCache: 0 });
    await Promise.all([resizer(image, index), ...Array.from({ length: STRIPES }, (_, stripe) => user(image, stripe, index))]);
    await image.close();
    expect(await countReferences(store)).toEqual({ corruptions: [], leaks: 0 });
  });
}

/** A store that refuses to be read for ever. */
class CountedStore extends MemoryStore {
  left = Number.POSITIVE_INFINITY;

  override async read(at: number, into: Uint8Array): Promise<void> {
    if (--this.left < 0) throw new Error("read again and again");
    await super.read(at, into);
  }
}

test("readers of more tables than there is room for all come to their end", async () => {
  const store = new CountedStore("image");
  // What an L2 table maps.
  const reach = 32_768;
  await createQcow2(store, { size: 16 * reach, cluster_size: 512 });
  const image = await openQcow2(store, { l2Cache: 0, refcountCache: 0 });
  await image.write(0, new Uint8Array(16 * reach).fill(1));
  await image.flush();
  // Changed tables stay, so that room is left for two.
  for (const changed of [14, 15]) await image.zero(changed * reach, 512, false);
  store.left = 20_000;
  const read = async (table: number) => {
    const bytes = new Uint8Array(reach + 512);
    await image.read(table * reach, bytes);
    expect(bytes.every((byte) => byte === 1)).toBe(true);
  };
  await Promise.all(Array.from({ length: 8 }, (_, table) => read(table)));
  await image.close();
});

/** In the place of an offset: the store's flush. */
const FLUSH = -1;

/** A store that keeps the next call for a place waiting. */
class HeldStore extends MemoryStore {
  held: { readonly at: number; readonly until: Promise<void> } | undefined;

  override async read(at: number, into: Uint8Array): Promise<void> {
    await this.turn(at);
    await super.read(at, into);
  }

  override async write(at: number, from: Uint8Array): Promise<void> {
    const bytes = from.slice();
    await this.turn(at);
    await super.write(at, bytes);
  }

  flushes = 0;

  override async flush(): Promise<void> {
    this.flushes++;
    await this.turn(FLUSH);
  }

  private async turn(at: number): Promise<void> {
    const { held } = this;
    if (at !== held?.at) return;
    this.held = undefined;
    await held.until;
  }
}

for (const kind of ["write", "read"] as const) {
  test(`a cluster that is given back is not used anew as long as a ${kind} that began before is under way`, async () => {
    const store = new HeldStore("image");
    await createQcow2(store, { size: 1 << 20, cluster_size: 4096 });
    const image = await openQcow2(store);
    const cluster = (byte: number) => new Uint8Array(4096).fill(byte);
    await image.write(0, cluster(1));
    await image.flush();
    let release = () => {};
    store.held = { at: (await image.extent(0)).offset!, until: new Promise((resolve) => (release = resolve)) };
    const read = new Uint8Array(4096);
    const held = kind === "write" ? image.write(0, cluster(2)) : image.read(0, read);
    await image.discard(0, 4096);
    const rest = [image.flush(), image.write(8192, cluster(3))];
    for (let turns = 0; turns < 1000; turns++) await undefined;
    release();
    await Promise.all([held, ...rest]);
    if (kind === "read") expect(firstDifference(read, cluster(1))).toBe(-1);
    await image.read(8192, read);
    expect(firstDifference(read, cluster(3))).toBe(-1);
    await image.close();
  });
}

test("what runs alone waits for the tables that a flush is writing", async () => {
  const store = new HeldStore("image");
  await createQcow2(store, { size: 1 << 20, cluster_size: 4096 });
  const image = await openQcow2(store);
  const three = new Uint8Array(4096).fill(3);
  await image.write(0, new Uint8Array(4096).fill(1));
  await image.flush();
  await image.write(4096, new Uint8Array(4096).fill(2));
  let release = () => {};
  store.held = { at: image.mapping.l1Entry(0).offset, until: new Promise((resolve) => (release = resolve)) };
  const flushed = image.flush();
  for (let turns = 0; turns < 1000; turns++) await undefined;
  expect(store.held).toBeUndefined();
  const alone = image.alone(() => image.writer.writeAnywhere(8192, three));
  for (let turns = 0; turns < 1000; turns++) await undefined;
  release();
  await Promise.all([flushed, alone]);
  await image.close();
  const read = new Uint8Array(4096);
  await (await openQcow2(store, { readOnly: true })).read(8192, read);
  expect(firstDifference(read, three)).toBe(-1);
});

test("a flush is not over before one that began earlier, and has its bytes under way, is", async () => {
  const store = new HeldStore("image");
  await createQcow2(store, { size: 1 << 20 });
  const image = await openQcow2(store);
  await image.write(0, new Uint8Array(512));
  await image.flush();
  await image.write(0, new Uint8Array(512).fill(1));
  let release = () => {};
  store.held = { at: FLUSH, until: new Promise((resolve) => (release = resolve)) };
  const over: string[] = [];
  const first = image.flush().then(() => over.push("first"));
  for (let turns = 0; turns < 1000; turns++) await undefined;
  const second = image.flush().then(() => over.push("second"));
  for (let turns = 0; turns < 1000; turns++) await undefined;
  expect(over).toEqual([]);
  release();
  await Promise.all([first, second]);
  await image.close();
});

test("a write that ends after a flush began is in the next one", async () => {
  const store = new HeldStore("image");
  await createQcow2(store, { size: 1 << 20 });
  const image = await openQcow2(store);
  await image.write(0, new Uint8Array(512));
  await image.flush();
  let release = () => {};
  store.held = { at: (await image.extent(0)).offset!, until: new Promise((resolve) => (release = resolve)) };
  const write = image.write(0, new Uint8Array(512).fill(1));
  await image.flush();
  release();
  await write;
  const before = store.flushes;
  await image.flush();
  expect(store.flushes).toBe(before + 1);
  await image.close();
});
