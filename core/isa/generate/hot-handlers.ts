/** The handlers that execute one instruction, by family. Their order within a family is that which wasm/cpu/select-hot.ts counts on. */
import { DST, type HotCode, SRC } from "./hot-code.js";

export interface Handler {
  readonly name: string;
  readonly body: string;
  /** Execution always goes on elsewhere. Behind all others it goes on with the next micro-op. */
  readonly jumps?: true;
}

const ALU: readonly { name: string; expression: string; flags: (type: string) => string; writes: boolean }[] = [
  { name: "ADD", expression: "a + b", flags: (t) => `flagsAdd<${t}>(a, r);`, writes: true },
  { name: "OR", expression: "a | b", flags: (t) => `flagsLogic<${t}>(r);`, writes: true },
  { name: "AND", expression: "a & b", flags: (t) => `flagsLogic<${t}>(r);`, writes: true },
  { name: "SUB", expression: "a - b", flags: (t) => `flagsSub<${t}>(a, r);`, writes: true },
  { name: "XOR", expression: "a ^ b", flags: (t) => `flagsLogic<${t}>(r);`, writes: true },
  { name: "CMP", expression: "a - b", flags: (t) => `flagsSub<${t}>(a, r);`, writes: false },
  { name: "TEST", expression: "a & b", flags: (t) => `flagsLogic<${t}>(r);`, writes: false },
];

/** Operand forms in this order; select-hot.ts adds the number to the base. */
const FORMS = ["RR", "RI", "RM", "MR", "MI"] as const;
type Form = (typeof FORMS)[number];

/** Both operands in new variables `a` and `b`. */
function operands(c: HotCode, form: Form, type: string): string {
  switch (form) {
    case "RR":
      return `const a = ${c.reg(DST, type)}; const b = ${c.reg(SRC, type)};`;
    case "RI":
      return `const a = ${c.reg(DST, type)}; const b = ${c.immediate(type)};`;
    case "RM":
      return `${c.read("b", c.address, type)} const a = ${c.reg(DST, type)};`;
    case "MR":
      return `${c.read("a", c.address, type)} const b = ${c.reg(SRC, type)};`;
    case "MI":
      return `${c.read("a", c.address, type)} const b = ${c.immediate(type)};`;
  }
}

const WIDTHS = [
  { type: "u32", suffix: "" },
  { type: "u8", suffix: "8" },
] as const;

/** The comparison of a CMP or TEST handler: operands, result `r`, flags. */
export function comparison(c: HotCode, name: string): string {
  const { type, suffix } = WIDTHS.find(({ suffix }) => suffix !== "" && name.includes(suffix)) ?? WIDTHS[0];
  const [mnemonic, form] = name.split("_") as [string, Form];
  const { expression, flags } = ALU.find((o) => o.name + suffix === mnemonic)!;
  return `${operands(c, form, type)} const r = <${type}>(${expression}); ${flags(type)}`;
}

function alu(c: HotCode): Handler[] {
  return WIDTHS.flatMap(({ type, suffix }) =>
    ALU.flatMap((op) =>
      FORMS.map((form) => {
        const name = `${op.name}${suffix}_${form}`;
        if (!op.writes) return { name, body: comparison(c, name) };
        const result = `const r = <${type}>(${op.expression});`;
        if (form === "MR" || form === "MI") {
          const b = form === "MR" ? c.reg(SRC, type) : c.immediate(type);
          return { name, body: `${c.modify(`const b = ${b}; ${result}`, type)} ${op.flags(type)}` };
        }
        const set = type === "u32" ? c.setReg("r") : c.setReg8("r");
        return { name, body: `${operands(c, form, type)} ${result} ${set} ${op.flags(type)}` };
      }),
    ),
  );
}

/** Tests of unfused jumps: the common ones in line, the others by call, so that the switch stays small. */
const CONDITIONS: readonly string[] = Array.from({ length: 16 }, (_, code) => {
  const simple = ["", "carry()", "zero()", "", "sign()"][code >> 1];
  return simple ? `${simple} ${code & 1 ? "==" : "!="} 0` : `condition(${code})`;
});

function branches(code: HotCode): Handler[] {
  const c = code.branch;
  return [
    ...CONDITIONS.map((test, i) => ({ name: `JCC_${i}`, body: `if (${test}) { ${c.jump} }` })),
    { name: "JMP", body: c.jump, jumps: true },
    { name: "CALL", body: `${c.push(c.returnAddress)} ${c.jump}`, jumps: true },
    { name: "CALL_R", body: `const to = ${c.reg(SRC)}; ${c.push(c.returnAddress)} ${c.jumpTo("to")}`, jumps: true },
    {
      name: "CALL_M",
      body: `let to: u32; { ${c.read("v", c.address)} to = v; } ${c.push(c.returnAddress)} ${c.jumpTo("to")}`,
      jumps: true,
    },
    { name: "JMP_R", body: c.jumpTo(c.reg(SRC)), jumps: true },
    { name: "JMP_M", body: `${c.read("to", c.address)} ${c.jumpTo("to")}`, jumps: true },
    { name: "RET", body: `${c.pop} ${c.jumpTo("top")}`, jumps: true },
  ];
}

function moves(c: HotCode): Handler[] {
  const out: Handler[] = [
    { name: "MOV_RR", body: c.setReg(c.reg(SRC)) },
    { name: "MOV_RI", body: c.setReg(c.immediate()) },
    { name: "MOV_RM", body: `${c.read("v", c.address)} ${c.setReg("v")}` },
    { name: "MOV_MR", body: c.write(c.reg(SRC), c.address) },
    { name: "MOV_MI", body: c.write(c.immediate(), c.address) },
    { name: "MOV8_RR", body: c.setReg8(c.reg(SRC, "u8")) },
    { name: "MOV8_RI", body: c.setReg8(c.immediate("u8")) },
    { name: "MOV8_RM", body: `${c.read("v", c.address, "u8")} ${c.setReg8("v")}` },
    { name: "MOV8_MR", body: c.write(c.reg(SRC, "u8"), c.address, "u8") },
    { name: "MOV8_MI", body: c.write(c.immediate("u8"), c.address, "u8") },
    { name: "MOV_RB", body: `${c.read("v", c.sum)} ${c.setReg("v")}` },
    { name: "MOV_BR", body: c.write(c.reg(SRC), c.sum) },
    { name: "MOV16_RM", body: `${c.read("v", c.address, "u16")} ${c.setReg16("v")}` },
    { name: "MOV16_MR", body: c.write(c.reg(SRC, "u16"), c.address, "u16") },
    { name: "LEA", body: c.setReg(c.address) },
    { name: "LEA_B", body: c.setReg(c.sum) },
  ];
  for (const [name, type, cast] of [
    ["MOVZX8", "u8", "<u32>"],
    ["MOVZX16", "u16", "<u32>"],
    ["MOVSX8", "i8", "<i32>"],
    ["MOVSX16", "i16", "<i32>"],
  ] as const) {
    out.push({ name: `${name}_RR`, body: c.setReg(`${cast}${c.reg(SRC, type)}`) });
    out.push({ name: `${name}_RM`, body: `${c.read("v", c.address, type)} ${c.setReg(`${cast}v`)}` });
  }
  return out;
}

function stack(c: HotCode): Handler[] {
  return [
    { name: "PUSH_R", body: c.push(c.reg(SRC)) },
    { name: "PUSH_I", body: c.push(c.immediate()) },
    { name: "PUSH_M", body: `let value: u32; { ${c.read("v", c.address)} value = v; } ${c.push("value")}` },
    // POP ESP: the value popped wins over the increment, so the register is written last.
    { name: "POP_R", body: `${c.pop} ${c.setReg("top")}` },
    {
      name: "LEAVE",
      body: `const sp = load<u32>(REGS + 40); ${c.read("v", "sp")} store<u64>(REGS + 32, <u64>(sp + 4)); store<u64>(REGS + 40, <u64>v);`,
    },
  ];
}

function unary(c: HotCode): Handler[] {
  const operations: readonly [string, string, string][] = [
    ["INC", "a + 1", "flagsBits<u32>(r, carry() | (r == 0x80000000 ? FLAG_O : 0) | ((r & 15) == 0 ? FLAG_A : 0));"],
    ["DEC", "a - 1", "flagsBits<u32>(r, carry() | (r == 0x7fffffff ? FLAG_O : 0) | ((r & 15) == 15 ? FLAG_A : 0));"],
    ["NEG", "0 - a", "flagsSub<u32>(0, r);"],
    ["NOT", "~a", ""],
  ];
  return operations.flatMap(([name, expression, flags]) => [
    { name: `${name}_R`, body: `const a = ${c.reg(DST)}; const r = ${expression}; ${c.setReg("r")} ${flags}` },
    { name: `${name}_M`, body: `${c.modify(`const r: u32 = ${expression};`)} ${flags}` },
  ]);
}

/** Shifts by a constant 1-31, and by CL where the count is tested. O is defined for a count of 1 and follows the same rule beyond. */
function shifts(c: HotCode): Handler[] {
  const operations: readonly [string, string, string][] = [
    ["SHL", "a << c", "((a >>> (32 - c)) & 1) | ((((a >>> (32 - c)) ^ (r >>> 31)) & 1) << 11)"],
    ["SHR", "a >>> c", "((a >>> (c - 1)) & 1) | ((((r << 1) ^ r) >>> 31) << 11)"],
    ["SAR", "<u32>(<i32>a >> c)", "((<u32>(<i32>a >> (c - 1))) & 1)"],
  ];
  return operations.flatMap(([name, expression, bits]) => {
    const compute = `const r = ${expression}; ${c.setReg("r")} flagsBits<u32>(r, ${bits});`;
    return [
      { name: `${name}_RI`, body: `const a = ${c.reg(DST)}; const c: u32 = ${c.immediate("u8")}; ${compute}` },
      { name: `${name}_RC`, body: `const a = ${c.reg(DST)}; const c: u32 = load<u8>(REGS + 8) & 31; if (c) { ${compute} }` },
    ];
  });
}

function rotates(c: HotCode): Handler[] {
  const rotate = (fn: string, low: string, high: string) =>
    `const a = ${c.reg(DST)}; const r = ${fn}<u32>(a, ${c.immediate("u8")}); ${c.setReg("r")} changeArithmeticFlags((FLAG_C | FLAG_O), ${low} | ${high});`;
  return [
    { name: "ROL_RI", body: rotate("rotl", "(r & 1)", "(((r ^ (r >>> 31)) & 1) << 11)") },
    { name: "ROR_RI", body: rotate("rotr", "(r >>> 31)", "(((r ^ (r << 1)) >>> 31) << 11)") },
  ];
}

function products(c: HotCode): Handler[] {
  const product = (a: string, b: string) =>
    `const p = <i64>(<i32>${a}) * <i64>(<i32>${b}); const r = <u32>p; ${c.setReg("r")} flagsBits<u32>(r, p == <i64>(<i32>r) ? 0 : FLAG_C | FLAG_O);`;
  return [
    { name: "IMUL_RR", body: product(c.reg(DST), c.reg(SRC)) },
    { name: "IMUL_RM", body: `${c.read("v", c.address)} ${product(c.reg(DST), "v")}` },
    { name: "IMUL_RRI", body: product(c.reg(SRC), c.immediate()) },
    { name: "IMUL_RMI", body: `${c.read("v", c.address)} ${product("v", c.immediate())}` },
    {
      name: "MUL_R",
      body: `const p = <u64>load<u32>(REGS) * <u64>${c.reg(SRC)}; const r = <u32>p; const high = <u32>(p >> 32); store<u64>(REGS, <u64>r);
        store<u64>(REGS + 16, <u64>high); flagsBits<u32>(r, high ? FLAG_C | FLAG_O : 0);`,
    },
  ];
}

function withCarry(c: HotCode): Handler[] {
  const carryOut = "FLAG_A & (a ^ b ^ r)";
  return [
    {
      name: "ADC_RR",
      body: `const a = ${c.reg(DST)}; const b = ${c.reg(SRC)}; const w = <u64>a + <u64>b + <u64>carry(); const r = <u32>w; ${c.setReg("r")}
        flagsBits<u32>(r, <u32>(w >> 32) | (${carryOut}) | ((((a ^ r) & (b ^ r)) >>> 31) << 11));`,
    },
    {
      name: "SBB_RR",
      body: `const a = ${c.reg(DST)}; const b = ${c.reg(SRC)}; const w = <u64>a - <u64>b - <u64>carry(); const r = <u32>w; ${c.setReg("r")}
        flagsBits<u32>(r, (<u32>(w >> 32) & 1) | (${carryOut}) | ((((a ^ b) & (a ^ r)) >>> 31) << 11));`,
    },
  ];
}

function rest(c: HotCode): Handler[] {
  return [
    { name: "SETCC_R", body: c.setReg8(`${c.condition} ? 1 : 0`) },
    { name: "CMOVCC_RR", body: `if (${c.condition}) { ${c.setReg(c.reg(SRC))} }` },
    { name: "CMOVCC_RM", body: `${c.read("v", c.address)} if (${c.condition}) { ${c.setReg("v")} }` },
    { name: "CDQ", body: "store<u64>(REGS + 16, <u64>(<u32>(load<i32>(REGS) >> 31)));" },
    { name: "NOP", body: "" },
    { name: "XCHG_RR", body: `const a = ${c.reg(DST)}; ${c.setReg(c.reg(SRC))} ${c.setReg("a", SRC)}` },
  ];
}

export function singleHandlers(c: HotCode): Handler[] {
  const families = [branches, alu, moves, stack, unary, shifts, rotates, products, withCarry, rest];
  return families.flatMap((family) => family(c));
}
