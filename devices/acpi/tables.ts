// The ACPI tables of the PC board as one relocatable image: FACS, DSDT, FADT, MADT, RSDT, XSDT, and the RSDP apart.
// Pointers are kept as offsets with a list of where they are, so that direct boot can place the image itself (`placeAcpi`) and firmware
// can be told to do it (fw-cfg-loader.ts). ACPI 5.0 chapter 5.2. There is no HPET and no MCFG: the board has neither.

import { ascii, dword, word } from "./aml.js";
import { type DsdtOptions, dsdtTerms } from "./dsdt.js";

export interface AcpiOptions extends DsdtOptions {
  readonly localApicBase: number;
  readonly ioApicBase: number;
  readonly ioApicId: number;
  /** Local APIC IDs of the processors. */
  readonly processors: readonly number[];
}

/** A pointer of `size` bytes at `at`, which holds an offset into the tables. */
export interface Pointer {
  readonly at: number;
  readonly size: 4 | 8;
}

/** The byte at `at` makes the sum of `length` bytes from `start` zero. */
export interface Checksum {
  readonly at: number;
  readonly start: number;
  readonly length: number;
}

export interface Blob {
  readonly bytes: Uint8Array;
  readonly pointers: readonly Pointer[];
  readonly checksums: readonly Checksum[];
}

export interface AcpiImage {
  readonly tables: Blob;
  readonly rsdp: Blob;
}

const OEM_ID = "RINGSD";
const OEM_TABLE_ID = "RINGSIDE";
const HEADER_SIZE = 36;
const CHECKSUM = 9;

export function buildAcpi(options: AcpiOptions): AcpiImage {
  const builder = new Builder();
  const facs = builder.raw(facsBytes(), 64);
  const dsdt = builder.table("DSDT", 1, dsdtTerms(options));
  const fadt = builder.table("FACP", 3, fadtBody(options, facs, dsdt), [36, 40], [140]);
  const madt = builder.table("APIC", 1, madtBody(options));
  const rsdt = builder.table("RSDT", 1, [...dword(fadt), ...dword(madt)], [36, 40]);
  const xsdt = builder.table("XSDT", 1, [...qword(fadt), ...qword(madt)], [], [36, 44]);
  return { tables: builder.finish(), rsdp: rsdpBlob(rsdt, xsdt) };
}

/** The image with its tables at `base`, pointers and checksums filled in. */
export function placeAcpi(image: AcpiImage, base: number): { readonly tables: Uint8Array; readonly rsdp: Uint8Array } {
  return { tables: place(image.tables, base), rsdp: place(image.rsdp, base) };
}

function place(blob: Blob, base: number): Uint8Array {
  const bytes = blob.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (const { at } of blob.pointers) view.setUint32(at, view.getUint32(at, true) + base, true);
  for (const { at, start, length } of blob.checksums) {
    bytes[at] = 0;
    bytes[at] = -bytes.subarray(start, start + length).reduce((sum, byte) => sum + byte, 0);
  }
  return bytes;
}

class Builder {
  readonly #bytes: number[] = [];
  readonly #pointers: Pointer[] = [];
  readonly #checksums: Checksum[] = [];

  raw(bytes: readonly number[], align = 8): number {
    while (this.#bytes.length % align !== 0) this.#bytes.push(0);
    const offset = this.#bytes.length;
    this.#bytes.push(...bytes);
    return offset;
  }

  /** A table with the common header; `narrow` and `wide` are where in it pointers of 4 and 8 bytes are. */
  table(
    signature: string,
    revision: number,
    body: readonly number[],
    narrow: readonly number[] = [],
    wide: readonly number[] = [],
  ): number {
    const length = HEADER_SIZE + body.length;
    const header = [...ascii(signature), ...dword(length), revision, 0, ...ascii(OEM_ID), ...ascii(OEM_TABLE_ID)];
    const offset = this.raw([...header, ...dword(1), ...ascii("RING"), ...dword(1), ...body]);
    for (const at of narrow) this.#pointers.push({ at: offset + at, size: 4 });
    for (const at of wide) this.#pointers.push({ at: offset + at, size: 8 });
    this.#checksums.push({ at: offset + CHECKSUM, start: offset, length });
    return offset;
  }

  finish(): Blob {
    return { bytes: Uint8Array.from(this.#bytes), pointers: this.#pointers, checksums: this.#checksums };
  }
}

function rsdpBlob(rsdt: number, xsdt: number): Blob {
  const bytes = [...ascii("RSD PTR "), 0, ...ascii(OEM_ID), 2, ...dword(rsdt), ...dword(36), ...qword(xsdt), 0, 0, 0, 0];
  return {
    bytes: Uint8Array.from(bytes),
    pointers: [
      { at: 16, size: 4 },
      { at: 24, size: 8 },
    ],
    checksums: [
      { at: 8, start: 0, length: 20 },
      { at: 32, start: 0, length: 36 },
    ],
  };
}

function facsBytes(): number[] {
  return [...ascii("FACS"), ...dword(64), ...new Array(24).fill(0), 1, ...new Array(31).fill(0)];
}

const PREFERRED_PROFILE_DESKTOP = 1;
const SCI_INTERRUPT = 9;
/** No C2 and no C3: their latencies exceed the limits. */
const NO_C2 = 0x65;
const NO_C3 = 0x3e9;
/** 8042 and legacy ISA devices are there. */
const BOOT_ARCHITECTURE = 0x0003;
/** WBINVD works; C1 works; the power button is fixed hardware, a sleep button and an RTC wake bit are not there; reset register. */
const FADT_FLAGS = (1 << 0) | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 10);

// ACPI 5.0 5.2.9 "Fixed ACPI Description Table", from byte 36.
function fadtBody(options: AcpiOptions, facs: number, dsdt: number): number[] {
  const { pmBase } = options;
  return [
    ...dword(facs),
    ...dword(dsdt),
    0,
    PREFERRED_PROFILE_DESKTOP,
    ...word(SCI_INTERRUPT),
    ...dword(0xb2),
    ...[0xf1, 0xf0, 0, 0],
    ...dword(pmBase),
    ...dword(0),
    ...dword(pmBase + 4),
    ...dword(0),
    ...dword(0),
    ...dword(pmBase + 8),
    ...dword(pmBase + 0x0c),
    ...dword(0),
    // Lengths: PM1 event, PM1 control, PM2, timer, GPE0, GPE1, GPE1 base, _CST.
    ...[4, 2, 0, 4, 4, 0, 0, 0],
    ...word(NO_C2),
    ...word(NO_C3),
    // Flush size and stride, duty offset and width, day and month alarm, century.
    ...[0, 0, 0, 0, 0, 0, 0, 0, 0x32],
    ...word(BOOT_ARCHITECTURE),
    0,
    ...dword(FADT_FLAGS),
    ...ioAddress(0xcf9, 8),
    0x06,
    ...[0, 0, 0],
    // X_FIRMWARE_CTRL stays 0: ACPI 5.2.9 wants only one of the two, and the FACS is below 4 GiB.
    ...qword(0),
    ...qword(dsdt),
    ...ioAddress(pmBase, 32),
    ...noAddress(),
    ...ioAddress(pmBase + 4, 16),
    ...noAddress(),
    ...noAddress(),
    ...ioAddress(pmBase + 8, 32),
    ...ioAddress(pmBase + 0x0c, 32),
    ...noAddress(),
  ];
}

// ACPI 5.0 5.2.12 "Multiple APIC Description Table", from byte 36.
function madtBody(options: AcpiOptions): number[] {
  const sameTriggerAsBus = word(0);
  const activeHighLevel = word(0x000d);
  return [
    ...dword(options.localApicBase),
    // PCAT_COMPAT: there are 8259s too.
    ...dword(1),
    ...options.processors.flatMap((id, uid) => [0, 8, uid, id, ...dword(1)]),
    ...[1, 12, options.ioApicId, 0, ...dword(options.ioApicBase), ...dword(0)],
    // Interrupt source overrides: the 8254 is on pin 2, and the SCI is a level.
    ...[2, 10, 0, 0, ...dword(2), ...sameTriggerAsBus],
    ...[2, 10, 0, SCI_INTERRUPT, ...dword(SCI_INTERRUPT), ...activeHighLevel],
    // NMI on LINT1 of every processor.
    ...[4, 6, 0xff, ...sameTriggerAsBus, 1],
  ];
}

/** A generic address structure in I/O space. */
function ioAddress(port: number, bits: number): number[] {
  return [1, bits, 0, 0, ...qword(port)];
}

function noAddress(): number[] {
  return new Array(12).fill(0);
}

function qword(value: number): number[] {
  return [...dword(value), ...dword(0)];
}
