/**
 * The x87 unit of a Pentium 4, with FXSAVE and FXRSTOR. Exec functions: wasm/x87. Register operands name ST(i) by modrm.rm.
 * Forms with a wait (FINIT, FSAVE, ...) are FWAIT and then the form without. Undocumented encodings that processors have taken since the
 * 80387 are here (FFREEP, the second places of FCOM, FXCH and FSTP, and FENI, FDISI, FSETPM as no-operations).
 */
import type { Flags, InstructionRow } from "./row.js";

type Extra = Omit<InstructionRow, "opcode" | "mnemonic" | "operands" | "exec" | "feature">;

function row(opcode: string, mnemonic: string, operands: string, exec: string, extra: Extra = {}): InstructionRow {
  return { opcode, mnemonic, operands, exec, feature: "FPU", faults: faultsOf(operands), ...extra };
}

const MEMORY_FAULTS = "#PF #GP #SS #AC";

function faultsOf(operands: string): string {
  return /\bM/.test(operands) ? `#NM #MF ${MEMORY_FAULTS}` : "#NM #MF";
}

/** Instructions without wait raise no #MF. */
const NO_WAIT: Extra = { faults: "#NM" };
const NO_WAIT_MEMORY: Extra = { faults: `#NM ${MEMORY_FAULTS}` };
const SOURCE: Extra = { role: "src" };
const COMPARE: Flags = { writes: "ZPC", clears: "OSA" };
const ALIAS = "undocumented second encoding";

/** Each with its names in the direction ST(0) op ST(i), and where opcodes DC and DE have it for registers. */
const ARITHMETIC = [
  { name: "add", reg: 0, reversed: 0 },
  { name: "mul", reg: 1, reversed: 1 },
  { name: "sub", reg: 4, reversed: 5 },
  { name: "subr", reg: 5, reversed: 4 },
  { name: "div", reg: 6, reversed: 7 },
  { name: "divr", reg: 7, reversed: 6 },
] as const;

const arithmetic = ARITHMETIC.flatMap(({ name, reg, reversed }) => [
  row(`D8 /${reg}`, `f${name}`, "ST0,Md", `f${name}Mem32`),
  row(`DC /${reg}`, `f${name}`, "ST0,Mq", `f${name}Mem64`),
  row(`DA /${reg}`, `fi${name}`, "ST0,Md", `f${name}Int32`),
  row(`DE /${reg}`, `fi${name}`, "ST0,Mw", `f${name}Int16`),
  row(`D8 /${reg}`, `f${name}`, "ST0,STi", `f${name}St`),
  row(`DC /${reversed}`, `f${name}`, "STi,ST0", `f${name}To`),
  row(`DE /${reversed}`, `f${name}p`, "STi,ST0", `f${name}Pop`),
]);

const compare = [
  row("D8 /2", "fcom", "ST0,Md", "fcomMem32"),
  row("D8 /3", "fcomp", "ST0,Md", "fcompMem32"),
  row("DC /2", "fcom", "ST0,Mq", "fcomMem64"),
  row("DC /3", "fcomp", "ST0,Mq", "fcompMem64"),
  row("DA /2", "ficom", "ST0,Md", "ficomInt32"),
  row("DA /3", "ficomp", "ST0,Md", "ficompInt32"),
  row("DE /2", "ficom", "ST0,Mw", "ficomInt16"),
  row("DE /3", "ficomp", "ST0,Mw", "ficompInt16"),
  row("D8 /2", "fcom", "ST0,STi", "fcomSt"),
  row("DC /2", "fcom", "ST0,STi", "fcomSt", { note: ALIAS }),
  row("D8 /3", "fcomp", "ST0,STi", "fcompSt"),
  row("DC /3", "fcomp", "ST0,STi", "fcompSt", { note: ALIAS }),
  row("DE /2", "fcomp", "ST0,STi", "fcompSt", { note: ALIAS }),
  row("DE =D9", "fcompp", "", "fcompp"),
  row("DD /4", "fucom", "ST0,STi", "fucomSt"),
  row("DD /5", "fucomp", "ST0,STi", "fucompSt"),
  row("DA =E9", "fucompp", "", "fucompp"),
  row("D9 =E4", "ftst", "", "ftst"),
  row("D9 =E5", "fxam", "", "fxam"),
];

const compareToFlags = [
  row("DB /5", "fucomi", "ST0,STi", "fucomi", { flags: COMPARE }),
  row("DB /6", "fcomi", "ST0,STi", "fcomi", { flags: COMPARE }),
  row("DF /5", "fucomip", "ST0,STi", "fucomip", { flags: COMPARE }),
  row("DF /6", "fcomip", "ST0,STi", "fcomip", { flags: COMPARE }),
  row("DA /0", "fcmovb", "ST0,STi", "fcmovb", { flags: { reads: "C" } }),
  row("DA /1", "fcmove", "ST0,STi", "fcmove", { flags: { reads: "Z" } }),
  row("DA /2", "fcmovbe", "ST0,STi", "fcmovbe", { flags: { reads: "ZC" } }),
  row("DA /3", "fcmovu", "ST0,STi", "fcmovu", { flags: { reads: "P" } }),
  row("DB /0", "fcmovnb", "ST0,STi", "fcmovnb", { flags: { reads: "C" } }),
  row("DB /1", "fcmovne", "ST0,STi", "fcmovne", { flags: { reads: "Z" } }),
  row("DB /2", "fcmovnbe", "ST0,STi", "fcmovnbe", { flags: { reads: "ZC" } }),
  row("DB /3", "fcmovnu", "ST0,STi", "fcmovnu", { flags: { reads: "P" } }),
].map((r) => ({ ...r, feature: "CMOV" }));

const load = [
  row("D9 /0", "fld", "Md", "fldMem32", SOURCE),
  row("DD /0", "fld", "Mq", "fldMem64", SOURCE),
  row("DB /5", "fld", "Mt", "fldMem80", SOURCE),
  row("D9 /0", "fld", "STi", "fldSt", SOURCE),
  row("DF /0", "fild", "Mw", "fildMem16", SOURCE),
  row("DB /0", "fild", "Md", "fildMem32", SOURCE),
  row("DF /5", "fild", "Mq", "fildMem64", SOURCE),
  row("DF /4", "fbld", "Mt", "fbld", SOURCE),
  ...["fld1", "fldl2t", "fldl2e", "fldpi", "fldlg2", "fldln2", "fldz"].map((name, i) => row(`D9 =E${"89ABCDE"[i]}`, name, "", name)),
];

const store = [
  row("D9 /2", "fst", "Md", "fstMem32"),
  row("DD /2", "fst", "Mq", "fstMem64"),
  row("D9 /3", "fstp", "Md", "fstpMem32"),
  row("DD /3", "fstp", "Mq", "fstpMem64"),
  row("DB /7", "fstp", "Mt", "fstpMem80"),
  row("DD /2", "fst", "STi", "fstSt"),
  row("DD /3", "fstp", "STi", "fstpSt"),
  row("D9 /3", "fstpnce", "STi", "fstpnce", { note: "undocumented: FSTP without a check for an empty register" }),
  row("DF /2", "fstp", "STi", "fstpSt", { note: ALIAS }),
  row("DF /3", "fstp", "STi", "fstpSt", { note: ALIAS }),
  row("DF /2", "fist", "Mw", "fistMem16"),
  row("DB /2", "fist", "Md", "fistMem32"),
  row("DF /3", "fistp", "Mw", "fistpMem16"),
  row("DB /3", "fistp", "Md", "fistpMem32"),
  row("DF /7", "fistp", "Mq", "fistpMem64"),
  row("DF /6", "fbstp", "Mt", "fbstp"),
];

const storeTruncated = [
  row("DF /1", "fisttp", "Mw", "fisttpMem16"),
  row("DB /1", "fisttp", "Md", "fisttpMem32"),
  row("DD /1", "fisttp", "Mq", "fisttpMem64"),
].map((r) => ({ ...r, feature: "SSE3" }));

const registers = [
  row("D9 /1", "fxch", "ST0,STi", "fxch"),
  row("DD /1", "fxch", "ST0,STi", "fxch", { note: ALIAS }),
  row("DF /1", "fxch", "ST0,STi", "fxch", { note: ALIAS }),
  row("D9 =E0", "fchs", "", "fchs"),
  row("D9 =E1", "fabs", "", "fabs"),
  row("D9 =F6", "fdecstp", "", "fdecstp"),
  row("D9 =F7", "fincstp", "", "fincstp"),
  row("DD /0", "ffree", "STi", "ffree"),
  row("DF /0", "ffreep", "STi", "ffreep", { note: "undocumented: FFREE, then pop" }),
  row("D9 =D0", "fnop", "", "fnop"),
];

const functions = [
  row("D9 =FA", "fsqrt", "", "fsqrt"),
  row("D9 =FC", "frndint", "", "frndint"),
  row("D9 =FD", "fscale", "", "fscale"),
  row("D9 =F4", "fxtract", "", "fxtract"),
  row("D9 =F8", "fprem", "", "fprem"),
  row("D9 =F5", "fprem1", "", "fprem1"),
  row("D9 =F0", "f2xm1", "", "f2xm1"),
  row("D9 =F1", "fyl2x", "", "fyl2x"),
  row("D9 =F9", "fyl2xp1", "", "fyl2xp1"),
  row("D9 =F2", "fptan", "", "fptan"),
  row("D9 =F3", "fpatan", "", "fpatan"),
  row("D9 =FE", "fsin", "", "fsin"),
  row("D9 =FF", "fcos", "", "fcos"),
  row("D9 =FB", "fsincos", "", "fsincos"),
];

const control = [
  row("9B", "fwait", "", "fwait", { note: "WAIT of the 8086 (so iced-x86 has it); only with an FPU has it anything to do" }),
  row("DB =E3", "fninit", "", "fninit", NO_WAIT),
  row("DB =E2", "fnclex", "", "fnclex", NO_WAIT),
  row("DB =E0", "fneni", "", "fnignored", { ...NO_WAIT, note: "8087 only; a no-operation since the 80287" }),
  row("DB =E1", "fndisi", "", "fnignored", { ...NO_WAIT, note: "8087 only; a no-operation since the 80287" }),
  row("DB =E4", "fnsetpm", "", "fnignored", { ...NO_WAIT, note: "80287 only; a no-operation since the 80387" }),
  row("D9 /5", "fldcw", "Mw", "fldcw", SOURCE),
  row("D9 /7", "fnstcw", "Mw", "fnstcw", NO_WAIT_MEMORY),
  row("DD /7", "fnstsw", "Mw", "fnstswMem", NO_WAIT_MEMORY),
  row("DF =E0", "fnstsw", "AX", "fnstswAx", NO_WAIT),
  row("D9 /4", "fldenv", "M", "fldenv", SOURCE),
  row("D9 /6", "fnstenv", "M", "fnstenv", NO_WAIT_MEMORY),
  row("DD /4", "frstor", "M", "frstor", SOURCE),
  row("DD /6", "fnsave", "M", "fnsave", NO_WAIT_MEMORY),
];

const wholeState = [
  row("NP 0F AE /0", "fxsave", "M", "fxsave", NO_WAIT_MEMORY),
  row("NP 0F AE /1", "fxrstor", "M", "fxrstor", { ...NO_WAIT_MEMORY, role: "src" }),
].map((r) => ({ ...r, feature: "FXSR" }));

export const x87Rows: readonly InstructionRow[] = [
  ...arithmetic,
  ...compare,
  ...compareToFlags,
  ...load,
  ...store,
  ...storeTruncated,
  ...registers,
  ...functions,
  ...control,
  ...wholeState,
];
