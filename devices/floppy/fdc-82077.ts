// Intel 82077AA floppy disk controller at 3F0H-3F5H and 3F7H, with DMA channel 2 and IRQ 6.
//
//   0,1 SRA, SRB (PS/2; read as on a PC AT: ones)   2 DOR   3 TDR   4 MSR, DSR   5 data   7 DIR, CCR      (6 belongs to the IDE controller)
//
// Modelled: reset with its four interrupts, SPECIFY, SENSE DRIVE STATUS, RECALIBRATE, SEEK, SENSE INTERRUPT STATUS, READ ID, READ, WRITE and VERIFY (also
// of deleted data, and multi-track), FORMAT TRACK, CONFIGURE, LOCK, PERPENDICULAR, DUMPREG, VERSION, implied seek, data rates, disk change.
// Not modelled: transfers without DMA (a read or write then ends at once, as an error), scan commands, READ TRACK, sectors other than 512 bytes, motors and
// step rates (a seek takes a millisecond), deleted marks (nothing is ever marked), power-down.
import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";
import { type Device, type DeviceState, type Line, type Region, StateError } from "../../core/bus/device.js";
import type { DiskOutcome, DiskRequest, Medium, Submission } from "../block/disk.js";
import { SECTOR } from "../block/image-disk.js";
import { ByteRegion } from "../byte-region.js";
import type { Dma8237, DmaChannel } from "../dma-8237.js";
import { StateReader } from "../state-reader.js";
import * as FDC from "./fdc-transfer.js";
import { FloppyDrive } from "./floppy-drive.js";

const DMA_CHANNEL = 2;
/** How long a reset and a seek take. */
const MECHANICS: Nanoseconds = 1_000_000;

const DOR_NOT_RESET = 0x04;
const DOR_DMA = 0x08;
const DSR_RESET = 0x80;
const MSR_READY = 0x80;
const MSR_TO_HOST = 0x40;
const MSR_BUSY = 0x10;
const NO_DMA = 0x01;
const IMPLIED_SEEK = 0x40;
const LOCK = 0x80;
const VERSION = 0x90;

const PHASES = ["idle", "command", "disk", "dma", "result"] as const;
/** Two bytes for each of four drives: a host that does not ask for them loses the oldest. */
const MOST_STATUSES = 8;
/** The largest cylinder there is. */
const MOST_BYTES = 2 * 36 * SECTOR;

export interface Fdc82077Options {
  readonly irq: Line;
  readonly dma: Dma8237;
  /** What is in the two drives; undefined: there is no such drive. */
  readonly drives: readonly (Medium | undefined)[];
}

export class Fdc82077 implements Device {
  readonly name = "fdc";
  /** 3F0H to 3F5H. */
  readonly ports: Region = new ByteRegion(6, { read: (offset) => this.read(offset), write: (offset, value) => this.write(offset, value) });
  /** 3F7H: disk change, and the data rate. */
  readonly change: Region = new ByteRegion(1, {
    read: () => (this.drives[this.dor & 3]?.isChanged ? 0x80 : 0),
    write: (_, value) => {
      this.rate = value & 3;
    },
  });

  private readonly drives: readonly [FloppyDrive, FloppyDrive];
  private readonly irq: Line;
  private readonly dma: DmaChannel;
  private readonly timer: Timer;
  private phase: (typeof PHASES)[number] = "idle";
  private dor = 0;
  private tdr = 0;
  private rate = 2;
  private interrupting = false;
  /** Bytes of the command so far; of the result that are still to be read. */
  private command: number[] = [];
  private result: number[] = [];
  /** What SENSE INTERRUPT STATUS will say, now and when the mechanics are done: pairs of ST0 and cylinder. */
  private statuses: number[] = [];
  private coming: number[] = [];
  /** Second byte of SPECIFY; CONFIGURE's second and third; PERPENDICULAR's; LOCK. */
  private specified = [0, 0];
  private configured = [0, 0];
  private perpendicular = 0;
  private lock = 0;
  private transfer: FDC.FdcTransfer | undefined;
  private buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private position = 0;
  private first = 0;
  private terminal = false;
  private submission: Submission | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    { irq, dma, drives }: Fdc82077Options,
  ) {
    this.irq = irq;
    this.drives = [new FloppyDrive(drives[0]), new FloppyDrive(drives[1])];
    this.timer = scheduler.timer(this.name, () => this.mechanicsDone());
    const terminalCount = () => {
      this.terminal = true;
    };
    this.dma = dma.channel(DMA_CHANNEL, { granted: () => this.moveDma(), terminalCount });
  }

  reset(): void {
    this.abandon();
    this.dor = this.tdr = this.lock = this.perpendicular = 0;
    this.rate = 2;
    this.specified = [0, 0];
    this.configured = [0, 0];
    for (const drive of this.drives) drive.powerOn();
  }

  /** Whatever is under way ends, and nobody hears of it. */
  private abandon(): void {
    this.submission?.forget();
    this.submission = undefined;
    this.timer.cancel();
    this.dma.request(false);
    this.phase = "idle";
    this.command = [];
    this.result = [];
    this.statuses = [];
    this.coming = [];
    this.endTransfer();
    this.interrupt(false);
  }

  private endTransfer(): void {
    this.transfer = undefined;
    this.buffer = new Uint8Array(0);
    this.position = 0;
    this.terminal = false;
  }

  private interrupt(level: boolean): void {
    this.interrupting = level;
    this.irq.set(level && (this.dor & DOR_DMA) !== 0);
  }

  // --- Registers

  private read(offset: number): number {
    if (offset === 2) return this.dor;
    if (offset === 3) return this.tdr;
    if (offset === 4) return this.mainStatus;
    return offset === 5 ? this.readData() : 0xff;
  }

  private write(offset: number, value: number): void {
    if (offset === 2) this.writeOutput(value);
    else if (offset === 3) this.tdr = value & 3;
    else if (offset === 4) this.writeRate(value);
    else if (offset === 5) this.writeData(value);
  }

  private get mainStatus(): number {
    if (!(this.dor & DOR_NOT_RESET)) return 0;
    const seeking = this.coming.reduce((bits, st0, n) => (n % 2 === 0 && st0 & FDC.ST0_SEEK_END ? bits | (1 << (st0 & 3)) : bits), 0);
    if (this.phase === "idle") return MSR_READY | seeking;
    if (this.phase === "command") return MSR_READY | MSR_BUSY | seeking;
    return (this.phase === "result" ? MSR_READY | MSR_TO_HOST : 0) | MSR_BUSY | seeking;
  }

  private writeOutput(value: number): void {
    const wasReset = !(this.dor & DOR_NOT_RESET);
    this.dor = value;
    if (!(value & DOR_NOT_RESET)) this.abandon();
    else if (wasReset) this.afterReset();
    this.interrupt(this.interrupting);
  }

  /** 82077AA "Data Rate Select Register": bit 7 is a reset that ends by itself. */
  private writeRate(value: number): void {
    this.rate = value & 3;
    if (!(value & DSR_RESET) || !(this.dor & DOR_NOT_RESET)) return;
    this.abandon();
    this.afterReset();
  }

  /** 82077AA "Reset": an interrupt, and a status of each of four drives, whose readiness is polled. LOCK keeps what CONFIGURE has set. */
  private afterReset(): void {
    if (!this.lock) this.configured = [0, 0];
    this.later([0, 1, 2, 3].flatMap((drive) => [0xc0 | drive, this.drives[drive]?.cylinder ?? 0]));
  }

  private later(statuses: readonly number[]): void {
    this.coming = [...this.coming, ...statuses].slice(-MOST_STATUSES);
    this.timer.at(this.scheduler.now() + MECHANICS);
  }

  private mechanicsDone(): void {
    this.statuses = [...this.statuses, ...this.coming.splice(0)].slice(-MOST_STATUSES);
    this.interrupt(true);
  }

  private readData(): number {
    if (this.phase !== "result") return 0;
    this.interrupt(false);
    const value = this.result.shift()!;
    if (this.result.length === 0) this.phase = "idle";
    return value;
  }

  private writeData(value: number): void {
    if (!(this.dor & DOR_NOT_RESET) || (this.phase !== "idle" && this.phase !== "command")) return;
    this.command.push(value);
    this.phase = "command";
    const length = FDC.commandLength(this.command[0]!);
    if (length === undefined) this.respond([FDC.ST0_INVALID]);
    else if (this.command.length === length) this.execute(this.command);
  }

  /** The command is over; with bytes of result, the host is to read them. */
  private respond(result: readonly number[], interrupts = false): void {
    this.command = [];
    this.result = [...result];
    this.phase = result.length > 0 ? "result" : "idle";
    if (interrupts) this.interrupt(true);
  }

  // --- Commands

  private execute(command: readonly number[]): void {
    const [code = 0, second = 0, third = 0] = command;
    switch (code & 0x1f) {
      case 0x03:
        this.specified = [second, third];
        this.respond([]);
        break;
      case 0x04:
        this.respond([this.driveStatus(second)]);
        break;
      case 0x07:
        this.seek(second & 3, 0);
        break;
      case 0x08:
        this.senseInterrupt();
        break;
      case 0x0a:
        this.readId(second);
        break;
      case 0x0d:
        this.start(this.formatTransfer(command));
        break;
      case 0x0e:
        this.respond(this.dumpRegisters());
        break;
      case 0x0f:
        this.seek(second & 3, third);
        break;
      case 0x10:
        this.respond([VERSION]);
        break;
      case 0x12:
        this.perpendicular = second;
        this.respond([]);
        break;
      case 0x13:
        this.configured = [third, command[3]!];
        this.respond([]);
        break;
      case 0x14:
        this.lock = code & LOCK;
        this.respond([this.lock >> 3]);
        break;
      default:
        this.start(this.dataTransfer(command));
    }
  }

  private drive(number: number): FloppyDrive | undefined {
    const drive = this.drives[number];
    return drive?.isPresent ? drive : undefined;
  }

  /** ST3: ready and two sides are always told. */
  private driveStatus(which: number): number {
    const drive = this.drive(which & 3);
    const trackZero = drive && drive.cylinder === 0 ? 0x10 : 0;
    return 0x28 | trackZero | (drive?.disk?.readOnly ? 0x40 : 0) | (which & 7);
  }

  private seek(number: number, cylinder: number): void {
    const drive = this.drive(number);
    drive?.moveTo(cylinder);
    // Without a drive there is no signal of track 0.
    const missing = drive || cylinder !== 0 ? 0 : FDC.ST0_ABNORMAL | FDC.ST0_EQUIPMENT_CHECK;
    this.respond([]);
    this.later([FDC.ST0_SEEK_END | missing | number, drive?.cylinder ?? cylinder]);
  }

  private senseInterrupt(): void {
    this.interrupt(false);
    const status = this.statuses.splice(0, 2);
    this.respond(status.length > 0 ? status : [FDC.ST0_INVALID]);
  }

  private dumpRegisters(): number[] {
    const [first, second] = this.drives;
    return [first.cylinder, second.cylinder, 0, 0, ...this.specified, 0, this.lock | this.perpendicular, ...this.configured];
  }

  private readId(which: number): void {
    const number = which & 3;
    const head = (which >> 2) & 1;
    const cylinder = this.drives[number]?.cylinder ?? 0;
    const found = { kind: "verify", drive: number, head, cylinder, sector: 1, size: 2, last: 1, multiTrack: false, fill: 0 } as const;
    const planned = FDC.plan(found, this.drives[number] ?? new FloppyDrive(undefined), this.rate);
    const where = [which & 7, cylinder, head, 1, 2] as const;
    if ("st1" in planned) this.respond([FDC.ST0_ABNORMAL | where[0], planned.st1, planned.st2, ...where.slice(1)], true);
    else this.respond([where[0], 0, 0, ...where.slice(1)], true);
  }

  // --- Data

  private dataTransfer([code = 0, which = 0, cylinder = 0, head = 0, sector = 0, size = 0, last = 0]: readonly number[]): FDC.FdcTransfer {
    const kind = (code & 0x1f) === 0x16 ? "verify" : code & 1 ? "write" : "read";
    return { kind, drive: which & 3, cylinder, head, sector, size, last, multiTrack: (code & 0x80) !== 0, fill: 0 };
  }

  private formatTransfer([, which = 0, size = 0, last = 0, , fill = 0]: readonly number[]): FDC.FdcTransfer {
    const cylinder = this.drives[which & 3]?.cylinder ?? 0;
    return { kind: "format", drive: which & 3, cylinder, head: (which >> 2) & 1, sector: 1, size, last, multiTrack: false, fill };
  }

  private start(transfer: FDC.FdcTransfer): void {
    const drive = this.drive(transfer.drive) ?? new FloppyDrive(undefined);
    this.transfer = transfer;
    if (this.configured[0]! & IMPLIED_SEEK && transfer.kind !== "format") drive.moveTo(transfer.cylinder);
    const planned = FDC.plan(transfer, drive, this.rate);
    const writes = transfer.kind === "write" || transfer.kind === "format";
    if ("st1" in planned) this.end(FDC.ST0_ABNORMAL, planned.st1, planned.st2);
    else if (writes && drive.disk!.readOnly) this.end(FDC.ST0_ABNORMAL, FDC.ST1_NOT_WRITABLE);
    else if (transfer.kind !== "verify" && (this.specified[1]! & NO_DMA) !== 0) this.end(FDC.ST0_ABNORMAL, FDC.ST1_OVERRUN);
    else if (transfer.kind === "format" && transfer.last !== drive.format!.sectors)
      this.end(FDC.ST0_ABNORMAL, FDC.ST1_MISSING_ADDRESS_MARK);
    else this.begin(transfer, planned);
  }

  private begin(transfer: FDC.FdcTransfer, { first, count }: FDC.Plan): void {
    this.command = [];
    this.first = first;
    // FORMAT TRACK takes four bytes of address for each sector.
    this.buffer = new Uint8Array(count * (transfer.kind === "format" ? 4 : SECTOR));
    if (transfer.kind === "read" || transfer.kind === "verify") this.submit();
    else this.askDma();
  }

  private submit(due?: Nanoseconds): void {
    this.phase = "disk";
    const { disk } = this.drives[this.transfer!.drive]!;
    const request = this.diskRequest();
    // It may have been taken out, or be another one, since the command was given.
    if (disk && request.at + request.bytes.length <= disk.size) {
      this.submission = disk.submit(request, (outcome) => this.diskDone(outcome), due);
    } else this.end(FDC.ST0_ABNORMAL, FDC.ST1_MISSING_ADDRESS_MARK);
  }

  private diskRequest(): Extract<DiskRequest, { kind: "read" | "write" }> {
    const writes = this.transfer!.kind === "write" || this.transfer!.kind === "format";
    return { kind: writes ? "write" : "read", at: this.first * SECTOR, bytes: this.buffer };
  }

  private diskDone(outcome: DiskOutcome): void {
    this.submission = undefined;
    const { kind } = this.transfer!;
    if (outcome === "read-only") this.end(FDC.ST0_ABNORMAL, FDC.ST1_NOT_WRITABLE);
    else if (outcome !== "done") this.end(FDC.ST0_ABNORMAL, FDC.ST1_DATA_ERROR);
    else if (kind === "read") this.askDma();
    else if (kind === "verify" || this.terminal) this.end(0, 0);
    else this.end(FDC.ST0_ABNORMAL, FDC.ST1_END_OF_CYLINDER);
  }

  private askDma(): void {
    this.phase = "dma";
    this.position = 0;
    this.dma.request(true);
  }

  private moveDma(): void {
    if (this.phase !== "dma") return;
    const rest = this.buffer.subarray(this.position);
    if (this.transfer!.kind === "read") this.position += this.dma.write(rest);
    else {
      const bytes = this.dma.read(rest.length);
      rest.set(bytes);
      this.position += bytes.length;
    }
    if (this.terminal || this.position === this.buffer.length) this.dmaDone(this.transfer!);
  }

  private dmaDone({ kind, fill, last }: FDC.FdcTransfer): void {
    this.phase = "disk";
    this.dma.request(false);
    if (kind === "read") this.end(this.terminal ? 0 : FDC.ST0_ABNORMAL, this.terminal ? 0 : FDC.ST1_END_OF_CYLINDER);
    else if (kind === "format") {
      this.buffer = new Uint8Array(last * SECTOR).fill(fill);
      this.position = this.buffer.length;
      this.terminal = true;
      this.submit();
    } else if (this.position === 0) this.end(0, 0);
    else {
      // What terminal count left of a sector is written as zeros.
      this.buffer = this.buffer.slice(0, Math.ceil(this.position / SECTOR) * SECTOR);
      this.submit();
    }
  }

  private end(st0: number, st1: number, st2 = 0): void {
    const transfer = this.transfer!;
    const failed = st1 !== 0 && st1 !== FDC.ST1_END_OF_CYLINDER;
    const sectors = transfer.kind === "verify" ? this.buffer.length / SECTOR : Math.ceil(this.position / SECTOR);
    const address = FDC.addressAfter(transfer, failed ? 0 : sectors).map((value) => value & 0xff);
    this.endTransfer();
    this.respond([st0 | ((transfer.head << 2) & 4) | transfer.drive, st1, st2, ...address], true);
  }

  // --- State

  save(): DeviceState {
    const { phase, dor, tdr, rate, interrupting, command, result, statuses, coming, specified, configured, perpendicular, lock } = this;
    const { transfer, buffer, position, first, terminal, submission, timer } = this;
    return {
      version: 1,
      phase,
      registers: [dor, tdr, rate, perpendicular, lock, ...specified, ...configured],
      interrupting,
      command: [...command],
      result: [...result],
      statuses: [...statuses],
      coming: [...coming],
      mechanics: timer.deadline ?? null,
      cylinders: this.drives.map(({ cylinder }) => cylinder),
      changed: this.drives.map(({ changed }) => changed),
      transfer: transfer
        ? [
            ...[FDC.KINDS.indexOf(transfer.kind), transfer.drive, transfer.cylinder, transfer.head, transfer.sector],
            ...[transfer.size, transfer.last, Number(transfer.multiTrack), transfer.fill],
          ]
        : [],
      buffer: buffer.slice(),
      position,
      first,
      terminal,
      due: submission ? submission.due : null,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    const registers = reader.numbers("registers", 9, 0xff) as [number, number, number, number, number, ...number[]];
    const [cylinders, changed] = [reader.numbers("cylinders", 2, 0xff), reader.booleans("changed", 2)];
    this.submission?.forget();
    this.submission = undefined;
    this.phase = reader.choice("phase", PHASES);
    [this.dor, this.tdr, this.rate, this.perpendicular, this.lock] = registers;
    this.specified = registers.slice(5, 7);
    this.configured = registers.slice(7, 9);
    this.command = reader.numberList("command", 9, 0xff);
    this.result = reader.numberList("result", 10, 0xff);
    this.statuses = reader.numberList("statuses", MOST_STATUSES, 0xff);
    this.coming = reader.numberList("coming", MOST_STATUSES, 0xff);
    this.drives.forEach((drive, n) => {
      drive.cylinder = cylinders[n]!;
      drive.changed = changed[n]!;
    });
    this.loadTransfer(reader);
    this.interrupt(reader.boolean("interrupting"));
    const mechanics = reader.optional("mechanics", Number.MAX_SAFE_INTEGER);
    if (mechanics === undefined) this.timer.cancel();
    else this.timer.at(mechanics);
  }

  private loadTransfer(reader: StateReader): void {
    const [kind, drive, cylinder, head, sector, size, last, multi, fill] = reader.numberList("transfer", 9, 0xff);
    const known = kind === undefined ? undefined : FDC.KINDS[kind];
    this.transfer = known && {
      ...{ kind: known, drive: drive!, cylinder: cylinder!, head: head!, sector: sector! },
      ...{ size: size!, last: last!, multiTrack: multi === 1, fill: fill! },
    };
    this.buffer = reader.block("buffer", MOST_BYTES);
    this.position = reader.number("position", this.buffer.length);
    this.first = reader.number("first");
    this.terminal = reader.boolean("terminal");
    const due = reader.optional("due", Number.MAX_SAFE_INTEGER);
    if (!this.isPossible()) throw new StateError(this.name, "what it was doing is not possible with the floppy that is in the drive");
    if (this.phase === "disk") this.submit(due);
  }

  /** Whether what a snapshot says of the command under way can be. */
  private isPossible(): boolean {
    const { phase, transfer, buffer } = this;
    if (phase === "result") return this.result.length > 0;
    if (phase !== "disk" && phase !== "dma") return true;
    const disk = transfer && this.drives[transfer.drive]?.disk;
    if (!transfer || !disk || buffer.length === 0) return false;
    return phase === "dma" || (buffer.length % SECTOR === 0 && this.first * SECTOR + buffer.length <= disk.size);
  }
}
