// Multiboot specification 0.6.96: ELF images and images with address fields ("a.out kludge"). The information structure has memory,
// command line, boot device absent, modules (the initrd is module 0), the memory map and the loader's name.
// Not done: a requested video mode (header flag bit 2 is only a wish), symbols, drives, APM, VBE.
import type { E820Entry } from "../boards/memory-map.js";
import { BootError } from "./boot-error.js";
import type { Entry } from "./entry.js";
import { textBytes } from "./text.js";

const HEADER_MAGIC = 0x1badb002;
const LOADER_MAGIC = 0x2badb002;
const SEARCH = 8192;
const FLAG_ADDRESSES = 1 << 16;
/** Required-feature bits that are understood: page-aligned modules, memory information, video mode. */
const KNOWN_REQUIRED = 0x7;
const INFO_AT = 0x10000;
const STRINGS_AT = 0x11000;
const GDT_AT = 0x1f000;
/** End of what the loader writes itself. */
const INFO_END = 0x20000;
const INFO_MEMORY = 1;
const INFO_COMMAND_LINE = 4;
const INFO_MODULES = 8;
const INFO_MEMORY_MAP = 64;
const INFO_LOADER = 512;

export interface MultibootImage {
  readonly kernel: Uint8Array;
  readonly module?: Uint8Array | undefined;
  readonly commandLine: string;
}

/** Offset of the multiboot header, or undefined: on a 4-byte boundary in the first 8 KiB, with a checksum that adds up to zero. */
export function findMultibootHeader(kernel: Uint8Array): number | undefined {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  for (let at = 0; at + 12 <= Math.min(SEARCH, kernel.length); at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    if (((HEADER_MAGIC + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) & 0xffffffff) === 0) return at;
  }
  return undefined;
}

/** Where the image begins to run, and the first byte behind it. */
export interface Loaded {
  readonly entry: number;
  readonly end: number;
}

function place(ram: Uint8Array, bytes: Uint8Array, address: number, size: number, what: string): void {
  if (address + size > ram.length)
    throw new BootError(
      `${what} does not fit: it goes to 0x${address.toString(16)} with ${size} bytes, and memory ends at 0x${ram.length.toString(16)}`,
    );
  if (address < 0x100000 && address + size > 0xa0000) throw new BootError(`${what} lies over the video memory at 0xa0000`);
  if (address < INFO_END && address + size > INFO_AT)
    throw new BootError(`${what} lies over the loader's own data at 0x${INFO_AT.toString(16)} to 0x${INFO_END.toString(16)}`);
  ram.fill(0, address, address + size);
  ram.set(bytes, address);
}

function loadByAddresses(kernel: Uint8Array, at: number, ram: Uint8Array): Loaded {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (at + 32 > kernel.length) throw new BootError("the multiboot header is cut short: its address fields are missing");
  const [headerAddress, loadAddress, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map((o) => view.getUint32(at + o, true)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const from = at - (headerAddress - loadAddress);
  if (from < 0 || headerAddress < loadAddress) throw new BootError("the multiboot header's load address lies before the start of the file");
  const size = loadEnd === 0 ? kernel.length - from : loadEnd - loadAddress;
  if (size < 0 || from + size > kernel.length)
    throw new BootError("the multiboot image is cut short: load_end_addr lies beyond the end of the file");
  const end = Math.max(bssEnd, loadAddress + size);
  place(ram, kernel.subarray(from, from + size), loadAddress, end - loadAddress, "the multiboot image");
  return { entry, end };
}

/** 32-bit little-endian ELF executable for i386. */
export function isElf(image: Uint8Array): boolean {
  return image.length >= 4 && image[0] === 0x7f && image[1] === 0x45 && image[2] === 0x4c && image[3] === 0x46;
}

function loadElf(kernel: Uint8Array, ram: Uint8Array): Loaded {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (kernel.length < 52) throw new BootError(`the ELF file is cut short: its header has 52 bytes, the file ${kernel.length}`);
  if (kernel[4] !== 1 || kernel[5] !== 1 || view.getUint16(18, true) !== 3)
    throw new BootError("the ELF file is not for a 32-bit little-endian x86 (class, data or machine field)");
  const tableAt = view.getUint32(28, true);
  const entrySize = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (entrySize < 32 || tableAt + entrySize * count > kernel.length)
    throw new BootError(
      `the ELF file is cut short: its ${count} program headers at 0x${tableAt.toString(16)} lie beyond the end of the file`,
    );
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = tableAt + i * entrySize;
    if (view.getUint32(at, true) !== 1) continue;
    const [offset, , physical, fileSize, memorySize] = [4, 8, 12, 16, 20].map((o) => view.getUint32(at + o, true)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (offset + fileSize > kernel.length)
      throw new BootError(
        `the ELF file is cut short: segment ${i} ends at 0x${(offset + fileSize).toString(16)}, the file at 0x${kernel.length.toString(16)}`,
      );
    if (fileSize > memorySize) throw new BootError(`ELF segment ${i} has more bytes in the file than in memory`);
    place(ram, kernel.subarray(offset, offset + fileSize), physical, memorySize, `ELF segment ${i}`);
    end = Math.max(end, physical + memorySize);
  }
  if (end === 0) throw new BootError("the ELF file has no loadable segment");
  return { entry: entryPhysical(view, tableAt, entrySize, count), end };
}

/** e_entry is a virtual address: translate it by the segment that holds it. */
function entryPhysical(view: DataView, tableAt: number, entrySize: number, count: number): number {
  const entry = view.getUint32(24, true);
  for (let i = 0; i < count; i++) {
    const at = tableAt + i * entrySize;
    const virtual = view.getUint32(at + 8, true);
    if (view.getUint32(at, true) === 1 && entry >= virtual && entry < virtual + view.getUint32(at + 20, true))
      return (entry - virtual + view.getUint32(at + 12, true)) >>> 0;
  }
  return entry;
}

class StringArea {
  private next = STRINGS_AT;
  constructor(private readonly ram: Uint8Array) {}
  add(text: string): number {
    const bytes = textBytes(text);
    if (this.next + bytes.length + 1 > GDT_AT) throw new BootError("the command line is longer than the room for it");
    const at = this.next;
    this.ram.set(bytes, at);
    this.ram[at + bytes.length] = 0;
    this.next += bytes.length + 1;
    return at;
  }
}

function writeInfo(image: MultibootImage, ram: Uint8Array, e820: readonly E820Entry[], kernelEnd: number): void {
  const info = new DataView(ram.buffer, ram.byteOffset + INFO_AT, 4096);
  const strings = new StringArea(ram);
  let flags = INFO_MEMORY | INFO_COMMAND_LINE | INFO_MEMORY_MAP | INFO_LOADER;
  info.setUint32(4, 639, true);
  info.setUint32(8, ram.length / 1024 - 1024, true);
  info.setUint32(16, strings.add(image.commandLine), true);
  if (image.module) {
    const at = Math.ceil(Math.max(kernelEnd, 0x100000) / 4096) * 4096;
    place(ram, image.module, at, image.module.length, "the module");
    flags |= INFO_MODULES;
    info.setUint32(20, 1, true);
    info.setUint32(24, INFO_AT + 0x200, true);
    info.setUint32(0x200, at, true);
    info.setUint32(0x204, at + image.module.length, true);
    info.setUint32(0x208, strings.add("initrd"), true);
  }
  info.setUint32(44, e820.length * 24, true);
  info.setUint32(48, INFO_AT + 0x300, true);
  for (const [i, entry] of e820.entries()) {
    const at = 0x300 + i * 24;
    info.setUint32(at, 20, true);
    info.setBigUint64(at + 4, BigInt(entry.start), true);
    info.setBigUint64(at + 12, BigInt(entry.length), true);
    info.setUint32(at + 20, entry.type, true);
  }
  info.setUint32(64, strings.add("Ringside"), true);
  info.setUint32(0, flags, true);
}

/** Put the image where its headers say. Throws BootError. */
export function loadMultibootImage(kernel: Uint8Array, ram: Uint8Array): Loaded {
  const at = findMultibootHeader(kernel);
  if (at === undefined) throw new BootError("the image has no multiboot header in its first 8 KiB");
  const flags = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength).getUint32(at + 4, true);
  const unknown = flags & 0xffff & ~KNOWN_REQUIRED;
  if (unknown !== 0) throw new BootError(`the multiboot header requires features that are not known: 0x${unknown.toString(16)}`);
  return flags & FLAG_ADDRESSES ? loadByAddresses(kernel, at, ram) : loadElf(kernel, ram);
}

/** Load a multiboot kernel. Throws BootError. */
export function loadMultiboot(image: MultibootImage, ram: Uint8Array, e820: readonly E820Entry[]): Entry {
  const loaded = loadMultibootImage(image.kernel, ram);
  writeInfo(image, ram, e820, loaded.end);
  return { mode: "protected", eip: loaded.entry, registers: { eax: LOADER_MAGIC, ebx: INFO_AT, esp: INFO_AT }, gdt: GDT_AT };
}
