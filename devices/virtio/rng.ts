// A virtio entropy device (device ID 4): it fills buffers with random bytes. Virtual I/O Device (VIRTIO) Version 1.2, section 5.4.
// However large the buffers are, so many bytes a second come from the host: the device hands out a piece at a time.

import type { Nanoseconds, Timer } from "../../core/bus/clock.js";
import type { Device } from "../../core/bus/device.js";
import { VirtioDevice, type VirtioEnvironment } from "./virtio-device.js";
import type { Virtqueue } from "./virtqueue.js";

const ENTROPY_TYPE = 4;
const QUEUE_SIZE = 8;
/** The most that is given for one buffer; a driver that wants more asks again. */
const PIECE = 1024;
/** Guest time for each. */
const PAUSE: Nanoseconds = 50_000;

/** "Others", as QEMU's. */
export const RNG_CLASS = 0x00ff00;

export class VirtioRng extends VirtioDevice implements Device {
  readonly #fill: (bytes: Uint8Array) => void;
  readonly #timer: Timer;
  readonly #now: () => Nanoseconds;

  /** `fill`: puts random bytes into an array. */
  constructor(name: string, fill: (bytes: Uint8Array) => void, environment: VirtioEnvironment) {
    super({ name, type: ENTROPY_TYPE, features: 0n, queues: [QUEUE_SIZE], config: new Uint8Array(0) }, environment);
    this.#fill = fill;
    this.#now = () => environment.scheduler.now();
    this.#timer = environment.scheduler.timer(`${name}.bytes`, () => this.#give());
  }

  protected override available(_queue: Virtqueue): void {
    if (this.#timer.deadline === undefined) this.#timer.at(this.#now() + PAUSE);
  }

  protected override wasReset(): void {
    this.#timer.cancel();
  }

  #give(): void {
    const queue = this.queues[0]!;
    const element = queue.pop();
    if (!element) return;
    const bytes = new Uint8Array(Math.min(element.writableLength, PIECE));
    this.#fill(bytes);
    queue.push(element, element.write(0, bytes));
    queue.notify();
    this.#timer.at(this.#now() + PAUSE);
  }
}
