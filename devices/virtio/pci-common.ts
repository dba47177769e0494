// The modern interface of a virtio PCI device: what lies in its memory BAR. Virtual I/O Device (VIRTIO) Version 1.2, section 4.1.4 "Virtio
// Structure PCI Capabilities". Of the common configuration, accesses that are not as wide as their field read its bytes and write nothing, but
// for 64-bit fields, which are two of 32 bits.

import type { AccessSize, Region } from "../../core/bus/device.js";
import { littleEndian } from "../little-endian.js";
import { STATUS_FEATURES_OK } from "./constants.js";
import type { PciInterrupts } from "./pci-interrupts.js";
import type { VirtioDevice } from "./virtio-device.js";
import { ADDRESS_WORDS } from "./virtqueue.js";

/** "Common configuration structure layout". */
export const COMMON = {
  DEVICE_FEATURE_SELECT: 0x00,
  DEVICE_FEATURE: 0x04,
  DRIVER_FEATURE_SELECT: 0x08,
  DRIVER_FEATURE: 0x0c,
  CONFIG_VECTOR: 0x10,
  NUM_QUEUES: 0x12,
  STATUS: 0x14,
  GENERATION: 0x15,
  QUEUE_SELECT: 0x16,
  QUEUE_SIZE: 0x18,
  QUEUE_VECTOR: 0x1a,
  QUEUE_ENABLE: 0x1c,
  QUEUE_NOTIFY_OFF: 0x1e,
  QUEUE_ADDRESSES: 0x20,
  QUEUE_NOTIFY_DATA: 0x38,
  QUEUE_RESET: 0x3a,
  LENGTH: 0x3c,
} as const;

interface Field {
  readonly at: number;
  readonly width: AccessSize;
  read(): number;
  write?(value: number): void;
}

export class CommonConfig implements Region {
  deviceFeatureSelect = 0;
  driverFeatureSelect = 0;
  /** Shared with the legacy interface. */
  queueSelect = 0;
  readonly #device: VirtioDevice;
  readonly #interrupts: PciInterrupts;
  readonly #fields: readonly Field[];
  /** The field that each byte belongs to. */
  readonly #fieldAt: readonly (Field | undefined)[];

  constructor(device: VirtioDevice, interrupts: PciInterrupts) {
    this.#device = device;
    this.#interrupts = interrupts;
    this.#fields = [...this.#deviceFields(), ...this.#queueFields(), ...this.#addressFields()];
    this.#fieldAt = Array.from({ length: COMMON.LENGTH }, (_, byte) =>
      this.#fields.find(({ at, width }) => byte >= at && byte < at + width),
    );
  }

  reset(): void {
    this.deviceFeatureSelect = 0;
    this.driverFeatureSelect = 0;
    this.queueSelect = 0;
  }

  read(offset: number, size: AccessSize): number {
    return littleEndian(size, (index) => {
      const field = this.#fieldAt[offset + index];
      return field ? (field.read() >>> (8 * (offset + index - field.at))) & 0xff : 0;
    });
  }

  write(offset: number, value: number, size: AccessSize): void {
    const field = this.#fieldAt[offset];
    if (field && field.at === offset && field.width === size) field.write?.(value);
  }

  get #queue() {
    return this.#device.queues[this.queueSelect];
  }

  #deviceFields(): Field[] {
    const device = this.#device;
    const interrupts = this.#interrupts;
    return [
      {
        at: COMMON.DEVICE_FEATURE_SELECT,
        width: 4,
        read: () => this.deviceFeatureSelect,
        write: (value) => {
          this.deviceFeatureSelect = value;
        },
      },
      { at: COMMON.DEVICE_FEATURE, width: 4, read: () => featureWord(device.offered, this.deviceFeatureSelect) },
      {
        at: COMMON.DRIVER_FEATURE_SELECT,
        width: 4,
        read: () => this.driverFeatureSelect,
        write: (value) => {
          this.driverFeatureSelect = value;
        },
      },
      {
        at: COMMON.DRIVER_FEATURE,
        width: 4,
        read: () => featureWord(device.features, this.driverFeatureSelect),
        write: (value) => this.#writeDriverFeature(value),
      },
      { at: COMMON.CONFIG_VECTOR, width: 2, read: () => interrupts.configVector, write: (value) => interrupts.setConfigVector(value) },
      { at: COMMON.NUM_QUEUES, width: 2, read: () => device.queues.length },
      { at: COMMON.STATUS, width: 1, read: () => device.status, write: (value) => device.writeStatus(value, false) },
      { at: COMMON.GENERATION, width: 1, read: () => device.generation },
      {
        at: COMMON.QUEUE_SELECT,
        width: 2,
        read: () => this.queueSelect,
        write: (value) => {
          this.queueSelect = value;
        },
      },
    ];
  }

  #queueFields(): Field[] {
    const interrupts = this.#interrupts;
    return [
      {
        at: COMMON.QUEUE_SIZE,
        width: 2,
        read: () => this.#queue?.size ?? 0,
        write: (value) => {
          if (this.#queue) this.#queue.size = value;
        },
      },
      {
        at: COMMON.QUEUE_VECTOR,
        width: 2,
        read: () => interrupts.queueVector(this.queueSelect),
        write: (value) => interrupts.setQueueVector(this.queueSelect, value),
      },
      {
        at: COMMON.QUEUE_ENABLE,
        width: 2,
        read: () => (this.#queue?.isEnabled ? 1 : 0),
        write: (value) => {
          if (value === 1) this.#device.enableQueue(this.queueSelect);
        },
      },
      { at: COMMON.QUEUE_NOTIFY_OFF, width: 2, read: () => (this.#queue ? this.queueSelect : 0) },
      { at: COMMON.QUEUE_NOTIFY_DATA, width: 2, read: () => (this.#queue ? this.queueSelect : 0) },
      {
        // "Virtqueue Reset": it is done when the write is.
        at: COMMON.QUEUE_RESET,
        width: 2,
        read: () => 0,
        write: (value) => {
          if (value === 1) this.#device.resetQueue(this.queueSelect);
        },
      },
    ];
  }

  #addressFields(): Field[] {
    return Array.from({ length: ADDRESS_WORDS }, (_, word) => ({
      at: COMMON.QUEUE_ADDRESSES + 4 * word,
      width: 4,
      read: () => this.#queue?.addressWord(word) ?? 0,
      write: (value: number) => this.#queue?.setAddressWord(word, value),
    }));
  }

  #writeDriverFeature(value: number): void {
    const device = this.#device;
    if (this.driverFeatureSelect > 1 || device.status & STATUS_FEATURES_OK) return;
    const shift = 32n * BigInt(this.driverFeatureSelect);
    device.writeFeatures((device.features & ~(0xffffffffn << shift)) | (BigInt(value) << shift), false);
  }
}

function featureWord(features: bigint, select: number): number {
  return select > 1 ? 0 : Number((features >> (32n * BigInt(select))) & 0xffffffffn);
}
