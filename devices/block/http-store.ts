// A file on a web server, read in parts (RFC 9110, "Range Requests") and kept in a cache. Read-only. Works with the fetch() of Node and of browsers.
// Not done: reading ahead, and trying again after an error; from another origin, a browser must be allowed to see ETag (Access-Control-Expose-Headers) for
// changes to be noticed.
import { BlockError, type Store } from "./store.js";

/** What is used of fetch()'s answer. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type Fetch = (
  address: string,
  request: { readonly method?: string; readonly headers: Readonly<Record<string, string>> },
) => Promise<HttpResponse>;

export interface HttpStoreOptions {
  /** Bytes of what is asked for at once, and kept: a power of two. */
  readonly blockSize?: number;
  /** Bytes of the cache. */
  readonly cacheSize?: number;
}

const BLOCK_SIZE = 2 ** 16;
const CACHE_SIZE = 2 ** 26;
/** Neighbouring blocks that are asked for in one request. */
const MOST_BLOCKS = 16;

const PARTIAL = 206;
const UNSATISFIABLE = 416;

/** Of "bytes 0-65535/1000000" or "bytes *\/0": bytes of the whole; undefined if it is not said. */
function totalOf(response: HttpResponse): number | undefined {
  const match = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  return match ? Number(match[1]) : undefined;
}

/** What changes with the file. */
function versionOf(response: HttpResponse): string | undefined {
  return response.headers.get("etag") ?? response.headers.get("last-modified") ?? undefined;
}

export class HttpStore implements Store {
  readonly readOnly = true;
  /** By number, the longest unused first. */
  private readonly blocks = new Map<number, Promise<Uint8Array>>();

  private constructor(
    private readonly fetch: Fetch,
    readonly name: string,
    readonly size: number,
    private readonly version: string | undefined,
    private readonly blockSize: number,
    private readonly mostKept: number,
  ) {}

  /** Rejects with a BlockError, also if the server only has whole files to give. */
  static async open(address: string, fetch: Fetch, options: HttpStoreOptions = {}): Promise<HttpStore> {
    const blockSize = options.blockSize ?? BLOCK_SIZE;
    const mostKept = Math.max(MOST_BLOCKS, Math.floor((options.cacheSize ?? CACHE_SIZE) / blockSize));
    const response = await request(address, fetch, { headers: { range: `bytes=0-${blockSize - 1}` } });
    const { status } = response;
    if (status === 200)
      throw new BlockError(`the server of ${address} gives whole files only, not parts of them (no range requests)`, "unsupported");
    if (status !== PARTIAL && status !== UNSATISFIABLE) throw refusal(address, status);
    const size = totalOf(response) ?? (await contentLength(address, fetch));
    const store = new HttpStore(fetch, address, size, versionOf(response), blockSize, mostKept);
    if (status === PARTIAL) store.keep(0, Promise.resolve(await bodyOf(response, address, Math.min(blockSize, size))));
    return store;
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    const end = Math.min(at + into.length, this.size);
    into.fill(0, Math.max(0, end - at));
    if (end <= at) return;
    const first = Math.floor(at / this.blockSize);
    const last = Math.floor((end - 1) / this.blockSize);
    // A read that is larger than the cache must not lose its blocks before it has copied them.
    for (let from = first; from <= last; from += MOST_BLOCKS) {
      const numbers = Array.from({ length: Math.min(MOST_BLOCKS, last - from + 1) }, (_, i) => from + i);
      const blocks = await Promise.all(this.take(numbers));
      numbers.forEach((number, i) => {
        const start = number * this.blockSize;
        const [begin, stop] = [Math.max(at, start), Math.min(end, start + this.blockSize)];
        into.set(blocks[i]!.subarray(begin - start, stop - start), begin - at);
      });
    }
  }

  async write(): Promise<void> {
    throw this.readOnlyError();
  }

  async truncate(): Promise<void> {
    throw this.readOnlyError();
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.blocks.clear();
  }

  private readOnlyError(): BlockError {
    return new BlockError(`${this.name} is on a web server, which is read only`, "read-only");
  }

  /** Blocks, no more than are kept; those that are not there are asked for, neighbours together. */
  private take(numbers: readonly number[]): Promise<Uint8Array>[] {
    const there = numbers.map((number) => this.blocks.get(number));
    // Used now: what is asked for next does not push them out.
    numbers.forEach((number, i) => {
      const block = there[i];
      if (!block) return;
      this.blocks.delete(number);
      this.blocks.set(number, block);
    });
    let run: number[] = [];
    numbers.forEach((number, i) => {
      if (!there[i]) run.push(number);
      if (!there[i] && i < numbers.length - 1) return;
      this.askRun(run);
      run = [];
    });
    return numbers.map((number) => this.blocks.get(number)!);
  }

  private askRun(run: readonly number[]): void {
    if (run.length === 0) return;
    const body = this.part(run[0]! * this.blockSize, Math.min((run.at(-1)! + 1) * this.blockSize, this.size));
    run.forEach((number, i) => {
      this.keep(
        number,
        body.then((bytes) => bytes.subarray(i * this.blockSize, (i + 1) * this.blockSize)),
      );
    });
  }

  private keep(number: number, block: Promise<Uint8Array>): void {
    this.blocks.set(number, block);
    block.catch(() => {
      // Who reads there next asks again.
      if (this.blocks.get(number) === block) this.blocks.delete(number);
    });
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= this.mostKept) break;
      this.blocks.delete(oldest);
    }
  }

  /** Bytes from `from` up to `end`. */
  private async part(from: number, end: number): Promise<Uint8Array> {
    const response = await request(this.name, this.fetch, { headers: { range: `bytes=${from}-${end - 1}` } });
    const { status } = response;
    const total = totalOf(response);
    if (status === PARTIAL || status === UNSATISFIABLE || status === 200) {
      const isSame = versionOf(response) === this.version && (total === undefined || total === this.size);
      if (!isSame || status !== PARTIAL) throw new BlockError(`${this.name} is not the file any more that it was when it was opened`, "io");
      return bodyOf(response, this.name, end - from);
    }
    throw refusal(this.name, status);
  }
}

async function request(address: string, fetch: Fetch, init: Parameters<Fetch>[1]): Promise<HttpResponse> {
  try {
    return await fetch(address, init);
  } catch (error) {
    throw new BlockError(`${address} can not be reached: ${reasonOf(error)}`);
  }
}

/** fetch() says little itself: what it was is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function refusal(address: string, status: number): BlockError {
  return new BlockError(`the server of ${address} answers with status ${status}`, status === 404 || status === 410 ? "not-found" : "io");
}

/** Where the answer to a range request may not be seen in full. */
async function contentLength(address: string, fetch: Fetch): Promise<number> {
  const response = await request(address, fetch, { method: "HEAD", headers: {} });
  const length = response.headers.get("content-length");
  if (response.status === 200 && length !== null && /^\d+$/.test(length)) return Number(length);
  throw new BlockError(`the server of ${address} does not say how large it is`, "unsupported");
}

async function bodyOf(response: HttpResponse, address: string, length: number): Promise<Uint8Array> {
  const announced = response.headers.get("content-length");
  const wrong = (got: number | string) => new BlockError(`${address}: ${got} bytes came where ${length} were asked for`);
  if (announced !== null && Number(announced) !== length) throw wrong(announced);
  let body: Uint8Array;
  try {
    body = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new BlockError(`${address} was not sent to its end: ${reasonOf(error)}`);
  }
  if (body.length !== length) throw wrong(body.length);
  return body;
}
