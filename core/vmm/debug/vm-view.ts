// What the hypervisor has in the place of a guest's tables, for who looks: a page-table explorer, a view of descriptors. Nothing is changed by looking.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { SegmentRegister } from "../../cpu/segment.js";
import type { TranslationStep } from "../events/record.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Vcpu } from "../vcpu.js";

const FRAME = 0xffffff000n;
const PAGE = 4096;
const LARGE = 2 << 20;
const PAGE_SIZE = 0x80n;

/** The end of a walk through PAE tables: the page's host-physical address; undefined where it ends early. */
export function pageOf(steps: readonly TranslationStep[], address: number): number | undefined {
  const last = steps.at(-1);
  if (!last || !(last.entry & 1n)) return undefined;
  if (last.table.endsWith(" PTE")) return Number(last.entry & FRAME) + (address % PAGE);
  return last.table.endsWith(" PDE") && last.entry & PAGE_SIZE
    ? Number(last.entry & FRAME & ~BigInt(LARGE - 1)) + (address % LARGE)
    : undefined;
}

export class VmView {
  /** `hostBytes`: linear memory of the host's processor. */
  constructor(
    private readonly vcpu: Vcpu,
    private readonly memory: GuestMemory,
    private readonly hostBytes: Uint8Array,
  ) {}

  /** Entries that the processor walks for a linear address while the guest is at virtual privilege `cpl`, as far as they are there. */
  tableSteps(linear: number, cpl: number): readonly TranslationStep[] {
    return this.vcpu.tableSteps(linear, cpl);
  }

  /** Host-physical address of a guest-physical one, by the VM's slots; undefined: a device. */
  slot(physical: number): { readonly address: number; readonly readOnly: boolean } | undefined {
    const page = this.memory.page(physical);
    return page && { address: page.address + (physical % PAGE), readOnly: page.readOnly };
  }

  /** Whether stores to the host page of this address are stepped. */
  isWatched(hostPhysical: number): boolean {
    return this.vcpu.isWatched(Math.floor(hostPhysical / PAGE) * PAGE);
  }

  /** Whether the processor ran with a state that is not the guest's own. */
  get isCompressed(): boolean {
    return this.vcpu.real !== undefined;
  }

  /** As the processor had it when it last left the guest. */
  segment(n: number): SegmentRegister {
    return (this.vcpu.real ?? this.vcpu.state).segment(n);
  }

  tableRegister(table: "gdt" | "idt"): { readonly base: number; readonly limit: number } {
    const state = this.vcpu.real ?? this.vcpu.state;
    const [base, limit] = table === "gdt" ? [STATE.GDTR_BASE, STATE.GDTR_LIMIT] : [STATE.IDTR_BASE, STATE.IDTR_LIMIT];
    return { base: state.u32(base), limit: state.u32(limit) };
  }

  /** Memory at a linear address as the processor finds it, through the hypervisor's tables; it ends before the first page that is not there. */
  readMemory(linear: number, length: number): Uint8Array {
    const bytes: number[] = [];
    for (let i = 0; i < length; i++) {
      const address = (linear + i) >>> 0;
      const host = pageOf(this.vcpu.tableSteps(address), address);
      if (host === undefined) break;
      bytes.push(this.hostBytes[RAM_BASE + host]!);
    }
    return Uint8Array.from(bytes);
  }
}
