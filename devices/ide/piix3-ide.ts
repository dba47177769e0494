// Intel 82371SB (PIIX3), function 1: IDE interface in legacy mode. PIIX3 data sheet "PCI Configuration Registers (Function 1)":
//
//   BAR 4  bus-master registers, 16 ports, 8 for each channel     40-43 IDETIM: bit 15 of each word lets its channel answer
//   1F0-1F7, 3F6  primary channel, IRQ 14                         170-177, 376  secondary channel, IRQ 15
// Not modelled: timings (44H SIDETIM, and IDETIM's other bits, hold what is written): all take no time beyond the disk's.
import type { AddressSpace, GuestMemory, Mapping } from "../../core/bus/bus.js";
import type { DeviceState, Line, Region } from "../../core/bus/device.js";
import { COMMAND, COMMAND_IO, PciFunction } from "../pci/function.js";
import { StateReader } from "../state-reader.js";
import type { DriveFactory } from "./ide-channel.js";
import { IdeChannel } from "./ide-channel.js";

export const IDETIM = 0x40;
const SIDETIM = 0x44;
/** High byte of a channel's word in IDETIM. */
export const IDE_DECODE_ENABLE = 0x80;
const BUS_MASTER_BAR = 4;
const BUS_MASTER_PORTS = 16;

const CHANNELS = [
  { commandBlock: 0x1f0, controlBlock: 0x3f6 },
  { commandBlock: 0x170, controlBlock: 0x376 },
] as const;

export interface Piix3IdeOptions {
  readonly ports: AddressSpace;
  readonly memory: GuestMemory;
  /** IRQ 14 and 15. */
  readonly irqs: readonly [Line, Line];
  /** Primary device 0 and 1, secondary device 0 and 1. */
  readonly drives?: readonly (DriveFactory | undefined)[];
}

export class Piix3Ide extends PciFunction {
  readonly channels: readonly [IdeChannel, IdeChannel];
  private readonly ports: AddressSpace;
  /** What each channel answers at, while it does. */
  private readonly mappings: [Mapping[], Mapping[]] = [[], []];

  constructor({ ports, memory, irqs, drives = [] }: Piix3IdeOptions) {
    super("piix3-ide", {
      vendor: 0x8086,
      device: 0x7010,
      classCode: 0x010180,
      subsystemVendor: 0x1af4,
      subsystem: 0x1100,
      commandMask: 0x0005,
    });
    this.ports = ports;
    const channel = (n: 0 | 1) =>
      new IdeChannel({ memory, irq: irqs[n], isMaster: () => this.isMaster }, [drives[n * 2], drives[n * 2 + 1]]);
    this.channels = [channel(0), channel(1)];
    this.setInitial(COMMAND + 2, [0x80, 0x02]);
    this.setWritable(IDETIM, [0xff, 0xf3, 0xff, 0xf3]);
    this.setWritable(SIDETIM, [0xff]);
    this.addBar(BUS_MASTER_BAR, {
      kind: "io",
      size: BUS_MASTER_PORTS,
      map: (base) => ports.add(base, BUS_MASTER_PORTS, this.busMasterRegion()),
    });
    this.watch(COMMAND, COMMAND + 1, () => this.place());
    this.watch(IDETIM, IDETIM + 3, () => this.place());
  }

  private busMasterRegion(): Region {
    const half = (offset: number) => this.channels[offset >> 3 ? 1 : 0].busMaster.ports;
    return {
      read: (offset, size) => half(offset).read(offset & 7, size),
      write: (offset, value, size) => half(offset).write(offset & 7, value, size),
    };
  }

  /** The channels answer as configuration says. */
  private place(): void {
    this.mappings.forEach((mappings, n) => {
      const answers = (this.config[COMMAND]! & COMMAND_IO) !== 0 && (this.config[IDETIM + 2 * n + 1]! & IDE_DECODE_ENABLE) !== 0;
      if (answers === mappings.length > 0) return;
      for (const mapping of mappings.splice(0)) mapping.remove();
      if (answers) mappings.push(...this.map(n as 0 | 1));
    });
  }

  private map(n: 0 | 1): Mapping[] {
    const { commandBlock, controlBlock } = CHANNELS[n];
    const channel = this.channels[n];
    return [this.ports.add(commandBlock, 8, channel.commandBlock), this.ports.add(controlBlock, 1, channel.controlBlock)];
  }

  override reset(): void {
    super.reset();
    for (const channel of this.channels) channel.reset();
  }

  override save(): DeviceState {
    return { ...super.save(), channels: this.channels.map((channel) => channel.save()) };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const records = new StateReader(this.name, state, 1).nestedList("channels", 2, 1);
    this.channels.forEach((channel, n) => {
      channel.load(records[n]!);
    });
  }
}
