// Page faults of a deprivileged guest: what each is, counted and recorded, and what is opened for the instruction that had it.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import type { DeviceStep } from "../device-step.js";
import type { TranslationStep } from "../events/record.js";
import type { ExitRecorder } from "../exit-recorder.js";
import type { Host } from "../host.js";
import { ERROR_FETCH, ERROR_W, type GuestAccess } from "../shadow/guest-walk.js";
import type { Verdict } from "../shadow/shadow-client.js";
import { VERDICTS } from "../shadow/verdicts.js";
import { FLAG_AC } from "../state.js";
import { guestSteps, paeSteps } from "../translation-steps.js";
import type { Vcpu } from "../vcpu.js";
import { type Guest, Unsupported } from "./guest.js";
import type { InPlace } from "./in-place.js";

/** The instruction may get there if it is opened for it. */
export type Opened = Extract<Verdict, { readonly physical: number }>;

export function isOpened(verdict: Verdict): verdict is Opened {
  return verdict.kind === "trace" || verdict.kind === "mmio";
}

export class PageFaults {
  constructor(
    private readonly host: Host,
    private readonly vcpu: Vcpu,
    private readonly guest: Guest,
    private readonly inPlace: InPlace,
    private readonly devices: DeviceStep,
    private readonly recorder: ExitRecorder,
  ) {}

  /** Linear address of the fault at hand. */
  get linear(): number {
    return this.host.cpu.view.getUint32(STATE.CR2, true);
  }

  /** What the page fault at hand is. */
  judge(event: ProcessorEvent): Verdict {
    const { recorder, guest, linear } = this;
    const access = this.accessOf(event);
    const guestTables = recorder.recording ? guestSteps(guest.memory, guest.paging, linear) : [];
    const shadowTables = this.shadowSteps();
    const verdict = guest.shadow.fault(guest.paging, this.inPlace.view, linear, access);
    if (verdict.kind !== "true") this.vcpu.tryAgain();
    const { reason, events, action, is } = VERDICTS[verdict.kind];
    recorder.decided(reason, "shadow pager", action);
    for (const event of events) this.vcpu.counters.count(event);
    recorder.translated(linear, access.fetch ? "fetch" : access.write ? "write" : "read", [...guestTables, ...shadowTables], is);
    recorder.changed(shadowTables, this.shadowSteps());
    return verdict;
  }

  private shadowSteps(): readonly TranslationStep[] {
    return this.recorder.recording ? this.stepsFrom(this.host.cpu.view.getUint32(STATE.CR3, true), this.linear) : [];
  }

  /** See Road.tableSteps. */
  tableSteps(linear: number, cpl: number): readonly TranslationStep[] {
    const root = this.guest.shadow.knownRoot(this.guest.paging, this.inPlace.viewAt(cpl));
    return root === undefined ? [] : this.stepsFrom(root, linear);
  }

  private stepsFrom(root: number, linear: number): readonly TranslationStep[] {
    return paeSteps("shadow", (at) => this.host.cpu.view.getBigUint64(RAM_BASE + at, true), root, linear);
  }

  private accessOf({ code }: ProcessorEvent): GuestAccess {
    const { state } = this.vcpu;
    return {
      write: (code & ERROR_W) !== 0,
      user: state.cpl === 3,
      fetch: (code & ERROR_FETCH) !== 0,
      exempt: (state.flags & FLAG_AC) !== 0,
    };
  }

  /** Let the instruction at hand reach a watched page or a device. */
  open(verdict: Opened): void {
    const { linear, guest, inPlace } = this;
    if (verdict.kind === "trace") guest.shadow.openTrace(guest.paging, inPlace.view, linear);
    else {
      const page = this.devices.pageFor(verdict.physical);
      if (page === undefined) throw new Unsupported("an instruction accesses more pages of devices than any has");
      guest.shadow.openDevice(guest.paging, inPlace.view, linear, page);
    }
  }
}
