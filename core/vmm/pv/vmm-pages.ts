// The VMM's pages of a paravirtual guest. One is in the guest's address space, from VMM_BASE on, for supervisors and read-only: what the
// processor must find there while the guest runs, a GDT and a TSS without I/O permission bitmap. Segment limits keep the guest from it, and it
// holds no secret. The others: its page table, and the shared-information page, which the guest maps where it likes.
//
// What SGDT, SIDT and STR show to a guest is this.
import * as STATE from "../../../wasm/abi/state.js";
import type { SegmentRegister } from "../../cpu/segment.js";
import type { Host } from "../host.js";
import type { VcpuState } from "../state.js";
import { KERNEL_CODE, KERNEL_DATA, USER_CODE, USER_DATA, VMM_BASE } from "./abi.js";
import { PRESENT } from "./frames.js";
import type { HostMemory } from "./host-memory.js";

const PAGE = 4096;
/** Host pages that a guest's VMM takes. */
export const PV_PAGES = 3;
/** Present and accessed, so that the processor changes nothing; for a page dirty as well. */
const TABLE_ENTRY = PRESENT | 0x20;
const PAGE_ENTRY = TABLE_ENTRY | 0x40;
/** 4 KiB units, 32-bit. */
const FLAT = 0xc;
const GDT_LIMIT = 5 * 8 - 1;
const TSS_AT = 0x100;
const TSS_SELECTOR = 0x28;
const TSS_LIMIT = 0x67;
const IO_MAP_BASE = 0x66;

/** Access bytes: present, accessed; code readable, data writable. */
const ACCESS: Readonly<Record<number, number>> = { [KERNEL_CODE]: 0xbb, [KERNEL_DATA]: 0xb3, [USER_CODE]: 0xfb, [USER_DATA]: 0xf3 };
const SELECTORS = Object.keys(ACCESS).map(Number);
const NULL_SEGMENT: SegmentRegister = { selector: 0, base: 0, limit: 0, access: 0 };

/** What the descriptor of a selector makes of a segment register; null where there is none. Any RPL. */
export function segmentOf(selector: number): SegmentRegister {
  const known = SELECTORS.find((own) => (own & ~3) === (selector & ~3));
  return known === undefined ? NULL_SEGMENT : { selector, base: 0, limit: VMM_BASE - 1, access: (FLAT << 12) | ACCESS[known]! };
}

export class VmmPages {
  /** Host-physical. */
  readonly sharedInfo: number;
  private readonly pageTable: number;
  private readonly tables: number;

  constructor(
    host: Host,
    private readonly memory: HostMemory,
  ) {
    this.tables = host.pages.allocate();
    this.pageTable = host.pages.allocate();
    this.sharedInfo = host.pages.allocate();
    for (const page of [this.tables, this.pageTable, this.sharedInfo]) memory.writeBytes(page, new Uint8Array(PAGE));
    memory.write(this.pageTable, this.tables | PAGE_ENTRY);
    const limit = VMM_BASE / PAGE - 1;
    for (const selector of SELECTORS) {
      const at = this.tables + (selector & ~7);
      memory.write(at, limit & 0xffff);
      memory.write(at + 4, (FLAT << 20) | (limit & 0xf0000) | (ACCESS[selector]! << 8));
    }
    memory.write(this.tables + TSS_AT + (IO_MAP_BASE & ~3), (TSS_LIMIT + 1) << 16);
  }

  /** Entries of every page directory from VMM_FIRST_SLOT on. */
  get directoryEntries(): readonly number[] {
    return [this.pageTable | TABLE_ENTRY];
  }

  /** The VMM's share of a guest's state: descriptor tables as they lie at VMM_BASE. */
  install(state: VcpuState): void {
    state.set(STATE.GDTR_BASE, VMM_BASE);
    state.set(STATE.GDTR_LIMIT, GDT_LIMIT);
    // Nothing goes through an IDT.
    state.set(STATE.IDTR_BASE, VMM_BASE);
    state.set(STATE.IDTR_LIMIT, 0);
    state.setSegment(STATE.LDTR, NULL_SEGMENT);
    state.setSegment(STATE.TR, { selector: TSS_SELECTOR, base: VMM_BASE + TSS_AT, limit: TSS_LIMIT, access: 0x8b });
  }

  clearSharedInfo(): void {
    this.memory.writeBytes(this.sharedInfo, new Uint8Array(PAGE));
  }
}
