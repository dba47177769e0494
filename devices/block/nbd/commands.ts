// What each request does to the image. NBD protocol, "Request types", "Error values".
import type { Extent, Image } from "../image.js";
import type { Agreement } from "./negotiation.js";
import { CHUNK, COMMAND, COMMAND_FLAG, ERRNO, MOST_PAYLOAD } from "./protocol.js";
import { type Chunk, Refusal, type Replies } from "./replies.js";
import type { Request } from "./transmission.js";

/** Chunks of a sparse read, and descriptors in an answer to BLOCK_STATUS. */
const MOST_EXTENTS = 1024;

const { forceUnitAccess, noHole, dontFragment, requestOne, fastZero } = COMMAND_FLAG;

/** Flags that a command takes; those that write take FUA, and clients may set it on all others as well. */
const FLAGS: Readonly<Record<number, number>> = {
  [COMMAND.read]: dontFragment,
  [COMMAND.writeZeroes]: noHole | fastZero,
  [COMMAND.blockStatus]: requestOne,
};

const WRITING: readonly number[] = [COMMAND.write, COMMAND.trim, COMMAND.writeZeroes];
const WITH_PAYLOAD: readonly number[] = [COMMAND.read, COMMAND.write, COMMAND.cache];

interface Range {
  readonly at: number;
  readonly length: number;
}

export class Commands {
  private readonly image: Image;

  constructor(
    private readonly agreement: Agreement,
    private readonly replies: Replies,
  ) {
    this.image = agreement.offered.image;
  }

  /** Does it, and answers. Rejects with Refusal or BlockError, before any answer. */
  async execute(request: Request, payload: Uint8Array | undefined): Promise<void> {
    const { command, flags, cookie } = request;
    const range = this.check(request);
    const { at, length } = range;
    switch (command) {
      case COMMAND.read:
        return this.read(request, range);
      case COMMAND.write:
        await this.image.write(at, payload!);
        break;
      case COMMAND.flush:
        await this.image.flush();
        break;
      case COMMAND.trim:
        if (length > 0) await this.image.discard(at, length);
        break;
      case COMMAND.cache:
        await this.image.read(at, new Uint8Array(length));
        break;
      case COMMAND.writeZeroes:
        if (flags & fastZero && !this.image.zeroIsFast?.((flags & noHole) === 0))
          throw new Refusal(ERRNO.ENOTSUP, "zeros take as long as data here");
        if (length > 0) await this.image.zero(at, length, (flags & noHole) === 0);
        break;
      case COMMAND.blockStatus:
        return this.blockStatus(request, range);
    }
    if (flags & forceUnitAccess && WRITING.includes(command)) await this.image.flush();
    await this.replies.simple(cookie, 0);
  }

  /** Where the request is; throws Refusal for what can not be. */
  private check({ command, flags, offset, length }: Request): Range {
    if (command > COMMAND.blockStatus) throw new Refusal(ERRNO.EINVAL, `command ${command} is not known`);
    if (flags & ~(forceUnitAccess | (FLAGS[command] ?? 0)))
      throw new Refusal(ERRNO.EINVAL, `the flags ${flags} do not go with command ${command}`);
    const writes = WRITING.includes(command);
    if (writes && this.agreement.offered.readOnly) throw new Refusal(ERRNO.EPERM, "the export is read-only");
    if (command === COMMAND.flush) return { at: 0, length: 0 };
    if (WITH_PAYLOAD.includes(command) && length > MOST_PAYLOAD) {
      throw new Refusal(ERRNO.EINVAL, `${length} bytes at once are more than ${MOST_PAYLOAD}`);
    }
    if (offset + BigInt(length) > BigInt(this.image.size)) {
      throw new Refusal(
        writes ? ERRNO.ENOSPC : ERRNO.EINVAL,
        `${length} bytes at ${offset} are beyond the end of ${this.image.size} bytes`,
      );
    }
    return { at: Number(offset), length };
  }

  private async read({ flags, cookie }: Request, { at, length }: Range): Promise<void> {
    const bytes = new Uint8Array(length);
    if (!this.agreement.structured) {
      await this.image.read(at, bytes);
      return this.replies.simple(cookie, 0, bytes);
    }
    const pieces = length === 0 ? [] : flags & dontFragment ? [{ length, zero: false }] : await this.pieces(at, length);
    const chunks: Chunk[] = [];
    let offset = 0;
    for (const piece of pieces) {
      const payload = bytes.subarray(offset, offset + piece.length);
      if (!piece.zero) await this.image.read(at + offset, payload);
      const place = ["u64", at + offset] as const;
      chunks.push(
        piece.zero ? { type: CHUNK.offsetHole, head: [place, ["u32", piece.length]] } : { type: CHUNK.offsetData, head: [place], payload },
      );
      offset += piece.length;
    }
    await this.replies.chunks(cookie, chunks.length > 0 ? chunks : [{ type: CHUNK.none, head: [] }]);
  }

  /** All of a range, in stretches that are zeros or not. A part of it that would be too many counts as not. */
  private async pieces(at: number, length: number): Promise<{ length: number; zero: boolean }[]> {
    const pieces: { length: number; zero: boolean }[] = [];
    let rest = length;
    for await (const extent of this.extents(at, length)) {
      const last = pieces.at(-1);
      if (last?.zero === extent.zero) last.length += extent.length;
      else pieces.push({ length: extent.length, zero: extent.zero });
      rest -= extent.length;
    }
    if (rest > 0) pieces.push({ length: rest, zero: false });
    return pieces;
  }

  private async *extents(at: number, length: number): AsyncGenerator<Extent> {
    let done = 0;
    for (let i = 0; i < MOST_EXTENTS && done < length; i++) {
      const extent = await this.image.extent(at + done);
      const part = Math.min(extent.length, length - done);
      yield { ...extent, length: part };
      done += part;
    }
  }

  private async blockStatus({ flags, cookie }: Request, { at, length }: Range): Promise<void> {
    const { contexts } = this.agreement;
    if (contexts.length === 0) throw new Refusal(ERRNO.EINVAL, "no metadata context was agreed on");
    if (length === 0) throw new Refusal(ERRNO.EINVAL, "the status of no bytes");
    const extents: Extent[] = [];
    for await (const extent of this.extents(at, length)) {
      extents.push(extent);
      if (flags & requestOne) break;
    }
    await this.replies.chunks(
      cookie,
      contexts.map(({ id, status }) => ({
        type: CHUNK.blockStatus,
        head: [["u32", id], ...merge(extents, status).flatMap(([size, state]) => [["u32", size] as const, ["u32", state] as const])],
      })),
    );
  }
}

/** Neighbours of the same status as one: [bytes, status]. */
function merge(extents: readonly Extent[], status: (extent: Extent) => number): readonly (readonly [number, number])[] {
  const merged: [number, number][] = [];
  for (const extent of extents) {
    const last = merged.at(-1);
    const state = status(extent);
    if (last?.[1] === state) last[0] += extent.length;
    else merged.push([extent.length, state]);
  }
  return merged;
}
