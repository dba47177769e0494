/**
 * Runs control-flow graphs twice: as WebAssembly made by emitControlFlow, and directly. Each node appends its number to a trace and takes
 * the next decision of a script, which chooses its successor. A run ends at a node without successors or when its steps are used up.
 */
import { Code, I32, MEMORY, OP } from "../../emit/code.js";
import { assembleModule } from "../../emit/module.js";
import { emitControlFlow, type Jumps } from "../emit.js";
import { type Graph, plan } from "../plan.js";

/** What a loop's start appends to the trace. */
export const LOOP = -1;

/** In memory: how many steps are left, then the trace, and in the next page the script. */
const TRACE_START = 4;
const SCRIPT = 0x10000;
const PAGES = 2;
/** Ends the trace. */
const END = -2;

const ENTRY = 0;
const DISPATCH = 1;
const TRACE = 2;
const STEPS = 3;
const DECISION = 4;

class CountingCode extends Code {
  tables = 0;
  branches = 0;
  deepest = 0;

  override block(): this {
    super.block();
    this.deepest = Math.max(this.deepest, this.depth);
    return this;
  }

  override br(index: number): this {
    this.branches++;
    return super.br(index);
  }

  override brTable(indices: readonly number[], otherwise: number): this {
    this.tables++;
    return super.brTable(indices, otherwise);
  }
}

/** How a node with several successors jumps: with conditional branches, from within ifs, or with `select`. */
export type Style = "branch" | "nested" | "select";

function append(code: Code, value: number): void {
  code.get(TRACE).i32(value).memory(MEMORY.i32_store);
  code.get(TRACE).i32(4).op(OP.i32_add).set(TRACE);
}

function jump(code: Code, list: readonly number[], style: Style, jumps: Jumps): void {
  if (style === "select") {
    code.get(DECISION).i32(list.length).op(OP.i32_rem_u);
    jumps.select(list);
    return;
  }
  for (let index = 1; index < list.length; index++) {
    code.get(DECISION).i32(list.length).op(OP.i32_rem_u).i32(index).op(OP.i32_eq);
    if (style === "branch") jumps.toIf(list[index]!);
    else {
      code.if();
      jumps.to(list[index]!);
      code.end();
    }
  }
  jumps.to(list[0]!);
}

function node(code: Code, number: number, list: readonly number[], style: Style, jumps: Jumps): void {
  append(code, number);
  if (list.length === 0) {
    code.op(OP.return);
    return;
  }
  code.get(STEPS).i32(1).op(OP.i32_sub).tee(STEPS).op(OP.i32_eqz).if().op(OP.return).end();
  code.get(STEPS).memory(MEMORY.i32_load8_u, SCRIPT).set(DECISION);
  // Nothing may rely on the dispatch local across a node's code.
  code.i32(0x5a5a5a).set(DISPATCH);
  jump(code, list, style, jumps);
}

export interface Compiled {
  /** How many br_table there are, without those of `select` in nodes. */
  readonly tables: number;
  /** How many unconditional branches there are. */
  readonly branches: number;
  /** How deep blocks nest. */
  readonly deepest: number;
  run(entry: number, script: Uint8Array): number[];
}

export function compile(graph: Graph, style: (node: number) => Style = () => "branch"): Compiled {
  const code = new CountingCode();
  let tablesOfNodes = 0;
  code.i32(TRACE_START).set(TRACE).i32(0).memory(MEMORY.i32_load).set(STEPS);
  emitControlFlow({
    code,
    graph,
    plan: plan(graph),
    entryLocal: ENTRY,
    dispatchLocal: DISPATCH,
    block(number, jumps) {
      const before = code.tables;
      node(code, number, graph.successors[number]!, style(number), jumps);
      tablesOfNodes += code.tables - before;
    },
    loopHead: () => append(code, LOOP),
  });
  const { branches, deepest } = code;
  return { tables: code.tables - tablesOfNodes, branches, deepest, run: instantiate(code) };
}

function instantiate(code: Code): Compiled["run"] {
  const module = assembleModule({
    types: [{ parameters: [I32], results: [] }],
    imports: [{ kind: "memory", name: "memory", pages: PAGES }],
    functions: [{ type: 0, locals: [I32, I32, I32, I32], code: code.bytes.slice(0, code.length) }],
    exports: ["region"],
  });
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const { region } = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } }).exports as {
    region(entry: number): void;
  };
  const words = new Int32Array(memory.buffer);
  return (entry, script) => {
    words.fill(END);
    words[0] = script.length;
    new Uint8Array(memory.buffer).set(script, SCRIPT);
    region(entry);
    return [...words.subarray(TRACE_START / 4, words.indexOf(END))];
  };
}

/** The trace without the starts of loops. */
export function simulate(graph: Graph, entry: number, script: Uint8Array): number[] {
  const trace: number[] = [];
  let node = graph.entries[entry]!;
  for (let steps = script.length - 1; ; steps--) {
    trace.push(node);
    const list = graph.successors[node]!;
    if (list.length === 0 || steps === 0) return trace;
    node = list[script[steps]! % list.length]!;
  }
}
