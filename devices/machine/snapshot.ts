// The snapshot file: "RINGSNAP", u32 version, u32 CRC-32 of the rest; the rest is deflated: u32 length of a JSON header, the header, then
// the blobs that it refers to. Memory is a blob of 4 KiB pages without those that are all zero.
import { deflateSync, inflateSync } from "fflate";
import type { DeviceState, StateValue } from "../../core/bus/device.js";
import { crc32 } from "../crc32.js";

export const SNAPSHOT_VERSION = 1;
const MAGIC = [..."RINGSNAP"].map((c) => c.charCodeAt(0));
const CHECKSUM_AT = MAGIC.length + 4;
const PREFIX = CHECKSUM_AT + 4;
const PAGE = 4096;

/** A file that is no snapshot, or one this version can not take. The message is one sentence for the user. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

export interface SnapshotContent {
  /** Plain facts about the machine: memory size, clock, and so on. */
  readonly machine: DeviceState;
  /** Device records by name. */
  readonly devices: Readonly<Record<string, DeviceState>>;
  readonly processor: Uint8Array;
  /** Memories by name, each of a multiple of 4 KiB. */
  readonly memories: Readonly<Record<string, Uint8Array>>;
}

/** A memory as it lies in the file: unpackMemory() puts it where it belongs. Its size is only a claim of the file. */
export interface PackedMemory {
  readonly size: number;
  /** Numbers of the pages that are not all zero. */
  readonly pages: readonly number[];
  /** Those pages one after the other. */
  readonly content: Uint8Array;
}

export interface DecodedSnapshot extends Omit<SnapshotContent, "memories"> {
  readonly memories: Readonly<Record<string, PackedMemory>>;
}

type Json = number | string | boolean | null | Json[] | { [key: string]: Json };

class Writer {
  private readonly blobs: Uint8Array[] = [];

  /** A value as JSON; byte arrays and big integers become marked objects. */
  encode(value: StateValue): Json {
    if (value instanceof Uint8Array) return { $blob: this.blob(value), $length: value.length };
    if (typeof value === "bigint") return { $big: value.toString() };
    if (Array.isArray(value)) return value.map((v) => this.encode(v as StateValue));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, this.encode(v as StateValue)]));
    return value as Json;
  }

  private blob(bytes: Uint8Array): number {
    return this.blobs.push(bytes) - 1;
  }

  /** The pages that are not all zero, and where they belong. */
  memory(bytes: Uint8Array): Json {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const pages: number[] = [];
    for (let page = 0; page < bytes.length / PAGE; page++) {
      const start = (page * PAGE) / 4;
      for (let i = start; i < start + PAGE / 4; i++)
        if (words[i] !== 0) {
          pages.push(page);
          break;
        }
    }
    const packed = new Uint8Array(pages.length * PAGE);
    for (const [i, page] of pages.entries()) packed.set(bytes.subarray(page * PAGE, (page + 1) * PAGE), i * PAGE);
    return { size: bytes.length, pages, content: this.encode(packed) };
  }

  finish(header: Json): Uint8Array {
    // ASCII only, so that one character is one byte.
    const text = JSON.stringify(header).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    const size = 4 + text.length + this.blobs.reduce((sum, b) => sum + b.length, 0);
    const body = new Uint8Array(size);
    new DataView(body.buffer).setUint32(0, text.length, true);
    for (let i = 0; i < text.length; i++) body[4 + i] = text.charCodeAt(i);
    let at = 4 + text.length;
    for (const blob of this.blobs) {
      body.set(blob, at);
      at += blob.length;
    }
    const packed = deflateSync(body, { level: 1 });
    return seal(packed);
  }
}

/** The file around its deflated content. */
function seal(packed: Uint8Array): Uint8Array {
  const file = new Uint8Array(PREFIX + packed.length);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(MAGIC.length, SNAPSHOT_VERSION, true);
  view.setUint32(CHECKSUM_AT, crc32(packed), true);
  file.set(packed, PREFIX);
  return file;
}

export function encodeSnapshot(content: SnapshotContent): Uint8Array {
  const writer = new Writer();
  return writer.finish({
    machine: writer.encode(content.machine),
    devices: writer.encode(content.devices),
    processor: writer.encode(content.processor),
    memories: Object.fromEntries(Object.entries(content.memories).map(([name, bytes]) => [name, writer.memory(bytes)])),
  });
}

class Reader {
  private at: number;

  constructor(
    private readonly body: Uint8Array,
    start: number,
  ) {
    this.at = start;
  }

  /** Blobs come in the order in which the header refers to them. */
  decode(value: Json): StateValue {
    if (Array.isArray(value)) return value.map((v) => this.decode(v));
    if (typeof value !== "object" || value === null) return value;
    if (typeof value["$big"] === "string") return BigInt(value["$big"]);
    if (typeof value["$length"] === "number") return this.take(value["$length"]);
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, this.decode(v)]));
  }

  take(length: number): Uint8Array {
    if (!isLength(length) || this.at + length > this.body.length) throw new SnapshotError("the snapshot is cut short");
    const bytes = this.body.slice(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  memory(name: string, value: StateValue): PackedMemory {
    const { size, pages, content } = value as { size: number; pages: number[]; content: Uint8Array };
    const valid = isLength(size) && size % PAGE === 0 && Array.isArray(pages) && content instanceof Uint8Array;
    if (!valid || content.length !== pages.length * PAGE || !pages.every((page) => isLength(page) && page < size / PAGE))
      throw new SnapshotError(`the snapshot's memory "${name}" is damaged`);
    return { size, pages, content };
  }
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 32;
}

/** Fill `target` with a memory of exactly its size; the caller has compared the sizes. */
export function unpackMemory({ pages, content }: PackedMemory, target: Uint8Array): void {
  target.fill(0);
  for (const [i, page] of pages.entries()) target.set(content.subarray(i * PAGE, (i + 1) * PAGE), page * PAGE);
}

function decodeBody(body: Uint8Array): DecodedSnapshot {
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const header = JSON.parse(asciiText(body.subarray(4, 4 + length))) as { [key: string]: Json };
  const reader = new Reader(body, 4 + length);
  const machine = reader.decode(header["machine"] ?? null);
  const devices = reader.decode(header["devices"] ?? null);
  const processor = reader.decode(header["processor"] ?? null);
  if (!isRecord(machine) || !isRecord(devices) || !(processor instanceof Uint8Array))
    throw new SnapshotError("the snapshot is damaged: a part is missing");
  const memories = Object.entries((header["memories"] ?? {}) as { [key: string]: Json }).map(
    ([name, value]) => [name, reader.memory(name, reader.decode(value))] as const,
  );
  return {
    machine: machine as DeviceState,
    devices: devices as Record<string, DeviceState>,
    processor,
    memories: Object.fromEntries(memories),
  };
}

function isRecord(value: StateValue): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Throws SnapshotError. What it allocates is at most what deflate can make of the file's length (a thousandfold). */
export function decodeSnapshot(file: Uint8Array): DecodedSnapshot {
  if (file.length < PREFIX || MAGIC.some((c, i) => file[i] !== c))
    throw new SnapshotError('this is no snapshot: it does not begin with "RINGSNAP"');
  const version = new DataView(file.buffer, file.byteOffset).getUint32(MAGIC.length, true);
  if (version !== SNAPSHOT_VERSION)
    throw new SnapshotError(`the snapshot has version ${version}; this program takes version ${SNAPSHOT_VERSION}`);
  if (new DataView(file.buffer, file.byteOffset).getUint32(CHECKSUM_AT, true) !== crc32(file.subarray(PREFIX)))
    throw new SnapshotError("the snapshot is damaged or cut short: its checksum is wrong");
  try {
    return decodeBody(inflateSync(file.subarray(PREFIX)));
  } catch (error) {
    if (error instanceof SnapshotError) throw error;
    // Whatever a damaged file runs into: the inflater, JSON, numbers, nesting.
    throw new SnapshotError("the snapshot is damaged: it can not be unpacked");
  }
}

function asciiText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return text;
}
