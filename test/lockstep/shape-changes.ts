// What region-shaped programs change beneath themselves, now and then: bytes of their code, tables of addresses, entries of page tables.
import {
  COUNTERS,
  COUNTERS_END,
  FAR,
  GATE_WINDOW,
  LARGE,
  PAE_TABLES,
  PAGE_TABLE,
  REMAP,
  SHARED_WINDOW,
  SHOWN_PAGES,
  TRACKED,
} from "./layout.js";
import { PORT } from "./machine.js";
import type { Instructions } from "./shape-instructions.js";

/** XOR with multiples of it makes a window show another page. */
const OTHER_PAGE = 4096;
const [WRITABLE, ACCESSED, DIRTY, GLOBAL, PRESENT] = [2, 0x20, 0x40, 0x100, 1];

export class Changes {
  /** Numbers of the instructions that may be changed, with the label `patch` before each. */
  private readonly patches: { readonly number: number; readonly immediate: boolean }[] = [];
  private nextCounter = COUNTERS;

  constructor(
    private readonly i: Instructions,
    private readonly ring: 0 | 3,
  ) {}

  /** A dword of its own. */
  counter(): number {
    const at = this.nextCounter;
    this.nextCounter = at + 4 < COUNTERS_END ? at + 4 : COUNTERS;
    return at;
  }

  /** Something that happens once in some times: 2 to the power of `from` to `to`. */
  private seldom(from: number, to: number, emit: () => void): void {
    const { i } = this;
    const counter = this.counter();
    const skip = `seldom${counter}_${i.lines.length}`;
    i.line(`inc dword [${counter}]`, `test dword [${counter}], ${2 ** (from + i.random.below(to - from)) - 1}`, `jnz near ${skip}`);
    emit();
    i.line(`${skip}:`);
  }

  /** An instruction that others may change: by its immediate, or INC to DEC. */
  patchable(immediate = this.i.random.chance(70)): void {
    const number = this.patches.length;
    this.patches.push({ number, immediate });
    this.i.line(`patch${number}: ${immediate ? "add ebx, 0x12345678" : "inc ebx"}`);
  }

  /** A store to code, at one of its addresses; or to the instruction behind it. */
  private patch(): void {
    const { i } = this;
    const { random } = i;
    if (this.patches.length === 0 || random.chance(20)) {
      i.line(`mov byte [patch${this.patches.length} + 3], cl`);
      this.patchable(true);
      return;
    }
    const { number, immediate } = random.pick(this.patches);
    const base = i.paging && random.chance(40) ? random.pick([LARGE, FAR]) : 0;
    if (!immediate) i.line(`xor byte [patch${number} + ${base}], 8`);
    else if (random.chance(20)) i.line("push edi", `mov edi, patch${number} + ${base + 2}`, "stosb", "pop edi");
    else i.line(`mov ${random.pick(["byte", "word", "dword"])} [patch${number} + ${base + 2}], ${random.below(128)}`);
  }

  /** A part without interrupts, in which one may be requested. */
  uninterrupted(): void {
    const { i } = this;
    const { random } = i;
    if (this.ring === 3) return;
    const keeps = random.chance(40);
    i.line(...(keeps ? ["pushfd", "cli"] : ["cli"]));
    if (random.chance(30)) i.line(`out ${PORT.interrupt}, al`);
    for (let n = random.below(3); n > 0; n--) i.straight();
    i.line(keeps ? "popfd" : "sti");
    if (random.chance(30)) i.line(random.pick(["cli\nsti", "mov eax, ds\nmov ds, eax", `out ${PORT.quiet}, al`]));
  }

  /** The host takes the dirty mark of a page between two writes. */
  tracked(): void {
    const { i } = this;
    if (this.ring === 3) return;
    const at = () => `[${TRACKED + i.random.below(64) * 4}]`;
    i.line(`add ${at()}, ebx`, `out ${PORT.dirty}, al`, `mov ${at()}, ecx`);
    if (i.random.chance(50)) i.line(`out ${PORT.dirty}, al`);
  }

  /** Now and then the window at `linear` shows another page, or after a page fault. */
  turn(linear: number): void {
    const { random } = this.i;
    const bits = (OTHER_PAGE * (1 + random.below(SHOWN_PAGES - 1))) | (random.chance(20) ? PRESENT : 0);
    this.seldom(1, 6, () => this.change(linear, bits, random.pick(Object.values(REMAP))));
  }

  /** A change of one page-table entry of a window, which the processor is told of, or not. */
  private remap(): void {
    const { random } = this.i;
    const page = random.chance(40) ? GATE_WINDOW : SHARED_WINDOW;
    let bits = random.chance(70) ? OTHER_PAGE * (1 + random.below(SHOWN_PAGES - 1)) : 0;
    for (const bit of [PRESENT, WRITABLE, ACCESSED, DIRTY, GLOBAL]) if (random.chance(25)) bits |= bit;
    this.change(page + random.below(SHOWN_PAGES) * 4096, bits, random.pick(Object.values(REMAP)));
  }

  /** Change the entry of a page at `linear` in some bits, in one of the ways of REMAP. */
  private change(linear: number, bits: number, way: number): void {
    const { i } = this;
    const at = linear + (i.random.chance(20) ? FAR : 0);
    if (this.ring === 3 || i.random.chance(40)) {
      i.line("push eax", "push edx", `mov eax, ${bits}`, `mov edx, ${at}`, `int ${way}`, "pop edx", "pop eax");
      return;
    }
    i.line(`xor dword [${PAGE_TABLE + (linear >> 10)}], ${bits}`, `xor dword [${PAE_TABLES + (linear >> 9)}], ${bits}`);
    if (way === REMAP.byPage) i.line(`invlpg [${at}]`);
    if (way === REMAP.byDirectory) i.line("push eax", "mov eax, cr3", "mov cr3, eax", "pop eax");
    if (way === REMAP.byGlobalPages)
      i.line("push eax", "mov eax, cr4", "xor al, 0x80", "mov cr4, eax", "xor al, 0x80", "mov cr4, eax", "pop eax");
  }

  /**
   * Reads and writes of a page whose entry changes in between without a word: they see the old one until something else takes its place in the
   * TLB. In translated code that has to be seen too.
   */
  stale(): void {
    const { i } = this;
    const { random } = i;
    if (!i.paging || i.isHeld("esi")) return;
    const page = SHARED_WINDOW + random.below(2) * 4096;
    const at = page + 0x200 + random.below(64) * 4;
    const rival = FAR + (at ^ 0x1000);
    i.line(`mov esi, ${at}`, random.pick(["add ebx, [esi]", "mov [esi], ebx"]));
    this.change(page, random.pick([OTHER_PAGE, OTHER_PAGE * 2, ACCESSED | DIRTY, GLOBAL]), REMAP.silently);
    i.line(random.pick(["add ebx, [esi]", "mov [esi + 4], ebx", "nop"]));
    if (random.chance(70))
      i.line(
        random.pick([
          `mov eax, [${rival}]`,
          `mov [${rival}], ebx`,
          `rcl dword [${rival}], 1`,
          `push esi\nmov esi, ${rival}\nlodsd\npop esi`,
          `push dword [${rival}]\npop eax`,
          `fld qword [${rival}]\nfstp tword [${rival}]`,
        ]),
      );
    i.line("add ebx, [esi]", random.pick(["mov [esi + 8], ebx", "nop"]));
  }

  /** Two entries of a table change places. */
  swap(table: number, entries: number): void {
    const { i } = this;
    const at = () => table + i.random.below(entries) * 4;
    const other = at();
    this.seldom(4, 10, () => i.line("push eax", `mov eax, [${at()}]`, `xchg eax, [${other}]`, `mov [${at()}], eax`, "pop eax"));
  }

  /** Any change, once in some times. */
  any(): void {
    const { i } = this;
    if (i.paging && i.random.chance(65)) this.seldom(3, 10, () => this.remap());
    else this.seldom(7, 12, () => this.patch());
  }
}
