// The built bench kit: where its parts are, and how its guest is told what to run.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Top of the repository. */
export const TOP = fileURLToPath(new URL("../../", import.meta.url));

const BUILT = join(TOP, ".cache/bench-kit/out");

/** What bench/prepare-kit.js builds. */
export const KIT = {
  kernel: join(BUILT, "vmlinuz"),
  initrd: join(BUILT, "initramfs.cpio"),
  programs: join(BUILT, "guest"),
  busybox: join(BUILT, "busybox"),
  /** Of `npm run bench:exits`, for the same kernel. */
  exitsInitrd: join(BUILT, "exits.cpio"),
} as const;

export const HOW_TO_BUILD = "the bench kit is not built: bash test/debian/fetch.sh && node bench/prepare-kit.js";

export const GUEST_MEGABYTES = 256;

/** What the guest does after it has booted. */
export interface Work {
  /** Names of programs; none: all of them. NOTHING: only boot. */
  readonly programs: readonly string[];
  /** Percent of each program's work. */
  readonly scale: number;
}

export const NOTHING = "none";

export function isBuilt(): boolean {
  return Object.values(KIT).every((path) => existsSync(path));
}

export function programNames(): string[] {
  return readdirSync(KIT.programs).filter((name) => name !== "init");
}

export function kernelCommandLine({ programs, scale }: Work): string {
  const choice = programs.length > 0 ? ` bench=${programs.join(",")}` : "";
  return `console=ttyS0,115200 nokaslr mitigations=off panic=-1 scale=${scale}${choice}`;
}
