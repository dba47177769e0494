// `dd`: blocks of an image into a new one. All that is copied is written, zeros too, as qemu-img does it.
import type { Image } from "../../devices/block/image.js";
import { parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { createImage } from "./create-image.js";
import { CreateOptions, isKnownFormat } from "./create-options.js";
import { ImgError, prefixed } from "./errors.js";
import { openImage } from "./images.js";
import { refuseObjects, SHARE_KINDS, SOURCE_LETTERS } from "./options.js";
import { parseNamedSize } from "./sizes.js";

const SYNTAX = {
  kinds: { ...SHARE_KINDS, format: "value", O: "value" },
  letters: SOURCE_LETTERS,
} as const;

const LARGEST_BLOCK = 2 ** 31 - 1;
const USUAL_BLOCK = 512;
/** Blocks are copied several at a time, up to so many bytes. */
const PIECE = 1 << 20;

interface Operands {
  readonly input: string;
  readonly output: string;
  readonly block: number;
  readonly count: number | undefined;
  readonly skip: number;
}

/** "if=a", "bs=64k": the last of each name counts. Throws ImgError. */
function parseOperands(words: readonly string[]): Operands {
  const given = new Map<string, string>();
  const numbers = new Map<string, number>();
  for (const word of words) {
    const split = word.indexOf("=");
    const name = split < 0 ? word : word.slice(0, split);
    const value = word.slice(split + 1);
    if (split < 0 || !["if", "of", "bs", "count", "skip"].includes(name)) throw new ImgError(`unrecognized operand ${name}`);
    if (name === "if" || name === "of") given.set(name, value);
    else numbers.set(name, name === "bs" ? parseNamedSize(name, value, 1, LARGEST_BLOCK) : parseNamedSize(name, value));
  }
  const [input, output] = [given.get("if"), given.get("of")];
  if (input === undefined || output === undefined) throw new ImgError("Must specify both input and output files");
  return { input, output, block: numbers.get("bs") ?? USUAL_BLOCK, count: numbers.get("count"), skip: numbers.get("skip") ?? 0 };
}

async function transfer(from: Image, to: Image, start: number, end: number, block: number): Promise<void> {
  const piece = Math.max(block, Math.floor(PIECE / block) * block);
  for (let at = start; at < end; at += piece) {
    const bytes = new Uint8Array(Math.min(piece, end - at));
    await from.read(at, bytes).catch((error) => {
      throw prefixed("error while reading from input image file: ", error);
    });
    await to.write(at - start, bytes).catch((error) => {
      throw prefixed("error while writing to output image file: ", error);
    });
  }
}

export async function dd(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const { input, output, block, count, skip } = parseOperands(args.files);
  refuseObjects(args);
  const source = await openImage(input, { format: args.value("format"), share: args.has("force-share") }, context);
  try {
    const format = args.value("O") ?? "raw";
    if (!isKnownFormat(format)) throw new ImgError("Unknown file format");
    const end = count === undefined ? source.image.size : Math.min(source.image.size, count * block);
    const options = new CreateOptions(format);
    options.set("size", String(Math.max(0, end - skip * block)));
    try {
      await createImage(output, options, context);
    } catch (error) {
      throw prefixed(`${output}: error while creating output image: `, error);
    }
    const target = await openImage(output, { format, write: true }, context);
    try {
      if (skip * block > end) context.err(`ringside: ${input}: cannot skip to specified offset\n`);
      await transfer(source.image, target.image, skip * block, end, block);
    } finally {
      await target.image.close();
    }
  } finally {
    await source.image.close();
  }
  return 0;
}
