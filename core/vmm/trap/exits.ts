// What an exit of the deprivileged roads is counted and shown as: SVM's exit code where it has one.
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { type ExitReason, REASON } from "../events/exit-reasons.js";
import type { Cause } from "../events/record.js";
import { svmExitCode } from "../events/svm-exit-codes.js";
import type { Decoded, Mnemonic } from "./decode.js";
import { hasErrorCode } from "./deliver.js";
import { VECTOR_PF } from "./guest.js";

const code = (name: string): ExitReason => Number(svmExitCode(name));
export const INTR = code("INTR");
export const NMI = code("NMI");
export const SWINT = code("SWINT");
export const IRET = code("IRET");
const CR0_READ = code("CR0_READ");
const CR0_WRITE = code("CR0_WRITE");
const DR0_READ = code("DR0_READ");
const DR0_WRITE = code("DR0_WRITE");
const IOIO = code("IOIO");
const MSR = code("MSR");

/** For moves of control and debug registers: of register 0. */
const REASONS: Readonly<Record<Mnemonic, ExitReason>> = {
  cli: REASON.CLI,
  sti: REASON.STI,
  hlt: code("HLT"),
  in: IOIO,
  out: IOIO,
  ins: IOIO,
  outs: IOIO,
  iret: IRET,
  retf: REASON.FAR_TRANSFER,
  "jmp far": REASON.FAR_TRANSFER,
  "call far": REASON.FAR_TRANSFER,
  "mov sreg": REASON.SEGMENT_LOAD,
  "pop sreg": REASON.SEGMENT_LOAD,
  "load far pointer": REASON.SEGMENT_LOAD,
  lldt: code("LDTR_WRITE"),
  ltr: code("TR_WRITE"),
  lgdt: code("GDTR_WRITE"),
  lidt: code("IDTR_WRITE"),
  lmsw: CR0_WRITE,
  clts: CR0_WRITE,
  invlpg: code("INVLPG"),
  invd: code("INVD"),
  wbinvd: code("WBINVD"),
  "mov from cr": CR0_READ,
  "mov to cr": CR0_WRITE,
  "mov from dr": DR0_READ,
  "mov to dr": DR0_WRITE,
  rdmsr: MSR,
  wrmsr: MSR,
  rdtsc: code("RDTSC"),
  sysenter: REASON.SYSENTER,
  sysexit: REASON.SYSEXIT,
  pushf: code("PUSHF"),
  popf: code("POPF"),
  "push sreg": REASON.INSPECT,
  "mov from sreg": REASON.INSPECT,
  sldt: code("LDTR_READ"),
  str: code("TR_READ"),
  sgdt: code("GDTR_READ"),
  sidt: code("IDTR_READ"),
  smsw: CR0_READ,
  lar: REASON.INSPECT,
  lsl: REASON.INSPECT,
  verr: REASON.INSPECT,
  verw: REASON.INSPECT,
  load: REASON.CALLOUT,
  store: REASON.CALLOUT,
  xchg: REASON.CALLOUT,
};

/** With the register's number in it. */
const NUMBERED: readonly Mnemonic[] = ["mov from cr", "mov to cr", "mov from dr", "mov to dr"];

export function reasonOfInstruction({ mnemonic, reg }: Decoded): ExitReason {
  return REASONS[mnemonic] + (NUMBERED.includes(mnemonic) ? reg : 0);
}

/** What decides which translations there are. */
export const SPACE = [STATE.CR0, STATE.CR3, STATE.CR4];

/** `cr2`: of a page fault. */
export function causeOf({ kind, vector, code }: ProcessorEvent, cr2: number): Cause {
  if (kind === "external" || kind === "nmi") return { kind: "interrupt", vector };
  if (kind === "software") return { kind: "software interrupt", vector };
  return {
    kind: "exception",
    vector,
    ...(hasErrorCode(vector) ? { error: code } : {}),
    ...(vector === VECTOR_PF ? { cr2 } : {}),
  };
}
