import { commit as commitImage } from "../../devices/block/tools/commit.js";
import { parseArguments } from "./arguments.js";
import { type Context, Progress } from "./console.js";
import { ImgError } from "./errors.js";
import { backingChain, emptyImage, openImage } from "./images.js";
import { checkCache, onlyFile, REFUSED_KINDS, rateLimit, refuseObjects } from "./options.js";
import { rateLimiter } from "./rate.js";

const SYNTAX = {
  kinds: {
    f: "value",
    t: "value",
    b: "value",
    r: "value",
    d: "flag",
    p: "flag",
    q: "flag",
    ...REFUSED_KINDS,
  },
} as const;

export async function commit(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const rate = rateLimit(args);
  const file = onlyFile(args);
  refuseObjects(args);
  const cache = checkCache(args, "t");
  const top = await openImage(file, { format: args.value("f"), write: true, cache }, context);
  try {
    const chain = backingChain(top);
    if (chain.length === 0) throw new ImgError("Image does not have a backing file");
    const wanted = args.value("b");
    const index = wanted === undefined ? 0 : chain.findIndex(({ file }) => file === wanted);
    const base = chain[index];
    if (!base) throw new ImgError(`Did not find '${wanted}' in the backing chain of '${file}'`);
    const target = await openImage(base.file, { format: base.format, write: true, whileRead: true, cache }, context);
    const progress = new Progress(context, args.has("p") && !args.has("q"));
    try {
      await commitImage(top.image, target.image, { depth: index + 1, progress: progress.update, ...rateLimiter(rate) });
    } finally {
      progress.end();
      await target.image.close();
    }
    // Where images between lose their meaning, the top must keep its own.
    if (!args.has("d") && wanted === undefined) await emptyImage(top);
  } finally {
    await top.image.close();
  }
  if (!args.has("q")) context.out("Image committed.\n");
  return 0;
}
