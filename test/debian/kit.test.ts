import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KIT, lacks, TOP } from "../support/requirements.js";

const SCALE = "3";

/** Lines "END name checksum" of a command's output. */
function checksums(command: string, args: readonly string[]): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    let text = "";
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString("latin1");
    });
    child.on("error", reject);
    child.on("close", () => resolve(new Map([...text.matchAll(/^END (\w+) ([0-9a-f]{8})/gm)].map((m) => [m[1]!, m[2]!]))));
  });
}

describe.skipIf(lacks(KIT.kernel, KIT.initrd, KIT.programs))("the bench kit", () => {
  test("every program gives the checksum it gives on the real processor", { timeout: 400_000 }, async () => {
    const append = `console=ttyS0,115200 nokaslr mitigations=off panic=-1 scale=${SCALE}`;
    const [real, ours] = await Promise.all([
      checksums(join(KIT.programs, "init"), ["--native", KIT.programs, KIT.busybox, SCALE, ""]),
      checksums(process.execPath, [join(TOP, "dist/bundle/kit-runner.js"), KIT.kernel, KIT.initrd, append, "256"]),
    ]);
    expect(real.size).toBe(18);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(real));
  });

  test("npm run bench measures programs, and says that an emulator is not installed", () => {
    // A folder of its own, so that it does not wait for a bench that somebody runs on this machine.
    const folder = mkdtempSync(join(tmpdir(), "ringside-"));
    const options = "--emulators native,qemu --programs sieve,fib --scale 5 --rounds 2 --quiet 0".split(" ");
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(TOP, "dist/bench/main.js"), ...options], {
      encoding: "utf8",
      env: { TMPDIR: folder, PATH: folder },
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toMatch(/^qemu is not installed here/m);
    expect(stdout).toMatch(/^\| sieve +\| +0\.\d{3} \|$/m);
    expect(stdout).toMatch(/^\| fib +\| +0\.\d{3} \|$/m);
    expect(status).toBe(0);
  });
});
