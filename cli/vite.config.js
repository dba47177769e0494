// Puts each program into one file (with chunks for what is loaded on demand): two thirds of the time until a guest runs were reading 150 modules.
// Libraries stay where npm put them.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const programs = { ringside: file("../dist/cli/main.js"), "kit-runner": file("../dist/bench/kit-runner.js") };

export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    target: "node20",
    outDir: file("../dist/bundle"),
    emptyOutDir: true,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(programs).filter(([, path]) => existsSync(path))),
      // Beside dist/wasm, as the files that they are made of.
      output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      checks: { pluginTimings: false },
    },
  },
});
