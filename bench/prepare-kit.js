// Builds the bench kit in .cache/bench-kit/out: the programs of bench/kit/guest, an initramfs of them and busybox, one with the kernel's modules for
// `npm run bench:exits`, and Debian's kernel beside them. Needs gcc for 32 bits, strip and cpio (Debian packages gcc-multilib, binutils, cpio), and what
// test/debian/fetch.sh fetches.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { archive, compile, compileRuntime, DEBIAN, needDebian, run, SSE2, TOP, X87 } from "./guest-build.js";

const GUEST = join(TOP, "bench/kit/guest");
const KIT = join(TOP, ".cache/bench-kit");
/** Built here, and put in its place when it is whole: somebody may be using the one there is. */
const NEXT = join(KIT, "next");

/** Floating point is x87's, except in these programs. */
const OPTIONS = { matmul_sse2: [...SSE2, "-fno-tree-vectorize"], simd_int: SSE2 };

function buildPrograms(folder) {
  mkdirSync(folder);
  const runtime = join(NEXT, "runtime.o");
  compileRuntime(runtime);
  const programs = readdirSync(GUEST)
    .filter((file) => file.endsWith(".c") && file !== "runtime.c")
    .map((file) => file.slice(0, -2));
  for (const name of programs) compile(name, { from: GUEST, to: folder, runtime, options: OPTIONS[name] ?? X87 });
  rmSync(runtime);
  return programs;
}

function buildInitramfs(programs, folder) {
  const root = join(NEXT, "root");
  for (const name of ["proc", "dev", "bin", "bench", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(join(NEXT, "busybox"), join(root, "bin/busybox"));
  for (const name of programs) run("strip", ["-o", join(root, name === "init" ? "init" : `bench/${name}`), join(folder, name)]);
  archive(root, "../initramfs.cpio");
  rmSync(root, { recursive: true });
}

/** What `npm run bench:exits` boots: busybox, the modules that were fetched, and a script. */
function buildExitsInitramfs() {
  const root = join(NEXT, "root");
  for (const name of ["proc", "sys", "dev", "bin", "modules"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(join(NEXT, "busybox"), join(root, "bin/busybox"));
  cpSync(join(DEBIAN, "modules"), join(root, "modules"), { recursive: true });
  copyFileSync(join(TOP, "bench/exits/init.sh"), join(root, "init"));
  chmodSync(join(root, "init"), 0o755);
  archive(root, "../exits.cpio");
  rmSync(root, { recursive: true });
}

function build() {
  needDebian("vmlinuz", "busybox.bin", "modules");
  rmSync(NEXT, { recursive: true, force: true });
  mkdirSync(NEXT, { recursive: true });
  copyFileSync(join(DEBIAN, "vmlinuz"), join(NEXT, "vmlinuz"));
  copyFileSync(join(DEBIAN, "busybox.bin"), join(NEXT, "busybox"));
  chmodSync(join(NEXT, "busybox"), 0o755);
  const folder = join(NEXT, "guest");
  const programs = buildPrograms(folder);
  buildInitramfs(programs, folder);
  buildExitsInitramfs();
  rmSync(join(KIT, "out"), { recursive: true, force: true });
  renameSync(NEXT, join(KIT, "out"));
  const size = readFileSync(join(KIT, "out/initramfs.cpio")).length;
  console.log(`ready: ${join(KIT, "out")} (${programs.length - 1} programs, initramfs of ${(size / 2 ** 20).toFixed(1)} MiB)`);
}

build();
