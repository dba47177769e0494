// The preprocessor's directives other than %if: each takes its own token and the rest of its line.

import type { MultiLineMacro } from "./multi-line-macros.js";
import type { Preprocessor } from "./preprocessor.js";
import { numberTokens, retokenize, stringToken } from "./single-line-macros.js";
import { diagnosticAt, SourceProblem } from "./source.js";
import { isSymbol, spellAll, type Token } from "./tokens.js";

type Directive = (pp: Preprocessor, at: Token, rest: readonly Token[]) => void;

export const DIRECTIVES = new Map<string, Directive>();

function nameOf(at: Token, rest: readonly Token[]): Token {
  const name = rest[0];
  if (name?.kind !== "name") throw new SourceProblem(`\`${at.text}\` needs a name`, name ?? at);
  return name;
}

/** `name(a, b) body`: the parenthesis must touch the name. */
function defineMacro(pp: Preprocessor, at: Token, rest: readonly Token[], ignoreCase: boolean, expandNow: boolean): void {
  const name = nameOf(at, rest);
  let parameters: string[] | undefined;
  let start = 1;
  if (isSymbol(rest[1], "(") && !rest[1]?.spaced) {
    const close = rest.findIndex((t) => isSymbol(t, ")"));
    if (close < 0) throw new SourceProblem("`)` is missing", rest[1]);
    parameters = rest
      .slice(2, close)
      .filter((t) => t.kind === "name")
      .map((t) => t.text);
    start = close + 1;
  }
  const body = rest.slice(start);
  pp.macros.define({ name: name.text, parameters, body: expandNow ? pp.macros.expand(body) : body, ignoreCase });
}

function defineAs(pp: Preprocessor, at: Token, rest: readonly Token[], ignoreCase: boolean, body: readonly Token[]): void {
  pp.macros.define({ name: nameOf(at, rest).text, parameters: undefined, body, ignoreCase });
}

for (const ignoreCase of [false, true]) {
  const i = ignoreCase ? "i" : "";
  DIRECTIVES.set(`${i}define`, (pp, at, rest) => defineMacro(pp, at, rest, ignoreCase, false));
  DIRECTIVES.set(`${ignoreCase ? "xi" : "x"}define`, (pp, at, rest) => defineMacro(pp, at, rest, ignoreCase, true));
  DIRECTIVES.set(`${i}assign`, (pp, at, rest) => {
    nameOf(at, rest);
    defineAs(pp, at, rest, ignoreCase, numberTokens(pp.evaluate(rest.slice(1), at), at));
  });
  DIRECTIVES.set(`${i}defstr`, (pp, at, rest) => {
    defineAs(pp, at, rest, ignoreCase, [stringToken(spellAll(pp.macros.expand(rest.slice(1))), at)]);
  });
  DIRECTIVES.set(`${i}deftok`, (pp, at, rest) => {
    const text = strings(pp, at, rest.slice(1))[0]!.text;
    defineAs(pp, at, rest, ignoreCase, retokenize(text, at));
  });
  DIRECTIVES.set(`${i}strlen`, (pp, at, rest) => {
    const text = strings(pp, at, rest.slice(1))[0]!.text;
    defineAs(pp, at, rest, ignoreCase, numberTokens(BigInt(text.length), at));
  });
  DIRECTIVES.set(`${i}strcat`, (pp, at, rest) => {
    const text = strings(pp, at, rest.slice(1)).map((t) => t.text);
    defineAs(pp, at, rest, ignoreCase, [stringToken(text.join(""), at)]);
  });
  DIRECTIVES.set(`${i}substr`, (pp, at, rest) => {
    defineAs(pp, at, rest, ignoreCase, [stringToken(substring(pp, at, rest.slice(1)), at)]);
  });
  DIRECTIVES.set(`${i}macro`, (pp, at, rest) => defineMultiLine(pp, at, rest, ignoreCase));
}

DIRECTIVES.set("undef", (pp, _at, rest) => {
  for (const token of rest) pp.macros.undefine(token.text);
});

function strings(pp: Preprocessor, at: Token, tokens: readonly Token[]): readonly Token[] {
  const found = pp.macros.expand(tokens).filter((t) => t.kind === "string");
  if (found.length === 0) throw new SourceProblem(`\`${at.text}\` needs a string`, tokens[0] ?? at);
  return found;
}

/** `"text" start[, length]`: characters are counted from one; a negative length counts from the end. */
function substring(pp: Preprocessor, at: Token, tokens: readonly Token[]): string {
  const line = pp.macros.expand(tokens);
  const text = strings(pp, at, line.slice(0, 1))[0]!.text;
  const rest = isSymbol(line[1], ",") ? line.slice(2) : line.slice(1);
  const comma = rest.findIndex((t) => isSymbol(t, ","));
  const start = Number(pp.evaluate(comma < 0 ? rest : rest.slice(0, comma), at));
  const length = comma < 0 ? 1 : Number(pp.evaluate(rest.slice(comma + 1), at));
  const end = length < 0 ? text.length + 1 + length : start - 1 + length;
  return text.slice(Math.max(start - 1, 0), Math.max(end, 0));
}

/** `name count`, `name least-most`, `name least-*`, then `+` for greedy, then `.nolist`, then defaults. */
function defineMultiLine(pp: Preprocessor, at: Token, rest: readonly Token[], ignoreCase: boolean): void {
  const body = pp.collectBody(["%macro", "%imacro"], ["%endmacro", "%endm"], at);
  const line = [...pp.macros.expand(rest.slice(1))];
  const name = nameOf(at, rest).text;
  const { least, most, greedy, used } = parameterCounts(line, at);
  const defaults = line.slice(used);
  const macro: MultiLineMacro = { name, least, most, greedy, defaults: splitDefaults(defaults), body, ignoreCase };
  pp.multiLine.define(macro);
}

function parameterCounts(line: readonly Token[], at: Token) {
  const count = (token: Token | undefined): number => {
    if (isSymbol(token, "*")) return Number.POSITIVE_INFINITY;
    // `0.nolist` is one token.
    const digits = /^(\d+)(\.nolist)?$/i.exec(token?.text ?? "");
    if (digits === null) throw new SourceProblem("expected the number of parameters", token ?? at);
    return Number(digits[1]);
  };
  let used = 0;
  const least = line.length === 0 ? 0 : count(line[used++]);
  let most = least;
  if (isSymbol(line[used], "-")) {
    most = count(line[used + 1]);
    used += 2;
  }
  const greedy = isSymbol(line[used], "+");
  if (greedy) used++;
  if (line[used]?.text.toLowerCase() === ".nolist") used++;
  if (most < least) throw new SourceProblem("the most parameters are fewer than the least", at);
  return { least, most, greedy, used };
}

function splitDefaults(tokens: readonly Token[]): (readonly Token[])[] {
  if (tokens.length === 0) return [];
  const out: Token[][] = [[]];
  for (const token of tokens) {
    if (isSymbol(token, ",")) out.push([]);
    else out.at(-1)!.push(token);
  }
  return out;
}

DIRECTIVES.set("unmacro", (pp, at, rest) => {
  const { least, most } = parameterCounts(rest.slice(1), at);
  pp.multiLine.undefine(nameOf(at, rest).text, least, most);
});
for (const name of ["endmacro", "endm", "endrep"]) {
  DIRECTIVES.set(name, (_pp, at) => {
    throw new SourceProblem(`\`${at.text}\` closes nothing`, at);
  });
}
DIRECTIVES.set("rep", (pp, at, rest) => {
  const body = pp.collectBody(["%rep"], ["%endrep"], at);
  const counted = rest.filter((t) => t.text.toLowerCase() !== ".nolist");
  pp.repeat(body, pp.evaluate(counted, at), at);
});
DIRECTIVES.set("exitrep", (pp, at) => pp.exit("rep", at));
DIRECTIVES.set("exitmacro", (pp, at) => pp.exit("macro", at));
DIRECTIVES.set("rotate", (pp, at, rest) => {
  if (pp.currentCall === undefined) throw new SourceProblem("%rotate stands outside a macro", at);
  pp.currentCall.rotate(Number(pp.evaluate(rest, at)));
});

DIRECTIVES.set("include", (pp, at, rest) => pp.include(strings(pp, at, rest)[0]!.text, rest[0]));

DIRECTIVES.set("push", (pp, _at, rest) => pp.pushContext(rest[0]?.text ?? ""));
DIRECTIVES.set("pop", (pp, at) => {
  if (pp.contexts.pop() === undefined) throw new SourceProblem("%pop without %push", at);
});
DIRECTIVES.set("repl", (pp, at, rest) => {
  const top = pp.contexts.pop();
  if (top === undefined) throw new SourceProblem("%repl without %push", at);
  pp.contexts.push({ name: rest[0]?.text ?? "", id: top.id });
});

function messageOf(pp: Preprocessor, rest: readonly Token[]): string {
  const line = pp.macros.expand(rest);
  return line.length === 1 && line[0]?.kind === "string" ? line[0].text : spellAll(line);
}
DIRECTIVES.set("error", (pp, at, rest) => {
  throw new SourceProblem(messageOf(pp, rest), at);
});
DIRECTIVES.set("warning", (pp, at, rest) => pp.host.report(diagnosticAt("warning", messageOf(pp, rest), at)));
DIRECTIVES.set("fatal", (pp, at, rest) => {
  pp.stop();
  throw new SourceProblem(messageOf(pp, rest), at);
});
