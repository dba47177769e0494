// Tells from a file's first and last bytes what a visitor most likely gave us.

export type FileKind = "kernel" | "initrd" | "image" | "bios" | "video-bios" | "snapshot" | "unknown";

export interface FileSample {
  readonly size: number;
  /** The first bytes, 32 KiB if there are so many. */
  readonly head: Uint8Array;
  /** The last 16 bytes. */
  readonly tail: Uint8Array;
}

const HEAD_LENGTH = 0x8000;
const TAIL_LENGTH = 16;

export async function sampleFile(file: Blob): Promise<FileSample> {
  const bytes = async (part: Blob) => new Uint8Array(await part.arrayBuffer());
  return {
    size: file.size,
    head: await bytes(file.slice(0, HEAD_LENGTH)),
    tail: await bytes(file.slice(Math.max(0, file.size - TAIL_LENGTH))),
  };
}

function startsWith(head: Uint8Array, text: string, at = 0): boolean {
  return [...text].every((c, i) => head[at + i] === c.charCodeAt(0));
}

/** Linux's bzImage ("HdrS" at 202H), an ELF file, or a multiboot header (1BADB002H, aligned, in the first 8 KiB). */
function isKernel(head: Uint8Array): boolean {
  if (startsWith(head, "HdrS", 0x202) || startsWith(head, "\x7fELF")) return true;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 0; at + 12 <= Math.min(head.length, 8192); at += 4) {
    if (view.getUint32(at, true) !== 0x1badb002) continue;
    if ((0x1badb002 + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) % 2 ** 32 === 0) return true;
  }
  return false;
}

/** cpio archives, bare or compressed with gzip, xz, zstd, bzip2, lz4 or lzma. */
const INITRD_STARTS = ["070701", "070702", "\x1f\x8b", "\xfd7zXZ\0", "\x28\xb5\x2f\xfd", "BZh", "\x02\x21\x4c\x18", "\x5d\0\0"];

export function fileKind({ size, head, tail }: FileSample): FileKind {
  if (startsWith(head, "RINGSNAP")) return "snapshot";
  if (isKernel(head)) return "kernel";
  if (INITRD_STARTS.some((start) => startsWith(head, start))) return "initrd";
  // An expansion ROM: its signature, then its length in units of 512 bytes.
  if (head[0] === 0x55 && head[1] === 0xaa && head[2]! * 512 <= size) return "video-bios";
  // Firmware begins with a far jump (or a near one) 16 bytes before its end.
  if (size >= 0x10000 && size % 0x10000 === 0 && (tail[0] === 0xea || tail[0] === 0xe9)) return "bios";
  if (head[510] === 0x55 && head[511] === 0xaa) return "image";
  return "unknown";
}
