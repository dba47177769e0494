// What the PC board tells a BIOS through fw_cfg.

import { acpiFiles } from "../acpi/fw-cfg-loader.js";
import type { FwCfg } from "../fw-cfg.js";
import * as KEY from "../fw-cfg.js";
import { E820_RAM, type E820Entry } from "./memory-map.js";
import { pcAcpi } from "./pc-acpi.js";

const E820_ENTRY = 20;

/** `bootPaths`: what to boot from first, as Open Firmware names devices. */
export function offerConfiguration(fwCfg: FwCfg, ramSize: number, bootPaths: readonly string[] = []): void {
  fwCfg.addNumber(KEY.KEY_RAM_SIZE, ramSize, 8);
  fwCfg.addNumber(KEY.KEY_NO_GRAPHIC, 0, 2);
  fwCfg.addNumber(KEY.KEY_PROCESSORS, 1, 2);
  fwCfg.addNumber(KEY.KEY_MAX_PROCESSORS, 1, 2);
  fwCfg.addNumber(KEY.KEY_BOOT_MENU, 0, 2);
  fwCfg.add(KEY.KEY_IRQ0_OVERRIDE, Uint8Array.of(1));
  // Only RAM is told: firmware adds what it reserves.
  fwCfg.addFile("etc/e820", e820File([{ start: 0, length: ramSize, type: E820_RAM }]));
  if (bootPaths.length > 0)
    fwCfg.addFile(
      "bootorder",
      Uint8Array.from(`${bootPaths.join("\n")}\0`, (c) => c.charCodeAt(0)),
    );
  for (const { name, bytes } of acpiFiles(pcAcpi())) fwCfg.addFile(name, bytes);
}

function e820File(entries: readonly E820Entry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * E820_ENTRY);
  const view = new DataView(bytes.buffer);
  entries.forEach(({ start, length, type }, index) => {
    view.setBigUint64(index * E820_ENTRY, BigInt(start), true);
    view.setBigUint64(index * E820_ENTRY + 8, BigInt(length), true);
    view.setUint32(index * E820_ENTRY + 16, type, true);
  });
  return bytes;
}
