// `amend`: what an image's header says, changed afterwards. Progress is told at the end only.
import type { Format } from "../../devices/block/open.js";
import { changeDataFile, downgrade, setLazyRefcounts, upgrade } from "../../devices/block/qcow2/amend.js";
import { changeRefcountWidth } from "../../devices/block/qcow2/check/refcount-width.js";
import { readHeader } from "../../devices/block/qcow2/header.js";
import type { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import type { Store } from "../../devices/block/store.js";
import { parseArguments } from "./arguments.js";
import { type Context, Progress } from "./console.js";
import { amendHelp, amendOptions, asksForHelp, type CreateOptions, isKnownFormat } from "./create-options.js";
import { ImgError, usage } from "./errors.js";
import { asQcow2, openAgain, openStore, PROBED_RAW, resizeImage } from "./images.js";
import { checkCache, checkOptionLists, REFUSED_KINDS, refuseObjects } from "./options.js";
import { checkRefcountBits, VERSIONS } from "./qcow2-options.js";

const SYNTAX = {
  kinds: { f: "value", t: "value", o: "value", p: "flag", q: "flag", force: "flag", ...REFUSED_KINDS },
} as const;

const cannotAmend = (format: string) => new ImgError(`Format driver '${format}' does not support option amendment`);

interface Target {
  readonly path: string;
  readonly store: Store;
  readonly format: Format;
  readonly cache: string | undefined;
}

async function withImage(target: Target, context: Context, work: (image: Qcow2Image) => Promise<void>): Promise<void> {
  const opened = await openAgain(target.path, target.store, target.format, target.cache, context);
  try {
    await work(asQcow2(opened)!);
  } finally {
    await opened.image.close();
  }
}

/** What can be told before anything is changed. Throws ImgError. */
function checkBacking(options: CreateOptions, { file: { header } }: Qcow2Image): void {
  const given = (name: string) => options.has(name);
  if (!given("backing_file") && !given("backing_fmt")) return;
  const isSame = options.get("backing_file") === header.backingName && options.get("backing_fmt") === header.backingFormat;
  if (!isSame) throw new ImgError("Cannot amend the backing file", 1, "You can use 'ringside img rebase' instead.");
}

async function change(target: Target, options: CreateOptions, context: Context): Promise<void> {
  const compat = options.has("compat") ? options.get("compat") : "";
  const version = compat ? VERSIONS[compat] : undefined;
  if (compat && version === undefined) throw new ImgError(`Unknown compatibility level ${compat}`);
  const bits = options.has("refcount_bits") ? checkRefcountBits(options.number("refcount_bits")!) : undefined;
  const now = (await readHeader(target.store)).header;
  if (bits !== undefined && bits !== 16 && (version ?? now.version) === 2) {
    throw new ImgError("Refcount widths other than 16 bits require compatibility level 1.1 or above (use compat=1.1 or greater)");
  }
  await withImage(target, context, async (image) => {
    checkBacking(options, image);
    if (version === 3) await upgrade(image);
    const raw = options.has("data_file_raw") ? options.boolean("data_file_raw") : undefined;
    await changeDataFile(image, options.get("data_file"), raw);
    if (options.has("lazy_refcounts")) await setLazyRefcounts(image, options.boolean("lazy_refcounts"));
    if (options.has("size")) await resizeImage({ path: target.path, format: target.format, image }, options.number("size")!, "off");
    if (version === 2 && bits === undefined) await downgrade(image);
  });
  if (bits === undefined) return;
  await changeRefcountWidth(target.store, bits);
  if (version === 2) await withImage(target, context, downgrade);
}

export async function amend(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const lists = args.values("o");
  checkOptionLists(lists);
  if (lists.length === 0) throw usage("Must specify options (-o)");
  const wanted = args.value("f");
  if (asksForHelp(lists) && wanted !== undefined) {
    if (wanted !== "qcow2") throw isKnownFormat(wanted) ? cannotAmend(wanted) : new ImgError(`Unknown file format '${wanted}'`);
    context.out(amendHelp());
    return 0;
  }
  const [path, ...more] = args.files;
  if (path === undefined || more.length > 0) throw new ImgError("Expecting one image file name");
  refuseObjects(args);
  const cache = checkCache(args, "t");
  const { store, format } = await openStore(path, { format: wanted, write: true }, context);
  try {
    if (format === "raw" && wanted === undefined) context.err(PROBED_RAW(path));
    if (asksForHelp(lists) && format === "qcow2") context.out(amendHelp());
    else if (format !== "qcow2") throw cannotAmend(format);
    else {
      const progress = new Progress(context, args.has("p") && !args.has("q"));
      try {
        await change({ path, store, format, cache }, amendOptions(lists), context);
        progress.update(1, 1);
      } finally {
        progress.end();
      }
    }
  } finally {
    await store.close();
  }
  return 0;
}
