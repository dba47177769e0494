import { type Located, mapEntries } from "../../devices/block/tools/extents.js";
import { parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { ImgError } from "./errors.js";
import { openImage } from "./images.js";
import { onlyFile, refuseObjects, SOURCE_KINDS, SOURCE_LETTERS, wantsJson } from "./options.js";
import { parseNamedSize } from "./sizes.js";

const SYNTAX = {
  kinds: { ...SOURCE_KINDS, output: "value", "start-offset": "value", "max-length": "value" },
  letters: { ...SOURCE_LETTERS, s: "start-offset", l: "max-length" },
} as const;

/** C's "%#-16x". */
const column = (value: number) => (value === 0 ? "0" : `0x${value.toString(16)}`).padEnd(16);

/** Only what holds data and can be read at its place as it is. Throws ImgError for other data. */
function humanRow(entry: Located): string {
  if (!entry.data || entry.zero) return "";
  if (entry.offset === undefined) throw new ImgError("File contains external, encrypted or compressed clusters.");
  return `${column(entry.at)}${column(entry.length)}${column(entry.offset)}${entry.file ?? ""}\n`;
}

function jsonRow({ at, length, depth, present, zero, data, offset }: Located): string {
  const place = offset === undefined ? "" : `, "offset": ${offset}`;
  return `{ "start": ${at}, "length": ${length}, "depth": ${depth}, "present": ${present}, "zero": ${zero}, "data": ${data}${place}}`;
}

export async function map(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const json = wantsJson(args);
  const start = args.has("start-offset") ? parseNamedSize("start offset", args.value("start-offset")!) : 0;
  const most = args.has("max-length") ? parseNamedSize("max length", args.value("max-length")!) : Number.POSITIVE_INFINITY;
  const file = onlyFile(args);
  refuseObjects(args);
  const { image } = await openImage(file, { format: args.value("format"), share: args.has("force-share") }, context);
  try {
    context.out(json ? "[" : "Offset          Length          Mapped to       File\n");
    const nothing: Located = { at: start, length: 0, depth: 0, present: false, zero: false, data: false };
    let rows = 0;
    const add = (entry: Located) => context.out(json ? `${rows++ > 0 ? ",\n" : ""}${jsonRow(entry)}` : humanRow(entry));
    const end = Math.min(image.size, start + most);
    for await (const entry of mapEntries(image, start, end)) add(entry);
    if (rows === 0) add(nothing);
    if (json) context.out("]\n");
    return 0;
  } finally {
    await image.close();
  }
}
