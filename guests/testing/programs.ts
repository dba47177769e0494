// What the tests of this folder need of the host: other programs (NASM, QEMU) to compare with, and a place for files. Node only.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder guests/. */
export const GUESTS = fileURLToPath(new URL("../", import.meta.url));

export function isInstalled(command: string, versionOption: string): boolean {
  return spawnSync(command, [versionOption]).status === 0;
}

/** The folder is gone when `work` is done. */
export async function withTemporaryFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ringside-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
