import { referredName } from "../referred-name.js";
import { parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { createImage } from "./create-image.js";
import { asksForHelp, CreateOptions, isKnownFormat, optionsHelp } from "./create-options.js";
import { ImgError, prefixed, usage } from "./errors.js";
import { localPath } from "./host-files.js";
import { openImage } from "./images.js";
import { checkOptionLists, refuseObjects } from "./options.js";
import { parseNamedSize } from "./sizes.js";

const SYNTAX = {
  kinds: { f: "value", b: "value", F: "value", o: "value", u: "flag", q: "flag", object: "value" },
} as const;

/** Bytes of the disk behind the new one. Throws ImgError. */
async function backingSize(path: string, name: string, format: string | undefined, context: Context): Promise<number> {
  const shown = referredName("backing", path, name);
  try {
    const opened = await openImage(shown, { format }, context);
    if (format === undefined) {
      await opened.image.close();
      throw new ImgError("Backing file specified without backing format", 1, `Detected format of ${opened.format}.`);
    }
    const { size } = opened.image;
    await opened.image.close();
    return size;
  } catch (error) {
    if (!(error instanceof ImgError) || error.hint) throw error;
    // What is in front of the reason is said already.
    const reason = error.message.replace(/^Could not open '.*?': /, "");
    throw new ImgError(reason, 1, "Could not open backing image.");
  }
}

function optionsFrom(args: ReturnType<typeof parseArguments>, format: string, size: string | undefined): CreateOptions {
  const options = new CreateOptions(format);
  options.parse(args.values("o"));
  if (size !== undefined) {
    if (options.has("size")) throw new ImgError("The image size must be specified only once");
    options.set("size", String(parseNamedSize("image size", size)));
  }
  for (const [letter, name, what] of [
    ["b", "backing_file", "Backing file not supported"],
    ["F", "backing_fmt", "Backing file format not supported"],
  ] as const) {
    const value = args.value(letter);
    if (value === undefined) continue;
    if (format !== "qcow2") throw new ImgError(`${what} for file format '${format}'`);
    options.set(name, value);
  }
  return options;
}

async function make(path: string, args: ReturnType<typeof parseArguments>, size: string | undefined, context: Context): Promise<void> {
  const format = args.value("f") ?? "raw";
  if (!isKnownFormat(format)) throw new ImgError(`Unknown file format '${format}'`);
  const options = optionsFrom(args, format, size);
  const backing = options.get("backing_file");
  if (backing === "") throw new ImgError("Expected backing file name, got empty string");
  if (backing === path) throw new ImgError("Error: Trying to create an image with the same filename as the backing file");
  if (backing !== undefined && !args.has("u")) {
    const found = await backingSize(path, backing, options.get("backing_fmt"), context);
    if (!options.has("size")) options.set("size", String(found));
  }
  if (!options.has("size")) throw new ImgError("Image creation needs a size parameter");
  localPath(path);
  if (!args.has("q")) context.out(`Formatting '${path}', fmt=${format} ${options}\n`);
  await createImage(path, options, context);
}

export async function create(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  checkOptionLists(args.values("o"));
  const [path, size, extra] = args.files;
  if (asksForHelp(args.values("o"))) {
    const format = args.value("f") ?? "raw";
    if (!isKnownFormat(format)) throw new ImgError(`Unknown file format '${format}'`);
    context.out(optionsHelp(format, path !== undefined));
    return 0;
  }
  if (path === undefined) throw usage("Expecting image file name");
  if (extra !== undefined) throw usage(`Unexpected argument: ${extra}`);
  refuseObjects(args);
  if (size !== undefined) parseNamedSize("image size", size);
  try {
    await make(path, args, size, context);
  } catch (error) {
    throw prefixed(`${path}: `, error);
  }
  return 0;
}
