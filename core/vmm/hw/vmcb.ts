// A virtual machine control block in host memory: a vCPU's state into it, and what a #VMEXIT left in it. AMD APM vol. 2 appendix B.
import * as STATE from "../../../wasm/abi/state.js";
import * as SVM from "../../../wasm/abi/svm.js";
import type { VcpuState } from "../state.js";

export const EFER_SVME = 0x1000;

/** Why the guest was left. Codes and their EXITINFO: AMD APM vol. 2 appendix C. */
export interface VmcbExit {
  readonly code: number;
  readonly info1: bigint;
  readonly info2: bigint;
  /** The event whose delivery was cut off, in the form of EVENTINJ; 0 if there is none. */
  readonly interrupted: bigint;
  /** EIP of the next instruction, where the intercept tells. */
  readonly nextRip: number;
}

/** Fields of the state record that the VMCB has under another address: u64 each. */
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

export class Vmcb {
  /** `memory`: the page itself. */
  constructor(private readonly memory: DataView) {
    for (let at = 0; at < memory.byteLength; at += 4) memory.setUint32(at, 0, true);
  }

  set32(field: number, value: number): void {
    this.memory.setUint32(field, value, true);
  }

  set64(field: number, value: bigint): void {
    this.memory.setBigUint64(field, value, true);
  }

  get64(field: number): bigint {
    return this.memory.getBigUint64(field, true);
  }

  /** Intercept what has exit code `code` (below A0h), or let it be. */
  intercept(code: number, wanted = true): void {
    const at = SVM.VMCB_INTERCEPTS + (code >> 5) * 4;
    const bit = 1 << (code & 31);
    const old = this.memory.getUint32(at, true);
    this.memory.setUint32(at, wanted ? old | bit : old & ~bit, true);
  }

  /** The state save area. */
  loadFrom(state: VcpuState): void {
    for (const [field, at] of FIELDS) this.set64(field, state.u64(at));
    for (const [field, base, limit] of TABLES) {
      this.set32(field + 4, state.u32(limit));
      this.set64(field + 8, state.u64(base));
    }
    for (const [field, n] of SEGMENTS) {
      const { selector, access, limit, base } = state.segment(n);
      this.memory.setUint16(field, selector, true);
      this.memory.setUint16(field + 2, (access & 0xff) | ((access >> 4) & 0xf00), true);
      this.set32(field + 4, limit);
      this.set64(field + 8, BigInt(base));
    }
    this.memory.setUint8(SVM.VMCB_CPL, state.cpl);
    this.set64(SVM.VMCB_EFER, state.u64(STATE.EFER) | BigInt(EFER_SVME));
    this.set64(SVM.VMCB_INTERRUPT_SHADOW, state.u32(STATE.SHADOW) ? 1n : 0n);
  }

  get exit(): VmcbExit {
    return {
      code: Number(BigInt.asIntN(64, this.get64(SVM.VMCB_EXITCODE))),
      info1: this.get64(SVM.VMCB_EXITINFO1),
      info2: this.get64(SVM.VMCB_EXITINFO2),
      interrupted: this.get64(SVM.VMCB_EXITINTINFO),
      nextRip: Number(this.get64(SVM.VMCB_NRIP) & 0xffffffffn),
    };
  }
}
