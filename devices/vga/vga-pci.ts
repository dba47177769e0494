// The VGA as a PCI function: 1234:1111, the identity of QEMU's "stdvga" that guests have drivers for.
//   BAR 0  linear framebuffer     BAR 2  registers in memory: 400 VGA ports 3C0-3DF, 500 DISPI registers, 600 byte order
//   ROM    the video BIOS, if the board has one
// Not modelled: EDID (000-3FF of BAR 2 read as zero, which drivers take for a monitor that tells nothing), big-endian framebuffers.

import type { AddressSpace, Mapping } from "../../core/bus/bus.js";
import type { AccessSize, Region } from "../../core/bus/device.js";
import { littleEndian } from "../little-endian.js";
import { PciFunction, ROM_INDEX } from "../pci/function.js";
import { VGA_PORTS, type Vga } from "./vga.js";

const REGISTERS_SIZE = 0x1000;
const VGA_AT = 0x400;
const DISPI_AT = 0x500;
const EXTENSION_AT = 0x600;
const FIRST_PORT = 0x3c0;
const PORTS = 0x20;
const DISPI_BYTES = 22;
const EXTENSION_SIZE = 8;
/** The smallest expansion ROM a BAR can announce. */
const SMALLEST_ROM = 2048;
/** Each byte of the byte-order register. */
const LITTLE_ENDIAN = 0x1e;

export interface VgaPciOptions {
  readonly vga: Vga;
  readonly memory: AddressSpace;
  /** Makes video memory answer at `base`. */
  mapFramebuffer(base: number): Mapping;
  readonly framebufferSize: number;
  readonly rom?: Uint8Array | undefined;
}

export function createVgaPci(options: VgaPciOptions): PciFunction {
  const { memory, rom } = options;
  const device = new PciFunction("vga-pci", {
    vendor: 0x1234,
    device: 0x1111,
    classCode: 0x030000,
    revision: 2,
    subsystemVendor: 0x1af4,
    subsystem: 0x1100,
  });
  const registers = registerRegion(options.vga);
  device.addBar(0, { kind: "memory", size: options.framebufferSize, prefetchable: true, map: (base) => options.mapFramebuffer(base) });
  device.addBar(2, { kind: "memory", size: REGISTERS_SIZE, map: (base) => memory.add(base, REGISTERS_SIZE, registers) });
  if (rom) {
    const size = Math.max(SMALLEST_ROM, 2 ** Math.ceil(Math.log2(rom.length)));
    device.addBar(ROM_INDEX, { kind: "rom", size, map: (base) => memory.add(base, size, romRegion(rom)) });
  }
  return device;
}

function registerRegion(vga: Vga): Region {
  const isDispi = (offset: number) => offset >= DISPI_AT && offset < DISPI_AT + DISPI_BYTES;
  const dispiByte = (offset: number) => vga.dispi.readRegister((offset - DISPI_AT) >> 1) >> ((offset & 1) * 8);
  const readByte = (offset: number) => {
    if (isDispi(offset)) return dispiByte(offset) & 0xff;
    if (offset === EXTENSION_AT) return EXTENSION_SIZE;
    return offset >= EXTENSION_AT + 4 && offset < EXTENSION_AT + 8 ? LITTLE_ENDIAN : 0;
  };
  /** The registers have 16 bits: half of one keeps the other half, 32 bits are two. */
  const writeDispi = (offset: number, value: number, size: AccessSize) => {
    const register = (offset - DISPI_AT) >> 1;
    if (size === 1) {
      const other = dispiByte(offset ^ 1) & 0xff;
      vga.dispi.writeRegister(register, offset & 1 ? (value << 8) | other : (other << 8) | value);
    } else for (let i = 0; i < size && isDispi(offset + i); i += 2) vga.dispi.writeRegister(register + i / 2, (value >>> (i * 8)) & 0xffff);
  };
  return {
    read: (offset, size) => {
      if (offset >= VGA_AT && offset < VGA_AT + PORTS) return vga.ports.read(offset - VGA_AT + FIRST_PORT - VGA_PORTS, size);
      return littleEndian(size, (index) => readByte(offset + index));
    },
    write: (offset, value, size) => {
      if (offset >= VGA_AT && offset < VGA_AT + PORTS) vga.ports.write(offset - VGA_AT + FIRST_PORT - VGA_PORTS, value, size);
      else if (isDispi(offset)) writeDispi(offset, value, size);
    },
  };
}

function romRegion(rom: Uint8Array): Region {
  return { read: (offset, size) => littleEndian(size, (index) => rom[offset + index] ?? 0xff), write: () => {} };
}
