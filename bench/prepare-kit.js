// Builds the bench kit in .cache/bench-kit/out: the programs of bench/kit/guest, an initramfs of them and busybox, and Debian's kernel beside
// it. Needs gcc for 32 bits, strip and cpio (Debian packages gcc-multilib, binutils, cpio), and what test/debian/fetch.sh fetches.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, lutimesSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = dirname(dirname(fileURLToPath(import.meta.url)));
const GUEST = join(TOP, "bench/kit/guest");
const DEBIAN = join(TOP, ".cache/debian");
const KIT = join(TOP, ".cache/bench-kit");
/** Built here, and put in its place when it is whole: somebody may be using the one there is. */
const NEXT = join(KIT, "next");

const COMMON = (
  "-m32 -O2 -march=i686 -mtune=generic -std=gnu11 -Wall -Wextra -Wno-unused-parameter -ffreestanding -fno-pie -fno-stack-protector " +
  "-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fcf-protection=none"
).split(" ");
const LINK = "-nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noseparate-code".split(" ");
const X87 = ["-mno-sse", "-mfpmath=387"];
const SSE2 = ["-msse2", "-mfpmath=sse"];
/** Floating point is x87's, except in these programs. */
const OPTIONS = { matmul_sse2: [...SSE2, "-fno-tree-vectorize"], simd_int: SSE2 };

function fail(sentence) {
  console.error(`the bench kit was not built: ${sentence}`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const { status, error, stdout } = spawnSync(command, args, { stdio: ["pipe", "pipe", "inherit"], maxBuffer: 2 ** 26, ...options });
  if (error?.code === "ENOENT") fail(`there is no ${command}`);
  if (status !== 0) fail(`${command} failed`);
  return stdout;
}

function compile(name, folder) {
  const options = [...COMMON, ...(OPTIONS[name] ?? X87)];
  run("gcc", [...options, ...LINK, "-o", join(folder, name), `${name}.c`, join(NEXT, "runtime.o"), "-lgcc"], { cwd: GUEST });
}

/** A "newc" archive that is the same to the byte whenever it is made. */
function archive(root) {
  const entries = [".", ...readdirSync(root, { recursive: true })].sort();
  for (const entry of entries) lutimesSync(join(root, entry), 0, 0);
  const options = "-o -H newc --reproducible --quiet -R 0:0 -F ../initramfs.cpio".split(" ");
  run("cpio", options, { cwd: root, input: `${entries.join("\n")}\n` });
}

function buildPrograms(folder) {
  mkdirSync(folder);
  run("gcc", [...COMMON, ...X87, "-c", "-o", join(NEXT, "runtime.o"), "runtime.c"], { cwd: GUEST });
  const programs = readdirSync(GUEST)
    .filter((file) => file.endsWith(".c") && file !== "runtime.c")
    .map((file) => file.slice(0, -2));
  for (const name of programs) compile(name, folder);
  rmSync(join(NEXT, "runtime.o"));
  return programs;
}

function buildInitramfs(programs, folder) {
  const root = join(NEXT, "root");
  for (const name of ["proc", "dev", "bin", "bench", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(join(NEXT, "busybox"), join(root, "bin/busybox"));
  for (const name of programs) run("strip", ["-o", join(root, name === "init" ? "init" : `bench/${name}`), join(folder, name)]);
  archive(root);
  rmSync(root, { recursive: true });
}

function build() {
  for (const file of ["vmlinuz", "busybox.bin"])
    if (!existsSync(join(DEBIAN, file))) fail("Debian's kernel and busybox are not there; bash test/debian/fetch.sh fetches them");
  rmSync(NEXT, { recursive: true, force: true });
  mkdirSync(NEXT, { recursive: true });
  copyFileSync(join(DEBIAN, "vmlinuz"), join(NEXT, "vmlinuz"));
  copyFileSync(join(DEBIAN, "busybox.bin"), join(NEXT, "busybox"));
  run("chmod", ["755", join(NEXT, "busybox")]);
  const folder = join(NEXT, "guest");
  const programs = buildPrograms(folder);
  buildInitramfs(programs, folder);
  rmSync(join(KIT, "out"), { recursive: true, force: true });
  renameSync(NEXT, join(KIT, "out"));
  const size = readFileSync(join(KIT, "out/initramfs.cpio")).length;
  console.log(`ready: ${join(KIT, "out")} (${programs.length - 1} programs, initramfs of ${(size / 2 ** 20).toFixed(1)} MiB)`);
}

build();
