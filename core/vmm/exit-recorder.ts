// Counts a virtual processor's exits, on any road, and makes their records while somebody listens. One exit at a time:
//
//   recorder.begin(real, () => cause)           the guest has been left, and nothing is counted yet
//   recorder.decided(REASON.CLI, "emulator", "emulate cli")          counts the exit
//   recorder.translated(...), injected(...), write(...), read(...)   in any order
//   recorder.end()                              everything is done: what of the virtual state has changed is in the record
//
// An exit that waits for the owner of the VM stays open until its answer. The next begin() ends what is still open.
import * as STATE from "../../wasm/abi/state.js";
import { REASON } from "./events/exit-reasons.js";
import type {
  Cause,
  CodeLocation,
  InjectedEvent,
  PrivilegeView,
  TlbEffect,
  Translation,
  TranslationStep,
  TranslationVerdict,
} from "./events/record.js";
import type { RoadName } from "./events/road-name.js";
import type { OpenExit } from "./events/stream.js";
import type { GuestMemory } from "./guest-memory.js";
import type { Host } from "./host.js";
import { FLAG_I, VcpuState } from "./state.js";
import type { Vcpu } from "./vcpu.js";

/** Longest instruction. */
const MOST_BYTES = 15;
const SEGMENT_BIG = 0x4000;
const WORDS = [
  ...["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"].map((name, n) => [name, STATE.REGS + n * 8] as const),
  ["EFLAGS", STATE.RFLAGS],
  ["GDTR base", STATE.GDTR_BASE],
  ["GDTR limit", STATE.GDTR_LIMIT],
  ["IDTR base", STATE.IDTR_BASE],
  ["IDTR limit", STATE.IDTR_LIMIT],
  ["CR0", STATE.CR0],
  ["CR2", STATE.CR2],
  ["CR3", STATE.CR3],
  ["CR4", STATE.CR4],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => [`DR${n}`, STATE.DRS + n * 8] as const),
  ["EFER", STATE.EFER],
  ["CPL", STATE.CPL],
  ["IA32_SYSENTER_CS", STATE.MSR_SYSENTER_CS],
  ["IA32_SYSENTER_ESP", STATE.MSR_SYSENTER_ESP],
  ["IA32_SYSENTER_EIP", STATE.MSR_SYSENTER_EIP],
  ["time-stamp offset", STATE.TSC_OFFSET],
  ["NMIs blocked", STATE.NMI_BLOCKED],
  ["activity", STATE.ACTIVITY],
  ["interrupt shadow", STATE.SHADOW],
] as const;
const SEGMENTS = ["ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"];
const SEGMENT_PARTS = ["selector", "limit", "base", "access"] as const;

/** The code at an EIP of a guest. `translate`: guest-physical address of a linear one, without effects. */
export function codeLocation(
  state: VcpuState,
  eip: number,
  memory: GuestMemory,
  translate: (linear: number) => number | undefined,
): CodeLocation {
  const { selector, base, access } = state.segment(STATE.CS);
  const linear = (base + eip) >>> 0;
  const bytes: number[] = [];
  for (let n = 0; n < MOST_BYTES; n++) {
    const physical = translate((linear + n) >>> 0);
    if (physical === undefined || !memory.page(physical)) break;
    bytes.push(memory.read8(physical));
  }
  return { cs: selector, eip, linear, bits: access & SEGMENT_BIG ? 32 : 16, bytes: Uint8Array.from(bytes) };
}

const mayInterrupt = ({ flags }: VcpuState) => (flags & FLAG_I) !== 0;

/** What the guest believes beside what the processor had. */
export function privilegeView(state: VcpuState, real: VcpuState, virtualIf = mayInterrupt(state)): PrivilegeView {
  return { realCpl: real.cpl, virtualCpl: state.cpl, realIf: mayInterrupt(real), virtualIf };
}

export class ExitRecorder {
  private open: OpenExit | undefined;
  private readonly before = new VcpuState();
  /** What decided() was told, for the record. */
  private verdict = { reason: REASON.UNSUPPORTED, intervened: "VMM", action: "" };
  private isCounted = true;
  private injectedEvent: InjectedEvent | undefined;

  constructor(
    private readonly host: Host,
    private readonly memory: GuestMemory,
    private readonly vcpu: Vcpu,
    private readonly road: RoadName,
    /** Where the virtual IF is not in the guest's EFLAGS. */
    private readonly virtualIf: () => boolean | undefined = () => undefined,
  ) {}

  /** Whether the exit at hand becomes a record: else what is only for it need not be found out. */
  get recording(): boolean {
    return this.open !== undefined;
  }

  /** The guest has been left. `real`: the processor's state then. `eip`: of the instruction, where EIP is behind it already. */
  begin(real: VcpuState, cause: () => Cause, eip = this.vcpu.state.rip): void {
    this.end();
    this.isCounted = false;
    const { state, events } = this.vcpu;
    this.open = events.begin(() => ({
      vcpu: this.vcpu.number,
      instructions: this.instructions,
      road: this.road,
      intervened: "",
      reason: REASON.UNSUPPORTED,
      at: codeLocation(state, eip, this.memory, (linear) => this.vcpu.translate(linear)),
      privilege: privilegeView(state, real, this.virtualIf()),
      cause: cause(),
    }));
    if (this.open) this.before.bytes.set(state.bytes);
  }

  /** The guest's own, now. */
  private get instructions(): bigint {
    this.host.countInstructions();
    return this.vcpu.state.u64(STATE.INSTRUCTIONS);
  }

  /** Why the guest was left, who deals with it, and what is done, in a few words. Counts the exit. */
  decided(reason: number, intervened: string, action: string): void {
    if (this.isCounted) throw new Error("an exit has one reason");
    this.isCounted = true;
    this.vcpu.counters.exit(reason);
    this.vcpu.stops.exited(reason);
    this.verdict = { reason, intervened, action };
  }

  /** The road does not do it: `message` says what. Counts the exit, unless its reason was known before. */
  refused(message: string): void {
    if (!this.isCounted) this.decided(REASON.UNSUPPORTED, "VMM", message);
    else this.verdict = { ...this.verdict, action: message };
    this.end();
  }

  read(name: string, value: bigint): void {
    this.open?.read(name, value);
  }

  write(name: string, before: bigint, value: bigint): void {
    this.open?.write(name, before, value);
  }

  /** A translation that the exit is about. `steps`: the entries as they were when the guest was left. */
  translated(gva: number, access: "read" | "write" | "fetch", steps: readonly TranslationStep[], verdict: TranslationVerdict): void {
    if (this.open) this.open.translated({ gva, access, verdict, ...this.place(this.vcpu.translate(gva), steps) });
  }

  /** The same for a guest-physical address. */
  translatedPhysical(
    gpa: number,
    access: "read" | "write" | "fetch",
    steps: readonly TranslationStep[],
    verdict: TranslationVerdict,
  ): void {
    this.open?.translated({ access, verdict, ...this.place(gpa, steps) });
  }

  /** Where a guest-physical address lies in the host's memory. */
  private place(gpa: number | undefined, steps: readonly TranslationStep[]): Pick<Translation, "steps" | "gpa" | "hpa"> {
    if (gpa === undefined) return { steps };
    const page = this.memory.page(gpa);
    if (!page) return { steps, gpa };
    const slot = { table: "slot", address: gpa - (gpa % 4096), entry: BigInt(page.address) };
    return { steps: [...steps, slot], gpa, hpa: page.address + (gpa % 4096) };
  }

  /** Entries that are not as they were: of a table that the VMM keeps. */
  changed(before: readonly TranslationStep[], after: readonly TranslationStep[]): void {
    for (const { table, address, entry } of after) {
      const old = before.find((step) => step.address === address)?.entry ?? 0n;
      if (entry !== old) this.write(table, old, entry);
    }
  }

  /** An event that is delivered to the guest. Counts it; outside an exit too. */
  injected(event: InjectedEvent): void {
    this.vcpu.counters.count("injections");
    this.injectedEvent = event;
  }

  /** Whether this field of the virtual state has changed since begin(). Only while `recording`. */
  hasChanged(address: number): boolean {
    return this.before.u64(address) !== this.vcpu.state.u64(address);
  }

  /** The exit is dealt with. Without an open one nothing happens. */
  end(tlb: () => TlbEffect = () => "kept"): void {
    const { open, injectedEvent, verdict } = this;
    this.injectedEvent = undefined;
    if (!open) return;
    this.open = undefined;
    this.writeChanges(open);
    const { state } = this.vcpu;
    open.end({ ...verdict, newEip: state.rip, tlb: tlb(), ...(injectedEvent ? { injected: injectedEvent } : {}) });
  }

  private writeChanges(open: OpenExit): void {
    const { before } = this;
    const { state } = this.vcpu;
    for (const [name, address] of WORDS)
      if (this.hasChanged(address)) open.write(`virtual ${name}`, before.u64(address), state.u64(address));
    SEGMENTS.forEach((name, n) => {
      const [old, now] = [before.segment(n), state.segment(n)];
      for (const part of SEGMENT_PARTS)
        if (old[part] !== now[part]) open.write(`virtual ${name} ${part}`, BigInt(old[part]), BigInt(now[part]));
    });
  }
}
