/**
 * The instructions that make an operating system: modes, segments, descriptor tables, gates, interrupts, ports, control, debug and
 * model-specific registers. Exec functions: wasm/system. What the columns mean: row.ts.
 *
 * Not here: long mode's SYSCALL, SWAPGS and the like; MONITOR and MWAIT (not claimed); RSM (#UD outside SMM, which is not there).
 */
import type { Flags, InstructionRow, ProtectedState } from "./row.js";

type Extra = Omit<InstructionRow, "opcode" | "mnemonic" | "operands" | "exec" | "feature">;

function row(feature: string, opcode: string, mnemonic: string, operands: string, exec: string, extra: Extra = {}): InstructionRow {
  return { opcode, mnemonic, operands, exec, feature, ends: true, ...extra };
}

/** The `touches` column. */
function touches(reads: readonly ProtectedState[], writes: readonly ProtectedState[] = []): Extra {
  return { touches: { ...(reads.length > 0 ? { reads } : {}), ...(writes.length > 0 ? { writes } : {}) } };
}

/** Not privileged, although it touches what it should not. */
function sensitive(reads: readonly ProtectedState[], writes: readonly ProtectedState[] = []): Extra {
  return { privilege: "sensitive", ...touches(reads, writes) };
}

/** Gates and far pointers: CPL against DPL decides what happens, and CPL may be another afterwards. */
const GATE = sensitive(["CPL", "descriptors"], ["CPL"]);
const FLAGS_RETURNED = sensitive(["CPL", "IOPL", "descriptors"], ["CPL", "IF", "IOPL"]);
const SEGMENT = sensitive(["CPL", "descriptors"]);
const SELECTOR = sensitive(["selector"]);
const FAR = "#UD #NM #TS #NP #SS #GP #PF #AC";
const SEGMENT_LOAD = "#NP #SS #GP #PF #AC";
const CPL0: Extra = { faults: "#GP", privilege: "cpl0" };
/** The manual leaves the arithmetic flags undefined; processors leave them alone. */
const UNDEFINED: Flags = { undefined: "OSZAPC" };
const ZERO: Flags = { writes: "Z" };
const WHOLE = "OSZAPCDIV";
const WORD_FLAGS = "the 16-bit form has only the low half of EFLAGS, without AC";

const transfers = [
  row("8086", "EA", "jmp", "Ap", "jmpFar", { faults: FAR, mode: "32", ...GATE }),
  row("8086", "9A", "call", "Ap", "callFar", { faults: FAR, mode: "32", ...GATE }),
  row("8086", "FF /5", "jmp", "Mp", "jmpFarMemory", { faults: FAR, role: "src", ...GATE }),
  row("8086", "FF /3", "call", "Mp", "callFarMemory", { faults: FAR, role: "src", ...GATE }),
  row("8086", "CB", "retf", "", "retFarPlain", { faults: FAR, ...GATE }),
  row("8086", "CA", "retf", "Iw", "retFarPop", { faults: FAR, ...GATE }),
  row("8086", "CC", "int3", "", "int3", { faults: FAR, ...GATE }),
  row("8086", "CD", "int", "Ib", "intN", { faults: FAR, ...GATE }),
  row("8086", "CE", "into", "", "into", { faults: FAR, flags: { reads: "O" }, mode: "32", ...GATE }),
  row("386", "F1", "int1", "", "int1", { faults: FAR, ...GATE }),
  row("8086", "CF", "iret", "", "iret", { faults: FAR, flags: { writes: WHOLE }, ...FLAGS_RETURNED, note: WORD_FLAGS }),
  row("SEP", "0F 34", "sysenter", "", "sysenter", { faults: "#GP", flags: { clears: "I" }, ...sensitive(["MSRs"], ["CPL", "IF"]) }),
  row("SEP", "0F 35", "sysexit", "", "sysexit", { ...CPL0, ...touches(["MSRs"], ["CPL"]) }),
];

/** Fixed segment registers of PUSH and POP; POP CS is no instruction. */
const STACKED = [
  { name: "ES", push: "06", pop: "07", mode: "32" },
  { name: "CS", push: "0E", mode: "32" },
  { name: "SS", push: "16", pop: "17", mode: "32" },
  { name: "DS", push: "1E", pop: "1F", mode: "32" },
  { name: "FS", push: "0F A0", pop: "0F A1" },
  { name: "GS", push: "0F A8", pop: "0F A9" },
] as const;

const stacked = STACKED.flatMap((s) => {
  const feature = s.push.length > 2 ? "386" : "8086";
  const only: Extra = "mode" in s ? { mode: s.mode } : { default64: true };
  const push = row(feature, s.push, "push", s.name, "pushSegment", {
    ...only,
    ends: false,
    role: "src",
    faults: "#SS #PF #AC",
    ...SELECTOR,
  });
  if (!("pop" in s)) return [push];
  return [push, row(feature, s.pop, "pop", s.name, "popSegment", { ...only, faults: SEGMENT_LOAD, ...SEGMENT })];
});

const segments = [
  row("8086", "8E", "mov", "Sw,Ew", "movToSegment", { faults: `#UD ${SEGMENT_LOAD}`, ...SEGMENT }),
  row("8086", "8C", "mov", "Mw,Sw", "storeSegment", { faults: "#UD #SS #GP #PF #AC", ends: false, ...SELECTOR }),
  row("8086", "8C", "mov", "Rv,Sw", "movFromSegment<T>", { faults: "#UD", ends: false, ...SELECTOR }),
  row("8086", "C4", "les", "Gv,Mp", "les<T>", { faults: SEGMENT_LOAD, mode: "32", ...SEGMENT }),
  row("8086", "C5", "lds", "Gv,Mp", "lds<T>", { faults: SEGMENT_LOAD, mode: "32", ...SEGMENT }),
  row("386", "0F B2", "lss", "Gv,Mp", "lss<T>", { faults: SEGMENT_LOAD, ...SEGMENT }),
  row("386", "0F B4", "lfs", "Gv,Mp", "lfs<T>", { faults: SEGMENT_LOAD, ...SEGMENT }),
  row("386", "0F B5", "lgs", "Gv,Mp", "lgs<T>", { faults: SEGMENT_LOAD, ...SEGMENT }),
];

const LOAD_SYSTEM: Extra = { faults: "#UD #NP #SS #GP #PF", role: "src", privilege: "cpl0" };
const STORE_SYSTEM: Extra = { faults: "#UD #SS #GP #PF #AC", umip: true };
const INSPECT: Extra = { faults: "#UD #SS #GP #PF #AC", flags: ZERO, ...SEGMENT };

const tables = [
  row("286", "0F 00 /0", "sldt", "Rv", "sldt", { ...STORE_SYSTEM, ...sensitive(["LDTR"]) }),
  row("286", "0F 00 /0", "sldt", "Mw", "sldt", { ...STORE_SYSTEM, ...sensitive(["LDTR"]) }),
  row("286", "0F 00 /1", "str", "Rv", "str", { ...STORE_SYSTEM, ...sensitive(["TR"]) }),
  row("286", "0F 00 /1", "str", "Mw", "str", { ...STORE_SYSTEM, ...sensitive(["TR"]) }),
  row("286", "0F 00 /2", "lldt", "Ew", "lldt", { ...LOAD_SYSTEM, ...touches([], ["LDTR"]) }),
  row("286", "0F 00 /3", "ltr", "Ew", "ltr", { ...LOAD_SYSTEM, ...touches([], ["TR"]) }),
  row("286", "0F 00 /4", "verr", "Ew", "verr", { ...INSPECT, role: "src" }),
  row("286", "0F 00 /5", "verw", "Ew", "verw", { ...INSPECT, role: "src" }),
  row("286", "0F 01 /0", "sgdt", "Ms", "sgdt", { ...STORE_SYSTEM, ...sensitive(["GDTR"]) }),
  row("286", "0F 01 /1", "sidt", "Ms", "sidt", { ...STORE_SYSTEM, ...sensitive(["IDTR"]) }),
  row("286", "0F 01 /2", "lgdt", "Ms", "lgdt", { ...LOAD_SYSTEM, ...touches([], ["GDTR"]) }),
  row("286", "0F 01 /3", "lidt", "Ms", "lidt", { ...LOAD_SYSTEM, ...touches([], ["IDTR"]) }),
  row("286", "0F 02", "lar", "Gv,Ew", "lar<T>", INSPECT),
  row("286", "0F 03", "lsl", "Gv,Ew", "lsl<T>", INSPECT),
  row("286", "63", "arpl", "Ew,Gw", "arpl", { faults: "#UD #SS #GP #PF #AC", flags: ZERO, mode: "32" }),
];

const control = [
  row("286", "0F 01 /4", "smsw", "Rv", "smsw", { ...STORE_SYSTEM, ...sensitive(["CR0"]) }),
  row("286", "0F 01 /4", "smsw", "Mw", "smsw", { ...STORE_SYSTEM, ...sensitive(["CR0"]) }),
  row("286", "0F 01 /6", "lmsw", "Ew", "lmsw", { faults: "#SS #GP #PF", role: "src", privilege: "cpl0", ...touches([], ["CR0"]) }),
  row("286", "0F 06", "clts", "", "clts", { ...CPL0, ...touches([], ["CR0"]) }),
  row("386", "0F 20", "mov", "Rd,Cd", "movFromControl", { faults: "#UD #GP", flags: UNDEFINED, privilege: "cpl0", ...touches(["CRn"]) }),
  row("386", "0F 22", "mov", "Cd,Rd", "movToControl", { faults: "#UD #GP", flags: UNDEFINED, privilege: "cpl0", ...touches([], ["CRn"]) }),
  row("386", "0F 21", "mov", "Rd,Dd", "movFromDebug", { faults: "#UD #GP #DB", flags: UNDEFINED, privilege: "cpl0", ...touches(["DRn"]) }),
  row("386", "0F 23", "mov", "Dd,Rd", "movToDebug", {
    faults: "#UD #GP #DB",
    flags: UNDEFINED,
    privilege: "cpl0",
    ...touches([], ["DRn"]),
  }),
  row("486", "0F 01 /7", "invlpg", "Mb", "invlpg", { ...CPL0, role: "src", ...touches([], ["TLB"]) }),
  row("486", "0F 08", "invd", "", "invd", { ...CPL0, ...touches([], ["caches"]) }),
  row("486", "0F 09", "wbinvd", "", "wbinvd", { ...CPL0, ...touches([], ["caches"]) }),
  row("586", "0F 30", "wrmsr", "", "wrmsr", { ...CPL0, ...touches([], ["MSRs"]) }),
  row("586", "0F 32", "rdmsr", "", "rdmsr", { ...CPL0, ...touches(["MSRs"]) }),
  row("586", "0F 31", "rdtsc", "", "rdtsc", { faults: "#GP", cr4: "tsd", ...touches(["TSC"]) }),
  row("686", "0F 33", "rdpmc", "", "rdpmc", {
    faults: "#GP",
    cr4: "pce",
    ...touches(["PMCs"]),
    note: "there are no counters: always #GP(0)",
  }),
  row("486", "0F A2", "cpuid", "", "cpuid"),
  row("8086", "F4", "hlt", "", "hlt", { ...CPL0, ...touches([], ["activity"]) }),
  row("SMAP", "0F 01 =CA", "clac", "", "clac", { faults: "#UD", flags: { clears: "V" }, privilege: "cpl0", ...touches([], ["AC"]) }),
  row("SMAP", "0F 01 =CB", "stac", "", "stac", { faults: "#UD", flags: { sets: "V" }, privilege: "cpl0", ...touches([], ["AC"]) }),
];

const SVM: Extra = { faults: "#UD #GP", privilege: "cpl0" };

/** AMD's secure virtual machine. */
const svm = [
  row("SVM", "0F 01 =D8", "vmrun", "", "vmrun", { ...SVM, flags: { reads: WHOLE }, ...touches([], ["CPL", "CRn", "MSRs", "IF"]) }),
  row("SVM", "0F 01 =D9", "vmmcall", "", "vmmcall", { faults: "#UD" }),
  row("SVM", "0F 01 =DA", "vmload", "", "vmload", { ...SVM, ...touches([], ["MSRs"]) }),
  row("SVM", "0F 01 =DB", "vmsave", "", "vmsave", { ...SVM, ...touches(["MSRs"]) }),
  row("SVM", "0F 01 =DC", "stgi", "", "stgi", { ...SVM, ...touches([], ["IF"]) }),
  row("SVM", "0F 01 =DD", "clgi", "", "clgi", { ...SVM, ...touches([], ["IF"]) }),
  row("SVM", "0F 01 =DE", "skinit", "", "skinit", {
    ...SVM,
    ...touches([], ["CPL"]),
    note: "not there: #UD unless a guest's is intercepted",
  }),
  row("SVM", "0F 01 =DF", "invlpga", "", "invlpga", { ...SVM, ...touches([], ["TLB"]) }),
];

const flags = [
  row("8086", "FA", "cli", "", "cli", { faults: "#GP", flags: { clears: "I" }, privilege: "iopl", ...touches(["IOPL"], ["IF"]) }),
  row("8086", "FB", "sti", "", "sti", { faults: "#GP", flags: { sets: "I" }, privilege: "iopl", ...touches(["IOPL"], ["IF"]) }),
  row("8086", "9C", "pushf", "", "pushFlags<T>", {
    faults: "#SS #GP #PF #AC",
    flags: { reads: WHOLE },
    default64: true,
    ends: false,
    ...sensitive(["IF", "IOPL"]),
    note: WORD_FLAGS,
  }),
  row("8086", "9D", "popf", "", "popFlags<T>", {
    faults: "#SS #GP #PF #AC",
    flags: { writes: WHOLE },
    default64: true,
    ...sensitive(["CPL", "IOPL"], ["IF", "IOPL"]),
    note: WORD_FLAGS,
  }),
];

const PORT: Extra = { faults: "#GP #PF", privilege: "io", ...touches(["IOPL", "ports"], ["ports"]) };
const PORT_STRING: Extra = {
  faults: "#SS #GP #PF #AC",
  flags: { reads: "D" },
  privilege: "io",
  rep: "plain",
  ...touches(["IOPL", "ports"], ["ports"]),
};

const ports = [
  row("8086", "E4", "in", "AL,Ib", "inImmediate<T>", PORT),
  row("8086", "E5", "in", "eAX,Ib", "inImmediate<T>", PORT),
  row("8086", "EC", "in", "AL,DX", "inDx<T>", PORT),
  row("8086", "ED", "in", "eAX,DX", "inDx<T>", PORT),
  row("8086", "E6", "out", "Ib,AL", "outImmediate<T>", PORT),
  row("8086", "E7", "out", "Ib,eAX", "outImmediate<T>", PORT),
  row("8086", "EE", "out", "DX,AL", "outDx<T>", PORT),
  row("8086", "EF", "out", "DX,eAX", "outDx<T>", PORT),
  row("186", "6C", "ins", "Yb,DX", "insString<T>", PORT_STRING),
  row("186", "6D", "ins", "Yz,DX", "insString<T>", PORT_STRING),
  row("186", "6E", "outs", "DX,Xb", "outsString<T>", PORT_STRING),
  row("186", "6F", "outs", "DX,Xz", "outsString<T>", PORT_STRING),
];

/** modrm.rm does not matter to the fences; each of its values is an encoding. */
const fences = [
  { name: "lfence", first: 0xe8, feature: "SSE2" },
  { name: "mfence", first: 0xf0, feature: "SSE2" },
  { name: "sfence", first: 0xf8, feature: "SSE" },
].flatMap(({ name, first, feature }) =>
  Array.from({ length: 8 }, (_, rm) =>
    row(feature, `NP 0F AE =${(first + rm).toString(16).toUpperCase()}`, name, "", "fence", { ends: false }),
  ),
);

const caches = [row("CLFSH", "NP 0F AE /7", "clflush", "Mb", "clflush", { role: "src", ends: false, faults: "#SS #GP #PF" })];

export const systemRows: readonly InstructionRow[] = [
  ...transfers,
  ...stacked,
  ...segments,
  ...tables,
  ...control,
  ...svm,
  ...flags,
  ...ports,
  ...fences,
  ...caches,
];
