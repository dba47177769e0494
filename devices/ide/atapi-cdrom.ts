// An ATAPI CD-ROM drive: ATA/ATAPI-6 "PACKET command feature set", MMC-5. The medium is an image of 2048-byte sectors, one data track.
// Modelled: packets by PIO (with the host's byte count limit) and DMA, the commands in `commands` below, tray and lock, unit attention when the
// medium changes, media events. Not modelled: audio, raw sectors (READ CD gives user data only), writing, DVD structures and keys, a unit attention
// after reset (QEMU's has none either), overlapped commands.
import type { Disk, DiskOutcome, DiskRequest, Medium } from "../block/disk.js";
import type { StateReader } from "../state-reader.js";
import * as ATA from "./ata.js";
import * as answers from "./atapi-answers.js";
import { Drive, type DriveHost } from "./drive.js";
import * as SCSI from "./scsi.js";
import { CD_SECTOR, type Sense } from "./scsi.js";

const PACKET_BYTES = 12;
const READY = ATA.DRDY | ATA.DSC;
/** Interrupt reason, in the count register. */
const COMMAND_OR_DATA = 1;
const TO_HOST = 2;
/** Sectors of a CD that one request to the disk reads. */
const MOST_CD_SECTORS = 64;
const MULTIWORD_MODES = 0x0007;

const MEDIA_NO_EVENT = 0;
const MEDIA_EJECT_REQUEST = 1;
const MEDIA_NEW = 2;
const MEDIA_REMOVED = 3;

const MODES = ["none", "packet", "answer", "read", "identify"] as const;

/** What commands need no medium, and come before a unit attention. */
const ALWAYS = [SCSI.INQUIRY, SCSI.REQUEST_SENSE, SCSI.GET_CONFIGURATION, SCSI.GET_EVENT_STATUS];
const WITHOUT_MEDIUM = [...ALWAYS, SCSI.START_STOP_UNIT, SCSI.PREVENT_ALLOW, SCSI.MODE_SENSE_10, SCSI.MECHANISM_STATUS, SCSI.SET_CD_SPEED];

export class AtapiCdrom extends Drive {
  readonly signature = [0x14, 0xeb] as const;
  readonly statusAfterReset = 0;
  private mode: (typeof MODES)[number] = "none";
  private dma = false;
  /** Bytes of a data block at most, as the host has said. */
  private limit = 0;
  /** Sectors still to read, from `lba` on; those in the buffer included. */
  private lba = 0;
  private left = 0;
  private sense: Sense = SCSI.NO_SENSE;
  private locked = false;
  private trayOpen = false;
  private attention = false;
  private event = MEDIA_NO_EVENT;
  private chosenMode = MULTIWORD_MODES | 0x0400;

  constructor(
    host: DriveHost,
    private readonly medium: Medium,
    private readonly serial: string,
  ) {
    super(host);
    medium.onChange(() => this.mediumChanged());
  }

  private mediumChanged(): void {
    this.trayOpen = false;
    this.attention = this.medium.disk !== undefined;
    this.event = this.attention ? MEDIA_NEW : MEDIA_REMOVED;
    // What was being read is gone.
    if (this.phase === "disk") this.checkCondition(this.attention ? SCSI.MEDIUM_CHANGED : SCSI.NO_MEDIUM);
  }

  /** The medium, unless the tray is open. */
  protected get disk(): Disk | undefined {
    return this.trayOpen ? undefined : this.medium.disk;
  }

  /** Sectors of the medium. */
  private get sectors(): number | undefined {
    const { disk } = this;
    return disk && Math.min(Math.floor(disk.size / CD_SECTOR), 0xffff_ffff);
  }

  powerOn(): void {
    this.sense = SCSI.NO_SENSE;
    this.locked = this.trayOpen = this.attention = false;
    this.event = MEDIA_NO_EVENT;
    this.chosenMode = MULTIWORD_MODES | 0x0400;
    this.reset(this.statusAfterReset);
  }

  protected override abandon(): void {
    super.abandon();
    this.mode = "none";
    this.left = 0;
  }

  /** DEVICE RESET is obeyed at any time. */
  override command(code: number): void {
    if (code === 0x08) this.reset(this.statusAfterReset);
    else super.command(code);
  }

  protected execute(code: number): void {
    switch (code) {
      case 0xa0:
        this.awaitPacket();
        return;
      case 0xa1:
        this.identify();
        return;
      case 0xef:
        this.setFeatures();
        return;
      case 0xe0:
      case 0xe1:
        this.finish(READY);
        return;
      case 0xe5:
        this.file.set(ATA.COUNT, 0xff);
        this.finish(READY);
        return;
      // READ SECTORS and IDENTIFY DEVICE: aborted with the signature, by which a host knows what this is.
      case 0x20:
      case 0xec:
        this.file.setSignature(...this.signature);
        this.abortCommand();
        return;
      default:
        this.abortCommand();
        return;
    }
  }

  private abortCommand(): void {
    this.mode = "none";
    this.file.error = ATA.ABRT;
    this.finish(READY | ATA.ERR);
  }

  private identify(): void {
    this.mode = "identify";
    this.setBuffer(answers.identifyCdrom(this.serial, this.chosenMode));
    this.offer("in", this.buffer.length, true);
  }

  private setFeatures(): void {
    const mode = this.file.get(ATA.COUNT);
    if (this.file.get(ATA.FEATURES) !== 0x03) {
      this.abortCommand();
      return;
    }
    if (mode >> 3 === 4 && (mode & 7) <= 2) this.chosenMode = MULTIWORD_MODES | (0x100 << (mode & 7));
    else if (mode >> 3 > 1) {
      this.abortCommand();
      return;
    } else this.chosenMode = MULTIWORD_MODES;
    this.finish(READY);
  }

  private awaitPacket(): void {
    const features = this.file.get(ATA.FEATURES);
    if (features & 2) {
      this.abortCommand();
      return;
    }
    this.dma = (features & 1) !== 0;
    this.limit = this.file.get(ATA.LBA_MID) | (this.file.get(ATA.LBA_HIGH) << 8);
    this.mode = "packet";
    this.setBuffer(new Uint8Array(PACKET_BYTES));
    this.file.set(ATA.COUNT, COMMAND_OR_DATA);
    // ATA/ATAPI-6 "IDENTIFY PACKET DEVICE data", word 0: no interrupt when the packet is awaited.
    this.offer("out", PACKET_BYTES, false);
  }

  protected blockMoved(): void {
    if (this.mode === "packet") this.executePacket(this.buffer);
    else if (this.mode === "identify") {
      this.mode = "none";
      this.finish(READY, false);
    } else if (this.position < this.buffer.length) this.offerBlock();
    else if (this.mode === "read") this.bufferRead();
    else this.good();
  }

  // --- Packets

  private executePacket(packet: Uint8Array): void {
    const code = packet[0]!;
    if (this.attention && !ALWAYS.includes(code)) {
      this.attention = false;
      this.checkCondition(SCSI.MEDIUM_CHANGED);
      return;
    }
    const command = this.commands.get(code);
    if (!command) {
      this.checkCondition(SCSI.INVALID_COMMAND);
      return;
    }
    if (!this.disk && !WITHOUT_MEDIUM.includes(code)) {
      this.checkCondition(SCSI.NO_MEDIUM);
      return;
    }
    if (code !== SCSI.REQUEST_SENSE) this.sense = SCSI.NO_SENSE;
    command(packet);
  }

  private readonly commands = new Map<number, (packet: Uint8Array) => void>([
    [SCSI.TEST_UNIT_READY, () => this.good()],
    [SCSI.REQUEST_SENSE, (packet) => this.requestSense(packet[4]!)],
    [SCSI.INQUIRY, (packet) => (packet[1]! & 1 ? this.checkCondition(SCSI.INVALID_FIELD) : this.answer(answers.inquiry(), packet[4]!))],
    [SCSI.START_STOP_UNIT, (packet) => this.startStop(packet[4]!)],
    [SCSI.PREVENT_ALLOW, (packet) => this.preventAllow(packet[4]!)],
    [SCSI.READ_CAPACITY, () => this.answer(answers.readCapacity(this.sectors!), 8)],
    [SCSI.READ_10, (packet) => this.read(SCSI.get32(packet, 2), SCSI.get16(packet, 7))],
    [SCSI.READ_12, (packet) => this.read(SCSI.get32(packet, 2), SCSI.get32(packet, 6))],
    [SCSI.READ_CD, (packet) => this.readCd(packet)],
    [SCSI.SEEK, (packet) => (SCSI.get32(packet, 2) < this.sectors! ? this.good() : this.checkCondition(SCSI.OUT_OF_RANGE))],
    [SCSI.READ_SUBCHANNEL, (packet) => this.answer(answers.subchannel(), SCSI.get16(packet, 7))],
    [SCSI.READ_TOC, (packet) => this.readToc(packet)],
    [SCSI.GET_CONFIGURATION, (packet) => this.getConfiguration(packet)],
    [SCSI.GET_EVENT_STATUS, (packet) => this.getEventStatus(packet)],
    [SCSI.READ_DISC_INFORMATION, (packet) => this.answer(answers.discInformation(), SCSI.get16(packet, 7))],
    [SCSI.MODE_SENSE_10, (packet) => this.modeSense(packet)],
    [SCSI.SET_CD_SPEED, () => this.good()],
    [SCSI.MECHANISM_STATUS, (packet) => this.answer(answers.mechanismStatus(this.trayOpen), SCSI.get16(packet, 8))],
  ]);

  private requestSense(length: number): void {
    const { sense } = this;
    this.sense = SCSI.NO_SENSE;
    if (sense.key === 0 && this.attention) {
      this.attention = false;
      this.answer(answers.requestSense(SCSI.MEDIUM_CHANGED), length);
    } else this.answer(answers.requestSense(sense), length);
  }

  /** MMC-5 "START STOP UNIT": bit 1 moves the tray, in if bit 0 is set. */
  private startStop(how: number): void {
    if (how & 2 && !(how & 1) && this.locked) {
      this.checkCondition(SCSI.REMOVAL_PREVENTED);
      return;
    }
    if (how & 2) this.moveTray((how & 1) === 0);
    this.good();
  }

  private moveTray(open: boolean): void {
    if (this.trayOpen === open) return;
    this.trayOpen = open;
    this.attention = !open && this.medium.disk !== undefined;
    this.event = open ? MEDIA_REMOVED : this.attention ? MEDIA_NEW : MEDIA_NO_EVENT;
  }

  /** The guest holds the medium. */
  get isLocked(): boolean {
    return this.locked;
  }

  get isOpen(): boolean {
    return this.trayOpen;
  }

  /** The host asks for what is in: done at once, or told to a guest that has locked the tray. True: it is open now. */
  eject(): boolean {
    if (this.locked) this.event = MEDIA_EJECT_REQUEST;
    else this.moveTray(true);
    return !this.locked;
  }

  private preventAllow(how: number): void {
    this.locked = (how & 1) !== 0;
    this.good();
  }

  private readToc(packet: Uint8Array): void {
    // The format has moved from byte 9 to byte 2.
    const format = packet[2]! & 15 || packet[9]! >> 6;
    const toc = answers.readToc(format, (packet[1]! & 2) !== 0, packet[6]!, this.sectors!);
    if (toc) this.answer(toc, SCSI.get16(packet, 7));
    else this.checkCondition(SCSI.INVALID_FIELD);
  }

  private getConfiguration(packet: Uint8Array): void {
    const kind = packet[1]! & 3;
    if (kind === 3) this.checkCondition(SCSI.INVALID_FIELD);
    else this.answer(answers.getConfiguration(kind, SCSI.get16(packet, 2), this.sectors), SCSI.get16(packet, 7));
  }

  private getEventStatus(packet: Uint8Array): void {
    // Only polled: asynchronous notification is refused.
    if (!(packet[1]! & 1)) {
      this.checkCondition(SCSI.INVALID_FIELD);
      return;
    }
    const bytes = answers.eventStatus(packet[4]!, this.event, this.trayOpen, this.disk !== undefined);
    if (bytes.length > 4) this.event = MEDIA_NO_EVENT;
    this.answer(bytes, SCSI.get16(packet, 7));
  }

  private modeSense(packet: Uint8Array): void {
    // Current values only: nothing can be changed or saved.
    const pages = packet[2]! >> 6 === 0 || packet[2]! >> 6 === 2;
    const state = { locked: this.locked, trayOpen: this.trayOpen, present: this.disk !== undefined };
    const bytes = pages ? answers.modeSense(packet[2]! & 0x3f, state) : undefined;
    if (bytes) this.answer(bytes, SCSI.get16(packet, 7));
    else this.checkCondition(SCSI.INVALID_FIELD);
  }

  // --- Sectors

  /** MMC-5 "READ CD": nothing, or the 2048 bytes of user data. */
  private readCd(packet: Uint8Array): void {
    const count = SCSI.get24(packet, 6);
    const parts = packet[9]! & 0xf8;
    if (count === 0 || parts === 0) this.good();
    else if (parts === 0x10) this.read(SCSI.get32(packet, 2), count);
    else this.checkCondition(SCSI.INVALID_FIELD);
  }

  private read(lba: number, count: number): void {
    if (lba + count > this.sectors!) {
      this.checkCondition(SCSI.OUT_OF_RANGE);
      return;
    }
    if (count === 0) {
      this.good();
      return;
    }
    if (!this.acceptsData()) return;
    this.mode = "read";
    this.lba = lba;
    this.left = count;
    this.readBuffer();
  }

  private readBuffer(): void {
    this.setBuffer(new Uint8Array(Math.min(this.left, MOST_CD_SECTORS) * CD_SECTOR));
    this.submit();
  }

  protected diskRequest(): DiskRequest {
    return { kind: "read", at: this.lba * CD_SECTOR, bytes: this.buffer };
  }

  protected isPossible(): boolean {
    const { mode, buffer } = this;
    if (mode === "none") return false;
    if (mode !== "read") return this.phase !== "disk" && buffer.length > 0;
    const count = buffer.length / CD_SECTOR;
    if (!Number.isInteger(count) || count === 0 || count > this.left) return false;
    return this.phase !== "disk" || this.lba + count <= (this.sectors ?? 0);
  }

  protected diskDone(outcome: DiskOutcome): void {
    if (outcome === "done") this.offerBlock();
    else this.checkCondition(SCSI.READ_ERROR);
  }

  private bufferRead(): void {
    const count = this.buffer.length / CD_SECTOR;
    this.lba += count;
    this.left -= count;
    if (this.left === 0) this.good();
    else if (this.lba + Math.min(this.left, MOST_CD_SECTORS) <= (this.sectors ?? 0)) this.readBuffer();
    else this.checkCondition(this.disk ? SCSI.OUT_OF_RANGE : SCSI.NO_MEDIUM);
  }

  // --- Data and status

  /** ATA/ATAPI-6 "Byte Count": a limit of zero does not go with data by PIO. */
  private acceptsData(): boolean {
    if (this.dma || this.limit > 1) return true;
    this.abortCommand();
    return false;
  }

  /** At most `length` of these bytes, which the host has room for. */
  private answer(bytes: readonly number[], length: number): void {
    const count = Math.min(bytes.length, length);
    if (count === 0) {
      this.good();
      return;
    }
    if (!this.acceptsData()) return;
    this.mode = "answer";
    this.setBuffer(Uint8Array.from(bytes.slice(0, count)));
    this.offerBlock();
  }

  private offerBlock(): void {
    this.file.set(ATA.COUNT, TO_HOST);
    if (this.dma) {
      this.offerDma("fill");
      return;
    }
    // An odd limit is for the last block only.
    const length = Math.min(this.buffer.length - this.position, this.limit & ~1);
    this.file.set(ATA.LBA_MID, length & 0xff);
    this.file.set(ATA.LBA_HIGH, length >> 8);
    this.offer("in", length, true);
  }

  private good(): void {
    this.mode = "none";
    this.file.set(ATA.COUNT, COMMAND_OR_DATA | TO_HOST);
    this.finish(READY);
  }

  /** The error register has the sense key in its high half. */
  private checkCondition(sense: Sense): void {
    this.abandon();
    this.sense = sense;
    this.file.error = (sense.key << 4) | ATA.ABRT;
    this.file.set(ATA.COUNT, COMMAND_OR_DATA | TO_HOST);
    this.finish(READY | ATA.ERR);
  }

  override save() {
    const { mode, dma, limit, lba, left, sense, locked, trayOpen, attention, event, chosenMode } = this;
    const { key, code, qualifier } = sense;
    return { ...super.save(), mode, dma, limit, lba, left, sense: [key, code, qualifier], locked, trayOpen, attention, event, chosenMode };
  }

  load(reader: StateReader): void {
    const mode = reader.choice("mode", MODES);
    this.dma = reader.boolean("dma");
    this.limit = reader.number("limit", 0xffff);
    this.lba = reader.number("lba");
    const left = reader.number("left");
    const [key, code, qualifier] = reader.numbers("sense", 3, 0xff) as [number, number, number];
    this.sense = { key: key & 15, code, qualifier };
    this.locked = reader.boolean("locked");
    this.trayOpen = reader.boolean("trayOpen");
    this.attention = reader.boolean("attention");
    this.event = reader.number("event", MEDIA_REMOVED);
    this.chosenMode = reader.number("chosenMode", 0xffff);
    this.loadCommon(reader, () => {
      this.mode = mode;
      this.left = left;
    });
  }
}
