/**
 * AssemblyScript text that the interpreter's handlers are made of. `u` is the micro-op that the switch is at; the text of a `HotCode(32)` is
 * about the micro-op after it, for handlers that execute two.
 *
 * Handlers do only what is quick, and no calls: V8 then keeps what the switch needs in registers, and the whole stays below the size from
 * which on its better register allocator is not used. What takes more leaves the switch, by `break`, for the code behind it, with
 * `way` saying what is to be done for `u`: EXECUTE (what `way` is at first), JUMP or END.
 */

const SIZE: Readonly<Record<string, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4 };

// Offsets in a micro-op (wasm/abi/uop.ts), written as numbers to keep the generated text short.
export const DST = 2;
export const SRC = 3;
const IMM = 4;
const DISP = 8;
const BASE = 12;
const INDEX = 13;
const SCALE = 14;
const OFFSET = 16;
const LENGTH = 18;
const LINK = 24;
const IMM2 = 28;

/** Slot of an address in a TLB table, as a byte offset. */
const SLOT = "((ea >>> 10) & 0x3ffffc)";

export class HotCode {
  /** `ends`: the exec function of the instruction is to be called as that of one that ends a run. */
  constructor(
    private readonly at: 0 | 32,
    private readonly ends = false,
  ) {}

  /** The same for a branch. */
  get branch(): HotCode {
    return new HotCode(this.at, true);
  }

  /** Load of a field of the micro-op. */
  field(offset: number, type = "u32"): string {
    return `load<${type}>(u, ${this.at + offset})`;
  }

  /** The register that a field names. */
  reg(field: number, type = "u32"): string {
    return `load<${type}>(<usize>${this.field(field, "u8")}, REGS)`;
  }

  setReg(value: string, field = DST): string {
    return `store<u64>(<usize>${this.field(field, "u8")}, <u64>(<u32>(${value})), REGS);`;
  }

  setReg8(value: string): string {
    return `store<u8>(<usize>${this.field(DST, "u8")}, <u8>(${value}), REGS);`;
  }

  setReg16(value: string): string {
    return `store<u16>(<usize>${this.field(DST, "u8")}, <u16>(${value}), REGS);`;
  }

  immediate(type = "u32"): string {
    return this.field(IMM, type);
  }

  /** Base register plus displacement. */
  get sum(): string {
    return `${this.reg(BASE)} + ${this.field(DISP)}`;
  }

  get address(): string {
    return `${this.reg(BASE)} + (${this.reg(INDEX)} << ${this.field(SCALE, "u8")}) + ${this.field(DISP)}`;
  }

  get condition(): string {
    return `condition(${this.field(IMM2, "u8")})`;
  }

  /** Where execution goes on after the instruction. */
  get returnAddress(): string {
    return `<u32>pageLinear() + ${this.field(OFFSET, "u16")} + ${this.field(LENGTH, "u8")}`;
  }

  /** The access of this instruction is not a quick one: its exec function does it. */
  private get miss(): string {
    if (this.at) return `{ u += ${this.at}; continue; }`;
    return this.ends ? "{ way = END; break; }" : "break;";
  }

  /** The TLB's addend for `ea` in a new variable `page`, or a miss: misses() of memory.ts, and behind the end of segments that are cut. */
  private look(ea: string, type: string, table = ""): string {
    const size = SIZE[type]!;
    const misses = size === 1 ? "(page & 1)" : `i32(((page | ea) & 0xfff) > ${4096 - size})`;
    return `const ea = ${ea}; const page = load<u32>(tables + ${SLOT}${table}) ^ 0xfff; if (${misses} | i32(ea > top)) ${this.miss}`;
  }

  /** Statements that read memory at `ea` into a new variable. */
  read(variable: string, ea: string, type = "u32"): string {
    return `${this.look(ea, type)}
        const ${variable} = load<${type}>(ea + page);`;
  }

  /** The host address of memory at `ea` that will be written, in a new variable `host`. */
  private writable(ea: string, type: string): string {
    return `${this.look(ea, type, ", TLB_WRITE_OFFSET")}
        const host = ea + page;`;
  }

  write(value: string, ea: string, type = "u32"): string {
    return `${this.writable(ea, type)} store<${type}>(host, ${value});`;
  }

  /** Read `a`, compute `r` and write it back: the write entry serves both, as a writable page is readable. */
  modify(compute: string, type = "u32"): string {
    return `${this.writable(this.address, type)} const a = load<${type}>(host); ${compute} store<${type}>(host, r);`;
  }

  push(value: string): string {
    return `const sp = load<u32>(REGS + 32) - 4; ${this.write(value, "sp")} store<u64>(REGS + 32, <u64>sp);`;
  }

  /** The top of the stack in a new variable `top`, and the stack pointer behind it. */
  get pop(): string {
    return `const sp = load<u32>(REGS + 32); ${this.read("top", "sp")} store<u64>(REGS + 32, <u64>(sp + 4));`;
  }

  /** A direct jump: through its link if there is one and budget is left. */
  get jump(): string {
    return `left -= <i32>(u - from) + ${this.at + 32}; const target = <usize>${this.field(LINK)};
          if (target == 0 || left <= MARGIN) { ${this.at ? `u += ${this.at}; ` : ""}way = JUMP; break; } u = target; from = u; continue;`;
  }

  /** A jump to the linear address in an expression. */
  jumpTo(target: string): string {
    return `left -= <i32>(u - from) + ${this.at + 32}; const target = ${target}; u = left > MARGIN ? codeLookup(target) : 0;
        if (u == 0) { setRip(<u64>target); exitUop = 0; return left; } from = u; continue;`;
  }
}
