// Builds guests of benches: freestanding programs for 32-bit Linux (gcc -m32) with bench/kit/guest/runtime.c, and archives for the kernel to start from.
// Plain JavaScript, because it runs before anything is built. What can not be done ends the process with a sentence.
import { spawnSync } from "node:child_process";
import { existsSync, lutimesSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const TOP = dirname(dirname(fileURLToPath(import.meta.url)));
/** What test/debian/fetch.sh fetches. */
export const DEBIAN = join(TOP, ".cache/debian");
const RUNTIME = join(TOP, "bench/kit/guest");

const COMMON = (
  "-m32 -O2 -march=i686 -mtune=generic -std=gnu11 -Wall -Wextra -Wno-unused-parameter -ffreestanding -fno-pie -fno-stack-protector " +
  "-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fcf-protection=none"
).split(" ");
const LINK = "-nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noseparate-code".split(" ");
/** Floating point is x87's. */
export const X87 = ["-mno-sse", "-mfpmath=387"];
export const SSE2 = ["-msse2", "-mfpmath=sse"];

export function fail(sentence) {
  console.error(`the bench's guest was not built: ${sentence}`);
  process.exit(1);
}

export function run(command, args, options = {}) {
  const { status, error, stdout } = spawnSync(command, args, { stdio: ["pipe", "pipe", "inherit"], maxBuffer: 2 ** 26, ...options });
  if (error?.code === "ENOENT") fail(`there is no ${command}`);
  if (status !== 0) fail(`${command} failed`);
  return stdout;
}

export function needDebian(...files) {
  if (files.some((file) => !existsSync(join(DEBIAN, file))))
    fail("Debian's kernel, modules and busybox are not there; bash test/debian/fetch.sh fetches them");
}

/** Compiles the runtime to an object file that compile() takes. */
export function compileRuntime(object) {
  run("gcc", [...COMMON, ...X87, "-c", "-o", object, "runtime.c"], { cwd: RUNTIME });
}

/** Compiles NAME.c of the folder `from` to the program NAME in `to`. */
export function compile(name, { from, to, runtime, options = X87 }) {
  run("gcc", [...COMMON, ...options, ...LINK, `-I${RUNTIME}`, "-o", join(to, name), `${name}.c`, runtime, "-lgcc"], { cwd: from });
}

/** A "newc" archive of a folder, `file`, that is the same to the byte whenever it is made. */
export function archive(root, file) {
  const entries = [".", ...readdirSync(root, { recursive: true })].sort();
  for (const entry of entries) lutimesSync(join(root, entry), 0, 0);
  const options = `-o -H newc --reproducible --quiet -R 0:0 -F ${file}`.split(" ");
  run("cpio", options, { cwd: root, input: `${entries.join("\n")}\n` });
}
