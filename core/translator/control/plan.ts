/**
 * Turns a control-flow graph of any shape into nested loops with straight lines of items between them: the order in which the nodes are
 * emitted, and the loops around them. Levels are peeled off as in Steensgaard's loop forest ("Sequentializing Program Dependence Graphs for
 * Irreducible Programs", 1993): the cycles of a level are its strongly connected components; a component's heads are its nodes with edges
 * from outside; without the edges back to a head, what is left of the component is the next level. No node is emitted twice. It does not
 * know about blocks and labels (blocks.ts) nor about WebAssembly (emit.ts).
 */
import { Components } from "./components.js";

export interface Graph {
  readonly count: number;
  /** By node. The first successor of a node is put right after it where there is a choice. */
  readonly successors: readonly (readonly number[])[];
  /** The usual one first: loops get the heads that they have from there. */
  readonly entries: readonly number[];
}

/**
 * A loop with one head is a natural loop. One with several dispatches to them at its start. It is turned by edges to its first head (in deep
 * nests of such loops: to any head); edges from inside to the other heads are plain forward edges or turn inner loops.
 */
export type Item =
  | { readonly kind: "node"; readonly node: number }
  | { readonly kind: "loop"; readonly heads: readonly number[]; readonly body: readonly Item[] };

/** Items are numbers: nodes, then from `count` on loops. The first loop, number `count`, is the function itself, which nothing turns. */
export interface Plan {
  readonly count: number;
  /** Nodes and loops in the order of emission; a loop's complement (`~loop`) is where it ends. The function is not in it. */
  readonly sequence: Int32Array;
  /** Where in `sequence` an item starts; -1 for unreachable nodes and the function. */
  readonly at: Int32Array;
  /** The loop that an item lies in. */
  readonly parent: Int32Array;
  /** By loop - count: where in `sequence` it ends. */
  readonly ends: readonly number[];
  /** By loop - count: nodes with edges from outside. The function's are its entries, each once. */
  readonly heads: readonly (readonly number[])[];
  /** By node, 1: edges to it from within its parent turn that loop. */
  readonly turns: Uint8Array;
}

/**
 * So deep dispatching loops nest with one turning head each, as natural loops do that are also entered in the middle. The next one is turned
 * by all its heads: a graph where all jump to all would get a loop a node.
 */
const NESTED_DISPATCHES = 6;
class Planner {
  readonly turns: Uint8Array;
  readonly heads: number[][] = [];
  /** By loop, like the heads: its part of the order. */
  readonly firsts: number[] = [];
  readonly lasts: number[] = [];
  readonly components: Components;
  /** Loops that are still to be searched: first, end and the dispatching loops around it. The one on top comes first in the order. */
  private readonly work: number[] = [];
  private ranks: Int32Array | undefined;

  constructor(private readonly graph: Graph) {
    this.components = new Components(graph.count, graph.successors);
    this.turns = new Uint8Array(graph.count);
    const entries = [...new Set(graph.entries)];
    this.add(this.components.search(0, entries, graph.count), graph.count, entries);
    this.push(0);
    while (this.work.length > 0) this.loop(this.work.pop()!, this.work.pop()!, this.work.pop()!);
  }

  private add(first: number, last: number, heads: number[]): void {
    this.firsts.push(first);
    this.lasts.push(last);
    this.heads.push(heads);
  }

  private push(dispatches: number): void {
    const { cycles, cycleCount } = this.components;
    for (let index = 0; index < cycleCount; index++) this.work.push(cycles[2 * index]!, cycles[2 * index + 1]!, dispatches);
  }

  private loop(outerDispatches: number, end: number, first: number): void {
    const { components, turns } = this;
    const level = this.heads.length;
    const heads = this.gatherHeads(level, first, end);
    let dispatches = outerDispatches;
    let turning = 1;
    if (heads.length > 1) {
      if (++dispatches > NESTED_DISPATCHES) turning = heads.length;
      else this.putTurningHeadFirst(heads);
    }
    for (let index = 0; index < turning; index++) {
      turns[heads[index]!] = 1;
      components.region[heads[index]!] = -1;
    }
    components.search(level, heads, end);
    this.add(first, end, heads);
    this.push(dispatches);
  }

  private gatherHeads(level: number, first: number, end: number): number[] {
    const { order, entered, region } = this.components;
    const heads: number[] = [];
    for (let at = first; at < end; at++) {
      const node = order[at]!;
      region[node] = level;
      if (entered[node] === 1) heads.push(node);
    }
    this.components.forget(first, end);
    return heads;
  }

  /**
   * Of several heads the one that turns the loop should be the head that the loop would have if it were entered in the usual way only. Any
   * search from the usual entry meets that one before the rest of the loop, as it lies on all ways there.
   */
  private putTurningHeadFirst(heads: number[]): void {
    this.ranks ??= ranks(this.graph);
    let best = 0;
    for (let index = 1; index < heads.length; index++) {
      if (this.ranks[heads[index]!]! < this.ranks[heads[best]!]!) best = index;
    }
    const head = heads[best]!;
    heads[best] = heads[0]!;
    heads[0] = head;
  }
}

/** By node: when a search from the first entry, then from the next, comes to it. */
function ranks({ count, successors, entries }: Graph): Int32Array {
  const rank = new Int32Array(count);
  const found: number[] = [];
  const find = (node: number) => {
    if (rank[node] === 0) rank[node] = found.push(node);
  };
  let next = 0;
  for (const entry of entries) {
    find(entry);
    for (; next < found.length; next++) successors[found[next]!]!.forEach(find);
  }
  return rank;
}

export function plan(graph: Graph): Plan {
  const { count } = graph;
  const { components, firsts, lasts, heads, turns } = new Planner(graph);
  const loops = heads.length;
  const first = firsts[0]!;
  const sequence = new Int32Array(count - first + 2 * (loops - 1));
  const at = new Int32Array(count + loops).fill(-1);
  const parent = new Int32Array(count + loops).fill(count);
  const ends: number[] = new Array(loops).fill(sequence.length);
  let length = 0;
  let next = 1;
  let inner = 0;
  const start = (item: number) => {
    at[item] = length;
    parent[item] = count + inner;
    sequence[length++] = item;
  };
  for (let position = first; position <= count; position++) {
    while (inner !== 0 && lasts[inner] === position) {
      ends[inner] = length;
      sequence[length++] = ~(count + inner);
      inner = parent[count + inner]! - count;
    }
    if (position === count) break;
    for (; next < loops && firsts[next] === position; inner = next++) start(count + next);
    start(components.order[position]!);
  }
  return { count, sequence, at, parent, ends, heads, turns };
}

/** Where a node lies: the number of the outermost loop around it, or 0, and how many loops there are around it. */
export interface Nesting {
  readonly outermost: number;
  readonly depth: number;
}

/** By node. */
export function nesting({ count, parent }: Plan): Nesting[] {
  return Array.from({ length: count }, (_, node) => {
    let [outermost, depth] = [0, 0];
    for (let loop = parent[node]!; loop !== count; loop = parent[loop]!) {
      outermost = loop - count;
      depth++;
    }
    return { outermost, depth };
  });
}

/** The plan as a tree. Unreachable nodes are left out. */
export function structure(graph: Graph): readonly Item[] {
  const { count, sequence, heads } = plan(graph);
  const outer: Item[][] = [];
  let body: Item[] = [];
  for (const item of sequence) {
    if (item < 0) body = outer.pop()!;
    else if (item < count) body.push({ kind: "node", node: item });
    else {
      const inner: Item[] = [];
      body.push({ kind: "loop", heads: heads[item - count]!, body: inner });
      outer.push(body);
      body = inner;
    }
  }
  return body;
}
