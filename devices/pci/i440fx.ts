// Intel 82441FX (440FX) PCI and memory controller, function 0 of slot 0: the host bridge.
// Modelled: its identity, and the PAM registers (59H-5FH) that open shadow RAM from C0000 to FFFFF.
// Not modelled: DRAM timing and row boundaries (they hold what is written), SMRAM (72H: kept; the processor has no SMM), error reporting.

import { PciFunction } from "./function.js";

/** What an area below 1 MiB does: who answers reads, and whether writes go to RAM. */
export type Shadow = "rom" | "readRamWriteRom" | "readRomWriteRam" | "ram";

const MODES: readonly Shadow[] = ["rom", "readRamWriteRom", "readRomWriteRam", "ram"];
export const PAM0 = 0x59;

interface Area {
  readonly start: number;
  readonly length: number;
  /** Bit position among the PAM registers: 4 bits a half register. */
  readonly nibble: number;
}

// 82441FX data sheet "PAM[6:0]": PAM0's high half is the BIOS area, the rest are pairs of 16 KiB from C0000.
const AREAS: readonly Area[] = [
  { start: 0xf0000, length: 0x10000, nibble: 1 },
  ...Array.from({ length: 12 }, (_, index) => ({ start: 0xc0000 + index * 0x4000, length: 0x4000, nibble: index + 2 })),
];

/** The host bridge's function; `setShadow` is told each area whose mode changed. All areas are "rom" after reset. */
export function createI440fx(setShadow: (start: number, length: number, mode: Shadow) => void): PciFunction {
  const bridge = new PciFunction("i440fx", {
    vendor: 0x8086,
    device: 0x1237,
    classCode: 0x060000,
    revision: 0x02,
    subsystemVendor: 0x1af4,
    subsystem: 0x1100,
    // Bits 1 and 2, memory and master, are always on.
    commandMask: 0x0100,
  });
  bridge.setInitial(0x04, [0x06, 0x00, 0x80, 0x02]);
  // DRAM control, PAM, row boundaries, SMRAM and the rest of the private registers hold what is written.
  bridge.setWritable(0x50, [0xff, 0xff, 0, 0, 0, 0, 0, 0xff, 0xff]);
  bridge.setWritable(PAM0, new Array(7).fill(0x33));
  bridge.setWritable(0x60, new Array(9).fill(0xff));
  bridge.setWritable(0x72, [0x7f]);
  bridge.setInitial(0x72, [0x02]);
  const modes = new Map<Area, Shadow>(AREAS.map((area) => [area, "rom"]));
  bridge.watch(PAM0, PAM0 + 6, () => {
    for (const area of AREAS) {
      const bits = bridge.config[PAM0 + (area.nibble >> 1)]! >> ((area.nibble & 1) * 4);
      const mode = MODES[bits & 3]!;
      if (mode === modes.get(area)) continue;
      modes.set(area, mode);
      setShadow(area.start, area.length, mode);
    }
  });
  return bridge;
}
