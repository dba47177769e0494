import { CompareFailure, type Comparison, compare as compareImages } from "../../devices/block/tools/compare.js";
import { parseArguments } from "./arguments.js";
import { type Context, Progress } from "./console.js";
import { ImgError, usage } from "./errors.js";
import { openImage } from "./images.js";
import { checkCache, refuseObjects, SHARE_KINDS, SHARE_LETTERS } from "./options.js";

const SYNTAX = {
  kinds: {
    f: "value",
    F: "value",
    T: "value",
    p: "flag",
    q: "flag",
    s: "flag",
    ...SHARE_KINDS,
  },
  letters: SHARE_LETTERS,
} as const;

/** Exit codes beside 0, the same, and 1, not the same. */
const EXIT_OPEN = 2;
const EXIT_STATUS = 3;
const EXIT_READ = 4;

function verdict(comparison: Comparison): string {
  switch (comparison.result) {
    case "identical":
      return "Images are identical.";
    case "size":
      return "Strict mode: Image size mismatch!";
    case "allocation":
      return `Strict mode: Offset ${comparison.at} block status mismatch!`;
    case "content":
      return `Content mismatch at offset ${comparison.at}!`;
  }
}

function asImgError(error: unknown): unknown {
  if (!(error instanceof CompareFailure)) return error;
  const { image, at, step, message } = error;
  if (step === "status") return new ImgError(`Sector allocation test failed for ${image.name}: ${message}`, EXIT_STATUS);
  return new ImgError(`Error while reading offset ${at} of ${image.name}: ${message}`, EXIT_READ);
}

export async function compare(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const [first, second, ...more] = args.files;
  if (first === undefined || second === undefined || more.length > 0) throw usage("Expecting two image file names");
  refuseObjects(args);
  checkCache(args, "T", EXIT_OPEN);
  const share = args.has("force-share");
  const a = await openImage(first, { format: args.value("f"), code: EXIT_OPEN, share }, context);
  try {
    const b = await openImage(second, { format: args.value("F"), code: EXIT_OPEN, share }, context);
    const quiet = args.has("q");
    const say = (text: string) => quiet || context.out(`${text}\n`);
    try {
      const progress = new Progress(context, args.has("p") && !quiet);
      try {
        const comparison = await compareImages(a.image, b.image, {
          strict: args.has("s"),
          progress: progress.update,
          sizesDiffer: () => say("Warning: Image size mismatch!"),
        });
        say(verdict(comparison));
        return comparison.result === "identical" ? 0 : 1;
      } finally {
        progress.end();
      }
    } finally {
      await b.image.close();
    }
  } catch (error) {
    throw asImgError(error);
  } finally {
    await a.image.close();
  }
}
