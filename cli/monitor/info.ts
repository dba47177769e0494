// `info`: what the machine is doing and what it has.
import { CpuVcpu } from "../../core/debug/cpu-vcpu.js";
import { registersText } from "../../core/debug/registers-text.js";
import { BAR0, INTERRUPT_LINE, type PciFunction } from "../../devices/pci/function.js";
import { type Controls, lines } from "./controls.js";
import { blockText } from "./media.js";
import { forwardsText, networkText } from "./network.js";

interface Info {
  readonly help: string;
  show(controls: Controls): string;
}

export const INFO: Readonly<Record<string, Info>> = {
  status: { help: "whether the guest runs", show: ({ run }) => `VM status: ${run.isStanding ? "paused" : "running"}\n` },
  block: {
    help: "the drives, and what is in them",
    show: ({ machine, drives }) => lines([drives.map((drive) => blockText(machine, drive)).join("\n\n")]),
  },
  network: { help: "the network cards, and what they are plugged into", show: ({ cards }) => networkText(cards) },
  usernet: { help: "connections and forwarded ports of the gateways", show: ({ cards }) => forwardsText(cards) },
  pci: { help: "the PCI functions", show: ({ machine }) => lines(machine.board.pci.functions.map(pciText)) },
  registers: { help: "the processor's registers", show: ({ machine }) => registersText(new CpuVcpu(machine.cpu)) },
};

/** PCI Local Bus Specification, "Class Codes": class and subclass. */
const CLASSES: Readonly<Record<number, string>> = {
  256: "SCSI controller",
  257: "IDE controller",
  512: "Ethernet controller",
  768: "VGA controller",
  1536: "Host bridge",
  1537: "ISA bridge",
  1664: "Bridge",
};
const CLASS = 0x0a;
const SUBSYSTEM_VENDOR = 0x2c;
const SUBSYSTEM = 0x2e;
const BARS = 6;
const BAR_IS_IO = 1;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

function pciText({ slot, func, device }: { readonly slot: number; readonly func: number; readonly device: PciFunction }): string {
  const read = (offset: number, size: 1 | 2 | 4) => device.readConfig(offset, size) >>> 0;
  const name = CLASSES[read(CLASS, 2)] ?? `Class ${hex(read(CLASS, 2), 4)}`;
  const text = [
    `  Bus  0, device ${String(slot).padStart(3)}, function ${func}:`,
    `    ${name}: PCI device ${hex(read(0, 2), 4)}:${hex(read(2, 2), 4)}`,
  ];
  if (read(SUBSYSTEM_VENDOR, 2) !== 0) text.push(`      PCI subsystem ${hex(read(SUBSYSTEM_VENDOR, 2), 4)}:${hex(read(SUBSYSTEM, 2), 4)}`);
  if (device.interruptPin) text.push(`      IRQ ${read(INTERRUPT_LINE, 1)}, pin ${" ABCD"[device.interruptPin]}`);
  for (let bar = 0; bar < BARS; bar++) {
    const value = read(BAR0 + 4 * bar, 4);
    if (value === 0) continue;
    const isIo = (value & BAR_IS_IO) !== 0;
    text.push(`      BAR${bar}: ${isIo ? "I/O" : "32 bit memory"} at 0x${hex((value & (isIo ? ~3 : ~15)) >>> 0, isIo ? 4 : 8)}`);
  }
  return text.join("\n");
}
