// Every instruction form (iced-x86 Code) that CPUID makes us claim in 16- and 32-bit modes. Table check, vectors and their count of
// forms all start from this list.
import { Code, CodeExt, CpuidFeature, EncodingKind, Instruction, type OpCodeInfo } from "iced-x86";

/** iced's names of the features a Pentium 4 of this project has. */
const CLAIMED = new Set<CpuidFeature>([
  CpuidFeature.INTEL8086,
  CpuidFeature.INTEL186,
  CpuidFeature.INTEL286,
  CpuidFeature.INTEL386,
  CpuidFeature.INTEL486,
  CpuidFeature.CPUID,
  CpuidFeature.CX8,
  CpuidFeature.CMOV,
  CpuidFeature.MSR,
  CpuidFeature.TSC,
  CpuidFeature.RDPMC,
  CpuidFeature.SEP,
  CpuidFeature.FXSR,
  CpuidFeature.CLFSH,
  CpuidFeature.PAUSE,
  CpuidFeature.MULTIBYTENOP,
  CpuidFeature.SMAP,
  CpuidFeature.SVM,
  CpuidFeature.SKINIT_or_SVM,
  CpuidFeature.FPU,
  CpuidFeature.FPU287,
  CpuidFeature.FPU387,
  CpuidFeature.MMX,
  CpuidFeature.SSE,
  CpuidFeature.SSE2,
  CpuidFeature.SSE3,
]);

/** Other readings of an encoding that is in the list already. */
const OTHER_READINGS = new Set<Code>([
  // 0F FF without ModRM, as AMD has it.
  Code.Ud0,
]);

export interface ClaimedCode {
  readonly code: Code;
  /** iced's name of the form, such as `Add_rm32_r32`. */
  readonly name: string;
  readonly features: readonly string[];
}

function featuresOf(code: Code): CpuidFeature[] {
  const instruction = new Instruction();
  instruction.code = code;
  const features = [...instruction.cpuidFeatures()] as CpuidFeature[];
  instruction.free();
  return features;
}

/** FWAIT forms (9B in front) are two instructions to the processor: WAIT, then the other. */
function counts(info: OpCodeInfo): boolean {
  return info.encoding === EncodingKind.Legacy && info.isInstruction && (info.mode16 || info.mode32) && !info.fwait;
}

export function claimedCodes(): ClaimedCode[] {
  const list: ClaimedCode[] = [];
  for (const [name, value] of Object.entries(Code)) {
    if (typeof value !== "number") continue;
    const code = value as Code;
    const features = featuresOf(code);
    if (OTHER_READINGS.has(code) || !features.every((feature) => CLAIMED.has(feature))) continue;
    const info = CodeExt.opCode(code);
    if (counts(info)) list.push({ code, name, features: features.map((feature) => CpuidFeature[feature]!) });
    info.free();
  }
  return list;
}

/** The name iced gives a form. */
export function codeName(code: Code): string {
  return Code[code] ?? `Code ${code}`;
}
