import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { type CpuOptions, compileProcessor } from "../core/cpu/cpu.js";

/** Up to here V8 reads the translator's branch hints (core/translator/emit/module.ts) only if it is told to; later ones do anyway. */
const LAST_V8_TO_TELL = 13;

/** The compiled processor module, from where `npm run build` puts it. */
export function loadProcessor(): CpuOptions["module"] {
  if (Number.parseInt(process.versions.v8, 10) <= LAST_V8_TO_TELL) setFlagsFromString("--experimental-wasm-branch-hinting");
  return compileProcessor(readFileSync(new URL("../wasm/ringside.wasm", import.meta.url)));
}
