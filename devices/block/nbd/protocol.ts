// Numbers of the Network Block Device protocol, and bytes made of them. NBD project, "The NBD protocol" (doc/proto.md), "Values". All numbers on
// the wire are big-endian.
import { strFromU8, strToU8 } from "fflate";

export const MAGIC = {
  nbd: 0x4e42444d41474943n,
  option: 0x49484156454f5054n,
  optionReply: 0x0003e889045565a9n,
  request: 0x25609513,
  simpleReply: 0x67446698,
  structuredReply: 0x668e33ef,
} as const;

/** Both sides' flags of the handshake have these two. */
export const HANDSHAKE = { fixedNewstyle: 1 << 0, noZeroes: 1 << 1 } as const;

export const OPTION = {
  exportName: 1,
  abort: 2,
  list: 3,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

const ERROR_BIT = 0x80000000;
export const OPTION_REPLY = {
  acknowledge: 1,
  server: 2,
  info: 3,
  metaContext: 4,
  unsupported: ERROR_BIT + 1,
  invalid: ERROR_BIT + 3,
  unknown: ERROR_BIT + 6,
  tooBig: ERROR_BIT + 9,
} as const;

export const INFO = { export: 0, name: 1, description: 2, blockSize: 3 } as const;

/** What an export can do. */
export const TRANSMISSION = {
  hasFlags: 1 << 0,
  readOnly: 1 << 1,
  sendFlush: 1 << 2,
  sendFua: 1 << 3,
  sendTrim: 1 << 5,
  sendWriteZeroes: 1 << 6,
  sendDontFragment: 1 << 7,
  canMultiConnection: 1 << 8,
  sendCache: 1 << 10,
  sendFastZero: 1 << 11,
} as const;

export const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, cache: 5, writeZeroes: 6, blockStatus: 7 } as const;

export const COMMAND_FLAG = {
  forceUnitAccess: 1 << 0,
  noHole: 1 << 1,
  dontFragment: 1 << 2,
  requestOne: 1 << 3,
  fastZero: 1 << 4,
} as const;

export const CHUNK = { none: 0, offsetData: 1, offsetHole: 2, blockStatus: 5, error: (1 << 15) + 1 } as const;
export const CHUNK_DONE = 1 << 0;

/** base:allocation. */
export const ALLOCATION = { hole: 1 << 0, zero: 1 << 1 } as const;

export const ERRNO = { EPERM: 1, EIO: 5, EINVAL: 22, ENOSPC: 28, EOVERFLOW: 75, ENOTSUP: 95 } as const;
export type Errno = (typeof ERRNO)[keyof typeof ERRNO];

/** Bytes of a request's header. */
export const REQUEST_SIZE = 28;
/** Bytes of a name. */
export const LONGEST_NAME = 4096;
/** Bytes of one read or write: what clients may rely on where no other limit was told, "Block size constraints". */
export const MOST_PAYLOAD = 1 << 25;

/** The peer has gone, or breaks the protocol: the connection is over. */
export class NbdError extends Error {
  override readonly name = "NbdError";
}

const WIDTH = { u16: 2, u32: 4, u64: 8 } as const;
/** A number with its width, a string of bytes (each character one), or bytes. */
export type Field = readonly [keyof typeof WIDTH, number | bigint] | string | Uint8Array;

const sizeOf = (field: Field) => (typeof field === "string" || field instanceof Uint8Array ? field.length : WIDTH[field[0]]);

export function encode(...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + sizeOf(field), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const field of fields) {
    if (typeof field === "string") for (let i = 0; i < field.length; i++) bytes[at + i] = field.charCodeAt(i);
    else if (field instanceof Uint8Array) bytes.set(field, at);
    else if (field[0] === "u16") view.setUint16(at, Number(field[1]));
    else if (field[0] === "u32") view.setUint32(at, Number(field[1]));
    else view.setBigUint64(at, BigInt(field[1]));
    at += sizeOf(field);
  }
  return bytes;
}

/** Reads fields one after another; NbdError where they are longer than the bytes. */
export class Decoder {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  private advance(count: number): number {
    if (count > this.remaining) throw new NbdError("a message is shorter than what it says to hold");
    const { at } = this;
    this.at += count;
    return at;
  }

  u16(): number {
    return this.view.getUint16(this.advance(2));
  }

  u32(): number {
    return this.view.getUint32(this.advance(4));
  }

  u64(): bigint {
    return this.view.getBigUint64(this.advance(8));
  }

  /** Each byte one character. */
  string(length: number): string {
    const at = this.advance(length);
    return strFromU8(this.bytes.subarray(at, at + length), true);
  }
}

/** UTF-8, each byte one character: names are compared and sent so. */
export function utf8(text: string): string {
  return strFromU8(strToU8(text), true);
}
