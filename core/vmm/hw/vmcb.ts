// A virtual machine control block in host memory: a vCPU's state into it, and what a #VMEXIT left in it. AMD APM vol. 2 appendix B. Each access of
// the VMM to a field is counted, and noted while an exit is recorded.
import * as STATE from "../../../wasm/abi/state.js";
import * as SVM from "../../../wasm/abi/svm.js";
import type { Cause } from "../events/record.js";
import type { ExitRecorder } from "../exit-recorder.js";
import type { VcpuState } from "../state.js";
import type { Vcpu } from "../vcpu.js";

export const EFER_SVME = 0x1000;

/** Fields of the state record that the VMCB has under another address: u64 each, of which 32-bit guests use the low half. */
const FIELDS: readonly (readonly [vmcb: number, state: number])[] = [
  [SVM.VMCB_CR0, STATE.CR0],
  [SVM.VMCB_CR2, STATE.CR2],
  [SVM.VMCB_CR3, STATE.CR3],
  [SVM.VMCB_CR4, STATE.CR4],
  [SVM.VMCB_DR6, STATE.DRS + 48],
  [SVM.VMCB_DR7, STATE.DRS + 56],
  [SVM.VMCB_RFLAGS, STATE.RFLAGS],
  [SVM.VMCB_RIP, STATE.RIP],
  [SVM.VMCB_RSP, STATE.REGS + STATE.RSP],
  [SVM.VMCB_RAX, STATE.REGS + STATE.RAX],
  [SVM.VMCB_G_PAT, STATE.MSR_PAT],
  [SVM.VMCB_SYSENTER_CS, STATE.MSR_SYSENTER_CS],
  [SVM.VMCB_SYSENTER_ESP, STATE.MSR_SYSENTER_ESP],
  [SVM.VMCB_SYSENTER_EIP, STATE.MSR_SYSENTER_EIP],
];
const TABLES: readonly (readonly [vmcb: number, base: number, limit: number])[] = [
  [SVM.VMCB_GDTR, STATE.GDTR_BASE, STATE.GDTR_LIMIT],
  [SVM.VMCB_IDTR, STATE.IDTR_BASE, STATE.IDTR_LIMIT],
];
const SEGMENTS: readonly (readonly [vmcb: number, segment: number])[] = [
  ...[STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS].map((n) => [SVM.VMCB_SEGMENTS + n * SVM.VMCB_SEGMENT_SIZE, n] as const),
  [SVM.VMCB_LDTR, STATE.LDTR],
  [SVM.VMCB_TR, STATE.TR],
];
/** What loadFrom() writes. */
const STATE_FIELDS = FIELDS.length + TABLES.length * 2 + SEGMENTS.length * 4 + 3;

/** Fields that the VMM touches one by one, for records. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [SVM.VMCB_ASID, "ASID and TLB_CONTROL"],
  [SVM.VMCB_V_INTR, "V_INTR"],
  [SVM.VMCB_INTERRUPT_SHADOW, "INTERRUPT_SHADOW"],
  [SVM.VMCB_EXITCODE, "EXITCODE"],
  [SVM.VMCB_EXITINFO1, "EXITINFO1"],
  [SVM.VMCB_EXITINFO2, "EXITINFO2"],
  [SVM.VMCB_EXITINTINFO, "EXITINTINFO"],
  [SVM.VMCB_EVENTINJ, "EVENTINJ"],
  [SVM.VMCB_N_CR3, "N_CR3"],
  [SVM.VMCB_NRIP, "nRIP"],
  [SVM.VMCB_EFER, "EFER"],
  [SVM.VMCB_CR0, "CR0"],
  [SVM.VMCB_CR2, "CR2"],
  [SVM.VMCB_CR3, "CR3"],
  [SVM.VMCB_CR4, "CR4"],
  [SVM.VMCB_RFLAGS, "RFLAGS"],
  [SVM.VMCB_RIP, "RIP"],
  [SVM.VMCB_RSP, "RSP"],
  [SVM.VMCB_RAX, "RAX"],
]);

/** "intercepts" for what has no name of its own. */
function fieldName(field: number): string {
  return NAMES.get(field) ?? "intercepts";
}

export class Vmcb {
  /** `memory`: the page itself. */
  constructor(
    private readonly memory: DataView,
    private readonly vcpu: Vcpu,
    private readonly recorder: ExitRecorder,
  ) {
    for (let at = 0; at < memory.byteLength; at += 4) memory.setUint32(at, 0, true);
  }

  /** The low half of a field. */
  get(field: number): number {
    const value = this.memory.getUint32(field, true);
    this.vcpu.counters.count("vmcbReads");
    if (this.recorder.recording) this.recorder.read(fieldName(field), this.memory.getBigUint64(field, true));
    return value;
  }

  /** A field of 64 bits with a value below 2^53. */
  getAddress(field: number): number {
    return this.get(field) + this.memory.getUint32(field + 4, true) * 2 ** 32;
  }

  /** The high half of a field, where it is one of its own; not counted. */
  getHigh(field: number): number {
    return this.memory.getUint32(field + 4, true);
  }

  /** Write both halves of a field, if it has another value. */
  set(field: number, low: number, high = 0): void {
    const { memory } = this;
    if (memory.getUint32(field, true) === low >>> 0 && memory.getUint32(field + 4, true) === high >>> 0) return;
    const before = this.recorder.recording ? memory.getBigUint64(field, true) : 0n;
    memory.setUint32(field, low, true);
    memory.setUint32(field + 4, high, true);
    this.vcpu.counters.count("vmcbWrites");
    if (this.recorder.recording) this.recorder.write(fieldName(field), before, memory.getBigUint64(field, true));
  }

  /** The ASID, and whether the next entry flushes its translations: TLB_CONTROL lies behind it. */
  setAsid(asid: number, flush: boolean): void {
    this.set(SVM.VMCB_ASID, asid, flush ? 1 : 0);
  }

  /** Intercept what has exit code `code` (below A0h), or let it be. */
  intercept(code: number, wanted = true): void {
    const at = SVM.VMCB_INTERCEPTS + (code >> 5) * 4;
    const bit = 1 << (code & 31);
    const old = this.memory.getUint32(at, true);
    const now = wanted ? old | bit : old & ~bit;
    if (now >>> 0 !== old) this.vcpu.counters.count("vmcbWrites");
    this.memory.setUint32(at, now, true);
  }

  /** The state save area. */
  loadFrom(state: VcpuState): void {
    const { memory } = this;
    for (const [field, at] of FIELDS) {
      memory.setUint32(field, state.u32(at), true);
      memory.setUint32(field + 4, state.u32(at + 4), true);
    }
    for (const [field, base, limit] of TABLES) {
      memory.setUint32(field + 4, state.u32(limit), true);
      memory.setUint32(field + 8, state.u32(base), true);
    }
    for (const [field, n] of SEGMENTS) {
      const { selector, access, limit, base } = state.segment(n);
      memory.setUint16(field, selector, true);
      memory.setUint16(field + 2, (access & 0xff) | ((access >> 4) & 0xf00), true);
      memory.setUint32(field + 4, limit, true);
      memory.setUint32(field + 8, base, true);
    }
    memory.setUint8(SVM.VMCB_CPL, state.cpl);
    memory.setUint32(SVM.VMCB_EFER, state.u32(STATE.EFER) | EFER_SVME, true);
    memory.setUint32(SVM.VMCB_INTERRUPT_SHADOW, state.u32(STATE.SHADOW) ? 1 : 0, true);
    this.vcpu.counters.count("vmcbWrites", STATE_FIELDS);
  }

  /** For records of exits. */
  get cause(): Cause {
    const field = (at: number) => this.memory.getBigUint64(at, true);
    return {
      kind: "svm",
      code: field(SVM.VMCB_EXITCODE),
      info1: field(SVM.VMCB_EXITINFO1),
      info2: field(SVM.VMCB_EXITINFO2),
      intInfo: field(SVM.VMCB_EXITINTINFO),
    };
  }

  /** What the #VMEXIT was for: VMEXIT_*. */
  get exitCode(): number {
    return this.get(SVM.VMCB_EXITCODE) | 0;
  }
}
