// Builds what is missing or out of date: the TypeScript projects, the processor module, the page. Plain JavaScript, because nothing is
// built yet when it runs.
//   node cli/build.js            everything
//   node cli/build.js start      what `npm start` needs: the page, and no tests
//   node cli/build.js test       what the tests need (no page)
//   node cli/build.js run        what the command needs
//   node cli/build.js bench      what the benches need
//   node cli/build.js processor  dist/wasm/ringside.wasm only
//   node cli/build.js generate [--check]   the generated files; or only say which are not up to date
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TOP = dirname(dirname(fileURLToPath(import.meta.url)));
const WASM = join(TOP, "dist/wasm/ringside.wasm");
const ASC_OPTIONS =
  "-O3 --runtime stub --noAssert --importMemory --exportTable --disableWarning 112 --disableWarning 201 --enable simd".split(" ");

/** Newest modification time below a folder, in ms. */
function newest(path, skip = /^(node_modules|testing|tsconfig.*)$|\.test\.ts$/) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => !skip.test(name))
      .map((name) => newest(join(path, name), skip)),
  );
}

function run(what, script, args) {
  console.error(`building ${what}`);
  const result = spawnSync(process.execPath, [join(TOP, "node_modules", script), ...args], {
    cwd: TOP,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (result.status !== 0) {
    console.error(`building ${what} failed`);
    process.exit(1);
  }
}

function buildTypeScript(projects) {
  run("the TypeScript projects", "typescript/bin/tsc", ["-b", ...projects]);
}

/** Where the module's static data goes. */
function staticBase() {
  const layout = readFileSync(join(TOP, "wasm/abi/layout.ts"), "utf8");
  return String(Number(/STATIC_BASE: i32 = (0x[0-9a-f]+);/.exec(layout)[1]));
}

function buildProcessor() {
  if (existsSync(WASM) && statSync(WASM).mtimeMs > newest(join(TOP, "wasm"))) return;
  mkdirSync(dirname(WASM), { recursive: true });
  run("the processor", "assemblyscript/bin/asc.js", [
    "wasm/index.ts",
    "-o",
    WASM,
    "--transform",
    "./cli/inline-more.js",
    "--memoryBase",
    staticBase(),
    ...ASC_OPTIONS,
  ]);
}

/** The command, and the kit's runner if it was built. */
function buildPrograms() {
  const programs = join(TOP, "dist/bundle/ringside.js");
  const sources = ["cli", "core", "devices", "guests", "bench"].map((folder) => newest(join(TOP, "dist", folder)));
  if (existsSync(programs) && statSync(programs).mtimeMs > Math.max(...sources)) return;
  run("the programs", "vite/bin/vite.js", ["build", "--config", "cli/vite.config.js", "--logLevel", "warn"]);
}

function buildPage() {
  const page = join(TOP, "dist/web/page/index.html");
  const sources = ["web", "core", "devices", "guests", "wasm/abi"].map((folder) => newest(join(TOP, folder)));
  if (existsSync(page) && statSync(page).mtimeMs > Math.max(...sources, newest(WASM))) return;
  run("the page", "vite/bin/vite.js", ["build", "--config", "web/vite.config.js", "--logLevel", "warn"]);
}

const PROJECTS = { all: ["."], test: ["."], bench: ["bench"] };

/** Build for a purpose: "all", "start" (the page), "test", "run" (the command), "bench", "processor" or "generate". */
export async function build(purpose) {
  if (purpose === "generate") {
    buildTypeScript(["core", "cli"]);
    await import(pathToFileURL(join(TOP, "dist/cli/generate.js")).href);
    return;
  }
  // The page is vite's; tests and benches are only built for themselves.
  if (purpose !== "processor") {
    buildTypeScript(PROJECTS[purpose] ?? ["cli"]);
    buildPrograms();
  }
  buildProcessor();
  if (purpose === "all" || purpose === "start") buildPage();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(process.argv[2] ?? "all");
