/**
 * Strongly connected components of one level of a control-flow graph, in topological order (Tarjan 1972, without recursion). A level is the
 * set of nodes whose `region` is the same; edges to nodes of any other region do not count. It knows nothing of loop heads or of
 * WebAssembly; plan.ts calls it level by level.
 */
const CLOSED = 0x7fffffff;

export class Components {
  /** The level that each node belongs to. An edge to a node counts only within its level; -1 drops all edges to a node. */
  readonly region: Int32Array;
  /** The nodes of each level next to each other. A search rewrites the level's part in topological order. */
  readonly order: Int32Array;
  /** 1: an edge from outside its component, or a root, leads to the node. That stays so on inner levels, where such nodes are roots again. */
  readonly entered: Uint8Array;
  /** The components that are cycles, found by the last search, the last in topological order first: pairs of first and end in `order`. */
  readonly cycles: Int32Array;
  cycleCount = 0;

  private readonly number: Int32Array;
  private readonly low: Int32Array;
  /** How many successors of a node are still to be visited. */
  private readonly left: Int32Array;
  private readonly path: Int32Array;
  private readonly open: Int32Array;
  private readonly ownSuccessor: Uint8Array;
  private openCount = 0;
  private counter = 0;
  private level = 0;
  private end = 0;

  constructor(
    count: number,
    private readonly successors: readonly (readonly number[])[],
  ) {
    const words = new Int32Array(9 * count);
    const part = (index: number) => words.subarray(index * count, (index + 1) * count);
    this.region = part(0);
    this.order = part(1);
    this.number = part(2);
    this.low = part(3);
    this.left = part(4);
    this.path = part(5);
    this.open = part(6);
    this.cycles = words.subarray(7 * count);
    this.entered = new Uint8Array(count);
    this.ownSuccessor = new Uint8Array(count);
  }

  /** Makes nodes unvisited again: those from `first` to `end` in the order. */
  forget(first: number, end: number): void {
    for (let at = first; at < end; at++) {
      const node = this.order[at]!;
      this.number[node] = 0;
      this.ownSuccessor[node] = 0;
    }
  }

  /**
   * Searches the level from its roots and fills `order` downwards from `end`; returns where the level's first node went. Roots and
   * successors are visited last to first, which puts the first one right after its predecessor where nothing else forbids it.
   */
  search(level: number, roots: readonly number[], end: number): number {
    this.level = level;
    this.end = end;
    this.counter = 0;
    this.cycleCount = 0;
    for (let index = roots.length - 1; index >= 0; index--) {
      const root = roots[index]!;
      if (this.number[root] === 0) this.visit(root);
      this.entered[root] = 1;
    }
    return this.end;
  }

  private enter(node: number): void {
    this.number[node] = this.low[node] = ++this.counter;
    this.left[node] = this.successors[node]!.length;
    this.open[this.openCount++] = node;
  }

  private visit(root: number): void {
    const { successors, region, number, low, left, path, level } = this;
    let depth = 0;
    path[0] = root;
    this.enter(root);
    while (depth >= 0) {
      const node = path[depth]!;
      const rest = left[node]!;
      if (rest === 0) {
        depth--;
        if (low[node] === number[node]) this.close(node);
        else if (low[node]! < low[path[depth]!]!) low[path[depth]!] = low[node]!;
        continue;
      }
      left[node] = rest - 1;
      const next = successors[node]![rest - 1]!;
      if (region[next] !== level) continue;
      const seen = number[next]!;
      if (seen === 0) {
        path[++depth] = next;
        this.enter(next);
      } else if (seen === CLOSED) this.entered[next] = 1;
      else if (next === node) this.ownSuccessor[node] = 1;
      else if (seen < low[node]!) low[node] = seen;
    }
  }

  /** The open nodes down to `root` are a component; the search came into it at `root`. */
  private close(root: number): void {
    const { order, open, number } = this;
    const end = this.end;
    let node: number;
    do {
      node = open[--this.openCount]!;
      number[node] = CLOSED;
      order[--this.end] = node;
    } while (node !== root);
    this.entered[root] = 1;
    if (end - this.end === 1 && this.ownSuccessor[root] === 0) return;
    this.cycles[2 * this.cycleCount] = this.end;
    this.cycles[2 * this.cycleCount++ + 1] = end;
  }
}
