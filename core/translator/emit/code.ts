/**
 * Writes WebAssembly instructions into a growing byte array. One method for each instruction that the translator needs; the numbers are
 * those of the WebAssembly core specification, "Index of Instructions". It checks nothing: the engine validates what comes out.
 */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;
/** Block type of a block that leaves nothing. */
export const VOID = 0x40;

/** One-byte instructions without immediates, by their names in the specification's text format with `.` written as `_`. */
export const OP = {
  unreachable: 0x00,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_le_u: 0x4d,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i64_eqz: 0x50,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i64_le_u: 0x58,
  i64_ge_s: 0x59,
  i64_ge_u: 0x5a,
  f64_eq: 0x61,
  f64_ne: 0x62,
  f64_lt: 0x63,
  f64_gt: 0x64,
  i32_clz: 0x67,
  i32_ctz: 0x68,
  i32_popcnt: 0x69,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i32_rem_s: 0x6f,
  i32_rem_u: 0x70,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  i32_rotl: 0x77,
  i32_rotr: 0x78,
  i64_clz: 0x79,
  i64_ctz: 0x7a,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_div_s: 0x7f,
  i64_div_u: 0x80,
  i64_rem_s: 0x81,
  i64_rem_u: 0x82,
  i64_and: 0x83,
  i64_or: 0x84,
  i64_xor: 0x85,
  i64_shl: 0x86,
  i64_shr_s: 0x87,
  i64_shr_u: 0x88,
  i64_rotl: 0x89,
  i64_rotr: 0x8a,
  f64_abs: 0x99,
  f64_neg: 0x9a,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  f64_convert_i32_s: 0xb7,
  f64_convert_i64_s: 0xb9,
  f64_promote_f32: 0xbb,
  i64_reinterpret_f64: 0xbd,
  f64_reinterpret_i64: 0xbf,
  i32_extend8_s: 0xc0,
  i32_extend16_s: 0xc1,
  i64_extend32_s: 0xc4,
} as const;

/** Loads and stores, by name. */
export const MEMORY = {
  i32_load: 0x28,
  i64_load: 0x29,
  f32_load: 0x2a,
  f64_load: 0x2b,
  i32_load8_s: 0x2c,
  i32_load8_u: 0x2d,
  i32_load16_s: 0x2e,
  i32_load16_u: 0x2f,
  i32_store: 0x36,
  i64_store: 0x37,
  f32_store: 0x38,
  f64_store: 0x39,
  i32_store8: 0x3a,
  i32_store16: 0x3b,
} as const;

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const RETURN_CALL = 0x12;
const RETURN_CALL_INDIRECT = 0x13;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const SIMD = 0xfd;

/** Which way an `if` mostly goes. WebAssembly branch hinting proposal. */
export interface BranchHint {
  /** Offset of the instruction. */
  readonly at: number;
  readonly likely: boolean;
}

/** Code that was taken out, to stand behind other code. */
export interface Fragment {
  readonly bytes: Uint8Array;
  readonly hints: readonly BranchHint[];
}

/** What is not an `if` among open constructs. */
const NO_IF = -1;

export class Code {
  bytes: Uint8Array;
  length = 0;
  /** How many block, loop and if are open. A branch to a label opened when the depth was d (before it) has index `depth - d - 1`. */
  depth = 0;
  /** For each open construct, the offset of its `if`, or NO_IF; and whether its `else` has come. */
  private readonly open: { at: number; otherwise: boolean }[] = [];
  private readonly likely = new Map<number, boolean>();

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity);
  }

  reset(): void {
    this.length = 0;
    this.depth = 0;
    this.open.length = 0;
    this.likely.clear();
  }

  /** The arm that is being written is seldom entered: engines keep what it needs out of the way of the rest. */
  seldom(): void {
    const innermost = this.open.at(-1);
    if (innermost && innermost.at !== NO_IF) this.likely.set(innermost.at, innermost.otherwise);
  }

  get hints(): readonly BranchHint[] {
    return [...this.likely].map(([at, likely]) => ({ at, likely })).sort((a, b) => a.at - b.at);
  }

  /** Take out all that has been written. */
  cut(): Fragment {
    const fragment = { bytes: this.bytes.slice(0, this.length), hints: this.hints };
    this.reset();
    return fragment;
  }

  paste({ bytes, hints }: Fragment): void {
    for (const { at, likely } of hints) this.likely.set(at + this.length, likely);
    this.append(bytes);
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + bytes));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): this {
    if (this.length === this.bytes.length) this.room(1);
    this.bytes[this.length++] = value;
    return this;
  }

  append(other: Uint8Array): this {
    this.room(other.length);
    this.bytes.set(other, this.length);
    this.length += other.length;
    return this;
  }

  /** Unsigned LEB128 of a 32-bit value. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit value. */
  signed(value: number): this {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return this.byte(rest & 0x7f);
  }

  /** One-byte instructions of OP, in order. */
  op(...codes: number[]): this {
    for (const code of codes) this.byte(code);
    return this;
  }

  i32(value: number): this {
    return this.byte(I32_CONST).signed(value);
  }

  /** A 64-bit constant that fits in 32 bits, sign-extended. */
  i64(value: number): this {
    return this.byte(I64_CONST).signed(value);
  }

  /** Any 64-bit constant. */
  i64Wide(value: bigint): this {
    this.byte(I64_CONST);
    let rest = BigInt.asIntN(64, value);
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    return this.byte(Number(rest & 0x7fn));
  }

  get(local: number): this {
    return this.byte(LOCAL_GET).unsigned(local);
  }

  set(local: number): this {
    return this.byte(LOCAL_SET).unsigned(local);
  }

  tee(local: number): this {
    return this.byte(LOCAL_TEE).unsigned(local);
  }

  globalGet(global: number): this {
    return this.byte(GLOBAL_GET).unsigned(global);
  }

  globalSet(global: number): this {
    return this.byte(GLOBAL_SET).unsigned(global);
  }

  /** A load or store of MEMORY. The alignment hint is always one byte. */
  memory(instruction: number, offset = 0): this {
    return this.byte(instruction).unsigned(0).unsigned(offset);
  }

  /** A SIMD instruction without immediates, by its number after the FD prefix. */
  simd(instruction: number): this {
    return this.byte(SIMD).unsigned(instruction);
  }

  /** A SIMD load or store (v128.load is 0, v128.store is 11, v128.load64_zero is 93, ...). */
  simdMemory(instruction: number, offset = 0): this {
    return this.simd(instruction).unsigned(0).unsigned(offset);
  }

  /** A SIMD instruction with a lane number. */
  simdLane(instruction: number, lane: number): this {
    return this.simd(instruction).byte(lane);
  }

  call(func: number): this {
    return this.byte(CALL).unsigned(func);
  }

  /** Call through table 0. */
  callIndirect(type: number): this {
    return this.byte(CALL_INDIRECT).unsigned(type).unsigned(0);
  }

  returnCall(func: number): this {
    return this.byte(RETURN_CALL).unsigned(func);
  }

  returnCallIndirect(type: number): this {
    return this.byte(RETURN_CALL_INDIRECT).unsigned(type).unsigned(0);
  }

  private opened(at: number): void {
    this.open.push({ at, otherwise: false });
    this.depth++;
  }

  block(type = VOID): this {
    this.opened(NO_IF);
    return this.byte(BLOCK).byte(type);
  }

  loop(type = VOID): this {
    this.opened(NO_IF);
    return this.byte(LOOP).byte(type);
  }

  if(type = VOID): this {
    this.opened(this.length);
    return this.byte(IF).byte(type);
  }

  else(): this {
    this.open.at(-1)!.otherwise = true;
    return this.byte(ELSE);
  }

  end(): this {
    this.open.pop();
    this.depth--;
    return this.byte(END);
  }

  br(index: number): this {
    return this.byte(BR).unsigned(index);
  }

  brIf(index: number): this {
    return this.byte(BR_IF).unsigned(index);
  }

  /** A branch that is seldom taken. */
  brIfSeldom(index: number): this {
    this.likely.set(this.length, false);
    return this.brIf(index);
  }

  brTable(indices: readonly number[], otherwise: number): this {
    this.byte(BR_TABLE).unsigned(indices.length);
    for (const index of indices) this.unsigned(index);
    return this.unsigned(otherwise);
  }
}
