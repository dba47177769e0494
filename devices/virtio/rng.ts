// A virtio entropy device (device ID 4): it fills buffers with random bytes. Virtual I/O Device (VIRTIO) Version 1.2, section 5.4.
// However large the buffers are, only so many bytes in a time come from the host: the device gives a piece after the other.

import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";
import type { DeviceState } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";
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

export class VirtioRng extends VirtioDevice {
  readonly #fill: (bytes: Uint8Array) => void;
  readonly #timer: Timer;
  readonly #clock: Scheduler;

  /** `fill`: puts random bytes into an array. */
  constructor(name: string, fill: (bytes: Uint8Array) => void, environment: VirtioEnvironment) {
    super({ name, type: ENTROPY_TYPE, features: 0n, queues: [QUEUE_SIZE], config: new Uint8Array(0) }, environment);
    this.#fill = fill;
    this.#clock = environment.scheduler;
    this.#timer = this.#clock.timer(`${name}.bytes`, () => this.#give());
  }

  override save(): DeviceState {
    return { ...super.save(), due: this.#timer.deadline === undefined ? null : Math.ceil(this.#timer.deadline) };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const due = new StateReader(this.name, state, 1).optional("due", Number.MAX_SAFE_INTEGER);
    if (due !== undefined) this.#timer.at(due);
  }

  protected override available(_queue: Virtqueue): void {
    if (this.#timer.deadline === undefined) this.#timer.at(this.#clock.now() + PAUSE);
  }

  protected override wasReset(): void {
    this.#timer.cancel();
  }

  /** As long as the driver wants more, with a pause between. */
  #give(): void {
    const queue = this.queues[0]!;
    const element = queue.pop();
    if (!element) return;
    if (element.writableLength === 0) {
      this.fail("a buffer without room for random bytes");
      return;
    }
    const bytes = new Uint8Array(Math.min(element.writableLength, PIECE));
    this.#fill(bytes);
    queue.push(element, element.write(0, bytes));
    queue.notify();
    this.#timer.at(this.#clock.now() + PAUSE);
  }
}
