// Shadow paging in guest mode, as on the first processors with hardware assist: the guest runs on the VMM's shadow tables, with real mode and
// unpaged code on one that maps linear to the same physical addresses. Page faults and accesses to CR0, CR3 and CR4 are intercepted, where the
// guest would see or change what is the VMM's. INVLPG is not: shadow tables never lag behind the guest's, since stores to those are traced; so it
// only has to reach the processor's TLB, which it does.
//
// Not here: task switches (the processor would load CR3 from the guest's TSS), CR4.PGE (global pages are shadowed as others).
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import * as SVM from "../../../wasm/abi/svm.js";
import { readControl, writeControl } from "../control-registers.js";
import type { DeviceStep } from "../device-step.js";
import type { TranslationStep } from "../events/record.js";
import type { ExitRecorder } from "../exit-recorder.js";
import { type GuestMemory, PAGE } from "../guest-memory.js";
import type { Host } from "../host.js";
import { ERROR_FETCH, ERROR_U, ERROR_W, type GuestAccess, isPaged } from "../shadow/guest-walk.js";
import type { Verdict } from "../shadow/shadow-client.js";
import { shadowClient } from "../shadow/shadow-client.js";
import { SHADOW_PAGES, ShadowPaging } from "../shadow/shadow-paging.js";
import { StatePaging } from "../shadow/state-paging.js";
import { VERDICTS } from "../shadow/verdicts.js";
import { CR0_PG, CR0_TS, CR0_WP, CR4_PAE, EFER_NXE, FLAG_AC } from "../state.js";
import { guestSteps, paeSteps } from "../translation-steps.js";
import type { Vcpu } from "../vcpu.js";
import { type ControlAccess, decodeControlAccess } from "./control-access.js";
import type { GuestMode } from "./guest-mode.js";
import type { Fault, HwPaging } from "./paging.js";
import { EFER_SVME, type Vmcb } from "./vmcb.js";

export const SHADOWED_PAGES = SHADOW_PAGES;
const VECTOR_DF = 8;
const VECTOR_GP = 13;
const VECTOR_PF = 14;
const EXIT_PF = SVM.VMEXIT_EXCEPTION + VECTOR_PF;
const CR4_PGE = 0x80;
/** What of CR0 is the VMM's while the guest runs. */
const CR0_OWN = (CR0_PG | CR0_WP) >>> 0;
const READS = [0, 3, 4].map((n) => SVM.VMEXIT_CR_READ + n);
const WRITES = [0, 3, 4].map((n) => SVM.VMEXIT_CR_WRITE + n);

export class ShadowedPaging implements HwPaging {
  readonly intercepts = [EXIT_PF, SVM.VMEXIT_TASK_SWITCH, SVM.VMEXIT_CR0_SEL_WRITE, ...READS.slice(1), ...WRITES.slice(1)];
  private readonly shadow: ShadowPaging;
  private flushWanted = true;
  /** The guest's own registers, while it runs on others. */
  private readonly own = { cr0: 0, cr3: 0, cr4: 0, efer: 0, pdptes: new Uint8Array(32) };
  /** Whose root CR3 has. */
  private root = { at: 0, generation: -1 };

  constructor(
    private readonly host: Host,
    private readonly memory: GuestMemory,
    private readonly vcpu: Vcpu,
    private readonly recorder: ExitRecorder,
    private readonly devices: DeviceStep,
    /** Pages have come, gone or moved: what is `inside` must be left. */
    changed: () => void,
  ) {
    this.shadow = new ShadowPaging(host.cpu, host.pages, memory, shadowClient(host, vcpu));
    memory.onChange(() => {
      this.shadow.reset();
      changed();
    });
  }

  private get pdptes(): Uint8Array {
    return this.vcpu.state.bytes.subarray(STATE.PDPTES, STATE.PDPTES + 32);
  }

  private findRoot(): number {
    const { state } = this.vcpu;
    const { own, root } = this;
    const isKnown =
      root.generation === this.shadow.generation &&
      own.cr3 === state.u32(STATE.CR3) &&
      own.cr4 === state.cr4 &&
      own.efer === state.u32(STATE.EFER) &&
      ((own.cr0 ^ state.cr0) & CR0_OWN) === 0 &&
      !(state.cr4 & CR4_PAE);
    if (isKnown) return root.at;
    const at = this.shadow.root(new StatePaging(state), "both");
    root.generation = this.shadow.generation;
    return at;
  }

  entering(vmcb: Vmcb): boolean {
    const { own, root } = this;
    const { state } = this.vcpu;
    const at = this.findRoot();
    own.cr0 = state.cr0;
    own.cr3 = state.u32(STATE.CR3);
    own.cr4 = state.cr4;
    own.efer = state.u32(STATE.EFER);
    own.pdptes.set(this.pdptes);
    const cr0 = (own.cr0 | CR0_OWN) >>> 0;
    vmcb.set(SVM.VMCB_CR0, cr0);
    vmcb.set(SVM.VMCB_CR3, at);
    vmcb.set(SVM.VMCB_CR4, (own.cr4 | CR4_PAE) & ~CR4_PGE);
    vmcb.set(SVM.VMCB_EFER, EFER_NXE | EFER_SVME);
    vmcb.intercept(SVM.VMEXIT_CR_READ, cr0 !== own.cr0);
    vmcb.intercept(SVM.VMEXIT_CR_WRITE, cr0 !== own.cr0);
    const flush = this.shadow.takeFlush() || this.flushWanted || at !== root.at;
    root.at = at;
    this.flushWanted = false;
    return flush;
  }

  left(): void {
    const { own } = this;
    const { state } = this.vcpu;
    state.set(STATE.CR0, (state.cr0 & ~CR0_OWN) | (own.cr0 & CR0_OWN));
    state.set(STATE.CR3, own.cr3);
    state.set(STATE.CR4, own.cr4);
    state.set(STATE.EFER, own.efer);
    this.pdptes.set(own.pdptes);
  }

  fault(code: number, mode: GuestMode): Fault | undefined {
    if (code === SVM.VMEXIT_TASK_SWITCH) return { refused: "the guest switches tasks, and shadow paging has no task switches" };
    if (code !== EXIT_PF) return undefined;
    const error = mode.vmcb.get(SVM.VMCB_EXITINFO1);
    const linear = mode.vmcb.get(SVM.VMCB_EXITINFO2);
    const verdict = this.judge(linear, error);
    const paging = new StatePaging(this.vcpu.state);
    if (verdict.kind === "hidden") return "again";
    if (verdict.kind === "true") return this.trueFault(mode, linear, verdict.code);
    if (verdict.kind === "trace") this.shadow.openTrace(paging, "both", linear);
    else if (verdict.kind === "mmio") {
      const page = verdict.physical < 2 ** 32 ? this.devices.pageFor(verdict.physical) : undefined;
      if (page === undefined) return { refused: `the guest accesses ${verdict.physical.toString(16)}, where no memory can be` };
      this.shadow.openDevice(paging, "both", linear, page);
    }
    return "opened";
  }

  /** What a page fault is, counted and recorded. */
  private judge(linear: number, error: number): Verdict {
    const { recorder } = this;
    const { state, counters } = this.vcpu;
    const paging = new StatePaging(state);
    const access: GuestAccess = {
      write: (error & ERROR_W) !== 0,
      user: (error & ERROR_U) !== 0,
      fetch: (error & ERROR_FETCH) !== 0,
      exempt: (state.flags & FLAG_AC) !== 0,
    };
    const guestTables = recorder.recording ? guestSteps(this.memory, paging, linear) : [];
    const before = this.shadowSteps(linear);
    const verdict = this.shadow.fault(paging, "both", linear, access);
    const { reason, events, action, is } = VERDICTS[verdict.kind];
    recorder.decided(reason, "shadow pager", action);
    for (const event of events) counters.count(event);
    if (recorder.recording) {
      recorder.translated(linear, access.fetch ? "fetch" : access.write ? "write" : "read", [...guestTables, ...before], is);
      recorder.changed(before, this.shadowSteps(linear));
    }
    return verdict;
  }

  private shadowSteps(linear: number): readonly TranslationStep[] {
    if (!this.recorder.recording) return [];
    return paeSteps("shadow", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), this.root.at, linear);
  }

  /**
   * #PF for the guest, in the place of what was being delivered. SDM 3A table "Conditions for Generating a Double Fault": a page fault while one
   * is delivered makes #DF, while #DF is delivered a shutdown.
   */
  private trueFault(mode: GuestMode, linear: number, error: number): Fault {
    const first = mode.pendingException;
    if (first === VECTOR_DF) return "shutdown";
    mode.setField(STATE.CR2, SVM.VMCB_CR2, linear);
    const double = first === VECTOR_PF;
    const vector = double ? VECTOR_DF : VECTOR_PF;
    const code = double ? 0 : error;
    mode.raise(vector, code);
    return "again";
  }

  handle(code: number, mode: GuestMode): boolean | "step" {
    if (!READS.includes(code) && !WRITES.includes(code) && code !== SVM.VMEXIT_CR0_SEL_WRITE) return false;
    const { state } = this.vcpu;
    const access = decodeControlAccess(state, (linear) => this.byteAt(linear));
    if (!access) return "step";
    mode.decided(code, "emulator", `emulate ${access.name}`);
    this.vcpu.counters.count("emulations");
    if (this.emulate(access, mode)) mode.skipTo((state.rip + access.length) >>> 0);
    else mode.raise(VECTOR_GP, 0);
    return true;
  }

  private byteAt(linear: number): number | undefined {
    const physical = this.translate(linear);
    return physical === undefined ? undefined : this.memory.read8(physical);
  }

  /** False: #GP(0). */
  private emulate({ name, control, register, size }: ControlAccess, mode: GuestMode): boolean {
    const { state } = this.vcpu;
    if (name === "MOV from control register" || name === "SMSW") {
      mode.setRegister(register, size, readControl(state, control));
      return true;
    }
    // Of paging. What the guest's TLB may have kept goes, as it would for the guest.
    this.flushWanted = true;
    const value = state.register(register);
    if (name === "CLTS") return writeControl(state, this.memory, 0, state.cr0 & ~CR0_TS);
    if (name === "LMSW") return writeControl(state, this.memory, 0, (state.cr0 & ~14) | (value & 15));
    return writeControl(state, this.memory, control, value);
  }

  close(): void {
    this.shadow.closeTraces();
    this.shadow.closeDevices();
  }

  stateChanged(): void {
    this.flushWanted = true;
    this.shadow.reset();
  }

  memoryWritten(physical: number, length: number): void {
    for (let at = physical; at < physical + length; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      const page = this.memory.page(at);
      const start = at % PAGE;
      if (page) this.shadow.stored(page.address, start, Math.min(PAGE, start + physical + length - at));
    }
  }

  translate(linear: number): number | undefined {
    const paging = new StatePaging(this.vcpu.state);
    if (!isPaged(paging)) return linear;
    const walk = this.shadow.walker.walk(paging, linear, undefined);
    return walk.present ? walk.physical : undefined;
  }

  tableSteps(linear: number): readonly TranslationStep[] {
    const root = this.shadow.knownRoot(new StatePaging(this.vcpu.state), "both");
    return root === undefined ? [] : paeSteps("shadow", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), root, linear);
  }

  isWatched(hostPage: number): boolean {
    return this.memory.traces.isTraced(hostPage);
  }
}
