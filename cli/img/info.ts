import { parseArguments } from "./arguments.js";
import type { Context } from "./console.js";
import { ImgError } from "./errors.js";
import { describeFile } from "./images.js";
import { type ImageInfo, infoJson, infoText } from "./info-text.js";
import { jsonText } from "./json.js";
import { onlyFile, refuseObjects, SOURCE_KINDS, SOURCE_LETTERS, wantsJson } from "./options.js";

const SYNTAX = { kinds: { ...SOURCE_KINDS, output: "value", "backing-chain": "flag" }, letters: SOURCE_LETTERS } as const;

/** Of an image, and of those behind it. Throws ImgError. */
async function collect(file: string, format: string | undefined, chain: boolean, share: boolean, context: Context): Promise<ImageInfo[]> {
  const infos: ImageInfo[] = [];
  const seen = new Set<string>();
  let next: { file: string; format: string | undefined } | undefined = { file, format };
  while (next) {
    if (seen.has(next.file)) throw new ImgError(`Backing file '${next.file}' creates an infinite loop.`);
    seen.add(next.file);
    const info: ImageInfo = await describeFile(next.file, { format: next.format, share }, context);
    infos.push(info);
    next = chain && info.fullBackingFile !== undefined ? { file: info.fullBackingFile, format: info.backingFormat } : undefined;
  }
  return infos;
}

export async function info(argv: readonly string[], context: Context): Promise<number> {
  const args = parseArguments(SYNTAX, argv);
  const json = wantsJson(args);
  const file = onlyFile(args);
  refuseObjects(args);
  const chain = args.has("backing-chain");
  const infos = await collect(file, args.value("format"), chain, args.has("force-share"), context);
  if (json) context.out(jsonText(chain ? infos.map(infoJson) : infoJson(infos[0]!)));
  else context.out(infos.map(infoText).join("\n"));
  return 0;
}
