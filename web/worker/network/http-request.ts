// A guest's HTTP request, as its bytes come (RFC 9112). One on each connection. Not here: trailers (they are passed over), upgrades, 100-continue.

export interface HttpRequest {
  readonly method: string;
  /** With a slash at its beginning. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Why the bytes are no request that can be answered: words that go on "the guest ...". */
export class NotHttp extends Error {
  override readonly name = "NotHttp";
}

const HEAD_MOST = 64 << 10;
const BODY_MOST = 16 << 20;
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
/** How TLS begins: a handshake record. */
const TLS = 0x16;

const textOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

export class HttpRequestReader {
  private bytes = new Uint8Array(0);
  private head: Omit<HttpRequest, "body"> | undefined;

  /** The request, once it is there whole. Throws NotHttp. */
  push(more: Uint8Array): HttpRequest | undefined {
    const bytes = new Uint8Array(this.bytes.length + more.length);
    bytes.set(this.bytes);
    bytes.set(more, this.bytes.length);
    this.bytes = bytes;
    this.head ??= this.takeHead();
    if (!this.head) return undefined;
    const body = this.body(this.head);
    return body && { ...this.head, body };
  }

  private takeHead(): Omit<HttpRequest, "body"> | undefined {
    const { bytes } = this;
    if (bytes[0] === TLS) throw new NotHttp("speaks TLS, which a page can not answer in another's name");
    const end = endOfHead(bytes);
    if (end === undefined) {
      if (bytes.length > HEAD_MOST) throw new NotHttp("sends a request that does not end");
      // So much can be told before the line is whole.
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{0,32}( |$)/.test(textOf(bytes.subarray(0, 33)))) throw new NotHttp("does not speak HTTP");
      return undefined;
    }
    const [line = "", ...fields] = textOf(bytes.subarray(0, end)).split(/\r?\n/);
    this.bytes = bytes.slice(end);
    const [method = "", target = "", version = "", ...rest] = line.split(" ");
    if (!METHOD.test(method) || !/^HTTP\/1\.\d$/.test(version) || rest.length > 0) throw new NotHttp("does not speak HTTP");
    const headers = fields.filter((field) => field !== "").map((field) => HEADER.exec(field));
    if (headers.includes(null)) throw new NotHttp("sends a header that is none");
    return { method, path: pathOf(target), headers: headers.map((header) => [header![1]!.toLowerCase(), header![2]!] as const) };
  }

  private body({ headers }: Omit<HttpRequest, "body">): Uint8Array | undefined {
    const value = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
    const coding = value("transfer-encoding");
    if (coding !== undefined && coding.toLowerCase() !== "chunked") throw new NotHttp(`encodes what it sends as "${coding}"`);
    if (coding !== undefined) return this.chunks();
    const length = value("content-length") ?? "0";
    if (!/^\d{1,15}$/.test(length)) throw new NotHttp(`sends "${length}" bytes`);
    if (Number(length) > BODY_MOST) throw new NotHttp(`sends more than ${BODY_MOST} bytes`);
    return this.bytes.length < Number(length) ? undefined : this.bytes.slice(0, Number(length));
  }

  private chunks(): Uint8Array | undefined {
    if (this.bytes.length > 2 * BODY_MOST) throw new NotHttp(`sends more than ${BODY_MOST} bytes`);
    const body: Uint8Array[] = [];
    for (let at = 0; ; ) {
      const line = lineAt(this.bytes, at);
      if (line === undefined) return undefined;
      const size = /^([0-9A-Fa-f]{1,8})[ \t]*(;.*)?$/.exec(line.text)?.[1];
      if (size === undefined) throw new NotHttp("sends chunks that are none");
      const length = Number.parseInt(size, 16);
      if (length === 0) return concatenated(body);
      if (this.bytes.length < line.end + length + 2) return undefined;
      body.push(this.bytes.subarray(line.end, line.end + length));
      at = line.end + length + 2;
    }
  }
}

/** Where the line is that ends the header. */
function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue;
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return undefined;
}

function lineAt(bytes: Uint8Array, at: number): { readonly text: string; readonly end: number } | undefined {
  const feed = bytes.indexOf(10, at);
  return feed < 0 ? undefined : { text: textOf(bytes.subarray(at, feed)).replace(/\r$/, ""), end: feed + 1 };
}

function pathOf(target: string): string {
  if (target.startsWith("/")) return target;
  if (target === "*") return "/";
  if (!URL.canParse(target) || !/^https?:/i.test(target)) throw new NotHttp(`asks for "${target.slice(0, 80)}"`);
  const { pathname, search } = new URL(target);
  return pathname + search;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
