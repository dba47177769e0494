import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HttpRequest, HttpRequestReader, NotHttp } from "./http-request.js";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const read = (text: string) => new HttpRequestReader().push(bytesOf(text));

describe("a guest's request", () => {
  const POST = "POST /a?b=c HTTP/1.1\r\nHost: example.org\r\nX-Mark:  two words \r\nContent-Length: 5\r\n\r\nhello";
  const CHUNKED = "PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

  test("is read, with its headers and body", () => {
    const request = read(POST)!;
    expect({ ...request, body: textOf(request.body) }).toEqual({
      method: "POST",
      path: "/a?b=c",
      headers: [
        ["host", "example.org"],
        ["x-mark", "two words"],
        ["content-length", "5"],
      ],
      body: "hello",
    });
    expect(textOf(read(CHUNKED)!.body)).toBe("hello");
  });

  test("as a proxy would get it, or with bare line feeds, is one too", () => {
    expect(read("GET http://example.org/here?x HTTP/1.0\n\n")).toMatchObject({ method: "GET", path: "/here?x", headers: [] });
  });

  test("is the same however its bytes come", () => {
    fc.assert(
      fc.property(fc.constantFrom(POST, CHUNKED), fc.array(fc.integer({ min: 1, max: 20 })), (text, cuts) => {
        const reader = new HttpRequestReader();
        let request: HttpRequest | undefined;
        let at = 0;
        for (const cut of [...cuts, text.length]) {
          if (request) break;
          request = reader.push(bytesOf(text.slice(at, at + cut)));
          at += cut;
        }
        expect(textOf(request!.body)).toBe("hello");
      }),
    );
  });

  test.each([
    ["\x16\x03\x01", /speaks TLS/],
    ["SSH-2.0-OpenSSH_9.2\r\n\r\n", /does not speak HTTP/],
    ["\0\0", /does not speak HTTP/],
    ["GET / HTTP/2\r\n\r\n", /does not speak HTTP/],
    ["GET gopher://x HTTP/1.1\r\n\r\n", /asks for "gopher/],
    ["GET / HTTP/1.1\r\nno header\r\n\r\n", /a header that is none/],
    ["POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", /sends "-1" bytes/],
    ["POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", /sends more than 16777216 bytes/],
    ["POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", /encodes what it sends as "gzip"/],
    ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", /chunks that are none/],
    [`GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}`, /does not end/],
  ])("%j is refused in words", (text, words) => {
    expect(() => read(text)).toThrow(NotHttp);
    expect(() => read(text)).toThrow(words);
  });

  test("anything is a request, the beginning of one, or refused in words", () => {
    const line = fc.constantFrom(
      "GET / HTTP/1.1\r\n",
      "Content-Length: 3\r\n",
      "Transfer-Encoding: chunked\r\n",
      "\r\n",
      "2\r\n",
      "ab",
      "X:",
    );
    const part = fc.oneof(line.map(bytesOf), fc.uint8Array({ maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const reader = new HttpRequestReader();
        try {
          for (const bytes of parts) if (reader.push(bytes)) return;
        } catch (error) {
          if (!(error instanceof NotHttp)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
