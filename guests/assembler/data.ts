// db, dw, dd, dq, dt, do: lists of numbers, strings and floating-point numbers as bytes.

import { Evaluator, floatText, type Scope } from "./expression.js";
import { encodeFloat, isFloatLiteral } from "./numbers.js";
import { SourceProblem } from "./source.js";
import type { TokenReader } from "./token-reader.js";
import type { Token } from "./tokens.js";
import { resolve } from "./value.js";

/** Bytes of each unit by directive. */
export const DATA_UNITS: Readonly<Record<string, number>> = { db: 1, dw: 2, dd: 4, dq: 8, dt: 10, do: 16, dy: 32, dz: 64 };
export const RESERVE_UNITS: Readonly<Record<string, number>> = {
  resb: 1,
  resw: 2,
  resd: 4,
  resq: 8,
  rest: 10,
  reso: 16,
  resy: 32,
  resz: 64,
};

export function parseData(reader: TokenReader, unit: number, scope: Scope, warn: (message: string) => void): number[] {
  const bytes: number[] = [];
  new DataParser(reader, unit, scope, warn).list(bytes);
  reader.expectEnd();
  return bytes;
}

class DataParser {
  constructor(
    private readonly reader: TokenReader,
    private readonly unit: number,
    private readonly scope: Scope,
    private readonly warn: (message: string) => void,
  ) {}

  list(out: number[]): void {
    do this.item(out);
    while (this.reader.acceptSymbol(","));
  }

  private item(out: number[]): void {
    if (this.text(out) || this.float(out)) return;
    const { reader, unit } = this;
    const at = reader.position()!;
    const value = new Evaluator(reader, this.scope).expression();
    if (reader.acceptName("dup") !== undefined) {
      this.duplicate(out, Number(value.n));
      return;
    }
    if (unit > 8) throw new SourceProblem("only floating-point numbers and strings have this size", at);
    const n = resolve(value);
    if (n === undefined) throw new SourceProblem("the expression is not one address plus a number", at);
    if (!value.unknown && outOfRange(n, unit)) this.warn(`${n} does not fit in ${unit * 8} bits`);
    pushNumber(out, n, unit);
  }

  /** A lone string, or `?` for a zero. */
  private text(out: number[]): boolean {
    const { reader, unit } = this;
    const token = reader.peek();
    if (token === undefined || !this.endsAfter(0)) return false;
    if (token.kind === "string") pushString(out, token.text, unit);
    else if (reader.peekSymbol("?")) pushNumber(out, 0n, unit);
    else return false;
    reader.next();
    return true;
  }

  /** Does the item end after so many more tokens? */
  private endsAfter(ahead: number): boolean {
    const next = this.reader.peek(ahead + 1);
    return next === undefined || (next.kind === "symbol" && (next.text === "," || next.text === ")"));
  }

  private float(out: number[]): boolean {
    const { reader } = this;
    const signed = reader.peekSymbol("-") || reader.peekSymbol("+") ? 1 : 0;
    const token = reader.peek(signed);
    if (token === undefined || !isFloat(token) || !this.endsAfter(signed)) return false;
    const bits = encodeFloat(floatText(token), this.unit, reader.peekSymbol("-"));
    if (bits === undefined) throw new SourceProblem("no floating-point format has this size", token);
    for (let i = 0; i <= signed; i++) reader.next();
    pushNumber(out, bits, this.unit);
    return true;
  }

  /** `8 dup (1, 2)`. */
  private duplicate(out: number[], count: number): void {
    const { reader } = this;
    const unit: number[] = [];
    if (reader.acceptSymbol("(")) {
      this.list(unit);
      reader.expectSymbol(")");
    } else {
      this.item(unit);
    }
    for (let i = 0; i < count; i++) out.push(...unit);
  }
}

function isFloat(token: Token): boolean {
  if (token.kind === "number") return isFloatLiteral(token.text);
  return token.kind === "name" && floatText(token) !== token.text;
}

function outOfRange(n: bigint, unit: number): boolean {
  const bits = BigInt(unit * 8);
  return n >= 1n << bits || n < -(1n << (bits - 1n));
}

function pushNumber(out: number[], n: bigint, unit: number): void {
  for (let i = 0; i < unit; i++) out.push(Number((n >> BigInt(8 * i)) & 0xffn));
}

/** A string fills whole units, with zeros after it. */
function pushString(out: number[], text: string, unit: number): void {
  for (const c of text) out.push(c.charCodeAt(0));
  for (let rest = text.length % unit; rest !== 0 && rest < unit; rest++) out.push(0);
}
