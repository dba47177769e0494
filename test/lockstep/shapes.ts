// The shapes of region-shaped programs: branches, loops in loops, loops with two heads, walks over pages, jump tables, calls of all kinds. Each
// has a cost, about how many instructions it executes, by which loops in loops stay short enough for all of a program to run.
import {
  FAR,
  GATE_SPACING,
  GATE_WINDOW,
  GATES,
  GATES_IN_PAGE,
  JUMPING_GATE,
  LARGE,
  SHOWN_PAGES,
  STRADDLING_GATE,
  TABLES,
  TABLES_END,
} from "./layout.js";
import type { Changes } from "./shape-changes.js";
import type { Instructions } from "./shape-instructions.js";

/** What a loop may cost, and a function's body. */
const LOOP_COST = 1200;
const FUNCTION_COST = 3000;
const MAX_DEPTH = 3;
const GATE_COST = 20;

export interface Callee {
  readonly label: string;
  readonly cost: number;
  /** Bytes of arguments, which it takes off the stack. */
  readonly argumentBytes: number;
  /** It calls gates by their distance: not to be called at another of its addresses. */
  readonly fixed: boolean;
}

export class Shapes {
  /** Where tables are, and the labels in them. */
  readonly tables: { readonly at: number; readonly labels: readonly string[] }[] = [];
  private nextTable = TABLES;
  private nextLabel = 0;
  private cost = 0;
  /** What is emitted has become fixed. */
  fixed = false;

  constructor(
    private readonly i: Instructions,
    private readonly changes: Changes,
    /** Functions that are there to be called, and so can not call back. */
    private readonly callees: readonly Callee[],
  ) {}

  label(): string {
    return `l${this.nextLabel++}`;
  }

  /** The cost of what `emit` emits. */
  costOf(emit: () => void): number {
    const before = this.cost;
    this.cost = 0;
    emit();
    const cost = this.cost;
    this.cost = before;
    return cost;
  }

  // ---------------------------------------------------------------------------------------------------------------- sequences

  straight(count: number): void {
    for (let n = 0; n < count; n++) this.i.straight();
    this.cost += count * 1.3;
  }

  sequence(depth: number): void {
    for (let n = 1 + this.i.random.below(depth === 0 ? 4 : 3); n > 0; n--) this.statement(depth);
  }

  private statement(depth: number): void {
    const n = this.i.random.below(100);
    if (n < 26) this.straight(1 + this.i.random.below(6));
    else if (n < 44) this.choice(depth);
    else if (n < 66 && depth < MAX_DEPTH) this.loop(depth + 1);
    else if (n < 74) this.call();
    else if (n < 79) this.jumpTable(depth);
    else if (n < 84) this.gate();
    else if (n < 88) this.special(() => this.i.vector());
    else if (n < 91) this.special(() => this.i.floating());
    else if (n < 94) this.special(() => (this.i.random.chance(50) ? this.i.string() : this.i.stringBetween()));
    else if (n < 96) this.special(() => this.changes.patchable());
    else if (n < 98) this.special(() => this.system());
    else this.special(() => this.changes.any());
  }

  /** What the world around notices, or the page tables. */
  private system(): void {
    const { i, changes } = this;
    const n = i.random.below(10);
    if (n < 3) changes.stale();
    else if (n < 7) changes.uninterrupted();
    else changes.tracked();
  }

  private special(emit: () => void): void {
    emit();
    this.cost += 6;
  }

  // ------------------------------------------------------------------------------------------------------- branches and loops

  /** IF with or without ELSE; what follows often uses flags that come from both sides. */
  private choice(depth: number): void {
    const { i } = this;
    const [other, end] = [this.label(), this.label()];
    if (i.random.chance(80)) i.comparison();
    i.line(`j${i.condition()} near ${other}`);
    this.sequenceOrLess(depth);
    if (i.random.chance(50)) {
      i.line(`jmp ${end}`, `${other}:`);
      this.sequenceOrLess(depth);
      i.line(`${end}:`);
    } else i.line(`${other}:`);
    if (i.random.chance(50)) i.flagUser();
    this.cost += 3;
  }

  private sequenceOrLess(depth: number): void {
    if (depth < MAX_DEPTH && this.i.random.chance(30)) this.sequence(depth + 1);
    else this.straight(1 + this.i.random.below(3));
  }

  private loop(depth: number): void {
    const { i } = this;
    const n = i.random.below(100);
    if (n < 40 && !i.isHeld("ecx")) this.counted(depth);
    else if (n < 55) this.countedInMemory(depth, `dword [${this.changes.counter()}]`, false);
    else if (n < 75) this.countedInMemory(depth, "dword [esp]", true);
    else this.walk();
  }

  /** How often a loop may run whose body has cost so much. */
  private turns(body: number): number {
    const turns = 1 + this.i.random.below(this.i.random.chance(70) ? 12 : 60);
    return Math.max(1, Math.min(turns, Math.floor(LOOP_COST / (body + 2))));
  }

  /** The number of turns is only known after the body: `begin` is called for the lines that come before it. */
  private around(begin: (turns: number) => readonly string[], body: () => void): void {
    const { i } = this;
    const at = i.lines.length;
    const cost = this.costOf(body);
    const turns = this.turns(cost);
    i.lines.splice(at, 0, ...begin(turns));
    this.cost += turns * (cost + 2) + 2;
  }

  /** ECX counts. Some of these loops have a second head or a way out in their middle. */
  private counted(depth: number): void {
    const { i } = this;
    const [top, middle, end] = [this.label(), this.label(), this.label()];
    const kind = i.random.below(4);
    this.around(
      (turns) => [
        `mov ecx, ${turns}`,
        ...(kind === 0 ? [`test ${i.random.pick(["eax", "ebx", "edx"])}, 1`, `jz near ${middle}`] : []),
        `${top}:`,
        ...(kind === 1 ? ["dec ecx", `jz near ${end}`] : []),
      ],
      () =>
        i.holding("ecx", () => {
          const before = i.counting;
          i.counting = true;
          const first = i.lines.length;
          this.sequence(depth);
          i.line(`${middle}:`);
          if (kind === 0 || i.random.chance(40)) this.straight(1 + i.random.below(3));
          if (kind === 2) {
            i.comparison();
            i.line(`j${i.condition()} near ${end}`);
          }
          if (kind === 1) i.line(`jmp near ${top}`);
          else if (i.lines.length - first < 9 && i.random.chance(60)) i.line(`loop ${top}`);
          else i.line("dec ecx", `jnz near ${top}`);
          i.counting = before;
        }),
    );
    i.line(`${end}:`);
  }

  /** A dword in memory counts, or on the stack. */
  private countedInMemory(depth: number, counter: string, onStack: boolean): void {
    const { i } = this;
    const top = this.label();
    this.around(
      (turns) => [onStack ? `push dword ${turns}` : `mov ${counter}, ${turns}`, `${top}:`],
      () => {
        this.sequence(depth);
        i.line(`dec ${counter}`, `jnz near ${top}`);
      },
    );
    if (onStack) i.line(i.random.chance(50) ? "lea esp, [esp + 4]" : "add esp, 4");
  }

  /** A pointer walks, mostly over the end of a page. */
  private walk(): void {
    const { i } = this;
    const register = i.random.pick(["esi", "edi"]);
    if (i.isHeld(register)) {
      this.straight(2);
      return;
    }
    const top = this.label();
    const step = i.random.pick([1, 3, 4, 4, 8, 16]);
    const turns = 8 + i.random.below(40);
    const start = (i.place() | 0xfff) + 1 - step * i.random.below(turns + 10);
    i.line(`mov ${register}, ${start}`, `${top}:`);
    const cost = this.costOf(() =>
      i.holding(register, () => {
        for (let n = 1 + i.random.below(3); n > 0; n--) this.step(register);
        this.straight(i.random.below(3));
      }),
    );
    i.line(`add ${register}, ${step}`, `cmp ${register}, ${start + step * turns}`, `jb near ${top}`);
    this.cost += turns * (cost + 5);
    i.pointer();
  }

  /** An access behind a pointer that walks. */
  private step(register: string): void {
    const { i } = this;
    const at = `[${register} + ${i.random.pick([0, 0, 4, 8, -4])}]`;
    i.line(i.random.pick([`add ${i.free()}, ${at}`, `mov ${at}, ${i.any()}`, `xor byte ${at}, 0x5a`, `adc dword ${at}, ${i.free()}`]));
  }

  // ------------------------------------------------------------------------------------------------------------ indirect jumps

  /** Where a table of these labels is to be, if there is room for it. */
  private table(labels: readonly string[]): number | undefined {
    const at = this.nextTable;
    if (at + labels.length * 4 > TABLES_END) return undefined;
    this.nextTable += labels.length * 4;
    this.tables.push({ at, labels });
    return at;
  }

  private jumpTable(depth: number): void {
    const { i } = this;
    const index = i.free();
    const labels = Array.from({ length: i.random.pick([2, 4, 4, 8]) }, () => this.label());
    const end = this.label();
    const at = this.table(labels);
    if (at === undefined) {
      this.straight(2);
      return;
    }
    if (i.random.chance(30)) this.changes.swap(at, labels.length);
    i.line(`and ${index}, ${labels.length - 1}`);
    if (i.random.chance(80)) i.line(`jmp [${at} + ${index} * 4]`);
    else i.line(`mov ${index}, [${at} + ${index} * 4]`, `jmp ${index}`);
    for (const label of labels) {
      i.line(`${label}:`);
      if (depth < MAX_DEPTH && i.random.chance(15)) this.sequence(depth + 1);
      else this.straight(1 + i.random.below(3));
      if (i.random.chance(80)) i.line(`jmp near ${end}`);
    }
    i.line(`${end}:`);
    this.cost += 4;
  }

  // --------------------------------------------------------------------------------------------------------------------- calls

  private call(): void {
    const { i } = this;
    const callees = this.callees.filter(({ cost }) => cost + this.cost < FUNCTION_COST);
    if (callees.length === 0) {
      this.straight(2);
      return;
    }
    const { label, cost, argumentBytes, fixed } = i.random.pick(callees);
    this.fixed ||= fixed;
    const far = i.paging && !fixed && i.random.chance(15) ? i.random.pick([LARGE, FAR]) : 0;
    this.saving(() => {
      for (let n = 0; n < argumentBytes; n += 4) i.line(`push ${i.any()}`);
      const n = i.random.below(10);
      if (n < 6 && !far) i.line(`call ${label}`);
      else if (n < 8) i.line(`mov edx, ${label} + ${far}`, "call edx");
      else this.callOneOf(callees.filter((callee) => callee.argumentBytes === argumentBytes));
    });
    this.cost += cost + 4;
  }

  /** Functions do not keep ECX. */
  private saving(call: () => void): void {
    const { i } = this;
    const counts = i.isHeld("ecx");
    if (counts) i.line("push ecx");
    call();
    if (counts) i.line("pop ecx");
  }

  /** A call by a table, of functions with the same arguments. */
  private callOneOf(callees: readonly Callee[]): void {
    const { i } = this;
    const chosen = Array.from({ length: 4 }, () => i.random.pick(callees));
    this.fixed ||= chosen.some(({ fixed }) => fixed);
    const labels = chosen.map(({ label }) => label);
    const at = this.table(labels);
    if (at === undefined) {
      i.line(`call ${labels[0]}`);
      return;
    }
    if (i.random.chance(40)) this.changes.swap(at, labels.length);
    i.line("and edx, 3", `call [${at} + edx * 4]`);
  }

  /** A call of a gate: a small function of the page that a window shows now. */
  private gate(): void {
    const { i } = this;
    const { random } = i;
    const base = i.paging ? GATE_WINDOW + (random.chance(20) ? FAR : 0) : GATES;
    const crosses = random.chance(50);
    const page = random.below(SHOWN_PAGES - (crosses ? 1 : 0));
    const offset = crosses ? random.pick([JUMPING_GATE, STRADDLING_GATE]) : (1 + random.below(GATES_IN_PAGE)) * GATE_SPACING;
    const at = base + page * 4096 + offset;
    if (i.paging && random.chance(35)) this.changes.turn(GATE_WINDOW + (page + (crosses ? 1 : 0)) * 4096);
    const direct = random.chance(60);
    this.fixed ||= direct;
    this.saving(() => i.line(...(direct ? [`call ${at}`] : [`mov edx, ${at}`, "call edx"])));
    this.cost += GATE_COST;
  }
}
