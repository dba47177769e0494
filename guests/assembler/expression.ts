// Expressions of NASM: 64-bit arithmetic over constants, labels and (in effective addresses) registers, evaluated as they are read.

import { encodeFloat, isFloatLiteral, parseInteger } from "./numbers.js";
import { findRegister, type RegisterName } from "./registers.js";
import type { Position } from "./source.js";
import { SourceProblem } from "./source.js";
import type { TokenReader } from "./token-reader.js";
import type { Token } from "./tokens.js";
import { add, isScalar, scalar, scale, type Value } from "./value.js";

/** What names and `$` mean where the expression stands. */
export interface Scope {
  /** `$`. */
  here(): Value;
  /** `$$`. */
  sectionStart(): Value;
  /** A symbol's value; a value marked unknown if a later pass will know it; throws SourceProblem otherwise. */
  lookup(name: string, at: Position): Value;
}

/** Which register of an effective address the source asks to be the base, or not to be it (`eax*1`). */
export interface BaseHint {
  register?: RegisterName;
  kind: "none" | "base" | "not-base";
}

type Binary = (a: bigint, b: bigint) => bigint;
const truth = (b: boolean): bigint => (b ? 1n : 0n);
const unsigned = (n: bigint): bigint => BigInt.asUintN(64, n);
const shiftCount = (n: bigint): bigint => {
  const count = unsigned(n);
  return count > 64n ? 64n : count;
};

/** Binary operators, loosest first; each level is left-associative. */
const LEVELS: readonly Readonly<Record<string, Binary>>[] = [
  { "||": (a, b) => truth(a !== 0n || b !== 0n) },
  { "^^": (a, b) => truth((a !== 0n) !== (b !== 0n)) },
  { "&&": (a, b) => truth(a !== 0n && b !== 0n) },
  {
    "=": (a, b) => truth(a === b),
    "==": (a, b) => truth(a === b),
    "<>": (a, b) => truth(a !== b),
    "!=": (a, b) => truth(a !== b),
    "<": (a, b) => truth(a < b),
    "<=": (a, b) => truth(a <= b),
    ">": (a, b) => truth(a > b),
    ">=": (a, b) => truth(a >= b),
    "<=>": (a, b) => truth(a > b) - truth(a < b),
  },
  { "|": (a, b) => a | b },
  { "^": (a, b) => a ^ b },
  { "&": (a, b) => a & b },
  {
    "<<": (a, b) => a << shiftCount(b),
    "<<<": (a, b) => a << shiftCount(b),
    ">>": (a, b) => unsigned(a) >> shiftCount(b),
    ">>>": (a, b) => a >> shiftCount(b),
  },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  {
    "*": (a, b) => a * b,
    "/": (a, b) => unsigned(a) / unsigned(b),
    "//": (a, b) => a / b,
    "%": (a, b) => unsigned(a) % unsigned(b),
    "%%": (a, b) => a % b,
  },
];
const DIVISIONS = new Set(["/", "//", "%", "%%"]);

export class Evaluator {
  readonly hint: BaseHint = { kind: "none" };

  constructor(
    private readonly reader: TokenReader,
    private readonly scope: Scope,
    private readonly allowRegisters = false,
  ) {}

  /** A whole expression, `c ? a : b` included (not where a colon means something else: see `conditional`). */
  expression(conditional = true): Value {
    const value = this.binary(0);
    if (!conditional || !this.reader.acceptSymbol("?")) return value;
    const chosen = this.expression();
    this.reader.expectSymbol(":");
    const other = this.expression();
    return value.n !== 0n ? chosen : other;
  }

  private binary(level: number): Value {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const token = this.reader.peek();
      const operator = token?.kind === "symbol" ? operators[token.text] : undefined;
      if (token === undefined || operator === undefined) return left;
      this.reader.next();
      left = this.apply(token, operator, left, this.binary(level + 1));
    }
  }

  private apply(token: Token, operator: Binary, a: Value, b: Value): Value {
    if (token.text === "+") return add(a, b);
    if (token.text === "-") return add(a, b, -1n);
    if (token.text === "*" && (isScalar(a) || isScalar(b))) return this.multiply(a, b);
    const unknown = a.unknown || b.unknown;
    // Addresses of one section compare like numbers.
    if (level3(token.text)) {
      const difference = add(a, b, -1n);
      if (isScalar(difference)) return scalar(operator(difference.n, 0n), unknown);
    }
    if (!isScalar(a) || !isScalar(b)) throw new SourceProblem(`\`${token.text}\` needs plain numbers, not addresses or registers`, token);
    if (DIVISIONS.has(token.text) && b.n === 0n) {
      if (unknown) return scalar(0n, true);
      throw new SourceProblem("division by zero", token);
    }
    return scalar(operator(a.n, b.n), unknown);
  }

  private multiply(a: Value, b: Value): Value {
    const [vector, factor] = isScalar(b) ? [a, b] : [b, a];
    if (this.hint.kind === "base" && vector.terms.some((t) => t.key === this.hint.register)) this.hint.kind = "not-base";
    return scale(vector, factor.n, factor.unknown);
  }

  private unary(): Value {
    const token = this.reader.peek();
    if (token?.kind !== "symbol") return this.primary();
    switch (token.text) {
      case "-":
        this.reader.next();
        return scale(this.unary(), -1n);
      case "+":
        this.reader.next();
        return this.unary();
      case "~":
      case "!": {
        this.reader.next();
        const v = this.unary();
        if (!isScalar(v)) throw new SourceProblem(`\`${token.text}\` needs a plain number`, token);
        return scalar(token.text === "~" ? ~v.n : truth(v.n === 0n), v.unknown);
      }
      default:
        return this.primary();
    }
  }

  private primary(): Value {
    const token = this.reader.next();
    if (token === undefined) return this.reader.fail("expected an expression");
    switch (token.kind) {
      case "number":
        return this.number(token);
      case "string":
        return this.characters(token);
      case "name":
        return this.name(token);
      case "symbol":
        if (token.text === "$") return this.scope.here();
        if (token.text === "$$") return this.scope.sectionStart();
        if (token.text === "(") {
          const value = this.expression();
          this.reader.expectSymbol(")");
          return value;
        }
    }
    throw new SourceProblem(`expected an expression, found \`${token.text}\``, token);
  }

  private number(token: Token): Value {
    const n = parseInteger(token.text);
    if (n !== undefined) return scalar(n);
    const why = isFloatLiteral(token.text) ? "a floating-point number cannot stand in an expression" : `bad number \`${token.text}\``;
    throw new SourceProblem(why, token);
  }

  /** A character constant: the first character is the lowest byte. */
  private characters(token: Token): Value {
    let n = 0n;
    for (let i = Math.min(token.text.length, 8) - 1; i >= 0; i--) n = (n << 8n) | BigInt(token.text.charCodeAt(i));
    return scalar(n);
  }

  private name(token: Token): Value {
    if (token.text.startsWith("$")) return this.scope.lookup(token.text.slice(1), token);
    const register = findRegister(token.text);
    if (register !== undefined) {
      if (!this.allowRegisters) throw new SourceProblem(`register \`${token.text}\` cannot stand here`, token);
      if (this.hint.kind === "none") {
        this.hint.kind = "base";
        this.hint.register = register;
      }
      return { n: 0n, terms: [{ key: register, factor: 1n }], unknown: false };
    }
    const bytes = floatFunctionBytes(token.text);
    if (bytes !== undefined) return this.floatFunction(bytes);
    return this.scope.lookup(token.text, token);
  }

  /** `__?float32?__(1.5)`: the bits of a floating-point literal as an integer. */
  private floatFunction(bytes: number): Value {
    this.reader.expectSymbol("(");
    const negative = this.reader.acceptSymbol("-");
    if (!negative) this.reader.acceptSymbol("+");
    const token = this.reader.next();
    const bits = token === undefined ? undefined : encodeFloat(floatText(token), bytes, negative);
    if (bits === undefined) return this.reader.fail("expected a floating-point number", token);
    this.reader.expectSymbol(")");
    return scalar(bits);
  }
}

function level3(operator: string): boolean {
  return operator in LEVELS[3]!;
}

function floatFunctionBytes(name: string): number | undefined {
  const bits = /^__\??float(8|16|32|64)\??__$/i.exec(name)?.[1];
  return bits === undefined ? undefined : Number(bits) / 8;
}

/** Names NASM gives to values that are not finite, and any other token unchanged. */
export function floatText(token: Token): string {
  const special = /^__\??(infinity|nan|qnan|snan)\??__$/i.exec(token.text)?.[1];
  return special?.toLowerCase() ?? token.text;
}
