import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { HttpStore } from "../../devices/block/http-store.js";

const BLOCK = 4096;
const FILE = Uint8Array.from({ length: 20 * BLOCK + 100 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

let server: Server | undefined;
let ranges: string[] = [];

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(answer: Answer): Promise<string> {
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range ?? request.method!);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.img`;
}

/** As servers do it, with these headers beside. */
const parts =
  (file: Uint8Array, headers: () => Record<string, string> = () => ({})): Answer =>
  (request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "")!.map(Number);
    if (from! >= file.length) {
      response.writeHead(416, { "content-range": `bytes */${file.length}`, ...headers() }).end();
      return;
    }
    const end = Math.min(to! + 1, file.length);
    response.writeHead(206, { "content-range": `bytes ${from}-${end - 1}/${file.length}`, ...headers() });
    response.end(file.subarray(from, end));
  };

const open = (address: string, cacheSize?: number) =>
  HttpStore.open(address, fetch, { blockSize: BLOCK, ...(cacheSize === undefined ? {} : { cacheSize }) });

async function read(store: HttpStore, at: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length).fill(0xee);
  await store.read(at, into);
  return into;
}

function expectSame(bytes: Uint8Array, wanted: Uint8Array) {
  expect(Buffer.compare(bytes, wanted)).toBe(0);
}

test("parts are what the file has there, zeros behind its end, and come once", async () => {
  const store = await open(await serve(parts(FILE)));
  expect(store.size).toBe(FILE.length);
  expectSame(await read(store, 10, 20), FILE.slice(10, 30));
  expect(ranges).toEqual(["bytes=0-4095"]);
  const both = await Promise.all([read(store, BLOCK + 5, 3 * BLOCK), read(store, BLOCK + 5, 100)]);
  expectSame(both[0], FILE.slice(BLOCK + 5, 4 * BLOCK + 5));
  expectSame(both[1], FILE.slice(BLOCK + 5, BLOCK + 105));
  expect(ranges).toEqual(["bytes=0-4095", "bytes=4096-20479"]);
  const end = await read(store, FILE.length - 10, 20);
  expect([...end]).toEqual([...FILE.slice(-10), ...new Uint8Array(10)]);
  expect(await read(store, FILE.length + BLOCK, 3)).toEqual(new Uint8Array(3));
});

test("what is not used for longest leaves the cache, and larger reads than the cache work", async () => {
  const store = await open(await serve(parts(FILE)), BLOCK);
  expectSame(await read(store, 0, FILE.length), FILE);
  ranges = [];
  await read(store, FILE.length - 1, 1);
  expect(ranges).toEqual([]);
  expectSame(await read(store, 0, BLOCK), FILE.slice(0, BLOCK));
  expect(ranges).toEqual(["bytes=0-4095"]);
});

test("whatever is in the cache already, a read is right", async () => {
  const store = await open(await serve(parts(FILE)), BLOCK);
  for (let i = 0; i < 100; i++) {
    const at = (i * 37_217) % FILE.length;
    const length = Math.min(FILE.length - at, (i * 7_919) % (6 * BLOCK));
    expectSame(await read(store, at, length), FILE.slice(at, at + length));
  }
});

test("an empty file has no parts", async () => {
  const store = await open(await serve(parts(new Uint8Array(0))));
  expect(store.size).toBe(0);
  expect(await read(store, 0, 4)).toEqual(new Uint8Array(4));
});

test("a server that does not show Content-Range is asked how large the file is", async () => {
  const address = await serve((request, response) => {
    if (request.method === "HEAD") response.writeHead(200, { "content-length": FILE.length }).end();
    else response.writeHead(206).end(FILE.subarray(0, BLOCK));
  });
  expect((await open(address)).size).toBe(FILE.length);
  expect(ranges).toEqual(["bytes=0-4095", "HEAD"]);
});

test.each([["etag"], ["last-modified"]])("a file that has changed under its address is told by %s", async (header) => {
  let version = "one";
  const store = await open(await serve(parts(FILE, () => ({ [header]: version }))));
  await read(store, BLOCK, 1);
  version = "two";
  expectSame(await read(store, BLOCK, 1), FILE.slice(BLOCK, BLOCK + 1));
  await expect(read(store, 5 * BLOCK, 1)).rejects.toThrow(/disk\.img is not the file any more that it was when it was opened$/);
  version = "one";
  expectSame(await read(store, 5 * BLOCK, 1), FILE.slice(5 * BLOCK, 5 * BLOCK + 1));
});

test("a file of another size is another file", async () => {
  let file = FILE;
  const store = await open(await serve((request, response) => parts(file)(request, response)));
  file = FILE.subarray(0, 10 * BLOCK);
  await expect(read(store, 5 * BLOCK, 1)).rejects.toThrow(/not the file any more/);
  await expect(read(store, 12 * BLOCK, 1)).rejects.toThrow(/not the file any more/);
});

test.each<[string, Answer, RegExp, string]>([
  ["gives whole files", (_, r) => r.writeHead(200).end("all of it"), /gives whole files only, not parts of them/, "unsupported"],
  ["has no such file", (_, r) => r.writeHead(404).end(), /answers with status 404$/, "not-found"],
  ["fails", (_, r) => r.writeHead(500).end(), /answers with status 500$/, "io"],
  ["does not say how large it is", (_, r) => r.writeHead(206).end(), /does not say how large it is$/, "unsupported"],
  [
    "sends too little",
    (_, r) => r.writeHead(206, { "content-range": "bytes 0-4095/10000" }).end("short"),
    /5 bytes came where 4096 were asked for$/,
    "io",
  ],
  ["hangs up", (_, r) => r.destroy(), /can not be reached: /, "io"],
])("a server that %s is refused in a sentence", async (_, answer, sentence, code) => {
  const failure = await open(await serve(answer)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "BlockError", code, message: expect.stringMatching(sentence) });
});

test("nothing is written to a web server", async () => {
  const store = await open(await serve(parts(FILE)));
  await expect(store.write()).rejects.toMatchObject({ code: "read-only" });
  await expect(store.truncate()).rejects.toMatchObject({ code: "read-only" });
});
