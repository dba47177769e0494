import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "./plan.js";
import { anyGraph, structuredGraph } from "./testing/graphs.js";
import { type Compiled, compile, LOOP, type Style, simulate } from "./testing/trace.js";

const styles = fc.infiniteStream(fc.constantFrom<Style>("branch", "nested", "select"));
const script = fc.uint8Array({ minLength: 1, maxLength: 300, size: "max" });

function graph(successors: number[][], entries = [0]): Graph {
  return { count: successors.length, successors, entries };
}

/** For graphs that are small or regular enough for one script to lead everywhere. */
const decisions = Uint8Array.from({ length: 300 }, (_, index) => (index * index * 7 + (index >> 3)) & 0xff);

function expectSameTraces(graph: Graph, compiled: Compiled, script = decisions): void {
  for (let entry = 0; entry < graph.entries.length; entry++) {
    const trace = compiled.run(entry, script).filter((node) => node !== LOOP);
    expect(trace).toEqual(simulate(graph, entry, script));
  }
}

function compiled(graph: Graph): Compiled {
  const result = compile(graph);
  expectSameTraces(graph, result);
  return result;
}

test("any graph runs as its edges say, from every entry, however its nodes jump", () => {
  fc.assert(
    fc.property(anyGraph(6), script, styles, (graph, decisions, choice) => {
      const byNode = graph.successors.map(() => choice.next().value!);
      expectSameTraces(
        graph,
        compile(graph, (node) => byNode[node]!),
        decisions,
      );
    }),
    { numRuns: 1000 },
  );
});

test("programs run as their edges say when entered anywhere", () => {
  fc.assert(
    fc.property(structuredGraph, fc.array(fc.nat(), { maxLength: 5 }), script, (graph, more, decisions) => {
      const entered = { ...graph, entries: [...graph.entries, ...more.map((node) => node % graph.count)] };
      expectSameTraces(entered, compile(entered), decisions);
    }),
    { numRuns: 300 },
  );
});

test("no cycle is closed without passing a loop's start", () => {
  fc.assert(
    fc.property(anyGraph(6), script, (graph, decisions) => {
      for (let entry = 0; entry < graph.entries.length; entry++) {
        const seen = new Set<number>();
        for (const node of compile(graph).run(entry, decisions)) {
          if (node === LOOP) seen.clear();
          else expect(seen.has(node)).toBe(false);
          seen.add(node);
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** Whether removing self loops, and nodes with one predecessor by merging them into it, leaves one node (Hecht and Ullman's T1 and T2). */
function isReducible({ successors, entries }: Graph): boolean {
  const root = entries[0]!;
  const found = new Set([root]);
  for (const node of found) for (const next of successors[node]!) found.add(next);
  const edges = new Map([...found].map((node) => [node, new Set(successors[node])]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [node, targets] of edges) {
      targets.delete(node);
      if (node === root) continue;
      const sources = [...edges.values()].filter((other) => other.has(node));
      if (sources.length !== 1) continue;
      sources[0]!.delete(node);
      for (const target of targets) sources[0]!.add(target);
      edges.delete(node);
      changed = true;
    }
  }
  return edges.size === 1;
}

test("a reducible graph with one entry needs no br_table", () => {
  fc.assert(
    fc.property(anyGraph(1).filter(isReducible), (graph) => {
      expect(compile(graph).tables).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test("a program without goto needs no br_table", () => {
  fc.assert(
    fc.property(structuredGraph, (graph) => {
      expect(compile(graph).tables).toBe(0);
    }),
  );
});

test("a diamond needs one branch: over the second arm", () => {
  expect(compiled(graph([[1, 2], [3], [3], []])).branches).toBe(1);
});

test("a while loop needs one branch: back to its head", () => {
  const { tables, branches } = compiled(graph([[1], [2, 3], [1], []]));
  expect([tables, branches]).toEqual([0, 1]);
});

test("leaving two nested loops at once needs no br_table", () => {
  expect(compiled(graph([[1], [2, 5], [3, 4], [2, 5], [1], []])).tables).toBe(0);
});

test("a cycle entered at two nodes needs no br_table, one entered at three needs one", () => {
  expect(compiled(graph([[1, 2], [2], [1, 3], []])).tables).toBe(0);
  expect(compiled(graph([[1, 2, 3], [2, 3], [3, 1], [1, 2, 4], []])).tables).toBe(1);
});

test("a function with two entries needs no br_table, with three one", () => {
  expect(compiled(graph([[1], [2], []], [0, 2])).tables).toBe(0);
  expect(compiled(graph([[1], [2], []], [0, 2, 1])).tables).toBe(1);
});

test("entries in the middle of nested loops are reached through the loops around them", () => {
  expect(compiled(graph([[1], [2, 7], [3, 6], [4], [5], [3, 2], [1], []], [0, 3, 4, 5, 6, 1])).tables).toBeGreaterThan(0);
});

test("a chain of 500 nodes has no branches and no deep nesting", () => {
  const chain = graph(Array.from({ length: 500 }, (_, node) => (node < 499 ? [node + 1] : [])));
  const { branches, deepest } = compiled(chain);
  expect(branches).toBe(0);
  expect(deepest).toBeLessThan(4);
});

test("a chain of 500 nodes can be entered at each", () => {
  const all = Array.from({ length: 500 }, (_, node) => node);
  expect(
    compiled(
      graph(
        all.map((node) => all.slice(node + 1, node + 2)),
        all,
      ),
    ).tables,
  ).toBe(1);
});

test("a ladder of 250 rungs, up and down both sides, is one function", () => {
  const rungs = 250;
  const down = Array.from({ length: 2 * rungs }, (_, node) => [node + 2, node ^ 1].filter((next) => next < 2 * rungs && next > node));
  expect(compiled(graph(down)).tables).toBe(0);
  const both = down.map((list, node) => [...list, ...(node >= 2 ? [node - 2] : [])]);
  compiled(graph(both, [0, 99, 200, 499]));
});

test("200 loops, each in the one before, nest", () => {
  const depth = 200;
  const heads = Array.from({ length: depth }, (_, node) => [node + 1, node === 0 ? 2 * depth : 2 * depth - node]);
  const latches = Array.from({ length: depth }, (_, index) => [depth - 1 - index]);
  const { tables } = compiled(graph([...heads, ...latches, []]));
  expect(tables).toBe(0);
});

test("where all jump to all and all are entries, every jump arrives", () => {
  const all = Array.from({ length: 40 }, (_, node) => node);
  compiled(
    graph(
      all.map(() => all),
      all,
    ),
  );
});

test("jumps to one's own successor listed twice arrive", () => {
  compiled(
    graph(
      [
        [1, 1],
        [1, 2, 2, 1],
        [0, 0],
      ],
      [0, 1, 1],
    ),
  );
});
