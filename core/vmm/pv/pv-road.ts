// Paravirtualization: the guest knows the VMM and calls it (docs/hypercalls.md). Its kernel runs in ring 1 as it is, on page tables of its own
// that the VMM has looked at; nothing is emulated, and there are no shadows.
//
// A guest begins with Paravirtual.start(), never with the processor's reset. Its memory is the run of host pages that guest-physical addresses
// from 0 on are mapped to. Interrupts do not exist: Vcpu.queueInterrupt() and NMIs have no effect.
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { reasonOfException } from "../events/exit-reasons.js";
import { exceptionName, pushesErrorCode } from "../events/svm-exit-codes.js";
import type { VcpuExit } from "../exit.js";
import { ExitRecorder } from "../exit-recorder.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Host } from "../host.js";
import { refusal, runTurns } from "../run-loop.js";
import { ERROR_FETCH, ERROR_W } from "../shadow/guest-walk.js";
import { FLAG_RF, type VcpuState } from "../state.js";
import { VECTOR_GP, VECTOR_PF } from "../trap/guest.js";
import type { Road, Vcpu } from "../vcpu.js";
import * as PV from "./abi.js";
import { type Entry, enterKernel, leaveKernel, stackOf } from "./enter.js";
import { callText, INTR, NMI, pvCause, SWINT, VMMCALL } from "./exits.js";
import { type Arguments, answer } from "./hypercalls.js";
import { PvDomain } from "./pv-domain.js";
import { makeReal } from "./real-state.js";

/** What a debugger is told as the vector of a callback for events. */
const CALLBACK = 0;
const RUN_LIMIT = 1 << 25;
/** PvDomain.takeWork() of a run: then it ends, so that no guest keeps the VMM for long. */
const WORK_LIMIT = 1 << 17;
const [EAX, ECX, EDX, EBX, ESI] = [0, 1, 2, 3, 6];
/** Error code of a #GP for an INT that may not use its vector. SDM 3A "Error Code": IDT. */
const gateError = (vector: number) => vector * 8 + 2;

function scheduleError(operation: number, reason: number): PV.PvError | undefined {
  if (operation > PV.SCHED_SHUTDOWN) return PV.ERROR_NO_CALL;
  return operation === PV.SCHED_SHUTDOWN && reason > PV.SHUTDOWN_CRASH ? PV.ERROR_RANGE : undefined;
}

interface Call {
  readonly number: number;
  readonly parameters: Arguments;
}

function callOf(state: VcpuState): Call {
  return {
    number: state.register(EAX),
    parameters: [state.register(EBX), state.register(ECX), state.register(EDX), state.register(ESI)],
  };
}

type SystemEvent = Extract<VcpuExit, { kind: "system-event" }>;

export class PvRoad implements Road {
  private readonly domain: PvDomain;
  /** The state was changed from outside. */
  private changed = true;
  private ended: SystemEvent | undefined;
  private readonly recorder: ExitRecorder;
  /** The TLB may hold what is no longer so. */
  private flush = false;
  /** Of this run. */
  private work = 0;

  constructor(
    private readonly host: Host,
    memory: GuestMemory,
    private readonly vcpu: Vcpu,
  ) {
    this.domain = new PvDomain(host, memory, vcpu);
    this.domain.onBegin(() => {
      this.ended = undefined;
    });
    vcpu.paravirtual = this.domain;
    this.recorder = new ExitRecorder(host, memory, vcpu, "pv", () => this.domain.shared.enabled);
  }

  stateChanged(): void {
    this.changed = true;
  }

  memoryWritten(physical: number, length: number): void {
    this.domain.memoryWritten(physical, length);
  }

  translate(linear: number): number | undefined {
    return this.domain.translate(linear);
  }

  /** No exit of this road asks for input. */
  completeInput(): void {}

  run(count: number): VcpuExit {
    this.work = 0;
    return runTurns(this.host, this.vcpu, count, (left) => this.turn(left));
  }

  private turn(left: number): VcpuExit | undefined {
    const { vcpu, domain } = this;
    const { state } = vcpu;
    if (this.ended) return this.ended;
    const problem = domain.problem();
    if (problem !== undefined) return refusal(state, problem);
    if (this.changed && !makeReal(state, domain.pages, domain.base)) return refusal(state, "this is no state of a paravirtual guest");
    this.changed = false;
    domain.lookAtConsole();
    if (vcpu.stops.isHit) return { kind: "debug" };
    // Both last for one instruction.
    const blocked = state.u32(STATE.SHADOW) !== 0 || state.u32(STATE.PENDING_DEBUG) !== 0;
    if (domain.events.deliverable) {
      state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
      if (domain.settings.callback && !blocked) return this.callBack();
    }
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED) return { kind: "hlt" };
    if (left <= 0 || vcpu.stopRequested || this.work > WORK_LIMIT) return { kind: "intr" };
    const exit = this.execute(blocked ? 1 : Math.min(left, RUN_LIMIT));
    return exit === "event" ? this.handle(this.host.cpu.event) : undefined;
  }

  private execute(count: number): string {
    const { host, vcpu } = this;
    const { state } = vcpu;
    host.load(state, state, this.domain.takeFlush() || this.flush);
    this.flush = false;
    vcpu.stops.enter(host.cpu.stops, 0);
    const exit = host.cpu.run(count);
    vcpu.stops.leave(host.cpu.stops);
    host.store(state);
    return exit;
  }

  private handle(event: ProcessorEvent): VcpuExit | undefined {
    const { recorder, vcpu } = this;
    const { state } = vcpu;
    const call = event.kind === "software" && event.vector === PV.HYPERCALL_VECTOR && state.cpl === 1 ? callOf(state) : undefined;
    recorder.begin(state, () => pvCause(event, call, state.u32(STATE.CR2)), (state.rip - event.length) >>> 0);
    const exit = call ? this.hypercall(call, event) : this.dispatch(event);
    this.flush = this.domain.takeFlush();
    recorder.end(() => (this.flush ? "all dropped" : "kept"));
    return exit;
  }

  private dispatch(event: ProcessorEvent): VcpuExit | undefined {
    const { recorder, vcpu } = this;
    const { kind, vector, code, flags } = event;
    switch (kind) {
      case "external":
      case "nmi":
        recorder.decided(kind === "nmi" ? NMI : INTR, "VMM", "drop the host's interrupt");
        return undefined;
      case "software":
        return this.software(event);
      default: {
        const fault = vector === VECTOR_PF;
        vcpu.counters.count(fault ? "pageFaults" : "exceptions");
        recorder.decided(reasonOfException(vector), "VMM", `deliver ${exceptionName(vector)} to the guest's handler`);
        if (fault) this.pageFault(vcpu.state.u32(STATE.CR2), code);
        return this.exception(vector, code, flags);
      }
    }
  }

  /** The guest's own: there are no others. */
  private pageFault(linear: number, code: number): void {
    const { domain, recorder } = this;
    domain.shared.setFaultAddress(linear);
    if (!recorder.recording) return;
    const access = code & ERROR_FETCH ? "fetch" : code & ERROR_W ? "write" : "read";
    recorder.translated(linear, access, domain.guest.steps(linear), "true fault");
  }

  /** INT n, INT3, INTO: EIP is behind it. */
  private software({ vector, flags, length }: ProcessorEvent): VcpuExit | undefined {
    const { recorder, vcpu } = this;
    const trap = this.domain.settings.traps.get(vector);
    const allowed = trap && vcpu.state.cpl <= trap.dpl;
    vcpu.counters.count("transitions");
    recorder.decided(SWINT, "VMM", allowed ? `deliver INT ${vector} to the guest's handler` : `refuse INT ${vector}`);
    if (!allowed) return this.protectionFault(gateError(vector), flags, length);
    recorder.injected({ kind: "software interrupt", vector });
    vcpu.stops.softwareInterrupt(vector);
    return this.enter({ handler: trap.offset, disables: trap.disablesEvents, flags });
  }

  /** #GP for the instruction of `length` bytes before EIP. */
  private protectionFault(code: number, flags: number, length: number): VcpuExit | undefined {
    const { state } = this.vcpu;
    state.rip = (state.rip - length) >>> 0;
    return this.exception(VECTOR_GP, code, flags | FLAG_RF);
  }

  private exception(vector: number, error: number, flags: number): VcpuExit | undefined {
    this.vcpu.state.noteException(vector, error);
    this.vcpu.stops.raised(vector, error);
    const trap = this.domain.settings.traps.get(vector);
    if (!trap) return this.crash(`its exception ${vector} has no handler`);
    const code = pushesErrorCode(vector) ? { code: error } : {};
    this.recorder.injected({ kind: "exception", vector, ...(pushesErrorCode(vector) ? { error } : {}) });
    return this.enter({ handler: trap.offset, disables: trap.disablesEvents, flags, ...code });
  }

  private crash(message: string): VcpuExit {
    const { state } = this.vcpu;
    const place = `${state.segment(STATE.CS).selector.toString(16).padStart(4, "0")}:${state.rip.toString(16).padStart(8, "0")}`;
    this.ended = { kind: "system-event", event: "crash", message: `the guest has crashed: ${message} (at ${place.toUpperCase()})` };
    return this.ended;
  }

  private callBack(): VcpuExit | undefined {
    const { settings } = this.domain;
    this.domain.tellTime();
    this.vcpu.counters.count("injections");
    this.vcpu.stops.interrupted(CALLBACK);
    return this.enter({ handler: settings.callback, disables: true, flags: this.vcpu.state.flags });
  }

  private enter(entry: Entry): VcpuExit | undefined {
    const { domain } = this;
    const { state } = this.vcpu;
    if (enterKernel(state, domain, entry)) return undefined;
    return this.crash(`nothing can be pushed on its stack at ${stackOf(state, domain).toString(16).toUpperCase()}`);
  }

  private hypercall({ number, parameters }: Call, { flags, length }: ProcessorEvent): VcpuExit | undefined {
    const { domain, recorder } = this;
    const { state, counters } = this.vcpu;
    counters.count("hypercalls");
    if (number === PV.HC_IRET) {
      const left = leaveKernel(state, domain);
      recorder.decided(
        VMMCALL,
        "hypercalls",
        left ? "HC_IRET by the frame on the guest's stack" : "HC_IRET refused: no frame that it could take",
      );
      return left ? undefined : this.protectionFault(0, flags, length);
    }
    let exit: VcpuExit | undefined;
    if (number === PV.HC_SCHED) exit = this.schedule(parameters[0], parameters[1]);
    else state.setRegister(EAX, answer(number, parameters, domain.settings, domain));
    state.set(STATE.CR3, domain.base);
    this.work += domain.takeWork();
    recorder.decided(VMMCALL, "hypercalls", recorder.recording ? callText(number, parameters, state.register(EAX) | 0) : "");
    return exit;
  }

  private schedule(operation: number, reason: number): VcpuExit | undefined {
    const { state } = this.vcpu;
    const refused = scheduleError(operation, reason);
    state.setRegister(EAX, refused ?? 0);
    if (refused !== undefined) return undefined;
    switch (operation) {
      case PV.SCHED_YIELD:
        return { kind: "intr" };
      case PV.SCHED_BLOCK:
        this.domain.shared.enabled = true;
        state.set(STATE.ACTIVITY, STATE.ACTIVITY_HALTED);
        return undefined;
      default:
        if (reason === PV.SHUTDOWN_CRASH) return this.crash("it says so itself");
        this.ended = { kind: "system-event", event: reason === PV.SHUTDOWN_REBOOT ? "reboot" : "power-off" };
        return this.ended;
    }
  }
}
