// %if, %elif, %else, %endif and the tests they know.

import { isFloatLiteral, parseInteger } from "./numbers.js";
import type { Preprocessor } from "./preprocessor.js";
import { findRegister } from "./registers.js";
import { sameText } from "./single-line-macros.js";
import { SourceProblem } from "./source.js";
import { isSymbol, type Token } from "./tokens.js";

export interface Conditional {
  readonly step: "if" | "elif" | "else" | "endif";
  /** What follows `%if` or `%elif` without its `n`: "" is an expression. */
  readonly test: string;
  readonly negated: boolean;
}

const TESTS = ["", "def", "macro", "ctx", "idn", "idni", "id", "num", "str", "token", "empty"];

/** The parts of a conditional directive, or undefined if the token is none. */
export function splitConditional(token: Token | undefined): Conditional | undefined {
  if (token?.kind !== "percent") return undefined;
  const text = token.text.slice(1).toLowerCase();
  if (text === "else" || text === "endif") return { step: text, test: "", negated: false };
  const parts = /^(if|elif)(.*)$/.exec(text);
  if (parts === null) return undefined;
  const step = parts[1] as "if" | "elif";
  const test = parts[2]!;
  if (test !== "num" && test.startsWith("n") && TESTS.includes(test.slice(1))) return { step, test: test.slice(1), negated: true };
  return { step, test, negated: false };
}

interface Level {
  readonly opened: Token;
  active: boolean;
  /** A branch was already taken, or the whole block stands in a branch that is not. */
  decided: boolean;
}

export class ConditionStack {
  private readonly levels: Level[] = [];

  get height(): number {
    return this.levels.length;
  }

  get active(): boolean {
    return this.levels.at(-1)?.active ?? true;
  }

  step(conditional: Conditional, at: Token, test: () => boolean): void {
    if (conditional.step === "if") {
      const outer = this.active;
      // Pushed first: a test that fails with a problem still has its %endif.
      const level: Level = { opened: at, active: false, decided: true };
      this.levels.push(level);
      if (!outer) return;
      level.active = test();
      level.decided = level.active;
      return;
    }
    const level = this.levels.at(-1);
    if (level === undefined) throw new SourceProblem(`\`${at.text}\` without %if`, at);
    if (conditional.step === "endif") {
      this.levels.pop();
      return;
    }
    level.active = !level.decided && (conditional.step === "else" || test());
    level.decided ||= level.active;
  }

  /** Forget levels above a height; returns where one of them began. */
  closeTo(height: number): Token | undefined {
    const opened = this.levels[height]?.opened;
    this.levels.length = Math.min(this.levels.length, height);
    return opened;
  }
}

export function evaluateCondition(pp: Preprocessor, conditional: Conditional, at: Token, tokens: readonly Token[]): boolean {
  const test = conditional.test;
  if (!TESTS.includes(test)) throw new SourceProblem(`unknown preprocessor directive \`${at.text}\``, at);
  return evaluateTest(pp, test, at, tokens) !== conditional.negated;
}

function evaluateTest(pp: Preprocessor, test: string, at: Token, tokens: readonly Token[]): boolean {
  switch (test) {
    case "":
      return pp.evaluate(tokens, at) !== 0n;
    case "def":
      return tokens.some((t) => pp.macros.has(t.text));
    case "macro":
      return macroExists(pp, tokens);
    case "ctx":
      return pp.contexts.at(-1)?.name === tokens[0]?.text;
  }
  const line = pp.macros.expand(tokens);
  if (test === "idn" || test === "idni") return identical(line, test === "idni", at);
  return isKind(line, test);
}

function macroExists(pp: Preprocessor, tokens: readonly Token[]): boolean {
  const macros = pp.multiLine.named(tokens[0]?.text ?? "");
  const count = tokens[1] === undefined ? undefined : Number(tokens[1].text);
  return macros.some((m) => count === undefined || (m.least <= count && count <= m.most));
}

function identical(line: readonly Token[], ignoreCase: boolean, at: Token): boolean {
  const comma = line.findIndex((t) => isSymbol(t, ","));
  if (comma < 0) throw new SourceProblem(`\`${at.text}\` compares two things with a comma between them`, at);
  return sameText(line.slice(0, comma), line.slice(comma + 1), ignoreCase);
}

function isKind(line: readonly Token[], test: string): boolean {
  const signed = isSymbol(line[0], "-") || isSymbol(line[0], "+") ? line.slice(1) : line;
  switch (test) {
    case "empty":
      return line.length === 0;
    case "token":
      return line.length === 1 || (line.length === 2 && signed.length === 1 && signed[0]?.kind === "number");
    case "str":
      return line[0]?.kind === "string";
    case "num":
      return signed[0]?.kind === "number" && (parseInteger(signed[0].text) !== undefined || !isFloatLiteral(signed[0].text));
    default:
      return line[0]?.kind === "name" && findRegister(line[0].text) === undefined;
  }
}
