// The gateway over fetch(), here Node's: a guest of a test at one end, an HTTP server at the other.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createGateway } from "../../devices/net/gateway/gateway.js";
import { GATEWAY, TestGuest } from "../../devices/net/gateway/testing/guest.js";
import { NameAddresses } from "../../devices/net/relay/name-addresses.js";
import { createCable } from "../../devices/net/wire.js";
import { ManualScheduler } from "../../devices/testing/manual-scheduler.js";
import { createFetchOutside } from "../../web/worker/network/fetch-outside.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function setUp(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const scheduler = new ManualScheduler();
  const told: string[] = [];
  const names = new NameAddresses();
  const outside = createFetchOutside({ scheduler, names, tell: (line) => told.push(line) });
  const cable = createCable();
  const gateway = createGateway({ wire: cable.ends[0], scheduler, outside, mode: "open" });
  const guest = new TestGuest(cable.ends[1], scheduler, { window: 60_000 });
  closing.push(() => {
    gateway.close();
    server.close();
    server.closeAllConnections();
  });
  const until = async (condition: () => boolean) => {
    const deadline = Date.now() + 20_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error("nothing came of it");
      scheduler.advance(1e6);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { guest, scheduler, told, until, names, port: (server.address() as AddressInfo).port };
}

test("a request is made again by fetch(), without what is the guest's connection's own, and its answer ends with the connection", async () => {
  const seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage["headers"]; body: string }[] = [];
  const { guest, until, port } = await setUp(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(201, "Made", { "X-Answer": "yes" }).end("answer");
  });
  const tcp = guest.connect(GATEWAY, port);
  tcp.write("POST /form HTTP/1.1\r\nHost: x\r\nCookie: secret\r\nX-Mark: 1\r\nContent-Length: 4\r\n\r\nbody");
  await until(() => tcp.ended);
  expect(seen).toMatchObject([{ method: "POST", url: "/form", body: "body", headers: { "x-mark": "1", host: `127.0.0.1:${port}` } }]);
  expect(seen[0]!.headers.cookie).toBeUndefined();
  expect(tcp.text).toMatch(/^HTTP\/1\.1 201 Made\r\n(.+\r\n)*x-answer: yes\r\n(.+\r\n)*connection: close\r\n\r\nanswer$/);
  expect(tcp.text).not.toMatch(/content-length/);
});

test("a guest that does not read holds the answer back", async () => {
  let written = 0;
  const { guest, until, port } = await setUp((_request, response) => {
    const part = new Uint8Array(64 << 10);
    const more = () => {
      let isTaken = true;
      while (isTaken && written < 1 << 28) {
        isTaken = response.write(part);
        written += part.length;
      }
    };
    response.on("drain", more);
    more();
  });
  const tcp = guest.connect(GATEWAY, port);
  tcp.window = 0;
  tcp.write("GET / HTTP/1.1\r\n\r\n");
  await until(() => written > 0);
  // Until the server can write no more.
  for (let before = -1; before !== written; ) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(written).toBeLessThan(1 << 26);
  tcp.reset();
});

test("what is no HTTP is reset and told; so is who says nothing, and a server that is not there is a 502", async () => {
  const { guest, until, told, port, scheduler } = await setUp((_request, response) => response.end());
  const tls = guest.connect(GATEWAY, port);
  tls.write(Uint8Array.of(0x16, 3, 1, 0, 5));
  await until(() => tls.state === "reset");
  const silent = guest.connect(GATEWAY, port);
  await until(() => silent.state === "open");
  scheduler.advance(31e9);
  await until(() => silent.state === "reset");
  const nobody = guest.connect(GATEWAY, 1);
  nobody.write("GET / HTTP/1.1\r\n\r\n");
  await until(() => nobody.ended);
  expect(nobody.text).toMatch(/^HTTP\/1\.1 502 /);
  expect(told[0]).toBe(
    `the connection to 127.0.0.1:${port} was reset: the guest speaks TLS, which a page can not answer in another's name`,
  );
  expect(told[1]).toMatch(/does not say anything$/);
  expect(told[2]).toMatch(/^the page could not fetch http:\/\/127\.0\.0\.1:1\/: .*\(CORS\)/);
});
