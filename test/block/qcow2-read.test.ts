import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { openNamed, openReferredFile } from "../../cli/image-files.js";
import type { Image } from "../../devices/block/image.js";
import { imageFolder, lacksQemuImg, qemuCheck, qemuImg, qemuIo } from "./tools.js";

const folder = imageFolder();
afterAll(() => folder.remove());
const opened: Image[] = [];
afterEach(async () => {
  for (const image of opened.splice(0)) await image.close();
});

const SIZE = 2 * 1024 * 1024 + 512;
/** What qemu-io does to every image: all kinds of clusters, and parts of them. */
const COMMANDS = [
  "write -P 1 0 70000",
  "write -P 2 300000 1",
  "write -P 3 1000000 500000",
  "write -z 1100000 70000",
  "write -z -u 1200000 131072",
  "discard 1400000 140000",
  "write -P 4 1600k 4k",
  "write -P 5 1700k 300k",
  "discard 1800k 100k",
  "write -P 6 2M 512",
];
const FLAVOURS: Record<string, readonly string[]> = {
  default: [],
  "compat=v2": ["compat=v2"],
  "cluster_size=512": ["cluster_size=512"],
  "cluster_size=2M": ["cluster_size=2M"],
  "refcount_bits=1": ["refcount_bits=1"],
  "refcount_bits=2": ["refcount_bits=2,cluster_size=4k"],
  "refcount_bits=4": ["refcount_bits=4,compat=v3,cluster_size=1k"],
  "refcount_bits=64": ["refcount_bits=64,cluster_size=512"],
  lazy_refcounts: ["lazy_refcounts=on"],
  extended_l2: ["extended_l2=on"],
  "extended_l2, 16 KiB": ["extended_l2=on,cluster_size=16k"],
  zstd: ["compression_type=zstd"],
  "preallocation=metadata": ["preallocation=metadata"],
  "preallocation=full": ["preallocation=full"],
  data_file: ["data_file=DATA"],
  "data_file, raw": ["data_file=DATA,data_file_raw=on"],
};

async function contents(image: Image): Promise<Uint8Array> {
  const bytes = new Uint8Array(image.size);
  await image.read(0, bytes);
  return bytes;
}

async function open(path: string, readOnly = true): Promise<Image> {
  const store = await FileStore.open(path, { readOnly });
  try {
    const image = await openNamed(store, { readOnly }, openReferredFile);
    opened.push(image);
    return image;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A row that `qemu-img map --output=json` prints; later versions have one more field, "compressed". */
interface Row {
  start: number;
  length: number;
  depth: number;
  present: boolean;
  zero: boolean;
  data: boolean;
  offset?: number;
}

async function map(image: Image): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < image.size; start += rows.at(-1)!.length) {
    const { length, data, zero, present, depth, offset } = await image.extent(start);
    rows.push({ start, length, depth, present, zero, data, ...(offset === undefined ? {} : { offset }) });
  }
  return joined(rows);
}

/** The same of qemu-img, but for holes in the host's file, which stores here do not know. */
async function qemuMap(path: string): Promise<Row[]> {
  const rows = JSON.parse(await qemuImg("map", "-f", "qcow2", "--output=json", path)) as Row[];
  return joined(
    rows.map(({ start, length, depth, present, zero, data, offset }) => {
      const place = offset === undefined ? {} : { offset };
      return { start, length, depth, present, zero: zero && !data, data, ...place };
    }),
  );
}

/** Rows that go on where the one before ends, in one. */
function joined(rows: readonly Row[]): Row[] {
  const joined: Row[] = [];
  for (const row of rows) {
    const last = joined.at(-1);
    const alike = last !== undefined && (["depth", "present", "zero", "data"] as const).every((key) => last[key] === row[key]);
    const place = last?.offset === undefined ? undefined : last.offset + last.length;
    if (alike && row.offset === place) last.length += row.length;
    else joined.push({ ...row });
  }
  return joined;
}

describe.skipIf(lacksQemuImg)("qcow2 images that qemu-img made", () => {
  let backing = "";
  beforeAll(() => {
    backing = folder.path("backing.raw");
    writeFileSync(
      backing,
      Uint8Array.from({ length: 1_500_000 }, (_, index) => index >> 5),
    );
  });

  for (const [name, options] of Object.entries(FLAVOURS)) {
    test(`${name}: reads and maps as qemu-img says, and still does when we have written to it`, async () => {
      const path = folder.path("made.qcow2");
      const raw = folder.path("made.raw");
      const chosen = options.map((option) => option.replace("DATA", folder.path("made.data")));
      await qemuImg("create", "-q", "-f", "qcow2", ...chosen.flatMap((option) => ["-o", option]), path, String(SIZE));
      await qemuIo(path, "qcow2", ...COMMANDS);
      await qemuImg("convert", "-f", "qcow2", "-O", "raw", path, raw);
      const image = await open(path, false);
      expect(Buffer.compare(await contents(image), readFileSync(raw))).toBe(0);
      expect(await map(image)).toEqual(await qemuMap(path));
      await image.write(1_050_000, new Uint8Array(200_000).fill(9));
      await image.zero(10_000, 50_000, true);
      await image.discard(1_500_000, 400_000);
      const after = await contents(image);
      await image.close();
      expect(await qemuCheck(path)).toMatchObject({ corruptions: 0, leaks: 0 });
      writeFileSync(raw, after);
      expect(await qemuImg("compare", "-f", "qcow2", "-F", "raw", path, raw)).toMatch("Images are identical.");
    });
  }

  for (const compression of ["zlib", "zstd"]) {
    test(`compressed clusters, ${compression}: read, map, and written over`, async () => {
      const [path, raw] = [folder.path("compressed.qcow2"), folder.path("compressed.raw")];
      await qemuImg("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", `compression_type=${compression}`, backing, path);
      await qemuImg("convert", "-f", "qcow2", "-O", "raw", path, raw);
      const image = await open(path, false);
      expect(Buffer.compare(await contents(image), readFileSync(raw))).toBe(0);
      expect(await map(image)).toEqual(await qemuMap(path));
      await image.write(100_000, new Uint8Array(5000).fill(7));
      await image.close();
      expect(await qemuCheck(path)).toMatchObject({ corruptions: 0, leaks: 0 });
    });
  }

  for (const options of ["compat=v2", "compat=v3", "extended_l2=on", "cluster_size=2k"]) {
    test(`a chain of three, ${options}: reads and maps as qemu-img says`, async () => {
      const [middle, top, raw] = [folder.path("middle.qcow2"), folder.path("top.qcow2"), folder.path("chain.raw")];
      await qemuImg("create", "-q", "-f", "qcow2", "-o", options, "-b", "backing.raw", "-F", "raw", middle, "1800k");
      await qemuIo(middle, "qcow2", "write -P 17 500000 300000", "write -z 100000 200000", "write -P 18 1700k 100k");
      await qemuImg("create", "-q", "-f", "qcow2", "-o", options, "-b", "middle.qcow2", "-F", "qcow2", top, String(SIZE));
      await qemuIo(top, "qcow2", ...COMMANDS);
      await qemuImg("convert", "-f", "qcow2", "-O", "raw", top, raw);
      const image = await open(top);
      expect(Buffer.compare(await contents(image), readFileSync(raw))).toBe(0);
      expect(await map(image)).toEqual(await qemuMap(top));
      await image.close();
    });
  }
});
