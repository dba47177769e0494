// A virtio device as a PCI function, laid out as QEMU's. Virtual I/O Device (VIRTIO) Version 1.2, section 4.1 "Virtio Over PCI Bus".
//   BAR 0  legacy registers (transitional devices)   BAR 1  MSI-X
//   BAR 4  0000 common configuration   1000 ISR status   2000 device configuration   3000 notifications, four bytes a queue
//
// BAR 4 is one of 32 bits, since there is no memory space above 4 GiB to speak of.

import type { AddressSpace } from "../../core/bus/bus.js";
import type { AccessSize, DeviceState, Region } from "../../core/bus/device.js";
import { bytesOf, littleEndian } from "../little-endian.js";
import { COMMAND, PciFunction } from "../pci/function.js";
import { Msix } from "../pci/msix.js";
import { StateReader } from "../state-reader.js";
import { COMMON, CommonConfig } from "./pci-common.js";
import { PciInterrupts } from "./pci-interrupts.js";
import { LEGACY, LegacyRegisters } from "./pci-legacy.js";
import type { VirtioDevice } from "./virtio-device.js";

export const VIRTIO_VENDOR = 0x1af4;
/** "PCI Device Discovery": device IDs of transitional devices by type, and what the others are counted from. */
const TRANSITIONAL_IDS: Readonly<Record<number, number>> = { 1: 0x1000, 2: 0x1001, 3: 0x1003, 4: 0x1005, 5: 0x1002, 8: 0x1004, 9: 0x1009 };
const MODERN_ID = 0x1040;
const MODERN_SUBSYSTEM = 0x1100;

const VENDOR_CAPABILITY = 0x09;
// "Virtio Structure PCI Capabilities": cfg_type.
export const CAP_COMMON = 1;
export const CAP_NOTIFY = 2;
export const CAP_ISR = 3;
export const CAP_DEVICE = 4;
export const CAP_PCI = 5;

const LEGACY_BAR = 0;
const MSIX_BAR = 1;
const MODERN_BAR = 4;
const PART = 0x1000;
const MODERN_SIZE = 4 * PART;
const NOTIFY_MULTIPLIER = 4;
/** Within the capability for access through configuration space. */
const CAP_BAR = 4;
const CAP_OFFSET = 8;
const CAP_LENGTH = 12;
const CAP_DATA = 16;

export interface VirtioPciOptions {
  readonly ports: AddressSpace;
  readonly memory: AddressSpace;
  /** Class, subclass and programming interface. */
  readonly classCode: number;
  /** With the legacy interface; so if nothing is said, as QEMU. */
  readonly transitional?: boolean;
}

export class VirtioPci extends PciFunction {
  readonly device: VirtioDevice;
  readonly #interrupts: PciInterrupts;
  readonly #msix: Msix;
  readonly #common: CommonConfig;
  readonly #modern: Region;
  /** Where the capability for access through configuration space is. */
  readonly #window: number;

  constructor(device: VirtioDevice, options: VirtioPciOptions) {
    const transitionalId = options.transitional === false ? undefined : TRANSITIONAL_IDS[device.type];
    super(device.name, {
      vendor: VIRTIO_VENDOR,
      device: transitionalId ?? MODERN_ID + device.type,
      classCode: options.classCode,
      revision: transitionalId === undefined ? 1 : 0,
      subsystemVendor: VIRTIO_VENDOR,
      subsystem: transitionalId === undefined ? MODERN_SUBSYSTEM : device.type,
      interruptPin: 1,
    });
    this.device = device;
    const queues = device.queues.length;
    this.#interrupts = new PciInterrupts(this, queues, () => this.#msix);
    this.#msix = new Msix(this, queues + 1, { bar: MSIX_BAR, memory: options.memory }, () => this.#interrupts.update());
    this.#common = new CommonConfig(device, this.#interrupts);
    this.#modern = this.#createModern();
    this.#addCapability(CAP_COMMON, 0, COMMON.LENGTH);
    this.#addCapability(CAP_ISR, PART, 1);
    // Linux refuses a device with a capability for nothing.
    if (device.config.length > 0) this.#addCapability(CAP_DEVICE, 2 * PART, device.config.length);
    this.#addCapability(CAP_NOTIFY, 3 * PART, queues * NOTIFY_MULTIPLIER, [NOTIFY_MULTIPLIER, 0, 0, 0]);
    this.#window = this.addCapability(
      VENDOR_CAPABILITY,
      [CAP_DATA + 4, CAP_PCI, ...new Array(16).fill(0)],
      [0, 0, 0xff, 0, 0, 0, ...new Array(12).fill(0xff)],
    );
    this.addBar(MODERN_BAR, { kind: "memory", size: MODERN_SIZE, map: (base) => options.memory.add(base, MODERN_SIZE, this.#modern) });
    if (transitionalId !== undefined) this.#addLegacy(options.ports);
    this.watch(COMMAND, COMMAND, () => {
      if (!this.isMaster) device.stop();
    });
    device.connect(this.#interrupts);
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.#msix.reset();
    this.#resetDevice();
  }

  override readConfig(offset: number, size: AccessSize): number {
    const { region, offset: at, length } = this.#windowTarget();
    if (region && this.#touchesData(offset, size)) this.config.set(bytesOf(region.read(at, length), length), this.#window + CAP_DATA);
    return super.readConfig(offset, size);
  }

  override writeConfig(offset: number, value: number, size: AccessSize): void {
    super.writeConfig(offset, value, size);
    if (!this.#touchesData(offset, size)) return;
    const { region, offset: at, length } = this.#windowTarget();
    region?.write(
      at,
      littleEndian(length, (index) => this.config[this.#window + CAP_DATA + index]!),
      length,
    );
  }

  override save(): DeviceState {
    const { deviceFeatureSelect, driverFeatureSelect, queueSelect } = this.#common;
    return {
      ...super.save(),
      selects: [deviceFeatureSelect, driverFeatureSelect, queueSelect],
      interrupts: this.#interrupts.save(),
      msix: this.#msix.save(),
      device: this.device.save(),
    };
  }

  override load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#msix.load(reader.nested("msix", 1));
    const [deviceFeatureSelect, driverFeatureSelect, queueSelect] = reader.numbers("selects", 3);
    this.#interrupts.load(reader.nested("interrupts", 1));
    super.load(state);
    this.device.load(reader.record("device"));
    Object.assign(this.#common, { deviceFeatureSelect, driverFeatureSelect, queueSelect: queueSelect! & 0xffff });
  }

  #resetDevice(): void {
    this.device.reset();
    this.#common.reset();
    this.#interrupts.reset();
  }

  #addCapability(type: number, offset: number, length: number, more: readonly number[] = []): void {
    const place = [offset, length].flatMap((value) => [...bytesOf(value, 4)]);
    this.addCapability(VENDOR_CAPABILITY, [CAP_DATA + more.length, type, MODERN_BAR, 0, 0, 0, ...place, ...more]);
  }

  #addLegacy(ports: AddressSpace): void {
    const size = 2 ** Math.ceil(Math.log2(LEGACY.CONFIG_WITH_MSIX + this.device.config.length));
    const registers = new LegacyRegisters(this.device, this.#common, this.#interrupts, () => this.#msix.isEnabled);
    const region = this.#resetting(registers, LEGACY.STATUS);
    this.addBar(LEGACY_BAR, { kind: "io", size, map: (base) => ports.add(base, size, region) });
  }

  /** Writing 0 to the status resets the transport's part as well. */
  #resetting(region: Region, status: number): Region {
    return {
      read: (offset, size) => region.read(offset, size),
      write: (offset, value, size) => {
        if (offset === status && (value & 0xff) === 0) this.#resetDevice();
        else region.write(offset, value, size);
      },
    };
  }

  /** The four parts of BAR 4. */
  #createModern(): Region {
    const { device } = this;
    const parts: readonly Region[] = [
      this.#resetting(this.#common, COMMON.STATUS),
      { read: (offset) => (offset === 0 ? this.#interrupts.takeIsr() : 0), write: () => {} },
      {
        read: (offset, size) => littleEndian(size, (index) => device.config[offset + index] ?? 0xff),
        write: (offset, value, size) => device.writeConfig(offset, bytesOf(value, size)),
      },
      { read: () => 0, write: (offset) => device.kick(Math.floor(offset / NOTIFY_MULTIPLIER)) },
    ];
    return {
      read: (offset, size) => parts[Math.floor(offset / PART)]!.read(offset % PART, size),
      write: (offset, value, size) => parts[Math.floor(offset / PART)]!.write(offset % PART, value, size),
    };
  }

  #touchesData(offset: number, size: AccessSize): boolean {
    const data = this.#window + CAP_DATA;
    return offset < data + 4 && offset + size > data;
  }

  /** "PCI configuration access capability": what its fields point at, if that is an access that can be done. */
  #windowTarget(): { readonly region: Region | undefined; readonly offset: number; readonly length: AccessSize } {
    const bar = this.config[this.#window + CAP_BAR];
    const offset = this.readDword(this.#window + CAP_OFFSET);
    const length = this.readDword(this.#window + CAP_LENGTH);
    if ((length !== 1 && length !== 2 && length !== 4) || bar !== MODERN_BAR || offset % length !== 0 || offset + length > MODERN_SIZE)
      return { region: undefined, offset: 0, length: 1 };
    return { region: this.#modern, offset, length };
  }
}
