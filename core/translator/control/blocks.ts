/**
 * Where WebAssembly blocks open so that forward branches have labels. An item that is the target of one gets a block that ends just before
 * it and opens, in the same loop, before the first item that may branch to it, or earlier where blocks would cross otherwise. Whether a jump
 * to the next item will be a branch is not known yet, so that it counts as one.
 */
import type { Plan } from "./plan.js";

/** Before everything in a loop: the source of the loop's own dispatch. */
const DISPATCH = -1;
const NONE = -2;

export interface Blocks {
  /**
   * By opening place: the item whose block opens there first, the outermost; -1 if none does. Places are items (just before them), and
   * from the number of items on loops (inside them, before their dispatch), in the order of their numbers.
   */
  readonly first: Int32Array;
  /** By item: the item whose block opens next in the same place, or -1. */
  readonly next: Int32Array;
  /** By item, 1: it has a block. */
  readonly present: Uint8Array;
}

/** The item that holds `node` directly in `loop`. */
export function itemIn(plan: Plan, loop: number, node: number): number {
  const { parent } = plan;
  let item = node;
  while (parent[item] !== loop) item = parent[item]!;
  return item;
}

/** By item: the first item in the same loop that may branch forward to it. */
class Sources {
  readonly item: Int32Array;

  constructor(
    private readonly plan: Plan,
    successors: readonly (readonly number[])[],
  ) {
    const { count, sequence, heads } = plan;
    this.item = new Int32Array(plan.at.length).fill(NONE);
    for (let loop = 0; loop < heads.length; loop++) this.addDispatch(count + loop, heads[loop]!);
    for (let place = 0; place < sequence.length; place++) {
      const node = sequence[place]!;
      if (node < 0 || node >= count) continue;
      const list = successors[node]!;
      for (let index = 0; index < list.length; index++) this.addEdge(node, list[index]!);
    }
  }

  /** A loop with two heads falls into the first one (emit.ts). */
  private addDispatch(loop: number, heads: readonly number[]): void {
    if (heads.length < 2) return;
    const falls = heads.length === 2 && loop !== this.plan.count;
    for (let index = falls ? 1 : 0; index < heads.length; index++) this.item[itemIn(this.plan, loop, heads[index]!)] = DISPATCH;
  }

  /** Sources come in the order of emission, so the first to name a target counts. */
  private addEdge(from: number, to: number): void {
    const { at, parent, ends, turns, count } = this.plan;
    const place = at[from]!;
    let target = to;
    let loop = parent[to]!;
    if (turns[to] === 1 && at[loop]! < place && place < ends[loop - count]!) return;
    while (at[loop]! > place || ends[loop - count]! < place) {
      target = loop;
      loop = parent[loop]!;
    }
    if (this.item[target] === NONE) this.item[target] = itemIn(this.plan, loop, from);
  }
}

/** Lays the blocks out, item by item in the order of emission, so that none crosses another. */
class Layout implements Blocks {
  readonly first: Int32Array;
  readonly next: Int32Array;
  readonly present: Uint8Array;
  /** The outermost blocks so far of every loop that is open, one stack after the other: where they open, and the items they end before. */
  private readonly opened: Int32Array;
  private readonly ended: Int32Array;
  private readonly bases: number[] = [];
  private base = 0;
  private top = 0;

  constructor(
    private readonly plan: Plan,
    sources: Int32Array,
  ) {
    const items = plan.at.length;
    this.first = new Int32Array(2 * items - plan.count).fill(-1);
    this.next = new Int32Array(items).fill(-1);
    this.present = new Uint8Array(items);
    this.opened = new Int32Array(items);
    this.ended = new Int32Array(items);
    for (let place = 0; place < plan.sequence.length; place++) {
      const item = plan.sequence[place]!;
      if (item < 0) this.leave();
      else {
        if (sources[item] !== NONE) this.add(item, sources[item]!);
        if (item >= plan.count) this.enter();
      }
    }
  }

  private enter(): void {
    this.bases.push(this.base);
    this.base = this.top;
  }

  private leave(): void {
    this.top = this.base;
    this.base = this.bases.pop()!;
  }

  private placeOf(source: number): number {
    return source === DISPATCH ? DISPATCH : this.plan.at[source]!;
  }

  /** A block that ends before `item` and opens before `source`, or where a block opens that it would cross. */
  private add(item: number, source: number): void {
    const { plan, opened, ended, first } = this;
    let opens = source;
    for (; this.top > this.base && plan.at[ended[this.top - 1]!]! > this.placeOf(opens); this.top--) {
      const inner = opened[this.top - 1]!;
      if (this.placeOf(inner) < this.placeOf(opens)) opens = inner;
    }
    opened[this.top] = opens;
    ended[this.top++] = item;
    const opening = opens === DISPATCH ? plan.at.length + plan.parent[item]! - plan.count : opens;
    this.next[item] = first[opening]!;
    first[opening] = item;
    this.present[item] = 1;
  }
}

export function blocks(plan: Plan, successors: readonly (readonly number[])[]): Blocks {
  return new Layout(plan, new Sources(plan, successors).item);
}
