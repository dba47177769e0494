// Builds the bench kit in .cache/bench-kit/out: the programs of bench/kit/guest, an initramfs of them and busybox, one with the kernel's modules for
// `npm run bench:io`, and Debian's kernel beside them. Needs gcc for 32 bits, strip and cpio (Debian packages gcc-multilib, binutils, cpio), and what test/debian/fetch.sh fetches.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
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

/** A "newc" archive of a folder, which is the same to the byte whenever it is made; and no folder any more. */
function archive(root, file) {
  const entries = [".", ...readdirSync(root, { recursive: true })].sort();
  for (const entry of entries) lutimesSync(join(root, entry), 0, 0);
  const options = "-o -H newc --reproducible --quiet -R 0:0 -F".split(" ");
  run("cpio", [...options, `../${file}`], { cwd: root, input: `${entries.join("\n")}\n` });
  rmSync(root, { recursive: true });
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
  archive(root, "initramfs.cpio");
}

/** What `npm run bench:io` boots: busybox, the modules that were fetched, and a script. */
function buildIoInitramfs() {
  const root = join(NEXT, "root");
  for (const name of ["proc", "sys", "dev", "bin", "modules"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(join(NEXT, "busybox"), join(root, "bin/busybox"));
  cpSync(join(DEBIAN, "modules"), join(root, "modules"), { recursive: true });
  copyFileSync(join(TOP, "bench/kit/io-init.sh"), join(root, "init"));
  chmodSync(join(root, "init"), 0o755);
  archive(root, "io.cpio");
}

function build() {
  for (const file of ["vmlinuz", "busybox.bin", "modules"])
    if (!existsSync(join(DEBIAN, file)))
      fail("Debian's kernel, its modules and busybox are not there; bash test/debian/fetch.sh fetches them");
  rmSync(NEXT, { recursive: true, force: true });
  mkdirSync(NEXT, { recursive: true });
  copyFileSync(join(DEBIAN, "vmlinuz"), join(NEXT, "vmlinuz"));
  copyFileSync(join(DEBIAN, "busybox.bin"), join(NEXT, "busybox"));
  chmodSync(join(NEXT, "busybox"), 0o755);
  const folder = join(NEXT, "guest");
  const programs = buildPrograms(folder);
  buildInitramfs(programs, folder);
  buildIoInitramfs();
  rmSync(join(KIT, "out"), { recursive: true, force: true });
  renameSync(NEXT, join(KIT, "out"));
  const size = readFileSync(join(KIT, "out/initramfs.cpio")).length;
  console.log(`ready: ${join(KIT, "out")} (${programs.length - 1} programs, initramfs of ${(size / 2 ** 20).toFixed(1)} MiB)`);
}

build();
