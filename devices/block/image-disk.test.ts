import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../testing/manual-scheduler.js";
import { MemoryImage } from "../testing/memory-image.js";
import { settled } from "../testing/promises.js";
import type { DiskOutcome, DiskRequest } from "./disk.js";
import { ImageDisk, type ImageDiskOptions } from "./image-disk.js";
import { BlockError } from "./store.js";

function setUp(options: ImageDiskOptions = {}) {
  const image = new MemoryImage(Uint8Array.from({ length: 8192 }, (_, n) => n >> 9));
  const scheduler = new ManualScheduler();
  const disk = new ImageDisk("disk", image, scheduler, options);
  const outcomes: DiskOutcome[] = [];
  const submit = (request: DiskRequest, due?: number) => disk.submit(request, (outcome) => outcomes.push(outcome), due);
  return { image, scheduler, disk, outcomes, submit };
}

/** A delay that ends when the test says so. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, wait: () => opened };
}

const write = (at: number, value: number): DiskRequest => ({ kind: "write", at, bytes: new Uint8Array(512).fill(value) });
const read = (at: number) => ({ kind: "read", at, bytes: new Uint8Array(512) }) as const;

test("a request is completed when its time has come and the image has done it, never inside submit()", async () => {
  const { scheduler, outcomes, submit } = setUp({ latency: (bytes) => 1000 + bytes });
  const request = read(1024);
  expect(submit(request).due).toBe(1512);
  await settled();
  scheduler.advance(1511);
  expect(outcomes).toEqual([]);
  scheduler.advance(1);
  expect(outcomes).toEqual(["done"]);
  expect(request.bytes).toEqual(new Uint8Array(512).fill(2));
});

test("a request whose time has come waits for the image", async () => {
  const { image, scheduler, outcomes, submit } = setUp();
  const { open, wait } = gate();
  image.delay = wait;
  submit(read(0));
  await settled();
  scheduler.advance(1e9);
  expect(outcomes).toEqual([]);
  open();
  await settled();
  scheduler.advance(0);
  expect(outcomes).toEqual(["done"]);
});

describe("what the image can do at once", () => {
  class PromptImage extends MemoryImage {
    isPrompt = true;

    readNow(at: number, into: Uint8Array): boolean {
      if (at === 4096) throw new BlockError("a bad sector");
      if (!this.isPrompt) return false;
      this.log.push(`readNow ${at}`);
      into.set(this.bytes.subarray(at, at + into.length));
      return true;
    }
  }

  function setUpPrompt() {
    const image = new PromptImage(Uint8Array.from({ length: 8192 }, (_, n) => n >> 9));
    const scheduler = new ManualScheduler();
    const disk = new ImageDisk("disk", image, scheduler, { latency: () => 1000 });
    const outcomes: DiskOutcome[] = [];
    return { image, scheduler, outcomes, submit: (request: DiskRequest) => disk.submit(request, (outcome) => outcomes.push(outcome)) };
  }

  test("is completed at its time, waits for no promise, and never ends inside submit()", () => {
    const { image, scheduler, outcomes, submit } = setUpPrompt();
    const request = read(1024);
    submit(request);
    expect(outcomes).toEqual([]);
    scheduler.advance(1000);
    expect([outcomes, image.log]).toEqual([["done"], ["readNow 1024"]]);
    expect(request.bytes).toEqual(new Uint8Array(512).fill(2));
  });

  test("fails as it would later", () => {
    const { scheduler, outcomes, submit } = setUpPrompt();
    submit(read(4096));
    scheduler.advance(1000);
    expect(outcomes).toEqual(["io-error"]);
  });

  test("is done later where the image says so, and behind what is under way", async () => {
    const { image, scheduler, outcomes, submit } = setUpPrompt();
    const { open, wait } = gate();
    image.delay = wait;
    submit(write(512, 7));
    const behind = read(512);
    submit(behind);
    open();
    await settled();
    image.isPrompt = false;
    submit(read(0));
    await settled();
    scheduler.advance(1000);
    expect([outcomes, image.log]).toEqual([
      ["done", "done", "done"],
      ["write 512+512", "read 512+512", "read 0+512"],
    ]);
    expect(behind.bytes).toEqual(new Uint8Array(512).fill(7));
  });
});

test("what touches the same bytes is done in the order of submission, what does not goes on side by side", async () => {
  const { image, submit, scheduler } = setUp();
  const { open, wait } = gate();
  image.delay = wait;
  const after = read(512);
  submit(write(512, 7));
  submit(after);
  submit(read(1024));
  await settled();
  expect(image.log).toEqual(["write 512+512", "read 1024+512"]);
  open();
  await settled();
  scheduler.advance(0);
  expect(image.log).toEqual(["write 512+512", "read 1024+512", "read 512+512"]);
  expect(after.bytes[0]).toBe(7);
});

test("a flush reaches the image", async () => {
  const { image, submit } = setUp();
  submit(write(0, 1));
  await settled();
  submit({ kind: "flush" });
  await settled();
  expect(image.log).toEqual(["write 0+512", "flush"]);
});

test("zero, discard, and what goes wrong", async () => {
  const { image, scheduler, outcomes, submit } = setUp();
  image.bad.push({ from: 1024, to: 1536, code: "io" }, { from: 2048, to: 2560, code: "full" });
  for (const request of [
    { kind: "zero", at: 512, length: 512, unmap: true },
    { kind: "discard", at: 0, length: 512 },
  ] as const)
    submit(request);
  submit(read(1024));
  submit(write(2048, 1));
  await settled();
  scheduler.advance(0);
  expect(outcomes).toEqual(["done", "done", "io-error", "no-space"]);
  expect(image.bytes[512]).toBe(0);
});

test("a read-only disk refuses to be written to, and its image hears nothing of it", async () => {
  const { image, scheduler, outcomes, submit } = setUp({ readOnly: true });
  submit(write(0, 1));
  await settled();
  scheduler.advance(0);
  expect(outcomes).toEqual(["read-only"]);
  expect(image.log).toEqual([]);
});

test("a request that is forgotten is done, but nobody is told", async () => {
  const { image, scheduler, outcomes, submit } = setUp();
  submit(write(0, 9)).forget();
  await settled();
  scheduler.advance(0);
  expect(outcomes).toEqual([]);
  expect(image.bytes[0]).toBe(9);
});

test("one that is submitted again after a snapshot is completed when it would have been", async () => {
  const { scheduler, outcomes, submit } = setUp({ latency: () => 1000 });
  scheduler.advance(700);
  expect(submit(read(0), 900).due).toBe(900);
  await settled();
  scheduler.advance(200);
  expect(outcomes).toEqual(["done"]);
});

test("an image that breaks its promise is our own bug, and shows", async () => {
  const { image, scheduler, submit } = setUp();
  image.delay = () => Promise.reject(new TypeError("not a BlockError"));
  submit(read(0));
  await settled();
  expect(() => scheduler.advance(0)).toThrow("not a BlockError");
});
