import { existsSync, readFileSync } from "node:fs";

/** The compiled processor, from the sources (under vitest) or from dist (the soak command). */
export function processorModule(): WebAssembly.Module {
  const places = ["../../dist/wasm/ringside.wasm", "../../wasm/ringside.wasm"].map((path) => new URL(path, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error("dist/wasm/ringside.wasm is not built: npm run build");
  return new WebAssembly.Module(readFileSync(found));
}

/** Where the short runs begin; the soak takes other seeds. */
export function firstSeed(): number {
  return Number(process.env["RINGSIDE_SEED"] ?? 1);
}
