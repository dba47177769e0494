import type { GuestMemory, Mapping } from "../../core/bus/bus.js";
import type { Region } from "../../core/bus/device.js";
import type { Processor } from "../../core/cpu/processor.js";
import { PCI_HOLE_END, SHADOW_END, SHADOW_START, VGA_WINDOW } from "../boards/memory-map.js";
import type { Shadow } from "../pci/i440fx.js";
import type { VideoMemory } from "../vga/video-memory.js";

const VIDEO_MEMORY_SIZE = 16 << 20;
/** Room for the largest BIOS image. */
export const ROM_SIZE = 4 << 20;
const PAGE = 4096;
/** How much of a BIOS image is seen below 1 MiB as well. */
const LOW_ROM = 0x20000;
/** Linear memory a machine needs behind its RAM. */
export const EXTRA_BYTES = VIDEO_MEMORY_SIZE + ROM_SIZE;

/**
 * The guest-physical memory of a PC: RAM, the shadow area below 1 MiB, the BIOS below 4 GiB, and video memory where its BAR says.
 * All of it lies in the processor's linear memory, so that guest accesses do not leave it.
 *
 * What takes long (remapping, large transfers) stops the processor afterwards: its owner then looks at the clock, whatever the guest does.
 */
export class PcMemory implements GuestMemory, VideoMemory {
  /** Video memory. */
  readonly bytes: Uint8Array;
  private readonly rom: Uint8Array;
  private romLength = 0;
  private readonly videoAt: number;
  private readonly romAt: number;
  /** Where the BAR is, and the part of it that the processor sees. */
  private framebuffer: { readonly base: number; readonly start: number; readonly length: number } | undefined;
  /** Pages of the shadow area (by number) whose writes go to RAM although reads come from ROM. */
  private readonly writesReachRam = new Set<number>();

  /** Where RAM lies in linear memory; video memory and ROM follow it. */
  private readonly ramAt: number;

  constructor(private readonly cpu: Processor) {
    this.ramAt = cpu.ram.byteOffset;
    this.videoAt = this.ramAt + cpu.ram.length;
    this.romAt = this.videoAt + VIDEO_MEMORY_SIZE;
    this.bytes = cpu.bytes.subarray(this.videoAt, this.videoAt + VIDEO_MEMORY_SIZE);
    this.rom = cpu.bytes.subarray(this.romAt, this.romAt + ROM_SIZE);
    cpu.mapPages(0, VGA_WINDOW, "ram", this.ramAt);
    cpu.mapPages(SHADOW_END, cpu.ram.length - SHADOW_END, "ram", this.ramAt + SHADOW_END);
    this.setShadow(SHADOW_START, SHADOW_END - SHADOW_START, "rom");
  }

  /** RAM in bytes. */
  get size(): number {
    return this.cpu.ram.length;
  }

  /** Put a BIOS image below 4 GiB; its end is also seen below 1 MiB until the chipset maps RAM there. */
  installRom(image: Uint8Array): void {
    this.rom.set(image);
    this.romLength = image.length;
    this.cpu.mapPages(2 ** 32 - image.length, image.length, "rom", this.romAt);
    this.setShadow(SHADOW_START, SHADOW_END - SHADOW_START, "rom");
  }

  /** The installed BIOS image; empty if there is none. */
  get romImage(): Uint8Array {
    return this.rom.subarray(0, this.romLength);
  }

  /** i440FX PAM: what [start, start + length) in the shadow area is. Without a BIOS image the ROM is the RAM below it, write-protected. */
  setShadow(start: number, length: number, mode: Shadow): void {
    for (let page = start; page < start + length; page += 4096) {
      if (mode === "readRomWriteRam") this.writesReachRam.add((page - SHADOW_START) >> 12);
      else this.writesReachRam.delete((page - SHADOW_START) >> 12);
      if (mode === "ram") this.cpu.mapPages(page, 4096, "ram", this.ramAt + page);
      else if (mode === "readRamWriteRom") this.cpu.mapPages(page, 4096, "rom", this.ramAt + page);
      else if (mode === "readRomWriteRam") this.cpu.mapPages(page, 4096, "none");
      else this.mapLowRom(page);
    }
    this.cpu.stop();
  }

  private mapLowRom(page: number): void {
    const fromEnd = SHADOW_END - page;
    if (this.romLength === 0) this.cpu.mapPages(page, 4096, "rom", this.ramAt + page);
    else if (fromEnd <= Math.min(this.romLength, LOW_ROM)) this.cpu.mapPages(page, 4096, "rom", this.romAt + this.romLength - fromEnd);
    else this.cpu.mapPages(page, 4096, "none");
  }

  /** A byte of the ROM below 1 MiB, for the PAM mode (reads from ROM, writes to RAM) that one page entry can not express. */
  readLowRom(offset: number): number {
    const fromEnd = SHADOW_END - SHADOW_START - offset;
    return fromEnd <= Math.min(this.romLength, LOW_ROM) ? this.rom[this.romLength - fromEnd]! : 0xff;
  }

  /** Accesses in that mode. Areas that are no memory at all read as ones and drop what is written, which is the same by then. */
  readonly shadowRegion: Region = {
    read: (offset, size) => {
      let value = 0;
      for (let i = 0; i < size; i++) value += this.readLowRom(offset + i) * 2 ** (8 * i);
      return value;
    },
    write: (offset, value, size) => {
      if (!this.writesReachRam.has(offset >> 12)) return;
      for (let i = 0; i < size; i++) this.write(SHADOW_START + offset + i, Uint8Array.of(value >>> (8 * i)));
    },
  };

  setA20(open: boolean): void {
    this.cpu.setA20(open);
    this.cpu.stop();
  }

  /**
   * Show video memory to the processor at `base` (a PCI BAR). RAM, APICs and ROM come first: a guest that puts the BAR over them finds them
   * as they were.
   */
  mapFramebuffer(base: number): Mapping {
    const start = Math.max(base, this.size, SHADOW_END);
    const length = Math.min(base + VIDEO_MEMORY_SIZE, PCI_HOLE_END) - start;
    if (length <= 0) return { remove: () => {} };
    this.cpu.mapPages(start, length, "tracked", this.videoAt + start - base);
    this.framebuffer = { base, start, length };
    this.cpu.stop();
    return {
      remove: () => {
        this.cpu.mapPages(start, length, "none");
        this.framebuffer = undefined;
        this.cpu.stop();
      },
    };
  }

  takeDirtyPages(): Iterable<number> | undefined {
    if (!this.framebuffer) return [];
    const { base, start, length } = this.framebuffer;
    return this.cpu.takeDirtyPages(start, length).map((page) => page + (start - base) / PAGE);
  }

  read(address: number, length: number): Uint8Array {
    if (address + length <= this.size) return this.cpu.ram.slice(address, address + length);
    const bytes = new Uint8Array(length).fill(0xff);
    if (address < this.size) bytes.set(this.cpu.ram.subarray(address, Math.min(this.size, address + length)));
    return bytes;
  }

  readInto(address: number, into: Uint8Array): void {
    const end = address + into.length;
    into.set(end <= this.size ? this.cpu.ram.subarray(address, end) : this.read(address, into.length));
  }

  write(address: number, bytes: Uint8Array): void {
    if (address >= this.size) return;
    const part = bytes.subarray(0, this.size - address);
    this.cpu.ram.set(part, address);
    this.cpu.memoryWritten(address, part.length);
    if (part.length > PAGE) this.cpu.stop();
  }
}
