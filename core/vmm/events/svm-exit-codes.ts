/**
 * #VMEXIT codes of SVM, by number. AMD APM Vol. 2, Appendix C "SVM Intercept Exit Codes" and Appendix B "VMCB Layout": up to 0BFh an exit
 * code is the number of its intercept bit, counted from bit 0 of the VMCB's first word, so that one list names both.
 *
 * Not here: VMGEXIT and the software-defined codes of SEV-ES.
 */

const numbered = (count: number, suffix: string, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}${suffix}`);

/** Exceptions by vector; SDM 3A "Exception and Interrupt Reference". Empty: reserved. */
export const EXCEPTION_NAMES: readonly string[] =
  "#DE #DB NMI #BP #OF #BR #UD #NM #DF CSO #TS #NP #SS #GP #PF - #MF #AC #MC #XM #VE #CP - - - - - - #HV #VC #SX -"
    .split(" ")
    .map((name) => (name === "-" ? "" : name));

/** "#PF", or "vector 32". */
export function exceptionName(vector: number): string {
  return EXCEPTION_NAMES[vector] || `vector ${vector}`;
}

/** Vectors that push an error code. SDM 3A "Error Code". */
const WITH_ERROR_CODE: ReadonlySet<number> = new Set([8, 10, 11, 12, 13, 14, 17, 21, 29, 30]);

export function pushesErrorCode(vector: number): boolean {
  return WITH_ERROR_CODE.has(vector);
}

const WORD_3 =
  "INTR NMI SMI INIT VINTR CR0_SEL_WRITE IDTR_READ GDTR_READ LDTR_READ TR_READ IDTR_WRITE GDTR_WRITE LDTR_WRITE TR_WRITE RDTSC RDPMC " +
  "PUSHF POPF CPUID RSM IRET SWINT INVD PAUSE HLT INVLPG INVLPGA IOIO MSR TASK_SWITCH FERR_FREEZE SHUTDOWN";
const WORD_4 =
  "VMRUN VMMCALL VMLOAD VMSAVE STGI CLGI SKINIT RDTSCP ICEBP WBINVD MONITOR MWAIT MWAIT_CONDITIONAL XSETBV RDPRU EFER_WRITE_TRAP";
const WORD_5 = "INVLPGB INVLPGB_ILLEGAL INVPCID MCOMMIT TLBSYNC BUSLOCK IDLE_HLT";

/** Names by exit code and by intercept bit alike; empty where a number stands for nothing. */
const BY_BIT: readonly string[] = [
  ...numbered(16, "_READ", "CR"),
  ...numbered(16, "_WRITE", "CR"),
  ...numbered(16, "_READ", "DR"),
  ...numbered(16, "_WRITE", "DR"),
  // The NMI has a code of its own.
  ...EXCEPTION_NAMES.map((name) => (name === "NMI" ? "" : name)),
  ...WORD_3.split(" "),
  ...WORD_4.split(" "),
  ...numbered(16, "_WRITE_TRAP", "CR"),
  ...WORD_5.split(" "),
];

export const SVM_EXIT_NPF = 0x400;
export const SVM_EXIT_AVIC_INCOMPLETE_IPI = 0x401;
export const SVM_EXIT_AVIC_NOACCEL = 0x402;
/** As the 64-bit field has it: -1. */
export const SVM_EXIT_INVALID = 0xffff_ffff_ffff_ffffn;

const FURTHER: ReadonlyMap<bigint, string> = new Map([
  [BigInt(SVM_EXIT_NPF), "NPF"],
  [BigInt(SVM_EXIT_AVIC_INCOMPLETE_IPI), "AVIC_INCOMPLETE_IPI"],
  [BigInt(SVM_EXIT_AVIC_NOACCEL), "AVIC_NOACCEL"],
  [SVM_EXIT_INVALID, "INVALID"],
]);

/** The code of a name of this file, such as "IOIO" or "#PF". Throws for a name that is none: our own mistake. */
export function svmExitCode(name: string): bigint {
  const bit = BY_BIT.indexOf(name);
  if (name !== "" && bit >= 0) return BigInt(bit);
  for (const [code, further] of FURTHER) if (further === name) return code;
  throw new Error(`SVM has no exit "${name}"`);
}

/** The manual's name without its "VMEXIT_"; exceptions by their own, and a number for what has none. */
export function svmExitName(code: bigint): string {
  return (code < 0x100n ? BY_BIT[Number(code)] : undefined) || FURTHER.get(code) || `exit ${code.toString(16)}h`;
}

/** Every exit code that means something, in order. */
export function svmExitCodes(): bigint[] {
  return [...BY_BIT.flatMap((name, bit) => (name === "" ? [] : [BigInt(bit)])), ...FURTHER.keys()];
}

/** Names of the intercepts that are on in the VMCB's words at 000h, 004h and on: at most six words are read. */
export function interceptNames(words: ArrayLike<number>): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < Math.min(words.length, 6) * 32; bit++)
    if ((words[bit >> 5]! >>> (bit & 31)) & 1) names.push(BY_BIT[bit] || `bit ${bit & 31} of word ${bit >> 5}`);
  return names;
}
