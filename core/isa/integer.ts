/**
 * Every integer instruction of a 32-bit processor that is not a matter of the system: data movement, arithmetic, logic, shifts, bits,
 * decimal adjustment, stack, strings, near branches. Exec functions: wasm/integer. What the columns mean: row.ts.
 *
 * Besides SDM Appendix A's operand codes: `Zb` and `Zv` are the register that the low three opcode bits name.
 * Not here: segment, control and debug registers, flags on the stack, far branches, interrupts, I/O (system.ts).
 */
import type { Flags, InstructionRow } from "./row.js";

type Extra = Omit<InstructionRow, "opcode" | "mnemonic" | "operands" | "exec" | "feature">;

function row(feature: string, opcode: string, mnemonic: string, operands: string, exec: string, extra: Extra = {}): InstructionRow {
  return { opcode, mnemonic, operands, exec, feature, ...extra };
}

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, "0");

const ALL: Flags = { writes: "OSZAPC" };
const WITH_CARRY: Flags = { reads: "C", writes: "OSZAPC" };
const LOGIC: Flags = { writes: "SZP", clears: "OC", undefined: "A" };
const STEP: Flags = { writes: "OSZAP" };
/** O and C tell whether the product fits. */
const PRODUCT: Flags = { writes: "OC", undefined: "SZAP" };
const NOTHING_DEFINED: Flags = { undefined: "OSZAPC" };

// ---------------------------------------------------------------------------------------------------- arithmetic and logic

/** The eight operations of opcodes 00-3D and of group 1, by their number. */
const ALU = [
  { name: "add", flags: ALL },
  { name: "or", flags: LOGIC },
  { name: "adc", flags: WITH_CARRY },
  { name: "sbb", flags: WITH_CARRY },
  { name: "and", flags: LOGIC },
  { name: "sub", flags: ALL },
  { name: "xor", flags: LOGIC },
  { name: "cmp", flags: ALL },
] as const;

const alu = ALU.flatMap(({ name, flags }, n) => {
  const exec = `${name}<T>`;
  const lock = name !== "cmp";
  const toMemory: Extra = lock ? { flags, lock } : { flags };
  return [
    row("8086", hex(n * 8), name, "Eb,Gb", exec, toMemory),
    row("8086", hex(n * 8 + 1), name, "Ev,Gv", exec, toMemory),
    row("8086", hex(n * 8 + 2), name, "Gb,Eb", exec, { flags }),
    row("8086", hex(n * 8 + 3), name, "Gv,Ev", exec, { flags }),
    row("8086", hex(n * 8 + 4), name, "AL,Ib", exec, { flags }),
    row("8086", hex(n * 8 + 5), name, "rAX,Iz", exec, { flags }),
    row("8086", `80 /${n}`, name, "Eb,Ib", exec, toMemory),
    row("8086", `81 /${n}`, name, "Ev,Iz", exec, toMemory),
    row("8086", `82 /${n}`, name, "Eb,Ib", exec, { ...toMemory, mode: "32" }),
    row("8086", `83 /${n}`, name, "Ev,Ib", exec, toMemory),
  ];
});

const unary = [
  row("8086", "F6 /0", "test", "Eb,Ib", "test<T>", { flags: LOGIC }),
  row("8086", "F6 /1", "test", "Eb,Ib", "test<T>", { flags: LOGIC }),
  row("8086", "F7 /0", "test", "Ev,Iz", "test<T>", { flags: LOGIC }),
  row("8086", "F7 /1", "test", "Ev,Iz", "test<T>", { flags: LOGIC }),
  row("8086", "84", "test", "Eb,Gb", "test<T>", { flags: LOGIC }),
  row("8086", "85", "test", "Ev,Gv", "test<T>", { flags: LOGIC }),
  row("8086", "A8", "test", "AL,Ib", "test<T>", { flags: LOGIC }),
  row("8086", "A9", "test", "rAX,Iz", "test<T>", { flags: LOGIC }),
  row("8086", "F6 /2", "not", "Eb", "not<T>", { lock: true }),
  row("8086", "F7 /2", "not", "Ev", "not<T>", { lock: true }),
  row("8086", "F6 /3", "neg", "Eb", "neg<T>", { flags: ALL, lock: true }),
  row("8086", "F7 /3", "neg", "Ev", "neg<T>", { flags: ALL, lock: true }),
  row("8086", "40+r", "inc", "Zv", "inc<T>", { flags: STEP, mode: "32" }),
  row("8086", "48+r", "dec", "Zv", "dec<T>", { flags: STEP, mode: "32" }),
  row("8086", "FE /0", "inc", "Eb", "inc<T>", { flags: STEP, lock: true }),
  row("8086", "FF /0", "inc", "Ev", "inc<T>", { flags: STEP, lock: true }),
  row("8086", "FE /1", "dec", "Eb", "dec<T>", { flags: STEP, lock: true }),
  row("8086", "FF /1", "dec", "Ev", "dec<T>", { flags: STEP, lock: true }),
];

const exchange = [
  row("486", "0F C0", "xadd", "Eb,Gb", "xadd<T>", { flags: ALL, lock: true }),
  row("486", "0F C1", "xadd", "Ev,Gv", "xadd<T>", { flags: ALL, lock: true }),
  row("486", "0F B0", "cmpxchg", "Eb,Gb", "cmpxchg<T>", { flags: ALL, lock: true }),
  row("486", "0F B1", "cmpxchg", "Ev,Gv", "cmpxchg<T>", { flags: ALL, lock: true }),
  row("CX8", "0F C7 /1", "cmpxchg8b", "Mq", "cmpxchg8b", { flags: { writes: "Z" }, lock: true }),
];

const DIVIDE = "#DE #SS #GP #PF #AC";
const multiply = [
  row("8086", "F6 /4", "mul", "Eb", "mul<T>", { flags: PRODUCT, role: "src" }),
  row("8086", "F7 /4", "mul", "Ev", "mul<T>", { flags: PRODUCT, role: "src" }),
  row("8086", "F6 /5", "imul", "Eb", "imul1<T>", { flags: PRODUCT, role: "src" }),
  row("8086", "F7 /5", "imul", "Ev", "imul1<T>", { flags: PRODUCT, role: "src" }),
  row("386", "0F AF", "imul", "Gv,Ev", "imul2<T>", { flags: PRODUCT }),
  row("186", "69", "imul", "Gv,Ev,Iz", "imul3<T>", { flags: PRODUCT }),
  row("186", "6B", "imul", "Gv,Ev,Ib", "imul3<T>", { flags: PRODUCT }),
  row("8086", "F6 /6", "div", "Eb", "div<T>", { flags: NOTHING_DEFINED, faults: DIVIDE, role: "src" }),
  row("8086", "F7 /6", "div", "Ev", "div<T>", { flags: NOTHING_DEFINED, faults: DIVIDE, role: "src" }),
  row("8086", "F6 /7", "idiv", "Eb", "idiv<T>", { flags: NOTHING_DEFINED, faults: DIVIDE, role: "src" }),
  row("8086", "F7 /7", "idiv", "Ev", "idiv<T>", { flags: NOTHING_DEFINED, faults: DIVIDE, role: "src" }),
];

/** Decimal adjustment. */
const decimal = [
  row("8086", "27", "daa", "", "daa", { flags: { reads: "AC", writes: "SZAPC", undefined: "O" }, mode: "32" }),
  row("8086", "2F", "das", "", "das", { flags: { reads: "AC", writes: "SZAPC", undefined: "O" }, mode: "32" }),
  row("8086", "37", "aaa", "", "aaa", { flags: { reads: "A", writes: "AC", undefined: "OSZP" }, mode: "32" }),
  row("8086", "3F", "aas", "", "aas", { flags: { reads: "A", writes: "AC", undefined: "OSZP" }, mode: "32" }),
  row("8086", "D4", "aam", "Ib", "aam", { flags: { writes: "SZP", undefined: "OAC" }, faults: "#DE", mode: "32" }),
  row("8086", "D5", "aad", "Ib", "aad", { flags: { writes: "SZP", undefined: "OAC" }, mode: "32" }),
];

// ---------------------------------------------------------------------------------------------------- shifts and bits

/** Group 2 by modrm.reg: flags for a count of one, and for any other. /6 is SHL again. */
const SHIFT: Flags = { writes: "SZPC", undefined: "OA" };
const SHIFT_ONE: Flags = { writes: "OSZPC", undefined: "A" };
const ROTATE: Flags = { writes: "C", undefined: "O" };
const ROTATE_ONE: Flags = { writes: "OC" };
const GROUP2: readonly { name: string; exec?: string; one: Flags; many: Flags }[] = [
  { name: "rol", one: ROTATE_ONE, many: ROTATE },
  { name: "ror", one: ROTATE_ONE, many: ROTATE },
  { name: "rcl", one: { reads: "C", ...ROTATE_ONE }, many: { reads: "C", ...ROTATE } },
  { name: "rcr", one: { reads: "C", ...ROTATE_ONE }, many: { reads: "C", ...ROTATE } },
  { name: "shl", one: SHIFT_ONE, many: SHIFT },
  { name: "shr", one: SHIFT_ONE, many: SHIFT },
  { name: "sal", exec: "shl", one: SHIFT_ONE, many: SHIFT },
  { name: "sar", one: SHIFT_ONE, many: SHIFT },
];

const shifts = GROUP2.flatMap(({ name, exec = name, one, many }, n) => [
  row("8086", `D0 /${n}`, name, "Eb,1", `${exec}<T>`, { flags: one }),
  row("8086", `D1 /${n}`, name, "Ev,1", `${exec}<T>`, { flags: one }),
  row("8086", `D2 /${n}`, name, "Eb,CL", `${exec}<T>`, { flags: many }),
  row("8086", `D3 /${n}`, name, "Ev,CL", `${exec}<T>`, { flags: many }),
  row("186", `C0 /${n}`, name, "Eb,Ib", `${exec}<T>`, { flags: many }),
  row("186", `C1 /${n}`, name, "Ev,Ib", `${exec}<T>`, { flags: many }),
]);

const doubleShifts = [
  row("386", "0F A4", "shld", "Ev,Gv,Ib", "shldImm<T>", { flags: SHIFT }),
  row("386", "0F A5", "shld", "Ev,Gv,CL", "shldCl<T>", { flags: SHIFT }),
  row("386", "0F AC", "shrd", "Ev,Gv,Ib", "shrdImm<T>", { flags: SHIFT }),
  row("386", "0F AD", "shrd", "Ev,Gv,CL", "shrdCl<T>", { flags: SHIFT }),
];

const BIT: Flags = { writes: "C", undefined: "OSAP" };
const SCAN: Flags = { writes: "Z", undefined: "OSAPC" };

/** BT and its kin: register form A3 + 8n, immediate form BA /4+n. */
const bits = ["bt", "bts", "btr", "btc"].flatMap((name, n) => {
  const extra: Extra = name === "bt" ? { flags: BIT } : { flags: BIT, lock: true };
  return [
    row("386", `0F ${hex(0xa3 + 8 * n)}`, name, "Ev,Gv", `${name}<T>`, extra),
    row("386", `0F BA /${4 + n}`, name, "Ev,Ib", `${name}<T>`, extra),
  ];
});

const scans = [
  row("386", "0F BC", "bsf", "Gv,Ev", "bsf<T>", { flags: SCAN }),
  row("386", "0F BD", "bsr", "Gv,Ev", "bsr<T>", { flags: SCAN }),
];

// ---------------------------------------------------------------------------------------------------- moves and conversions

const moves = [
  row("8086", "88", "mov", "Eb,Gb", "mov<T>"),
  row("8086", "89", "mov", "Ev,Gv", "mov<T>"),
  row("8086", "8A", "mov", "Gb,Eb", "mov<T>"),
  row("8086", "8B", "mov", "Gv,Ev", "mov<T>"),
  row("8086", "A0", "mov", "AL,Ob", "mov<T>"),
  row("8086", "A1", "mov", "rAX,Ov", "mov<T>"),
  row("8086", "A2", "mov", "Ob,AL", "mov<T>"),
  row("8086", "A3", "mov", "Ov,rAX", "mov<T>"),
  row("8086", "B0+r", "mov", "Zb,Ib", "mov<T>"),
  row("8086", "B8+r", "mov", "Zv,Iv", "movImm<T>"),
  row("8086", "C6 /0", "mov", "Eb,Ib", "mov<T>"),
  row("8086", "C7 /0", "mov", "Ev,Iz", "mov<T>"),
  row("SSE2", "NP 0F C3", "movnti", "My,Gy", "mov<T>"),
  row("8086", "86", "xchg", "Eb,Gb", "xchg<T>", { lock: true }),
  row("8086", "87", "xchg", "Ev,Gv", "xchg<T>", { lock: true }),
  row("8086", "90+r", "xchg", "Zv,rAX", "xchg<T>"),
  row("8086", "8D", "lea", "Gv,M", "lea<T>", { faults: "" }),
  row("8086", "D7", "xlatb", "", "xlat", { faults: "#GP #SS #PF" }),
  row("486", "0F C8+r", "bswap", "Zv", "bswap<T>"),
  row("386", "0F B6", "movzx", "Gv,Eb", "movzx8<T>"),
  row("386", "0F B7", "movzx", "Gv,Ew", "movzx16<T>"),
  row("386", "0F BE", "movsx", "Gv,Eb", "movsx8<T>"),
  row("386", "0F BF", "movsx", "Gv,Ew", "movsx16<T>"),
  row("X64", "63", "movsxd", "Gv,Ed", "movsx32<T>", { mode: "64" }),
  row("8086", "98", "cbw/cwde", "", "cbw<T>"),
  row("8086", "99", "cwd/cdq", "", "cwd<T>"),
  row("8086", "D6", "salc", "", "salc", { flags: { reads: "C" }, mode: "32" }),
];

const flagOperations = [
  row("8086", "F5", "cmc", "", "cmc", { flags: { reads: "C", writes: "C" } }),
  row("8086", "F8", "clc", "", "clc", { flags: { clears: "C" } }),
  row("8086", "F9", "stc", "", "stc", { flags: { sets: "C" } }),
  row("8086", "FC", "cld", "", "cld", { flags: { clears: "D" } }),
  row("8086", "FD", "std", "", "std", { flags: { sets: "D" } }),
  row("8086", "9E", "sahf", "", "sahf", { flags: { writes: "SZAPC" } }),
  row("8086", "9F", "lahf", "", "lahf", { flags: { reads: "SZAPC" } }),
];

// ---------------------------------------------------------------------------------------------------- conditions

/** Condition codes by number, with the flags they read. SDM 1 "EFLAGS Condition Codes". */
const CONDITIONS: readonly (readonly [string, string])[] = [
  ["o", "O"],
  ["no", "O"],
  ["b", "C"],
  ["ae", "C"],
  ["e", "Z"],
  ["ne", "Z"],
  ["be", "ZC"],
  ["a", "ZC"],
  ["s", "S"],
  ["ns", "S"],
  ["p", "P"],
  ["np", "P"],
  ["l", "OS"],
  ["ge", "OS"],
  ["le", "OSZ"],
  ["g", "OSZ"],
];

const conditional = CONDITIONS.flatMap(([code, reads], n) => [
  row("8086", hex(0x70 + n), `j${code}`, "Jb", "jcc", { flags: { reads }, faults: "#GP", ends: true, default64: true }),
  row("386", `0F ${hex(0x80 + n)}`, `j${code}`, "Jz", "jcc", { flags: { reads }, faults: "#GP", ends: true, default64: true }),
  row("386", `0F ${hex(0x90 + n)}`, `set${code}`, "Eb", "setcc", { flags: { reads } }),
  row("CMOV", `0F ${hex(0x40 + n)}`, `cmov${code}`, "Gv,Ev", "cmovcc<T>", { flags: { reads } }),
]);

// ---------------------------------------------------------------------------------------------------- branches and stack

const BRANCH: Extra = { faults: "#GP", ends: true, default64: true };
const STACK_BRANCH: Extra = { faults: "#SS #GP #PF #AC", ends: true, default64: true };

const branches = [
  row("8086", "E8", "call", "Jz", "call<T>", STACK_BRANCH),
  row("8086", "E9", "jmp", "Jz", "jmp", BRANCH),
  row("8086", "EB", "jmp", "Jb", "jmp", BRANCH),
  row("8086", "FF /2", "call", "Ev", "callIndirect<T>", { ...STACK_BRANCH, role: "src" }),
  row("8086", "FF /4", "jmp", "Ev", "jmpIndirect<T>", { ...STACK_BRANCH, role: "src" }),
  row("8086", "C2", "ret", "Iw", "retImm<T>", STACK_BRANCH),
  row("8086", "C3", "ret", "", "ret<T>", STACK_BRANCH),
  row("8086", "E0", "loopne", "Jb", "loopne", { ...BRANCH, flags: { reads: "Z" } }),
  row("8086", "E1", "loope", "Jb", "loope", { ...BRANCH, flags: { reads: "Z" } }),
  row("8086", "E2", "loop", "Jb", "loop", BRANCH),
  row("8086", "E3", "jcxz/jecxz", "Jb", "jcxz", BRANCH),
];

const STACK: Extra = { faults: "#SS #GP #PF #AC", default64: true };

const stack = [
  row("8086", "50+r", "push", "Zv", "push<T>", { ...STACK, role: "src" }),
  row("8086", "58+r", "pop", "Zv", "pop<T>", STACK),
  row("186", "68", "push", "Iz", "push<T>", { ...STACK, role: "src" }),
  row("186", "6A", "push", "Ib", "push<T>", { ...STACK, role: "src" }),
  row("8086", "8F /0", "pop", "Ev", "pop<T>", STACK),
  row("8086", "FF /6", "push", "Ev", "push<T>", { ...STACK, role: "src" }),
  row("186", "60", "pusha/pushad", "", "pusha<T>", { ...STACK, mode: "32" }),
  row("186", "61", "popa/popad", "", "popa<T>", { ...STACK, mode: "32" }),
  // It ends a run so that it always executes alone: with nesting it is not the same when done twice.
  row("186", "C8", "enter", "Iw,Ib", "enter<T>", { ...STACK, ends: true }),
  row("186", "C9", "leave", "", "leave<T>", STACK),
];

// ---------------------------------------------------------------------------------------------------- strings and the rest

const STRING: Extra = { faults: "#GP #SS #PF #AC", ends: true, rep: "plain", flags: { reads: "D" } };
const STRING_COMPARE: Extra = { faults: "#GP #SS #PF #AC", ends: true, rep: "z", flags: { reads: "D", writes: "OSZAPC" } };

const strings = [
  row("8086", "A4", "movsb", "Yb,Xb", "movs<T>", STRING),
  row("8086", "A5", "movsw/movsd", "Yv,Xv", "movs<T>", STRING),
  row("8086", "A6", "cmpsb", "Xb,Yb", "cmps<T>", STRING_COMPARE),
  row("8086", "A7", "cmpsw/cmpsd", "Xv,Yv", "cmps<T>", STRING_COMPARE),
  row("8086", "AA", "stosb", "Yb,AL", "stos<T>", STRING),
  row("8086", "AB", "stosw/stosd", "Yv,rAX", "stos<T>", STRING),
  row("8086", "AC", "lodsb", "AL,Xb", "lods<T>", STRING),
  row("8086", "AD", "lodsw/lodsd", "rAX,Xv", "lods<T>", STRING),
  row("8086", "AE", "scasb", "AL,Yb", "scas<T>", STRING_COMPARE),
  row("8086", "AF", "scasw/scasd", "rAX,Yv", "scas<T>", STRING_COMPARE),
];

/** What does nothing, and what only raises. NOP's operand is not accessed. */
const hints = [
  row("8086", "90", "nop", "", "nop", { note: "XCHG rAX,rAX by encoding; it is NOP so that 64-bit mode keeps the upper half of RAX" }),
  row("SSE2", "F3 90", "pause", "", "pause"),
  row("686", "0F 0D", "nop", "Ev", "nop", { faults: "", note: "PREFETCH and PREFETCHW where the processor has them" }),
  row("SSE", "0F 18 /0", "prefetchnta", "Mb", "nop", { faults: "" }),
  row("SSE", "0F 18 /1", "prefetcht0", "Mb", "nop", { faults: "" }),
  row("SSE", "0F 18 /2", "prefetcht1", "Mb", "nop", { faults: "" }),
  row("SSE", "0F 18 /3", "prefetcht2", "Mb", "nop", { faults: "" }),
  ...[0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f].map((byte) =>
    row("686", `0F ${hex(byte)}`, "nop", "Ev", "nop", { faults: "", note: "reserved for hints; the manual documents 0F 1F /0" }),
  ),
  row("186", "62", "bound", "Gv,Ma", "bound<T>", { faults: "#BR #SS #GP #PF #AC", mode: "32" }),
  row("286", "0F FF", "ud0", "Gv,Ev", "ud", { faults: "#UD" }),
  row("286", "0F B9", "ud1", "Gv,Ev", "ud", { faults: "#UD" }),
  row("286", "0F 0B", "ud2", "", "ud", { faults: "#UD" }),
];

/** Every row of this file. */
export const integerRows: readonly InstructionRow[] = [
  ...alu,
  ...unary,
  ...exchange,
  ...multiply,
  ...decimal,
  ...shifts,
  ...doubleShifts,
  ...bits,
  ...scans,
  ...moves,
  ...flagOperations,
  ...conditional,
  ...branches,
  ...stack,
  ...strings,
  ...hints,
];
