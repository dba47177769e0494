// What a guest of the road pv can reach, by the tables that the processor walks for it and by its segments: looked at without the VMM's own
// books. docs/hypercalls.md, "Page tables", is what must hold.
import * as PV from "../../core/vmm/pv/abi.js";
import { PRESENT, WRITABLE } from "../../core/vmm/pv/frames.js";
import type { VcpuState } from "../../core/vmm/state.js";
import * as STATE from "../../wasm/abi/state.js";
import { OFFSET, PAGE, SHARED_INFO, VMM_PAGE_TABLE } from "./domain.js";

const ENTRIES = 1024;
const FIRST = OFFSET / PAGE;
const SHARED = SHARED_INFO / PAGE;
/** Bits 7 and 8: large page or PAT, global. */
const REFUSED = 0x180;
const USER = 4;
const SEGMENT_PRESENT = 0x80;
/** Segment registers that the VMM alone loads, as core/vmm/pv/vmm-pages.ts says. */
const SYSTEM = [
  [STATE.GDTR_BASE, PV.VMM_BASE],
  [STATE.GDTR_LIMIT, 39],
  [STATE.IDTR_BASE, PV.VMM_BASE],
  [STATE.IDTR_LIMIT, 0],
] as const;
/** PE, MP, ET, NE, WP and PG; OSFXSR and OSXMMEXCPT. */
const [CR0, CR4] = [0x80010033, 0x600];

/** Host frames that the VMM has promised to keep in order. */
export type Pinned = readonly (readonly [frame: number, use: "table" | "directory"])[];

export class Reach {
  private readonly words: Uint32Array;
  /** Of each frame of the guest, whether it was found so. */
  private readonly writable: Uint8Array;
  private readonly tables: Uint8Array;

  /** `ram`: the host's; `frames`: how many the guest has. */
  constructor(
    ram: Uint8Array,
    private readonly frames: number,
  ) {
    this.words = new Uint32Array(ram.buffer, ram.byteOffset, ram.length / 4);
    this.writable = new Uint8Array(frames);
    this.tables = new Uint8Array(frames);
  }

  /** `state`: what the processor has, or would go on with. Names what is wrong, or undefined. */
  check(state: VcpuState, pinned: Pinned): string | undefined {
    this.writable.fill(0);
    this.tables.fill(0);
    let wrong = checkSegments(state) ?? this.directory(state.u32(STATE.CR3) >>> 12);
    for (const [frame, use] of pinned) wrong ??= use === "table" ? this.table(frame) : this.directory(frame);
    if (wrong) return wrong;
    const both = this.tables.findIndex((isTable, n) => isTable !== 0 && this.writable[n] !== 0);
    return both < 0 ? undefined : `the guest can write to its table in frame ${both}`;
  }

  private owns(frame: number): boolean {
    return frame >= FIRST && frame < FIRST + this.frames;
  }

  private directory(frame: number): string | undefined {
    if (!this.owns(frame)) return `a page directory is ${frame.toString(16)}, no frame of the guest`;
    if (this.tables[frame - FIRST]) return undefined;
    this.tables[frame - FIRST] = 1;
    const at = frame * ENTRIES;
    for (let i = 0; i < PV.VMM_FIRST_SLOT; i++) {
      const entry = this.words[at + i]!;
      if (!(entry & PRESENT)) continue;
      const wrong = entry & REFUSED ? `a directory has the entry ${entry.toString(16)}` : this.table(entry >>> 12);
      if (wrong) return wrong;
    }
    const vmms = this.words[at + PV.VMM_FIRST_SLOT]!;
    if (vmms >>> 12 !== VMM_PAGE_TABLE / PAGE || vmms & (WRITABLE | USER)) return `the VMM's entry of a directory is ${vmms.toString(16)}`;
    const last = this.words[at + ENTRIES - 1]!;
    return last & PRESENT ? `the last entry of a directory is ${last.toString(16)}` : undefined;
  }

  private table(frame: number): string | undefined {
    if (!this.owns(frame)) return `a page table is ${frame.toString(16)}, no frame of the guest`;
    if (this.tables[frame - FIRST]) return undefined;
    this.tables[frame - FIRST] = 1;
    const at = frame * ENTRIES;
    for (let i = 0; i < ENTRIES; i++) {
      const entry = this.words[at + i]!;
      if (!(entry & PRESENT)) continue;
      const page = entry >>> 12;
      const owned = this.owns(page);
      if (entry & REFUSED || (!owned && page !== SHARED)) return `a table has the entry ${entry.toString(16)}`;
      if (owned && entry & WRITABLE) this.writable[page - FIRST] = 1;
    }
    return undefined;
  }
}

/** Rings 1 and 3, flat segments below the VMM, and no system register but the VMM's. */
function checkSegments(state: VcpuState): string | undefined {
  if (state.cpl !== 1 && state.cpl !== 3) return `the guest is in ring ${state.cpl}`;
  if (state.u32(STATE.CR0) !== CR0 || state.u32(STATE.CR4) !== CR4) return "CR0 or CR4 is the guest's";
  for (let n = STATE.ES; n <= STATE.GS; n++) {
    const { base, limit, access } = state.segment(n);
    if (!(access & SEGMENT_PRESENT)) continue;
    const ring = (access >>> 5) & 3;
    if (base !== 0 || limit !== PV.VMM_BASE - 1 || (ring !== 1 && ring !== 3)) return `segment register ${n} reaches too far`;
  }
  const system = SYSTEM.find(([field, value]) => state.u32(field) !== value);
  if (system) return `a descriptor table is the guest's, at ${state.u32(system[0]).toString(16)}`;
  return state.segment(STATE.TR).base === PV.VMM_BASE + 0x100 ? undefined : "the task register is the guest's";
}
