// How often each cluster is referred to, as counted. Memory is proportional to what is referred to, not to the store's size.
import { type CheckContext, hex } from "./context.js";

const PAGE = 1024;

export class References {
  private readonly pages = new Map<number, Uint32Array>();
  private readonly most: number;

  constructor(private readonly context: CheckContext) {
    this.most = Math.min(2 ** context.geometry.refcountBits, 2 ** 32) - 1;
  }

  get(cluster: number): number {
    return this.pages.get(Math.floor(cluster / PAGE))?.[cluster % PAGE] ?? 0;
  }

  /** Clusters that are referred to, from low to high. */
  *used(): Generator<number> {
    for (const number of [...this.pages.keys()].sort((a, b) => a - b)) {
      const page = this.pages.get(number)!;
      for (let i = 0; i < PAGE; i++) if (page[i]! > 0) yield number * PAGE + i;
    }
  }

  /** One more than the highest cluster that is referred to. */
  get end(): number {
    let end = 0;
    for (const cluster of this.used()) end = cluster + 1;
    return end;
  }

  /** A range has a cluster that may be referred to. */
  touches(first: number, count: number): boolean {
    for (let page = Math.floor(first / PAGE); page * PAGE < first + count; page++) if (this.pages.has(page)) return true;
    return false;
  }

  /** `times` more references to each cluster that has some of these bytes. What lies behind the store's end, or is too often used, is a corruption. */
  add(offset: number, length: number, times = 1): void {
    const { context } = this;
    const { clusterSize, store } = context;
    if (length <= 0) return;
    // The last cluster may lie there in part only.
    if (offset + length - store.size >= clusterSize) {
      context.corruption(`${length} bytes at ${hex(offset)} are in use, and lie behind the end of the file`, times);
      return;
    }
    const last = Math.floor((offset + length - 1) / clusterSize);
    for (let cluster = Math.floor(offset / clusterSize); cluster <= last; cluster++) {
      const over = this.addTo(cluster, times);
      if (over > 0) context.corruption(`cluster ${cluster} is referred to more often than its refcount can tell`, over);
    }
  }

  /** How many there is no room for in the count. */
  private addTo(cluster: number, times: number): number {
    const number = Math.floor(cluster / PAGE);
    let page = this.pages.get(number);
    if (!page) {
      page = new Uint32Array(PAGE);
      this.pages.set(number, page);
    }
    const now = page[cluster % PAGE]!;
    const next = Math.min(this.most, now + times);
    page[cluster % PAGE] = next;
    return now + times - next;
  }
}
