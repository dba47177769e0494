import { rebase as rebaseImage } from "../../devices/block/tools/rebase.js";
import { referredName } from "../referred-name.js";
import { parseArguments } from "./arguments.js";
import { type Context, Progress } from "./console.js";
import { isKnownFormat } from "./create-options.js";
import { ImgError, usage } from "./errors.js";
import { asQcow2, backingChain, changeBacking, type Opened, openImage } from "./images.js";
import { checkCache, onlyFile, refuseObjects, SHARE_KINDS, SHARE_LETTERS } from "./options.js";

const SYNTAX = {
  kinds: {
    f: "value",
    F: "value",
    b: "value",
    t: "value",
    T: "value",
    u: "flag",
    p: "flag",
    q: "flag",
    ...SHARE_KINDS,
  },
  letters: SHARE_LETTERS,
} as const;

interface Backing {
  readonly name: string;
  readonly format: string | undefined;
}

async function openNew(overlay: Opened, { name, format }: Backing, context: Context): Promise<Opened> {
  try {
    return await openImage(referredName("backing", overlay.path, name), { format }, context);
  } catch (error) {
    if (!(error instanceof ImgError)) throw error;
    throw new ImgError(error.message.replace(/^Could not open '.*?': /, `Could not open new backing file '${name}': `), 1, error.hint);
  }
}

/** Writes to the overlay what is not the same behind it before and after. */
async function adopt(overlay: Opened, after: Backing | undefined, progress: Progress, context: Context): Promise<void> {
  const [old] = backingChain(overlay);
  const opened: Opened[] = [];
  try {
    const open = async (work: Promise<Opened>) => {
      const image = await work;
      opened.push(image);
      return image.image;
    };
    const before = old && (await open(openImage(old.file, { format: old.format }, context)));
    const next = after && (await open(openNew(overlay, after, context)));
    await rebaseImage(overlay.image, before, next, { progress: progress.update });
  } finally {
    for (const { image } of opened) await image.close();
  }
}

export async function rebase(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const unsafe = args.has("u");
  const name = args.value("b");
  const file = onlyFile(args);
  if (!unsafe && name === undefined) throw usage("Must specify backing file (-b) or use unsafe mode (-u)");
  refuseObjects(args);
  const cache = checkCache(args, "t");
  checkCache(args, "T");
  const format = args.value("F");
  const after = name ? { name, format } : undefined;
  const overlay = await openImage(file, { format: args.value("f"), write: true, cache, backing: !unsafe }, context);
  try {
    if (format !== undefined && !isKnownFormat(format)) throw new ImgError(`Invalid format name: '${format}'`);
    const progress = new Progress(context, args.has("p") && !args.has("q"));
    try {
      // What can not be done in the end is not begun.
      if (!unsafe && asQcow2(overlay)) await adopt(overlay, after, progress, context);
      progress.update(1, 1);
      if (after && format === undefined) {
        throw new ImgError(`Could not change the backing file to '${after.name}': backing format must be specified`);
      }
      await changeBacking(overlay, after?.name, after?.format);
    } finally {
      progress.end();
    }
  } finally {
    await overlay.image.close();
  }
  return 0;
}
