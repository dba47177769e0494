// The legacy interface of a transitional virtio PCI device, in its I/O BAR. Virtual I/O Device (VIRTIO) Version 1.2, "Legacy Interfaces: A Note
// on PCI Device Layout". The guest's byte order is little-endian.
//
//   00 device features  04 driver features  08 queue page  0C queue size  0E queue select  10 queue notify  12 status  13 ISR
//   14 config vector    16 queue vector     (both only while MSI-X is enabled; device configuration is behind them)
//
// Registers answer where they begin: accesses to their other bytes read as zero and write nothing.

import type { AccessSize, Region } from "../../core/bus/device.js";
import { bytesOf, littleEndian } from "../little-endian.js";
import type { CommonConfig } from "./pci-common.js";
import type { PciInterrupts } from "./pci-interrupts.js";
import type { VirtioDevice } from "./virtio-device.js";

export const LEGACY = {
  DEVICE_FEATURES: 0x00,
  DRIVER_FEATURES: 0x04,
  QUEUE_PAGE: 0x08,
  QUEUE_SIZE: 0x0c,
  QUEUE_SELECT: 0x0e,
  QUEUE_NOTIFY: 0x10,
  STATUS: 0x12,
  ISR: 0x13,
  CONFIG_VECTOR: 0x14,
  QUEUE_VECTOR: 0x16,
  /** Where device configuration begins, without and with MSI-X. */
  CONFIG: 0x14,
  CONFIG_WITH_MSIX: 0x18,
} as const;

/** The unit of the queue's address, and the alignment of its used ring. */
export const LEGACY_PAGE = 4096;

/** "Legacy Interfaces: A Note on Virtqueue Layout": three parts of one piece of memory. */
export function legacyLayout(
  page: number,
  size: number,
): { readonly descriptors: number; readonly driver: number; readonly device: number } {
  const descriptors = page * LEGACY_PAGE;
  const driver = descriptors + 16 * size;
  const device = Math.ceil((driver + 6 + 2 * size) / LEGACY_PAGE) * LEGACY_PAGE;
  return { descriptors, driver, device };
}

export class LegacyRegisters implements Region {
  readonly #device: VirtioDevice;
  readonly #common: CommonConfig;
  readonly #interrupts: PciInterrupts;
  readonly #isMsixEnabled: () => boolean;

  constructor(device: VirtioDevice, common: CommonConfig, interrupts: PciInterrupts, isMsixEnabled: () => boolean) {
    this.#device = device;
    this.#common = common;
    this.#interrupts = interrupts;
    this.#isMsixEnabled = isMsixEnabled;
  }

  read(offset: number, size: AccessSize): number {
    const config = this.#configOffset(offset);
    if (config >= 0) return littleEndian(size, (index) => this.#device.config[config + index] ?? 0xff);
    return this.#readRegister(offset) % 2 ** (8 * size);
  }

  write(offset: number, value: number, size: AccessSize): void {
    const config = this.#configOffset(offset);
    if (config >= 0) this.#device.writeConfig(config, bytesOf(value, size));
    else this.#writeRegister(offset, value);
  }

  #configOffset(offset: number): number {
    return offset - (this.#isMsixEnabled() ? LEGACY.CONFIG_WITH_MSIX : LEGACY.CONFIG);
  }

  get #queue() {
    return this.#device.queues[this.#common.queueSelect];
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case LEGACY.DEVICE_FEATURES:
        return Number(this.#device.offered & 0xffffffffn);
      case LEGACY.DRIVER_FEATURES:
        return Number(this.#device.features & 0xffffffffn);
      case LEGACY.QUEUE_PAGE:
        return this.#queue?.isEnabled
          ? Math.floor(this.#queue.addressWord(0) / LEGACY_PAGE) + this.#queue.addressWord(1) * (2 ** 32 / LEGACY_PAGE)
          : 0;
      case LEGACY.QUEUE_SIZE:
        return this.#queue?.size ?? 0;
      case LEGACY.QUEUE_SELECT:
        return this.#common.queueSelect;
      case LEGACY.STATUS:
        return this.#device.status;
      case LEGACY.ISR:
        return this.#interrupts.takeIsr();
      case LEGACY.CONFIG_VECTOR:
        return this.#interrupts.configVector;
      case LEGACY.QUEUE_VECTOR:
        return this.#interrupts.queueVector(this.#common.queueSelect);
      default:
        return 0;
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case LEGACY.DRIVER_FEATURES:
        this.#device.writeFeatures(BigInt(value), true);
        return;
      case LEGACY.QUEUE_PAGE:
        this.#placeQueue(value);
        return;
      case LEGACY.QUEUE_SELECT:
        this.#common.queueSelect = value & 0xffff;
        return;
      case LEGACY.QUEUE_NOTIFY:
        this.#device.kick(value & 0xffff);
        return;
      case LEGACY.STATUS:
        this.#device.writeStatus(value & 0xff, true);
        return;
      case LEGACY.CONFIG_VECTOR:
        this.#interrupts.setConfigVector(value & 0xffff);
        return;
      case LEGACY.QUEUE_VECTOR:
        this.#interrupts.setQueueVector(this.#common.queueSelect, value & 0xffff);
        return;
    }
  }

  /** A page of zero takes the queue away; in the days of this interface, drivers reset whole devices that way too ("Device Initialization"). */
  #placeQueue(page: number): void {
    const queue = this.#queue;
    if (!queue) return;
    queue.reset();
    if (page === 0) return;
    const { descriptors, driver, device } = legacyLayout(page, queue.size);
    [descriptors, driver, device].forEach((address, area) => {
      queue.setAddressWord(2 * area, address % 2 ** 32);
      queue.setAddressWord(2 * area + 1, Math.floor(address / 2 ** 32));
    });
    this.#device.enableLegacyQueue(queue.index);
  }
}
