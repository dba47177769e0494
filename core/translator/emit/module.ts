/** Puts a WebAssembly module together from finished function bodies. "Binary Format, Modules" of the core specification. */
import { type BranchHint, Code, type ValueType } from "./code.js";

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export type Import =
  | { readonly kind: "function"; readonly name: string; readonly type: number }
  | { readonly kind: "global"; readonly name: string; readonly type: ValueType }
  | { readonly kind: "memory"; readonly name: string; readonly pages: number }
  | { readonly kind: "table"; readonly name: string };

export interface FunctionBody {
  readonly type: number;
  /** Types of the locals after the parameters. */
  readonly locals: readonly ValueType[];
  readonly code: Uint8Array;
  readonly hints?: readonly BranchHint[];
  /** What profilers and debuggers call it. */
  readonly name?: string;
}

export interface ModuleParts {
  readonly types: readonly FunctionType[];
  /** All from module `env`. Functions and globals are numbered in this order; globals are mutable. */
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionBody[];
  /** Names of the last functions, as exports. */
  readonly exports: readonly string[];
}

const EXTERNAL = { function: 0, table: 1, memory: 2, global: 3 } as const;
const FUNCREF = 0x70;
const END = 0x0b;

function section(out: Code, id: number, body: Code): void {
  out.byte(id).unsigned(body.length).append(body.bytes.subarray(0, body.length));
}

function name(out: Code, text: string): void {
  out.unsigned(text.length);
  for (const character of text) out.byte(character.charCodeAt(0));
}

function types(list: readonly FunctionType[]): Code {
  const out = new Code(256).unsigned(list.length);
  for (const { parameters, results } of list) {
    out
      .byte(0x60)
      .unsigned(parameters.length)
      .op(...parameters);
    out.unsigned(results.length).op(...results);
  }
  return out;
}

function imports(list: readonly Import[]): Code {
  const out = new Code(512).unsigned(list.length);
  for (const item of list) {
    name(out, "env");
    name(out, item.name);
    out.byte(EXTERNAL[item.kind]);
    if (item.kind === "function") out.unsigned(item.type);
    else if (item.kind === "global") out.byte(item.type).byte(1);
    else if (item.kind === "memory") out.byte(1).unsigned(item.pages).unsigned(item.pages);
    else out.byte(FUNCREF).byte(0).unsigned(0);
  }
  return out;
}

/** Runs of equal types, as the format wants them. */
function locals(out: Code, list: readonly ValueType[]): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of list) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.unsigned(runs.length);
  for (const { type, count } of runs) out.unsigned(count).byte(type);
}

function functionExports({ imports, functions, exports }: ModuleParts): Code {
  const out = new Code(256).unsigned(exports.length);
  const first = imports.filter((item) => item.kind === "function").length + functions.length - exports.length;
  exports.forEach((text, n) => {
    name(out, text);
    out.byte(EXTERNAL.function).unsigned(first + n);
  });
  return out;
}

/** Offsets of hints count from the locals, and a hint is one byte. Engines that do not know the section pass over it. */
function branchHints({ imports, functions }: ModuleParts): Code {
  const first = imports.filter((item) => item.kind === "function").length;
  const hinted = functions.flatMap((body, n) => (body.hints?.length ? [{ index: first + n, hints: body.hints, locals: body.locals }] : []));
  const out = new Code(1 << 12);
  name(out, "metadata.code.branch_hint");
  out.unsigned(hinted.length);
  const head = new Code(64);
  for (const { index, hints, locals: types } of hinted) {
    head.reset();
    locals(head, types);
    out.unsigned(index).unsigned(hints.length);
    for (const { at, likely } of hints)
      out
        .unsigned(head.length + at)
        .byte(1)
        .byte(likely ? 1 : 0);
  }
  return out;
}

/** The name section, with names of functions only. */
function names({ imports, functions }: ModuleParts): Code {
  const first = imports.filter((item) => item.kind === "function").length;
  const named = functions.flatMap(({ name: text }, n) => (text === undefined ? [] : [{ index: first + n, text }]));
  const list = new Code(1024).unsigned(named.length);
  for (const { index, text } of named) name(list.unsigned(index), text);
  const out = new Code(1024);
  name(out, "name");
  section(out, 1, list);
  return out;
}

/** The bytes of a module. */
export function assembleModule(parts: ModuleParts): Uint8Array {
  const out = new Code(1 << 14).op(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  section(out, 1, types(parts.types));
  section(out, 2, imports(parts.imports));
  const signatures = new Code(256).unsigned(parts.functions.length);
  for (const { type } of parts.functions) signatures.unsigned(type);
  section(out, 3, signatures);
  section(out, 7, functionExports(parts));
  section(out, 0, branchHints(parts));
  const bodies = new Code(1 << 14).unsigned(parts.functions.length);
  const head = new Code(64);
  for (const body of parts.functions) {
    head.reset();
    locals(head, body.locals);
    bodies
      .unsigned(head.length + body.code.length + 1)
      .append(head.bytes.subarray(0, head.length))
      .append(body.code)
      .byte(END);
  }
  section(out, 10, bodies);
  section(out, 0, names(parts));
  return out.bytes.slice(0, out.length);
}
