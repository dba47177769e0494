import fc from "fast-check";
import { expect, test } from "vitest";
import { type Graph, type Item, structure } from "./plan.js";
import { anyGraph, structuredGraph } from "./testing/graphs.js";

function graph(successors: number[][], entries = [0]): Graph {
  return { count: successors.length, successors, entries };
}

/** "0 (1: 1 2) 3" is a node, a loop with head 1, and a node. */
function text(items: readonly Item[]): string {
  return items.map((item) => (item.kind === "node" ? `${item.node}` : `(${item.heads.join(" ")}: ${text(item.body)})`)).join(" ");
}

function shape(successors: number[][], entries?: number[]): string {
  return text(structure(graph(successors, entries)));
}

function nodes(items: readonly Item[]): number[] {
  return items.flatMap((item) => (item.kind === "node" ? [item.node] : nodes(item.body)));
}

function turningHeads(items: readonly Item[]): number[] {
  return items.flatMap((item) => (item.kind === "node" ? [] : [item.heads[0]!, ...turningHeads(item.body)]));
}

function reachable({ successors, entries }: Graph): number[] {
  const found = new Set(entries);
  for (const node of found) for (const next of successors[node]!) found.add(next);
  return [...found].sort((a, b) => a - b);
}

test("a diamond is a straight line, its first branch right after the fork", () => {
  expect(shape([[1, 2], [3], [3], []])).toBe("0 1 2 3");
  expect(shape([[2, 1], [3], [3], []])).toBe("0 2 1 3");
});

test("the first successor comes next and the way out last", () => {
  expect(shape([[2, 1], [], [3, 1], [4, 1], []])).toBe("0 2 3 4 1");
});

test("a while loop has its test as head and its body inside", () => {
  expect(shape([[1], [2, 3], [1], []])).toBe("0 (1: 1 2) 3");
});

test("a node that follows itself is a loop", () => {
  expect(shape([[1], [2, 1], []])).toBe("0 (1: 1) 2");
});

test("loops nest", () => {
  expect(shape([[1], [2, 5], [3, 4], [2], [1], []])).toBe("0 (1: 1 (2: 2 3) 4) 5");
});

test("two loops with one head are one loop", () => {
  expect(shape([[1], [2], [3, 1], [4, 1], []])).toBe("0 (1: 1 2 3) 4");
});

test("a cycle entered at two nodes is a loop with two heads, turned by the one found first", () => {
  expect(shape([[1, 2], [2], [1, 3], []])).toBe("0 (1 2: 1 2) 3");
  expect(shape([[2, 1], [2], [1, 3], []])).toBe("0 (2 1: 2 1) 3");
});

test("a function entered inside a loop has that entry as a second head", () => {
  expect(shape([[1], [2, 4], [3], [1], []], [0, 3])).toBe("0 (1 3: 1 2 3) 4");
});

test("a function entered at an inner loop's head leaves the inner loop natural", () => {
  expect(shape([[1], [2, 5], [3, 4], [2], [1], []], [0, 2])).toBe("0 (1 2: 1 (2: 2 3) 4) 5");
});

test("a function entered only in the middle of a loop has a natural loop that starts there", () => {
  expect(shape([[1], [2, 4], [3], [1], []], [3])).toBe("(3: 3 1 2) 4");
});

test("nodes that no entry leads to are left out", () => {
  expect(shape([[2], [2], []])).toBe("0 2");
  expect(structure(graph([[0], [1]], []))).toEqual([]);
});

test("where all jump to all, few loops nest", () => {
  const all = Array.from({ length: 40 }, (_, node) => node);
  const depth = (items: readonly Item[]): number => Math.max(...items.map((item) => (item.kind === "node" ? 0 : 1 + depth(item.body))));
  expect(
    depth(
      structure(
        graph(
          all.map(() => all),
          all,
        ),
      ),
    ),
  ).toBeLessThan(10);
});

test("every reachable node appears once, whatever the graph", () => {
  fc.assert(
    fc.property(anyGraph(6), (graph) => {
      expect(nodes(structure(graph)).sort((a, b) => a - b)).toEqual(reachable(graph));
    }),
    { numRuns: 1000 },
  );
});

test("a program without goto has natural loops only", () => {
  fc.assert(
    fc.property(structuredGraph, (graph) => {
      expect(text(structure(graph))).not.toMatch(/\d \d+:/);
    }),
  );
});

test("entering a program without goto in more places adds no loop and moves no turning head", () => {
  fc.assert(
    fc.property(structuredGraph, fc.infiniteStream(fc.nat()), (graph, choice) => {
      const places = reachable(graph);
      const more = Array.from({ length: 5 }, () => places[choice.next().value! % places.length]!);
      const entered = { ...graph, entries: [...graph.entries, ...more] };
      expect(turningHeads(structure(entered)).sort()).toEqual(turningHeads(structure(graph)).sort());
    }),
  );
});
