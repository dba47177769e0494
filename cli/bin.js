#!/usr/bin/env node
// The `ringside` command: builds what is missing, then hands over to the compiled program.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "./build.js";

const main = new URL("../dist/bundle/ringside.js", import.meta.url);
const processor = new URL("../dist/wasm/ringside.wasm", import.meta.url);
if (!existsSync(fileURLToPath(main)) || !existsSync(fileURLToPath(processor))) await build("run");
await import(main.href);
