/**
 * The interpreter's hot switch, generated: one case for each operation and operand form that programs run most. Everything else is
 * OP_COLD or OP_COLD_ENDS, which call the exec function of the row. Only flat 32-bit code uses the hot forms (cpu/select-hot.ts).
 */

interface Handler {
  readonly name: string;
  readonly body: string;
}

const REG = (field: number, type = "u32") => `load<${type}>(<usize>load<u8>(u, ${field}), REGS)`;
const DST = 2;
const SRC = 3;
const IMM = "load<u32>(u, 4)";
const EA = "load<u32>(<usize>load<u8>(u, 12), REGS) + (load<u32>(<usize>load<u8>(u, 13), REGS) << load<u8>(u, 14)) + load<u32>(u, 8)";
/** Effective address without index. */
const EA_BASE = "load<u32>(<usize>load<u8>(u, 12), REGS) + load<u32>(u, 8)";
const NEXT = "u += 32; continue;";

const SIZE: Readonly<Record<string, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4 };

const setReg = (value: string, field = DST) => `store<u64>(<usize>load<u8>(u, ${field}), <u64>(<u32>(${value})), REGS);`;
const setReg8 = (value: string) => `store<u8>(<usize>load<u8>(u, ${DST}), <u8>(${value}), REGS);`;

/** Statements that read memory at `ea` into a new variable; a fault leaves the switch. */
function read(variable: string, ea: string, type = "u32"): string {
  return `const ea = ${ea}; const e = tables + (((ea >>> 8) ^ (ea >>> 20)) & 0xfff0); let ${variable}: ${type};
        if (ea - load<u32>(e) < ${4097 - SIZE[type]!}) ${variable} = load<${type}>(ea + load<u32>(e, 8));
        else { ${variable} = readLinear<${type}>(<u64>ea); if (fault) break; }`;
}

function write(value: string, ea: string, type = "u32"): string {
  return `const ea = ${ea}; const e = tables + (((ea >>> 8) ^ (ea >>> 20)) & 0xfff0);
        if (ea - load<u32>(e, TLB_WRITE_OFFSET) < ${4097 - SIZE[type]!}) store<${type}>(ea + load<u32>(e, TLB_WRITE_OFFSET + 8), ${value});
        else { writeLinear<${type}>(<u64>ea, ${value}); if (fault) break; }`;
}

/** Read, compute and write back: the write entry serves both, as a writable page is readable. */
function modify(compute: string, ea: string, type = "u32"): string {
  return `const ea = ${ea}; const e = tables + (((ea >>> 8) ^ (ea >>> 20)) & 0xfff0); let at: usize = 0; let a: ${type};
        if (ea - load<u32>(e, TLB_WRITE_OFFSET) < ${4097 - SIZE[type]!}) { at = ea + load<u32>(e, TLB_WRITE_OFFSET + 8); a = load<${type}>(at); }
        else { a = readForWrite<${type}>(<u64>ea); if (fault) break; }
        ${compute}
        if (at) store<${type}>(at, r); else { writeLinear<${type}>(<u64>ea, r); if (fault) break; }`;
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
export const FORMS = ["RR", "RI", "RM", "MR", "MI"] as const;
type Form = (typeof FORMS)[number];

function load2(form: Form, type: string): string {
  const reg = (f: number) => `load<${type}>(<usize>load<u8>(u, ${f}), REGS)`;
  const imm = type === "u32" ? IMM : `load<${type}>(u, 4)`;
  switch (form) {
    case "RR":
      return `const a = ${reg(DST)}; const b = ${reg(SRC)};`;
    case "RI":
      return `const a = ${reg(DST)}; const b = ${imm};`;
    case "RM":
      return `${read("b", EA, type)} const a = ${reg(DST)};`;
    case "MR":
      return `${read("a", EA, type)} const b = ${reg(SRC)};`;
    case "MI":
      return `${read("a", EA, type)} const b = ${imm};`;
  }
}

function alu(): Handler[] {
  const out: Handler[] = [];
  for (const [type, suffix] of [
    ["u32", ""],
    ["u8", "8"],
  ] as const) {
    const set = type === "u32" ? setReg : setReg8;
    for (const op of ALU)
      for (const form of FORMS) {
        const result = `const r = <${type}>(${op.expression});`;
        let body: string;
        if (!op.writes) body = `${load2(form, type)} ${result} ${op.flags(type)}`;
        else if (form === "MR" || form === "MI") {
          const b = form === "MR" ? `load<${type}>(<usize>load<u8>(u, ${SRC}), REGS)` : type === "u32" ? IMM : `load<${type}>(u, 4)`;
          body = `${modify(`const b = ${b}; ${result}`, EA, type)} ${op.flags(type)}`;
        } else body = `${load2(form, type)} ${result} ${set("r")} ${op.flags(type)}`;
        out.push({ name: `${op.name}${suffix}_${form}`, body: `${body} ${NEXT}` });
      }
  }
  return out;
}

/** Conditions worth fusing, with their test on a, b (unsigned) and r = a - b, or r = a & b for TEST. The number is that of Jcc. */
const FUSED_CONDITIONS = [2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15] as const;
const COMPARE: Readonly<Record<number, string>> = {
  2: "a < b",
  3: "a >= b",
  4: "a == b",
  5: "a != b",
  6: "a <= b",
  7: "a > b",
  8: "SIGNED(r) < 0",
  9: "SIGNED(r) >= 0",
  12: "SIGNED(a) < SIGNED(b)",
  13: "SIGNED(a) >= SIGNED(b)",
  14: "SIGNED(a) <= SIGNED(b)",
  15: "SIGNED(a) > SIGNED(b)",
};
const TEST: Readonly<Record<number, string>> = {
  2: "false",
  3: "true",
  4: "r == 0",
  5: "r != 0",
  6: "r == 0",
  7: "r != 0",
  8: "SIGNED(r) < 0",
  9: "SIGNED(r) >= 0",
  12: "SIGNED(r) < 0",
  13: "SIGNED(r) >= 0",
  14: "SIGNED(r) <= 0",
  15: "SIGNED(r) > 0",
};

/** Pairs of compare form and conditions that get a fused handler. */
const FUSED: readonly { base: string; conditions: readonly number[] }[] = [
  ...FORMS.map((form) => ({ base: `CMP_${form}`, conditions: FUSED_CONDITIONS })),
  ...(["RR", "RI"] as const).map((form) => ({ base: `TEST_${form}`, conditions: [4, 5, 8, 9, 14, 15] })),
  ...(["RR", "RI", "RM", "MI"] as const).map((form) => ({ base: `CMP8_${form}`, conditions: [2, 3, 4, 5, 6, 7] })),
  ...(["RR", "RI", "MI"] as const).map((form) => ({ base: `TEST8_${form}`, conditions: [4, 5, 8, 9] })),
];

/** Taken branch of the jump `offset` bytes after `u`: through its link if there is one and budget is left, else by the slow way. */
function jumpCode(offset: 0 | 32): string {
  return `left -= <i32>(u - from) + ${offset + 32}; const target = <usize>load<u32>(u, ${offset + 24});
          if (target != 0 && left > MARGIN) u = target; else { u = takeBranch(u + ${offset}, left); if (u == 0) { from = 0; break; } }
          from = u; continue;`;
}

function fused(): Handler[] {
  const out: Handler[] = [];
  for (const { base, conditions } of FUSED) {
    const [name, form] = base.split("_") as [string, Form];
    const type = name.endsWith("8") ? "u8" : "u32";
    const test = name.startsWith("TEST");
    const op = ALU.find((o) => o.name === name.replace("8", ""))!;
    for (const condition of conditions) {
      const text = (test ? TEST : COMPARE)[condition]!.replace(/SIGNED/g, type === "u8" ? "<i8>" : "<i32>");
      out.push({
        name: `${base}_J${condition}`,
        body: `${load2(form, type)} const r = <${type}>(${op.expression}); ${op.flags(type)}
        if (${text}) { ${jumpCode(32)} } u += 64; continue;`,
      });
    }
  }
  return out;
}

/** Tests of unfused jumps: the common ones in line, the others by call, so that the switch stays small. */
const CONDITIONS: readonly string[] = Array.from({ length: 16 }, (_, code) => {
  const simple = ["", "carry()", "zero()", "", "sign()"][code >> 1];
  return simple ? `${simple} ${code & 1 ? "==" : "!="} 0` : `condition(${code})`;
});

/** A jump whose target is in a variable `target`. */
const INDIRECT = `left -= <i32>(u - from) + 32; u = left > MARGIN ? codeLookup(target) : 0;
        if (u == 0) { setRip(<u64>target); from = 0; break; } from = u; continue;`;
const pushValue = (value: string) => `const sp = load<u32>(REGS + 32) - 4; ${write(value, "sp")}
        store<u64>(REGS + 32, <u64>sp);`;
const RETURN_ADDRESS = "<u32>pageLinear + load<u16>(u, 16) + load<u8>(u, 18)";

function branches(): Handler[] {
  return [
    ...CONDITIONS.map((test, i) => ({ name: `JCC_${i}`, body: `if (${test}) { ${jumpCode(0)} } ${NEXT}` })),
    { name: "JMP", body: jumpCode(0) },
    { name: "CALL", body: `${pushValue(RETURN_ADDRESS)} ${jumpCode(0)}` },
    { name: "CALL_R", body: `const target = ${REG(SRC)}; ${pushValue(RETURN_ADDRESS)} ${INDIRECT}` },
    {
      name: "CALL_M",
      body: `let target: u32; { ${read("t", EA)} target = t; } ${pushValue(RETURN_ADDRESS)} ${INDIRECT}`,
    },
    { name: "JMP_R", body: `const target = ${REG(SRC)}; ${INDIRECT}` },
    { name: "JMP_M", body: `${read("target", EA)} ${INDIRECT}` },
    { name: "RET", body: `const sp = load<u32>(REGS + 32); ${read("target", "sp")} store<u64>(REGS + 32, <u64>(sp + 4)); ${INDIRECT}` },
    // Not an instruction: the run goes on elsewhere (at U_IMM bytes from this micro-op's offset).
    {
      name: "LINK",
      body: `left -= <i32>(u - from); const target = <usize>load<u32>(u, 24);
        if (target != 0 && left > MARGIN) u = target; else { u = takeBranch(u, left); if (u == 0) { from = 0; break; } }
        from = u; continue;`,
    },
  ];
}

function moves(): Handler[] {
  const out: Handler[] = [
    { name: "MOV_RR", body: `${setReg(REG(SRC))} ${NEXT}` },
    { name: "MOV_RI", body: `${setReg(IMM)} ${NEXT}` },
    { name: "MOV_RM", body: `${read("v", EA)} ${setReg("v")} ${NEXT}` },
    { name: "MOV_MR", body: `${write(REG(SRC), EA)} ${NEXT}` },
    { name: "MOV_MI", body: `${write(IMM, EA)} ${NEXT}` },
    { name: "MOV8_RR", body: `${setReg8(REG(SRC, "u8"))} ${NEXT}` },
    { name: "MOV8_RI", body: `${setReg8("load<u8>(u, 4)")} ${NEXT}` },
    { name: "MOV8_RM", body: `${read("v", EA, "u8")} ${setReg8("v")} ${NEXT}` },
    { name: "MOV8_MR", body: `${write(REG(SRC, "u8"), EA, "u8")} ${NEXT}` },
    { name: "MOV8_MI", body: `${write("load<u8>(u, 4)", EA, "u8")} ${NEXT}` },
    { name: "MOV_RB", body: `${read("v", EA_BASE)} ${setReg("v")} ${NEXT}` },
    { name: "MOV_BR", body: `${write(REG(SRC), EA_BASE)} ${NEXT}` },
    { name: "MOV16_RM", body: `${read("v", EA, "u16")} store<u16>(<usize>load<u8>(u, ${DST}), v, REGS); ${NEXT}` },
    { name: "MOV16_MR", body: `${write(REG(SRC, "u16"), EA, "u16")} ${NEXT}` },
    { name: "LEA", body: `${setReg(EA)} ${NEXT}` },
    { name: "LEA_B", body: `${setReg(EA_BASE)} ${NEXT}` },
  ];
  for (const [name, type, cast] of [
    ["MOVZX8", "u8", "<u32>"],
    ["MOVZX16", "u16", "<u32>"],
    ["MOVSX8", "i8", "<i32>"],
    ["MOVSX16", "i16", "<i32>"],
  ] as const) {
    out.push({ name: `${name}_RR`, body: `${setReg(`${cast}${REG(SRC, type)}`)} ${NEXT}` });
    out.push({ name: `${name}_RM`, body: `${read("v", EA, type)} ${setReg(`${cast}v`)} ${NEXT}` });
  }
  return out;
}

function stack(): Handler[] {
  return [
    { name: "PUSH_R", body: `${pushValue(REG(SRC))} ${NEXT}` },
    { name: "PUSH_I", body: `${pushValue(IMM)} ${NEXT}` },
    { name: "PUSH_M", body: `let value: u32; { ${read("v", EA)} value = v; } ${pushValue("value")} ${NEXT}` },
    // POP ESP: the value popped wins over the increment, so the register is written last.
    {
      name: "POP_R",
      body: `const sp = load<u32>(REGS + 32); ${read("v", "sp")} store<u64>(REGS + 32, <u64>(sp + 4)); ${setReg("v")} ${NEXT}`,
    },
    {
      name: "LEAVE",
      body: `const sp = load<u32>(REGS + 40); ${read("v", "sp")} store<u64>(REGS + 32, <u64>(sp + 4)); store<u64>(REGS + 40, <u64>v); ${NEXT}`,
    },
  ];
}

function unary(): Handler[] {
  const operations: readonly [string, string, string][] = [
    ["INC", "a + 1", "flagsBits<u32>(r, carry() | (r == 0x80000000 ? FLAG_O : 0) | ((r & 15) == 0 ? FLAG_A : 0));"],
    ["DEC", "a - 1", "flagsBits<u32>(r, carry() | (r == 0x7fffffff ? FLAG_O : 0) | ((r & 15) == 15 ? FLAG_A : 0));"],
    ["NEG", "0 - a", "flagsSub<u32>(0, r);"],
    ["NOT", "~a", ""],
  ];
  return operations.flatMap(([name, expression, flags]) => [
    { name: `${name}_R`, body: `const a = ${REG(DST)}; const r = ${expression}; ${setReg("r")} ${flags} ${NEXT}` },
    { name: `${name}_M`, body: `${modify(`const r: u32 = ${expression};`, EA)} ${flags} ${NEXT}` },
  ]);
}

/** Shifts by a constant 1-31, and by CL where the count is tested. O is defined for a count of 1 and follows the same rule beyond. */
function shifts(): Handler[] {
  const operations: readonly [string, string, string][] = [
    ["SHL", "a << c", "((a >>> (32 - c)) & 1) | ((((a >>> (32 - c)) ^ (r >>> 31)) & 1) << 11)"],
    ["SHR", "a >>> c", "((a >>> (c - 1)) & 1) | ((((r << 1) ^ r) >>> 31) << 11)"],
    ["SAR", "<u32>(<i32>a >> c)", "((<u32>(<i32>a >> (c - 1))) & 1)"],
  ];
  return operations.flatMap(([name, expression, bits]) => {
    const compute = `const r = ${expression}; ${setReg("r")} flagsBits<u32>(r, ${bits});`;
    return [
      { name: `${name}_RI`, body: `const a = ${REG(DST)}; const c: u32 = load<u8>(u, 4); ${compute} ${NEXT}` },
      { name: `${name}_RC`, body: `const a = ${REG(DST)}; const c: u32 = load<u8>(REGS + 8) & 31; if (c) { ${compute} } ${NEXT}` },
    ];
  });
}

function rotates(): Handler[] {
  const changed = "(FLAG_C | FLAG_O)";
  const rotate = (fn: string, low: string, high: string) =>
    `const a = ${REG(DST)}; const r = ${fn}<u32>(a, load<u8>(u, 4)); ${setReg("r")} changeArithmeticFlags(${changed}, ${low} | ${high}); ${NEXT}`;
  return [
    { name: "ROL_RI", body: rotate("rotl", "(r & 1)", "(((r ^ (r >>> 31)) & 1) << 11)") },
    { name: "ROR_RI", body: rotate("rotr", "(r >>> 31)", "(((r ^ (r << 1)) >>> 31) << 11)") },
  ];
}

function products(): Handler[] {
  const product = (a: string, b: string) =>
    `const p = <i64>(<i32>${a}) * <i64>(<i32>${b}); const r = <u32>p; ${setReg("r")} flagsBits<u32>(r, p == <i64>(<i32>r) ? 0 : FLAG_C | FLAG_O);`;
  return [
    { name: "IMUL_RR", body: `${product(REG(DST), REG(SRC))} ${NEXT}` },
    { name: "IMUL_RM", body: `${read("v", EA)} ${product(REG(DST), "v")} ${NEXT}` },
    { name: "IMUL_RRI", body: `${product(REG(SRC), IMM)} ${NEXT}` },
    { name: "IMUL_RMI", body: `${read("v", EA)} ${product("v", IMM)} ${NEXT}` },
    {
      name: "MUL_R",
      body: `const p = <u64>load<u32>(REGS) * <u64>${REG(SRC)}; const r = <u32>p; const high = <u32>(p >> 32); store<u64>(REGS, <u64>r);
        store<u64>(REGS + 16, <u64>high); flagsBits<u32>(r, high ? FLAG_C | FLAG_O : 0); ${NEXT}`,
    },
  ];
}

function withCarry(): Handler[] {
  const carryOut = "FLAG_A & (a ^ b ^ r)";
  return [
    {
      name: "ADC_RR",
      body: `const a = ${REG(DST)}; const b = ${REG(SRC)}; const w = <u64>a + <u64>b + <u64>carry(); const r = <u32>w; ${setReg("r")}
        flagsBits<u32>(r, <u32>(w >> 32) | (${carryOut}) | ((((a ^ r) & (b ^ r)) >>> 31) << 11)); ${NEXT}`,
    },
    {
      name: "SBB_RR",
      body: `const a = ${REG(DST)}; const b = ${REG(SRC)}; const w = <u64>a - <u64>b - <u64>carry(); const r = <u32>w; ${setReg("r")}
        flagsBits<u32>(r, (<u32>(w >> 32) & 1) | (${carryOut}) | ((((a ^ b) & (a ^ r)) >>> 31) << 11)); ${NEXT}`,
    },
  ];
}

function rest(): Handler[] {
  return [
    { name: "SETCC_R", body: `${setReg8("condition(load<u8>(u, 28)) ? 1 : 0")} ${NEXT}` },
    { name: "CMOVCC_RR", body: `if (condition(load<u8>(u, 28))) { ${setReg(REG(SRC))} } ${NEXT}` },
    { name: "CMOVCC_RM", body: `${read("v", EA)} if (condition(load<u8>(u, 28))) { ${setReg("v")} } ${NEXT}` },
    { name: "CDQ", body: `store<u64>(REGS + 16, <u64>(<u32>(load<i32>(REGS) >> 31))); ${NEXT}` },
    { name: "NOP", body: NEXT },
    { name: "XCHG_RR", body: `const a = ${REG(DST)}; ${setReg(REG(SRC))} ${setReg("a", SRC)} ${NEXT}` },
  ];
}

/** An instruction that may change anything: the run loop goes on behind it. */
const ENDING = `left -= <i32>(u - from); from = u; syncInstructions(left); setRip(nextRip(u)); setStepping(true);
        call_indirect<void>(<u32>load<u16>(u, 20), u); setStepping(false); if (!fault) left -= 32; break;`;

function cold(): Handler[] {
  return [
    { name: "COLD", body: `call_indirect<void>(<u32>load<u16>(u, 20), u); if (fault) break; ${NEXT}` },
    { name: "COLD_ENDS", body: ENDING },
    {
      name: "ENTER",
      body: `left = enterRegion(u, left - <i32>(u - from)); u = <usize>load<u32>(NEXT_UOP); if (u == 0) { from = 0; break; }
        from = u; if (fault) break; continue;`,
    },
    // An instruction that goes on in the next page: once the run loop has fetched it, it is executed here.
    {
      name: "STRADDLE",
      body: `const second = secondPage(u); if (second == 0) { needStraddle(); break; }
        if (load<u32>(u, STRADDLE_ENDS)) { ${ENDING} }
        call_indirect<void>(<u32>load<u16>(u, 20), u); if (fault) break; left -= <i32>(u - from) + 32;
        u = afterStraddle(u, second, left); if (u == 0) { from = 0; break; } from = u; continue;`,
    },
  ];
}

export function handlers(): readonly Handler[] {
  return [
    ...cold(),
    ...branches(),
    ...alu(),
    ...fused(),
    ...moves(),
    ...stack(),
    ...unary(),
    ...shifts(),
    ...rotates(),
    ...products(),
    ...withCarry(),
    ...rest(),
  ];
}

const HEADER = "// Generated by `npm run generate` from core/isa/generate/interpreter.ts. Do not edit.\n";

export function renderHotOps(): string {
  const list = handlers();
  return `${HEADER}${list.map((h, i) => `export const OP_${h.name}: i32 = ${i};`).join("\n")}\n`;
}

/** The handler numbers that the translator has to know. */
export function renderHandlerNumbers(): string {
  const names = handlers().map((h) => h.name);
  const fusedNames = fused().map((h) => names.indexOf(h.name));
  const constants = {
    OP_ENTER: names.indexOf("ENTER"),
    OP_LINK: names.indexOf("LINK"),
    OP_STRADDLE: names.indexOf("STRADDLE"),
    OP_FUSED_FIRST: Math.min(...fusedNames),
    OP_FUSED_LAST: Math.max(...fusedNames),
  };
  return `${HEADER}\n${Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${value};`)
    .join("\n")}\n`;
}

/** For each ALU handler and condition the fused handler's number, or 0. */
export function renderFused(): string {
  const names = handlers().map((h) => h.name);
  const first = names.indexOf("ADD_RR");
  const table: number[] = [];
  for (let op = first; op < first + ALU.length * FORMS.length * 2; op++)
    for (let condition = 0; condition < 16; condition++) table.push(Math.max(0, names.indexOf(`${names[op]}_J${condition}`)));
  return `${HEADER}export const FUSED_FIRST: i32 = ${first};\nexport const FUSED_COUNT: i32 = ${table.length / 16};
export const FUSED_OPS: StaticArray<u16> = [${table.join(", ")}];\n`;
}

export function renderInterpreter(): string {
  const list = handlers();
  const cases = list.map((h, i) => `      // ${h.name}\n      case ${i}: {\n        ${h.body}\n      }`).join("\n");
  return `${HEADER}
import { TLB_WRITE_OFFSET } from "../../abi/layout";
import { NEXT_UOP } from "../../abi/region";
import { REGS } from "../../abi/state";
import { STRADDLE_ENDS } from "../../abi/uop";
import { afterStraddle, codeLookup, MARGIN, needStraddle, syncInstructions, takeBranch } from "../branch";
import { fault } from "../fault";
import { carry, changeArithmeticFlags, condition, FLAG_A, FLAG_C, FLAG_O, flagsAdd, flagsBits, flagsLogic, flagsSub, sign, zero } from "../flags";
import { readForWrite, readLinear, tlb, writeLinear } from "../memory";
import { enterRegion } from "../region";
import { nextRip, pageLinear, setRip, setStepping } from "../state";
import { secondPage } from "../straddle";

/** Where the interpreter stopped: the micro-op that faulted or ended the run, or 0 when RIP was set by a branch. */
export let exitUop: usize = 0;

/** Run from \`start\` until something needs the run loop. Budgets are instructions times 32. Returns what is left. */
export function interpret(start: usize, budget: i32): i32 {
  let u = start;
  let from = start;
  let left = budget;
  const tables = tlb;
  while (true) {
    switch (<i32>load<u16>(u)) {
${cases}
      default:
        unreachable();
    }
    exitUop = u;
    return left - <i32>(u - from);
  }
}
`;
}
