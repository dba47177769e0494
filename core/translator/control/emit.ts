/**
 * Emits a control-flow graph as WebAssembly's structured control: loops for cycles, blocks for forward branches, every node once. A br_table
 * is needed only where the function or a loop is entered at three or more nodes; between two a br_if decides.
 *
 * The dispatch local holds which head of a dispatching loop is meant, as a number that is the head's own in all loops it is a head of. It is
 * set right before a branch to such a loop and read at the loop's start. Between the two lies no code of a node, only starts of further
 * loops that the same head is entered through; so one local serves all loops, nested ones too, and its value matters nowhere else.
 */
import { type Code, OP } from "../emit/code.js";
import { type Blocks, blocks, itemIn } from "./blocks.js";
import type { Graph, Plan } from "./plan.js";

export interface Jumps {
  /** Unconditional: emits nothing if `node` comes next anyway and the caller is at the end of its block's code, else br. */
  to(node: number): void;
  /** Takes an i32 condition from the WebAssembly stack. */
  toIf(node: number): void;
  /** Unconditional. Takes an i32 index from the WebAssembly stack, which chooses among the nodes; one beyond them chooses the last. */
  select(nodes: readonly number[]): void;
}

export interface ControlOptions {
  readonly code: Code;
  readonly graph: Graph;
  /** The graph's plan. */
  readonly plan: Plan;
  /** i32 local that holds which entry (index in graph.entries) the function is entered at. Only read if there is more than one entry. */
  readonly entryLocal: number;
  /** i32 local that every jump may overwrite, for dispatching loops and `select`. */
  readonly dispatchLocal: number;
  /** Emits the instructions of a node. Must end in an unconditional jumps.to or select, or a return or branch of its own. */
  block(node: number, jumps: Jumps): void;
  /** Called before each loop's start, with its number in the plan: emits what is done whenever it is entered, and not when it turns. */
  beforeLoop?(loop: number): void;
  /** Called at each loop's start, inside the loop, before the only head's code or the dispatch to several heads. */
  loopHead?(heads: readonly number[]): void;
}

class Emitter implements Jumps {
  private readonly code: Code;
  private readonly plan: Plan;
  private readonly blocks: Blocks;
  /** By item: the depth at which its block was opened. */
  private readonly blockDepth: Int32Array;
  /** By loop - count: the depth at which it was opened. */
  private readonly loopDepth: number[] = [];
  /** By node: its number in dispatching loops; -1 if it is a head of none. */
  private readonly slot: Int32Array;
  /** Where the item that is being emitted is in the sequence, and the next one that is not a loop's end. */
  private place = -1;
  private next = 0;
  /** The depth of the code at the start of the node. */
  private depth = 0;
  /** What `resolve` found out besides the label. */
  private item = 0;
  private dispatched = false;

  constructor(private readonly options: ControlOptions) {
    this.code = options.code;
    this.plan = options.plan;
    this.blocks = blocks(this.plan, options.graph.successors);
    this.blockDepth = new Int32Array(this.plan.at.length);
    this.slot = slots(this.plan);
  }

  run(): void {
    const { code, plan, options } = this;
    const { sequence, count } = plan;
    this.open(plan.at.length);
    this.depth = code.depth;
    if (plan.heads[0]!.length > 1) {
      code.get(options.entryLocal);
      this.select(options.graph.entries);
    }
    for (this.place = 0; this.place < sequence.length; this.place++) {
      const item = sequence[this.place]!;
      if (item < 0) {
        code.end();
        continue;
      }
      if (this.blocks.present[item] === 1) code.end();
      this.open(item);
      if (item >= count) this.loop(item);
      else this.node(item);
    }
    code.op(OP.unreachable);
  }

  to(node: number): void {
    const label = this.resolve(node);
    if (this.dispatched) this.setDispatch(node);
    const falls = this.plan.at[this.item] === this.next && this.code.depth === this.depth;
    if (!falls) this.code.br(this.code.depth - label - 1);
  }

  toIf(node: number): void {
    const label = this.resolve(node);
    // Harmless where the branch is not taken: nothing reads the local there.
    if (this.dispatched) this.setDispatch(node);
    this.code.brIf(this.code.depth - label - 1);
  }

  select(nodes: readonly number[]): void {
    const distinct = [...new Set(nodes)];
    if (distinct.length === 1) {
      this.code.op(OP.drop);
      this.to(nodes[0]!);
    } else if (nodes.length === 2) {
      this.toIf(nodes[1]!);
      this.to(nodes[0]!);
    } else this.table(nodes, distinct);
  }

  /** `select` among three or more. Nodes that need the dispatch local set are reached through a stub each. */
  private table(nodes: readonly number[], distinct: readonly number[]): void {
    const { code } = this;
    const { dispatchLocal } = this.options;
    const stubs = distinct.filter((node) => {
      this.resolve(node);
      return this.dispatched;
    });
    // A block does not see the index if that lies on the stack below it.
    if (stubs.length > 0) code.set(dispatchLocal);
    for (let count = stubs.length; count > 0; count--) code.block();
    if (stubs.length > 0) code.get(dispatchLocal);
    const indices = new Map(distinct.map((node) => [node, code.depth - this.resolve(node) - 1]));
    stubs.forEach((node, index) => {
      indices.set(node, index);
    });
    const table = nodes.map((node) => indices.get(node)!);
    code.brTable(table.slice(0, -1), table.at(-1)!);
    for (const node of stubs) {
      code.end();
      this.to(node);
    }
  }

  /** Opens the blocks that open at a place (see Blocks). */
  private open(place: number): void {
    const { first, next } = this.blocks;
    for (let item = first[place]!; item >= 0; item = next[item]!) {
      this.blockDepth[item] = this.code.depth;
      this.code.block();
    }
  }

  private node(node: number): void {
    const { sequence } = this.plan;
    this.next = this.place + 1;
    while (sequence[this.next]! < 0) this.next++;
    this.depth = this.code.depth;
    this.options.block(node, this);
  }

  private loop(item: number): void {
    const { code, plan, options } = this;
    const index = item - plan.count;
    const heads = plan.heads[index]!;
    options.beforeLoop?.(index);
    this.loopDepth[index] = code.depth;
    code.loop();
    this.open(plan.at.length + index);
    options.loopHead?.(heads);
    if (heads.length > 1) this.dispatch(item, heads);
  }

  /** The first head is the first item of the loop: with two heads, a branch to the second is enough. */
  private dispatch(loop: number, heads: readonly number[]): void {
    const { code, slot } = this;
    const index = (head: number) => code.depth - this.blockDepth[itemIn(this.plan, loop, head)]! - 1;
    code.get(this.options.dispatchLocal);
    if (heads.length === 2) {
      code.i32(slot[heads[1]!]!).op(OP.i32_eq).brIf(index(heads[1]!));
      return;
    }
    const numbers = heads.map((head) => slot[head]!);
    const least = Math.min(...numbers);
    const otherwise = index(heads[0]!);
    const indices: number[] = new Array(Math.max(...numbers) - least + 1).fill(otherwise);
    for (const head of heads) indices[slot[head]! - least] = index(head);
    if (least !== 0) code.i32(least).op(OP.i32_sub);
    code.brTable(indices, otherwise);
  }

  private setDispatch(node: number): void {
    this.code.i32(this.slot[node]!).set(this.options.dispatchLocal);
  }

  /** The depth of the label for a jump to `node`. Sets `item` to what the label stands before, or to the function for a loop that is turned. */
  private resolve(node: number): number {
    const { at, parent, ends, turns, heads, count } = this.plan;
    const { place } = this;
    let loop = parent[node]!;
    if (turns[node] === 1 && at[loop]! <= place && place < ends[loop - count]!) {
      this.item = count;
      this.dispatched = heads[loop - count]!.length > 1;
      return this.loopDepth[loop - count]!;
    }
    let item = node;
    let dispatched = false;
    while (at[loop]! > place || ends[loop - count]! < place) {
      dispatched ||= heads[loop - count]!.length > 1;
      item = loop;
      loop = parent[loop]!;
    }
    this.item = item;
    this.dispatched = dispatched;
    return this.blockDepth[item]!;
  }
}

function slots(plan: Plan): Int32Array {
  const { count, heads, sequence } = plan;
  const slot = new Int32Array(count).fill(-1);
  for (let loop = 1; loop < heads.length; loop++) {
    if (heads[loop]!.length > 1) for (const head of heads[loop]!) slot[head] = 0;
  }
  // In the order of emission the heads of one loop are nearly next to each other, which keeps its table short.
  let number = 0;
  for (const item of sequence) if (item >= 0 && item < count && slot[item] === 0) slot[item] = number++;
  return slot;
}

export function emitControlFlow(options: ControlOptions): void {
  new Emitter(options).run();
}
