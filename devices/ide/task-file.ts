// The registers of one drive's command block. Those of an address are two deep, for commands with 48 bits of it: what was written before the last
// value is read back with HOB (ATA/ATAPI-6 "48-bit Address feature set").
import type { DeviceState } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";
import * as ATA from "./ata.js";

const DEEP = [ATA.FEATURES, ATA.COUNT, ATA.LBA_LOW, ATA.LBA_MID, ATA.LBA_HIGH];

export class TaskFile {
  status = 0;
  error = 0;
  /** What was written to features (1) to device (6); those of the address are what is read, too. */
  private readonly current = new Uint8Array(8);
  private readonly previous = new Uint8Array(8);

  /** Features, not error, at offset 1. */
  get(register: number): number {
    return this.current[register]!;
  }

  getPrevious(register: number): number {
    return this.previous[register]!;
  }

  set(register: number, value: number): void {
    this.current[register] = value;
  }

  /** Software writes a register. */
  write(register: number, value: number): void {
    if (DEEP.includes(register)) this.previous[register] = this.current[register]!;
    this.current[register] = value;
  }

  read(register: number, previous: boolean): number {
    if (register === ATA.FEATURES) return this.error;
    if (register === ATA.DEVICE) return this.current[register]! | ATA.DEVICE_OBSOLETE;
    return previous ? this.previous[register]! : this.current[register]!;
  }

  /** ATA/ATAPI-6 "Signature": count, LBA low, mid and high, device. */
  setSignature(mid: number, high: number): void {
    this.previous.fill(0);
    this.current.set([1, 1, mid, high], ATA.COUNT);
    this.current[ATA.DEVICE] = 0;
  }

  get isLba(): boolean {
    return (this.current[ATA.DEVICE]! & ATA.DEVICE_LBA) !== 0;
  }

  get lba28(): number {
    const { current } = this;
    return (current[ATA.DEVICE]! & 15) * 2 ** 24 + (current[ATA.LBA_HIGH]! << 16) + (current[ATA.LBA_MID]! << 8) + current[ATA.LBA_LOW]!;
  }

  get lba48(): number {
    const three = (bytes: Uint8Array) => (bytes[ATA.LBA_HIGH]! << 16) + (bytes[ATA.LBA_MID]! << 8) + bytes[ATA.LBA_LOW]!;
    return three(this.previous) * 2 ** 24 + three(this.current);
  }

  /** The address registers, of 28 or 48 bits. */
  setLba(lba: number, wide: boolean): void {
    const byte = (n: number) => Math.floor(lba / 256 ** n) & 0xff;
    this.current.set([byte(0), byte(1), byte(2)], ATA.LBA_LOW);
    if (wide) this.previous.set([byte(3), byte(4), byte(5)], ATA.LBA_LOW);
    else this.current[ATA.DEVICE] = (this.current[ATA.DEVICE]! & 0xf0) | (byte(3) & 15);
  }

  get cylinder(): number {
    return this.current[ATA.LBA_MID]! | (this.current[ATA.LBA_HIGH]! << 8);
  }

  setChs(cylinder: number, head: number, sector: number): void {
    this.current.set([sector, cylinder & 0xff, cylinder >> 8], ATA.LBA_LOW);
    this.current[ATA.DEVICE] = (this.current[ATA.DEVICE]! & 0xf0) | head;
  }

  save(): DeviceState {
    return { version: 1, status: this.status, error: this.error, current: this.current.slice(), previous: this.previous.slice() };
  }

  load(reader: StateReader): void {
    this.status = reader.number("status", 0xff);
    this.error = reader.number("error", 0xff);
    this.current.set(reader.bytes("current", 8));
    this.previous.set(reader.bytes("previous", 8));
  }
}
