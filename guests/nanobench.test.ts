import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildGuest } from "./catalog.js";
import { isInstalled, withTemporaryFolder } from "./testing/programs.js";

const QEMU = "-m 64 -display none -monitor none -net none -no-reboot -serial stdio".split(" ");
/** An empty virtio disk, to be kicked. */
const DISK = "-blockdev driver=null-co,node-name=disk,size=65536 -device virtio-blk-pci,drive=disk".split(" ");

test.runIf(isInstalled("qemu-system-i386", "--version"))(
  "nanobench times all its loops in QEMU too, and switches the machine off",
  async () => {
    const { output, status } = await withTemporaryFolder(async (folder) => {
      const file = join(folder, "nanobench.bin");
      writeFileSync(file, buildGuest("nanobench").bytes);
      const { stdout, status } = spawnSync("qemu-system-i386", [...QEMU, ...DISK, "-kernel", file], {
        encoding: "latin1",
        timeout: 25_000,
      });
      return { output: stdout.replaceAll("\r", ""), status };
    });
    const loops = [...output.matchAll(/^nano BEGIN (\w+)\nnano END \1\nnano \1 \d+ [1-9]\d*\n/gm)].map(([, name]) => name);
    expect(loops).toEqual(
      "syscall cpuid callret divzero pgfault sysenter in cr0wr cr3wr tprwr clisti pushfpopf ptemod ptemap tlbmiss interrupt switch kick".split(
        " ",
      ),
    );
    expect(status).toBe(0);
  },
);
