// The DSDT of the PC board: PCI root bridge with its windows and interrupt routing, PIIX3 link devices, the ISA devices, soft off.

import * as aml from "./aml.js";
import * as crs from "./resources.js";

export interface DsdtOptions {
  /** PCI memory window, end exclusive. */
  readonly pciHoleStart: number;
  readonly pciHoleEnd: number;
  /** First I/O APIC pin of the four PIRQ wires. */
  readonly pirqGsi: number;
  readonly pmBase: number;
  readonly smbBase: number;
}

const LINKS = ["LNKA", "LNKB", "LNKC", "LNKD"];
const ROUTES = ["PRQA", "PRQB", "PRQC", "PRQD"];
const SLOTS = 32;

/** The definition block's terms, without the table header. */
export function dsdtTerms(options: DsdtOptions): number[] {
  return [
    ...aml.name("PICF", aml.integer(0)),
    ...aml.method("_PIC", 1, aml.store(aml.argument(0), aml.reference("PICF"))),
    // PM1 control takes sleep type 0 for soft off.
    ...aml.name("_S5", aml.packageOf([0, 0, 0, 0].map(aml.integer))),
    ...aml.scope("\\_SB", processor(), motherboard(options), pciRoot(options), ...LINKS.map(linkDevice)),
  ];
}

function processor(): aml.Aml {
  return aml.device("C000", aml.name("_HID", aml.text("ACPI0007")), aml.name("_UID", aml.integer(0)));
}

/** Ports and memory that belong to the board: nothing else may be put there. */
function motherboard(options: DsdtOptions): aml.Aml {
  const resources = crs.resources(
    crs.ports(options.pmBase, 0x40),
    crs.ports(options.smbBase, 0x10),
    crs.ports(0x80, 1),
    crs.ports(0x92, 1),
    crs.ports(0xb2, 2),
    crs.ports(0x4d0, 2),
    crs.ports(0x510, 12),
  );
  return aml.device("MBRD", pnp("PNP0C02"), aml.name("_CRS", resources));
}

function pciRoot(options: DsdtOptions): aml.Aml {
  const windows = crs.resources(
    crs.busRange(0, 0xff),
    crs.ports(0xcf8, 8),
    crs.portRange(0, 0xcf7),
    crs.portRange(0xd00, 0xffff),
    crs.memoryRange(0xa0000, 0xbffff),
    crs.memoryRange(options.pciHoleStart, options.pciHoleEnd - 1),
  );
  return aml.device(
    "PCI0",
    pnp("PNP0A03"),
    aml.name("_UID", aml.integer(0)),
    aml.name("_CRS", windows),
    aml.name(
      "PRTP",
      routing((pirq) => [aml.reference(`\\_SB.${LINKS[pirq]}`), aml.integer(0)]),
    ),
    aml.name(
      "PRTA",
      routing((pirq) => [aml.integer(0), aml.integer(options.pirqGsi + pirq)]),
    ),
    aml.method("_PRT", 0, aml.when(aml.reference("PICF"), aml.returns(aml.reference("PRTA"))), aml.returns(aml.reference("PRTP"))),
    isaBridge(),
  );
}

/** A routing package: every slot's four pins, rotated by slot as on the board. */
function routing(target: (pirq: number) => readonly aml.Aml[]): aml.Aml {
  const entries: aml.Aml[] = [];
  for (let slot = 1; slot < SLOTS; slot++) {
    for (let pin = 0; pin < 4; pin++) {
      const address = aml.integer(slot * 0x10000 + 0xffff);
      entries.push(aml.packageOf([address, aml.integer(pin), ...target((slot - 1 + pin) & 3)]));
    }
  }
  return aml.packageOf(entries);
}

function isaBridge(): aml.Aml {
  return aml.device(
    "ISA",
    aml.name("_ADR", aml.integer(0x00010000)),
    aml.pciConfigRegion("PIRR", 0x60, 4),
    aml.byteFields("PIRR", ROUTES),
    isaDevice("PIC", "PNP0000", crs.ports(0x20, 2), crs.ports(0xa0, 2), crs.isaInterrupt(2)),
    isaDevice("TIMR", "PNP0100", crs.ports(0x40, 4), crs.isaInterrupt(0)),
    isaDevice("DMAC", "PNP0200", crs.ports(0x00, 0x10), crs.ports(0x81, 0x0f), crs.ports(0xc0, 0x20), crs.isaDma(4)),
    isaDevice("RTC", "PNP0B00", crs.ports(0x70, 2), crs.isaInterrupt(8)),
    isaDevice("SPKR", "PNP0800", crs.ports(0x61, 1)),
    isaDevice("KBD", "PNP0303", crs.ports(0x60, 1), crs.ports(0x64, 1), crs.isaInterrupt(1)),
    isaDevice("MOU", "PNP0F13", crs.isaInterrupt(12)),
    serialPort("COM1", 1, 0x3f8, 4),
    serialPort("COM2", 2, 0x2f8, 3),
  );
}

function isaDevice(path: string, id: string, ...descriptors: readonly (readonly number[])[]): aml.Aml {
  return aml.device(path, pnp(id), aml.name("_CRS", crs.resources(...descriptors)));
}

function serialPort(path: string, uid: number, base: number, irq: number): aml.Aml {
  const resources = crs.resources(crs.ports(base, 8), crs.isaInterrupt(irq));
  return aml.device(path, pnp("PNP0501"), aml.name("_UID", aml.integer(uid)), aml.name("_CRS", resources));
}

/** A PCI interrupt link device over one PIIX3 route register: bit 7 set is off, bits 0-3 are the IRQ. */
function linkDevice(path: string, index: number): aml.Aml {
  const route = aml.reference(`\\_SB.PCI0.ISA.${ROUTES[index]}`);
  const disabled = aml.and(route, aml.integer(0x80));
  return aml.device(
    path,
    pnp("PNP0C0F"),
    aml.name("_UID", aml.integer(index + 1)),
    aml.name("_PRS", crs.resources(crs.sharedInterrupts([5, 10, 11]))),
    aml.method("_STA", 0, aml.when(disabled, aml.returns(aml.integer(0x09))), aml.returns(aml.integer(0x0b))),
    aml.method("_DIS", 0, aml.or(route, aml.integer(0x80), route)),
    aml.method(
      "_CRS",
      0,
      aml.name("BUFF", crs.resources(crs.sharedInterrupts([0]))),
      aml.createDwordField(aml.reference("BUFF"), crs.INTERRUPT_NUMBER, "IRQN"),
      aml.when(disabled, aml.store(aml.integer(0), aml.reference("IRQN"))),
      aml.otherwise(aml.and(route, aml.integer(15), aml.reference("IRQN"))),
      aml.returns(aml.reference("BUFF")),
    ),
    aml.method("_SRS", 1, aml.createDwordField(aml.argument(0), crs.INTERRUPT_NUMBER, "IRQW"), aml.store(aml.reference("IRQW"), route)),
  );
}

function pnp(id: string): aml.Aml {
  return aml.name("_HID", aml.eisaId(id));
}
