import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { icedX86 } from "./iced-plugin.js";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: folder("."),
  // Relative addresses: the page works from any folder of any server.
  base: "./",
  plugins: [icedX86()],
  worker: { format: "es", plugins: () => [icedX86()] },
  // The package, not Node's module of that name.
  resolve: { alias: { buffer: "buffer/" } },
  optimizeDeps: { exclude: ["iced-x86"] },
  build: {
    target: "es2022",
    outDir: folder("../dist/web/page"),
    emptyOutDir: true,
    // The disassembler's tables are what they are.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
