// `bitmap`: persistent bitmaps added, removed and changed, by one action after the other.
import type { Bitmaps } from "../../devices/block/qcow2/bitmap-changes.js";
import { BlockError } from "../../devices/block/store.js";
import { type Arguments, parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { ImgError } from "./errors.js";
import { bitmapChanges, openImage } from "./images.js";
import { REFUSED_KINDS, refuseObjects } from "./options.js";
import { parseNamedSize } from "./sizes.js";

const ACTIONS = ["add", "remove", "clear", "enable", "disable", "merge"] as const;
type Action = (typeof ACTIONS)[number];

const SYNTAX = {
  kinds: {
    b: "value",
    f: "value",
    F: "value",
    granularity: "value",
    ...REFUSED_KINDS,
    add: "flag",
    remove: "flag",
    clear: "flag",
    enable: "flag",
    disable: "flag",
    merge: "value",
  },
  letters: { g: "granularity" },
} as const;

interface Step {
  readonly action: Action;
  /** Of merge: the bitmap that is merged. */
  readonly source: string;
}

const isAction = (name: string): name is Action => ACTIONS.some((action) => action === name);

/** Throws ImgError for what does not go together. */
function checkTogether(args: Arguments, steps: readonly Step[], granularity: number | undefined): void {
  const has = (wanted: Action) => steps.some(({ action }) => action === wanted);
  if (granularity !== undefined && !has("add")) throw new ImgError("granularity only supported with --add");
  if (args.has("F") && !args.has("b")) throw new ImgError("-F only supported with -b");
  if (args.has("b") && !has("merge")) throw new ImgError("Merge bitmap source file only supported with --merge");
}

async function perform(
  { action, source }: Step,
  name: string,
  granularity: number | undefined,
  here: Bitmaps,
  from: Bitmaps,
): Promise<void> {
  switch (action) {
    case "add":
      return here.add({ name, granularity });
    case "remove":
      return here.remove(name);
    case "clear":
      return here.clear(name);
    case "merge":
      return here.merge(name, from, source);
    default:
      return here.enable(name, action === "enable");
  }
}

async function run(args: Arguments, steps: readonly Step[], file: string, name: string, context: Context): Promise<void> {
  const granularity = args.has("granularity") ? parseNamedSize("granularity", args.value("granularity")!) : undefined;
  checkTogether(args, steps, granularity);
  const opened = await openImage(file, { format: args.value("f"), write: true }, context);
  try {
    const sourceFile = args.value("b");
    const source = sourceFile === undefined ? undefined : await openImage(sourceFile, { format: args.value("F") }, context);
    try {
      const here = await bitmapChanges(opened);
      const from = source === undefined ? here : await bitmapChanges(source);
      for (const step of steps) {
        try {
          if (!here || !from) throw new ImgError(`Can't store persistent bitmaps to ${here ? sourceFile : file}: Operation not supported`);
          await perform(step, name, granularity, here, from);
        } catch (error) {
          if (!(error instanceof BlockError || error instanceof ImgError)) throw error;
          const hint = /is inconsistent/.test(error.message) ? "Remove it (--remove), and add it again" : undefined;
          throw new ImgError(`Operation ${step.action} on bitmap ${name} failed: ${error.message}`, 1, hint);
        }
      }
    } finally {
      await source?.image.close();
    }
  } finally {
    await opened.image.close();
  }
}

export async function bitmap(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const steps = args.given.flatMap(({ name, value }): Step[] => (isAction(name) ? [{ action: name, source: value }] : []));
  if (steps.length === 0) throw new ImgError("Need at least one of --add, --remove, --clear, --enable, --disable, or --merge");
  const [file, name, ...more] = args.files;
  if (file === undefined || name === undefined || more.length > 0) throw new ImgError("Expecting filename and bitmap name");
  refuseObjects(args);
  await run(args, steps, file, name, context);
  return 0;
}
