// Linux/x86 boot protocol, 32-bit entry: the zero page is filled by us and the kernel's real-mode part is not run.
// (Documentation/arch/x86/boot.rst in the kernel's sources.) Not done: the EFI handover, loading below 1 MiB (zImage).
import { CONVENTIONAL_END, type E820Entry } from "../boards/memory-map.js";
import { BootError } from "./boot-error.js";
import type { Entry } from "./entry.js";
import { textBytes } from "./text.js";

export interface LinuxImage {
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  readonly commandLine: string;
}

export interface LinuxPlatform {
  readonly ram: Uint8Array;
  readonly e820: readonly E820Entry[];
  /** Guest-physical address of the ACPI RSDP, or 0. */
  readonly rsdp: number;
}

const ZERO_PAGE = 0x10000;
const GDT_AT = 0x1f000;
const COMMAND_LINE_AT = 0x20000;
const KERNEL_AT = 0x100000;
/** Offsets in the setup header, which is at 0x1f1 of both the image and the zero page. */
const HEADER = {
  setupSects: 0x1f1,
  bootFlag: 0x1fe,
  jump: 0x201,
  magic: 0x202,
  version: 0x206,
  typeOfLoader: 0x210,
  loadFlags: 0x211,
  code32Start: 0x214,
  ramdiskImage: 0x218,
  ramdiskSize: 0x21c,
  heapEnd: 0x224,
  commandLine: 0x228,
  initrdMax: 0x22c,
  kernelAlignment: 0x230,
  commandLineSize: 0x238,
  prefAddress: 0x258,
  initSize: 0x260,
} as const;
const E820_COUNT = 0x1e8;
const E820_TABLE = 0x2d0;
const RSDP_ADDRESS = 0x070;
const LOADED_HIGH = 1;
const CAN_USE_HEAP = 0x80;
const LOADER_UNDEFINED = 0xff;
const MAGIC = 0x53726448; // "HdrS"

const mib = (bytes: number) => `${Math.ceil(bytes / 1048576)} MiB`;

interface Header {
  readonly view: DataView;
  readonly version: number;
  /** Bytes of boot sector and real-mode code before the protected-mode kernel. */
  readonly setupBytes: number;
}

function parseHeader(kernel: Uint8Array): Header {
  if (kernel.length < 1024) throw new BootError(`the kernel is not a bzImage: it has only ${kernel.length} bytes`);
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (view.getUint16(HEADER.bootFlag, true) !== 0xaa55 || view.getUint32(HEADER.magic, true) !== MAGIC)
    throw new BootError('the kernel is not a bzImage: the "HdrS" setup header at offset 0x202 is missing');
  const version = view.getUint16(HEADER.version, true);
  if (version < 0x0202) throw new BootError(`the kernel has boot protocol ${version >> 8}.${version & 255}; 2.02 or newer is needed`);
  if (!(view.getUint8(HEADER.loadFlags) & LOADED_HIGH))
    throw new BootError("the kernel is a zImage, which loads below 1 MiB; a bzImage is needed");
  const setupBytes = ((view.getUint8(HEADER.setupSects) || 4) + 1) * 512;
  if (setupBytes >= kernel.length)
    throw new BootError(`the bzImage is cut short: its setup alone has ${setupBytes} bytes, the file ${kernel.length}`);
  return { view, version, setupBytes };
}

/** First byte after what the kernel needs while it unpacks itself. */
function kernelEnd(header: Header, kernel: Uint8Array): number {
  const size = kernel.length - header.setupBytes;
  if (header.version < 0x020a) return KERNEL_AT + size * 4;
  const preferred = Number(header.view.getBigUint64(HEADER.prefAddress, true));
  return Math.max(KERNEL_AT + size, Math.max(KERNEL_AT, preferred) + header.view.getUint32(HEADER.initSize, true));
}

/** The initrd goes as high as kernel and memory allow, page-aligned. */
function placeInitrd(header: Header, image: LinuxImage, ramSize: number): number {
  const initrd = image.initrd!;
  const highest = header.version >= 0x0203 ? header.view.getUint32(HEADER.initrdMax, true) : 0x37ffffff;
  const top = Math.min(ramSize, highest + 1);
  const at = Math.floor((top - initrd.length) / 4096) * 4096;
  const end = kernelEnd(header, image.kernel);
  if (at < end)
    throw new BootError(
      `the initrd does not fit: it has ${mib(initrd.length)}, the kernel needs the first ${mib(end)}, and the machine has ${mib(ramSize)}`,
    );
  return at;
}

function writeCommandLine(ram: Uint8Array, zero: DataView, header: Header, text: string): void {
  const bytes = textBytes(text);
  const wanted = header.version >= 0x0206 ? header.view.getUint32(HEADER.commandLineSize, true) : 255;
  const limit = Math.min(wanted, CONVENTIONAL_END - COMMAND_LINE_AT - 1);
  if (bytes.length > limit) throw new BootError(`the kernel command line has ${bytes.length} bytes; this kernel takes ${limit}`);
  ram.set(bytes, COMMAND_LINE_AT);
  ram[COMMAND_LINE_AT + bytes.length] = 0;
  zero.setUint32(HEADER.commandLine, COMMAND_LINE_AT, true);
}

/** screen_info: colour text mode 3, 80 x 25, as a BIOS would have left it. */
function writeScreenInfo(zero: DataView): void {
  zero.setUint8(0x06, 3);
  zero.setUint8(0x07, 80);
  zero.setUint8(0x0e, 25);
  zero.setUint8(0x0f, 1);
  zero.setUint16(0x10, 16, true);
}

/** The zero page: the image's setup header, and what a boot loader says beside it. */
function writeZeroPage({ kernel }: LinuxImage, { ram, e820, rsdp }: LinuxPlatform): DataView {
  ram.fill(0, ZERO_PAGE, ZERO_PAGE + 4096);
  const zero = new DataView(ram.buffer, ram.byteOffset + ZERO_PAGE, 4096);
  const headerEnd = 0x202 + kernel[HEADER.jump]!;
  ram.set(kernel.subarray(HEADER.setupSects, headerEnd), ZERO_PAGE + HEADER.setupSects);
  writeScreenInfo(zero);
  zero.setUint8(HEADER.typeOfLoader, LOADER_UNDEFINED);
  zero.setUint8(HEADER.loadFlags, zero.getUint8(HEADER.loadFlags) | CAN_USE_HEAP);
  zero.setUint16(HEADER.heapEnd, 0xfe00, true);
  zero.setUint32(HEADER.code32Start, KERNEL_AT, true);
  zero.setBigUint64(RSDP_ADDRESS, BigInt(rsdp), true);
  zero.setUint8(E820_COUNT, e820.length);
  for (const [i, entry] of e820.entries()) {
    const at = E820_TABLE + i * 20;
    zero.setBigUint64(at, BigInt(entry.start), true);
    zero.setBigUint64(at + 8, BigInt(entry.length), true);
    zero.setUint32(at + 16, entry.type, true);
  }
  return zero;
}

/** Load kernel, initrd and command line into RAM and say how to enter. Throws BootError. */
export function loadLinux(image: LinuxImage, platform: LinuxPlatform): Entry {
  const { ram } = platform;
  const header = parseHeader(image.kernel);
  const end = kernelEnd(header, image.kernel);
  if (end > ram.length)
    throw new BootError(`the kernel does not fit: it needs the first ${mib(end)}, and the machine has ${mib(ram.length)}`);
  const zero = writeZeroPage(image, platform);
  writeCommandLine(ram, zero, header, image.commandLine);
  if (image.initrd && image.initrd.length > 0) {
    const at = placeInitrd(header, image, ram.length);
    ram.set(image.initrd, at);
    zero.setUint32(HEADER.ramdiskImage, at, true);
    zero.setUint32(HEADER.ramdiskSize, image.initrd.length, true);
  }
  ram.set(image.kernel.subarray(header.setupBytes), KERNEL_AT);
  return { mode: "protected", eip: KERNEL_AT, registers: { esi: ZERO_PAGE, esp: ZERO_PAGE }, gdt: GDT_AT };
}
