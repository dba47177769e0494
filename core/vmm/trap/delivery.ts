// Events for the guest of a deprivileged road: what waits, what its instructions raised, and the trap flag of those that were emulated.
import * as STATE from "../../../wasm/abi/state.js";
import type { ExitRecorder } from "../exit-recorder.js";
import { FLAG_I, FLAG_RF } from "../state.js";
import type { Vcpu } from "../vcpu.js";
import { deliver, hasErrorCode, type VirtualEvent } from "./deliver.js";
import { type Guest, type GuestException, VECTOR_DB } from "./guest.js";

const DR6 = STATE.DRS + 48;
const DR6_BS = 1 << 14;

export class Delivery {
  constructor(
    private readonly vcpu: Vcpu,
    private readonly guest: Guest,
    private readonly recorder: ExitRecorder,
  ) {}

  /** Deliver what waits, if the guest takes it. */
  inject(): boolean {
    const { vcpu } = this;
    const { state } = vcpu;
    // A debug trap comes first: the processor delivers it when it runs.
    if (state.u32(STATE.SHADOW) || state.u32(STATE.PENDING_DEBUG)) return false;
    if (vcpu.nmiPending && !state.u32(STATE.NMI_BLOCKED)) {
      vcpu.nmiPending = false;
      this.wake();
      state.set(STATE.NMI_BLOCKED, 1);
      this.deliver({ vector: 2, software: false, flags: state.flags, external: true });
      return true;
    }
    const vector = vcpu.queued;
    if (vector === undefined || !(state.flags & FLAG_I)) return false;
    vcpu.queued = undefined;
    this.wake();
    this.deliver({ vector, software: false, flags: state.flags, external: true });
    return true;
  }

  private wake(): void {
    this.vcpu.state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
  }

  deliver(event: VirtualEvent): void {
    const { state, stops } = this.vcpu;
    const kind = event.software ? "software interrupt" : !event.external ? "exception" : event.vector === 2 ? "nmi" : "interrupt";
    this.recorder.injected({ kind, vector: event.vector, ...(event.code === undefined ? {} : { error: event.code }) });
    // The traps of the instruction before are lost with the old TF.
    state.set(STATE.PENDING_DEBUG, 0);
    const delivered = deliver(this.guest, event);
    if (!delivered) state.set(STATE.ACTIVITY, STATE.ACTIVITY_SHUTDOWN);
    else if (delivered.external) stops.interrupted(delivered.vector);
    else if (delivered.software) stops.softwareInterrupt(delivered.vector);
    else this.count(delivered);
    state.set(STATE.SHADOW, 0);
  }

  /** For observers, as the processor itself does. */
  private count({ vector, code = 0 }: VirtualEvent): void {
    this.vcpu.state.noteException(vector, code);
    this.vcpu.stops.raised(vector, code);
  }

  /** Deliver what the emulator raised. */
  exception({ vector, code, address }: GuestException): void {
    this.deliver({
      vector,
      software: false,
      flags: this.vcpu.state.flags | FLAG_RF,
      ...(hasErrorCode(vector) ? { code } : {}),
      ...(address === undefined ? {} : { address }),
    });
  }

  /** The single-step trap behind an emulated instruction. */
  trap(): void {
    const { state } = this.vcpu;
    // SDM 3A "Masking Exceptions and Interrupts When Switching Stacks": behind a load of SS it waits, and the processor sees to it.
    if (state.u32(STATE.SHADOW) & STATE.SHADOW_MOV_SS) {
      state.set(STATE.PENDING_DEBUG, state.u32(STATE.PENDING_DEBUG) | DR6_BS);
      return;
    }
    state.set(DR6, state.u32(DR6) | DR6_BS);
    this.deliver({ vector: VECTOR_DB, software: false, flags: state.flags });
  }
}
