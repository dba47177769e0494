// Straight code of region-shaped programs, as text for the assembler: arithmetic, moves and flags, operands that lie close together behind one
// register, strings, x87, MMX and SSE. ESI, EDI and often EBP point to data; what
// else is not held is free.
import type { Random } from "../oracle/random.js";
import { DATA, FAR, GATE_WINDOW, GATES, GATES_END, SHARED_WINDOW, SHOWN_PAGES } from "./layout.js";

const POINTERS = ["esi", "edi", "ebp"] as const;
const FREE = ["eax", "ebx", "ecx", "edx"] as const;
const LOW: Readonly<Record<string, string>> = { eax: "al", ebx: "bl", ecx: "cl", edx: "dl" };
const HIGH: Readonly<Record<string, string>> = { eax: "ah", ebx: "bh", ecx: "ch", edx: "dh" };
const CONDITIONS = ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"];
const SIZES = ["byte", "word", "dword"] as const;
type Size = (typeof SIZES)[number];
/** Dwords below a frame pointer; an operand has up to four. */
export const LOCALS = 6;
/** Bytes of data that no pointer is set behind, so that what is added to it stays in the data. */
const ROOM = 0x400;
/** Bytes of data before it. */
const BELOW = 0x100;
/** Windows that pointers point to, so that neither the next page nor the other of a pair is beyond the last. */
const SHARED_POINTED = 2;

export class Instructions {
  readonly lines: string[] = [];
  /** Registers that must keep their values. */
  private readonly held: string[] = [];
  /** ECX is small. */
  counting = false;
  /** What EBP is: one more pointer to data, the address of LOCALS dwords below it, or the caller's. Every function keeps it. */
  ebp: "pointer" | "frame" | "caller's" = "caller's";

  constructor(
    readonly random: Random,
    /** Whether there are windows, and other addresses of the same bytes. */
    readonly paging: boolean,
  ) {}

  line(...lines: string[]): void {
    this.lines.push(...lines);
  }

  holding(register: string, emit: () => void): void {
    this.held.push(register);
    emit();
    this.held.pop();
  }

  isHeld(register: string): boolean {
    return this.held.includes(register);
  }

  // -------------------------------------------------------------------------------------------------------------- operands

  /** A register that may be written. */
  free(): string {
    return this.random.pick(FREE.filter((register) => !this.isHeld(register)));
  }

  /** A register to read. */
  any(): string {
    return this.random.pick([...FREE, ...FREE, ...POINTERS]);
  }

  condition(): string {
    return this.random.pick(CONDITIONS);
  }

  number(): number {
    const { random } = this;
    return random.chance(60) ? random.below(130) : random.chance(50) ? 2 ** random.below(32) : random.u32();
  }

  /** Where a pointer may point: anywhere in the data or a window of it, mostly near the end of a page, sometimes at another address of it. */
  place(): number {
    const { random, paging } = this;
    const inWindow = paging && random.chance(50);
    const page = inWindow ? SHARED_WINDOW + random.below(SHARED_POINTED) * 4096 : DATA;
    const at = page + (random.chance(8) ? 0x1000 - random.below(80) : BELOW + random.below(0x1000 - BELOW - ROOM));
    return paging && random.chance(12) ? FAR + (at ^ (random.chance(50) ? 0x1000 : 0)) : at;
  }

  private absolute(): number {
    const { random, paging } = this;
    const near = DATA + random.below(32) * 4;
    if (!paging || random.chance(60)) return near;
    const page = random.chance(50) ? DATA : SHARED_WINDOW + random.below(SHARED_POINTED) * 4096;
    return page + 0x200 + random.below(64) * 2 + (random.chance(8) ? FAR ^ 0x1000 : 0);
  }

  /** Registers that point to data. */
  private get pointers(): readonly string[] {
    return this.ebp === "pointer" ? POINTERS : POINTERS.filter((register) => register !== "ebp");
  }

  /** A memory operand, without its size. */
  memory(write: boolean): string {
    const { random } = this;
    const n = random.below(100);
    const disp = random.chance(80) ? random.below(16) * 4 : random.below(140) - 20;
    const base = random.pick(this.pointers);
    if (this.ebp === "frame" && n < 20) return `[ebp - ${LOCALS * 4 - random.below(LOCALS - 3) * 4}]`;
    if (n < 58) return `[${base} + ${disp}]`;
    if (n < 66) return `[${base} + ${random.pick([-2, -1, 1, 2, 3])}]`;
    if (n < 74 && this.counting) return `[${base} + ecx * ${random.pick([1, 2, 4, 8])} + ${disp}]`;
    if (n < 80 && !write) return `[esp + ${random.below(4) * 4}]`;
    if (n < 84) return `[${random.pick(["fs", "gs"])}:${this.absolute()}]`;
    return `[${this.absolute()}]`;
  }

  /** Data in a page of gates, behind them. */
  private besideCode(): number {
    const { random, paging } = this;
    return (paging ? GATE_WINDOW : GATES) + random.below(SHOWN_PAGES) * 4096 + GATES_END + BELOW + random.below(BELOW);
  }

  /** A pointer is set anew. */
  pointer(): void {
    const free = this.pointers.filter((register) => !this.isHeld(register));
    const to = this.random.chance(2) ? this.besideCode() : this.place();
    if (free.length > 0) this.line(`mov ${this.random.pick(free)}, ${to}`);
  }

  private sized(register: string, size: Size): string {
    if (size === "byte") return this.random.chance(75) ? LOW[register]! : HIGH[register]!;
    return size === "word" ? register.slice(1) : register;
  }

  private size(): Size {
    return this.random.chance(75) ? "dword" : this.random.pick(SIZES);
  }

  /** A source of this size: register, number, or memory. */
  private source(size: Size, memory = true): string {
    const { random } = this;
    if (memory && random.chance(35)) return `${size} ${this.memory(false)}`;
    if (random.chance(30)) return `${this.number() & (size === "byte" ? 0x7f : size === "word" ? 0x7fff : -1)}`;
    return this.sized(random.pick(FREE), size);
  }

  // ------------------------------------------------------------------------------------------------------------ instructions

  /** CMP, TEST or what else sets flags for a condition. */
  comparison(): void {
    const { random } = this;
    const size = this.size();
    const operation = random.pick(["cmp", "cmp", "test", "sub", "add", "and"]);
    const left = random.chance(30) && operation === "cmp" ? `${size} ${this.memory(false)}` : this.sized(this.free(), size);
    this.line(`${operation} ${left}, ${this.source(size, !left.includes("["))}`);
  }

  /** An instruction for which flags from elsewhere matter. */
  flagUser(): void {
    const { random } = this;
    const r = this.free();
    this.line(
      random.pick([
        `adc ${r}, ${this.any()}`,
        `sbb ${r}, ${this.any()}`,
        `set${this.condition()} ${LOW[r]}`,
        `cmov${this.condition()} ${r}, ${this.any()}`,
        `rcl ${r}, 1`,
        `rcr ${r}, 1`,
        `adc dword ${this.memory(true)}, ${this.any()}`,
        `set${this.condition()} byte ${this.memory(true)}`,
        `inc ${r}`,
        `pushfd\npop ${r}`,
        "cmc",
      ]),
    );
  }

  private arithmetic(): void {
    const { random } = this;
    const size = this.size();
    const operation = random.pick(["add", "sub", "xor", "or", "and", "adc", "sbb", "cmp", "test"]);
    if (random.chance(35)) this.line(`${operation} ${size} ${this.memory(true)}, ${this.source(size, false)}`);
    else this.line(`${operation} ${this.sized(this.free(), size)}, ${this.source(size, operation !== "test")}`);
  }

  private move(): void {
    const { random } = this;
    const r = this.free();
    const size = this.size();
    this.line(
      random.pick([
        () => `mov ${this.sized(r, size)}, ${this.source(size)}`,
        () => `mov ${size} ${this.memory(true)}, ${this.source(size, false)}`,
        () => `mov ${r}, ${this.memory(false)}`,
        () => `mov ${this.memory(true)}, ${this.any()}`,
        () => `${random.pick(["movzx", "movsx"])} ${r}, ${random.pick(["byte", "word"])} ${this.memory(false)}`,
        () => `lea ${r}, [${this.any()} + ${this.any()} * ${random.pick([1, 2, 4, 8])} + ${this.number()}]`,
        () => `xchg ${r}, ${this.memory(true)}`,
        () => `push ${random.chance(50) ? this.any() : `dword ${this.memory(false)}`}\npop ${r}`,
      ])(),
    );
  }

  private other(): void {
    const { random } = this;
    const r = this.free();
    const where = random.chance(30) ? `dword ${this.memory(true)}` : r;
    const count = random.below(33);
    this.line(
      random.pick([
        `${random.pick(["shl", "shr", "sar", "rol", "ror"])} ${where}, ${count}`,
        `${random.pick(["shl", "shr", "sar"])} ${random.pick(["byte", "word"])} ${this.memory(true)}, ${random.below(9)}`,
        `${random.pick(["shl", "shr", "sar", "rol"])} ${r}, cl`,
        `${random.pick(["shld", "shrd"])} ${r}, ${this.any()}, ${count}`,
        `${random.pick(["inc", "dec", "neg", "not"])} ${where}`,
        `imul ${r}, ${random.chance(50) ? this.any() : `dword ${this.memory(false)}`}`,
        `imul ${r}, ${this.any()}, ${this.number()}`,
        `${random.pick(["bt", "bts", "btr", "btc"])} ${where}, ${random.below(32)}`,
        `${random.pick(["bsf", "bsr"])} ${r}, ${this.any()}`,
        `bswap ${r}`,
        `${random.pick(["rcl", "rcr", "rol"])} dword ${this.memory(true)}, ${random.pick(["1", "cl"])}`,
        `${random.pick(["shl", "sar"])} ${random.pick(["byte", "word"])} ${this.memory(true)}, cl`,
        `${random.pick(["xadd", "cmpxchg"])} ${this.memory(true)}, ${r}`,
        `pushfd\npop ${r}`,
        random.pick(["clc", "stc", "cmc"]),
      ]),
    );
    if (random.chance(25) && !this.isHeld("edx") && !this.isHeld("eax")) this.product();
  }

  /** What changes EAX and EDX together. */
  private product(): void {
    const { random } = this;
    this.line(
      random.pick([
        `${random.pick(["mul", "imul"])} ${this.any()}`,
        `${random.pick(["mul", "imul"])} dword ${this.memory(false)}`,
        "cdq",
        "mov edx, 1\nor ebx, 2\ndiv ebx",
        "cwde",
        "lahf",
      ]),
    );
  }

  straight(): void {
    const n = this.random.below(100);
    if (n < 34) this.arithmetic();
    else if (n < 62) this.move();
    else if (n < 74) this.other();
    else if (n < 86) this.flagUser();
    else if (n < 89) this.pointer();
    else if (n < 94) this.group();
    else if (n < 98) this.indexed();
    else this.changing();
  }

  /** Accesses close together behind one pointer, that moves a little on the way: arrays, structures and stack frames look like this. */
  group(): void {
    const { random } = this;
    const free = this.pointers.filter((register) => !this.isHeld(register));
    if (free.length === 0) return;
    const base = random.pick(free);
    const at = () => `[${base} + ${random.below(20) * 4 - 16}]`;
    for (let n = 2 + random.below(4); n > 0; n--) {
      this.line(random.chance(60) ? `${random.pick(["mov", "add", "xor"])} ${this.free()}, ${at()}` : `mov ${at()}, ${this.any()}`);
      if (random.chance(20)) this.line(`add ${base}, 4`, `${random.pick(["add", "mov"])} ${this.free()}, ${at()}`, `sub ${base}, 4`);
    }
  }

  /** Accesses behind a pointer and an index. */
  private indexed(): void {
    const { random } = this;
    const index = this.free();
    const at = `[${random.pick(this.pointers)} + ${index} * ${random.pick([1, 2, 4, 8])} + ${random.below(16) * 4}]`;
    this.line(`and ${index}, 63`);
    this.holding(index, () => {
      for (let n = 1 + random.below(3); n > 0; n--) {
        const r = this.free();
        this.line(random.pick([`mov ${r}, ${at}`, `mov ${at}, ${r}`, `add ${at}, ${r}`, `cmp ${r}, ${at}`, `movzx ${r}, byte ${at}`]));
      }
    });
  }

  /** Accesses through a register before and after it changes to the distance of another page. */
  private changing(): void {
    const { random } = this;
    if (this.isHeld("eax") || this.isHeld("edx") || !this.paging) return;
    const at = () => `[edx + ${SHARED_WINDOW + 0x100 + random.below(32) * 4}]`;
    const [before, after] = random.chance(50) ? [0x1000, 0] : [0, 0x1000];
    this.line(`mov edx, ${before}`, `mov eax, ${after}`, `push eax`, `add ebx, ${at()}`, random.pick([`mov ${at()}, ebx`, "nop"]));
    this.line(random.pick(["xchg eax, edx", "pop edx\npush edx", after === 0 ? "cdq" : "xchg edx, eax", "mov edx, [esp]"]));
    this.line(`add ebx, ${at()}`, `mov ${at()}, ebx`, "pop eax");
  }

  // --------------------------------------------------------------------------------------- strings, floating point, vectors

  /** A string instruction, repeated or not, with registers that fit. */
  string(): void {
    const { random } = this;
    const place = () => this.place();
    const repeated = random.chance(75);
    const operation = random.pick(repeated ? ["movs", "stos", "movs", "stos", "cmps", "scas"] : ["movs", "stos", "lods", "cmps", "scas"]);
    const prefix = !repeated ? "" : operation === "cmps" || operation === "scas" ? random.pick(["repe ", "repne "]) : "rep ";
    const backwards = random.chance(10);
    const count = random.chance(85) || backwards ? random.below(40) : random.below(700);
    this.line("push ecx", "push esi", "push edi", `mov esi, ${place()}`, `mov edi, ${place()}`);
    if (repeated) this.line(`mov ecx, ${count}`);
    if (backwards) this.line("std");
    this.line(`${prefix}${operation}${random.pick(["b", "w", "d", "d"])}`, "cld", "pop edi", "pop esi", "pop ecx");
  }

  /** A repeated string instruction, often to the end of a page, and accesses through its registers on both sides of it. */
  stringBetween(): void {
    const { random } = this;
    if (this.isHeld("ecx") || this.isHeld("esi") || this.isHeld("edi")) {
      this.string();
      return;
    }
    const count = random.below(24);
    const place = () => (random.chance(40) ? (this.place() | 0xfff) + 1 - count * 4 : this.place());
    const around = () =>
      `${random.pick(["mov eax,", "add ebx,", "adc edx,"])} [${random.pick(["esi", "edi"])} + ${random.below(5) * 4 - 8}]`;
    this.line(`mov esi, ${place()}`, `mov edi, ${place()}`, `mov ecx, ${count}`, around(), `mov [edi + 4], edx`, around());
    this.line(`rep ${random.pick(["movsd", "stosd"])}`, around(), `mov [edi - 4], ebx`, `add [edi], eax`, around());
  }

  /** x87: what is pushed is popped. */
  floating(): void {
    const { random } = this;
    const load = () => `${random.pick(["fld dword", "fld qword", "fild dword", "fild word"])} ${this.memory(false)}`;
    this.line(load());
    for (let n = random.below(4); n > 0; n--)
      this.line(
        random.pick([
          `${random.pick(["fadd", "fsub", "fmul", "fsubr"])} ${random.pick(["dword", "qword"])} ${this.memory(false)}`,
          `${load()}\n${random.pick(["faddp", "fmulp", "fsubp", "fdivp"])} st1, st0`,
          `${load()}\nfxch st1\nfstp ${random.pick(["dword", "qword"])} ${this.memory(true)}`,
          "fld st0\nfadd st0, st1\nfstp st1",
          "fchs",
          "fabs",
          `fcom dword ${this.memory(false)}\n${this.isHeld("eax") ? "nop" : "fnstsw ax"}`,
        ]),
      );
    this.line(`${random.pick(["fstp dword", "fstp qword", "fistp dword", "fstp tword"])} ${this.memory(true)}`);
  }

  vector(): void {
    const { random } = this;
    const x = () => `xmm${random.below(4)}`;
    const aligned = DATA + 16 * random.below(16);
    for (let n = 2 + random.below(4); n > 0; n--)
      this.line(
        random.pick([
          `movups ${x()}, ${this.memory(false)}`,
          `movups ${this.memory(true)}, ${x()}`,
          `movaps ${x()}, [${aligned}]`,
          `movaps [${aligned}], ${x()}`,
          `movd ${x()}, ${this.any()}`,
          `movd ${this.free()}, ${x()}`,
          `movq ${x()}, ${this.memory(false)}`,
          `${random.pick(["addps", "mulps", "subps", "andps", "xorps", "addpd", "mulpd", "minps"])} ${x()}, ${x()}`,
          `${random.pick(["paddd", "paddb", "psubw", "pxor", "pand", "pcmpeqd", "punpcklbw", "pmullw"])} ${x()}, ${x()}`,
          `pshufd ${x()}, ${x()}, ${random.below(256)}`,
          `${random.pick(["addss", "mulss", "addsd"])} ${x()}, ${x()}`,
          `cvtsi2ss ${x()}, ${this.any()}`,
        ]),
      );
    if (random.chance(20)) this.line(`movq mm0, ${this.memory(false)}`, "paddw mm0, mm0", `movq ${this.memory(true)}, mm0`, "emms");
  }
}
