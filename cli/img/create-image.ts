// New images in new files.
import { createQcow2, type CreateOptions as Qcow2CreateOptions } from "../../devices/block/qcow2/create.js";
import { writeZeros } from "../../devices/block/raw.js";
import type { Store } from "../../devices/block/store.js";
import { qcow2Size } from "../../devices/block/tools/measure.js";
import type { Context } from "./console.js";
import { type CreateOptions, isPreallocation } from "./create-options.js";
import { ImgError } from "./errors.js";
import { localPath } from "./host-files.js";
import { qcow2Options } from "./qcow2-options.js";

async function createRaw(path: string, options: CreateOptions, { files }: Context): Promise<void> {
  const preallocation = options.get("preallocation") ?? "off";
  if (!isPreallocation(preallocation)) throw new ImgError(`invalid parameter value: ${preallocation}`);
  const size = Math.ceil(options.number("size")! / 512) * 512;
  const store = await files.create(localPath(path));
  try {
    if (preallocation === "metadata") throw new ImgError("Unsupported preallocation mode: metadata");
    await store.truncate(size);
    // Room can not be reserved from Node without writing to it.
    if (preallocation !== "off") await writeZeros((at, bytes) => store.write(at, bytes), 0, size);
  } finally {
    await store.close();
  }
}

async function createQcow2File(path: string, options: CreateOptions, { files }: Context): Promise<void> {
  const wanted = qcow2Options(options);
  const size = options.number("size")!;
  if (qcow2Size(size, wanted) === undefined) {
    throw new ImgError("The image size is too large for file format 'qcow2' (try using a larger cluster size)");
  }
  const store = await files.create(localPath(path));
  const { backingFile, backingFormat, dataFile } = wanted;
  const chosen: Qcow2CreateOptions = {
    size,
    compat: wanted.version === 2 ? "v2" : "v3",
    cluster_size: wanted.clusterSize,
    refcount_bits: wanted.refcountBits,
    extended_l2: wanted.extendedL2,
    lazy_refcounts: wanted.lazyRefcounts,
    compression_type: wanted.compressionType,
    preallocation: wanted.preallocation,
    ...(backingFile === undefined ? {} : { backing_file: backingFile }),
    ...(backingFormat === undefined ? {} : { backing_fmt: backingFormat }),
    ...(dataFile === undefined ? {} : { data_file: dataFile, data_file_raw: wanted.dataFileRaw }),
  };
  let data: Store | undefined;
  try {
    if (dataFile !== undefined) data = await files.create(localPath(dataFile));
    await createQcow2(store, chosen, data);
  } finally {
    await store.close();
    await data?.close();
  }
}

/** `options` have a size. Rejects with an ImgError or a BlockError, which do not name the image. */
export async function createImage(path: string, options: CreateOptions, context: Context): Promise<void> {
  await (options.format === "qcow2" ? createQcow2File(path, options, context) : createRaw(path, options, context));
}
