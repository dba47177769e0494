// Real programs that tests hold ours against.
import { type ExecFileException, execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacks } from "../support/requirements.js";

export const lacksQemuImg = lacks("/usr/bin/qemu-img", "/usr/bin/qemu-io");
export const lacksNbdTools = lacksQemuImg || lacks("/usr/bin/nbdinfo", "/usr/bin/nbdcopy");

export interface ToolResult {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Milliseconds. */
const PATIENCE = 60_000;

/** Run a program beside this process; what it says, whatever its exit code. */
export function tool(program: string, ...args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: PATIENCE, maxBuffer: 1 << 26 }, (error: ExecFileException | null, output, errors) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output, errors });
    });
  });
}

/** What it prints; rejects if it fails. */
export async function must(program: string, ...args: readonly string[]): Promise<string> {
  const { code, output, errors } = await tool(program, ...args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${errors}${output}`);
  return output;
}

/** A folder that is gone when the work is done. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ringside-block-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers from 0 to 2^32 - 1, the same for the same seed. */
export function randoms(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // Marsaglia, "Xorshift RNGs".
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export function randomBytes(random: (below: number) => number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = random(256);
  return bytes;
}
