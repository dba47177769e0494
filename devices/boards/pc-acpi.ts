// The PC board's ACPI tables: for direct boot, and for firmware that takes them from fw_cfg.

import { type AcpiImage, buildAcpi } from "../acpi/tables.js";
import { IO_APIC_BASE } from "../io-apic.js";
import { APIC_DEFAULT_BASE } from "../local-apic.js";
import { IO_APIC_ID, PCI_HOLE_END, PCI_HOLE_START, PIRQ_PIN, PM_IO_BASE, SMB_IO_BASE } from "./memory-map.js";

export function pcAcpi(): AcpiImage {
  return buildAcpi({
    pciHoleStart: PCI_HOLE_START,
    pciHoleEnd: PCI_HOLE_END,
    pirqGsi: PIRQ_PIN,
    pmBase: PM_IO_BASE,
    smbBase: SMB_IO_BASE,
    localApicBase: APIC_DEFAULT_BASE,
    ioApicBase: IO_APIC_BASE,
    ioApicId: IO_APIC_ID,
    processors: [0],
  });
}
