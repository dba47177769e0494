// What firmware does before it hands over, for a kernel that is booted without firmware: shadow RAM opened, PCI configured, interrupts
// routed, power management placed, virtual wire mode, text mode, and the tables a system looks for.
// Not done: BIOS services (INT 10h and the like), SMBIOS tables, option ROMs. For those, start a BIOS image.

import { placeAcpi } from "../acpi/tables.js";
import { IDE_DECODE_ENABLE, IDETIM } from "../ide/piix3-ide.js";
import { buildMpTables } from "../mp-tables.js";
import { COMMAND, COMMAND_IO, COMMAND_MASTER, COMMAND_MEMORY, INTERRUPT_LINE, type PciFunction } from "../pci/function.js";
import { PAM0 } from "../pci/i440fx.js";
import { PIRQ_ROUTE } from "../pci/piix3.js";
import { PM_BASE, PM_MISC, SMB_BASE, SMB_CONFIG } from "../pci/piix4-pm.js";
import { IO_APIC_ID, PCI_HOLE_START, PIRQ_PIN, PM_IO_BASE, SMB_IO_BASE, TABLES_START } from "./memory-map.js";
import type { PcBoard } from "./pc.js";
import { pcAcpi } from "./pc-acpi.js";

const PCI_IO_START = 0xc000;
const PIRQ_IRQS = [10, 10, 11, 11];

const MP_TABLES = TABLES_START + 0x40;
const ACPI_TABLES = TABLES_START + 0x1000;

/** Guest-physical addresses of what systems search for. */
export interface FirmwareTables {
  readonly rsdp: number;
  readonly mpFloatingPointer: number;
}

/** Brings a board that was just reset to where firmware would leave it. */
export function prepareDirectBoot(board: PcBoard): FirmwareTables {
  const { ports } = board.options;
  for (let register = 0; register < 7; register++) board.hostBridge.writeConfig(PAM0 + register, 0x33, 1);
  routeInterrupts(board);
  board.pm.writeConfig(PM_BASE, PM_IO_BASE, 4);
  board.pm.writeConfig(PM_MISC, 1, 1);
  board.pm.writeConfig(SMB_BASE, SMB_IO_BASE, 4);
  board.pm.writeConfig(SMB_CONFIG, 1, 1);
  for (const channel of [0, 1]) board.ide.writeConfig(IDETIM + 2 * channel + 1, IDE_DECODE_ENABLE, 1);
  assignBars(board.pci.functions.map(({ device }) => device));
  // The fast A20 gate.
  ports.write(0x92, 2, 1);
  // Channel 4 in cascade mode and unmasked: the way of the first DMA controller to the bus.
  ports.write(0xd6, 0xc0, 1);
  ports.write(0xd4, 0x00, 1);
  board.localApic.setVirtualWire();
  board.vga.setTextMode3();
  return writeTables(board);
}

function writeTables(board: PcBoard): FirmwareTables {
  const { guestMemory } = board.options;
  const { tables, rsdp } = placeAcpi(pcAcpi(), ACPI_TABLES);
  guestMemory.write(TABLES_START, rsdp);
  guestMemory.write(ACPI_TABLES, tables);
  guestMemory.write(
    MP_TABLES,
    buildMpTables({ address: MP_TABLES, pirqPin: PIRQ_PIN, ioApicId: IO_APIC_ID, functions: board.pci.functions }),
  );
  return { rsdp: TABLES_START, mpFloatingPointer: MP_TABLES };
}

/** PIRQs to IRQ 10 and 11, those and the SCI level-triggered; the 8259s as a BIOS programs them, all masked. */
function routeInterrupts(board: PcBoard): void {
  const { ports } = board.options;
  PIRQ_IRQS.forEach((irq, pirq) => {
    board.piix3.writeConfig(PIRQ_ROUTE + pirq, irq, 1);
  });
  const writes: readonly (readonly [port: number, value: number])[] = [
    // Counter 0 of the 8254 at 18.2 Hz; first, because ICW1 then forgets the edge this makes.
    [0x43, 0x36],
    [0x40, 0x00],
    [0x40, 0x00],
    [0x20, 0x11],
    [0xa0, 0x11],
    [0x21, 0x08],
    [0xa1, 0x70],
    [0x21, 0x04],
    [0xa1, 0x02],
    [0x21, 0x01],
    [0xa1, 0x01],
    [0x21, 0xfb],
    [0xa1, 0xff],
    [0x4d0, 0x00],
    [0x4d1, 0x0e],
  ];
  for (const [port, value] of writes) ports.write(port, value, 1);
  for (const { slot, device } of board.pci.functions) {
    if (device.interruptPin) device.writeConfig(INTERRUPT_LINE, PIRQ_IRQS[(slot - 1 + device.interruptPin - 1) & 3]!, 1);
  }
  // The SCI is not one of the steered interrupts.
  board.pm.writeConfig(INTERRUPT_LINE, 9, 1);
}

/** Places BARs, the largest first so that each is aligned, and switches decoding on. Expansion ROMs stay off. */
function assignBars(functions: readonly PciFunction[]): void {
  const wanted = functions.flatMap((device) => device.bars.map((bar) => ({ device, bar })));
  wanted.sort((a, b) => b.bar.size - a.bar.size);
  const next = { memory: PCI_HOLE_START, io: PCI_IO_START };
  for (const { device, bar } of wanted) {
    if (bar.kind === "rom") continue;
    device.writeConfig(bar.offset, next[bar.kind], 4);
    next[bar.kind] += bar.size;
  }
  for (const device of functions) device.writeConfig(COMMAND, COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER, 2);
}
