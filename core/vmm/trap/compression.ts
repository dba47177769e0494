// Ring compression: from the guest's virtual state to one that the real processor may run, and back.
//
//   0/1/3: the guest's ring 0 runs in ring 1, its ring 3 in ring 3; paging keeps the two apart as on bare hardware
//   0/3/3: both run in ring 3, each with page tables of its own
//
// Where this shows. These instructions look at privileged state and do not trap, so they lie (Robin and Irvine 2000):
//   SGDT SIDT STR SLDT      the VMM's tables: the shadow GDT's address, limit 0 for the IDT, the VMM's selectors
//   SMSW                    the real CR0: PE, WP and PG are always set, whatever the guest's are
//   PUSHF                   IF is always 1, IOPL always 0
//   POPF, IRET in ring 3    IF and IOPL are silently kept
//   PUSH CS, MOV r, CS, far CALL's frame; the same of SS     the real ring in the RPL
//   LAR LSL VERR VERW       the real ring in the DPL; code segments of ring 3, and system segments, are not present for ring 0
//   MOV SS, far RET, IRET   with the real ring as RPL: allowed, where bare hardware has #GP
//   CPUID                   the host's
import * as STATE from "../../../wasm/abi/state.js";
import type { ShadowView } from "../shadow/shadow-keys.js";
import {
  CR0_AM,
  CR0_EM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_PAE,
  CR4_TSD,
  EFER_NXE,
  FLAG_I,
  FLAGS_IOPL,
  type VcpuState,
} from "../state.js";
import { CODE, CONFORMING, PRESENT } from "./descriptor.js";
import type { WindowTables } from "./window.js";

export type Compression = "0/1/3" | "0/3/3";

export const RINGS: Readonly<Record<Compression, 1 | 3>> = { "0/1/3": 1, "0/3/3": 3 };

const CR0_GUEST = CR0_MP | CR0_EM | CR0_TS | CR0_NE;
/** TSD DE PCE OSFXSR OSXMMEXCPT. */
const CR4_GUEST = CR4_TSD | CR4_DE | 0x100 | 0x200 | 0x400;
/** The VMM's own selectors, which its own GDT has for its TSS and the guest's shadow LDT: what STR and SLDT show. */
const VMM_TSS = 8;
const VMM_LDT = 16;
const DR6 = STATE.DRS + 48;
const DR7 = STATE.DRS + 56;
const DR7_GD = 1 << 13;
const DATA_SEGMENTS = [STATE.ES, STATE.DS, STATE.FS, STATE.GS];

/** What the road adds to the guest's state. */
export interface RealTables {
  readonly window: WindowTables;
  /** Host-physical address of the shadow PDPT, and its four entries. */
  readonly root: number;
  readonly pdptes: Uint8Array;
}

export function viewOf(compression: Compression, cpl: number): ShadowView {
  if (compression === "0/1/3") return "both";
  return cpl === 3 ? "user" : "kernel";
}

/** DPL `ring` instead of 0; conforming code runs at its caller's privilege and keeps its own. */
function withRing(access: number, ring: number): number {
  if (!(access & PRESENT) || (access & (CODE | CONFORMING)) === (CODE | CONFORMING)) return access;
  return (access & ~0x60) | (ring << 5);
}

/** Fill `real` from the guest's state. `cr4`: bits to set that the guest has not. */
export function compress(guest: VcpuState, real: VcpuState, ring: 1 | 3, tables: RealTables, cr4 = 0): void {
  for (let i = 0; i < real.switched.length; i++) real.switched[i]!.set(guest.switched[i]!);
  const kernel = guest.cpl === 0;
  const cpl = kernel ? ring : 3;
  real.cpl = cpl;
  real.flags = (guest.flags & ~FLAGS_IOPL) | FLAG_I;
  for (const n of [STATE.CS, STATE.SS]) {
    real.setSelector(n, (guest.selector(n) & 0xfffc) | cpl);
    real.setSegmentAccess(n, withRing(guest.segmentAccess(n), cpl));
  }
  if (kernel)
    for (const n of DATA_SEGMENTS) {
      const access = guest.segmentAccess(n);
      if (((access >> 5) & 3) === 0) real.setSegmentAccess(n, withRing(access, ring));
    }
  compressTables(real, tables.window);
  compressControl(guest, real, tables, cr4);
}

function compressTables(real: VcpuState, tables: WindowTables): void {
  const { ldtLimit } = tables;
  real.setSegment(STATE.LDTR, {
    selector: ldtLimit < 0 ? 0 : VMM_LDT,
    base: tables.ldt,
    limit: Math.max(ldtLimit, 0),
    access: ldtLimit < 0 ? 0 : 0x82,
  });
  real.setSegment(STATE.TR, { selector: VMM_TSS, base: tables.tss, limit: tables.tssLimit, access: 0x8b });
  real.set(STATE.GDTR_BASE, tables.gdt);
  real.set(STATE.GDTR_LIMIT, tables.gdtLimit);
  real.set(STATE.IDTR_BASE, tables.idt);
  real.set(STATE.IDTR_LIMIT, 0);
}

function compressControl(guest: VcpuState, real: VcpuState, tables: RealTables, cr4: number): void {
  const alignment = guest.cpl === 3 ? guest.cr0 & CR0_AM : 0;
  real.set(STATE.CR0, CR0_PE | CR0_PG | CR0_WP | CR0_ET | (guest.cr0 & CR0_GUEST) | alignment);
  real.set(STATE.CR3, tables.root);
  real.bytes.set(tables.pdptes, STATE.PDPTES);
  real.set(STATE.CR4, CR4_PAE | (guest.cr4 & CR4_GUEST) | cr4);
  real.set(STATE.EFER, EFER_NXE);
  // SYSENTER must fault: it would go to ring 0.
  real.set(STATE.MSR_SYSENTER_CS, 0);
  real.set(DR7, guest.u32(DR7) & ~DR7_GD);
  real.set(STATE.NMI_BLOCKED, 0);
  real.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
}

/** What the guest changes without the VMM. */
export function copyOpenFields(real: VcpuState, guest: VcpuState): void {
  const [from, to] = [real.open, guest.open];
  for (let i = 0; i < from.length; i++) to[i]!.set(from[i]!);
}

/** The guest's state after it ran: `before` is what compress() made, `dplOf` the DPL that the guest's own tables have for a selector. */
export function decompress(real: VcpuState, before: VcpuState, guest: VcpuState, dplOf: (selector: number) => number): void {
  copyOpenFields(real, guest);
  guest.flags = (real.flags & ~(FLAG_I | FLAGS_IOPL)) | (guest.flags & (FLAG_I | FLAGS_IOPL));
  guest.set(DR6, real.u32(DR6));
  for (let n = STATE.ES; n <= STATE.GS; n++) {
    if (sameSegment(real, before, n)) continue;
    const segment = real.segment(n);
    const own = n === STATE.CS || n === STATE.SS;
    const selector = own ? (segment.selector & 0xfffc) | guest.cpl : segment.selector;
    const conforming = (segment.access & (CODE | CONFORMING)) === (CODE | CONFORMING);
    const dpl = own && !conforming ? guest.cpl : dplOf(segment.selector);
    guest.setSegment(n, {
      ...segment,
      selector,
      access: segment.access & PRESENT ? (segment.access & ~0x60) | (dpl << 5) : segment.access,
    });
  }
}

/** `a`, `b`: records, by address. */
export function sameSegment(a: { readonly words: Uint32Array }, b: { readonly words: Uint32Array }, n: number): boolean {
  const at = (STATE.SEGS + n * STATE.SEG_STRIDE) >> 2;
  for (let i = at; i < at + (STATE.SEG_MARKS >> 2); i++) if (a.words[i] !== b.words[i]) return false;
  return true;
}
