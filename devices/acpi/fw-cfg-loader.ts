// The ACPI image as files for firmware: tables, RSDP, and the script that tells where to put them and what to patch.
// Facts after QEMU's BIOS linker/loader interface: commands of 128 bytes, run in order.

import { dword } from "./aml.js";
import type { AcpiImage, Blob } from "./tables.js";

const TABLES_FILE = "etc/acpi/tables";
const RSDP_FILE = "etc/acpi/rsdp";
const LOADER_FILE = "etc/table-loader";

const COMMAND_SIZE = 128;
const NAME_SIZE = 56;
const ALLOCATE = 1;
const ADD_POINTER = 2;
const ADD_CHECKSUM = 3;
/** Zones: anywhere, or where systems search for the RSDP. */
const ZONE_HIGH = 1;
const ZONE_F_SEGMENT = 2;

export interface FwCfgFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function acpiFiles({ tables, rsdp }: AcpiImage): FwCfgFile[] {
  const commands = [
    command(ALLOCATE, name(TABLES_FILE), dword(64), [ZONE_HIGH]),
    command(ALLOCATE, name(RSDP_FILE), dword(16), [ZONE_F_SEGMENT]),
    ...patches(TABLES_FILE, tables),
    ...patches(RSDP_FILE, rsdp),
  ];
  return [
    { name: TABLES_FILE, bytes: tables.bytes },
    { name: RSDP_FILE, bytes: rsdp.bytes },
    { name: LOADER_FILE, bytes: Uint8Array.from(commands.flat()) },
  ];
}

/** Pointers first: checksums cover them. */
function patches(file: string, { pointers, checksums }: Blob): number[][] {
  return [
    ...pointers.map(({ at, size }) => command(ADD_POINTER, name(file), name(TABLES_FILE), dword(at), [size])),
    ...checksums.map(({ at, start, length }) => command(ADD_CHECKSUM, name(file), dword(at), dword(start), dword(length))),
  ];
}

function command(code: number, ...fields: readonly (readonly number[])[]): number[] {
  const bytes = [...dword(code), ...fields.flat()];
  return [...bytes, ...new Array(COMMAND_SIZE - bytes.length).fill(0)];
}

function name(file: string): number[] {
  return Array.from({ length: NAME_SIZE }, (_, index) => (index < file.length ? file.charCodeAt(index) : 0));
}
