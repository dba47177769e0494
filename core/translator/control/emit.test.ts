import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "./plan.js";
import { type Compiled, compile, LOOP, type Style, simulate } from "./testing/trace.js";

const MAX_NODES = 60;
const styles: Style[] = ["branch", "nested", "select"];

const script = fc.uint8Array({ minLength: 1, maxLength: 300, size: "max" });

/** Any shape: successors are near in half of the cases, so that chains and nests appear, and far otherwise. */
const anyGraph = fc.integer({ min: 1, max: MAX_NODES }).chain((count) => {
  const node = fc.nat(count - 1);
  const step = fc.oneof(
    node.map((target) => () => target),
    fc.integer({ min: -4, max: 4 }).map((by) => (from: number) => Math.min(Math.max(from + by, 0), count - 1)),
    fc.constant((from: number) => Math.min(from + 1, count - 1)),
  );
  return fc.record({
    count: fc.constant(count),
    successors: fc
      .array(fc.array(step, { maxLength: 4 }), { minLength: count, maxLength: count })
      .map((lists) => lists.map((list, from) => list.map((target) => target(from)))),
    entries: fc.array(node, { minLength: 1, maxLength: 6 }),
  });
});

function expectSameTraces(graph: Graph, compiled: Compiled, decisions: Uint8Array): void {
  for (let entry = 0; entry < graph.entries.length; entry++) {
    const trace = compiled.run(entry, decisions).filter((node) => node !== LOOP);
    expect(trace).toEqual(simulate(graph, entry, decisions));
  }
}

test("any graph runs as its edges say, from every entry, however the nodes jump", () => {
  fc.assert(
    fc.property(anyGraph, script, fc.infiniteStream(fc.constantFrom(...styles)), (graph, decisions, choice) => {
      expectSameTraces(
        graph,
        compile(graph, () => choice.next().value),
        decisions,
      );
    }),
    { numRuns: 1000 },
  );
});

test("no cycle is closed without passing a loop's start", () => {
  fc.assert(
    fc.property(anyGraph, script, (graph, decisions) => {
      const trace = compile(graph).run(0, decisions);
      let seen = new Set<number>();
      for (const node of trace) {
        if (node === LOOP) seen = new Set();
        else expect(seen.has(node)).toBe(false);
        seen.add(node);
      }
    }),
    { numRuns: 300 },
  );
});
