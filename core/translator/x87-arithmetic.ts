/**
 * FADD, FSUB, FMUL and their kin in line, of ordinary numbers and zeros, rounded to nearest (x87-kernels.ts). All else and division go
 * through the exec functions, with which the results agree in every bit.
 */
import { OP } from "./emit/code.js";
import type { Instruction } from "./emitter.js";
import * as L from "./locals.js";
import type { Emit } from "./simd-operands.js";
import { areNear, isWithZero, product, productWithZero, sum, sumWithZero } from "./x87-kernels.js";
import { areOrdinary, asUsual, type MemoryType, memoryIsPlain, memoryOperand, SIGN } from "./x87-numbers.js";
import { UNUSUAL, UNUSUAL_ROUNDING } from "./x87-stack.js";

interface Operation {
  readonly name: "add" | "mul" | "sub" | "subr";
  /** ST(i) that is the first operand and the destination. */
  readonly to: (i: Instruction) => number;
  /** ST(i) that is the second operand, or what it is in memory. */
  readonly from: ((i: Instruction) => number) | MemoryType;
  readonly pops?: boolean;
}

function arithmetic({ name, to, from, pops }: Operation): Emit {
  return (e, i) => {
    const { code: c, x87 } = e;
    const isMemory = typeof from === "string";
    x87.begin(e);
    const a = x87.full(e, to(i));
    const b = isMemory ? memoryOperand(e, i, from) : x87.full(e, from(i));
    const [flipA, flipB] = [name === "subr" ? SIGN : 0, name === "sub" ? SIGN : 0];
    areOrdinary(e, a, b);
    asUsual(e, UNUSUAL_ROUNDING);
    c.op(OP.i32_and);
    if (name !== "mul") {
      areNear(c, a, b);
      c.op(OP.i32_and);
    }
    const end = () => {
      x87.record(i, isMemory);
      if (pops) x87.pop();
    };
    x87.orExec(
      e,
      i,
      () => {
        const result = x87.write(to(i));
        if (name === "mul") product(e, a, b, result);
        else sum(e, a, b, flipA, flipB, result);
        end();
      },
      {
        check: () => {
          isWithZero(e, a, b);
          if (isMemory) {
            memoryIsPlain(e);
            c.op(OP.i32_and);
          }
          if (name === "mul") return;
          asUsual(e, UNUSUAL);
          c.op(OP.i32_and);
        },
        fast: () => {
          const result = x87.write(to(i));
          if (name === "mul") productWithZero(e, a, b, result);
          else sumWithZero(e, a, b, flipA, flipB, result);
          c.i32(0).set(L.X87_UP).i64(0);
          x87.rounded();
          end();
        },
      },
    );
  };
}

const top = () => 0;
const source = (i: Instruction) => i.src;
const destination = (i: Instruction) => i.dst;

function forms(name: Operation["name"]): [string, Emit][] {
  return [
    [`f${name}Mem32`, arithmetic({ name, to: top, from: "f32" })],
    [`f${name}Mem64`, arithmetic({ name, to: top, from: "f64" })],
    [`f${name}Int16`, arithmetic({ name, to: top, from: "i16" })],
    [`f${name}Int32`, arithmetic({ name, to: top, from: "i32" })],
    [`f${name}St`, arithmetic({ name, to: top, from: source })],
    [`f${name}To`, arithmetic({ name, to: destination, from: top })],
    [`f${name}Pop`, arithmetic({ name, to: destination, from: top, pops: true })],
  ];
}

/** By exec function. */
export const ARITHMETIC: Readonly<Record<string, Emit>> = Object.fromEntries((["add", "mul", "sub", "subr"] as const).flatMap(forms));
