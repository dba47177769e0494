// NASM's preprocessor: hands the assembler one expanded line after another. It runs anew in every pass, line by line with the assembler,
// because %if and %assign may ask for `$` and for labels.
//
// Not modelled: %arg, %local, %stacksize, %use, %line, %pragma and the environment (%!).

import { ConditionStack, evaluateCondition, splitConditional } from "./conditions.js";
import { DIRECTIVES } from "./directives.js";
import { Evaluator, type Scope } from "./expression.js";
import { bindParameters, MacroCall, type MultiLineMacro, MultiLineMacros, splitParameters } from "./multi-line-macros.js";
import { PRELUDE } from "./prelude.js";
import { type PlacedLine, rawLines } from "./raw-lines.js";
import { numberTokens, retokenize, SingleLineMacros, stringToken } from "./single-line-macros.js";
import { type Diagnostic, diagnosticAt, type Position, type SourceLine, SourceProblem } from "./source.js";
import { TokenReader } from "./token-reader.js";
import { isSymbol, type Token } from "./tokens.js";

/** The assembler's side: what the preprocessor asks of it. */
export interface PreprocessorHost {
  /** The text of an %include file, or undefined if there is none. */
  readSource(path: string): string | undefined;
  readonly scope: Scope;
  /** 16, 32 or 64, for `__BITS__`. */
  readonly bits: number;
  report(diagnostic: Diagnostic): void;
}

/** Something lines are read from: a file, a macro's expansion, the repetitions of %rep. */
interface Frame {
  readonly kind: "file" | "macro" | "rep";
  readonly lines: readonly PlacedLine[];
  index: number;
  /** Repetitions left after this one. */
  remaining: number;
  readonly call: MacroCall | undefined;
  /** Height of the condition stack when the frame was entered. */
  readonly conditions: number;
}

export interface Context {
  readonly name: string;
  readonly id: number;
}

export interface ExpandedLine {
  readonly tokens: readonly Token[];
  /** The line in a file that led to this one: for a macro's lines, where it is used. */
  readonly origin: SourceLine;
}

const MAX_DEPTH = 1000;
/** A source that asks for more lines than this means never to end. */
const MAX_LINES = 1_000_000;

export class Preprocessor {
  readonly macros = new SingleLineMacros();
  readonly multiLine = new MultiLineMacros();
  readonly contexts: Context[] = [];
  private readonly frames: Frame[] = [];
  private readonly conditions = new ConditionStack();
  private nextId = 1;
  private linesRead = 0;

  constructor(
    readonly host: PreprocessorHost,
    private readonly files: Map<string, readonly PlacedLine[]>,
  ) {
    this.defineBuiltIns();
  }

  /** Begin with a file; the standard macros are read first. */
  start(path: string, defines: readonly string[]): void {
    this.include(path, undefined);
    if (defines.length > 0) this.push("file", rawLines("(command line)", defines.join("\n")), undefined);
    this.push("file", this.linesOf("(standard macros)", PRELUDE), undefined);
  }

  /** `__?SECT?__`: the directive that goes back to the current section. */
  setSectionMacro(directive: string): void {
    const body = rawLines("(section)", directive)[0]!.tokens;
    for (const name of ["__SECT__", "__?SECT?__"]) this.macros.define({ name, parameters: undefined, body, ignoreCase: false });
  }

  /** The next line for the assembler, or undefined at the end. Problems are reported to the host and skipped over. */
  nextLine(): ExpandedLine | undefined {
    for (;;) {
      const raw = this.readRaw();
      if (raw === undefined) return undefined;
      if (++this.linesRead > MAX_LINES) {
        this.host.report(diagnosticAt("error", "macros and repetitions come to more than a million lines", { line: raw.line, column: 0 }));
        this.stop();
        return undefined;
      }
      const origin = this.origin(raw);
      const tokens = this.guard({ line: raw.line, column: 0 }, () => this.process(raw));
      if (tokens !== undefined && tokens.length > 0) return { tokens, origin };
    }
  }

  /** Run `work`; a SourceProblem becomes an error of the host. */
  private guard<T>(at: Position, work: () => T): T | undefined {
    try {
      return work();
    } catch (problem) {
      if (!(problem instanceof SourceProblem)) throw problem;
      this.host.report(diagnosticAt("error", problem.message, problem.at ?? at));
      return undefined;
    }
  }

  private origin(raw: PlacedLine): SourceLine {
    return this.frames.find((f) => f.call !== undefined)?.call?.use.line ?? raw.line;
  }

  private push(kind: Frame["kind"], lines: readonly PlacedLine[], call: MacroCall | undefined, repetitions = 1): void {
    if (this.frames.length > MAX_DEPTH) throw new SourceProblem("macros or includes nest too deeply", call?.use);
    this.frames.push({ kind, lines, index: 0, remaining: repetitions - 1, call, conditions: this.conditions.height });
  }

  private readRaw(): PlacedLine | undefined {
    for (;;) {
      const frame = this.frames.at(-1);
      if (frame === undefined) return undefined;
      if (frame.index < frame.lines.length) return frame.lines[frame.index++];
      if (frame.remaining > 0) {
        frame.remaining--;
        frame.index = 0;
      } else {
        this.leave(frame);
      }
    }
  }

  private leave(frame: Frame): void {
    this.frames.pop();
    const opened = frame.kind === "file" ? this.conditions.closeTo(frame.conditions) : undefined;
    if (opened !== undefined) this.host.report(diagnosticAt("error", "%if without %endif", opened));
  }

  private process(raw: PlacedLine): readonly Token[] | undefined {
    const call = this.frames.at(-1)?.call;
    const first = raw.tokens[0];
    const conditional = splitConditional(first);
    if (!this.conditions.active && conditional === undefined) return undefined;
    if (raw.problem !== undefined) throw raw.problem;
    const tokens = this.fillContextNames(call === undefined ? raw.tokens : call.fill(raw.tokens));
    if (conditional !== undefined && first !== undefined) {
      this.conditions.step(conditional, first, () => evaluateCondition(this, conditional, first, tokens.slice(1)));
      return undefined;
    }
    const directive = first?.kind === "percent" ? DIRECTIVES.get(first.text.slice(1).toLowerCase()) : undefined;
    if (first === undefined) return undefined;
    if (directive !== undefined) {
      directive(this, first, tokens.slice(1));
      return undefined;
    }
    return this.expandLine(tokens);
  }

  private expandLine(tokens: readonly Token[]): readonly Token[] | undefined {
    const line = this.macros.expand(tokens);
    const stray = line.find((t) => t.kind === "percent");
    if (stray !== undefined) throw new SourceProblem(`unknown preprocessor directive or parameter \`${stray.text}\``, stray);
    return this.callMacro(line) ? undefined : line;
  }

  /** If the line is `[label:] macro parameters`, begin the expansion. */
  private callMacro(line: readonly Token[]): boolean {
    for (const at of [0, 1, 2]) {
      const token = line[at];
      if (at === 2 && !isSymbol(line[1], ":")) return false;
      if (token?.kind !== "name") continue;
      const candidates = this.multiLine.named(token.text);
      if (candidates.length === 0) continue;
      const label = line.slice(0, Math.min(at, 1));
      if (this.isBeingExpanded(token.text)) continue;
      const parameters = line.slice(at + 1);
      this.enterMacro(candidates, token, label, parameters);
      return true;
    }
    return false;
  }

  /** A macro does not expand itself: inside it the name is the instruction again. */
  private isBeingExpanded(name: string): boolean {
    return this.frames.some((f) => f.kind === "macro" && f.call?.macro.name.toLowerCase() === name.toLowerCase());
  }

  private enterMacro(candidates: readonly MultiLineMacro[], use: Token, label: readonly Token[], tokens: readonly Token[]): void {
    const given = splitParameters(tokens);
    for (const macro of candidates) {
      const parameters = bindParameters(macro, given);
      if (parameters === undefined) continue;
      const usesLabel = macro.body.some((l) => l.tokens.some((t) => t.text === "%00"));
      this.push("macro", macro.body, new MacroCall(macro, parameters, this.nextId++, use, label));
      if (label.length > 0 && !usesLabel) this.pushLabel(label, use);
      return;
    }
    throw new SourceProblem(`macro \`${use.text}\` does not take ${given.length} parameters`, use);
  }

  private pushLabel(label: readonly Token[], use: Token): void {
    const tokens: readonly Token[] = [...label, { ...use, kind: "symbol", text: ":" }];
    this.push("file", [{ line: use.line, tokens }], this.frames.at(-1)?.call);
  }

  /** `%$name`, `%$$name`: names local to the innermost contexts of %push. */
  private fillContextNames(tokens: readonly Token[]): readonly Token[] {
    if (!tokens.some((t) => t.kind === "percent" && t.text.startsWith("%$"))) return tokens;
    return tokens.map((t) => {
      const parts = t.kind === "percent" ? /^%(\$+)(.*)$/.exec(t.text) : null;
      if (parts === null) return t;
      const context = this.contexts.at(-parts[1]!.length);
      if (context === undefined) throw new SourceProblem(`\`${t.text}\` stands outside a context (%push)`, t);
      return { ...t, kind: "name" as const, text: `..@c${context.id}.${parts[2]}` };
    });
  }

  private defineBuiltIns(): void {
    const both = (name: string, value: (at: Token) => Token) => {
      this.macros.defineBuiltIn(`__${name}__`, value);
      this.macros.defineBuiltIn(`__?${name}?__`, value);
    };
    both("LINE", (at) => numberTokens(BigInt(at.line.number), at)[0]!);
    both("FILE", (at) => stringToken(at.line.file, at));
    both("BITS", (at) => numberTokens(BigInt(this.host.bits), at)[0]!);
    both("OUTPUT_FORMAT", (at) => retokenize("bin", at)[0]!);
  }

  // What directives use.

  evaluate(tokens: readonly Token[], at: Token): bigint {
    const reader = new TokenReader(this.macros.expand(tokens), at);
    const value = new Evaluator(reader, this.host.scope).expression();
    reader.expectEnd();
    if (value.terms.length > 0) throw new SourceProblem("this needs a plain number, not an address", at);
    if (value.unknown) throw new SourceProblem("this needs a value that is known at this point", at);
    return value.n;
  }

  include(path: string, at: Token | undefined): void {
    let lines = this.files.get(path);
    if (lines === undefined) {
      const text = this.host.readSource(path);
      if (text === undefined) throw new SourceProblem(`there is no file \`${path}\``, at);
      lines = this.linesOf(path, text);
    }
    this.push("file", lines, undefined);
  }

  private linesOf(path: string, text: string): readonly PlacedLine[] {
    const lines = this.files.get(path) ?? rawLines(path, text);
    this.files.set(path, lines);
    return lines;
  }

  /** The raw lines up to the directive that closes the block (which is taken too), nested blocks included. */
  collectBody(opening: readonly string[], closing: readonly string[], at: Token): readonly PlacedLine[] {
    const frame = this.frames.at(-1)!;
    const start = frame.index;
    for (let depth = 1; frame.index < frame.lines.length; ) {
      const first = frame.lines[frame.index++]!.tokens[0];
      const name = first?.kind === "percent" ? first.text.toLowerCase() : "";
      if (opening.includes(name)) depth++;
      if (closing.includes(name) && --depth === 0) return frame.lines.slice(start, frame.index - 1);
    }
    throw new SourceProblem(`\`${at.text}\` without \`${closing[0]}\``, at);
  }

  repeat(lines: readonly PlacedLine[], times: bigint, at: Token): void {
    if (times > 1_000_000n) throw new SourceProblem("%rep repeats too often", at);
    if (times > 0n && lines.length > 0) this.push("rep", lines, this.frames.at(-1)?.call, Number(times));
  }

  /** Leave the innermost %rep or macro at once. */
  exit(kind: "rep" | "macro", at: Token): void {
    const depth = this.frames.findLastIndex((f) => f.kind === kind);
    if (depth < 0) throw new SourceProblem(`\`${at.text}\` stands outside %${kind}`, at);
    this.conditions.closeTo(this.frames[depth]!.conditions);
    this.frames.length = depth;
  }

  get currentCall(): MacroCall | undefined {
    return this.frames.at(-1)?.call;
  }

  pushContext(name: string): void {
    this.contexts.push({ name, id: this.nextId++ });
  }

  /** Read nothing more (%fatal). */
  stop(): void {
    this.frames.length = 0;
  }
}
