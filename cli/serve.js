// A static server for the built page: one folder, on this machine only, no directory listings. Plain JavaScript, because `npm start` runs
// it before anything else is built.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".map": "application/json",
};

/** The file that answers a path, or undefined: outside the folder, or not there. */
function findFile(folder, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return undefined;
  }
  if (path.includes("\0")) return undefined;
  const file = normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path));
  if (!file.startsWith(folder + sep)) return undefined;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? { file, size: stat.size } : undefined;
}

function answer(folder, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD" }).end();
    return;
  }
  const found = findFile(folder, request.url ?? "/");
  if (!found) {
    response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("There is no such page.\n");
    return;
  }
  response.writeHead(200, {
    "Content-Type": TYPES[extname(found.file)] ?? "application/octet-stream",
    "Content-Length": found.size,
    // The page is built anew under the same name.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(found.file).pipe(response);
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "localhost", () => {
      server.off("error", reject);
      resolve(server.address().port);
    });
  });
}

/**
 * Serve `folder` on localhost from `port` on: the next free one if it is taken (`only`: then it fails). Port 0 takes any.
 * Returns the server and the port it has.
 */
export async function serve(folder, port, { only = false } = {}) {
  for (let candidate = port; ; candidate++) {
    const server = createServer((request, response) => answer(folder, request, response));
    try {
      return { server, port: await listen(server, candidate) };
    } catch (error) {
      const taken = error.code === "EADDRINUSE";
      if (only || !taken || candidate >= port + 100 || candidate >= 65535) throw error;
    }
  }
}
