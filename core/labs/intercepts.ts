/** Which SVM intercept takes a critical instruction out of the guest. AMD APM Vol. 2, "Instruction Intercepts". Most have none: they need none. */
import { svmExitCode, svmExitName } from "../vmm/events/svm-exit-codes.js";

const INTERCEPTS: Readonly<Record<string, string>> = {
  sgdt: "GDTR_READ",
  sidt: "IDTR_READ",
  sldt: "LDTR_READ",
  str: "TR_READ",
  smsw: "CR0_READ",
  pushf: "PUSHF",
  popf: "POPF",
  iret: "IRET",
  int: "SWINT",
  int3: "#BP",
  into: "#OF",
  int1: "ICEBP",
};

/** The intercept's name; undefined where there is none. */
export function interceptOf(mnemonic: string): string | undefined {
  const name = INTERCEPTS[mnemonic];
  return name === undefined ? undefined : svmExitName(svmExitCode(name));
}
