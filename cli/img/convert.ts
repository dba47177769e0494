// `convert`. Copy offloading (-C) has no meaning here: such a copy is made like any other.
import type { Image } from "../../devices/block/image.js";
import { CopyFailure, type CopyOptions, copy } from "../../devices/block/tools/copy.js";
import { type Arguments, parseArguments } from "./arguments.js";
import { type Context, Progress } from "./console.js";
import { bitmapsOfTarget, bitmapsToCopy, copyBitmaps } from "./convert-bitmaps.js";
import { createImage } from "./create-image.js";
import { asksForHelp, CreateOptions, isKnownFormat, optionsHelp } from "./create-options.js";
import { ImgError, prefixed } from "./errors.js";
import { backingSize, compressedWriter, type Opened, openImage, openSnapshot } from "./images.js";
import { checkCache, checkOptionLists, rateLimit, refuseObjects, SHARE_KINDS, SHARE_LETTERS } from "./options.js";
import { rateLimiter } from "./rate.js";
import { parseNamedSize, sizeOf } from "./sizes.js";

const SYNTAX = {
  kinds: {
    f: "value",
    O: "value",
    B: "value",
    F: "value",
    o: "value",
    l: "value",
    S: "value",
    t: "value",
    T: "value",
    m: "value",
    r: "value",
    C: "flag",
    c: "flag",
    p: "flag",
    q: "flag",
    n: "flag",
    W: "flag",
    "target-image-opts": "flag",
    ...SHARE_KINDS,
    salvage: "flag",
    "target-is-zero": "flag",
    bitmaps: "flag",
    "skip-broken-bitmaps": "flag",
  },
  letters: SHARE_LETTERS,
} as const;

const DEFAULT_SPARSE = 4096;
const MAX_SPARSE = 16 * 2 ** 20;

/** Throws ImgError. */
function sparseSize(args: Arguments): number {
  const text = args.value("S");
  if (text === undefined) return DEFAULT_SPARSE;
  const size = parseNamedSize("buffer size for sparse output", text);
  if (size % 512 === 0 && size <= MAX_SPARSE) return size;
  throw new ImgError(
    `Invalid buffer size for sparse output specified. Valid sizes are multiples of 512 up to ${MAX_SPARSE}. Select 0 to disable sparse detection (fully allocates output).`,
  );
}

/** Throws ImgError. */
function parallelOf(args: Arguments): number {
  const text = args.value("m") ?? "8";
  const count = sizeOf(text);
  if (typeof count === "number" && count >= 1 && count <= 16) return count;
  throw new ImgError("Invalid number of coroutines. Allowed number of coroutines is between 1 and 16");
}

interface Plan {
  readonly sources: readonly string[];
  readonly target: string;
  readonly options: CreateOptions;
  readonly sparse: number;
  readonly parallel: number;
  readonly rate: number | undefined;
}

/** What fits together, and what does not. Throws ImgError. */
function plan(args: Arguments): Plan {
  const format = args.value("O") ?? "raw";
  const [sparse, parallel, rate] = [sparseSize(args), parallelOf(args), rateLimit(args)];
  refuseObjects(args);
  if (args.has("skip-broken-bitmaps") && !args.has("bitmaps")) throw new ImgError("Use of --skip-broken-bitmaps requires --bitmaps");
  if (args.has("C") && args.has("c")) throw new ImgError("Cannot enable copy offloading when -c is used");
  if (args.has("C") && args.has("S")) throw new ImgError("Cannot enable copy offloading when -S is used");
  if (args.has("n") && args.has("o")) throw new ImgError("-o has no effect when skipping image creation");
  if (args.has("target-is-zero") && !args.has("n")) throw new ImgError("--target-is-zero requires use of -n flag");
  const [target, ...sources] = [...args.files].reverse();
  if (target === undefined || sources.length === 0) throw new ImgError("Must specify image file name");
  if (!isKnownFormat(format)) throw new ImgError(`Unknown file format '${format}'`);
  const options = new CreateOptions(format);
  options.parse(args.values("o"));
  if (args.has("B")) {
    if (format !== "qcow2") throw new ImgError(`Backing file not supported for file format '${format}'`);
    options.set("backing_file", args.value("B")!);
  }
  if (args.has("F") && format !== "qcow2") throw new ImgError(`Backing file format not supported for file format '${format}'`);
  if (args.has("F")) options.set("backing_fmt", args.value("F")!);
  return { sources: sources.reverse(), target, options, sparse, parallel, rate };
}

/** What depends on how many sources there are and what the target shall be. Throws ImgError. */
function checkTogether(args: Arguments, { sources, options }: Plan): void {
  if (args.has("l") && sources.length > 1) throw new ImgError("No support for concatenating multiple snapshot");
  const backing = options.get("backing_file");
  if (sources.length > 1 && backing) {
    throw new ImgError("Having a backing file for the target makes no sense when concatenating multiple input images");
  }
  if (backing && !options.has("backing_fmt")) throw new ImgError("Use of backing file requires explicit backing format");
  if (!args.has("c")) return;
  if (options.format !== "qcow2") throw new ImgError("Compression not supported for this file format");
  if (!["off", undefined].includes(options.get("preallocation"))) {
    throw new ImgError("Compression and preallocation not supported at the same time");
  }
}

async function createTarget({ target, options }: Plan, size: number, context: Context): Promise<void> {
  options.set("size", String(size));
  try {
    await createImage(target, options, context);
  } catch (error) {
    throw prefixed(`${target}: error while converting ${options.format}: `, error);
  }
}

function failureText({ doing, at, message }: CopyFailure): string {
  if (doing === "block status") return `error while reading block status at offset ${at}: ${message}`;
  return `error while ${doing} at byte ${at}: ${message}`;
}

async function transfer(args: Arguments, todo: Plan, sources: readonly Image[], target: Opened, context: Context): Promise<void> {
  const compressed = args.has("c") ? compressedWriter(target) : undefined;
  const backing = args.has("B") || todo.options.has("backing_file") ? backingSize(target) : undefined;
  const quiet = args.has("q");
  const progress = new Progress(context, args.has("p") && !quiet);
  const copyOptions: CopyOptions = {
    targetIsZero: args.has("n") ? args.has("target-is-zero") : !todo.options.get("backing_file"),
    ...(backing === undefined ? {} : { backing }),
    sparse: todo.sparse,
    ...(compressed ? { compressed } : {}),
    parallel: todo.parallel,
    outOfOrder: args.has("W") && !compressed,
    ...(args.has("salvage")
      ? {
          unreadable: (at: number, reason: Error) =>
            quiet || context.err(`ringside: warning: error while reading offset ${at}: ${reason.message}\n`),
        }
      : {}),
    progress: progress.update,
    ...rateLimiter(todo.rate),
  };
  try {
    await copy(sources, target.image, copyOptions);
    await target.image.flush();
    progress.update(1, 1);
  } catch (error) {
    throw error instanceof CopyFailure ? new ImgError(failureText(error)) : error;
  } finally {
    progress.end();
  }
}

async function run(args: Arguments, todo: Plan, context: Context): Promise<void> {
  const opened: Opened[] = [];
  try {
    for (const file of todo.sources)
      opened.push(await openImage(file, { format: args.value("f"), share: args.has("force-share") }, context));
    const snapshot = args.value("l");
    if (snapshot !== undefined && opened.length === 1) opened.push(await openSnapshot(opened.pop()!, snapshot));
    checkTogether(args, todo);
    const bitmaps = args.has("bitmaps") ? await bitmapsToCopy(opened, args.has("skip-broken-bitmaps")) : undefined;
    const sources = opened.map(({ image }) => image);
    const size = sources.reduce((sum, image) => sum + image.size, 0);
    if (!args.has("n")) await createTarget(todo, size, context);
    const cache = args.value("t") ?? "unsafe";
    const target = await openImage(todo.target, { format: todo.options.format, write: true, cache }, context);
    opened.push(target);
    if (target.image.size < size && args.has("n")) throw new ImgError("output file is smaller than input file");
    const marked = bitmaps && (await bitmapsOfTarget(target));
    await transfer(args, todo, sources, target, context);
    if (bitmaps && marked) await copyBitmaps(bitmaps, marked, context);
  } finally {
    for (const { image } of opened) await image.close();
  }
}

export async function convert(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  checkOptionLists(args.values("o"));
  if (asksForHelp(args.values("o"))) {
    const format = args.value("O") ?? "raw";
    if (!isKnownFormat(format)) throw new ImgError(`Unknown file format '${format}'`);
    context.out(optionsHelp(format, args.files.length > 0));
    return 0;
  }
  const todo = plan(args);
  checkCache(args, "t");
  checkCache(args, "T");
  await run(args, todo, context);
  return 0;
}
