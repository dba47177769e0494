// `bench`: how long many requests of one kind take, side by side. Of -i there are threads alone, and no -n: Node has one way to reach a file.
import type { Image } from "../../devices/block/image.js";
import { type Arguments, parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { ImgError, prefixed, usage } from "./errors.js";
import { openImage } from "./images.js";
import { CACHE_MODES, refuseObjects, SOURCE_KINDS, SOURCE_LETTERS } from "./options.js";
import { parseNamedSize } from "./sizes.js";

const SYNTAX = {
  kinds: {
    ...SOURCE_KINDS,
    c: "value",
    d: "value",
    i: "value",
    o: "value",
    s: "value",
    S: "value",
    t: "value",
    n: "flag",
    q: "flag",
    w: "flag",
    "flush-interval": "value",
    "no-drain": "flag",
    pattern: "value",
  },
  letters: SOURCE_LETTERS,
} as const;

const MOST = 2 ** 31 - 1;

interface Plan {
  readonly count: number;
  /** Requests side by side. */
  readonly depth: number;
  readonly write: boolean;
  /** Bytes of a request, and from the beginning of one to that of the next. */
  readonly size: number;
  readonly step: number;
  readonly offset: number;
  readonly pattern: number;
  /** Requests after which there is a flush; 0: none. */
  readonly flushInterval: number;
  /** A flush waits for the requests before it. */
  readonly drain: boolean;
}

/** Throws ImgError. */
function wholeNumber(args: Arguments, name: string, usual: number, least: number, most: number, complaint: string): number {
  const text = args.value(name);
  if (text === undefined) return usual;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ImgError(complaint);
}

/** Throws ImgError. */
function plan(args: Arguments): Plan {
  const bytes = (name: "o" | "s" | "S", what: string, usual: number, most?: number) => {
    const text = args.value(name);
    return text === undefined ? usual : parseNamedSize(what, text, 0, most);
  };
  const size = bytes("s", "buffer size", 4096, MOST);
  const made: Plan = {
    count: wholeNumber(args, "c", 75_000, 0, MOST, "Invalid request count specified"),
    depth: wholeNumber(args, "d", 64, 1, MOST, "Invalid queue depth specified"),
    write: args.has("w"),
    size,
    step: bytes("S", "step_size", 0, MOST) || size,
    offset: bytes("o", "offset", 0),
    pattern: wholeNumber(args, "pattern", 0, 0, 255, "Invalid pattern byte specified"),
    flushInterval: wholeNumber(args, "flush-interval", 0, 0, MOST, "Invalid flush interval specified"),
    drain: !args.has("no-drain"),
  };
  if (!made.write && made.flushInterval > 0) throw new ImgError("--flush-interval is only available in write tests");
  if (made.flushInterval > 0 && made.flushInterval < made.depth) throw new ImgError("Flush interval can't be smaller than depth");
  return made;
}

async function work(image: Image, { count, depth, write, size, step, offset, pattern, flushInterval, drain }: Plan): Promise<void> {
  const underway = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const begin = (request: Promise<void>) => {
    const done: Promise<void> = request
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => underway.delete(done));
    underway.add(done);
  };
  for (let i = 0; i < count && !failure; i++) {
    while (underway.size >= depth) await Promise.race(underway);
    const at = (offset + i * step) % Math.max(1, image.size);
    const bytes = new Uint8Array(size).fill(pattern);
    begin(write ? image.write(at, bytes) : image.read(at, bytes));
    if (flushInterval === 0 || (i + 1) % flushInterval !== 0) continue;
    if (drain) await Promise.all(underway);
    begin(image.flush());
  }
  await Promise.all(underway);
  if (failure) throw prefixed("Failed request: ", failure.error);
}

export async function bench(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const cache = args.value("t");
  if (cache !== undefined && !CACHE_MODES.includes(cache)) throw new ImgError("Invalid cache mode");
  const aio = args.value("i") ?? "threads";
  if (aio !== "threads" || args.has("n")) throw new ImgError(aio === "threads" ? "-n is not supported" : `Invalid aio option: ${aio}`);
  const made = plan(args);
  const [file, ...more] = args.files;
  if (file === undefined || more.length > 0) throw usage("Expecting one image file name");
  refuseObjects(args);
  const share = args.has("force-share");
  if (share && made.write) throw new ImgError(`Could not open '${file}': force-share=on can only be used with read-only images`);
  const { image } = await openImage(file, { format: args.value("format"), write: made.write, share, cache }, context);
  try {
    const { count, depth, size, step, offset, flushInterval } = made;
    const kind = made.write ? "write" : "read";
    context.out(
      `Sending ${count} ${kind} requests, ${size} bytes each, ${depth} in parallel (starting at offset ${offset}, step size ${step})\n`,
    );
    if (flushInterval > 0) context.out(`Sending flush every ${flushInterval} requests\n`);
    const begun = performance.now();
    await work(image, made);
    context.out(`Run completed in ${((performance.now() - begun) / 1000).toFixed(3)} seconds.\n`);
  } finally {
    await image.close();
  }
  return 0;
}
