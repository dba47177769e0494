// The tables of the Intel MultiProcessor Specification 1.4: floating pointer and configuration table, for systems that do not read ACPI.

import { ascii, dword, word } from "./acpi/aml.js";
import { IO_APIC_BASE } from "./io-apic.js";
import { APIC_DEFAULT_BASE } from "./local-apic.js";

export interface MpOptions {
  /** Where the floating pointer will be: a multiple of 16. The configuration table follows it. */
  readonly address: number;
  readonly ioApicId: number;
  /** First I/O APIC pin of the four PIRQ wires. */
  readonly pirqPin: number;
  /** PCI functions; those with an interrupt pin get an entry. */
  readonly functions: readonly { readonly slot: number; readonly device: { readonly interruptPin: number } }[];
}

const FLOATING_SIZE = 16;
const PCI_BUS = 0;
const ISA_BUS = 1;

// Entry types and interrupt types, MP specification 4.3.
const PROCESSOR = 0;
const BUS = 1;
const IO_APIC = 2;
const IO_INTERRUPT = 3;
const LOCAL_INTERRUPT = 4;
const INT = 0;
const NMI = 1;
const EXT_INT = 3;
/** Polarity and trigger mode: as the bus has it; or active high and level for the SCI. */
const CONFORMS = 0x0000;
const ACTIVE_HIGH_LEVEL = 0x000d;
const SCI_IRQ = 9;
/** The cascade of the two 8259s. */
const CASCADE = 2;
const ALL_LOCAL_APICS = 0xff;

/** Pentium 4 class signature and the features that boot code looks at: FPU and APIC. */
const CPU_SIGNATURE = 0x0f00;
const CPU_FEATURES = 0x0201;
const CPU_ENABLED_BOOTSTRAP = 3;
const LOCAL_APIC_VERSION = 0x14;
const IO_APIC_VERSION = 0x11;

/** Floating pointer and configuration table as one block. */
export function buildMpTables(options: MpOptions): Uint8Array {
  return Uint8Array.from([...floatingPointer(options.address + FLOATING_SIZE), ...configurationTable(options)]);
}

function floatingPointer(table: number): number[] {
  // One paragraph, version 1.4; no default configuration; IMCR absent: virtual wire mode.
  const bytes = [...ascii("_MP_"), ...dword(table), 1, 4, 0, 0, 0, 0, 0, 0];
  return withChecksum(bytes, 10);
}

function configurationTable(options: MpOptions): number[] {
  const entries = [
    [PROCESSOR, 0, LOCAL_APIC_VERSION, CPU_ENABLED_BOOTSTRAP, ...dword(CPU_SIGNATURE), ...dword(CPU_FEATURES), ...dword(0), ...dword(0)],
    [BUS, PCI_BUS, ...ascii("PCI   ")],
    [BUS, ISA_BUS, ...ascii("ISA   ")],
    [IO_APIC, options.ioApicId, IO_APIC_VERSION, 1, ...dword(IO_APIC_BASE)],
    ...pciInterrupts(options),
    ...isaInterrupts(options),
    [LOCAL_INTERRUPT, EXT_INT, ...word(CONFORMS), ISA_BUS, 0, ALL_LOCAL_APICS, 0],
    [LOCAL_INTERRUPT, NMI, ...word(CONFORMS), ISA_BUS, 0, ALL_LOCAL_APICS, 1],
  ];
  const body = entries.flat();
  const header = [
    ...ascii("PCMP"),
    ...word(44 + body.length),
    ...[4, 0],
    ...ascii("RINGSIDE"),
    ...ascii("PC".padEnd(12)),
    ...dword(0),
    ...word(0),
    ...word(entries.length),
    ...dword(APIC_DEFAULT_BASE),
    ...dword(0),
  ];
  return withChecksum([...header, ...body], 7);
}

/** One entry for each pin of each slot in use: the source is slot x 4 + pin. */
function pciInterrupts({ functions, ioApicId, pirqPin }: MpOptions): number[][] {
  const sources = new Set(
    functions.filter(({ device }) => device.interruptPin > 0).map(({ slot, device }) => slot * 4 + device.interruptPin - 1),
  );
  return [...sources].map((source) => {
    const pirq = ((source >> 2) - 1 + (source & 3)) & 3;
    return [IO_INTERRUPT, INT, ...word(CONFORMS), PCI_BUS, source, ioApicId, pirqPin + pirq];
  });
}

function isaInterrupts({ ioApicId }: MpOptions): number[][] {
  const irqs = Array.from({ length: 16 }, (_, irq) => irq).filter((irq) => irq !== CASCADE);
  // The 8259s' output is on pin 0 too, but not told: firmware sets up LINT0 for it, and systems complain about a pin that is not.
  return irqs.map((irq) => {
    const flags = irq === SCI_IRQ ? ACTIVE_HIGH_LEVEL : CONFORMS;
    return [IO_INTERRUPT, INT, ...word(flags), ISA_BUS, irq, ioApicId, irq === 0 ? 2 : irq];
  });
}

function withChecksum(bytes: number[], at: number): number[] {
  bytes[at] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}
