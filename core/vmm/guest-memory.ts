// Guest-physical memory: slots that map guest pages to host pages, as KVM_SET_USER_MEMORY_REGION does. What no slot maps is a device's.
import { RAM_BASE } from "../../wasm/abi/layout.js";
import type { Cpu } from "../cpu/cpu.js";
import { WriteTraces } from "./write-traces.js";

export const PAGE = 4096;
const PAGES = 1 << 20;
const PRESENT = 1;
const READ_ONLY = 2;

/** Host-physical page of a guest page. */
export interface HostPage {
  /** Host-physical address. */
  readonly address: number;
  readonly readOnly: boolean;
}

/** The memory of one VM. Addresses are bytes. */
export class GuestMemory {
  private readonly map = new Uint32Array(PAGES);
  private mask = 0xffffffff;
  private readonly listeners: (() => void)[] = [];
  /** Who of the VM's virtual processors has to hear of stores. */
  readonly traces = new WriteTraces();

  constructor(private readonly cpu: Cpu) {}

  /** `listener` is called when pages have come, gone or moved: what was derived from the map is void. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Who `make` has made a listener or a tracer is none if it throws. */
  attempt<T>(make: () => T): T {
    const { length } = this.listeners;
    try {
      return this.traces.attempt(make);
    } catch (thrown) {
      this.listeners.length = length;
      throw thrown;
    }
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Guest pages [start, start + length) are host pages from `host` on. Both are multiples of 4 KiB; `start + length` is at most 4 GiB. */
  mapPages(start: number, length: number, host: number, readOnly: boolean): void {
    let changed = false;
    for (let offset = 0; offset < length; offset += PAGE) {
      const page = (start + offset) / PAGE;
      const entry = ((host + offset) | PRESENT | (readOnly ? READ_ONLY : 0)) >>> 0;
      changed ||= this.map[page] !== entry;
      this.map[page] = entry;
    }
    if (changed) this.changed();
  }

  unmapPages(start: number, length: number): void {
    this.map.fill(0, start / PAGE, (start + length) / PAGE);
    this.changed();
  }

  /** A20 gate: closed, guest-physical address bit 20 is always zero. */
  setA20(open: boolean): void {
    this.mask = open ? 0xffffffff : 0xffefffff;
    this.changed();
  }

  /** The host page of the guest page at `physical` (which may lie above 4 GiB, where nothing is), or undefined. */
  page(physical: number): HostPage | undefined {
    if (physical >= 2 ** 32) return undefined;
    const entry = this.map[(physical & this.mask) >>> 12]!;
    return entry & PRESENT ? { address: (entry & ~0xfff) >>> 0, readOnly: (entry & READ_ONLY) !== 0 } : undefined;
  }

  /** The same for the `size` bytes around `physical`, a power of two, where they lie in one aligned piece there as here. */
  block(physical: number, size: number): HostPage | undefined {
    if (physical >= 2 ** 32) return undefined;
    const first = (physical - (physical % size)) / PAGE;
    const entry = this.map[((first * PAGE) & this.mask) >>> 12]!;
    if (!(entry & PRESENT) || (entry & (size - PAGE)) !== 0) return undefined;
    for (let n = 1; n < size / PAGE; n++) if (this.map[(((first + n) * PAGE) & this.mask) >>> 12] !== entry + n * PAGE) return undefined;
    return { address: (entry & ~0xfff) >>> 0, readOnly: (entry & READ_ONLY) !== 0 };
  }

  private at(physical: number): number {
    if (physical >= 2 ** 32) return -1;
    const entry = this.map[(physical & this.mask) >>> 12]!;
    return entry & PRESENT ? RAM_BASE + ((entry & ~0xfff) >>> 0) + (physical & 0xfff) : -1;
  }

  /** For wordAt(), until pages come, go or move; undefined where no memory is. */
  placeOf(physical: number): number | undefined {
    const at = this.at(physical);
    return at < 0 ? undefined : at;
  }

  /** The four bytes at a place, little-endian. */
  wordAt(place: number): number {
    return this.cpu.view.getUint32(place, true);
  }

  /** Little-endian, within one page. What is no memory reads as ones. */
  read32(physical: number): number {
    const at = this.at(physical);
    return at < 0 ? 0xffffffff : this.cpu.view.getUint32(at, true);
  }

  read64(physical: number): bigint {
    const at = this.at(physical);
    return at < 0 ? 0xffffffffffffffffn : this.cpu.view.getBigUint64(at, true);
  }

  read8(physical: number): number {
    const at = this.at(physical);
    return at < 0 ? 0xff : this.cpu.bytes[at]!;
  }

  /** 1 to 4 bytes within one page. */
  read(physical: number, size: number): number {
    const at = this.at(physical);
    if (size === 4) return at < 0 ? 0xffffffff : this.cpu.view.getUint32(at, true);
    let value = 0;
    for (let i = 0; i < size; i++) value |= (at < 0 ? 0xff : this.cpu.bytes[at + i]!) << (8 * i);
    return value >>> 0;
  }

  /** Likewise. What is no memory, or read-only, drops it. The page's tracers hear of it. */
  write(physical: number, size: number, value: number): void {
    const page = this.page(physical);
    if (!page) return;
    const start = physical & (PAGE - 1);
    if (!page.readOnly) {
      if (size === 4) this.cpu.view.setUint32(RAM_BASE + page.address + start, value, true);
      else for (let i = 0; i < size; i++) this.cpu.bytes[RAM_BASE + page.address + start + i] = value >>> (8 * i);
      this.cpu.memoryWritten(page.address + start, size);
    }
    this.traces.stored(page.address, start, start + size);
  }

  /** What is no memory, or read-only, drops it. */
  write8(physical: number, value: number): void {
    const page = this.page(physical);
    if (!page || page.readOnly) return;
    this.cpu.bytes[RAM_BASE + page.address + (physical & 0xfff)] = value;
    this.cpu.memoryWritten(page.address + (physical & 0xfff), 1);
  }

  /** Set bits of the byte at `physical`: accessed and dirty bits. */
  setBits(physical: number, bits: number): void {
    this.write8(physical, this.read8(physical) | bits);
  }

  /** The bytes of the page at `physical`, live; undefined where no memory is. */
  pageBytes(physical: number): Uint8Array | undefined {
    const page = this.page(physical);
    return page && this.cpu.bytes.subarray(RAM_BASE + page.address, RAM_BASE + page.address + PAGE);
  }
}
