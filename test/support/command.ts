import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { join } from "node:path";
import { TOP } from "./requirements.js";

export const BIN = join(TOP, "cli/bin.js");

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** One run of the `ringside` command, from its beginning to its end. */
export function ringside(args: readonly string[], options: Pick<SpawnSyncOptions, "input" | "stdio" | "cwd"> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { encoding: "latin1", timeout: 60_000, ...options });
  return { code: status, output: stdout ?? "", errors: stderr ?? "" };
}
