// %define and its kin: macros that stand inside a line.

import { SourceProblem } from "./source.js";
import { isSymbol, spell, spellAll, type Token, tokenize } from "./tokens.js";

export interface SingleLineMacro {
  readonly name: string;
  /** Undefined for a macro without parentheses. */
  readonly parameters: readonly string[] | undefined;
  readonly body: readonly Token[];
  readonly ignoreCase: boolean;
}

/** Computed by the assembler at the point of use (`__LINE__`, `__BITS__`). */
export type BuiltIn = (at: Token) => Token;

export class SingleLineMacros {
  private readonly exact = new Map<string, SingleLineMacro[]>();
  private readonly caseless = new Map<string, SingleLineMacro[]>();
  private readonly builtIns = new Map<string, BuiltIn>();

  define(macro: SingleLineMacro): void {
    const [map, key] = macro.ignoreCase ? ([this.caseless, macro.name.toLowerCase()] as const) : ([this.exact, macro.name] as const);
    const others = (map.get(key) ?? []).filter((m) => m.parameters !== undefined && m.parameters.length !== macro.parameters?.length);
    // A macro without parameters replaces, and is replaced by, those with some.
    map.set(key, macro.parameters === undefined ? [macro] : [...others, macro]);
  }

  defineBuiltIn(name: string, value: BuiltIn): void {
    this.builtIns.set(name, value);
  }

  undefine(name: string): void {
    this.exact.delete(name);
    this.caseless.delete(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.named(name).length > 0 || this.builtIns.has(name);
  }

  private named(name: string): readonly SingleLineMacro[] {
    return this.exact.get(name) ?? this.caseless.get(name.toLowerCase()) ?? [];
  }

  /** The line with every macro replaced, and tokens around %+ joined. */
  expand(tokens: readonly Token[]): readonly Token[] {
    let line = tokens;
    for (let round = 0; ; round++) {
      line = this.replace(line, NONE);
      if (!line.some(isPaste)) return line;
      if (round > 100) throw new SourceProblem("%+ never comes to an end", line[0]);
      line = paste(line);
    }
  }

  private replace(tokens: readonly Token[], hidden: ReadonlySet<string>): readonly Token[] {
    if (!tokens.some((t) => this.mayReplace(t, hidden))) return tokens;
    const out: Token[] = [];
    let joins = false;
    for (let i = 0; i < tokens.length; ) {
      const token = tokens[i]!;
      const indirect = token.kind === "percent" && token.text.startsWith("%[");
      if (indirect) {
        out.push(...this.replace(retokenize(token.text.slice(2, -1), token), hidden));
        joins = true;
        i++;
        continue;
      }
      i += this.replaceAt(tokens, i, hidden, out);
      if (out.length > MAX_TOKENS) throw new SourceProblem("this line's macros grow without end", token);
    }
    return joins ? growTogether(out) : out;
  }

  private mayReplace(token: Token, hidden: ReadonlySet<string>): boolean {
    if (token.kind === "percent") return token.text.startsWith("%[");
    return token.kind === "name" && !hidden.has(token.text) && this.has(token.text);
  }

  /** Put what the token at `i` becomes into `out`; returns the number of tokens used up. */
  private replaceAt(tokens: readonly Token[], i: number, hidden: ReadonlySet<string>, out: Token[]): number {
    const token = tokens[i]!;
    if (!this.mayReplace(token, hidden)) {
      out.push(token);
      return 1;
    }
    const builtIn = this.builtIns.get(token.text);
    if (builtIn !== undefined) {
      out.push(builtIn(token));
      return 1;
    }
    const candidates = this.named(token.text);
    const plain = candidates.find((m) => m.parameters === undefined);
    const inner = new Set([...hidden, token.text]);
    if (plain !== undefined) {
      out.push(...this.replace(placed(plain.body, token), inner));
      return 1;
    }
    if (!isSymbol(tokens[i + 1], "(")) {
      out.push(token);
      return 1;
    }
    const [args, used] = splitArguments(tokens, i + 1);
    const macro = candidates.find((m) => accepts(m, args));
    if (macro === undefined) throw new SourceProblem(`macro \`${token.text}\` does not take ${args.length} parameters`, token);
    const filled = substitute(
      macro,
      args.map((a) => this.replace(a, hidden)),
    );
    out.push(...this.replace(placed(filled, token), inner));
    return used + 1;
  }
}

const MAX_TOKENS = 100_000;
const NONE: ReadonlySet<string> = new Set();

function accepts(macro: SingleLineMacro, args: readonly (readonly Token[])[]): boolean {
  const wanted = macro.parameters?.length ?? 0;
  return wanted === args.length || (wanted === 0 && args.length === 1 && args[0]!.length === 0);
}

function isPaste(token: Token): boolean {
  return token.kind === "percent" && token.text === "%+";
}

/** Tokens of a macro's body shown at the place of its use, so that problems point there. */
function placed(body: readonly Token[], use: Token): readonly Token[] {
  return body.map((t, i) => ({ ...t, line: use.line, column: use.column, spaced: i === 0 ? use.spaced : t.spaced }));
}

function substitute(macro: SingleLineMacro, args: readonly (readonly Token[])[]): Token[] {
  return macro.body.flatMap((token): readonly Token[] => {
    const index = token.kind === "name" ? (macro.parameters?.indexOf(token.text) ?? -1) : -1;
    if (index < 0) return [token];
    return args[index]!.map((t, i) => (i === 0 ? { ...t, spaced: token.spaced } : t));
  });
}

/** Comma-separated arguments from the "(" at `open`; returns them and the number of tokens from "(" to ")". */
function splitArguments(tokens: readonly Token[], open: number): [(readonly Token[])[], number] {
  const args: Token[][] = [[]];
  let depth = 0;
  let braces = 0;
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (isSymbol(token, "(") && braces === 0 && depth++ === 0) continue;
    if (isSymbol(token, ")") && braces === 0 && --depth === 0) return [args, i - open + 1];
    if (isSymbol(token, "{") && braces++ === 0) continue;
    if (isSymbol(token, "}") && --braces === 0) continue;
    if (isSymbol(token, ",") && depth === 1 && braces === 0) args.push([]);
    else args.at(-1)!.push(token);
  }
  throw new SourceProblem("`)` is missing after the macro's parameters", tokens[open]);
}

/** Text made into tokens that point at an existing one. */
export function retokenize(text: string, at: Token): Token[] {
  return tokenize({ ...at.line, text }).map((t, i) => ({ ...t, line: at.line, column: at.column, spaced: i === 0 ? at.spaced : t.spaced }));
}

/** Join the tokens left and right of each %+. */
function paste(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (!isPaste(token)) {
      out.push(token);
      continue;
    }
    const left = out.pop();
    const right = tokens[++i];
    const text = (left === undefined ? "" : spell(left)) + (right === undefined ? "" : spell(right));
    out.push(...retokenize(text, left ?? token));
  }
  return out;
}

/** A string token with the text of some tokens. */
export function stringToken(text: string, at: Token): Token {
  return { kind: "string", text, quote: '"', line: at.line, column: at.column, spaced: true };
}

export function numberTokens(n: bigint, at: Token): Token[] {
  const digits: Token = { kind: "number", text: (n < 0n ? -n : n).toString(), line: at.line, column: at.column, spaced: true };
  return n < 0n
    ? [
        { ...digits, kind: "symbol", text: "-" },
        { ...digits, spaced: false },
      ]
    : [digits];
}

export function sameText(a: readonly Token[], b: readonly Token[], ignoreCase: boolean): boolean {
  const text = (tokens: readonly Token[]) => {
    const s = spellAll(tokens.map((t) => (t.quote === undefined ? t : { ...t, quote: '"' })));
    return ignoreCase ? s.toLowerCase() : s;
  };
  return text(a) === text(b);
}

/** Tokens that stand side by side after filling in and that together spell one name or number become one token. */
export function growTogether(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  for (const token of tokens) {
    const left = out.at(-1);
    const grows = left !== undefined && !token.spaced && isWord(left) && (token.kind === "name" || token.kind === "number");
    if (grows) out.splice(-1, 1, ...retokenize(left.text + token.text, left));
    else out.push(token);
  }
  return out.some((t) => t.text === "%+") ? paste(out) : out;
}

function isWord(token: Token): boolean {
  return token.kind === "name" || token.kind === "number";
}
