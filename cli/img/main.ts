// `ringside img`: disk images, as qemu-img has them.
// Not done: --object, --image-opts; encryption; progress at SIGUSR1, which is Node's debugger's. Node can not
// ask where a file has holes: `map` shows raw images, and what is preallocated in others, as data.
import { BlockError } from "../../devices/block/store.js";
import { amend } from "./amend.js";
import { bench } from "./bench.js";
import { bitmap } from "./bitmap.js";
import { check } from "./check.js";
import { commit } from "./commit.js";
import { compare } from "./compare.js";
import type { Console, Context } from "./console.js";
import { convert } from "./convert.js";
import { create } from "./create.js";
import { dd } from "./dd.js";
import { ImgError, usage } from "./errors.js";
import { HELP } from "./help.js";
import { HostFiles } from "./host-files.js";
import { info } from "./info.js";
import { map } from "./map.js";
import { measure } from "./measure.js";
import { rebase } from "./rebase.js";
import { resize } from "./resize.js";
import { snapshot } from "./snapshot.js";

type Command = (args: readonly string[], context: Context) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  amend,
  bench,
  bitmap,
  check,
  commit,
  compare,
  convert,
  create,
  dd,
  info,
  map,
  measure,
  rebase,
  resize,
  snapshot,
};

async function run(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) throw usage("Not enough arguments");
  if (name === "-h" || name === "--help" || isHelpAsked(rest)) {
    context.out(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw name.startsWith("-") ? usage(`unrecognized option '${name}'`) : usage(`Command not found: ${name}`);
  return command(rest, context);
}

/** Before a "--". */
function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes("-h") || options.includes("--help");
}

/** Resolves with the exit code. Errors of users and of images are printed, as qemu-img does. */
export async function img(args: readonly string[], console: Console): Promise<number> {
  try {
    return await run(args, { out: console.out, err: console.err, files: new HostFiles() });
  } catch (error) {
    if (!(error instanceof ImgError || error instanceof BlockError)) throw error;
    console.err(`ringside: ${error.message}\n`);
    if (error instanceof ImgError && error.hint !== undefined) console.err(`${error.hint}\n`);
    return error instanceof ImgError ? error.code : 1;
  }
}
