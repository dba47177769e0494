import type { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import { applySnapshot, createSnapshot, deleteSnapshot, listSnapshots } from "../../devices/block/qcow2/snapshots.js";
import { BlockError } from "../../devices/block/store.js";
import { type Arguments, parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { ImgError, prefixed, usage } from "./errors.js";
import { asQcow2, describeFile, openImage } from "./images.js";
import { snapshotList } from "./info-text.js";
import { onlyFile, refuseObjects, SHARE_KINDS, SHARE_LETTERS } from "./options.js";

const SYNTAX = {
  kinds: {
    l: "flag",
    a: "value",
    c: "value",
    d: "value",
    q: "flag",
    ...SHARE_KINDS,
  },
  letters: SHARE_LETTERS,
} as const;

type Action = "a" | "c" | "d";

const FAILURES: Readonly<Record<Action, string>> = { a: "apply", c: "create", d: "delete" };

async function create(image: Qcow2Image | undefined, name: string): Promise<void> {
  if (!image) throw new ImgError("-95 (Operation not supported)");
  const now = Date.now();
  await createSnapshot(image, { name, seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000, instructions: 0n });
}

async function apply(image: Qcow2Image | undefined, idOrName: string): Promise<void> {
  if (!image) throw new ImgError("Block driver does not support snapshots");
  try {
    await applySnapshot(image, idOrName);
  } catch (error) {
    if (error instanceof BlockError && error.code === "not-found") throw new ImgError("Failed to load snapshot: No such file or directory");
    throw error;
  }
}

/** By name only, as qemu-img has it. */
async function remove(image: Qcow2Image | undefined, name: string): Promise<void> {
  const found = image && (await listSnapshots(image)).find((snapshot) => snapshot.name === name);
  if (!image || !found) throw new ImgError("snapshot not found");
  await deleteSnapshot(image, found.id);
}

async function change(action: Action, wanted: string, file: string, share: boolean, context: Context): Promise<void> {
  const opened = await openImage(file, { write: true, share }, context);
  try {
    const image = asQcow2(opened);
    if (action === "a") await apply(image, wanted);
    else await (action === "c" ? create : remove)(image, wanted);
  } catch (error) {
    throw prefixed(`Could not ${FAILURES[action]} snapshot '${wanted}': `, error);
  } finally {
    await opened.image.close();
  }
}

/** What is to be done; nothing is to list, and to print nothing but that. Throws ImgError. */
function actionOf(args: Arguments): { readonly action: Action; readonly wanted: string } | undefined {
  const given = (["a", "c", "d"] as const).flatMap((action) => args.values(action).map((wanted) => ({ action, wanted })));
  if (given.length + args.values("l").length > 1) throw usage("Cannot mix '-l', '-a', '-c', '-d'");
  return given[0];
}

export async function snapshot(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const todo = actionOf(args);
  const file = onlyFile(args);
  refuseObjects(args);
  const share = args.has("force-share");
  // Without -l it is opened to be changed, although it is not.
  if (share && !args.has("l")) throw new ImgError(`Could not open '${file}': force-share=on can only be used with read-only images`);
  if (todo) await change(todo.action, todo.wanted, file, share, context);
  else {
    const { snapshots } = await describeFile(file, { share }, context);
    if (args.has("l")) context.out(snapshotList(snapshots));
  }
  return 0;
}
