// DNS messages (RFC 1035, section 4), by the package dns-packet. Queries come from guests: whatever does not parse is a value, never an exception.
// The package works on Buffers: Node has them, the page takes them from the package "buffer".
import { Buffer } from "buffer";
import * as dns from "dns-packet";
import { word } from "../ethernet.js";
import { put16 } from "./bytes.js";

export const CODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

const HEADER = 12;
const RESPONSE = 0x8000;
const OPCODE = 0x7800;
const TRUNCATED = 0x0200;
/** RFC 1035, section 2.3.4; and what is believed of a client that says more (RFC 9715 advises less, but these do not leave the network). */
const CLASSIC_LIMIT = 512;
const LARGEST_LIMIT = 4096;
/** Queries are short; what is longer is somebody's experiment. */
export const LONGEST_QUERY = 1024;

export interface Query {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly type: string;
  /** Where the question ends. */
  readonly questionEnd: number;
  /** Bytes of a UDP answer that the client takes. */
  readonly limit: number;
}

export interface Record {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string;
}

/** The query; or the code that answers it; or undefined where there is nothing to answer: a response, or no header. */
export function parseQuery(bytes: Uint8Array): Query | number | undefined {
  if (bytes.length < HEADER || word(bytes, 2) & RESPONSE) return undefined;
  if (word(bytes, 2) & OPCODE) return CODE.NOTIMP;
  if (bytes.length > LONGEST_QUERY || word(bytes, 4) !== 1 || word(bytes, 6) !== 0 || word(bytes, 8) !== 0) return CODE.FORMERR;
  const questionEnd = endOfQuestion(bytes);
  if (questionEnd === undefined) return CODE.FORMERR;
  try {
    const { questions, additionals } = dns.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    const { name, type } = questions![0]!;
    const size = additionals?.find((record) => record.type === "OPT")?.udpPayloadSize ?? CLASSIC_LIMIT;
    return { bytes, name, type, questionEnd, limit: Math.max(CLASSIC_LIMIT, Math.min(LARGEST_LIMIT, size)) };
  } catch {
    return CODE.FORMERR;
  }
}

/** undefined where it is cut short, or points elsewhere: there is nothing before the first name. */
function endOfQuestion(bytes: Uint8Array): number | undefined {
  let at = HEADER;
  for (let length = bytes[at]; length !== 0; length = bytes[at]) {
    if (length === undefined || length > 63) return undefined;
    at += length + 1;
  }
  return at + 5 <= bytes.length ? at + 5 : undefined;
}

/** An answer of our own with records. */
export function createAnswer({ bytes, name, type }: Query, records: readonly Record[]): Uint8Array {
  const recursion = word(bytes, 2) & dns.RECURSION_DESIRED;
  const flags = recursion | dns.RECURSION_AVAILABLE | dns.AUTHORITATIVE_ANSWER;
  return dns.encode({ id: word(bytes, 0), type: "response", flags, questions: [{ name, type, class: "IN" }], answers: records });
}

/** An answer of our own without records: the header, and the question as it came where it could be read. */
export function createRefusal(bytes: Uint8Array, questionEnd: number | undefined, code: number, truncated = false): Uint8Array {
  const answer = bytes.slice(0, questionEnd ?? HEADER);
  const flags = word(bytes, 2) & (OPCODE | dns.RECURSION_DESIRED);
  put16(answer, 2, RESPONSE | flags | dns.RECURSION_AVAILABLE | (truncated ? TRUNCATED : 0) | code);
  put16(answer, 4, questionEnd === undefined ? 0 : 1);
  answer.fill(0, 6, HEADER);
  return answer;
}

/** The query under another number, so that nobody outside can guess it from what a guest chose. */
export function renumber(bytes: Uint8Array, id: number): Uint8Array {
  const copy = bytes.slice();
  put16(copy, 0, id);
  return copy;
}

/** Whether `answer` is one to `query`, which was sent under `id`: the same question, but for letters' case. */
export function answers(answer: Uint8Array, { bytes, questionEnd }: Query, id: number): boolean {
  if (answer.length < questionEnd || word(answer, 0) !== id || !(word(answer, 2) & RESPONSE) || word(answer, 4) !== 1) return false;
  for (let at = HEADER; at < questionEnd; at++) if (lower(answer[at]!) !== lower(bytes[at]!)) return false;
  return true;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
