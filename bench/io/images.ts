// The disks' images: every block of 4 KiB begins with its number and says that the host wrote it, as bench/io/guest/disk.c expects; the rest is random.
// So qcow2 images are whole from the start, and what is measured is reading and writing, not growing.
import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, copyFileSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "../kit.js";
import type { DiskFile } from "./emulators.js";
import type { DiskKind } from "./work.js";

const BLOCK = 4096;
const MEBIBYTE = 1 << 20;
const BY_HOST = 0x484f5354;

/** Makes the originals in a folder: `disk.raw` and `disk.qcow2` of so many MiB, with the same contents. */
export function makeOriginals(folder: string, mebibytes: number): void {
  const raw = original(folder, "raw");
  const piece = new Uint8Array(MEBIBYTE);
  const view = new DataView(piece.buffer);
  const file = openSync(raw, "w");
  for (let i = 0; i < mebibytes; i++) {
    randomFillSync(piece);
    for (let at = 0; at < MEBIBYTE; at += BLOCK) {
      view.setUint32(at, (i * MEBIBYTE + at) / BLOCK, true);
      view.setUint32(at + 4, BY_HOST, true);
    }
    writeSync(file, piece);
  }
  closeSync(file);
  const convert = [join(TOP, "cli/bin.js"), "img", "convert", "-f", "raw", "-O", "qcow2", raw, original(folder, "qcow2")];
  execFileSync(process.execPath, convert, { stdio: "inherit" });
}

const original = (folder: string, format: DiskKind["format"]) => join(folder, `disk.${format}`);

/** Fresh copies for one run. */
export function copyOriginals(folder: string, disks: readonly DiskKind[]): DiskFile[] {
  return disks.map((disk) => {
    const path = join(folder, disk.name);
    copyFileSync(original(folder, disk.format), path);
    return { ...disk, path };
  });
}
