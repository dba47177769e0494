import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TOP } from "../support/requirements.js";

interface Served {
  readonly server: Server;
  readonly port: number;
}
type Serve = (folder: string, port: number, options?: { only: boolean }) => Promise<Served>;

/** A request as it is, without the tidying that fetch does to paths. */
function rawGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "localhost", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`));
    socket.on("data", (data) => {
      text += data.toString("latin1");
    });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("the server of `npm start`", () => {
  let serve: Serve;
  let folder = "";
  let served: Served;

  beforeAll(async () => {
    ({ serve } = (await import(pathToFileURL(join(TOP, "cli/serve.js")).href)) as { serve: Serve });
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    mkdirSync(join(folder, "page"));
    writeFileSync(join(folder, "secret"), "secret");
    writeFileSync(join(folder, "page/index.html"), "<title>page</title>");
    writeFileSync(join(folder, "page/a.wasm"), "wasm");
    served = await serve(join(folder, "page"), 0);
  });
  afterAll(() => {
    served.server.close();
    rmSync(folder, { recursive: true });
  });

  test("answers / with the page and says what files are", async () => {
    const page = await fetch(`http://localhost:${served.port}/`);
    expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
      200,
      "text/html; charset=utf-8",
      "<title>page</title>",
    ]);
    const wasm = await fetch(`http://localhost:${served.port}/a.wasm`);
    expect(wasm.headers.get("content-type")).toBe("application/wasm");
  });

  test.each(["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/nothing", "/%00", "/%", "//", "/page"])("has no %s", async (path) => {
    const answer = await rawGet(served.port, path);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/\r\n\r\nsecret/);
  });

  test("reads only", async () => {
    expect((await fetch(`http://localhost:${served.port}/`, { method: "POST" })).status).toBe(405);
    const head = await fetch(`http://localhost:${served.port}/`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("takes the next port if one is taken, unless just that one was asked for", async () => {
    const next = await serve(folder, served.port);
    expect(next.port).toBeGreaterThan(served.port);
    next.server.close();
    await expect(serve(folder, served.port, { only: true })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
