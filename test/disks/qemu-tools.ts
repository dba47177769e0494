// The real qemu-img and qemu-io, which judge images.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const QEMU_IMG = "/usr/bin/qemu-img";
export const QEMU_IO = "/usr/bin/qemu-io";

/** What it prints. Throws with its message if it fails. */
export function qemuImg(...args: readonly string[]): string {
  return execFileSync(QEMU_IMG, args, { encoding: "utf8", timeout: 60_000 });
}

/** Run commands on an image; each is one argument of -c. Throws where one fails. */
export function qemuIo(path: string, format: string, ...commands: readonly string[]): string {
  const printed = execFileSync(QEMU_IO, ["-f", format, ...commands.flatMap((command) => ["-c", command]), path], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (/failed/.test(printed)) throw new Error(printed);
  return printed;
}

export interface CheckResult {
  readonly corruptions: number;
  readonly leaks: number;
  readonly printed: string;
}

export function qemuCheck(path: string): CheckResult {
  const { stdout, stderr } = spawnSync(QEMU_IMG, ["check", "-f", "qcow2", "--output=json", path], { encoding: "utf8", timeout: 60_000 });
  const report = JSON.parse(stdout || "{}") as { corruptions?: number; leaks?: number; "check-errors"?: number };
  if (report["check-errors"] !== 0) throw new Error(`qemu-img check: ${stdout}${stderr}`);
  return { corruptions: report.corruptions ?? 0, leaks: report.leaks ?? 0, printed: stdout + stderr };
}

/** A folder for a test's images. */
export function imageFolder(): { path(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "ringside-disks-"));
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
