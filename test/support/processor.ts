import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileProcessor } from "../../core/cpu/cpu.js";
import { TOP } from "./requirements.js";

/** The processor module that the build put in dist. */
export function builtProcessor() {
  return compileProcessor(readFileSync(join(TOP, "dist/wasm/ringside.wasm")));
}
