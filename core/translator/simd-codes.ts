/** Numbers of WebAssembly's vector instructions (after the FD prefix) and floating-point instructions, and vector constants. */
import type { Code } from "./emit/code.js";

/** By their names in the specification's text format with `.` written as `_`. */
export const SIMD = {
  v128_load: 0x00,
  v128_load64_splat: 0x0a,
  v128_store: 0x0b,
  v128_const: 0x0c,
  i8x16_shuffle: 0x0d,
  i32x4_splat: 0x11,
  i64x2_splat: 0x12,
  i16x8_extract_lane_u: 0x19,
  i16x8_replace_lane: 0x1a,
  i32x4_extract_lane: 0x1b,
  i32x4_replace_lane: 0x1c,
  i64x2_extract_lane: 0x1d,
  i64x2_replace_lane: 0x1e,
  f32x4_extract_lane: 0x1f,
  f32x4_replace_lane: 0x20,
  f64x2_extract_lane: 0x21,
  f64x2_replace_lane: 0x22,
  i8x16_eq: 0x23,
  i8x16_gt_s: 0x27,
  i16x8_eq: 0x2d,
  i16x8_gt_s: 0x31,
  i32x4_eq: 0x37,
  i32x4_gt_s: 0x3b,
  f32x4_eq: 0x41,
  f32x4_lt: 0x43,
  f32x4_le: 0x45,
  f64x2_eq: 0x47,
  f64x2_lt: 0x49,
  f64x2_le: 0x4b,
  v128_not: 0x4d,
  v128_and: 0x4e,
  v128_andnot: 0x4f,
  v128_or: 0x50,
  v128_xor: 0x51,
  v128_load64_lane: 0x57,
  v128_store32_lane: 0x5a,
  v128_store64_lane: 0x5b,
  v128_load32_zero: 0x5c,
  v128_load64_zero: 0x5d,
  f32x4_demote_f64x2_zero: 0x5e,
  f64x2_promote_low_f32x4: 0x5f,
  i8x16_bitmask: 0x64,
  i8x16_narrow_i16x8_s: 0x65,
  i8x16_narrow_i16x8_u: 0x66,
  f32x4_nearest: 0x6a,
  i8x16_add: 0x6e,
  i8x16_add_sat_s: 0x6f,
  i8x16_add_sat_u: 0x70,
  i8x16_sub: 0x71,
  i8x16_sub_sat_s: 0x72,
  i8x16_sub_sat_u: 0x73,
  i8x16_min_u: 0x77,
  i8x16_max_u: 0x79,
  i8x16_avgr_u: 0x7b,
  i16x8_extadd_pairwise_i8x16_u: 0x7d,
  i32x4_extadd_pairwise_i16x8_u: 0x7f,
  i16x8_narrow_i32x4_s: 0x85,
  i16x8_shl: 0x8b,
  i16x8_shr_s: 0x8c,
  i16x8_shr_u: 0x8d,
  i16x8_add: 0x8e,
  i16x8_add_sat_s: 0x8f,
  i16x8_add_sat_u: 0x90,
  i16x8_sub: 0x91,
  i16x8_sub_sat_s: 0x92,
  i16x8_sub_sat_u: 0x93,
  f64x2_nearest: 0x94,
  i16x8_mul: 0x95,
  i16x8_min_s: 0x96,
  i16x8_max_s: 0x98,
  i16x8_avgr_u: 0x9b,
  i32x4_bitmask: 0xa4,
  i32x4_shl: 0xab,
  i32x4_shr_s: 0xac,
  i32x4_shr_u: 0xad,
  i32x4_add: 0xae,
  i32x4_sub: 0xb1,
  i32x4_dot_i16x8_s: 0xba,
  i32x4_extmul_low_i16x8_s: 0xbc,
  i32x4_extmul_high_i16x8_s: 0xbd,
  i32x4_extmul_low_i16x8_u: 0xbe,
  i32x4_extmul_high_i16x8_u: 0xbf,
  i64x2_bitmask: 0xc4,
  i64x2_shl: 0xcb,
  i64x2_shr_u: 0xcd,
  i64x2_add: 0xce,
  i64x2_sub: 0xd1,
  i64x2_eq: 0xd6,
  i64x2_extmul_low_i32x4_u: 0xde,
  f32x4_abs: 0xe0,
  f32x4_neg: 0xe1,
  f32x4_sqrt: 0xe3,
  f32x4_add: 0xe4,
  f32x4_sub: 0xe5,
  f32x4_mul: 0xe6,
  f32x4_div: 0xe7,
  f32x4_pmin: 0xea,
  f32x4_pmax: 0xeb,
  f64x2_abs: 0xec,
  f64x2_neg: 0xed,
  f64x2_sqrt: 0xef,
  f64x2_add: 0xf0,
  f64x2_sub: 0xf1,
  f64x2_mul: 0xf2,
  f64x2_div: 0xf3,
  f64x2_pmin: 0xf6,
  f64x2_pmax: 0xf7,
  i32x4_trunc_sat_f32x4_s: 0xf8,
  f32x4_convert_i32x4_s: 0xfa,
  i32x4_trunc_sat_f64x2_s_zero: 0xfc,
  f64x2_convert_low_i32x4_s: 0xfe,
} as const;

/** One-byte instructions on scalars. */
export const FLOAT = {
  f32_eq: 0x5b,
  f32_lt: 0x5d,
  f64_eq: 0x61,
  f64_lt: 0x63,
  f32_abs: 0x8b,
  f32_nearest: 0x90,
  f32_sqrt: 0x91,
  f32_add: 0x92,
  f32_sub: 0x93,
  f32_mul: 0x94,
  f32_div: 0x95,
  f64_abs: 0x99,
  f64_nearest: 0x9e,
  f64_sqrt: 0x9f,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  f32_convert_i32_s: 0xb2,
  f32_demote_f64: 0xb6,
  f64_convert_i32_s: 0xb7,
  f64_promote_f32: 0xbb,
} as const;

const TRUNCATE_PREFIX = 0xfc;
const TRUNCATE_F32 = 0;
const TRUNCATE_F64 = 2;

/** i32.trunc_sat_f32_s or i32.trunc_sat_f64_s. */
export function truncate(c: Code, double: boolean): void {
  c.byte(TRUNCATE_PREFIX).unsigned(double ? TRUNCATE_F64 : TRUNCATE_F32);
}

/** Push four dwords. */
export function constant(c: Code, dwords: readonly [number, number, number, number]): void {
  c.simd(SIMD.v128_const);
  for (const dword of dwords) for (let shift = 0; shift < 32; shift += 8) c.byte((dword >>> shift) & 0xff);
}

export function zeros(c: Code): void {
  constant(c, [0, 0, 0, 0]);
}

/** Rearrange two vectors: `lanes` names 16, 8, 4 or 2 elements, those of the second vector counted on from the first's. */
export function shuffle(c: Code, lanes: readonly number[]): void {
  const width = 16 / lanes.length;
  c.simd(SIMD.i8x16_shuffle);
  for (const lane of lanes) for (let byte = 0; byte < width; byte++) c.byte(lane * width + byte);
}

/** A vector load or store of one lane. */
export function laneMemory(c: Code, instruction: number, lane: number, offset = 0): void {
  c.simdMemory(instruction, offset).byte(lane);
}
