// A cursor over one line's tokens.

import type { Position } from "./source.js";
import { SourceProblem } from "./source.js";
import { isSymbol, type Token, type TokenKind } from "./tokens.js";

export class TokenReader {
  private index = 0;

  constructor(
    private readonly tokens: readonly Token[],
    /** Reported for problems at the end of the line when it has no tokens. */
    private readonly fallback?: Position,
  ) {}

  get done(): boolean {
    return this.index >= this.tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.index + ahead];
  }

  next(): Token | undefined {
    return this.tokens[this.index++];
  }

  /** Where a problem with the next token, or with its absence, is shown. */
  position(): Position | undefined {
    const token = this.peek();
    if (token !== undefined) return token;
    const last = this.tokens.at(-1);
    return last === undefined ? this.fallback : { line: last.line, column: last.column + last.text.length };
  }

  fail(message: string, at: Position | undefined = this.position()): never {
    throw new SourceProblem(message, at);
  }

  peekSymbol(text: string, ahead = 0): boolean {
    return isSymbol(this.peek(ahead), text);
  }

  acceptSymbol(text: string): boolean {
    if (!this.peekSymbol(text)) return false;
    this.index++;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.acceptSymbol(text)) this.fail(`expected \`${text}\``);
  }

  /** Take the next name if it is one of these (compared without case). */
  acceptName(...names: string[]): string | undefined {
    const token = this.peek();
    if (token?.kind !== "name") return undefined;
    const name = token.text.toLowerCase();
    if (!names.includes(name)) return undefined;
    this.index++;
    return name;
  }

  expect(kind: TokenKind, what: string): Token {
    const token = this.peek();
    if (token?.kind !== kind) this.fail(`expected ${what}`);
    this.index++;
    return token as Token;
  }

  expectEnd(): void {
    if (!this.done) this.fail(`unexpected \`${this.peek()?.text}\` at the end of the line`);
  }

  remaining(): readonly Token[] {
    return this.tokens.slice(this.index);
  }

  rest(): readonly Token[] {
    const rest = this.tokens.slice(this.index);
    this.index = this.tokens.length;
    return rest;
  }
}
