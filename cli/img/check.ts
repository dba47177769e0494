// `check`: 0 the image is consistent, 1 it could not be checked, 2 it is corrupt, 3 clusters are leaked, 63 the format has no checks.
import { checkQcow2 } from "../../devices/block/qcow2/check/check.js";
import type { CheckResult, Repair } from "../../devices/block/qcow2/check/context.js";
import { parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { ImgError, usage } from "./errors.js";
import { openStore } from "./images.js";
import { type Json, jsonText } from "./json.js";
import { checkCache, onlyFile, refuseObjects, SOURCE_KINDS, SOURCE_LETTERS, wantsJson } from "./options.js";
import { percentText } from "./percent.js";

const SYNTAX = {
  kinds: { ...SOURCE_KINDS, repair: "value", T: "value", q: "flag", output: "value" },
  letters: { ...SOURCE_LETTERS, r: "repair" },
} as const;

const EXIT_FAILED = 1;
const EXIT_CORRUPT = 2;
const EXIT_LEAKS = 3;
const EXIT_UNSUPPORTED = 63;

function text(result: CheckResult): string {
  const { corruptions, leaks, checkErrors, totalClusters, allocatedClusters, fragmentedClusters, compressedClusters } = result;
  const lines: string[] = [];
  if (corruptions + leaks + checkErrors === 0) lines.push("No errors were found on the image.");
  if (corruptions > 0) {
    lines.push("", `${corruptions} errors were found on the image.`);
    lines.push("Data may be corrupted, or further writes to the image may corrupt it.");
  }
  if (leaks > 0)
    lines.push("", `${leaks} leaked clusters were found on the image.`, "This means waste of disk space, but no harm to data.");
  if (checkErrors > 0) lines.push("", `${checkErrors} internal errors have occurred during the check.`);
  if (totalClusters > 0 && allocatedClusters > 0) {
    const percent = (part: number, whole: number) => `${percentText((100 * part) / whole)}%`;
    const shares = [
      `${percent(allocatedClusters, totalClusters)} allocated`,
      `${percent(fragmentedClusters, allocatedClusters)} fragmented`,
      `${percent(compressedClusters, allocatedClusters)} compressed clusters`,
    ];
    lines.push(`${allocatedClusters}/${totalClusters} = ${shares.join(", ")}`);
  }
  if (result.imageEndOffset > 0) lines.push(`Image end offset: ${result.imageEndOffset}`);
  return `${lines.join("\n")}\n`;
}

/** As QEMU's ImageCheck, in the order in which qemu-img prints it. */
function json(result: CheckResult, filename: string): Json {
  const some = (count: number) => (count === 0 ? undefined : count);
  return {
    "image-end-offset": some(result.imageEndOffset),
    "compressed-clusters": some(result.compressedClusters),
    "total-clusters": some(result.totalClusters),
    corruptions: some(result.corruptions),
    "corruptions-fixed": some(result.corruptionsFixed),
    "check-errors": result.checkErrors,
    "leaks-fixed": some(result.leaksFixed),
    leaks: some(result.leaks),
    "allocated-clusters": some(result.allocatedClusters),
    filename,
    format: result.format,
    "fragmented-clusters": some(result.fragmentedClusters),
  };
}

/** Throws ImgError. */
function repairOf(text: string | undefined): Repair {
  if (text === undefined || text === "leaks" || text === "all") return text ?? "none";
  throw usage(`Unknown option value for -r (expecting 'leaks' or 'all'): ${text}`);
}

export async function check(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const repair = repairOf(args.value("repair"));
  const asJson = wantsJson(args);
  const file = onlyFile(args);
  refuseObjects(args);
  checkCache(args, "T");
  const use = { format: args.value("format"), write: repair !== "none", share: args.has("force-share") };
  const { store, format } = await openStore(file, use, context);
  const quiet = args.has("q");
  const say = (said: string) => quiet || context.out(said);
  try {
    if (format !== "qcow2") throw new ImgError("This image format does not support checks", EXIT_UNSUPPORTED);
    const tell = (line: string) => context.err(`${line}\n`);
    let result = await checkQcow2(store, repair, tell);
    const { leaksFixed, corruptionsFixed } = result;
    if (leaksFixed + corruptionsFixed > 0) {
      if (!asJson) {
        say(
          `The following inconsistencies were found and repaired:\n\n    ${leaksFixed} leaked clusters\n    ${corruptionsFixed} corruptions\n\nDouble checking the fixed image now...\n`,
        );
      }
      result = { ...(await checkQcow2(store, "none", tell)), leaksFixed, corruptionsFixed };
    }
    say(asJson ? jsonText(json(result, file)) : text(result));
    if (result.checkErrors > 0) throw new ImgError("Check failed", EXIT_FAILED);
    return result.corruptions > 0 ? EXIT_CORRUPT : result.leaks > 0 ? EXIT_LEAKS : 0;
  } finally {
    await store.close();
  }
}
