// Virtual model-specific registers: the same as the processor's own (wasm/system/msr.ts, mtrr.ts), as fields of the virtual state. SDM 4
// "Model-Specific Registers (MSRs)". Not here: the effect of memory types, machine checks.
import * as STATE from "../../../wasm/abi/state.js";
import { EFER_NXE } from "../state.js";
import type { Environment, Outcome } from "./emulate.js";
import { type Guest, GuestException, VECTOR_GP } from "./guest.js";

const IA32_TSC = 0x10;
const IA32_APIC_BASE = 0x1b;
const IA32_FEATURE_CONTROL = 0x3a;
const IA32_BIOS_UPDT_TRIG = 0x79;
const IA32_MCG_STATUS = 0x17a;
const IA32_MISC_ENABLE = 0x1a0;
const IA32_EFER = 0xc0000080;
const ANY = 0xffffffffffffffffn;
const APIC_BASE_WRITABLE = 0xffffff900n;
const MISC_FIXED = 0x1800n;
/** Fast strings, limit CPUID maxval, XD disable; and what is fixed. */
const MISC_WRITABLE = MISC_FIXED | 1n | (1n << 22n) | (1n << 34n);
const XD_DISABLE = 1n << 34n;

/** A register: where its value is kept, and whether it takes a value. */
interface Register {
  readonly at: number;
  accepts(value: bigint): boolean;
}

const masked = (at: number, bits: bigint): Register => ({ at, accepts: (value) => (value & ~bits) === 0n });

/** UC WC WT WP WB, a bit each; the PAT also knows UC-. SDM 3A "Memory Type Range Registers (MTRRs)". */
const TYPES = 0x73;
const PAT_TYPES = 0xf3;
const isType = (value: bigint, types: number) => value < 8n && ((types >> Number(value)) & 1) !== 0;
const areTypes = (value: bigint, types: number) => [0, 8, 16, 24, 32, 40, 48, 56].every((i) => isType((value >> BigInt(i)) & 0xffn, types));
const ADDRESS = 0xffffff000n;

const typesOf = (at: number, types: number): Register => ({ at, accepts: (value) => areTypes(value, types) });
const rangeBase = (at: number): Register => ({
  at,
  accepts: (value) => (value & ~(ADDRESS | 0xffn)) === 0n && isType(value & 0xffn, TYPES),
});
const rangeMask = (at: number): Register => masked(at, ADDRESS | 0x800n);
const defaultType: Register = {
  at: STATE.MSR_MTRR_DEF_TYPE,
  accepts: (value) => (value & ~0xcffn) === 0n && isType(value & 0xffn, TYPES),
};

const FIXED_RANGES = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];

const REGISTERS: ReadonlyMap<number, Register> = new Map([
  [IA32_APIC_BASE, masked(STATE.MSR_APIC_BASE, APIC_BASE_WRITABLE)],
  [IA32_FEATURE_CONTROL, masked(STATE.MSR_FEATURE_CONTROL, 1n)],
  [0x8b, masked(STATE.MSR_BIOS_SIGN, ANY)],
  [0x174, masked(STATE.MSR_SYSENTER_CS, ANY)],
  [0x175, masked(STATE.MSR_SYSENTER_ESP, ANY)],
  [0x176, masked(STATE.MSR_SYSENTER_EIP, ANY)],
  [IA32_MISC_ENABLE, masked(STATE.MSR_MISC_ENABLE, MISC_WRITABLE)],
  [0x277, typesOf(STATE.MSR_PAT, PAT_TYPES)],
  [0x2ff, defaultType],
  [IA32_EFER, masked(STATE.EFER, BigInt(EFER_NXE))],
  ...Array.from({ length: 16 }, (_, i): [number, Register] => {
    const at = STATE.MSR_MTRR_VARIABLE + i * 8;
    return [0x200 + i, i & 1 ? rangeMask(at) : rangeBase(at)];
  }),
  ...FIXED_RANGES.map((index, i): [number, Register] => [index, typesOf(STATE.MSR_MTRR_FIXED + i * 8, TYPES)]),
]);

/** Registers that only tell something: IA32_PLATFORM_ID, MTRRCAP, MCG_CAP, MCG_STATUS. */
const CONSTANTS: ReadonlyMap<number, bigint> = new Map([
  [0x17, 0n],
  [0xfe, 0x508n],
  [0x179, 0n],
  [IA32_MCG_STATUS, 0n],
]);

export function readMsr({ state }: Guest, index: number, environment: Environment): bigint {
  if (index === IA32_TSC) return BigInt.asUintN(64, BigInt(environment.now()) + state.u64(STATE.TSC_OFFSET));
  const constant = CONSTANTS.get(index);
  if (constant !== undefined) return constant;
  const register = REGISTERS.get(index);
  if (register) return state.u64(register.at);
  const value = environment.hypervisor?.readMsr(index);
  if (value === undefined) throw new GuestException(VECTOR_GP);
  return value;
}

export function writeMsr({ state }: Guest, index: number, value: bigint, environment: Environment): Outcome {
  if (index === IA32_TSC) {
    state.set64(STATE.TSC_OFFSET, BigInt.asUintN(64, value - BigInt(environment.now())));
    return environment.hypervisor ? { exit: { kind: "msr", index, value } } : {};
  }
  if (index === IA32_BIOS_UPDT_TRIG || (index === IA32_MCG_STATUS && value === 0n)) return {};
  const register = REGISTERS.get(index);
  if (!register && environment.hypervisor?.writeMsr(index, value)) return {};
  if (!register?.accepts(value)) throw new GuestException(VECTOR_GP);
  // Once locked, FEATURE_CONTROL takes nothing; with XD Bit Disable there is no NXE.
  if (index === IA32_FEATURE_CONTROL && state.u64(register.at) & 1n) throw new GuestException(VECTOR_GP);
  if (index === IA32_EFER && value && state.u64(STATE.MSR_MISC_ENABLE) & XD_DISABLE) throw new GuestException(VECTOR_GP);
  state.set64(register.at, index === IA32_MISC_ENABLE ? value | MISC_FIXED : value);
  if (index === IA32_APIC_BASE) return { exit: { kind: "msr", index, value } };
  return { refresh: index === IA32_EFER };
}
