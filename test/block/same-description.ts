// `info` and `map` of one image, by the real qemu-img and by `ringside img`, field by field.
import { isDeepStrictEqual } from "node:util";
import { img } from "../../cli/img/main.js";
import { qemuImg } from "./tools.js";

/** A line of `map --output=json`. */
interface Extent {
  readonly start: number;
  readonly length: number;
  readonly zero: boolean;
  readonly data: boolean;
  readonly offset?: number;
}

export interface Descriptions {
  /** Images whose map differs in nothing but what lies in holes of the host's file: there qemu-img knows that it reads as zeros, and Node can not ask. */
  holes: number;
}

/** Rejects where they differ in anything else. */
export async function mustBeDescribedAlike(path: string, counts: Descriptions): Promise<void> {
  const [ourInfo, theirInfo] = [await ours("info", path), JSON.parse(await qemuImg("info", "--output=json", path))];
  if (!isDeepStrictEqual(ourInfo, theirInfo)) throw new Error(`info: ${JSON.stringify(ourInfo)} for ${JSON.stringify(theirInfo)}`);
  const ourMap = (await ours("map", path)) as Extent[];
  const theirMap = JSON.parse(await qemuImg("map", "--output=json", path)) as Extent[];
  if (isDeepStrictEqual(ourMap, theirMap)) return;
  if (!isDeepStrictEqual(joined(ourMap, ourMap), joined(theirMap, ourMap)))
    throw new Error(`map: ${JSON.stringify(ourMap)} for ${JSON.stringify(theirMap)}`);
  counts.holes++;
}

async function ours(command: string, path: string): Promise<unknown> {
  let [out, err] = ["", ""];
  const console = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await img([command, "--output=json", path], console);
  if (code !== 0) throw new Error(`ringside img ${command} ended with ${code}: ${err}`);
  return JSON.parse(out);
}

/** Extents with what `reference` says of zeros where they have a place in a file and it says that there is data, and what goes on as before joined. */
function joined(extents: readonly Extent[], reference: readonly Extent[]): Extent[] {
  const result: Extent[] = [];
  for (const extent of extents) {
    const there = reference.find(({ start, length }) => extent.start >= start && extent.start < start + length);
    const isHole = extent.zero && extent.offset !== undefined && there !== undefined && !there.zero && there.offset !== undefined;
    const next = isHole ? { ...extent, zero: false, data: true } : extent;
    const last = result.at(-1);
    if (last && goesOn(last, next)) result[result.length - 1] = { ...last, length: last.length + next.length };
    else result.push(next);
  }
  return result;
}

function goesOn(last: Extent, next: Extent): boolean {
  const end = last.offset === undefined ? {} : { offset: last.offset + last.length };
  return isDeepStrictEqual({ ...last, ...end, start: next.start, length: next.length }, next);
}
