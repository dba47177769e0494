import { existsSync, readFileSync } from "node:fs";
import { type CpuOptions, compileProcessor } from "../cpu.js";

/** Where the build puts the processor, seen from the sources (under vitest) and from their compiled copy in dist. */
const PLACES = ["../../../dist/wasm/ringside.wasm", "../../../wasm/ringside.wasm"];

/** The processor module that the build made. */
export function builtProcessor(): CpuOptions["module"] {
  const found = PLACES.map((path) => new URL(path, import.meta.url)).find((place) => existsSync(place));
  if (!found) throw new Error("dist/wasm/ringside.wasm is not built: npm run build");
  return compileProcessor(readFileSync(found));
}
