// Real programs that tests hold ours against.
import { type ExecFileException, execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacks } from "../support/requirements.js";

export const QEMU_IMG = "/usr/bin/qemu-img";
export const QEMU_IO = "/usr/bin/qemu-io";
export const lacksQemuImg = lacks(QEMU_IMG, QEMU_IO);
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

export const qemuImg = (...args: readonly string[]) => must(QEMU_IMG, ...args);

/** Run commands on an image; each is one argument of -c. Rejects where one fails. */
export async function qemuIo(path: string, format: string, ...commands: readonly string[]): Promise<string> {
  const printed = await must(QEMU_IO, "-f", format, ...commands.flatMap((command) => ["-c", command]), path);
  if (/failed/.test(printed)) throw new Error(printed);
  return printed;
}

/** What qemu-img counts in a qcow2 image. Rejects if it could not look at everything. */
export async function qemuCheck(path: string): Promise<{ readonly corruptions: number; readonly leaks: number }> {
  const { output, errors } = await tool(QEMU_IMG, "check", "-f", "qcow2", "--output=json", path);
  const report = JSON.parse(output || "{}") as { corruptions?: number; leaks?: number; "check-errors"?: number };
  if (report["check-errors"] !== 0) throw new Error(`qemu-img check: ${output}${errors}`);
  return { corruptions: report.corruptions ?? 0, leaks: report.leaks ?? 0 };
}

/** A folder for the images of a file's tests; remove() it when they are over. */
export function imageFolder(): { path(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "ringside-block-"));
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A folder that is gone when the work is done. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = imageFolder();
  try {
    return await work(folder.path("."));
  } finally {
    folder.remove();
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
