// Names of bits, as the manuals spell them, with what they mean in a few words.

export interface Bit {
  readonly bit: number;
  readonly name: string;
  readonly meaning: string;
}

// SDM 1 "EFLAGS Register"
export const FLAGS: readonly Bit[] = [
  { bit: 0, name: "CF", meaning: "carry" },
  { bit: 2, name: "PF", meaning: "parity" },
  { bit: 4, name: "AF", meaning: "auxiliary carry" },
  { bit: 6, name: "ZF", meaning: "zero" },
  { bit: 7, name: "SF", meaning: "sign" },
  { bit: 11, name: "OF", meaning: "overflow" },
  { bit: 10, name: "DF", meaning: "direction: strings go down" },
  { bit: 9, name: "IF", meaning: "interrupts enabled" },
  { bit: 8, name: "TF", meaning: "trap after each instruction" },
  { bit: 14, name: "NT", meaning: "nested task" },
  { bit: 16, name: "RF", meaning: "resume past a breakpoint" },
  { bit: 17, name: "VM", meaning: "virtual-8086 mode" },
  { bit: 18, name: "AC", meaning: "alignment check" },
  { bit: 19, name: "VIF", meaning: "virtual interrupt flag" },
  { bit: 20, name: "VIP", meaning: "virtual interrupt pending" },
  { bit: 21, name: "ID", meaning: "CPUID is there" },
];

// SDM 3A "Control Registers"
export const CR0_BITS: readonly Bit[] = [
  { bit: 0, name: "PE", meaning: "protection enabled" },
  { bit: 1, name: "MP", meaning: "monitor coprocessor" },
  { bit: 2, name: "EM", meaning: "emulate x87" },
  { bit: 3, name: "TS", meaning: "task switched" },
  { bit: 4, name: "ET", meaning: "extension type" },
  { bit: 5, name: "NE", meaning: "numeric error" },
  { bit: 16, name: "WP", meaning: "write protect" },
  { bit: 18, name: "AM", meaning: "alignment mask" },
  { bit: 29, name: "NW", meaning: "not write-through" },
  { bit: 30, name: "CD", meaning: "cache disabled" },
  { bit: 31, name: "PG", meaning: "paging" },
];

export const CR4_BITS: readonly Bit[] = [
  { bit: 0, name: "VME", meaning: "virtual-8086 extensions" },
  { bit: 1, name: "PVI", meaning: "protected-mode virtual interrupts" },
  { bit: 2, name: "TSD", meaning: "time stamp disabled in ring 3" },
  { bit: 3, name: "DE", meaning: "debugging extensions" },
  { bit: 4, name: "PSE", meaning: "page size extensions" },
  { bit: 5, name: "PAE", meaning: "physical address extension" },
  { bit: 6, name: "MCE", meaning: "machine check" },
  { bit: 7, name: "PGE", meaning: "global pages" },
  { bit: 8, name: "PCE", meaning: "performance counters in ring 3" },
  { bit: 9, name: "OSFXSR", meaning: "FXSAVE and SSE" },
  { bit: 10, name: "OSXMMEXCPT", meaning: "SSE exceptions" },
  { bit: 11, name: "UMIP", meaning: "user-mode instruction prevention" },
  { bit: 20, name: "SMEP", meaning: "no supervisor execution of user pages" },
  { bit: 21, name: "SMAP", meaning: "no supervisor access to user pages" },
];

export function setBits(value: number, bits: readonly Bit[]): Bit[] {
  return bits.filter(({ bit }) => (value >>> bit) & 1);
}

export function hex(value: number, digits = 8): string {
  return (value >>> 0).toString(16).padStart(digits, "0");
}

const BIG = 1 << 14;
const GRANULAR_OR_CODE = 1 << 3;
const SYSTEM_NOT = 1 << 4;

const SYSTEM_TYPES: Readonly<Record<number, string>> = {
  1: "TSS 16",
  2: "LDT",
  3: "TSS 16 busy",
  9: "TSS 32",
  11: "TSS 32 busy",
};

/** A segment's access word in a few characters: width, kind, what it permits, DPL. SDM 3A "Segment Descriptors". */
export function segmentKind(access: number): string {
  const dpl = (access >>> 5) & 3;
  if (!(access & SYSTEM_NOT)) return SYSTEM_TYPES[access & 15] ?? "system";
  const code = access & GRANULAR_OR_CODE;
  const second = access & 2;
  const width = access & BIG ? "32" : "16";
  const permits = code ? `${second ? "r" : "-"}-x` : `r${second ? "w" : "-"}-`;
  return `${width} ${permits} ring ${dpl}`;
}
