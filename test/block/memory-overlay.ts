import type { Extent, Image } from "../../devices/block/image.js";
import { BlockError } from "../../devices/block/store.js";

const CLUSTER = 4096;

/** An overlay in memory, as plain as can be: clusters that are written, zero, or those of the image behind it. */
export class MemoryOverlay implements Image {
  readonly format = "memory";
  readonly readOnly = false;
  private readonly clusters = new Map<number, Uint8Array | "zero">();
  /** What was done to it, in order. */
  readonly log: string[] = [];
  /** Reading fails there. */
  unreadable: number | undefined;

  constructor(
    readonly name: string,
    public size: number,
    readonly backing?: MemoryOverlay,
  ) {}

  private check(at: number, length: number): void {
    if (at < 0 || at + length > this.size) throw new BlockError(`${this.name} ends at ${this.size}`);
  }

  private peek(at: number): number {
    if (at >= this.size) return 0;
    const cluster = this.clusters.get(Math.floor(at / CLUSTER));
    if (cluster === "zero") return 0;
    return cluster ? cluster[at % CLUSTER]! : (this.backing?.peek(at) ?? 0);
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    this.check(at, into.length);
    const { unreadable } = this;
    if (unreadable !== undefined && unreadable >= at && unreadable < at + into.length) throw new BlockError("the disk has a scratch");
    for (let i = 0; i < into.length; i++) into[i] = this.peek(at + i);
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    this.check(at, from.length);
    this.log.push(`write ${at} ${from.length}`);
    for (let i = 0; i < from.length; i++) {
      const index = Math.floor((at + i) / CLUSTER);
      let cluster = this.clusters.get(index);
      if (!(cluster instanceof Uint8Array)) {
        cluster = Uint8Array.from({ length: CLUSTER }, (_, k) => this.peek(index * CLUSTER + k));
        this.clusters.set(index, cluster);
      }
      cluster[(at + i) % CLUSTER] = from[i]!;
    }
  }

  /** Whole clusters. */
  async zero(at: number, length: number): Promise<void> {
    this.check(at, length);
    this.log.push(`zero ${at} ${length}`);
    for (let index = at / CLUSTER; index < (at + length) / CLUSTER; index++) this.clusters.set(index, "zero");
  }

  async discard(): Promise<void> {}

  async flush(): Promise<void> {}

  async extent(at: number): Promise<Extent> {
    this.check(at, 1);
    const length = Math.min(CLUSTER - (at % CLUSTER), this.size - at);
    const cluster = this.clusters.get(Math.floor(at / CLUSTER));
    if (cluster) return { length, data: cluster !== "zero", zero: cluster === "zero", present: true, depth: 0 };
    if (!this.backing || at >= this.backing.size) return { length, data: false, zero: true, present: false, depth: 0 };
    const behind = await this.backing.extent(at);
    return { ...behind, length: Math.min(length, behind.length), depth: behind.depth + 1 };
  }

  async resize(size: number): Promise<void> {
    this.size = size;
  }

  async close(): Promise<void> {}
}

export const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

export async function contents(image: Image): Promise<Uint8Array> {
  const all = new Uint8Array(image.size);
  await image.read(0, all);
  return all;
}
