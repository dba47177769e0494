// Nested paging: the guest has its own page tables, and below them the processor walks tables of the VMM, which nested page faults fill.
//
// Large pages where guest and host memory allow. An entry that comes needs no flush, nor does one that leads to a device and goes: the processor
// keeps no translation to what is no memory (wasm/cpu/nested-paging.ts, tlb.ts). All others that go cost one.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as SVM from "../../../wasm/abi/svm.js";
import type { DeviceStep } from "../device-step.js";
import { REASON } from "../events/exit-reasons.js";
import type { TranslationStep, TranslationVerdict } from "../events/record.js";
import type { ExitRecorder } from "../exit-recorder.js";
import { type GuestMemory, PAGE } from "../guest-memory.js";
import type { Host } from "../host.js";
import { HostMemoryError } from "../host-pages.js";
import { ERROR_FETCH, ERROR_W, GuestWalker } from "../shadow/guest-walk.js";
import { StatePaging } from "../shadow/state-paging.js";
import type { VcpuState } from "../state.js";
import { paeSteps } from "../translation-steps.js";
import type { GuestMode } from "./guest-mode.js";
import { NestedTables, type TableMemory } from "./nested-tables.js";
import type { Fault, HwPaging } from "./paging.js";
import type { Vmcb } from "./vmcb.js";

/** Host pages of the tables of a densely mapped guest. */
export const NESTED_PAGES = 5 + 2048;
const LARGE = 2 << 20;

export class NestedPaging implements HwPaging {
  readonly intercepts: readonly number[] = [];
  private readonly walker: GuestWalker;
  private tables: NestedTables;
  private flushWanted = false;
  /** Guest-physical pages that lead to a device for one instruction. */
  private opened: number[] = [];

  constructor(
    private readonly host: Host,
    private readonly memory: GuestMemory,
    private readonly state: VcpuState,
    private readonly recorder: ExitRecorder,
    private readonly devices: DeviceStep,
    /** Pages have come, gone or moved: what is `inside` must be left. */
    changed: () => void,
  ) {
    this.walker = new GuestWalker(memory);
    this.tables = new NestedTables(this.tableMemory());
    memory.onChange(() => {
      this.dropTables();
      changed();
    });
  }

  private tableMemory(): TableMemory {
    const { pages, cpu } = this.host;
    return {
      allocate: () => {
        const page = pages.allocate();
        cpu.ram.fill(0, page, page + PAGE);
        return page;
      },
      free: (page) => pages.release(page),
      read: (address) => cpu.view.getBigUint64(RAM_BASE + address, true),
      write: (address, value) => cpu.view.setBigUint64(RAM_BASE + address, value, true),
    };
  }

  /** The tables are filled anew, by faults. */
  private dropTables(): void {
    this.tables.dispose();
    this.tables = new NestedTables(this.tableMemory());
    this.opened = [];
    this.flushWanted = true;
  }

  entering(vmcb: Vmcb): boolean {
    vmcb.set(SVM.VMCB_NP_ENABLE, 1);
    vmcb.set(SVM.VMCB_N_CR3, this.tables.root);
    const flush = this.flushWanted;
    this.flushWanted = false;
    return flush;
  }

  left(): void {}

  handle(): false {
    return false;
  }

  /** Memory that is not mapped yet; or a device: then its page is there for one instruction. */
  fault(code: number, { vmcb }: GuestMode): Fault | undefined {
    if (code !== SVM.VMEXIT_NPF) return undefined;
    const error = vmcb.get(SVM.VMCB_EXITINFO1);
    const physical = vmcb.getAddress(SVM.VMCB_EXITINFO2);
    const before = this.steps(physical);
    if (this.mapMemory(physical, (error & ERROR_W) !== 0)) {
      this.recorder.decided(REASON.NPF, "nested pager", "map the guest's page");
      this.record(physical, error, before, "hidden fault");
      return "again";
    }
    const page = physical < 2 ** 32 ? this.devices.pageFor(physical) : undefined;
    if (page === undefined) return { refused: `the guest accesses ${physical.toString(16)}, where no memory can be` };
    this.recorder.decided(REASON.NPF, "nested pager", "let one instruction reach the device");
    const guestPhysical = Math.floor(physical / PAGE) * PAGE;
    this.opened.push(guestPhysical);
    this.map(guestPhysical, page, PAGE, true);
    this.record(physical, error, before, "mmio");
    return "opened";
  }

  private steps(physical: number): readonly TranslationStep[] {
    if (!this.recorder.recording) return [];
    return paeSteps("nested", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), this.tables.root, physical);
  }

  private record(physical: number, error: number, before: readonly TranslationStep[], verdict: TranslationVerdict): void {
    if (!this.recorder.recording) return;
    const access = error & ERROR_FETCH ? "fetch" : error & ERROR_W ? "write" : "read";
    this.recorder.translatedPhysical(physical, access, before, verdict);
    this.recorder.changed(before, this.steps(physical));
  }

  close(): void {
    for (const page of this.opened) this.tables.unmap(page, PAGE);
    this.opened = [];
  }

  /** Whether there is memory: then it is mapped now. A store to read-only memory is a device's. */
  private mapMemory(physical: number, write: boolean): boolean {
    const page = this.memory.page(physical);
    if (!page || (page.readOnly && write)) return false;
    const large = this.memory.block(physical, LARGE);
    const { address, readOnly } = large ?? page;
    const size = large ? LARGE : PAGE;
    this.map(Math.floor(physical / size) * size, address, size, !readOnly);
    return true;
  }

  private map(guestPhysical: number, hostPhysical: number, size: number, writable: boolean): void {
    const mapping = { guestPhysical, hostPhysical, size, writable };
    try {
      this.tables.map(mapping);
    } catch (error) {
      if (!(error instanceof HostMemoryError)) throw error;
      this.dropTables();
      this.tables.map(mapping);
    }
  }

  stateChanged(): void {
    this.close();
  }

  /** The tables do not depend on contents. */
  memoryWritten(): void {}

  translate(linear: number): number | undefined {
    const walk = this.walker.walk(new StatePaging(this.state), linear, undefined);
    return walk.present ? walk.physical : undefined;
  }

  /** For the guest-physical address that the guest's tables give. */
  tableSteps(linear: number): readonly TranslationStep[] {
    const physical = this.translate(linear);
    if (physical === undefined || physical >= 2 ** 32) return [];
    return paeSteps("nested", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), this.tables.root, physical);
  }

  isWatched(): false {
    return false;
  }
}
