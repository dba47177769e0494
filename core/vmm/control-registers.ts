// Writes of virtual control registers. SDM 3A "Control Registers", "PDPTE Registers".
// Not here: caching (CD and NW are only bits), PCIDs, UMIP, SMEP and SMAP (no road offers them).
import * as STATE from "../../wasm/abi/state.js";
import type { GuestMemory } from "./guest-memory.js";
import { CR0_CD, CR0_ET, CR0_NW, CR0_PE, CR0_PG, CR4_PAE, CR4_PSE, type VcpuState } from "./state.js";

/** PE MP EM TS ET NE WP AM NW CD PG. */
const CR0_WRITABLE = 0xe005003f;
/** VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT. */
const CR4_WRITABLE = 0x7ff;
const CR4_PGE = 0x80;
/** What a write of CR4 must not change without loading the PDPTEs. */
const CR4_TRANSLATION = CR4_PSE | CR4_PAE | CR4_PGE;
/** Reserved bits of a PDPTE. */
const PDPTE_RESERVED = 0x7ffffff000000000n | (1n << 63n) | 0x1e6n;

/** CR0, 2, 3 or 4: for others the processor raises #UD. */
export function readControl(state: VcpuState, n: number): number {
  return state.u32(n === 0 ? STATE.CR0 : STATE.CR2 + (n - 2) * 8);
}

export function cr0IsValid(value: number): boolean {
  return !(value & CR0_PG && !(value & CR0_PE)) && !(value & CR0_NW && !(value & CR0_CD));
}

export function cr4IsValid(value: number): boolean {
  return (value & ~CR4_WRITABLE) === 0;
}

/** False: the guest gets #GP(0), and nothing has changed. */
export function writeControl(state: VcpuState, memory: GuestMemory, n: number, value: number): boolean {
  if (n === 0) return writeCr0(state, memory, value);
  if (n === 3) return writeCr3(state, memory, value);
  if (n === 4) return writeCr4(state, memory, value);
  state.set(STATE.CR2, value);
  return true;
}

function loadPdptes(state: VcpuState, memory: GuestMemory, cr3: number): boolean {
  const entries = [0, 1, 2, 3].map((i) => memory.read64(((cr3 & 0xffffffe0) >>> 0) + i * 8));
  if (entries.some((entry) => entry & 1n && entry & PDPTE_RESERVED)) return false;
  for (const [i, entry] of entries.entries()) state.set64(STATE.PDPTES + i * 8, entry);
  return true;
}

function writeCr0(state: VcpuState, memory: GuestMemory, wanted: number): boolean {
  const value = ((wanted & CR0_WRITABLE) | CR0_ET) >>> 0;
  if (!cr0IsValid(value)) return false;
  const pages = value & CR0_PG && !(state.cr0 & CR0_PG);
  if (pages && state.cr4 & CR4_PAE && !loadPdptes(state, memory, state.u32(STATE.CR3))) return false;
  state.set(STATE.CR0, value);
  return true;
}

function writeCr3(state: VcpuState, memory: GuestMemory, value: number): boolean {
  if (state.cr0 & CR0_PG && state.cr4 & CR4_PAE && !loadPdptes(state, memory, value)) return false;
  state.set(STATE.CR3, value);
  return true;
}

function writeCr4(state: VcpuState, memory: GuestMemory, value: number): boolean {
  if (!cr4IsValid(value)) return false;
  const loads = (value ^ state.cr4) & CR4_TRANSLATION && state.cr0 & CR0_PG && value & CR4_PAE;
  if (loads && !loadPdptes(state, memory, state.u32(STATE.CR3))) return false;
  state.set(STATE.CR4, value);
  return true;
}
