// One guest in guest mode of the processor: its VMCB, the way in and the way out. The state record is the guest's after each execute(). What the VMM
// changes of it goes through here, so that a guest that was left for little is entered with little.
import * as STATE from "../../../wasm/abi/state.js";
import * as SVM from "../../../wasm/abi/svm.js";
import { reasonOfSvmExit } from "../events/exit-reasons.js";
import type { ExitRecorder } from "../exit-recorder.js";
import { PAGE } from "../guest-memory.js";
import type { Host } from "../host.js";
import { FLAG_RF, FLAG_T } from "../state.js";
import type { Vcpu } from "../vcpu.js";
import { EFER_SVME, Vmcb } from "./vmcb.js";

/** Bytes of the I/O and the MSR permission map. */
const IO_MAP = 3 * PAGE;
const MSR_MAP = 2 * PAGE;
/** Host pages of a VMCB and its maps. */
export const GUEST_MODE_PAGES = 1 + (IO_MAP + MSR_MAP) / PAGE;

const VECTOR_DB = 1;
const DR6 = STATE.DRS + 48;
const DR6_BS = 1 << 14;
const VECTOR_VIRTUAL = 0xff;
const EVENT_VALID = 1 << 31;

/** What of the VMCB depends on how the guest's memory is virtualized. */
export interface EntryState {
  /** Before each entry: fields of the VMCB that are not the guest's own. True: its translations must be flushed. */
  entering(vmcb: Vmcb): boolean;
  /** The state record has what the processor had: put the guest's own view in its place. */
  left(): void;
}

export class GuestMode {
  readonly vmcb: Vmcb;
  private readonly address: number;
  private readonly asid: number;
  private readonly msrMap: number;
  private isInside = false;
  /** What the VMCB and the processor's registers have is the record's. */
  private isExact = false;
  private flushWanted = true;
  /** EVENTINJ of the next entry. */
  private event = 0;
  private eventCode = 0;

  constructor(
    private readonly host: Host,
    private readonly vcpu: Vcpu,
    private readonly recorder: ExitRecorder,
    private readonly paging: EntryState,
    intercepts: readonly number[],
  ) {
    const { pages, cpu } = host;
    this.address = pages.allocate();
    this.asid = host.newAsid();
    const vmcb = new Vmcb(new DataView(cpu.ram.buffer, cpu.ram.byteOffset + this.address, PAGE), vcpu, recorder);
    this.vmcb = vmcb;
    for (const code of intercepts) vmcb.intercept(code);
    vmcb.set(SVM.VMCB_IOPM_BASE, this.permissions(IO_MAP, 0xff));
    this.msrMap = this.permissions(MSR_MAP, 0);
    vmcb.set(SVM.VMCB_MSRPM_BASE, this.msrMap);
    vmcb.set(SVM.VMCB_V_INTR, SVM.V_INTR_MASKING);
  }

  private permissions(bytes: number, fill: number): number {
    const at = this.host.pages.allocateRange(bytes);
    this.host.cpu.ram.fill(fill, at, at + bytes);
    return at;
  }

  /** Intercept accesses to an MSR: of 0 to 1FFFh, or C000_0000h to C000_1FFFh. AMD APM vol. 2 "MSR Intercepts". */
  interceptMsr(index: number, reads: boolean, writes: boolean): void {
    const at = this.msrMap + (index >= 0xc0000000 ? 0x800 : 0) + ((index & 0x1fff) >> 2);
    this.host.cpu.ram[at]! |= ((reads ? 1 : 0) | (writes ? 2 : 0)) << ((index & 3) * 2);
  }

  /** The processor is in guest mode with exactly the record's state. */
  get inside(): boolean {
    return this.isInside && this.host.holds(this.vcpu.state);
  }

  private get exact(): boolean {
    return this.isExact && this.host.holds(this.vcpu.state);
  }

  /** The record was changed by others, or what the guest's translations depend on was: it is entered anew, from the record. */
  stateChanged(): void {
    this.isInside = false;
    this.isExact = false;
  }

  /** What was to be delivered with the next entry is not. */
  dropEvent(): void {
    this.event = 0;
  }

  /** Translations have gone or lost rights: the next entry flushes the TLB. The guest must not be `inside`, or be left before it goes on. */
  flush(): void {
    this.flushWanted = true;
  }

  get hasEvent(): boolean {
    return this.event !== 0;
  }

  /** An event for the next entry, as EVENTINJ has it: vector and type. */
  inject(event: number, code?: number): void {
    const { flags } = this.vcpu.state;
    const type = (event >> SVM.EVENT_TYPE_SHIFT) & 7;
    // SDM 3B "Instruction-Breakpoint Exception": the image that a fault pushes has RF set; what is injected pushes the flags as they are.
    if (type === SVM.EVENT_EXCEPTION && (event & 0xff) !== VECTOR_DB) {
      this.setFlags(flags | FLAG_RF);
    }
    this.event = event | EVENT_VALID | (code === undefined ? 0 : SVM.EVENT_HAS_CODE);
    this.eventCode = code ?? 0;
  }

  /** Vector of the exception that the next entry delivers, or undefined. */
  get pendingException(): number | undefined {
    return ((this.event >> SVM.EVENT_TYPE_SHIFT) & 7) === SVM.EVENT_EXCEPTION && this.event ? this.event & 0xff : undefined;
  }

  /** Deliver an exception with the next entry. */
  raise(vector: number, error?: number): void {
    this.inject((SVM.EVENT_EXCEPTION << SVM.EVENT_TYPE_SHIFT) | vector, error);
    this.vcpu.stops.raised(vector, error ?? 0);
    this.recorder.injected({ kind: "exception", vector, ...(error === undefined ? {} : { error }) });
  }

  /** Count and record the exit under its own code: an action in a few words, and who does it. */
  decided(code: number, intervened: string, action: string): void {
    const isReason = code >= 0 && code < 0x100;
    this.recorder.decided(isReason ? code : reasonOfSvmExit(BigInt.asUintN(64, BigInt(code))), intervened, action);
  }

  /** Whether a virtual interrupt is pending, that tells by its intercept when the guest would take one. AMD APM vol. 2 "Virtual Interrupts". */
  get window(): boolean {
    return this.windowOpen;
  }
  private windowOpen = false;

  setWindow(wanted: boolean): void {
    this.windowOpen = wanted;
    this.vmcb.intercept(SVM.VMEXIT_VINTR, wanted);
    this.vmcb.set(SVM.VMCB_V_INTR, SVM.V_INTR_MASKING | (wanted ? SVM.V_IRQ | SVM.V_IGN_TPR : 0), wanted ? VECTOR_VIRTUAL : 0);
  }

  /** Exits that are not wanted while one instruction is executed. */
  readonly passing = new Set<number>();

  /** Run the guest for at most `count` instructions. True: its #VMEXIT, whose record begins here, and ends with the next entry. */
  execute(count: number): boolean {
    const { host } = this;
    const { stops } = this.vcpu;
    stops.enter(host.cpu.stops, -1);
    if (!this.inside) this.enter();
    const ended = host.cpu.run(stops.entered(host.cpu.stops) ? 0 : count) === "vmexit";
    this.store();
    stops.leave(host.cpu.stops);
    if (!ended) return false;
    const { vmcb, recorder } = this;
    const { state, counters } = this.vcpu;
    this.isInside = false;
    this.isExact = true;
    state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    recorder.begin(state, () => vmcb.cause);
    counters.count("worldSwitches");
    state.set(STATE.SHADOW, vmcb.get(SVM.VMCB_INTERRUPT_SHADOW) & 1 ? STATE.SHADOW_STI : 0);
    return true;
  }

  private enter(): void {
    const { host, vmcb, vcpu } = this;
    const { state } = vcpu;
    if (!this.exact) {
      this.takeDebugTraps();
      host.load(state, state, true);
      vmcb.loadFrom(state);
      this.flushWanted = true;
    }
    const flush = this.paging.entering(vmcb) || this.flushWanted;
    for (const code of this.passing) vmcb.intercept(code, false);
    this.flushWanted = false;
    if (flush) vcpu.counters.count("tlbFlushes");
    vmcb.setAsid(this.asid, flush);
    vmcb.set(SVM.VMCB_EVENTINJ, this.event, this.eventCode);
    this.event = 0;
    this.eventCode = 0;
    this.recorder.end(() => (flush ? "guest's entries dropped" : "kept"));
    host.cpu.enterGuest(this.address);
    this.isInside = true;
  }

  /** Traps of the last instruction that wait in the record: a VMCB has no field for them. */
  private takeDebugTraps(): void {
    const { state } = this.vcpu;
    const traps = state.u32(STATE.PENDING_DEBUG);
    state.set(STATE.PENDING_DEBUG, 0);
    if (traps && !this.hasEvent) this.raiseDebug(traps);
  }

  /** #DB, with these conditions in DR6. */
  private raiseDebug(conditions: number): void {
    this.setField(DR6, SVM.VMCB_DR6, this.vcpu.state.u32(DR6) | conditions);
    this.raise(VECTOR_DB);
  }

  private store(): void {
    const { state } = this.vcpu;
    this.host.store(state);
    state.set(STATE.EFER, state.u32(STATE.EFER) & ~EFER_SVME);
    this.paging.left();
  }

  /** Make the guest that is `inside` leave, as an interrupt for the host would. True: there was a #VMEXIT, of that or of what came before. */
  interrupt(): boolean {
    const { cpu } = this.host;
    cpu.setInterrupt(true);
    const ended = this.execute(1);
    cpu.setInterrupt(false);
    return ended;
  }

  /** The instruction that the guest was left for is done; under TF a trap follows. */
  skipTo(rip: number): void {
    const { state } = this.vcpu;
    this.setField(STATE.RIP, SVM.VMCB_RIP, rip);
    this.setField(STATE.SHADOW, SVM.VMCB_INTERRUPT_SHADOW, 0);
    if (state.flags & FLAG_RF) this.setFlags(state.flags & ~FLAG_RF);
    if (state.flags & FLAG_T) this.raiseDebug(DR6_BS);
  }

  private setFlags(flags: number): void {
    this.setField(STATE.RFLAGS, SVM.VMCB_RFLAGS, flags);
  }

  /** Write the low `size` bytes of general register 0-7. */
  setRegister(n: number, size: number, value: number): void {
    const { state } = this.vcpu;
    state.setRegisterPart(n, size, value);
    if (n === 0) this.vmcb.set(SVM.VMCB_RAX, state.register(0));
    else if (n === 4) this.vmcb.set(SVM.VMCB_RSP, state.register(4));
    else if (this.exact) this.host.cpu.view.setUint32(STATE.REGS + n * 8, state.register(n), true);
  }

  /** The processor's own answer to CPUID, in the registers of the guest that was just left. */
  identify(): void {
    const { cpu } = this.host;
    cpu.identify();
    for (const n of [0, 1, 2, 3]) this.setRegister(n, 4, cpu.view.getUint32(STATE.REGS + n * 8, true));
  }

  /** EFER as the guest sees it. */
  setEfer(value: number): void {
    this.vcpu.state.set(STATE.EFER, value);
    this.vmcb.set(SVM.VMCB_EFER, value | EFER_SVME);
  }

  /** Write a field of the record and its counterpart in the VMCB. */
  setField(at: number, field: number, value: number): void {
    this.vcpu.state.set(at, value);
    this.vmcb.set(field, value);
  }

  /** Write a field of the record that no VMCB has. */
  setOutside(at: number, value: bigint): void {
    this.vcpu.state.set64(at, value);
    if (this.exact) this.host.cpu.view.setBigUint64(at, value, true);
  }
}
