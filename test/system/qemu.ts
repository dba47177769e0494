// The same image on QEMU's translator, where it is installed.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, withTemporaryFolder } from "../../guests/testing/programs.js";

const QEMU = "qemu-system-i386";
/** A guest takes well under a second; the limit is for a loaded machine. */
const LIMIT_MS = 20_000;
const OPTIONS =
  "-accel tcg -cpu max -m 16 -nodefaults -display none -no-reboot -debugcon stdio -device isa-debug-exit,iobase=0xf4,iosize=1";

export function hasQemu(): boolean {
  return isInstalled(QEMU, "--version");
}

/** What the guest prints, and QEMU's exit code: of isa-debug-exit, or 0 after a triple fault. */
export function runOnQemu(image: Uint8Array): Promise<{ output: string; code: number | null }> {
  return withTemporaryFolder((folder) => {
    const bios = join(folder, "image.bin");
    writeFileSync(bios, image);
    const result = spawnSync(QEMU, [...OPTIONS.split(" "), "-bios", bios], { timeout: LIMIT_MS, encoding: "latin1", maxBuffer: 1 << 20 });
    return { output: result.stdout, code: result.status };
  });
}
