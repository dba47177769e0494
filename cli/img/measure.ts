import { allocatedClusters, bitmapBytes, qcow2Size } from "../../devices/block/tools/measure.js";
import { type Arguments, parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { CreateOptions, isKnownFormat, isPreallocation } from "./create-options.js";
import { ImgError } from "./errors.js";
import { bitmapsOf, type Opened, openImage, openSnapshot } from "./images.js";
import { jsonText } from "./json.js";
import { checkOptionLists, refuseObjects, SOURCE_KINDS, SOURCE_LETTERS, wantsJson } from "./options.js";
import { checkClusterSize, checkRefcountBits } from "./qcow2-options.js";
import { parseNamedSize } from "./sizes.js";

const SYNTAX = {
  kinds: { ...SOURCE_KINDS, O: "value", o: "value", l: "value", output: "value", size: "value" },
  letters: SOURCE_LETTERS,
} as const;

/** Bytes. */
interface Measure {
  readonly required: number;
  readonly full: number;
  readonly bitmaps?: number;
}

/** Throws ImgError. */
function parseOptions(format: string, lists: readonly string[]): CreateOptions {
  const options = new CreateOptions(format);
  try {
    options.parse(lists);
  } catch (error) {
    if (!(error instanceof ImgError)) throw error;
    throw new ImgError(error.message, 1, `ringside: Invalid options for file format '${format}'`);
  }
  return options;
}

const toSector = (size: number) => Math.ceil(size / 512) * 512;

async function measureQcow2(size: number, source: Opened | undefined, options: CreateOptions): Promise<Measure> {
  const clusterSize = checkClusterSize(options.number("cluster_size")!);
  const refcountBits = checkRefcountBits(options.number("refcount_bits")!);
  const preallocation = options.get("preallocation") ?? "off";
  if (!isPreallocation(preallocation)) throw new ImgError(`invalid parameter value: ${preallocation}`);
  const compat = options.get("compat") ?? "1.1";
  if (!["0.10", "v2", "1.1", "v3"].includes(compat)) throw new ImgError(`Invalid compatibility level: '${compat}'`);
  const full = qcow2Size(size, { clusterSize, refcountBits, extendedL2: options.boolean("extended_l2") });
  if (full === undefined) throw new ImgError("The image size is too large (try using a larger cluster size)");
  const data = Math.ceil(size / clusterSize) * clusterSize;
  // With an image behind it, nobody knows yet what the new one will hold itself.
  const allFilled = preallocation === "full" || preallocation === "falloc" || (source && options.has("backing_file"));
  const filled = allFilled ? data : source ? await allocatedClusters(source.image, clusterSize) : 0;
  const bitmaps = source && !["0.10", "v2"].includes(compat) ? await bitmapsOf(source) : undefined;
  return {
    required: full - data + filled,
    full,
    ...(bitmaps ? { bitmaps: bitmapBytes(bitmaps, size, clusterSize) } : {}),
  };
}

async function measureFor(size: number, source: Opened | undefined, options: CreateOptions): Promise<Measure> {
  const whole = toSector(size);
  return options.format === "qcow2" ? measureQcow2(whole, source, options) : { required: whole, full: whole };
}

async function open(args: Arguments, file: string, context: Context): Promise<Opened> {
  const opened = await openImage(file, { format: args.value("format"), share: args.has("force-share") }, context);
  const snapshot = args.value("l");
  return snapshot === undefined ? opened : openSnapshot(opened, snapshot);
}

export async function measure(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  checkOptionLists(args.values("o"));
  const json = wantsJson(args);
  const sizeText = args.value("size");
  const size = sizeText === undefined ? undefined : parseNamedSize("image size", sizeText);
  const [file, ...more] = args.files;
  if (more.length > 0) throw new ImgError("At most one filename argument is allowed.");
  if (file === undefined && (args.has("format") || args.has("l") || args.has("image-opts"))) {
    throw new ImgError("--image-opts, -f, and -l require a filename argument.");
  }
  if (file === undefined && size === undefined) throw new ImgError("Either --size N or one filename must be specified.");
  if (file !== undefined && size !== undefined) throw new ImgError("--size N cannot be used together with a filename.");
  refuseObjects(args);
  const source = file === undefined ? undefined : await open(args, file, context);
  try {
    const format = args.value("O") ?? "raw";
    if (!isKnownFormat(format)) throw new ImgError(`Unknown file format '${format}'`);
    const result = await measureFor(size ?? source!.image.size, source, parseOptions(format, args.values("o")));
    const { required, full, bitmaps } = result;
    if (json) context.out(jsonText({ bitmaps, required, "fully-allocated": full }));
    else {
      const line = bitmaps === undefined ? "" : `bitmaps size: ${bitmaps}\n`;
      context.out(`required size: ${required}\nfully allocated size: ${full}\n${line}`);
    }
    return 0;
  } finally {
    await source?.image.close();
  }
}
