// Virtual model-specific registers: those of the processor (wasm/system/msr.ts), as fields of the virtual state. SDM 4.
// Not here: MTRRs (CPUID claims them, RDMSR of IA32_MTRRCAP is #GP), machine checks.
import * as STATE from "../../../wasm/abi/state.js";
import { EFER_NXE } from "../state.js";
import type { Environment, Outcome } from "./emulate.js";
import { type Guest, GuestException, VECTOR_GP } from "./guest.js";

const IA32_TSC = 0x10;
const IA32_APIC_BASE = 0x1b;
const IA32_SYSENTER_CS = 0x174;
const IA32_EFER = 0xc0000080;
const APIC_BASE_WRITABLE = 0xffffff900n;

/** Where the value of a plain register is kept, and which bits it has. */
const PLAIN: ReadonlyMap<number, readonly [at: number, bits: bigint]> = new Map([
  [IA32_APIC_BASE, [STATE.MSR_APIC_BASE, APIC_BASE_WRITABLE]],
  [IA32_SYSENTER_CS, [STATE.MSR_SYSENTER_CS, 0xffffffffn]],
  [0x175, [STATE.MSR_SYSENTER_ESP, 0xffffffffn]],
  [0x176, [STATE.MSR_SYSENTER_EIP, 0xffffffffn]],
  [IA32_EFER, [STATE.EFER, BigInt(EFER_NXE)]],
]);

export function readMsr({ state }: Guest, index: number, environment: Environment): bigint {
  if (index === IA32_TSC) return BigInt.asUintN(64, BigInt(environment.now()) + state.u64(STATE.TSC_OFFSET));
  const plain = PLAIN.get(index);
  if (!plain) throw new GuestException(VECTOR_GP);
  return state.u64(plain[0]);
}

export function writeMsr({ state }: Guest, index: number, value: bigint, environment: Environment): Outcome {
  if (index === IA32_TSC) {
    state.set64(STATE.TSC_OFFSET, BigInt.asUintN(64, value - BigInt(environment.now())));
    return {};
  }
  const plain = PLAIN.get(index);
  if (!plain || value & ~plain[1]) throw new GuestException(VECTOR_GP);
  state.set64(plain[0], value);
  if (index === IA32_APIC_BASE) return { exit: { kind: "msr", index, value } };
  return { refresh: index === IA32_EFER };
}
