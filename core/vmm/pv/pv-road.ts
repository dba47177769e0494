// Paravirtualization: the guest knows the VMM and calls it (docs/hypercalls.md). Its kernel runs in ring 1 as it is, on page tables of its own
// that the VMM has looked at; nothing is emulated, and there are no shadows.
//
// A guest begins with Paravirtual.start(), never with the processor's reset. Its memory is the run of host pages that guest-physical addresses
// from 0 on are mapped to. Interrupts do not exist: Vcpu.queueInterrupt() and NMIs have no effect.
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import type { VcpuExit } from "../exit.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Host } from "../host.js";
import { refusal, runTurns } from "../run-loop.js";
import { FLAG_I, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VM } from "../state.js";
import { hasErrorCode } from "../trap/deliver.js";
import { VECTOR_GP, VECTOR_PF } from "../trap/guest.js";
import type { Road, Vcpu } from "../vcpu.js";
import * as PV from "./abi.js";
import { type Arguments, answer } from "./hypercalls.js";
import { PvDomain } from "./pv-domain.js";
import { dropInnerSegments, enterRing, makeReal, realFlags } from "./real-state.js";

const RUN_LIMIT = 1 << 25;
const [EAX, ECX, EDX, EBX, ESP, ESI] = [0, 1, 2, 3, 4, 6];
/** Error code of a #GP for an INT that may not use its vector. SDM 3A "Error Code": IDT. */
const gateError = (vector: number) => vector * 8 + 2;

function scheduleError(operation: number, reason: number): PV.PvError | undefined {
  if (operation > PV.SCHED_SHUTDOWN) return PV.ERROR_NO_CALL;
  return operation === PV.SCHED_SHUTDOWN && reason > PV.SHUTDOWN_CRASH ? PV.ERROR_RANGE : undefined;
}

type SystemEvent = Extract<VcpuExit, { kind: "system-event" }>;

/** What the guest's kernel is entered for. */
interface Entry {
  readonly handler: number;
  readonly disables: boolean;
  readonly code?: number;
  /** EFLAGS to push, but for IF. */
  readonly flags: number;
}

export class PvRoad implements Road {
  private readonly domain: PvDomain;
  /** The state was changed from outside. */
  private changed = true;
  private ended: SystemEvent | undefined;

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
    return runTurns(this.host, this.vcpu, count, (left) => this.turn(left));
  }

  private turn(left: number): VcpuExit | undefined {
    const { vcpu, domain } = this;
    const { state } = vcpu;
    if (this.ended) return this.ended;
    const problem = domain.problem();
    if (problem !== undefined) return refusal(state, problem);
    if (this.changed && !makeReal(state, domain.pages)) return refusal(state, "this is no state of a paravirtual guest");
    this.changed = false;
    domain.lookAtConsole();
    // Both last for one instruction.
    const blocked = state.u32(STATE.SHADOW) !== 0 || state.u32(STATE.PENDING_DEBUG) !== 0;
    if (domain.events.deliverable) {
      state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
      if (domain.settings.callback && !blocked) return this.callBack();
    }
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED) return { kind: "hlt" };
    if (left <= 0 || vcpu.stopRequested) return { kind: "intr" };
    const exit = this.execute(blocked ? 1 : Math.min(left, RUN_LIMIT));
    return exit === "event" ? this.handle(this.host.cpu.event) : undefined;
  }

  private execute(count: number): string {
    const { host, vcpu } = this;
    const { state } = vcpu;
    state.set(STATE.CR3, this.domain.base);
    host.load(state, state, this.domain.takeFlush());
    const exit = host.cpu.run(count);
    host.store(state);
    return exit;
  }

  private handle(event: ProcessorEvent): VcpuExit | undefined {
    const { state } = this.vcpu;
    const { vector } = event;
    switch (event.kind) {
      case "external":
      case "nmi":
        return undefined;
      case "software":
        return this.software(event);
      default:
        if (vector === VECTOR_PF) this.domain.shared.setFaultAddress(state.u32(STATE.CR2));
        return this.exception(vector, event.code, event.flags);
    }
  }

  /** INT n, INT3, INTO: EIP is behind it. */
  private software({ vector, flags, length }: ProcessorEvent): VcpuExit | undefined {
    const { state } = this.vcpu;
    if (vector === PV.HYPERCALL_VECTOR && state.cpl === 1) return this.hypercall(flags, length);
    const trap = this.domain.settings.traps.get(vector);
    if (trap && state.cpl <= trap.dpl) return this.enter({ handler: trap.offset, disables: trap.disablesEvents, flags });
    return this.protectionFault(gateError(vector), flags, length);
  }

  /** #GP for the instruction of `length` bytes before EIP. */
  private protectionFault(code: number, flags: number, length: number): VcpuExit | undefined {
    const { state } = this.vcpu;
    state.rip = (state.rip - length) >>> 0;
    return this.exception(VECTOR_GP, code, flags | FLAG_RF);
  }

  private exception(vector: number, code: number, flags: number): VcpuExit | undefined {
    const { state } = this.vcpu;
    state.noteException(vector, code);
    const trap = this.domain.settings.traps.get(vector);
    if (!trap) return this.crash(`its exception ${vector} has no handler`);
    const entry = { handler: trap.offset, disables: trap.disablesEvents, flags };
    return this.enter(hasErrorCode(vector) ? { ...entry, code } : entry);
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
    return this.enter({ handler: settings.callback, disables: true, flags: this.vcpu.state.flags });
  }

  /** Enter the guest's kernel at a handler, by a frame as the processor pushes it. */
  private enter({ handler, disables, code, flags }: Entry): VcpuExit | undefined {
    const { domain } = this;
    const { state } = this.vcpu;
    const outer = state.cpl === 3;
    const image = (flags & ~FLAG_I) | (domain.shared.enabled ? FLAG_I : 0);
    const from = [state.rip, state.segment(STATE.CS).selector, image];
    const frame = [
      ...(code === undefined ? [] : [code]),
      ...from,
      ...(outer ? [state.register(ESP), state.segment(STATE.SS).selector] : []),
    ];
    const esp = ((outer ? domain.settings.kernelStack : state.register(ESP)) - frame.length * 4) >>> 0;
    if (!domain.guest.write(esp, new Uint8Array(Uint32Array.from(frame).buffer)))
      return this.crash(`its stack at ${esp.toString(16).toUpperCase()} can not be written to`);
    if (disables) domain.shared.enabled = false;
    if (outer) enterRing(state, 1);
    state.setRegister(ESP, esp);
    state.flags &= ~(FLAG_T | FLAG_NT | FLAG_RF | FLAG_VM);
    state.rip = handler;
    // The traps of the instruction before are lost with the old TF.
    state.set(STATE.PENDING_DEBUG, 0);
    state.set(STATE.SHADOW, 0);
    return undefined;
  }

  private hypercall(flags: number, length: number): VcpuExit | undefined {
    const { state } = this.vcpu;
    const call = state.register(EAX);
    const [ebx, ecx, edx, esi] = [EBX, ECX, EDX, ESI].map((n) => state.register(n)) as [number, number, number, number];
    if (call === PV.HC_IRET) return this.iret(flags, length);
    if (call === PV.HC_SCHED) return this.schedule(ebx, ecx);
    const parameters: Arguments = [ebx, ecx, edx, esi];
    state.setRegister(EAX, answer(call, parameters, this.domain.settings, this.domain));
    return undefined;
  }

  private iret(callFlags: number, length: number): VcpuExit | undefined {
    const { guest, shared } = this.domain;
    const { state } = this.vcpu;
    const top = state.register(ESP);
    const [eax = 0, eip = 0, cs, flags = 0] = guest.readWords(top, 4) ?? [];
    const outer = cs === PV.USER_CODE ? guest.readWords(top + 16, 2) : undefined;
    const [esp = 0, ss] = cs === PV.KERNEL_CODE ? [top + 16, PV.KERNEL_DATA] : (outer ?? []);
    if (ss !== (outer ? PV.USER_DATA : PV.KERNEL_DATA)) return this.protectionFault(0, callFlags, length);
    state.setRegister(EAX, eax);
    state.setRegister(ESP, esp);
    state.rip = eip;
    state.flags = realFlags(flags);
    shared.enabled = (flags & FLAG_I) !== 0;
    if (outer) {
      enterRing(state, 3);
      dropInnerSegments(state);
    }
    return undefined;
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
