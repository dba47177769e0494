import { describe, expect, test } from "vitest";
import { type FileKind, fileKind, sampleFile } from "./file-kind.js";

function bytes(size: number, ...parts: readonly (readonly [at: number, content: string | readonly number[]])[]): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(size);
  for (const [at, content] of parts) file.set(typeof content === "string" ? [...content].map((c) => c.charCodeAt(0)) : content, at);
  return file;
}

const MULTIBOOT = [0x02, 0xb0, 0xad, 0x1b, 0, 0, 0, 0, 0xfe, 0x4f, 0x52, 0xe4];
const BAD_CHECKSUM = [...MULTIBOOT.slice(0, 8), 0, 0, 0, 0];

const FILES: readonly (readonly [what: string, kind: FileKind, file: Uint8Array<ArrayBuffer>])[] = [
  ["a saved machine", "snapshot", bytes(64, [0, "RINGSNAP"])],
  ["a bzImage, although it is a boot sector too", "kernel", bytes(4096, [510, [0x55, 0xaa]], [0x202, "HdrS"])],
  ["an ELF file", "kernel", bytes(128, [0, "\x7fELF"])],
  ["a multiboot header", "kernel", bytes(9000, [8180, MULTIBOOT])],
  ["a multiboot header too late in the file", "unknown", bytes(9000, [8192, MULTIBOOT])],
  ["a multiboot header whose checksum is wrong", "unknown", bytes(256, [16, BAD_CHECKSUM])],
  ["a cpio archive", "initrd", bytes(512, [0, "070701"])],
  ["a gzip file", "initrd", bytes(512, [0, [0x1f, 0x8b]])],
  ["an xz file", "initrd", bytes(512, [0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]])],
  ["a zstd file", "initrd", bytes(512, [0, [0x28, 0xb5, 0x2f, 0xfd]])],
  ["firmware with a far jump at its reset vector", "bios", bytes(0x20000, [0x1fff0, [0xea]])],
  ["firmware of an odd size", "unknown", bytes(0x18001, [0x17ff1, [0xea]])],
  ["an expansion ROM of 1 KiB", "video-bios", bytes(1024, [0, [0x55, 0xaa, 2]])],
  ["a boot sector", "image", bytes(512, [510, [0x55, 0xaa]])],
  ["an empty file", "unknown", bytes(0)],
];

describe("what a dropped file is told from its bytes", () => {
  test.each(FILES)("%s: %s", async (_what, kind, file) => {
    expect(fileKind(await sampleFile(new Blob([file])))).toBe(kind);
  });
});
