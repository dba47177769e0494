// Splits a source line into tokens. What a preprocessor directive or a register is, is decided later.

import type { Position, SourceLine } from "./source.js";
import { SourceProblem } from "./source.js";

/**
 * `name`: identifier. `number`: integer or floating literal as written. `string`: quoted, escapes already resolved. `percent`: anything
 * that begins with % and is not an operator (%define, %1, %%local, %{...}). `symbol`: operator or punctuation, and `$`, `$$`.
 */
export type TokenKind = "name" | "number" | "string" | "percent" | "symbol";

export interface Token extends Position {
  readonly kind: TokenKind;
  /** For a string: its contents, one character a byte. */
  readonly text: string;
  /** Blanks stand before it. */
  readonly spaced: boolean;
  /** For a string: the quote character. */
  readonly quote?: string;
}

const NAME_START = /[A-Za-z_.?@]/;
const NAME = /[\w.?@$#~]+/y;
const NUMBER = /(?:\$[0-9]|[0-9])(?:[eE][+-](?=[0-9])|[pP][+-](?=[0-9])|[\w.])*/y;
const PERCENT = /%(?:\{[^}]*\}|\[[^\]]*\]|%[\w.?@$#~]+|\$+[\w.?@#~]+|[+-]?[0-9]+|\+(?![0-9])|[A-Za-z_?*][\w?]*|!\S+)/y;
const SYMBOL = /<=>|>>>|<<<|<<|>>|\/\/|%%|==|!=|<>|<=|>=|&&|\|\||\^\^|\$\$|[-+*/%&|^~!<>=()[\]{},:?$]/y;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** The tokens of one line, comment removed. */
export function tokenize(line: SourceLine): Token[] {
  const tokens: Token[] = [];
  const { text } = line;
  let at = 0;
  let spaced = false;
  while (at < text.length) {
    const c = text[at]!;
    if (c === ";") break;
    if (c === " " || c === "\t" || c === "\r") {
      spaced = true;
      at++;
      continue;
    }
    const [token, end] = tokenAt(line, at, c, spaced);
    tokens.push(token);
    at = end;
    spaced = false;
  }
  return tokens;
}

function tokenAt(line: SourceLine, at: number, c: string, spaced: boolean): [Token, number] {
  if (c === '"' || c === "'" || c === "`") {
    const [text, end] = quoted(line, at, c);
    return [{ kind: "string", text, line, column: at, spaced, quote: c }, end];
  }
  const make = (kind: TokenKind, text: string, length = text.length): [Token, number] => [
    { kind, text, line, column: at, spaced },
    at + length,
  ];
  const number = match(NUMBER, line.text, at);
  if (number !== undefined) return make("number", number);
  if (NAME_START.test(c)) {
    const name = match(NAME, line.text, at)!;
    return make(name === "?" ? "symbol" : "name", name);
  }
  // `$name` is the name even where `name` is a register or an instruction.
  if (c === "$" && NAME_START.test(line.text[at + 1] ?? "")) {
    const name = match(NAME, line.text, at + 1)!;
    return make("name", `$${name}`);
  }
  const percent = c === "%" ? match(PERCENT, line.text, at) : undefined;
  if (percent !== undefined) return make("percent", percent);
  const symbol = match(SYMBOL, line.text, at);
  if (symbol === undefined) throw new SourceProblem(`unexpected character \`${c}\``, { line, column: at });
  return make("symbol", symbol);
}

function quoted(line: SourceLine, start: number, quote: string): [string, number] {
  const { text } = line;
  let out = "";
  let at = start + 1;
  for (;;) {
    const c = text[at];
    if (c === undefined) throw new SourceProblem("unterminated string", { line, column: start });
    if (c === quote) return [out, at + 1];
    if (c === "\\" && quote === "`") {
      const [value, end] = resolveEscape(text, at + 1);
      out += value;
      at = end;
    } else {
      out += utf8(text.codePointAt(at)!);
      at += text.codePointAt(at)! > 0xffff ? 2 : 1;
    }
  }
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  e: "\x1b",
};
const HEX_ESCAPE = /x[0-9a-fA-F]{1,2}/y;
const OCTAL_ESCAPE = /[0-7]{1,3}/y;
const UNICODE_ESCAPE = /u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y;

function resolveEscape(text: string, at: number): [string, number] {
  const hex = match(HEX_ESCAPE, text, at);
  if (hex) return [String.fromCharCode(Number.parseInt(hex.slice(1), 16)), at + hex.length];
  const octal = match(OCTAL_ESCAPE, text, at);
  if (octal) return [String.fromCharCode(Number.parseInt(octal, 8) & 0xff), at + octal.length];
  const unicode = match(UNICODE_ESCAPE, text, at);
  if (unicode) return [utf8(Number.parseInt(unicode.slice(1), 16)), at + unicode.length];
  const c = text[at] ?? "";
  return [SIMPLE_ESCAPES[c] ?? c, at + 1];
}

/** A code point as its UTF-8 bytes, one character a byte: NASM passes source bytes through. */
function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  const tail = (shift: number) => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), tail(0));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), tail(6), tail(0));
  return String.fromCharCode(0xf0 | (code >> 18), tail(12), tail(6), tail(0));
}

/** Token text as it could be written again. */
export function spell(token: Token): string {
  return token.quote === undefined ? token.text : token.quote + token.text + token.quote;
}

/** A token sequence as text, single blanks where there were any. */
export function spellAll(tokens: readonly Token[]): string {
  return tokens.map((t, i) => (t.spaced && i > 0 ? " " : "") + spell(t)).join("");
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind === "symbol" && token.text === text;
}
