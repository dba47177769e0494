// A host that stops after any write, or loses any of the writes since the last flush, or the end of some: the real qemu-img finds no corruption in what is left, and what was
// flushed is there. Every place is looked at by our own check, which is held against qemu-img's (check.test.ts), and a part of them by qemu-img itself.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../devices/block/memory-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { checkQcow2 } from "../../devices/block/qcow2/check/check.js";
import { type CreateOptions, createQcow2 } from "../../devices/block/qcow2/create.js";
import { INCOMPATIBLE, readHeader } from "../../devices/block/qcow2/header.js";
import { applySnapshot, createSnapshot, deleteSnapshot } from "../../devices/block/qcow2/snapshots.js";
import { Promises } from "../../devices/block/testing/promises.js";
import { contentsOf, RecordingStore } from "../../devices/block/testing/recording-store.js";
import { lacksQemuImg, randomBytes, randoms, tool, withFolder } from "./tools.js";

const SIZE = 300_000;
/** What a disk writes at once. */
const SECTOR = 512;
/** Crashes that qemu-img looks at, of each kind. */
const JUDGED = Number(process.env["RINGSIDE_CRASHES_JUDGED"] ?? 5);

const backing = new MemoryStore("backing", randomBytes(randoms(3), 150_016));
const resolve = async () => backing;

interface Workload {
  readonly store: RecordingStore;
  readonly promises: Promises;
}

/** `withSnapshots`: they come and go, and the disk goes back to them. */
async function work(options: Partial<CreateOptions>, withSnapshots: boolean): Promise<Workload> {
  const empty = new MemoryStore("image");
  await createQcow2(empty, { size: SIZE, backing_file: "backing", backing_fmt: "raw", ...options });
  const store = new RecordingStore("image", await contentsOf(empty));
  const image = await openQcow2(store, { resolve });
  const promises = new Promises();
  const random = randoms(41);
  const disk = new Uint8Array(image.size);
  await image.read(0, disk);
  const names: string[] = [];
  for (let round = 0; round < 45; round++) {
    const at = random(SIZE - 40_000);
    const length = 1 + random(30_000);
    const choice = random(withSnapshots ? 13 : 9);
    if (choice < 7) promises.begin(store.steps.length, at, length);
    if (choice < 4) await image.write(at, randomBytes(random, length));
    else if (choice < 6) await image.zero(at, length, true);
    else if (choice < 7) await image.discard(at, length);
    else if (choice >= 9) {
      if (choice >= 11) promises.begin(store.steps.length, 0, SIZE);
      if (choice < 11 || names.length === 0) {
        names.push(`s${round}`);
        await createSnapshot(image, { name: `s${round}`, seconds: 1, nanoseconds: 0 });
      } else if (choice < 12) await applySnapshot(image, names[random(names.length)]!);
      else await deleteSnapshot(image, names.splice(random(names.length), 1)[0]!);
    }
    await image.read(0, disk);
    if (choice >= 7) {
      await image.flush();
      promises.flushed(store.steps.length, disk);
    }
  }
  await image.close();
  return { store, promises };
}

const isDirty = async (store: MemoryStore) => ((await readHeader(store)).header.incompatible & INCOMPATIBLE.dirty) !== 0n;

async function readDisk(store: MemoryStore, readOnly: boolean): Promise<Uint8Array> {
  const image = await openQcow2(store, { readOnly, resolve });
  const disk = new Uint8Array(image.size);
  await image.read(0, disk);
  await image.close();
  return disk;
}

/** What was flushed is there, before a repair and after it; and with it the image is sound. */
async function expectAllThere(crashed: MemoryStore, step: number, promises: Promises): Promise<void> {
  expect(promises.firstLost(await readDisk(crashed, true), step), `the first byte that is lost after ${step} steps`).toBe(-1);
  const repaired = new MemoryStore("image", await contentsOf(crashed));
  await checkQcow2(repaired, "all");
  expect(await checkQcow2(repaired)).toMatchObject({ corruptions: 0, leaks: 0, checkErrors: 0 });
  expect(promises.firstLost(await readDisk(repaired, false), step), `the first byte that a repair loses after ${step} steps`).toBe(-1);
}

async function expectNoCorruption(crashed: MemoryStore, step: number): Promise<void> {
  if (await isDirty(crashed)) return;
  expect(await checkQcow2(crashed), `after ${step} steps`).toMatchObject({ corruptions: 0, checkErrors: 0 });
}

async function expectQemuAgrees(crashed: MemoryStore, folder: string): Promise<void> {
  const path = join(folder, "crashed.qcow2");
  writeFileSync(path, await contentsOf(crashed));
  const { output } = await tool("qemu-img", "check", "-f", "qcow2", "--output=json", path);
  expect(JSON.parse(output)).toMatchObject({ "check-errors": 0 });
  if (!(await isDirty(crashed))) expect(JSON.parse(output).corruptions ?? 0).toBe(0);
}

/** Steps since the last flush before `count`: a disk may not have them. */
function unsure({ store }: Workload, count: number): readonly number[] {
  const flush = store.steps.slice(0, count).findLastIndex(({ kind }) => kind === "flush");
  return Array.from({ length: count - flush - 1 }, (_, i) => flush + 1 + i);
}

const KINDS: Readonly<Record<string, Partial<CreateOptions>>> = {
  "clusters of 1 KiB": { cluster_size: 1024, refcount_bits: 8 },
  "extended L2 entries": { cluster_size: 16384, extended_l2: true },
  "lazy refcounts": { cluster_size: 4096, lazy_refcounts: true },
};

describe("a crash of the host", () => {
  test.each(Object.entries(KINDS))("after any write (%s)", async (_, options) => {
    const { store, promises } = await work(options, false);
    const crashed = await store.after(0);
    for (let step = 1; step <= store.steps.length; step++) {
      await store.redo(crashed, step - 1);
      await expectNoCorruption(crashed, step);
      if (step % 5 === 0) await expectAllThere(crashed, step, promises);
    }
  });

  const judged = Object.entries(KINDS).flatMap(([name, options]) => [
    [name, options, false] as const,
    [`${name}, and snapshots that come and go`, options, true] as const,
  ]);
  test.skipIf(lacksQemuImg).each(judged)(
    "that loses any of the last writes, or the end of some (%s), before qemu-img",
    async (_, options, withSnapshots) =>
      withFolder(async (folder) => {
        const workload = await work(options, withSnapshots);
        const { store, promises } = workload;
        writeFileSync(join(folder, "backing"), await contentsOf(backing));
        const random = randoms(17);
        for (let i = 0; i < 6 * JUDGED; i++) {
          const step = 1 + random(store.steps.length);
          const last = unsure(workload, step);
          const lost = new Set(last.filter(() => random(2) === 0));
          const torn = new Map(last.filter(() => random(4) === 0).map((index) => [index, SECTOR * random(8)] as const));
          const crashed = await store.after(step, lost, torn);
          await expectNoCorruption(crashed, step);
          await expectAllThere(crashed, step, promises);
          if (i % 6 === 0) await expectQemuAgrees(crashed, folder);
        }
      }),
  );

  const version2 = ["version 2", { cluster_size: 512, compat: "v2" }] as const;
  test.each([...Object.entries(KINDS), version2])("with snapshots that come and go, after any write (%s)", async (_, options) => {
    const { store, promises } = await work(options, true);
    const crashed = await store.after(0);
    for (let step = 1; step <= store.steps.length; step++) {
      await store.redo(crashed, step - 1);
      await expectNoCorruption(crashed, step);
      if (step % 7 === 0) await expectAllThere(crashed, step, promises);
    }
  });
});
