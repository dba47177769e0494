import { readFileSync } from "node:fs";
import { type CpuOptions, compileProcessor } from "../core/cpu/cpu.js";

/** The compiled processor module, from where `npm run build` puts it. */
export function loadProcessor(): CpuOptions["module"] {
  return compileProcessor(readFileSync(new URL("../wasm/ringside.wasm", import.meta.url)));
}
