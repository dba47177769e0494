/**
 * MMX, SSE, SSE2 and SSE3, complete, but for what has nothing to do with their registers: FISTTP (x87), MONITOR and MWAIT (not
 * claimed), FXSAVE, fences, PREFETCHh, CLFLUSH, MOVNTI and PAUSE (other tables). Exec functions: wasm/sse. What the columns mean: row.ts.
 *
 * Instructions that exist for MMX and for XMM registers share an exec function, which goes by `size` (8 or 16); instructions that move
 * the same bits whatever the type of their elements (ANDPS, ANDPD, PAND) share one too.
 */
import type { Flags, InstructionRow } from "./row.js";

type Extra = Pick<InstructionRow, "exec" | "flags" | "size" | "role" | "note">;

const MMX_FAULTS = "#UD #NM #MF";
const SSE_FAULTS = "#UD #NM";

function row(feature: string, opcode: string, mnemonic: string, operands: string, extra: Partial<Extra>, faults: string): InstructionRow {
  const memory = /(^|,)[EQWM]/.test(operands) ? " #PF #GP #SS #AC" : "";
  return { opcode, mnemonic, operands, feature, exec: mnemonic, ...extra, faults: faults + memory };
}

/** On MMX registers only, or on XMM registers and MMX registers. */
function mmx(feature: string, opcode: string, mnemonic: string, operands: string, extra: Partial<Extra> = {}): InstructionRow {
  return row(feature, opcode, mnemonic, operands, { size: 8, ...extra }, MMX_FAULTS);
}

/** On XMM registers, without floating-point exceptions. */
function xmm(feature: string, opcode: string, mnemonic: string, operands: string, extra: Partial<Extra> = {}): InstructionRow {
  return row(feature, opcode, mnemonic, operands, { size: 16, ...extra }, SSE_FAULTS);
}

/** Moves between general and other registers, whose size (4, or 8 with REX.W) the decoder tells by the operand code y. */
function general(feature: string, opcode: string, mnemonic: string, operands: string, exec: string, faults = SSE_FAULTS): InstructionRow {
  return row(feature, opcode, mnemonic, operands, { exec }, faults);
}

/** Floating point, with its exceptions. */
function float(feature: string, opcode: string, mnemonic: string, operands: string, extra: Partial<Extra> = {}): InstructionRow {
  return row(feature, opcode, mnemonic, operands, { size: 16, ...extra }, `${SSE_FAULTS} #XM`);
}

// ---------------------------------------------------------------------------------------------------- packed integers

/** Opcodes after 0F with an MMX form (no prefix) and an XMM form (66), by the feature that brought the MMX form. */
const TWINS: Readonly<Record<string, string>> = {
  MMX: `63 packsswb 64 pcmpgtb 65 pcmpgtw 66 pcmpgtd 67 packuswb 68 punpckhbw 69 punpckhwd 6A punpckhdq 6B packssdw
    74 pcmpeqb 75 pcmpeqw 76 pcmpeqd D1 psrlw D2 psrld D3 psrlq D5 pmullw D8 psubusb D9 psubusw DB pand DC paddusb DD paddusw DF pandn
    E1 psraw E2 psrad E5 pmulhw E8 psubsb E9 psubsw EB por EC paddsb ED paddsw EF pxor F1 psllw F2 pslld F3 psllq F5 pmaddwd
    F8 psubb F9 psubw FA psubd FC paddb FD paddw FE paddd`,
  SSE: "DA pminub DE pmaxub E0 pavgb E3 pavgw E4 pmulhuw EA pminsw EE pmaxsw F6 psadbw",
  SSE2: "D4 paddq F4 pmuludq FB psubq",
};

const PADDQ = "iced-x86 has it with MMX; the manual and processors have it with SSE2";

const twins = Object.entries(TWINS).flatMap(([feature, list]) =>
  [...list.matchAll(/(\w\w) (\w+)/g)].flatMap(([, byte, mnemonic]) => [
    mmx(feature, `NP 0F ${byte}`, mnemonic!, "Pq,Qq", mnemonic === "paddq" ? { note: PADDQ } : {}),
    xmm("SSE2", `66 0F ${byte}`, mnemonic!, "Vdq,Wdq"),
  ]),
);

const unpackLow = ["punpcklbw", "punpcklwd", "punpckldq"].flatMap((mnemonic, i) => [
  mmx("MMX", `NP 0F 6${i}`, mnemonic, "Pq,Qd"),
  xmm("SSE2", `66 0F 6${i}`, mnemonic, "Vdq,Wdq"),
]);

/** Shifts by an immediate: the exec functions are those of the shifts by a register. */
const shifts = (
  [
    ["71 /2", "psrlw"],
    ["71 /4", "psraw"],
    ["71 /6", "psllw"],
    ["72 /2", "psrld"],
    ["72 /4", "psrad"],
    ["72 /6", "pslld"],
    ["73 /2", "psrlq"],
    ["73 /6", "psllq"],
  ] as const
).flatMap(([opcode, mnemonic]) => [mmx("MMX", `NP 0F ${opcode}`, mnemonic, "Nq,Ib"), xmm("SSE2", `66 0F ${opcode}`, mnemonic, "Udq,Ib")]);

const packedInteger = [
  ...twins,
  ...unpackLow,
  ...shifts,
  xmm("SSE2", "66 0F 73 /3", "psrldq", "Udq,Ib"),
  xmm("SSE2", "66 0F 73 /7", "pslldq", "Udq,Ib"),
  xmm("SSE2", "66 0F 6C", "punpcklqdq", "Vdq,Wdq"),
  xmm("SSE2", "66 0F 6D", "punpckhqdq", "Vdq,Wdq"),
  mmx("SSE", "NP 0F 70", "pshufw", "Pq,Qq,Ib"),
  xmm("SSE2", "66 0F 70", "pshufd", "Vdq,Wdq,Ib"),
  xmm("SSE2", "F3 0F 70", "pshufhw", "Vdq,Wdq,Ib"),
  xmm("SSE2", "F2 0F 70", "pshuflw", "Vdq,Wdq,Ib"),
  mmx("SSE", "NP 0F C4", "pinsrw", "Pq,Ew,Ib"),
  xmm("SSE2", "66 0F C4", "pinsrw", "Vdq,Ew,Ib"),
  mmx("SSE", "NP 0F C5", "pextrw", "Gd,Nq,Ib"),
  xmm("SSE2", "66 0F C5", "pextrw", "Gd,Udq,Ib"),
  mmx("SSE", "NP 0F D7", "pmovmskb", "Gd,Nq"),
  xmm("SSE2", "66 0F D7", "pmovmskb", "Gd,Udq"),
];

// ---------------------------------------------------------------------------------------------------- moves

const ALIGNED = { exec: "sseMovAligned" };
const STORE_ALIGNED = { exec: "sseStoreAligned" };
const UNALIGNED = { exec: "sseMovUnaligned" };
const STORE_UNALIGNED = { exec: "sseStoreUnaligned" };

const moves = [
  general("MMX", "NP 0F 6E", "movd", "Pd,Ey", "mmxMovd", MMX_FAULTS),
  general("MMX", "NP 0F 7E", "movd", "Ey,Pd", "mmxStored", MMX_FAULTS),
  mmx("MMX", "NP 0F 6F", "movq", "Pq,Qq", { exec: "mmxMovq" }),
  mmx("MMX", "NP 0F 7F", "movq", "Qq,Pq", { exec: "mmxStoreq" }),
  mmx("SSE", "NP 0F E7", "movntq", "Mq,Pq", { exec: "mmxStoreq" }),
  mmx("SSE", "NP 0F F7", "maskmovq", "Pq,Nq"),
  mmx("SSE2", "F3 0F D6", "movq2dq", "Vdq,Nq"),
  mmx("SSE2", "F2 0F D6", "movdq2q", "Pq,Udq"),
  general("SSE2", "66 0F 6E", "movd", "Vdq,Ey", "sseMovd"),
  general("SSE2", "66 0F 7E", "movd", "Ey,Vdq", "sseStored"),
  xmm("SSE2", "F3 0F 7E", "movq", "Vq,Wq", { exec: "sseMovq" }),
  xmm("SSE2", "66 0F D6", "movq", "Wq,Vq", { exec: "sseStoreq" }),
  xmm("SSE2", "66 0F 6F", "movdqa", "Vdq,Wdq", ALIGNED),
  xmm("SSE2", "66 0F 7F", "movdqa", "Wdq,Vdq", STORE_ALIGNED),
  xmm("SSE2", "F3 0F 6F", "movdqu", "Vdq,Wdq", UNALIGNED),
  xmm("SSE2", "F3 0F 7F", "movdqu", "Wdq,Vdq", STORE_UNALIGNED),
  xmm("SSE2", "66 0F E7", "movntdq", "Mdq,Vdq", STORE_ALIGNED),
  xmm("SSE2", "66 0F F7", "maskmovdqu", "Vdq,Udq"),
  xmm("SSE3", "F2 0F F0", "lddqu", "Vdq,Mdq", UNALIGNED),
  xmm("SSE", "NP 0F 10", "movups", "Vps,Wps", UNALIGNED),
  xmm("SSE", "NP 0F 11", "movups", "Wps,Vps", STORE_UNALIGNED),
  xmm("SSE2", "66 0F 10", "movupd", "Vpd,Wpd", UNALIGNED),
  xmm("SSE2", "66 0F 11", "movupd", "Wpd,Vpd", STORE_UNALIGNED),
  xmm("SSE", "NP 0F 28", "movaps", "Vps,Wps", ALIGNED),
  xmm("SSE", "NP 0F 29", "movaps", "Wps,Vps", STORE_ALIGNED),
  xmm("SSE2", "66 0F 28", "movapd", "Vpd,Wpd", ALIGNED),
  xmm("SSE2", "66 0F 29", "movapd", "Wpd,Vpd", STORE_ALIGNED),
  xmm("SSE", "NP 0F 2B", "movntps", "Mps,Vps", STORE_ALIGNED),
  xmm("SSE2", "66 0F 2B", "movntpd", "Mpd,Vpd", STORE_ALIGNED),
  xmm("SSE", "F3 0F 10", "movss", "Vss,Wss", { exec: "sseMovss", size: 4 }),
  xmm("SSE", "F3 0F 11", "movss", "Wss,Vss", { exec: "sseStoress", size: 4 }),
  xmm("SSE2", "F2 0F 10", "movsd", "Vsd,Wsd", { exec: "sseMovsd", size: 8 }),
  xmm("SSE2", "F2 0F 11", "movsd", "Wsd,Vsd", { exec: "sseStoresd", size: 8 }),
  xmm("SSE", "NP 0F 12", "movlps", "Vq,Mq", { exec: "sseMovlps" }),
  xmm("SSE", "NP 0F 12", "movhlps", "Vq,Uq", { exec: "sseMovhlps" }),
  xmm("SSE", "NP 0F 13", "movlps", "Mq,Vq", { exec: "sseStoresd" }),
  xmm("SSE2", "66 0F 12", "movlpd", "Vq,Mq", { exec: "sseMovlps" }),
  xmm("SSE2", "66 0F 13", "movlpd", "Mq,Vq", { exec: "sseStoresd" }),
  xmm("SSE", "NP 0F 16", "movhps", "Vq,Mq", { exec: "sseMovhps" }),
  xmm("SSE", "NP 0F 16", "movlhps", "Vq,Uq", { exec: "sseMovhps" }),
  xmm("SSE", "NP 0F 17", "movhps", "Mq,Vq", { exec: "sseStorehps" }),
  xmm("SSE2", "66 0F 16", "movhpd", "Vq,Mq", { exec: "sseMovhps" }),
  xmm("SSE2", "66 0F 17", "movhpd", "Mq,Vq", { exec: "sseStorehps" }),
  xmm("SSE3", "F2 0F 12", "movddup", "Vq,Wq"),
  xmm("SSE3", "F3 0F 12", "movsldup", "Vps,Wps"),
  xmm("SSE3", "F3 0F 16", "movshdup", "Vps,Wps"),
  xmm("SSE", "NP 0F 50", "movmskps", "Gd,Ups"),
  xmm("SSE2", "66 0F 50", "movmskpd", "Gd,Upd"),
  mmx("MMX", "NP 0F 77", "emms", ""),
  xmm("SSE", "NP 0F AE /2", "ldmxcsr", "Md", { size: 4, role: "src" }),
  xmm("SSE", "NP 0F AE /3", "stmxcsr", "Md", { size: 4 }),
];

// ---------------------------------------------------------------------------------------------------- floating point

/** Operand type, prefix, feature and size of the four forms. */
const FORMS = [
  { type: "ps", prefix: "NP", feature: "SSE", size: 16 },
  { type: "pd", prefix: "66", feature: "SSE2", size: 16 },
  { type: "ss", prefix: "F3", feature: "SSE", size: 4 },
  { type: "sd", prefix: "F2", feature: "SSE2", size: 8 },
] as const;
const [SINGLES, DOUBLES, SINGLE] = FORMS;

type Form = (typeof FORMS)[number];
type Maker = typeof float;

function form(make: Maker, f: Form, byte: string, name: string, extra: Partial<Extra> = {}, immediate = ""): InstructionRow {
  const operands = `V${f.type},W${f.type}${immediate}`;
  return make(f.feature, `${f.prefix} 0F ${byte}`, name + f.type, operands, { size: f.size, ...extra });
}

const ARITHMETIC = { "51": "sqrt", "58": "add", "59": "mul", "5C": "sub", "5D": "min", "5E": "div", "5F": "max" } as const;

const arithmetic = Object.entries(ARITHMETIC).flatMap(([byte, name]) => FORMS.map((f) => form(float, f, byte, name)));

const comparisons = [
  ...FORMS.map((f) => form(float, f, "C2", "cmp", f.type === "sd" ? { exec: "sseCmpsd" } : {}, ",Ib")),
  ...(["ucomis", "comis"] as const).flatMap((name, i) => {
    const flags: Flags = { writes: "ZPC", clears: "OSA" };
    return [
      float("SSE", `NP 0F 2${i ? "F" : "E"}`, `${name}s`, "Vss,Wss", { size: 4, flags }),
      float("SSE2", `66 0F 2${i ? "F" : "E"}`, `${name}d`, "Vsd,Wsd", { size: 8, flags }),
    ];
  }),
];

const approximations = [SINGLES, SINGLE].flatMap((f) => [form(xmm, f, "52", "rsqrt"), form(xmm, f, "53", "rcp")]);

/** Logic and rearrangement: byte, name, exec function for singles and for doubles. */
const BITWISE = [
  ["54", "and", "pand", "pand"],
  ["55", "andn", "pandn", "pandn"],
  ["56", "or", "por", "por"],
  ["57", "xor", "pxor", "pxor"],
  ["14", "unpckl", "punpckldq", "punpcklqdq"],
  ["15", "unpckh", "punpckhdq", "punpckhqdq"],
] as const;

const bitwise = [
  ...BITWISE.flatMap(([byte, name, singles, doubles]) => [
    form(xmm, SINGLES, byte, name, { exec: singles }),
    form(xmm, DOUBLES, byte, name, { exec: doubles }),
  ]),
  form(xmm, SINGLES, "C6", "shuf", {}, ",Ib"),
  form(xmm, DOUBLES, "C6", "shuf", {}, ",Ib"),
];

const horizontal = (
  [
    ["7C", "hadd"],
    ["7D", "hsub"],
    ["D0", "addsub"],
  ] as const
).flatMap(([byte, name]) => [
  float("SSE3", `F2 0F ${byte}`, `${name}ps`, "Vps,Wps"),
  float("SSE3", `66 0F ${byte}`, `${name}pd`, "Vpd,Wpd"),
]);

// ---------------------------------------------------------------------------------------------------- conversions

const FLOAT_FAULTS = `${SSE_FAULTS} #XM`;
const MIXED_FAULTS = `${MMX_FAULTS} #XM`;

/** Between MMX and XMM registers. */
function mixed(feature: string, opcode: string, mnemonic: string, operands: string): InstructionRow {
  return row(feature, opcode, mnemonic, operands, { size: 8 }, MIXED_FAULTS);
}

const conversions = [
  mixed("SSE", "NP 0F 2A", "cvtpi2ps", "Vps,Qq"),
  mixed("SSE2", "66 0F 2A", "cvtpi2pd", "Vpd,Qq"),
  mixed("SSE", "NP 0F 2C", "cvttps2pi", "Pq,Wq"),
  mixed("SSE2", "66 0F 2C", "cvttpd2pi", "Pq,Wpd"),
  mixed("SSE", "NP 0F 2D", "cvtps2pi", "Pq,Wq"),
  mixed("SSE2", "66 0F 2D", "cvtpd2pi", "Pq,Wpd"),
  general("SSE", "F3 0F 2A", "cvtsi2ss", "Vss,Ey", "cvtsi2ss", FLOAT_FAULTS),
  general("SSE2", "F2 0F 2A", "cvtsi2sd", "Vsd,Ey", "cvtsi2sd", FLOAT_FAULTS),
  general("SSE", "F3 0F 2C", "cvttss2si", "Gy,Wss", "cvttss2si", FLOAT_FAULTS),
  general("SSE2", "F2 0F 2C", "cvttsd2si", "Gy,Wsd", "cvttsd2si", FLOAT_FAULTS),
  general("SSE", "F3 0F 2D", "cvtss2si", "Gy,Wss", "cvtss2si", FLOAT_FAULTS),
  general("SSE2", "F2 0F 2D", "cvtsd2si", "Gy,Wsd", "cvtsd2si", FLOAT_FAULTS),
  float("SSE2", "NP 0F 5A", "cvtps2pd", "Vpd,Wq"),
  float("SSE2", "66 0F 5A", "cvtpd2ps", "Vps,Wpd"),
  float("SSE2", "F3 0F 5A", "cvtss2sd", "Vsd,Wss", { size: 4 }),
  float("SSE2", "F2 0F 5A", "cvtsd2ss", "Vss,Wsd", { size: 8 }),
  float("SSE2", "NP 0F 5B", "cvtdq2ps", "Vps,Wdq"),
  float("SSE2", "66 0F 5B", "cvtps2dq", "Vdq,Wps"),
  float("SSE2", "F3 0F 5B", "cvttps2dq", "Vdq,Wps"),
  float("SSE2", "F2 0F E6", "cvtpd2dq", "Vdq,Wpd"),
  float("SSE2", "66 0F E6", "cvttpd2dq", "Vdq,Wpd"),
  xmm("SSE2", "F3 0F E6", "cvtdq2pd", "Vpd,Wq"),
];

export const simdRows: readonly InstructionRow[] = [
  ...packedInteger,
  ...moves,
  ...arithmetic,
  ...comparisons,
  ...approximations,
  ...bitwise,
  ...horizontal,
  ...conversions,
];
