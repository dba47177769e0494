/** What each road does about the sensitive instructions that do not trap. What is only planned of it is said by docs/STATUS.md. */
import { interceptOf } from "./intercepts.js";

export interface Remedy {
  readonly trap: string;
  readonly bt: string;
  readonly pv: string;
  readonly hw: string;
}

interface Group {
  readonly mnemonics: readonly string[];
  readonly remedy: Omit<Remedy, "hw">;
  /** Why guest mode needs no help. */
  readonly own: string;
}

const CALLOUT = "callout, on virtual state";

const GROUPS: readonly Group[] = [
  {
    mnemonics: ["sgdt", "sidt", "sldt", "str", "smsw"],
    remedy: { trap: "only with UMIP: #GP, emulated", bt: CALLOUT, pv: "the kernel asks the VMM" },
    own: "the guest's own register",
  },
  {
    mnemonics: ["pushf", "popf"],
    remedy: { trap: "none: it lies", bt: "in line, on virtual flags", pv: "virtual IF in the shared page" },
    own: "the guest's own IF",
  },
  { mnemonics: ["iret"], remedy: { trap: "only where it faults", bt: CALLOUT, pv: "hypercall" }, own: "the guest's own IF and rings" },
  {
    mnemonics: ["lar", "lsl", "verr", "verw"],
    remedy: { trap: "none: it lies", bt: "callout, on the guest's descriptors", pv: "not used" },
    own: "the guest's own rings and descriptors",
  },
  {
    mnemonics: ["push", "mov"],
    remedy: { trap: "none: it lies; loads of SS fault", bt: "in line, virtual selectors", pv: "the kernel knows its ring" },
    own: "the guest's own rings",
  },
  {
    mnemonics: ["pop", "lds", "les", "lfs", "lgs", "lss"],
    remedy: { trap: "only where it faults", bt: "callout for kernel code", pv: "validated descriptors" },
    own: "the guest's own rings and descriptors",
  },
  {
    mnemonics: ["call", "jmp", "retf"],
    remedy: { trap: "only where it faults", bt: CALLOUT, pv: "the kernel knows its ring" },
    own: "the guest's own rings",
  },
  {
    mnemonics: ["int", "int3", "into", "int1", "sysenter"],
    remedy: { trap: "the VMM gets it, and injects", bt: "the VMM gets it, and injects", pv: "registered trap table" },
    own: "the guest's own gates",
  },
];

/** Undefined for what needs none. */
export function remedyFor(mnemonic: string): Remedy | undefined {
  const group = GROUPS.find(({ mnemonics }) => mnemonics.includes(mnemonic));
  if (!group) return undefined;
  const intercept = interceptOf(mnemonic);
  return { ...group.remedy, hw: intercept ? `${group.own}; intercept ${intercept}` : group.own };
}
