// The quick ways of x87 instructions against the general ones: the same registers, flags, pointers and memory for the same input. An
// unmasked precision exception keeps an instruction that rounds from its quick way, a pending error (reported as FERR#, so that the
// instruction goes on) keeps any; neither changes anything else.
import { beforeEach, expect, test } from "vitest";
import { CODE, cpu, DATA, execute, powerOn, ram } from "../testing/protected-mode.js";

const CASES = 1024;
const ROUNDS = Number(process.env["RINGSIDE_X87_ROUNDS"] ?? 6);

// A case: the FNSAVE image to begin with, the memory operand, the image and EFLAGS to end with.
const STRIDE = 256;
const OPERAND = 112;
const RESULT = 128;
const FLAGS = RESULT + 108;
const IMAGE_STATUS = 4;
const IMAGE_REGISTERS = 28;

const [PE, PM] = [0x20, 0x20];
const [ES, BUSY] = [0x80, 0x8000];
const ALL = CASES * STRIDE;

/** Mulberry32. */
let state = 1;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}
const below = (n: number) => random() % n;
const chance = (percent: number) => below(100) < percent;

const TOP = 0x8000000000000000n;
const random64 = () => (BigInt(random()) << 32n) | BigInt(random());

/** Significands of all sorts, most of them with the top bit: random, few bits at either end, a tie at some precision, all ones. */
function significand(): bigint {
  const bits = BigInt(below(64));
  switch (below(7)) {
    case 0:
      return (random64() << bits) | TOP;
    case 1:
      return TOP | (random64() & 7n);
    case 2:
      return TOP | (((random64() >> bits) | 1n) << (bits >> 1n));
    case 3:
      return 0xffffffffffffffffn << bits;
    case 4:
      return ((TOP | random64()) & ~((2n << bits) - 1n)) | (1n << bits);
    default:
      return TOP | random64();
  }
}

/** Biased exponents: near 1, near those of single and double precision's ends, extremes, special ones. */
function exponent(): number {
  const near = (n: number) => (n + below(7) - 3) & 0x7fff;
  switch (below(16)) {
    case 0:
      return near(16383 - 127 - 24 * below(2));
    case 1:
      return near(16383 + 127);
    case 2:
      return near(16383 - 1023 - 53 * below(2));
    case 3:
      return near(16383 + 1023);
    case 4:
      return near(below(2) * 64);
    case 5:
      return near(0x7fff);
    case 6:
      return below(0x8000);
    default:
      return 16383 + below(140) - 70;
  }
}

interface Number80 {
  readonly sig: bigint;
  readonly signExponent: number;
}

function number80(): Number80 {
  const sign = chance(50) ? 0x8000 : 0;
  if (chance(6)) return { sig: 0n, signExponent: sign };
  if (chance(3)) return { sig: random64() >> BigInt(below(64)), signExponent: sign | (chance(50) ? 0 : random() & 0x7fff) };
  return { sig: significand(), signExponent: sign | exponent() };
}

/** A number that is the other one but for a few bits, or lies where the other one's rounding is decided. */
function partner(a: Number80): Number80 {
  const flip = chance(50) ? 0x8000 : 0;
  switch (below(6)) {
    case 0:
      return { sig: (a.sig ^ (random64() >> BigInt(below(64)))) | TOP, signExponent: a.signExponent ^ flip };
    case 1:
      return { sig: a.sig, signExponent: a.signExponent ^ 0x8000 };
    case 2:
      return { sig: significand(), signExponent: (a.signExponent ^ flip) + below(5) - 2 };
    case 3:
      return { sig: significand(), signExponent: (a.signExponent ^ flip) - 62 + below(6) };
    case 4:
      return { sig: 0xffffffffffffffffn << BigInt(below(3)), signExponent: (a.signExponent ^ 0x8000) - 1 };
    default:
      return number80();
  }
}

function put80(at: number, { sig, signExponent }: Number80): void {
  ram.setBigUint64(at, sig & 0xffffffffffffffffn, true);
  ram.setUint16(at + 8, signExponent & 0xffff, true);
}

type Memory = "f32" | "f64" | "f80" | "i16" | "i32" | "i64";

/** What a number would be in memory, or near it. */
function putOperand(at: number, kind: Memory, value: Number80): void {
  const sign = (value.signExponent >> 15) & 1;
  const exp = value.signExponent & 0x7fff;
  const fraction = value.sig & ~TOP;
  const narrow = (bias: number, max: number) => BigInt(Math.max(0, Math.min(max, exp - 16383 + bias)));
  if (kind === "f80") put80(at, value);
  else if (kind === "f64") ram.setBigUint64(at, (BigInt(sign) << 63n) | (narrow(1023, 2047) << 52n) | (fraction >> 11n), true);
  else if (kind === "f32") ram.setUint32(at, Number((BigInt(sign) << 31n) | (narrow(127, 255) << 23n) | (fraction >> 40n)), true);
  else ram.setBigInt64(at, BigInt.asIntN(64, chance(10) ? 0n : (sign ? -value.sig : value.sig) >> BigInt(below(64))), true);
}

/** A control word with all exceptions masked, most often, and rounding to nearest, most often. */
function controlWord(): number {
  const masks = chance(80) ? 0x3f : (random() & 0x3f) | PM;
  const rounding = chance(75) ? 0 : below(4);
  return masks | 0x40 | (chance(50) ? 0x300 : below(4) << 8) | (rounding << 10);
}

/** Fill all cases; most registers are not empty, so that few stacks over- or underflow. */
function makeCases(depth: number, memory: Memory): void {
  for (let at = DATA; at < DATA + ALL; at += STRIDE) {
    const control = controlWord();
    const top = below(8);
    const status = (top << 11) | (random() & 0x4700) | (random() & control & 0x1f) | (chance(10) ? 0x40 : 0);
    const [a, b] = chance(50)
      ? [number80(), number80()]
      : [{ sig: significand(), signExponent: exponent() | (random() & 0x8000) }, undefined];
    let tags = chance(95) ? 0xffff << (depth * 2) : random() & random();
    tags &= 0xffff;
    for (let i = 0; i < 8; i++) put80(at + IMAGE_REGISTERS + 10 * i, i === 0 ? a : i === 1 && b ? b : partner(a));
    const turn = top * 2;
    for (const [field, value] of [control, status, ((tags << turn) | (tags >> (16 - turn))) & 0xffff, 0x1234, 0, 0x5678, 0].entries()) {
      ram.setUint32(at + field * 4, value, true);
    }
    putOperand(at + OPERAND, memory, chance(50) ? partner(a) : number80());
    cpu.ram.fill(0, at + RESULT, at + STRIDE);
  }
}

/** Run an instruction on all cases; the memory they leave. */
function run(instruction: readonly number[], cases: Uint8Array): Uint8Array {
  cpu.ram.set(cases, DATA);
  const loop = [0xdd, 0x26, ...instruction, 0x9c, 0x58, 0x89, 0x86, FLAGS, 0, 0, 0, 0xdd, 0xb6, RESULT, 0, 0, 0];
  const step = [0x81, 0xc6, STRIDE & 0xff, STRIDE >> 8, 0, 0, 0x49];
  const back = -(loop.length + step.length + 2);
  expect(execute([...loop, ...step, 0x75, back & 0xff], { esi: DATA, ecx: CASES })).toMatchObject({ vector: -1 });
  return cpu.ram.slice(DATA, DATA + ALL);
}

/** The cases with the precision exception unmasked, and pending or not. */
function general(cases: Uint8Array, pending: number): Uint8Array {
  const changed = cases.slice();
  for (let at = 0; at < ALL; at += STRIDE) {
    changed[at]! &= ~PM;
    changed[at + IMAGE_STATUS]! |= pending;
  }
  return changed;
}

/** Make what general() changed, and what follows from it, equal in all cases. */
function level(cases: Uint8Array, pending: number): Uint8Array {
  const mask = ~(ES | BUSY | pending);
  const view = new DataView(cases.buffer);
  for (let at = 0; at < ALL; at += STRIDE) {
    for (const image of [at, at + RESULT]) {
      cases[image]! |= PM;
      view.setUint16(image + IMAGE_STATUS, view.getUint16(image + IMAGE_STATUS, true) & mask, true);
    }
  }
  return cases;
}

function expectSame(quick: Uint8Array, slow: Uint8Array, pending: number): void {
  const [a, b] = [level(quick, pending), level(slow, pending)];
  if (Buffer.compare(a, b) === 0) return;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  const from = at - (at % STRIDE);
  expect(Buffer.from(a.slice(from, from + STRIDE)).toString("hex")).toBe(Buffer.from(b.slice(from, from + STRIDE)).toString("hex"));
}

interface Form {
  readonly name: string;
  readonly opcode: number;
  /** modrm of a register form, or the reg field of a memory form. */
  readonly modrm?: number;
  readonly reg?: number;
  readonly memory?: Memory;
  /** A push: half of the registers are left empty. */
  readonly pushes?: boolean;
}

const register = (name: string, opcode: number, modrm: number, pushes = false): Form => ({ name, opcode, modrm, pushes });
const memory = (name: string, opcode: number, reg: number, kind: Memory, pushes = false): Form => ({
  name,
  opcode,
  reg,
  memory: kind,
  pushes,
});
const ARITHMETIC = ["add", "mul", "com", "comp", "sub", "subr", "div", "divr"];

const FORMS: readonly Form[] = [
  ...ARITHMETIC.flatMap((name, n) => [
    register(`f${name} st, st(i)`, 0xd8, 0xc0 + 8 * n),
    memory(`f${name} m32`, 0xd8, n, "f32"),
    memory(`f${name} m64`, 0xdc, n, "f64"),
    memory(`fi${name} m16`, 0xde, n, "i16"),
    memory(`fi${name} m32`, 0xda, n, "i32"),
  ]),
  ...["add", "mul", "subr", "sub", "divr", "div"].flatMap((name, i) => [
    register(`f${name} st(i), st`, 0xdc, 0xc0 + 8 * [0, 1, 4, 5, 6, 7][i]!),
    register(`f${name}p`, 0xde, 0xc0 + 8 * [0, 1, 4, 5, 6, 7][i]!),
  ]),
  register("fucom", 0xdd, 0xe0),
  register("fucomp", 0xdd, 0xe8),
  register("fucompp", 0xda, 0xe9),
  register("fcompp", 0xde, 0xd9),
  register("fcomi", 0xdb, 0xf0),
  register("fcomip", 0xdf, 0xf0),
  register("fucomi", 0xdb, 0xe8),
  register("fucomip", 0xdf, 0xe8),
  register("ftst", 0xd9, 0xe4),
  register("fxch", 0xd9, 0xc8),
  register("fchs", 0xd9, 0xe0),
  register("fabs", 0xd9, 0xe1),
  register("fld st(i)", 0xd9, 0xc0, true),
  register("fld1", 0xd9, 0xe8, true),
  register("fldz", 0xd9, 0xee, true),
  register("fst st(i)", 0xdd, 0xd0),
  register("fstp st(i)", 0xdd, 0xd8),
  memory("fld m32", 0xd9, 0, "f32", true),
  memory("fld m64", 0xdd, 0, "f64", true),
  memory("fld m80", 0xdb, 5, "f80", true),
  memory("fild m16", 0xdf, 0, "i16", true),
  memory("fild m32", 0xdb, 0, "i32", true),
  memory("fild m64", 0xdf, 5, "i64", true),
  memory("fst m32", 0xd9, 2, "f32"),
  memory("fstp m32", 0xd9, 3, "f32"),
  memory("fst m64", 0xdd, 2, "f64"),
  memory("fstp m64", 0xdd, 3, "f64"),
  memory("fstp m80", 0xdb, 7, "f80"),
  memory("fist m16", 0xdf, 2, "i16"),
  memory("fistp m16", 0xdf, 3, "i16"),
  memory("fist m32", 0xdb, 2, "i32"),
  memory("fistp m32", 0xdb, 3, "i32"),
  memory("fistp m64", 0xdf, 7, "i64"),
  memory("fisttp m16", 0xdf, 1, "i16"),
  memory("fisttp m32", 0xdb, 1, "i32"),
  memory("fisttp m64", 0xdd, 1, "i64"),
];

/** ST(i) for register forms that name one: D8 to DF with modrm C0 to FF, but for those whose low bits are opcode. */
const FIXED = new Set(["fucompp", "fcompp", "ftst", "fchs", "fabs", "fld1", "fldz"]);

function encode(form: Form): number[] {
  if (form.reg !== undefined) return [form.opcode, 0x46 | (form.reg << 3), OPERAND];
  return [form.opcode, form.modrm! + (FIXED.has(form.name) ? 0 : below(8))];
}

beforeEach(powerOn);

test.each(FORMS)("$name does the same the quick way and the general way", (form) => {
  for (let round = 0; round < ROUNDS; round++) {
    const instruction = encode(form);
    makeCases(form.pushes ? 4 : 8, form.memory ?? "f64");
    const cases = cpu.ram.slice(DATA, DATA + ALL);
    expectSame(run(instruction, cases), run(instruction, general(cases, 0)), 0);
    expectSame(run(instruction, cases), run(instruction, general(cases, PE)), PE);
  }
});
