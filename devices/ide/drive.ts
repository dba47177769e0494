// What the two kinds of IDE drive have in common: the command block, the buffer that PIO and DMA go through, and the disk behind it.
//
//   idle ── command ──┬─ disk ── a request to the disk is under way (BSY)
//                     ├─ in, out ── the host reads or writes a block through the data register (DRQ)
//                     └─ fill, drain ── the bus master moves the buffer into or out of memory (DRQ)
import type { Nanoseconds } from "../../core/bus/clock.js";
import { type DeviceState, StateError } from "../../core/bus/device.js";
import type { Disk, DiskOutcome, DiskRequest, Submission } from "../block/disk.js";
import type { StateReader } from "../state-reader.js";
import * as ATA from "./ata.js";
import type { BusMaster } from "./bus-master.js";
import { TaskFile } from "./task-file.js";

/** What a drive finds at the other end of its cable. */
export interface DriveHost {
  readonly busMaster: BusMaster;
  /** `interruptPending` has changed. */
  interruptChanged(): void;
}

const PHASES = ["idle", "disk", "in", "out", "fill", "drain"] as const;
export type Phase = (typeof PHASES)[number];

/** The largest buffer: what one request to the disk moves. */
export const MOST_SECTORS = 1024;
const MOST_BYTES = MOST_SECTORS * ATA.SECTOR;

export abstract class Drive {
  readonly file = new TaskFile();
  /** INTRQ, if this drive is selected and interrupts are on. */
  interruptPending = false;
  protected phase: Phase = "idle";
  protected buffer = new Uint8Array(0);
  /** What buffers are made of; undefined where a request that was given up, or failed, may still fill it. */
  private room: Uint8Array<ArrayBuffer> | undefined;
  /** Next byte of the buffer, and where the present block of it ends. */
  protected position = 0;
  protected blockEnd = 0;
  private submission: Submission | undefined;

  constructor(protected readonly host: DriveHost) {}

  /** Signature after a reset: LBA mid and high; and the status then. */
  abstract readonly signature: readonly [number, number];
  abstract readonly statusAfterReset: number;
  /** A command was written while the drive is neither busy nor asks for data. */
  protected abstract execute(code: number): void;
  /** A block was read or written through the data register, or the whole buffer by the bus master. */
  protected abstract blockMoved(): void;
  protected abstract diskDone(outcome: DiskOutcome): void;
  /** The request that belongs to the state in phase "disk": also made again from a snapshot. */
  protected abstract diskRequest(): DiskRequest;
  protected abstract readonly disk: Disk | undefined;
  /** Whether what a snapshot says of the command under way can be. */
  protected abstract isPossible(): boolean;
  abstract load(reader: StateReader): void;
  /** Power-on or system reset. */
  abstract powerOn(): void;

  get isBusy(): boolean {
    return (this.file.status & (ATA.BSY | ATA.DRQ)) !== 0;
  }

  command(code: number): void {
    if (this.isBusy) return;
    this.acknowledge();
    this.file.error = 0;
    this.execute(code);
  }

  /** ATA/ATAPI-6 "Software reset protocol": what was under way is given up. */
  reset(status: number): void {
    this.abandon();
    this.acknowledge();
    this.file.status = status;
    this.file.error = 1;
    this.file.setSignature(...this.signature);
  }

  /** EXECUTE DEVICE DIAGNOSTIC has reset the drive, and ends. */
  diagnosed(): void {
    this.interrupt();
  }

  /** Nothing is under way any more. */
  protected abandon(): void {
    if (this.submission) this.room = undefined;
    this.submission?.forget();
    this.submission = undefined;
    this.phase = "idle";
    this.setBuffer(new Uint8Array(0));
  }

  acknowledge(): void {
    this.setInterrupt(false);
  }

  protected interrupt(): void {
    this.setInterrupt(true);
  }

  private setInterrupt(pending: boolean): void {
    this.interruptPending = pending;
    this.host.interruptChanged();
  }

  /** A buffer of zeros for one request to the disk. */
  protected setEmptyBuffer(bytes: number): void {
    this.room ??= new Uint8Array(MOST_BYTES);
    this.setBuffer(this.room.subarray(0, bytes).fill(0));
  }

  protected setBuffer(buffer: Uint8Array<ArrayBuffer>): void {
    this.buffer = buffer;
    this.position = this.blockEnd = 0;
  }

  /** The command is over; the buffer is no longer needed. */
  protected finish(status: number, interrupts = true): void {
    this.phase = "idle";
    this.setBuffer(new Uint8Array(0));
    this.file.status = status;
    if (interrupts) this.interrupt();
  }

  protected submit(due?: Nanoseconds): void {
    const { disk } = this;
    if (!disk) throw new Error("a drive without a medium has nothing to submit");
    this.phase = "disk";
    this.file.status = ATA.BSY;
    this.submission = disk.submit(this.diskRequest(), (outcome) => this.completed(outcome), due);
  }

  private completed(outcome: DiskOutcome): void {
    this.submission = undefined;
    this.phase = "idle";
    // After a failure parts of the request may still be under way.
    if (outcome !== "done") this.room = undefined;
    this.diskDone(outcome);
  }

  /** Ask the host to move the next `length` bytes of the buffer through the data register. */
  protected offer(phase: "in" | "out", length: number, interrupts: boolean): void {
    this.phase = phase;
    this.blockEnd = Math.min(this.position + length, this.buffer.length);
    this.file.status = ATA.DRDY | ATA.DSC | ATA.DRQ;
    if (interrupts) this.interrupt();
  }

  /** Ask the bus master to move the whole buffer. */
  protected offerDma(phase: "fill" | "drain"): void {
    this.phase = phase;
    this.file.status = ATA.DRDY | ATA.DSC | ATA.DRQ;
    this.moveDma();
  }

  /** The bus master was started, or the drive has become ready: move what can be moved. */
  moveDma(): void {
    if (this.phase !== "fill" && this.phase !== "drain") return;
    const rest = this.buffer.subarray(this.position);
    const { busMaster } = this.host;
    this.position += this.phase === "fill" ? busMaster.fill(rest) : busMaster.drain(rest);
    if (this.position === this.buffer.length) this.blockMoved();
  }

  /** The data register, 16 bits. Without DRQ it reads as zero and takes nothing. */
  readData(): number {
    if (this.phase !== "in") return 0;
    const value = this.buffer[this.position]! | ((this.buffer[this.position + 1] ?? 0) << 8);
    this.advance();
    return value;
  }

  writeData(value: number): void {
    if (this.phase !== "out") return;
    this.buffer[this.position] = value & 0xff;
    if (this.position + 1 < this.buffer.length) this.buffer[this.position + 1] = value >> 8;
    this.advance();
  }

  private advance(): void {
    this.position = Math.min(this.position + 2, this.blockEnd);
    if (this.position === this.blockEnd) this.blockMoved();
  }

  save(): DeviceState {
    const { phase, buffer, position, blockEnd, interruptPending, submission } = this;
    return {
      version: 1,
      file: this.file.save(),
      interruptPending,
      phase,
      buffer: buffer.slice(),
      position,
      blockEnd,
      due: submission ? submission.due : null,
    };
  }

  /** What was under way at the disk is submitted again, once `loadRest` has put the subclass's fields in place. */
  protected loadCommon(reader: StateReader, loadRest: () => void): void {
    this.abandon();
    loadRest();
    this.file.load(reader.nested("file", 1));
    this.interruptPending = reader.boolean("interruptPending");
    this.buffer = reader.block("buffer", MOST_BYTES);
    this.blockEnd = reader.number("blockEnd", this.buffer.length);
    this.position = reader.number("position", this.buffer.length);
    this.phase = reader.choice("phase", PHASES);
    const due = reader.optional("due", Number.MAX_SAFE_INTEGER);
    if (this.position > this.blockEnd && this.blockEnd > 0) throw new StateError("ide", "a drive's buffer is used beyond its block");
    if (this.phase !== "idle" && !this.isPossible())
      throw new StateError("ide", "what a drive was doing is not possible with the disk that it has now");
    if (this.phase === "disk") this.submit(due);
  }
}
