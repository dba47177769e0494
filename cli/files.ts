import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { EXIT_HOST } from "./exit-codes.js";
import { describeSystemError, UserError } from "./user-error.js";

/** Read a file the user named; `what` says what it was to be. */
export function readUserFile(what: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`the ${what} ${path} can not be read: ${describeSystemError(error)}`);
  }
}

/** Write a file whole or not at all: an older one of that name stays until the new one is complete. */
export function writeUserFile(what: string, path: string, bytes: Uint8Array): void {
  const temporary = `${path}.part`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UserError(`the ${what} ${path} can not be written: ${describeSystemError(error)}`, EXIT_HOST);
  }
}

/** "256M", "1G", "65536K" or bytes; at least 4 MiB, whole MiB. */
export function parseMemory(text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  if (!match) throw new UserError(`the memory size "${text}" is not understood; write for example 256M`);
  const shift = { "": 0, K: 10, M: 20, G: 30 }[match[2]!.toUpperCase()]!;
  const bytes = Number(match[1]) * 2 ** shift;
  if (bytes % 1048576 !== 0 || bytes < 4 * 1048576 || bytes > 3328 * 1048576)
    throw new UserError(`the memory size ${text} is not possible: it must be whole MiB, from 4M to 3328M`);
  return bytes;
}
