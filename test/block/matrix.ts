// The features of qcow2 in combination: images that the real qemu-img makes are read here, and images made here are judged by it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileStore } from "../../cli/file-store.js";
import { openImageFile } from "../../cli/image-files.js";
import { checkQcow2 } from "../../devices/block/qcow2/check/check.js";
import { type CreateOptions, createQcow2 } from "../../devices/block/qcow2/create.js";
import { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import { createSnapshot, listSnapshots } from "../../devices/block/qcow2/snapshots.js";
import { type Descriptions, mustBeDescribedAlike } from "./same-description.js";
import { must, randomBytes, randoms } from "./tools.js";

export interface Combination {
  readonly options: Omit<CreateOptions, "size">;
  readonly backing: "none" | "raw" | "qcow2";
  readonly snapshots: boolean;
}

const SIZE = (3 << 20) + 512;
/** An offset that the first writes leave alone, with 64 KiB behind it. */
const UNTOUCHED = 25 << 16;
const BACKING_SIZE = (2 << 20) + 1024;

function* everything(): Generator<Combination> {
  for (const compat of ["v2", "v3"] as const)
    for (const cluster_size of [512, 4096, 65536, 2 << 20])
      for (const refcount_bits of [1, 8, 16, 64])
        for (const backing of ["none", "raw", "qcow2"] as const)
          for (const compression_type of ["zlib", "zstd"] as const)
            for (const extended_l2 of [false, true])
              for (const lazy_refcounts of [false, true])
                for (const data of ["inside", "outside", "raw"])
                  for (const preallocation of ["off", "metadata", "falloc", "full"] as const)
                    for (const snapshots of [false, true]) {
                      const file = data === "inside" ? {} : { data_file: "data.raw", data_file_raw: data === "raw" };
                      const options = {
                        compat,
                        cluster_size,
                        refcount_bits,
                        compression_type,
                        extended_l2,
                        lazy_refcounts,
                        preallocation,
                        ...file,
                      };
                      yield { options, backing, snapshots };
                    }
}

/** qemu-img makes such an image. */
function isPossible({ options, backing, snapshots }: Combination): boolean {
  const { compat, refcount_bits, compression_type, extended_l2, lazy_refcounts, data_file, data_file_raw, preallocation, cluster_size } =
    options;
  const isPlain = refcount_bits === 16 && compression_type === "zlib" && !extended_l2 && !lazy_refcounts && data_file === undefined;
  if (compat === "v2" && !isPlain) return false;
  if (extended_l2 && cluster_size! < 16384) return false;
  if (backing !== "none" && (data_file_raw === true || (preallocation !== "off" && !extended_l2))) return false;
  return !snapshots || (data_file === undefined && refcount_bits !== 1);
}

export const COMBINATIONS: readonly Combination[] = [...everything()].filter(isPossible);

/** `-o` of qemu-img. */
function optionText({ options }: Combination, folder: string): string {
  const { data_file, compat, ...rest } = options;
  const file = data_file === undefined ? {} : { data_file: join(folder, data_file) };
  return Object.entries({ compat, ...rest, ...file })
    .filter(([name, value]) => value !== false && !(name === "compression_type" && value === "zlib"))
    .map(([name, value]) => `${name}=${value === true ? "on" : value}`)
    .join(",");
}

export const describeCombination = (combination: Combination) =>
  `${optionText(combination, "")}, backing ${combination.backing}${combination.snapshots ? ", with snapshots" : ""}`;

async function makeBacking({ backing }: Combination, folder: string): Promise<string | undefined> {
  if (backing === "none") return undefined;
  const path = join(folder, `backing.${backing}`);
  await must("qemu-img", "create", "-q", "-f", backing, path, String(BACKING_SIZE));
  await must("qemu-io", "-f", backing, "-c", "write -P 0x77 0 1500k", "-c", "write -P 0x78 2000k 40k", path);
  return path;
}

async function withImage<T>(path: string, readOnly: boolean, work: (image: Qcow2Image) => Promise<T>): Promise<T> {
  const image = await openImageFile(path, { readOnly });
  try {
    if (!(image instanceof Qcow2Image)) throw new Error(`${path} is taken for ${image.format}`);
    return await work(image);
  } finally {
    await image.close();
  }
}

async function mustBeIdentical(path: string, bytes: Uint8Array, ...options: readonly string[]): Promise<void> {
  writeFileSync(`${path}.expected`, bytes);
  if (options.length === 0) {
    await must("qemu-img", "compare", "-f", "qcow2", "-F", "raw", path, `${path}.expected`);
    return;
  }
  await must("qemu-img", "convert", "-f", "qcow2", ...options, "-O", "raw", path, `${path}.raw`);
  await must("qemu-img", "compare", "-f", "raw", "-F", "raw", `${path}.raw`, `${path}.expected`);
}

async function readAll(image: Qcow2Image): Promise<Uint8Array> {
  const bytes = new Uint8Array(image.size);
  await image.read(0, bytes);
  return bytes;
}

/** One that qemu-img made reads back the same here, and is found to be as sound. Rejects with what is not so. */
export async function readTheirs(combination: Combination, folder: string, counts: Descriptions): Promise<void> {
  const path = join(folder, "theirs.qcow2");
  const backing = await makeBacking(combination, folder);
  const behind = backing === undefined ? [] : ["-b", backing, "-F", combination.backing];
  await must("qemu-img", "create", "-q", "-f", "qcow2", "-o", optionText(combination, folder), ...behind, path, String(SIZE));
  const io = (...commands: readonly string[]) => must("qemu-io", "-f", "qcow2", ...commands.flatMap((command) => ["-c", command]), path);
  const { cluster_size: cluster, data_file, preallocation } = combination.options;
  // qemu-img compresses only into clusters that there are not yet.
  const compresses = data_file === undefined && preallocation === "off" && cluster! <= UNTOUCHED;
  const compressed = compresses ? [`write -c -P 5 ${UNTOUCHED} ${cluster}`] : [];
  await io("write -P 1 1000 100k", "write -P 2 1M 300k", "write -z -u 1100k 64k", ...compressed, `write -P 3 ${SIZE - 700} 700`);
  if (combination.snapshots) await must("qemu-img", "snapshot", "-c", "one", path);
  await io("write -P 4 50k 10k", "write -z 2M 100k", "discard 1200k 64k", "write -P 6 2500k 3000");
  await withImage(path, true, async (image) => {
    await mustBeIdentical(path, await readAll(image));
    if (combination.snapshots && (await listSnapshots(image))[0]?.name !== "one") throw new Error("the snapshot is not listed");
  });
  const store = await FileStore.open(path, { readOnly: true });
  const { corruptions, leaks, checkErrors } = await checkQcow2(store);
  await store.close();
  if (corruptions + leaks + checkErrors > 0)
    throw new Error(`check finds ${corruptions} corruptions, ${leaks} leaks, ${checkErrors} errors`);
  await mustBeDescribedAlike(path, counts);
}

/** One that is made and written here is sound and the same for qemu-img. Rejects with what is not so. */
export async function writeOurs(combination: Combination, folder: string, counts: Descriptions): Promise<void> {
  const path = join(folder, "ours.qcow2");
  const backing = await makeBacking(combination, folder);
  const { data_file } = combination.options;
  const dataStore = data_file === undefined ? undefined : await FileStore.open(join(folder, data_file), { create: true });
  const store = await FileStore.open(path, { create: true });
  const behind = backing === undefined ? {} : { backing_file: backing, backing_fmt: combination.backing };
  const file = data_file === undefined ? {} : { data_file: join(folder, data_file) };
  await createQcow2(store, { size: SIZE, ...combination.options, ...behind, ...file }, dataStore);
  await store.close();
  await dataStore?.close();

  const random = randoms(describeCombination(combination).length * 31 + 7);
  const states: Uint8Array[] = [];
  await withImage(path, false, async (image) => {
    const model = await readAll(image);
    for (let i = 0; i < 12; i++) {
      const at = random(SIZE - 60_000);
      await change(image, model, at, 1 + random(60_000), random);
      if (combination.snapshots && i % 5 === 4) {
        await createSnapshot(image, { name: `s${states.length}`, seconds: 1, nanoseconds: 0 });
        states.push(model.slice());
      }
    }
    states.push(model);
  });
  await must("qemu-img", "check", "-q", "-f", "qcow2", path);
  await mustBeIdentical(path, states.at(-1)!);
  for (const [i, state] of states.slice(0, -1).entries()) await mustBeIdentical(path, state, "-l", `s${i}`);
  await mustBeDescribedAlike(path, counts);
}

async function change(image: Qcow2Image, model: Uint8Array, at: number, length: number, random: (below: number) => number): Promise<void> {
  const { clusterSize } = image.file.geometry;
  const kind = random(6);
  if (kind === 0) {
    await image.zero(at, length, random(2) === 0);
    model.fill(0, at, at + length);
  } else if (kind === 1) {
    await image.discard(at, length);
    // What it reads as now is free, and stays.
    await image.read(at, model.subarray(at, at + length));
  } else if (kind === 2 && !image.file.externalData) {
    const start = Math.floor(at / clusterSize) * clusterSize;
    const bytes = new Uint8Array(Math.min(clusterSize, image.size - start)).map((_, i) => (i >> 4) ^ at);
    await image.writeCompressed(start, bytes);
    model.set(bytes, start);
  } else {
    const bytes = randomBytes(random, length);
    await image.write(at, bytes);
    model.set(bytes, at);
  }
}
