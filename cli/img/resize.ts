import { parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { isPreallocation } from "./create-options.js";
import { ImgError, usage } from "./errors.js";
import { openImage, resizeImage } from "./images.js";
import { REFUSED_KINDS, refuseObjects } from "./options.js";
import { SIZE_EXPECTED, sizeOf } from "./sizes.js";

const SYNTAX = {
  kinds: { f: "value", q: "flag", ...REFUSED_KINDS, preallocation: "value", shrink: "flag" },
} as const;

/** "+1G", "-1G" or "1G": bytes of a disk that has `size` now. Throws ImgError. */
function newSize(text: string, size: number): number {
  const sign = text.startsWith("+") ? 1 : text.startsWith("-") ? -1 : 0;
  const amount = sizeOf(sign === 0 ? text : text.slice(1));
  if (typeof amount !== "number") throw new ImgError(`Parameter 'size' ${SIZE_EXPECTED}`);
  const total = sign === 0 ? amount : size + sign * amount;
  if (total <= 0) throw new ImgError("New image size must be positive");
  return total;
}

const SHRINKING =
  "warning: Shrinking an image will delete all data beyond the shrunken image's end. Before performing such an operation, make sure there is no important data there.";

export async function resize(argv: readonly string[], context: Context): Promise<number> {
  // The size stands last, and may look like an option.
  const size = argv.at(-1);
  if (size === undefined) throw usage("Not enough arguments");
  if (size === "-h" || size === "--help") return parseArguments(SYNTAX, argv).files.length;
  if (argv.length < 2) throw usage("Not enough arguments");
  const args = parseArguments(SYNTAX, argv.slice(0, -1));
  const preallocation = args.value("preallocation") ?? "off";
  if (!isPreallocation(preallocation)) throw new ImgError(`Invalid preallocation mode '${preallocation}'`);
  const [file, ...more] = args.files;
  if (file === undefined || more.length > 0) throw usage("Expecting image file name and size");
  refuseObjects(args);
  newSize(size, Number.MAX_SAFE_INTEGER);
  const opened = await openImage(file, { format: args.value("f"), write: true }, context);
  try {
    const total = newSize(size, opened.image.size);
    if (total <= opened.image.size && preallocation !== "off") throw new ImgError("Preallocation can only be used for growing images");
    if (total < opened.image.size && !args.has("shrink")) {
      throw new ImgError("Use the --shrink option to perform a shrink operation.", 1, `ringside: ${SHRINKING}`);
    }
    await resizeImage(opened, total, preallocation);
  } finally {
    await opened.image.close();
  }
  if (!args.has("q")) context.out("Image resized.\n");
  return 0;
}
