// An ATA disk with 28- and 48-bit addresses and the old cylinders. ATA/ATAPI-6 (T13/1410D) "Command descriptions".
// Modelled: PIO, READ and WRITE MULTIPLE, DMA, verify, flush, native size, SET FEATURES (transfer modes, write cache; the others it has no use for are
// accepted), power modes, IDENTIFY, the SMART commands in ata-smart.ts. Not modelled: security, host protected area, queued commands, TRIM, media status,
// sector sizes other than 512 bytes: those commands are aborted. Sleep is a standby that any command ends.
// A request that crosses the end is done up to there, and then is IDNF. With the write cache off each command's writes are flushed before it ends.
import type { Disk, DiskOutcome, DiskRequest } from "../block/disk.js";
import type { StateReader } from "../state-reader.js";
import * as ATA from "./ata.js";
import { type Geometry, identifyDisk, MOST_MULTIPLE, naturalGeometry } from "./ata-identify.js";
import { Smart } from "./ata-smart.js";
import { Drive, type DriveHost, MOST_SECTORS } from "./drive.js";

export const DISK_MODEL = "RINGSIDE HARDDISK";
export const FIRMWARE = "1.0";

const KINDS = ["read", "write", "verify", "flush", "answer"] as const;

interface Job {
  readonly kind: (typeof KINDS)[number];
  readonly dma: boolean;
  /** 48-bit address. */
  readonly wide: boolean;
  /** Sectors of a block between two interrupts, by PIO. */
  readonly block: number;
  /** First sector of what is in the buffer, and how many are still to do from there on. */
  lba: number;
  left: number;
}

type Access = Pick<Job, "kind" | "dma" | "wide"> & { readonly multiple: boolean };

const access = (kind: Access["kind"], wide: boolean, dma = false, multiple = false): Access => ({ kind, dma, wide, multiple });
const ACCESSES = new Map<number, Access>([
  [0x20, access("read", false)],
  [0x21, access("read", false)],
  [0x24, access("read", true)],
  [0x25, access("read", true, true)],
  [0x29, access("read", true, false, true)],
  [0x30, access("write", false)],
  [0x31, access("write", false)],
  [0x34, access("write", true)],
  [0x35, access("write", true, true)],
  [0x39, access("write", true, false, true)],
  [0x40, access("verify", false)],
  [0x41, access("verify", false)],
  [0x42, access("verify", true)],
  [0xc4, access("read", false, false, true)],
  [0xc5, access("write", false, false, true)],
  [0xc8, access("read", false, true)],
  [0xc9, access("read", false, true)],
  [0xca, access("write", false, true)],
  [0xcb, access("write", false, true)],
]);

const READY = ATA.DRDY | ATA.DSC;
/** What CHECK POWER MODE says. */
const STANDBY = 0x00;
const ACTIVE = 0xff;
/** Multiword DMA mode 2: the fastest that a PIIX3 has. */
const POWER_ON_DMA = [0x0007, 0x0407, 0x003f] as const;

export class AtaDisk extends Drive {
  readonly signature = [0, 0] as const;
  readonly statusAfterReset = READY;
  private readonly sectors: number;
  private readonly natural: Geometry;
  private geometry: Geometry;
  private multiple = MOST_MULTIPLE;
  private writeCache: boolean;
  private standby = false;
  private dmaModes: readonly [number, number, number] = POWER_ON_DMA;
  private readonly smart = new Smart();
  private job: Job | undefined;

  constructor(
    host: DriveHost,
    protected readonly disk: Disk,
  ) {
    super(host);
    this.sectors = Math.min(disk.size / ATA.SECTOR, ATA.LBA48_SECTORS);
    this.natural = naturalGeometry(this.sectors);
    this.geometry = this.natural;
    this.writeCache = disk.writeCache;
  }

  powerOn(): void {
    this.geometry = this.natural;
    this.multiple = MOST_MULTIPLE;
    this.writeCache = this.disk.writeCache;
    this.standby = false;
    this.dmaModes = POWER_ON_DMA;
    this.smart.powerOn();
    this.reset(READY);
  }

  protected override abandon(): void {
    super.abandon();
    this.job = undefined;
  }

  protected execute(code: number): void {
    const found = ACCESSES.get(code);
    if (found) this.begin(found);
    else if ((code & 0xf0) === 0x10) this.finish(READY);
    else if ((code & 0xf0) === 0x70) this.seek();
    else this.executeOther(code);
  }

  private executeOther(code: number): void {
    switch (code) {
      case 0x91:
        this.initializeParameters();
        return;
      case 0xb0:
        this.executeSmart();
        return;
      case 0xc6:
        this.setMultiple();
        return;
      case 0xe7:
      case 0xea:
        this.flush();
        return;
      case 0xec:
        this.answer(this.identity());
        return;
      case 0xef:
        this.setFeatures();
        return;
      case 0x27:
      case 0xf8:
        this.readNativeMax(code === 0x27);
        return;
      default:
        this.executePower(code);
        return;
    }
  }

  /** ATA/ATAPI-6 "Power management feature set"; the codes from 94H on are those of ATA-1. */
  private executePower(code: number): void {
    switch (code) {
      case 0x94:
      case 0x96:
      case 0x99:
      case 0xe0:
      case 0xe2:
      case 0xe6:
        this.standby = true;
        this.finish(READY);
        return;
      case 0x95:
      case 0x97:
      case 0xe1:
      case 0xe3:
        this.standby = false;
        this.finish(READY);
        return;
      case 0x98:
      case 0xe5:
        this.file.set(ATA.COUNT, this.standby ? STANDBY : ACTIVE);
        this.finish(READY);
        return;
      default:
        this.fail(ATA.ABRT);
        return;
    }
  }

  // --- Sectors

  private begin({ kind, dma, wide, multiple }: Access): void {
    if (multiple && this.multiple === 0) {
      this.fail(ATA.ABRT);
      return;
    }
    if (kind === "write" && this.disk.readOnly) {
      this.fail(ATA.ABRT);
      return;
    }
    const lba = this.address(wide);
    if (lba === undefined) {
      this.fail(ATA.IDNF);
      return;
    }
    const count = this.file.get(ATA.COUNT) | (wide ? this.file.getPrevious(ATA.COUNT) << 8 : 0);
    this.standby = false;
    this.job = { kind, dma, wide, block: multiple ? this.multiple : 1, lba, left: count || (wide ? 65536 : 256) };
    this.goOn(this.job, false);
  }

  /** The first sector; undefined if cylinder, head and sector are none. It may lie beyond the end. */
  private address(wide: boolean): number | undefined {
    const { file } = this;
    if (wide) return file.lba48;
    if (file.isLba) return file.lba28;
    const { heads, sectors } = this.geometry;
    const head = file.get(ATA.DEVICE) & 15;
    const sector = file.get(ATA.LBA_LOW);
    if (head >= heads || sector === 0 || sector > sectors) return undefined;
    return (file.cylinder * heads + head) * sectors + sector - 1;
  }

  /** The next part of the job, or its end. `interrupts`: part of it is done. */
  private goOn(job: Job, interrupts: boolean): void {
    if (job.left === 0) {
      this.end(job);
      return;
    }
    const count = Math.min(job.left, this.sectors - job.lba, job.kind === "write" && !job.dma ? job.block : MOST_SECTORS);
    if (count <= 0) {
      this.failAt(job, ATA.IDNF);
      return;
    }
    this.setEmptyBuffer(count * ATA.SECTOR);
    if (job.kind !== "write") this.submit();
    else if (job.dma) this.offerDma("drain");
    else this.offer("out", this.buffer.length, interrupts);
  }

  private end(job: Job): void {
    const interrupts = job.kind !== "read" || job.dma;
    if (job.kind === "write" && !this.writeCache && this.disk.writeCache) {
      this.flush();
      return;
    }
    this.job = undefined;
    this.finish(READY, interrupts);
  }

  private flush(): void {
    this.job = { kind: "flush", dma: false, wide: false, block: 1, lba: 0, left: 0 };
    this.submit();
  }

  protected isPossible(): boolean {
    const { job } = this;
    const sectors = this.buffer.length / ATA.SECTOR;
    if (!job || !Number.isInteger(sectors)) return false;
    if (job.kind === "flush") return this.phase === "disk";
    if (job.kind === "answer") return this.phase === "in" && sectors === 1;
    return sectors > 0 && job.block > 0 && sectors <= job.left && job.lba + sectors <= this.sectors;
  }

  protected diskRequest(): DiskRequest {
    const { kind, lba } = this.job!;
    if (kind === "flush") return { kind };
    return { kind: kind === "write" ? "write" : "read", at: lba * ATA.SECTOR, bytes: this.buffer };
  }

  protected diskDone(outcome: DiskOutcome): void {
    const job = this.job!;
    if (outcome !== "done") {
      this.failAt(job, job.kind === "read" || job.kind === "verify" ? ATA.UNC : ATA.ABRT);
      return;
    }
    if (job.kind === "flush") this.end(job);
    else if (job.kind !== "read") this.sectorsDone(job, this.buffer.length / ATA.SECTOR);
    else if (job.dma) this.offerDma("fill");
    else this.offer("in", job.block * ATA.SECTOR, true);
  }

  private sectorsDone(job: Job, sectors: number): void {
    job.lba += sectors;
    job.left -= sectors;
    this.goOn(job, true);
  }

  protected blockMoved(): void {
    const { job, buffer } = this;
    if (!job || job.kind === "answer") {
      this.job = undefined;
      this.finish(READY, false);
    } else if (job.kind === "write") this.submit();
    else if (this.position < buffer.length) this.offer("in", job.block * ATA.SECTOR, true);
    else this.sectorsDone(job, buffer.length / ATA.SECTOR);
  }

  /** 512 bytes for the data register. */
  private answer(bytes: Uint8Array<ArrayBuffer>): void {
    this.job = { kind: "answer", dma: false, wide: false, block: 1, lba: 0, left: 0 };
    this.setBuffer(bytes);
    this.offer("in", bytes.length, true);
  }

  /** The command ends with an error; the address registers name the first sector that was not done. */
  private failAt(job: Job, error: number): void {
    if (job.kind !== "flush") this.setAddress(job);
    this.fail(error);
  }

  private setAddress({ lba, wide }: Job): void {
    const { heads, sectors } = this.geometry;
    if (wide || this.file.isLba) this.file.setLba(lba, wide);
    else this.file.setChs(Math.floor(lba / (heads * sectors)) & 0xffff, Math.floor(lba / sectors) % heads, (lba % sectors) + 1);
  }

  private fail(error: number): void {
    this.job = undefined;
    this.file.error = error;
    this.finish(READY | ATA.ERR);
  }

  // --- Other commands

  private seek(): void {
    const lba = this.address(false);
    if (lba === undefined || lba >= this.sectors) this.fail(ATA.IDNF);
    else this.finish(READY);
  }

  private initializeParameters(): void {
    const heads = (this.file.get(ATA.DEVICE) & 15) + 1;
    const sectors = this.file.get(ATA.COUNT);
    if (sectors === 0) {
      this.fail(ATA.ABRT);
      return;
    }
    const cylinders = Math.min(65535, Math.floor(this.sectors / (heads * sectors)));
    this.geometry = { cylinders, heads, sectors };
    this.finish(READY);
  }

  private setMultiple(): void {
    const count = this.file.get(ATA.COUNT);
    // 0 switches the MULTIPLE commands off; else a power of two.
    if (count > MOST_MULTIPLE || (count & (count - 1)) !== 0) {
      this.fail(ATA.ABRT);
      return;
    }
    this.multiple = count;
    this.finish(READY);
  }

  private readNativeMax(wide: boolean): void {
    if (!this.file.isLba) {
      this.fail(ATA.ABRT);
      return;
    }
    this.file.setLba(Math.min(this.sectors, wide ? Number.POSITIVE_INFINITY : ATA.LBA28_SECTORS + 1) - 1, wide);
    this.finish(READY);
  }

  private setFeatures(): void {
    switch (this.file.get(ATA.FEATURES)) {
      case 0x02:
        this.writeCache = true;
        break;
      case 0x82:
        this.writeCache = false;
        this.flush();
        return;
      case 0x03:
        if (!this.setTransferMode(this.file.get(ATA.COUNT))) {
          this.fail(ATA.ABRT);
          return;
        }
        break;
      // Read look-ahead, reverting to power-on defaults after SRST, acoustics, advanced power management: nothing to change.
      case 0x55:
      case 0xaa:
      case 0x66:
      case 0xcc:
      case 0x05:
      case 0x85:
      case 0x42:
      case 0xc2:
        break;
      default:
        this.fail(ATA.ABRT);
        return;
    }
    this.finish(READY);
  }

  /** ATA/ATAPI-6 "Set transfer mode": the kind in bits 7-3, its number in 2-0. */
  private setTransferMode(mode: number): boolean {
    const number = mode & 7;
    const chosen = 0x100 << number;
    const none = POWER_ON_DMA.map((modes) => modes & 0xff) as [number, number, number];
    const kind = mode >> 3;
    if (kind <= 1) this.dmaModes = none;
    else if (kind === 2 && number <= 2) this.dmaModes = [none[0] | chosen, none[1], none[2]];
    else if (kind === 4 && number <= 2) this.dmaModes = [none[0], none[1] | chosen, none[2]];
    else if (kind === 8 && number <= 5) this.dmaModes = [none[0], none[1], none[2] | chosen];
    else return false;
    return true;
  }

  private executeSmart(): void {
    const result = this.smart.execute(this.file);
    if (result === "aborted") this.fail(ATA.ABRT);
    else if (result === "done") this.finish(READY);
    else this.answer(result);
  }

  private identity(): Uint8Array<ArrayBuffer> {
    return identifyDisk({
      sectors: this.sectors,
      serial: this.disk.serial,
      model: DISK_MODEL,
      firmware: FIRMWARE,
      natural: this.natural,
      current: this.geometry,
      multiple: this.multiple,
      writeCache: this.writeCache,
      smart: this.smart.enabled,
      dmaModes: this.dmaModes,
    });
  }

  override save() {
    const { geometry, multiple, writeCache, standby, job } = this;
    return {
      ...super.save(),
      geometry: [geometry.cylinders, geometry.heads, geometry.sectors],
      multiple,
      writeCache,
      standby,
      dmaModes: [...this.dmaModes],
      smart: this.smart.enabled,
      job: job ? [KINDS.indexOf(job.kind), Number(job.dma), Number(job.wide), job.block, job.lba, job.left] : [],
    };
  }

  load(reader: StateReader): void {
    const [cylinders, heads, sectors] = reader.numbers("geometry", 3, 0xffff) as [number, number, number];
    this.abandon();
    this.geometry = { cylinders, heads: Math.max(1, heads), sectors: Math.max(1, sectors) };
    this.multiple = reader.number("multiple", MOST_MULTIPLE);
    this.writeCache = reader.boolean("writeCache");
    this.standby = reader.boolean("standby");
    this.dmaModes = reader.numbers("dmaModes", 3, 0xffff) as [number, number, number];
    this.smart.enabled = reader.boolean("smart");
    const [kind, dma, wide, block, lba, left] = reader.numberList("job", 6, ATA.LBA48_SECTORS);
    const job =
      kind === undefined
        ? undefined
        : { kind: KINDS[kind] ?? "answer", dma: dma === 1, wide: wide === 1, block: block!, lba: lba!, left: left! };
    this.loadCommon(reader, () => {
      this.job = job;
    });
  }
}
