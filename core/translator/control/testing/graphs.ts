/** Control-flow graphs for property tests. */
import fc from "fast-check";
import type { Graph } from "../plan.js";

const MAX_NODES = 60;

/** A successor given the node it belongs to: anywhere, near, or the next one, so that chains and nests appear. */
function step(count: number): fc.Arbitrary<(from: number) => number> {
  const within = (node: number) => Math.min(Math.max(node, 0), count - 1);
  return fc.oneof(
    fc.nat(count - 1).map((target) => () => target),
    fc.integer({ min: -4, max: 4 }).map((by) => (from: number) => within(from + by)),
    fc.constant((from: number) => within(from + 1)),
  );
}

/** Any shape, with up to `entries` entries (the same one more than once, too). */
export function anyGraph(entries: number): fc.Arbitrary<Graph> {
  return fc.integer({ min: 1, max: MAX_NODES }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      successors: fc
        .array(fc.array(step(count), { maxLength: 4 }), { minLength: count, maxLength: count })
        .map((lists) => lists.map((list, from) => list.map((target) => target(from)))),
      entries: fc.array(fc.nat(count - 1), { minLength: 1, maxLength: entries }),
    }),
  );
}

type Statement =
  | { readonly kind: "plain" | "break" | "continue" | "return" }
  | { readonly kind: "while" | "do"; readonly body: readonly Statement[] }
  | { readonly kind: "if"; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] };

const { statements } = fc.letrec<{ statements: Statement[]; statement: Statement }>((tie) => ({
  statements: fc.array(tie("statement"), { minLength: 1, maxLength: 5 }),
  statement: fc.oneof(
    { maxDepth: 5, depthSize: "max" },
    fc.constantFrom<Statement>({ kind: "plain" }, { kind: "plain" }, { kind: "break" }, { kind: "continue" }, { kind: "return" }),
    fc.record({ kind: fc.constantFrom("while" as const, "do" as const), body: tie("statements") }),
    fc.record({ kind: fc.constant("if" as const), body: tie("statements"), otherwise: tie("statements") }),
  ),
}));

class Program {
  readonly successors: number[][] = [];

  constructor(program: readonly Statement[]) {
    const end = this.node();
    this.successors[this.node()] = [this.list(program, end, end, end)];
  }

  private node(...successors: number[]): number {
    return this.successors.push(successors) - 1;
  }

  /** The node that the list starts at, given those that it goes on to. Built from the end, so only loops need their node early. */
  private list(list: readonly Statement[], next: number, exit: number, again: number): number {
    return list.reduceRight((after, statement) => this.statement(statement, after, exit, again), next);
  }

  private statement(statement: Statement, next: number, exit: number, again: number): number {
    switch (statement.kind) {
      case "plain":
        return this.node(next);
      case "break":
        return this.node(exit);
      case "continue":
        return this.node(again);
      case "return":
        return this.node();
      case "if":
        return this.node(this.list(statement.body, next, exit, again), this.list(statement.otherwise, next, exit, again));
      case "while": {
        const head = this.node();
        this.successors[head] = [this.list(statement.body, head, next, head), next];
        return head;
      }
      case "do": {
        const head = this.node();
        const test = this.node(next, head);
        this.successors[head] = [this.list(statement.body, test, next, test)];
        return head;
      }
    }
  }
}

/** Graphs of programs without goto. Node 1 is the entry. */
export const structuredGraph: fc.Arbitrary<Graph> = statements.map((program) => {
  const { successors } = new Program(program);
  return { count: successors.length, successors, entries: [1] };
});
