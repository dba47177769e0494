// A random program of the shapes that regions are made of: functions that call each other, loops in loops, jump tables, data behind pointers; flat
// 32-bit code, in ring 0 or 3, mostly with paging. It runs for ever, and nearly all of it in regions. Everything follows from the seed.
import { assemble } from "../../guests/assembler/index.js";
import { Random } from "../oracle/random.js";
import { writeKernel } from "./kernel.js";
import {
  BLOCK_TABLE,
  CODE,
  CODE_END,
  COUNTERS,
  DATA,
  GATE_SPACING,
  GATES,
  GATES_IN_PAGE,
  JUMPING_GATE,
  RAM_BYTES,
  SHARED,
  SHOWN_PAGES,
  STRADDLING_GATE,
  USER_STACK,
} from "./layout.js";
import { BLOCKS, controls, kernelFor, MODES, type Program } from "./program.js";
import { Changes } from "./shape-changes.js";
import { Instructions, LOCALS } from "./shape-instructions.js";
import { type Callee, Shapes } from "./shapes.js";

const FUNCTIONS = 7;
/** About how many instructions run between two looks at both processors. */
const STRIDE = 16_000;
const ARITHMETIC_FLAGS = 0x8d5;
const INTERRUPTS = 0x200;

class Writer {
  private readonly i: Instructions;
  private readonly changes: Changes;
  private readonly callees: Callee[] = [];
  private readonly shapes: Shapes;

  constructor(
    private readonly random: Random,
    paging: boolean,
    ring: 0 | 3,
  ) {
    this.i = new Instructions(random, paging);
    this.changes = new Changes(this.i, ring);
    this.shapes = new Shapes(this.i, this.changes, this.callees);
  }

  get tables(): Shapes["tables"] {
    return this.shapes.tables;
  }

  /** Functions that call those before them, then the endless loop around all. */
  write(): string {
    for (let n = 0; n < FUNCTIONS; n++) this.function(`f${n}`);
    this.main();
    return `org ${CODE}\nbits 32\n${this.i.lines.join("\n")}\n`;
  }

  private function(label: string): void {
    const { i, random } = this;
    const argumentBytes = random.pick([0, 0, 0, 4, 8]);
    if (random.chance(40)) i.line(`times ${random.below(300)} nop`);
    i.line(`${label}:`);
    this.shapes.fixed = false;
    i.ebp = random.pick(["frame", "pointer", "pointer", "caller's"]);
    if (i.ebp !== "caller's") i.line("push ebp");
    if (i.ebp === "frame") i.line("mov ebp, esp", `sub esp, ${LOCALS * 4}`);
    if (i.ebp === "pointer") i.line(`mov ebp, ${i.place()}`);
    const cost = this.shapes.costOf(() => this.shapes.sequence(0));
    if (i.ebp === "frame") i.line("leave");
    if (i.ebp === "pointer") i.line("pop ebp");
    this.leave(argumentBytes);
    this.callees.push({ label, cost, argumentBytes, fixed: this.shapes.fixed });
  }

  private leave(argumentBytes: number): void {
    const { i, random } = this;
    const [other] = this.callees.filter((callee) => callee.argumentBytes === argumentBytes && callee.cost < 200 && !callee.fixed);
    if (other && random.chance(15)) i.line(`jmp near ${other.label}`);
    else if (argumentBytes > 0) i.line(`ret ${argumentBytes}`);
    else i.line(random.chance(85) ? "ret" : "pop edx\njmp edx");
  }

  /** Most functions of some programs have their frames on both sides of a page's end, where the stack may even be misaligned. */
  private stack(): number {
    const { random } = this;
    if (random.chance(50)) return USER_STACK;
    return ((USER_STACK | 0xfff) + 1 + 4 * random.below(50)) ^ (random.chance(20) ? random.below(4) : 0);
  }

  private main(): void {
    const { i } = this;
    i.ebp = "pointer";
    i.line("main:", `mov esp, ${this.stack()}`, "cld", "fninit");
    for (const register of ["eax", "ebx", "ecx", "edx"]) i.line(`mov ${register}, ${i.number()}`);
    for (const register of ["esi", "edi", "ebp"]) i.line(`mov ${register}, ${i.place()}`);
    i.line("forever:");
    for (const { label, argumentBytes } of this.callees) {
      for (let n = 0; n < argumentBytes; n += 4) i.line(`push ${i.any()}`);
      i.line(`call ${label}`);
      this.shapes.sequence(1);
      i.pointer();
    }
    i.line("jmp near forever");
  }
}

/** Of two bytes, which are half an immediate too: some use flags, others overwrite them. */
const HEADS = ["adc ebx, edx", "sbb ebx, edx", "rcl ebx, 1", "add ebx, eax", "xor ebx, edx", "test ebx, ebx", "inc bl"];

/**
 * The gate pages: small functions at the same offsets in all, each of a kind of its own. Two of each page go on at the head of the next, with any
 * of these pages there: one by jumps, to which the carry of an instruction before INC comes with it, the other in the middle of an instruction.
 */
function gates(random: Random, paging: boolean): string {
  const lines = [`org ${GATES}`, "bits 32"];
  const body = () => {
    const i = new Instructions(random, paging);
    i.holding("ecx", () =>
      i.holding("edx", () => {
        for (let n = 1 + random.below(6); n > 0; n--) i.straight();
      }),
    );
    return i.lines;
  };
  for (let page = 0; page < SHOWN_PAGES; page++) {
    lines.push(`times ${page * 4096} - ($ - $$) nop`);
    lines.push(random.pick(HEADS), `rol ebx, ${1 + random.below(9)}`, "ret");
    for (let gate = 1; gate <= GATES_IN_PAGE; gate++) {
      lines.push(`times ${page * 4096 + gate * GATE_SPACING} - ($ - $$) nop`, ...body());
      if (random.chance(30)) lines.push("mov edx, 5", `.again${page}_${gate}:`, ...body(), "dec edx", `jg near .again${page}_${gate}`);
      lines.push("ret");
    }
    const next = `$$ + ${(page + 1) * 4096}`;
    lines.push(`times ${page * 4096 + JUMPING_GATE} - ($ - $$) nop`, "sub edx, ebx", "inc ebx", `js near ${next}`, `jmp ${next}`);
    lines.push(`times ${page * 4096 + STRADDLING_GATE} - ($ - $$) nop`, "lea ebx, [ebx + ebx * 2]", "inc ebx");
    // ADD EBX, and half of its immediate.
    lines.push(`db 0x81, 0xc3, ${random.below(256)}, ${random.below(256)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Text that fits into the code pages: of some seeds there would be too much. */
function fitting(random: Random, paging: boolean, ring: 0 | 3) {
  for (;;) {
    const writer = new Writer(random, paging, ring);
    const assembly = assemble("shaped.asm", writer.write());
    if (assembly.bytes.length <= CODE_END - CODE) return { ...assembly, tables: writer.tables };
  }
}

export function createShapedProgram(seed: number): Program {
  const random = new Random(seed ^ 0x5a9ed);
  const m = MODES[random.chance(60) ? 0 : 1]!;
  const paging = random.pick(["none", "32", "32", "32", "pae", "pae"] as const);
  const image = new Uint8Array(RAM_BYTES);
  for (const [from, to] of [
    [DATA, COUNTERS],
    [SHARED, SHARED + SHOWN_PAGES * 4096],
  ] as const)
    for (let at = from; at < to; at++) image[at] = random.u32();
  writeKernel(image, kernelFor(m), m.ring === 3, random);
  const { bytes, symbols, tables } = fitting(random, paging !== "none", m.ring);
  image.set(bytes, CODE);
  image.set(assemble("gates.asm", gates(random, paging !== "none")).bytes, GATES);
  const view = new DataView(image.buffer);
  const address = (label: string) => Number(symbols.get(label)!.value);
  for (const { at, labels } of tables) for (const [n, label] of labels.entries()) view.setUint32(at + n * 4, address(label), true);
  const main = address("main");
  for (let n = 0; n < BLOCKS; n++) view.setUint32(BLOCK_TABLE + n * 4, main, true);
  const flags = 2 | INTERRUPTS | (random.u32() & ARITHMETIC_FLAGS);
  const blocks = new Array<number>(BLOCKS).fill(main);
  return { seed, mode: m, paging, image, entry: main, blocks, flags, stride: STRIDE, ...controls(random, m, paging) };
}
