// A driver of the IDE controller for tests: memory, ports and time moved by hand, disks over images in memory.
import { PortSpace } from "../../core/bus/address-space.js";
import type { GuestMemory } from "../../core/bus/bus.js";
import { ImageDisk, type ImageDiskOptions } from "../block/image-disk.js";
import { MediaSlot } from "../block/media-slot.js";
import { AtaDisk } from "../ide/ata-disk.js";
import { AtapiCdrom } from "../ide/atapi-cdrom.js";
import type { DriveFactory } from "../ide/ide-channel.js";
import { IDE_DECODE_ENABLE, IDETIM, Piix3Ide } from "../ide/piix3-ide.js";
import { COMMAND } from "../pci/function.js";
import { LineRecorder } from "./line-recorder.js";
import { ManualScheduler } from "./manual-scheduler.js";
import { MemoryImage } from "./memory-image.js";
import { settled } from "./promises.js";

export const BUS_MASTER = 0xc000;
export const PRD_TABLE = 0x1000;
const RAM = 1 << 20;

/** RAM as the machine has it: what lies outside reads as ones. */
export class TestRam implements GuestMemory {
  readonly size = RAM;
  readonly bytes = new Uint8Array(RAM);
  readonly view = new DataView(this.bytes.buffer);

  read(address: number, length: number): Uint8Array {
    const result = new Uint8Array(length).fill(0xff);
    if (address < RAM) result.set(this.bytes.subarray(address, Math.min(RAM, address + length)));
    return result;
  }

  readInto(address: number, into: Uint8Array): void {
    into.set(this.read(address, into.length));
  }

  write(address: number, bytes: Uint8Array): void {
    if (address < RAM) this.bytes.set(bytes.subarray(0, RAM - address), address);
  }
}

export interface IdeHostOptions {
  /** Sectors of the disk on the primary channel. */
  readonly sectors?: number;
  readonly disk?: ImageDiskOptions;
  readonly secondDisk?: boolean;
  /** Sectors of 2048 bytes on the CD; 0: the drive is empty; undefined: there is no drive. The drive is on the secondary channel. */
  readonly cdSectors?: number;
}

/** Sectors that are filled with their numbers. */
function numbered(sectors: number, size: number): Uint8Array {
  const bytes = new Uint8Array(sectors * size);
  for (let n = 0; n < sectors; n++) bytes.fill(n & 0xff, n * size, (n + 1) * size);
  return bytes;
}

export function createIdeHost(options: IdeHostOptions = {}) {
  const ports = new PortSpace();
  const ram = new TestRam();
  const scheduler = new ManualScheduler();
  const irqs = [new LineRecorder(), new LineRecorder()] as const;
  const image = new MemoryImage(numbered(options.sectors ?? 4096, 512));
  const cdImage = new MemoryImage(numbered(options.cdSectors ?? 0, 2048));
  const disk = new ImageDisk("disk", image, scheduler, { serial: "RS00001", ...options.disk });
  const cdDisk = () => new ImageDisk("cd", cdImage, scheduler, { readOnly: true });
  const slot = new MediaSlot(options.cdSectors ? cdDisk() : undefined);
  let cdrom: AtapiCdrom | undefined;
  const drives: (DriveFactory | undefined)[] = [(host) => new AtaDisk(host, disk)];
  if (options.secondDisk) drives[1] = (host) => new AtaDisk(host, new ImageDisk("disk 2", image, scheduler));
  if (options.cdSectors !== undefined) drives[2] = (host) => (cdrom = new AtapiCdrom(host, slot, "RS00003"));
  const ide = new Piix3Ide({ ports, memory: ram, irqs, drives });
  ide.reset();
  for (const channel of [0, 1]) ide.writeConfig(IDETIM + 2 * channel + 1, IDE_DECODE_ENABLE, 1);
  ide.writeConfig(0x20, BUS_MASTER, 4);
  ide.writeConfig(COMMAND, 5, 2);

  /** What the disks have begun is done, and completed. */
  const settle = async () => {
    await settled();
    scheduler.advance(1e6);
  };
  return { ports, ram, scheduler, irqs, image, cdImage, slot, cdDisk, ide, settle, cdrom: () => cdrom!, ...driver(ports, ram, settle) };
}

/** What a driver does, on the channel whose command block is at `base`. */
function driver(ports: PortSpace, ram: TestRam, settle: () => Promise<void>) {
  const registers = (values: readonly number[], base: number) => {
    values.forEach((value, n) => {
      ports.write(base + 1 + n, value, 1);
    });
  };
  /** Features, count, LBA low, mid, high, device; then the command; and whatever it takes. */
  const command = async (code: number, values: readonly number[] = [], base = 0x1f0) => {
    registers(values, base);
    ports.write(base + 7, code, 1);
    await settle();
    return ports.read(base + 7, 1);
  };
  /** Registers for a 28-bit address. */
  const at = (lba: number, count: number, device = 0) => [
    0,
    count,
    lba & 0xff,
    (lba >> 8) & 0xff,
    (lba >> 16) & 0xff,
    0xe0 | (device << 4) | (lba >> 24),
  ];
  const data = (bytes: number, base = 0x1f0): Uint8Array => {
    const words = new Uint16Array(bytes / 2);
    for (let n = 0; n < words.length; n++) words[n] = ports.read(base, 2);
    return new Uint8Array(words.buffer);
  };
  const sendData = (bytes: Uint8Array, base = 0x1f0) => {
    for (let n = 0; n < bytes.length; n += 2) ports.write(base, bytes[n]! | ((bytes[n + 1] ?? 0) << 8), 2);
  };
  /** A PRD table of [address, count, end] rows, and the bus master pointed at it; `channel` 0 or 1. */
  const prds = (rows: readonly (readonly [address: number, count: number, last: boolean])[], channel = 0) => {
    rows.forEach(([address, count, last], n) => {
      ram.view.setUint32(PRD_TABLE + n * 8, address, true);
      ram.view.setUint32(PRD_TABLE + n * 8 + 4, (count & 0xffff) + (last ? 0x80000000 : 0), true);
    });
    ports.write(BUS_MASTER + 8 * channel + 4, PRD_TABLE, 4);
    ports.write(BUS_MASTER + 8 * channel + 2, 6, 1);
  };
  /** Start the bus master; `toMemory`: the device is read. */
  const startDma = async (toMemory: boolean, channel = 0) => {
    ports.write(BUS_MASTER + 8 * channel, toMemory ? 9 : 1, 1);
    await settle();
  };
  const busMasterStatus = (channel = 0) => ports.read(BUS_MASTER + 8 * channel + 2, 1) & 7;
  return { registers, command, at, data, sendData, prds, startDma, busMasterStatus };
}
