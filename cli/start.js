// `npm start`: builds what is missing and serves the page.
//   node cli/start.js [--port N]
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.js";
import { serve } from "./serve.js";

const PAGE = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist/web/page");
const DEFAULT_PORT = 8080;

function fail(sentence) {
  console.error(`ringside: ${sentence}`);
  process.exit(2);
}

/** The port that was asked for, or undefined. */
function askedPort() {
  let text;
  try {
    text = parseArgs({ options: { port: { type: "string" } } }).values.port;
  } catch (error) {
    fail(error.message);
  }
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) fail(`--port takes a number from 0 to 65535, not "${text}"`);
  return port;
}

const asked = askedPort();
await build("start");
try {
  const { port } = await serve(PAGE, asked ?? DEFAULT_PORT, { only: asked !== undefined });
  console.log(`Ringside is at http://localhost:${port}/`);
} catch (error) {
  if (error.code === "EADDRINUSE") fail(`port ${asked ?? DEFAULT_PORT} is taken; give another with --port`);
  fail(`the page cannot be served: ${error.message}`);
}
