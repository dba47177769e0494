// Virtual control registers. SDM 3A "Control Registers".
// Not here: caching (CD and NW are only bits), PCIDs, UMIP, SMEP and SMAP (not offered: the processor would apply them to ring 1).
import * as STATE from "../../../wasm/abi/state.js";
import { CR0_CD, CR0_ET, CR0_NW, CR0_PE, CR0_PG, CR4_PAE, CR4_PGE, CR4_PSE } from "../state.js";
import { type Guest, GuestException, Unsupported, VECTOR_GP } from "./guest.js";

/** PE MP EM TS ET NE WP AM NW CD PG. */
const CR0_WRITABLE = 0xe005003f;
/** VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT. */
const CR4_WRITABLE = 0x7ff;
const CR4_PVI = 2;
/** What a write of CR4 must not change without loading the PDPTEs. */
const CR4_TRANSLATION = CR4_PSE | CR4_PAE | CR4_PGE;
/** Reserved bits of a PDPTE. */
const PDPTE_RESERVED = 0x7ffffff000000000n | (1n << 63n) | 0x1e6n;

/** CR0, 2, 3 or 4: for others the processor raises #UD. */
export function readControl({ state }: Guest, n: number): number {
  return state.u32(n === 0 ? STATE.CR0 : STATE.CR2 + (n - 2) * 8);
}

export function writeControl(guest: Guest, n: number, value: number): void {
  if (n === 0) writeCr0(guest, value);
  else if (n === 2) guest.state.set(STATE.CR2, value);
  else if (n === 3) writeCr3(guest, value);
  else writeCr4(guest, value >>> 0);
}

/** SDM 3A "PDPTE Registers". Throws #GP(0), with the old ones kept. */
function loadPdptes({ state, memory }: Guest, cr3: number): void {
  const entries = [0, 1, 2, 3].map((i) => memory.read64(((cr3 & 0xffffffe0) >>> 0) + i * 8));
  if (entries.some((entry) => entry & 1n && entry & PDPTE_RESERVED)) throw new GuestException(VECTOR_GP);
  for (const [i, entry] of entries.entries()) state.set64(STATE.PDPTES + i * 8, entry);
}

function writeCr0(guest: Guest, wanted: number): void {
  const { state } = guest;
  const value = ((wanted & CR0_WRITABLE) | CR0_ET) >>> 0;
  if (value & CR0_PG && !(value & CR0_PE)) throw new GuestException(VECTOR_GP);
  if (value & CR0_NW && !(value & CR0_CD)) throw new GuestException(VECTOR_GP);
  if (!(value & CR0_PE)) throw new Unsupported("the guest clears CR0.PE, and this road has no real mode");
  if (value & CR0_PG && !(state.cr0 & CR0_PG) && state.cr4 & CR4_PAE) loadPdptes(guest, state.u32(STATE.CR3));
  state.set(STATE.CR0, value);
}

function writeCr3(guest: Guest, value: number): void {
  const { state } = guest;
  if (state.cr0 & CR0_PG && state.cr4 & CR4_PAE) loadPdptes(guest, value);
  state.set(STATE.CR3, value);
}

function writeCr4(guest: Guest, value: number): void {
  const { state } = guest;
  if (value & ~CR4_WRITABLE) throw new GuestException(VECTOR_GP);
  if (value & CR4_PVI) throw new Unsupported("the guest sets CR4.PVI, and this road has no virtual interrupts for ring 3");
  const changed = value ^ state.cr4;
  if (changed & CR4_TRANSLATION && state.cr0 & CR0_PG && value & CR4_PAE) loadPdptes(guest, state.u32(STATE.CR3));
  state.set(STATE.CR4, value);
}
