// Hardware assist: the guest runs in guest mode (SVM), in place and with all its rings, until something that the VMM intercepts. Its memory is
// virtualized by nested or by shadow page tables. Real mode and virtual-8086 mode are as on bare hardware, with nested paging task switches too.
//
// Not here: the guest's own use of SVM.
import * as STATE from "../../../wasm/abi/state.js";
import * as SVM from "../../../wasm/abi/svm.js";
import type { AccessSize } from "../../bus/device.js";
import { DeviceStep } from "../device-step.js";
import type { TranslationStep } from "../events/record.js";
import { svmExitName } from "../events/svm-exit-codes.js";
import type { VcpuExit } from "../exit.js";
import { ExitRecorder } from "../exit-recorder.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Host } from "../host.js";
import { refusal, runTurns } from "../run-loop.js";
import { FLAG_I } from "../state.js";
import type { Road, Vcpu } from "../vcpu.js";
import { GUEST_MODE_PAGES, GuestMode } from "./guest-mode.js";
import { NESTED_PAGES, NestedPaging } from "./nested-paging.js";
import type { Fault, HwPaging } from "./paging.js";
import { SHADOWED_PAGES, ShadowedPaging } from "./shadowed-paging.js";

/** What the road takes of the host for itself. */
export const HW_PAGES = GUEST_MODE_PAGES + Math.max(NESTED_PAGES, SHADOWED_PAGES);

/** How a guest's memory is virtualized on this road. */
export type PagingKind = "nested" | "shadow";

const IA32_TSC = 0x10;
const IA32_APIC_BASE = 0x1b;
const IA32_EFER = 0xc0000080;
const APIC_BASE_WRITABLE = 0xffffff900n;
const EFER_NXE = 0x800n;
const VECTOR_UD = 6;
const VECTOR_GP = 13;
/** #BP and #OF: of INT3 and INTO. */
const SOFTWARE_EXCEPTIONS = [3, 4];
const EVENT_VALID = 1 << 31;
const RUN_LIMIT = 1 << 25;
/** Faults of one instruction before the VMM gives up: more than any has pages. */
const MOST_FAULTS = 64;

/** What the guest is left for, always. */
const INTERCEPTS = [
  SVM.VMEXIT_INTR,
  SVM.VMEXIT_NMI,
  SVM.VMEXIT_HLT,
  SVM.VMEXIT_CPUID,
  SVM.VMEXIT_IOIO,
  SVM.VMEXIT_MSR,
  SVM.VMEXIT_SHUTDOWN,
  SVM.VMEXIT_FERR_FREEZE,
  SVM.VMEXIT_VMRUN,
  SVM.VMEXIT_VMMCALL,
  SVM.VMEXIT_VMLOAD,
  SVM.VMEXIT_VMSAVE,
  SVM.VMEXIT_STGI,
  SVM.VMEXIT_CLGI,
  SVM.VMEXIT_SKINIT,
  SVM.VMEXIT_INVLPGA,
];

export class HwRoad implements Road {
  private readonly mode: GuestMode;
  private readonly paging: HwPaging;
  private readonly devices: DeviceStep;
  private readonly recorder: ExitRecorder;
  private complete: ((value: number) => void) | undefined;
  /** The instruction under way waits for a device's answer: it is executed again from its beginning. */
  private stepping = false;

  constructor(
    private readonly host: Host,
    memory: GuestMemory,
    private readonly vcpu: Vcpu,
    paging: PagingKind,
  ) {
    this.recorder = new ExitRecorder(host, memory, vcpu, "hw");
    this.devices = new DeviceStep(host, memory, () => vcpu.mmio);
    const changed = () => this.mode.stateChanged();
    this.paging =
      paging === "nested"
        ? new NestedPaging(host, memory, vcpu.state, this.recorder, this.devices, changed)
        : new ShadowedPaging(host, memory, vcpu, this.recorder, this.devices, changed);
    this.mode = new GuestMode(host, vcpu, this.recorder, this.paging, [...INTERCEPTS, ...this.paging.intercepts]);
    // What the owner keeps track of; and EFER, whose SVME the guest must not see.
    for (const index of [IA32_APIC_BASE, IA32_TSC]) this.mode.interceptMsr(index, false, true);
    this.mode.interceptMsr(IA32_EFER, true, true);
  }

  stateChanged(): void {
    this.recorder.end();
    this.complete = undefined;
    this.stepping = false;
    this.devices.forget();
    this.paging.stateChanged();
    this.mode.stateChanged();
    this.mode.dropEvent();
  }

  memoryWritten(physical: number, length: number): void {
    this.paging.memoryWritten(physical, length);
  }

  translate(linear: number): number | undefined {
    return this.paging.translate(linear);
  }

  tableSteps(linear: number): readonly TranslationStep[] {
    return this.paging.tableSteps(linear);
  }

  isWatched(hostPage: number): boolean {
    return this.paging.isWatched(hostPage);
  }

  completeInput(value: number): void {
    const { complete } = this;
    this.complete = undefined;
    complete?.(value);
  }

  run(count: number): VcpuExit {
    const { host, vcpu } = this;
    host.cpu.deprivileged = false;
    host.ports = vcpu.ports;
    try {
      const exit = runTurns(host, vcpu, count, (left) => this.turn(left));
      if (!this.complete) this.recorder.end();
      return exit;
    } finally {
      host.cpu.deprivileged = true;
      host.ports = undefined;
    }
  }

  private turn(left: number): VcpuExit | undefined {
    const { vcpu, mode } = this;
    const { state } = vcpu;
    const store = this.devices.pendingExit();
    if (store) return store;
    if (this.stepping) return this.step();
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_SHUTDOWN) return { kind: "shutdown" };
    if (vcpu.stops.isHit && !mode.hasEvent) return { kind: "debug" };
    const inject = !vcpu.stops.isHit && this.canInject();
    if (inject && mode.inside) return this.interrupt();
    if (inject) this.inject();
    if (vcpu.windowRequested && vcpu.interruptible) return { kind: "interrupt-window" };
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED) return { kind: "hlt" };
    const isOver = left <= 0 || vcpu.stopRequested;
    if (isOver && !mode.hasEvent) return { kind: "intr" };
    const window = (vcpu.windowRequested || vcpu.queued !== undefined) && !mode.hasEvent;
    if (window && !mode.window && mode.inside) return this.interrupt();
    if (window !== mode.window && !mode.inside) mode.setWindow(window);
    // What is injected is delivered on entry; then a debugger, or the owner, may have the turn.
    const ended = mode.execute(isOver || vcpu.stops.isHit ? 0 : Math.min(left, RUN_LIMIT));
    return ended ? this.handle() : this.floatingPointError();
  }

  private interrupt(): VcpuExit | undefined {
    return this.mode.interrupt() ? this.handle() : this.floatingPointError();
  }

  private floatingPointError(): VcpuExit | undefined {
    if (!this.host.floatingPointError) return undefined;
    this.host.floatingPointError = false;
    return { kind: "fpu-error" };
  }

  /** An NMI or an interrupt waits, and the guest takes it. */
  private canInject(): boolean {
    const { vcpu, mode } = this;
    const { state } = vcpu;
    if (mode.hasEvent || state.u32(STATE.SHADOW)) return false;
    // A debug trap comes first.
    if (state.u32(STATE.PENDING_DEBUG) && !mode.inside) return false;
    return (vcpu.nmiPending && !state.u32(STATE.NMI_BLOCKED)) || (vcpu.queued !== undefined && (state.flags & FLAG_I) !== 0);
  }

  /** With the next entry. */
  private inject(): void {
    const { vcpu, mode, recorder } = this;
    const { state } = vcpu;
    if (vcpu.nmiPending && !state.u32(STATE.NMI_BLOCKED)) {
      vcpu.nmiPending = false;
      mode.inject((SVM.EVENT_NMI << SVM.EVENT_TYPE_SHIFT) | 2);
      recorder.injected({ kind: "nmi", vector: 2 });
      vcpu.stops.interrupted(2);
    } else if (vcpu.queued !== undefined) {
      mode.inject((SVM.EVENT_EXTERNAL << SVM.EVENT_TYPE_SHIFT) | vcpu.queued);
      recorder.injected({ kind: "interrupt", vector: vcpu.queued });
      vcpu.stops.interrupted(vcpu.queued);
      vcpu.queued = undefined;
    }
    state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
  }

  /** The guest has been left: take back what its entry was to deliver. Returns EXITCODE. */
  private begin(): number {
    const code = this.mode.vmcb.exitCode;
    this.deliverAgain();
    return code;
  }

  private handle(): VcpuExit | undefined {
    return this.dispatch(this.begin());
  }

  /** A fault of memory that the exit may be about. It was counted as an instruction; that is right only where it has become an event. */
  private fault(code: number): Fault | undefined {
    const fault = this.paging.fault(code, this.mode);
    if (fault && !this.mode.hasEvent) this.vcpu.tryAgain();
    return fault;
  }

  private dispatch(code: number): VcpuExit | undefined {
    const { mode, paging } = this;
    const { state } = this.vcpu;
    const fault = this.fault(code);
    if (fault) return this.faulted(fault);
    const handled = paging.handle(code, mode);
    if (handled === "step") {
      mode.decided(code, "VMM", "let the processor access the register");
      return this.stepThrough(code);
    }
    if (handled) return undefined;
    switch (code) {
      case SVM.VMEXIT_INTR:
      case SVM.VMEXIT_NMI:
        mode.decided(code, "VMM", "deliver what waits");
        return undefined;
      case SVM.VMEXIT_VINTR:
        mode.decided(code, "VMM", "the guest takes interrupts now");
        return undefined;
      case SVM.VMEXIT_HLT:
        mode.decided(code, "VMM", "halt the virtual processor");
        mode.skipTo(mode.vmcb.get(SVM.VMCB_NRIP));
        if (mode.hasEvent) return undefined;
        state.set(STATE.ACTIVITY, STATE.ACTIVITY_HALTED);
        // Whoever waits for the guest to take an interrupt need not hear that it halts.
        if (this.canInject() || (this.vcpu.windowRequested && this.vcpu.interruptible)) return undefined;
        return this.userExit({ kind: "hlt" });
      case SVM.VMEXIT_CPUID:
        // The processor's own answers, as on bare hardware.
        mode.decided(code, "emulator", "emulate CPUID");
        this.vcpu.counters.count("emulations");
        mode.identify();
        mode.skipTo(mode.vmcb.get(SVM.VMCB_NRIP));
        return undefined;
      case SVM.VMEXIT_IOIO:
        return this.port();
      case SVM.VMEXIT_MSR:
        return this.msr();
      case SVM.VMEXIT_SHUTDOWN:
        mode.decided(code, "VMM", "shut down");
        state.set(STATE.ACTIVITY, STATE.ACTIVITY_SHUTDOWN);
        return this.userExit({ kind: "shutdown" });
      case SVM.VMEXIT_FERR_FREEZE:
        mode.decided(code, "VMM", "signal FERR# and let the instruction complete");
        return this.stepThrough(SVM.VMEXIT_FERR_FREEZE);
      case SVM.VMEXIT_INVALID:
        return this.refuse("the processor refuses to enter the guest with this state");
      default:
        mode.decided(code, "VMM", `${svmExitName(BigInt(code))}: a guest has no SVM`);
        mode.raise(VECTOR_UD);
        return undefined;
    }
  }

  private refuse(message: string): VcpuExit {
    this.recorder.refused(message);
    return refusal(this.vcpu.state, message);
  }

  private userExit(exit: VcpuExit): VcpuExit {
    this.vcpu.counters.count("userExits");
    return exit;
  }

  /** An event whose delivery was cut off comes with the next entry; not that of INT n, INT3 or INTO, which is executed again. */
  private deliverAgain(): void {
    const { vmcb } = this.mode;
    const event = vmcb.get(SVM.VMCB_EXITINTINFO);
    if (!(event & EVENT_VALID)) return;
    const type = (event >> SVM.EVENT_TYPE_SHIFT) & 7;
    const vector = event & 0xff;
    if (type === SVM.EVENT_SOFTWARE || (type === SVM.EVENT_EXCEPTION && SOFTWARE_EXCEPTIONS.includes(vector))) return;
    const hasCode = (event & SVM.EVENT_HAS_CODE) !== 0;
    this.mode.inject((type << SVM.EVENT_TYPE_SHIFT) | vector, hasCode ? vmcb.getHigh(SVM.VMCB_EXITINTINFO) : undefined);
  }

  private port(): VcpuExit | undefined {
    const { mode } = this;
    const { state, counters } = this.vcpu;
    const info = mode.vmcb.get(SVM.VMCB_EXITINFO1);
    if (info & SVM.IOIO_STRING) {
      mode.decided(SVM.VMEXIT_IOIO, "VMM", "let the processor do the string instruction");
      return this.stepThrough(SVM.VMEXIT_IOIO);
    }
    const port = info >>> 16;
    const size = ((info >> 4) & 7) as AccessSize;
    const isInput = (info & SVM.IOIO_IN) !== 0;
    mode.decided(SVM.VMEXIT_IOIO, "emulator", isInput ? "emulate IN" : "emulate OUT");
    counters.count("emulations");
    mode.skipTo(mode.vmcb.get(SVM.VMCB_EXITINFO2));
    if (isInput) {
      this.complete = (value) => {
        mode.setRegister(0, size, value);
        this.recorder.end();
      };
      return this.userExit({ kind: "io", write: false, port, size });
    }
    const mask = size === 4 ? 0xffffffff : (1 << (size * 8)) - 1;
    return this.userExit({ kind: "io", write: true, port, size, value: (state.register(0) & mask) >>> 0 });
  }

  private msr(): VcpuExit | undefined {
    const { mode } = this;
    const { state, counters } = this.vcpu;
    const write = (mode.vmcb.get(SVM.VMCB_EXITINFO1) & 1) !== 0;
    const index = state.register(1);
    const value = (BigInt(state.register(2)) << 32n) | BigInt(state.register(0));
    if (index !== IA32_EFER && index !== IA32_APIC_BASE) {
      mode.decided(SVM.VMEXIT_MSR, "VMM", "let the processor access the register");
      const exit = this.stepThrough(SVM.VMEXIT_MSR);
      return exit ?? (write && index === IA32_TSC ? this.userExit({ kind: "msr", index, value }) : undefined);
    }
    mode.decided(SVM.VMEXIT_MSR, "emulator", write ? "emulate WRMSR" : "emulate RDMSR");
    if (write && value & ~(index === IA32_EFER ? EFER_NXE : APIC_BASE_WRITABLE)) {
      mode.raise(VECTOR_GP, 0);
      return undefined;
    }
    counters.count("emulations");
    this.vcpu.stops.msrAccessed(index, write);
    // RDMSR and WRMSR have two bytes.
    mode.skipTo((state.rip + 2) >>> 0);
    if (!write) {
      const efer = state.u64(STATE.EFER);
      mode.setRegister(0, 4, Number(efer & 0xffffffffn));
      mode.setRegister(2, 4, Number(efer >> 32n));
      return undefined;
    }
    if (index === IA32_APIC_BASE) {
      mode.setOutside(STATE.MSR_APIC_BASE, value);
      return this.userExit({ kind: "msr", index, value });
    }
    mode.setEfer(Number(value));
    return undefined;
  }

  /** Let the processor do an instruction that is intercepted otherwise; ports lead to the owner's devices. */
  private stepThrough(intercept: number): VcpuExit | undefined {
    const { mode } = this;
    mode.passing.add(intercept);
    this.vcpu.tryAgain();
    const exit = this.step();
    // The guest may be inside, where a change of the VMCB is not seen.
    const after = mode.inside ? this.interrupt() : undefined;
    mode.passing.delete(intercept);
    mode.vmcb.intercept(intercept);
    if (exit && after) this.devices.postpone(after);
    return exit ?? after;
  }

  private faulted(fault: Fault): VcpuExit | undefined {
    if (fault === "again") return undefined;
    if (fault === "opened") return this.step();
    if (fault === "shutdown") {
      this.mode.dropEvent();
      this.vcpu.state.set(STATE.ACTIVITY, STATE.ACTIVITY_SHUTDOWN);
      return this.userExit({ kind: "shutdown" });
    }
    return this.refuse(fault.refused);
  }

  /** Execute one instruction, or the delivery that waits, through whatever faults of memory it has. */
  private step(): VcpuExit | undefined {
    const { mode, devices, vcpu } = this;
    this.stepping = false;
    const saved = vcpu.mmio ? undefined : vcpu.state.bytes.slice();
    for (let n = 0; n < MOST_FAULTS; n++) {
      devices.begin();
      // A delivery alone: what it leads to has to see whether the run is over.
      const ended = mode.execute(mode.hasEvent ? 0 : 1);
      const wanted = devices.end();
      if (wanted && saved) {
        vcpu.state.bytes.set(saved);
        vcpu.tryAgain();
        mode.stateChanged();
        this.stepping = true;
        // Until it goes on, other processors may run, and their devices write memory.
        this.paging.close();
        this.complete = (value) => devices.answer(value);
        return this.userExit(wanted);
      }
      if (!ended) return this.closeStep() ?? this.floatingPointError();
      const code = this.begin();
      const fault = this.fault(code);
      if (fault === "again" || fault === "opened") continue;
      const store = this.closeStep();
      const exit = fault ? this.faulted(fault) : this.dispatch(code);
      if (!store) return exit;
      if (exit) devices.postpone(exit);
      return store;
    }
    this.closeStep();
    return this.refuse("an instruction faults again and again");
  }

  private closeStep(): VcpuExit | undefined {
    this.paging.close();
    return this.devices.close();
  }
}
