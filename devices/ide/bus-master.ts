// One channel's half of the PIIX bus-master IDE registers, and the walk through its PRD table. PIIX3 data sheet (82371SB) "Bus Master IDE I/O
// registers", SFF-8038i "Programming Interface for Bus Master IDE Controller":
//
//   0 BMICOM  bit 0 start, bit 3 direction (1: to memory)    2 BMISTA  bit 0 active, 1 error, 2 interrupt, 5-6 drive can DMA
//   4 BMIDTP  dword: the table; each entry is an address, a count (0 is 64 KiB) and in bit 31 the end of the table
//
// Data moves when drive and table are both ready, all at once. A drive that has more to move than the table waits for the next start, as on the
// bus. Whatever a table says, an entry moves two bytes at least, so that a walk ends; what lies outside RAM reads as ones and is not written.
// Not modelled: timing, PCI errors (bit 1 is never set by itself).
import type { GuestMemory } from "../../core/bus/bus.js";
import type { DeviceState } from "../../core/bus/device.js";
import { ByteRegion } from "../byte-region.js";
import type { StateReader } from "../state-reader.js";

const START = 0x01;
const TO_MEMORY = 0x08;
const ACTIVE = 0x01;
const INTERRUPT = 0x04;
/** Status bits that software sets and clears, and those it clears by writing ones. */
const WRITABLE = 0x60;
const CLEARABLE = 0x06;

const ENTRY = 8;
const END_OF_TABLE = 0x8000_0000;

export class BusMaster {
  /** Eight ports. */
  readonly ports = new ByteRegion(8, { read: (offset) => this.read(offset), write: (offset, value) => this.write(offset, value) });
  private command = 0;
  private status = 0;
  private table = 0;
  /** Where the next entry lies; what is left of the present one. */
  private next = 0;
  private address = 0;
  private left = 0;
  private isLast = false;
  private readonly entry = new DataView(new ArrayBuffer(ENTRY));
  private readonly entryBytes = new Uint8Array(this.entry.buffer);

  /** `started`: a drive that waits may move its data now. `isMaster`: the function may use the bus. */
  constructor(
    private readonly memory: GuestMemory,
    private readonly isMaster: () => boolean,
    private readonly started: () => void,
  ) {}

  reset(): void {
    this.command = this.status = this.table = this.next = this.address = this.left = 0;
    this.isLast = false;
  }

  private read(offset: number): number {
    if (offset === 0) return this.command;
    if (offset === 2) return this.status;
    return offset >= 4 ? (this.table >>> ((offset - 4) * 8)) & 0xff : 0;
  }

  private write(offset: number, value: number): void {
    if (offset === 0) this.writeCommand(value);
    else if (offset === 2) this.status = (this.status & ~WRITABLE & ~(value & CLEARABLE)) | (value & WRITABLE);
    else if (offset >= 4) {
      const shift = (offset - 4) * 8;
      this.table = ((this.table & ~(0xff << shift)) | ((value & (offset === 4 ? 0xfc : 0xff)) << shift)) >>> 0;
    }
  }

  private writeCommand(value: number): void {
    const starts = (value & START) !== 0 && (this.command & START) === 0;
    this.command = value & (START | TO_MEMORY);
    if (!(value & START)) this.status &= ~ACTIVE;
    if (!starts) return;
    this.status |= ACTIVE;
    this.next = this.table;
    this.left = 0;
    this.isLast = false;
    this.started();
  }

  /** The drive's interrupt has come, behind all its data. */
  interrupt(): void {
    this.status |= INTERRUPT;
  }

  private get isActive(): boolean {
    return (this.status & ACTIVE) !== 0 && this.isMaster();
  }

  /** A drive's bytes into memory: how many the table had room for. */
  fill(bytes: Uint8Array): number {
    if (!(this.command & TO_MEMORY)) return 0;
    return this.walk(bytes.length, (address, at, length) => this.memory.write(address, bytes.subarray(at, at + length)));
  }

  /** Bytes for a drive from memory: how many the table had. */
  drain(bytes: Uint8Array): number {
    if (this.command & TO_MEMORY) return 0;
    return this.walk(bytes.length, (address, at, length) => this.memory.readInto(address, bytes.subarray(at, at + length)));
  }

  private walk(total: number, move: (address: number, at: number, length: number) => void): number {
    let done = 0;
    while (done < total && this.isActive) {
      if (this.left === 0) this.fetch();
      const length = Math.min(this.left, total - done);
      move(this.address, done, length);
      done += length;
      this.left -= length;
      this.address = (this.address + length) >>> 0;
      // SFF-8038i "Bus Master IDE Active": cleared when the last transfer for the region of the last entry is done.
      if (this.left === 0 && this.isLast) this.status &= ~ACTIVE;
    }
    return done;
  }

  private fetch(): void {
    const { entry: view } = this;
    this.memory.readInto(this.next, this.entryBytes);
    this.next = (this.next + ENTRY) >>> 0;
    this.address = (view.getUint32(0, true) & ~1) >>> 0;
    const count = view.getUint32(4, true);
    this.left = count & 0xfffe || 0x10000;
    this.isLast = (count & END_OF_TABLE) !== 0;
  }

  save(): DeviceState {
    const { command, status, table, next, address, left, isLast } = this;
    return { version: 1, command, status, table, next, address, left, isLast };
  }

  load(reader: StateReader): void {
    this.command = reader.number("command", START | TO_MEMORY);
    this.status = reader.number("status", WRITABLE | CLEARABLE | ACTIVE);
    this.table = reader.number("table");
    this.next = reader.number("next");
    this.address = reader.number("address");
    this.left = reader.number("left", 0x10000);
    this.isLast = reader.boolean("isLast");
  }
}
