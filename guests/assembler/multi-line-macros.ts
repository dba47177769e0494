// %macro: definitions, the choice among overloads, and the parameters of one call.

import type { PlacedLine } from "./raw-lines.js";
import { growTogether } from "./single-line-macros.js";
import { SourceProblem } from "./source.js";
import { isSymbol, type Token } from "./tokens.js";

export interface MultiLineMacro {
  readonly name: string;
  readonly least: number;
  /** Infinity for `1-*`. */
  readonly most: number;
  /** The last parameter takes the rest of the line, commas included. */
  readonly greedy: boolean;
  readonly defaults: readonly (readonly Token[])[];
  readonly body: readonly PlacedLine[];
  readonly ignoreCase: boolean;
}

export class MultiLineMacros {
  private readonly macros = new Map<string, MultiLineMacro[]>();

  define(macro: MultiLineMacro): void {
    const key = macro.name.toLowerCase();
    const others = (this.macros.get(key) ?? []).filter((m) => m.least > macro.most || m.most < macro.least || m.name !== macro.name);
    this.macros.set(key, [...others, macro]);
  }

  undefine(name: string, least: number, most: number): void {
    const key = name.toLowerCase();
    const kept = (this.macros.get(key) ?? []).filter((m) => m.least !== least || m.most !== most);
    this.macros.set(key, kept);
  }

  named(name: string): readonly MultiLineMacro[] {
    const all = this.macros.get(name.toLowerCase()) ?? [];
    return all.filter((m) => m.ignoreCase || m.name === name);
  }
}

/** One expansion: what %1, %0, %%label and so on stand for. */
export class MacroCall {
  private rotation = 0;

  constructor(
    readonly macro: MultiLineMacro,
    private readonly parameters: readonly (readonly Token[])[],
    /** Distinguishes the %%labels of this expansion. */
    readonly id: number,
    readonly use: Token,
    private readonly label: readonly Token[],
  ) {}

  rotate(by: number): void {
    const n = this.parameters.length;
    if (n > 0) this.rotation = (((this.rotation + by) % n) + n) % n;
  }

  private parameter(index: number): readonly Token[] {
    const n = this.parameters.length;
    if (index < 1 || index > n) return [];
    return this.parameters[(index - 1 + this.rotation) % n]!;
  }

  /** The line with this call's parameters put in. */
  fill(tokens: readonly Token[]): readonly Token[] {
    if (!tokens.some((t) => t.kind === "percent")) return tokens;
    const out: Token[] = [];
    for (const token of tokens) {
      const filled = this.fillToken(token);
      if (filled === undefined) {
        out.push(token);
        continue;
      }
      out.push(...filled.map((t, i) => (i === 0 ? { ...t, spaced: token.spaced } : t)));
    }
    return growTogether(out);
  }

  /** What a %token stands for, or undefined if it is none of the call's. */
  private fillToken(token: Token): readonly Token[] | undefined {
    if (token.kind !== "percent") return undefined;
    const { text } = token;
    if (text.startsWith("%%")) return [{ ...token, kind: "name", text: `..@${this.id}.${text.slice(2)}` }];
    if (text === "%?" || text === "%??") return [{ ...token, kind: "name", text: text === "%?" ? this.use.text : this.macro.name }];
    const inner = text.startsWith("%{") ? text.slice(2, -1) : text.slice(1);
    if (inner.startsWith("%")) return [{ ...token, kind: "name", text: `..@${this.id}.${inner.slice(1)}` }];
    if (inner === "0") return [{ ...token, kind: "number", text: String(this.parameters.length) }];
    if (inner === "00") return this.label;
    const range = /^(-?\d+):(-?\d+)$/.exec(inner);
    if (range) return this.range(Number(range[1]), Number(range[2]), token);
    const condition = /^([+-])(\d+)$/.exec(inner);
    if (condition) return [this.conditionCode(Number(condition[2]), condition[1] === "-", token)];
    return /^\d+$/.test(inner) ? this.parameter(Number(inner)) : undefined;
  }

  private range(from: number, to: number, at: Token): readonly Token[] {
    const n = this.parameters.length;
    const place = (i: number) => (i < 0 ? n + 1 + i : i);
    const [first, last] = [place(from), place(to)];
    const step = first <= last ? 1 : -1;
    const out: Token[] = [];
    for (let i = first; i !== last + step; i += step) {
      if (out.length > 0) out.push({ ...at, kind: "symbol", text: "," });
      out.push(...this.parameter(i));
    }
    return out;
  }

  private conditionCode(index: number, inverted: boolean, at: Token): Token {
    const token = this.parameter(index)[0];
    const code = token?.text.toLowerCase() ?? "";
    const opposite = INVERSE.get(code);
    if (opposite === undefined) throw new SourceProblem(`parameter ${index} is not a condition code`, token ?? at);
    return { ...at, kind: "name", text: inverted ? opposite : code };
  }
}

const INVERSE = new Map<string, string>();
for (const pair of "o/no b/nb c/nc nae/ae z/nz e/ne be/nbe na/a s/ns p/np pe/po l/nl nge/ge le/nle ng/g cxz/ncxz ecxz/necxz".split(" ")) {
  const [a, b] = pair.split("/") as [string, string];
  INVERSE.set(a, b);
  INVERSE.set(b, a);
}

/** Split a call's parameters at commas outside braces; the braces of a whole parameter are taken off. */
export function splitParameters(tokens: readonly Token[]): (readonly Token[])[] {
  if (tokens.length === 0) return [];
  const out: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, "{")) depth++;
    if (isSymbol(token, "}")) depth--;
    if (isSymbol(token, ",") && depth === 0) out.push([]);
    else out.at(-1)!.push(token);
  }
  return out.map(unbrace);
}

function unbrace(tokens: readonly Token[]): readonly Token[] {
  return isSymbol(tokens[0], "{") && isSymbol(tokens.at(-1), "}") ? tokens.slice(1, -1) : tokens;
}

export function bindParameters(macro: MultiLineMacro, given: readonly (readonly Token[])[]): (readonly Token[])[] | undefined {
  let bound = [...given];
  if (macro.greedy && bound.length > macro.most) bound = [...bound.slice(0, macro.most - 1), joinWithCommas(bound.slice(macro.most - 1))];
  if (bound.length < macro.least || bound.length > macro.most) return undefined;
  for (let i = bound.length; i < macro.most && i - macro.least < macro.defaults.length; i++) bound.push(macro.defaults[i - macro.least]!);
  return bound;
}

function joinWithCommas(parts: readonly (readonly Token[])[]): readonly Token[] {
  const out: Token[] = [];
  parts.forEach((part, i) => {
    const near = part[0] ?? out.at(-1);
    if (i > 0 && near !== undefined) out.push({ ...near, kind: "symbol", text: ",", spaced: false });
    out.push(...part);
  });
  return out;
}
