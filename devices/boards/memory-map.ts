// Where things are in the guest-physical address space of the PC board, and the e820 map that tells a guest.

export const VGA_WINDOW = 0xa0000;
export const VGA_WINDOW_SIZE = 0x20000;
/** Shadowed ROM area below 1 MiB: option ROMs, then the BIOS. */
export const SHADOW_START = 0xc0000;
export const SHADOW_END = 0x100000;
/** Extended BIOS data area and what firmware keeps at the top of conventional memory. */
export const CONVENTIONAL_END = 0x9fc00;
/** Tables for direct boot lie in the BIOS area, where systems look for their anchors. */
export const TABLES_START = 0xf0000;
/** Memory-mapped devices; PCI BARs go between the end of RAM (or here, if higher) and the I/O APIC. */
export const PCI_HOLE_START = 0xe0000000;
export const PCI_HOLE_END = 0xfec00000;
/** RAM is one piece: more would have to continue above 4 GiB. */
export const MAX_RAM = PCI_HOLE_START;

export const E820_RAM = 1;
const E820_RESERVED = 2;

export interface E820Entry {
  readonly start: number;
  readonly length: number;
  readonly type: number;
}

/** What BIOS function E820h would say with `ramSize` bytes of RAM, for a kernel booted directly. */
export function e820Map(ramSize: number): E820Entry[] {
  return [
    { start: 0, length: CONVENTIONAL_END, type: E820_RAM },
    { start: CONVENTIONAL_END, length: VGA_WINDOW - CONVENTIONAL_END, type: E820_RESERVED },
    { start: 0xf0000, length: 0x10000, type: E820_RESERVED },
    { start: 0x100000, length: ramSize - 0x100000, type: E820_RAM },
    { start: 0xfffc0000, length: 0x40000, type: E820_RESERVED },
  ];
}

/** Where firmware puts power management and SMBus ports: as SeaBIOS does. */
export const PM_IO_BASE = 0x600;
export const SMB_IO_BASE = 0x700;
/** First I/O APIC pin of the four PIRQ wires. */
export const PIRQ_PIN = 16;
export const IO_APIC_ID = 0;
/** PCI slots below it are the board's own. */
export const FIRST_FREE_SLOT = 3;
