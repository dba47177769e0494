// How a virtio PCI device interrupts: MSI-X vectors while that is enabled, else its pin with the ISR status register. Virtual I/O Device
// (VIRTIO) Version 1.2, "ISR status capability" and "MSI-X Vector Configuration".

import type { DeviceState } from "../../core/bus/device.js";
import type { PciFunction } from "../pci/function.js";
import type { Msix } from "../pci/msix.js";
import type { StateReader } from "../state-reader.js";
import { NO_VECTOR } from "./constants.js";
import type { VirtioTransport } from "./virtio-device.js";

const ISR_QUEUE = 1;
const ISR_CONFIG = 2;

export class PciInterrupts implements VirtioTransport {
  configVector = NO_VECTOR;
  readonly #function: PciFunction;
  readonly #msix: () => Msix;
  readonly #queueVectors: Uint16Array;
  #isr = 0;

  constructor(device: PciFunction, queues: number, msix: () => Msix) {
    this.#function = device;
    this.#msix = msix;
    this.#queueVectors = new Uint16Array(queues).fill(NO_VECTOR);
  }

  get isMaster(): boolean {
    return this.#function.isMaster;
  }

  queueVector(queue: number): number {
    return this.#queueVectors[queue] ?? NO_VECTOR;
  }

  /** A vector that is not there reads back as none. */
  setQueueVector(queue: number, vector: number): void {
    this.#queueVectors[queue] = this.#existing(vector);
  }

  setConfigVector(vector: number): void {
    this.configVector = this.#existing(vector);
  }

  interruptQueue(queue: number): void {
    this.#interrupt(ISR_QUEUE, this.queueVector(queue));
  }

  interruptConfig(): void {
    this.#interrupt(ISR_CONFIG, this.configVector);
  }

  /** Reading the status acknowledges. */
  takeIsr(): number {
    const isr = this.#isr;
    this.#isr = 0;
    this.update();
    return isr;
  }

  /** Drives the pin; to be called when MSI-X is switched on or off. */
  update(): void {
    this.#function.intx.set(this.#isr !== 0 && !this.#msix().isEnabled);
  }

  /** The device was reset. */
  reset(): void {
    this.configVector = NO_VECTOR;
    this.#queueVectors.fill(NO_VECTOR);
    this.#isr = 0;
    this.update();
  }

  save(): DeviceState {
    return { version: 1, isr: this.#isr, configVector: this.configVector, queueVectors: [...this.#queueVectors] };
  }

  load(reader: StateReader): void {
    this.#isr = reader.number("isr", ISR_QUEUE | ISR_CONFIG);
    this.configVector = this.#existing(reader.number("configVector", 0xffff));
    const vectors = reader.numbers("queueVectors", this.#queueVectors.length, 0xffff);
    this.#queueVectors.set(vectors.map((vector) => this.#existing(vector)));
  }

  #interrupt(reason: number, vector: number): void {
    if (this.#msix().isEnabled) this.#msix().signal(vector);
    else {
      this.#isr |= reason;
      this.update();
    }
  }

  #existing(vector: number): number {
    return vector < this.#msix().vectors ? vector : NO_VECTOR;
  }
}
