// One IDE channel: two drives on one cable, and the registers through which the host sees the one that is selected. ATA/ATAPI-6 "Register
// delivered" and "Device 0 only configurations"; offsets 0-7 are the command block, and there is one control port.
// What is written to the command block reaches both drives; a busy one takes nothing. A drive that is not there reads as zeros.
import type { GuestMemory } from "../../core/bus/bus.js";
import type { AccessSize, DeviceState, Line, Region } from "../../core/bus/device.js";
import { ByteRegion } from "../byte-region.js";
import type { StateReader } from "../state-reader.js";
import * as ATA from "./ata.js";
import { BusMaster } from "./bus-master.js";
import type { Drive, DriveHost } from "./drive.js";

/** Makes a drive for one end of the cable. */
export type DriveFactory = (host: DriveHost) => Drive;

const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;

export class IdeChannel {
  readonly busMaster: BusMaster;
  /** Eight ports of the command block. */
  readonly commandBlock: Region = {
    read: (offset, size) => (offset === ATA.DATA ? this.readData(size) : this.bytes.read(offset, size)),
    write: (offset, value, size) => (offset === ATA.DATA ? this.writeData(value, size) : this.bytes.write(offset, value, size)),
  };
  /** One port: alternate status, and device control. */
  readonly controlBlock: Region = new ByteRegion(1, {
    read: () => this.selected?.file.status ?? 0,
    write: (_, value) => this.writeControl(value),
  });
  readonly drives: readonly [Drive | undefined, Drive | undefined];
  private readonly bytes = new ByteRegion(8, { read: (offset) => this.read(offset), write: (offset, value) => this.write(offset, value) });
  private select: 0 | 1 = 0;
  private control = 0;
  private level = false;

  constructor(
    private readonly options: { readonly memory: GuestMemory; readonly irq: Line; readonly isMaster: () => boolean },
    factories: readonly [DriveFactory | undefined, DriveFactory | undefined],
  ) {
    this.busMaster = new BusMaster(options.memory, options.isMaster, () => this.selected?.moveDma());
    const host: DriveHost = { busMaster: this.busMaster, interruptChanged: () => this.drive() };
    this.drives = [factories[0]?.(host), factories[1]?.(host)];
  }

  private get present(): readonly Drive[] {
    return this.drives.filter((drive) => drive !== undefined);
  }

  private get selected(): Drive | undefined {
    return this.drives[this.select];
  }

  reset(): void {
    this.select = 0;
    this.control = 0;
    this.busMaster.reset();
    for (const drive of this.present) drive.powerOn();
    this.drive();
  }

  /** INTRQ: of the selected drive, unless nIEN keeps it off the cable. The bus master notes that it rose. */
  private drive(): void {
    const level = this.selected?.interruptPending === true && !(this.control & ATA.CONTROL_NIEN);
    if (level && !this.level) this.busMaster.interrupt();
    this.level = level;
    this.options.irq.set(level);
  }

  private readData(size: AccessSize): number {
    const { selected } = this;
    if (!selected) return 0;
    const low = selected.readData();
    return size === 4 ? low + selected.readData() * 0x10000 : size === 2 ? low : low & 0xff;
  }

  private writeData(value: number, size: AccessSize): void {
    this.selected?.writeData(value & 0xffff);
    if (size === 4) this.selected?.writeData(value >>> 16);
  }

  private read(offset: number): number {
    const { selected } = this;
    if (!selected) return 0;
    if (offset !== ATA.COMMAND) return selected.file.read(offset, (this.control & ATA.CONTROL_HOB) !== 0);
    const { status } = selected.file;
    selected.acknowledge();
    return status;
  }

  private write(offset: number, value: number): void {
    this.control &= ~ATA.CONTROL_HOB;
    if (offset === ATA.COMMAND) {
      this.command(value);
      return;
    }
    for (const drive of this.present) if (!drive.isBusy) drive.file.write(offset, value);
    if (offset !== ATA.DEVICE) return;
    this.select = value & ATA.DEVICE_SELECT ? 1 : 0;
    this.drive();
  }

  private command(code: number): void {
    if (code === EXECUTE_DEVICE_DIAGNOSTIC) this.diagnose();
    else this.selected?.command(code);
  }

  /** Both drives do it; drive 0 tells of it. */
  private diagnose(): void {
    if (this.present.some((drive) => drive.isBusy)) return;
    this.select = 0;
    for (const drive of this.present) drive.reset(drive.statusAfterReset);
    this.drives[0]?.diagnosed();
  }

  private writeControl(value: number): void {
    const before = this.control;
    this.control = value & (ATA.CONTROL_HOB | ATA.CONTROL_SRST | ATA.CONTROL_NIEN);
    const resets = (value & ATA.CONTROL_SRST) !== 0;
    if (resets !== ((before & ATA.CONTROL_SRST) !== 0)) {
      this.select = 0;
      for (const drive of this.present) drive.reset(resets ? ATA.BSY : drive.statusAfterReset);
    }
    this.drive();
  }

  save(): DeviceState {
    return {
      version: 1,
      select: this.select,
      control: this.control,
      level: this.level,
      busMaster: this.busMaster.save(),
      drives: this.drives.map((drive) => drive?.save() ?? { version: 0 }),
    };
  }

  load(reader: StateReader): void {
    this.select = reader.number("select", 1) as 0 | 1;
    this.control = reader.number("control", 0xff);
    this.level = reader.boolean("level");
    this.busMaster.load(reader.nested("busMaster", 1));
    const records = reader.nestedVersions(
      "drives",
      this.drives.map((drive) => (drive ? 1 : 0)),
    );
    this.drives.forEach((drive, n) => {
      drive?.load(records[n]!);
    });
    this.options.irq.set(this.level);
  }
}
