// The driver's side of a virtqueue, for tests: it puts buffers into guest memory, makes them available, and takes back what was used.

/** Guest memory as a driver uses it: read and write, and room to take. */
export class DriverMemory {
  readonly view: DataView;
  #next: number;

  constructor(
    readonly ram: Uint8Array,
    start = 0x10000,
  ) {
    this.view = new DataView(ram.buffer, ram.byteOffset, ram.length);
    this.#next = start;
  }

  /** Zeroed, and aligned. Throws when memory has run out, which is the test's mistake. */
  take(length: number, alignment = 16): number {
    const at = Math.ceil(this.#next / alignment) * alignment;
    if (at + length > this.ram.length) throw new RangeError("the driver's memory is used up");
    this.ram.fill(0, at, at + length);
    this.#next = at + length;
    return at;
  }

  /** The half of a descriptor that both kinds of ring have alike. */
  describe(at: number, address: number, length: number): void {
    this.view.setBigUint64(at, BigInt(address), true);
    this.view.setUint32(at + 8, length, true);
  }

  /** Everything from here on is free again. */
  mark(): () => void {
    const next = this.#next;
    return () => {
      this.#next = next;
    };
  }
}

export interface DriverBuffer {
  readonly address: number;
  readonly length: number;
  readonly writable: boolean;
}

export interface QueueFlags {
  readonly eventIndex: boolean;
}

export interface UsedBuffer {
  readonly id: number;
  readonly written: number;
}

/** The addresses of the three parts, by the modern names. */
export interface QueuePlace {
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
}

export interface DriverQueue {
  readonly size: number;
  readonly place: QueuePlace;
  /** Entries of the ring that are free. */
  readonly free: number;
  /** Makes a chain available. Returns its id, unique among those under way; undefined if there is no room. */
  add(buffers: readonly DriverBuffer[], indirect: boolean): number | undefined;
  /** Whether the device wants a kick for what was added since this was last asked. */
  takeKick(): boolean;
  /** What has been used since. */
  collect(): UsedBuffer[];
  /** Asks for an interrupt with the next buffer used, or for none. */
  setInterrupts(wanted: boolean): void;
}

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** vring_need_event of the specification, for positions that count modulo `around`. */
export function passes(event: number, to: number, from: number, around: number): boolean {
  const distance = (a: number, b: number) => (((b - a) % around) + around) % around;
  return distance(event + 1, to) < distance(from, to);
}
