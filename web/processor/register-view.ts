import { byId, make } from "../dom.js";
import type { ProcessorState } from "../worker/protocol.js";
import { CR0_BITS, CR4_BITS, FLAGS, hex, segmentKind, setBits } from "./names.js";

const GENERAL = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"];
/** Order of reading: the data registers, then pointers and indexes. */
const ORDER = [0, 3, 1, 2, 6, 7, 5, 4];

/** A grid of named values; what changed since the last state is marked. */
class ValueGrid {
  private readonly cells = new Map<string, HTMLElement>();

  constructor(
    private readonly root: HTMLElement,
    names: readonly string[],
  ) {
    for (const name of names) {
      const cell = make("dd", {}, "");
      this.cells.set(name, cell);
      this.root.append(make("div", {}, make("dt", {}, name), cell));
    }
  }

  set(name: string, text: string, mark: boolean, title = ""): void {
    const cell = this.cells.get(name)!;
    cell.toggleAttribute("data-changed", mark && cell.textContent !== "" && cell.textContent !== text);
    cell.textContent = text;
    cell.title = title;
  }
}

export class RegisterView {
  private readonly grid = new ValueGrid(byId("registers"), [...ORDER.map((i) => GENERAL[i]!), "EIP", "EFLAGS"]);
  private readonly control = new ValueGrid(byId("control"), ["CR0", "CR4", "CR2", "CR3", "GDTR", "IDTR"]);
  private readonly flags = new Map<string, HTMLElement>();
  private readonly segments = new Map<string, readonly HTMLElement[]>();

  constructor() {
    for (const { name, meaning } of FLAGS) {
      const item = make("li", { title: `${name}: ${meaning}` }, name);
      this.flags.set(name, item);
      byId("flags").append(item);
    }
  }

  show(state: ProcessorState, mark: boolean): void {
    for (const i of ORDER) this.grid.set(GENERAL[i]!, hex(state.general[i]!), mark, decimal(state.general[i]!));
    this.grid.set("EIP", hex(state.eip), mark);
    this.grid.set("EFLAGS", hex(state.eflags), mark);
    for (const { bit, name } of FLAGS) {
      const set = ((state.eflags >>> bit) & 1) === 1;
      const item = this.flags.get(name)!;
      item.toggleAttribute("data-changed", mark && item.hasAttribute("data-set") !== set);
      item.toggleAttribute("data-set", set);
      item.setAttribute("aria-label", `${name} ${set ? "set" : "clear"}`);
    }
    this.showControl(state, mark);
    this.showSegments(state, mark);
  }

  private showControl({ control, gdtr, idtr }: ProcessorState, mark: boolean): void {
    const names = (value: number, bits: typeof CR0_BITS) =>
      setBits(value, bits)
        .map((b) => b.name)
        .join(" ");
    const meanings = (value: number, bits: typeof CR0_BITS) =>
      setBits(value, bits)
        .map((b) => `${b.name}: ${b.meaning}`)
        .join("\n");
    this.control.set("CR0", `${hex(control.cr0)} ${names(control.cr0, CR0_BITS)}`, mark, meanings(control.cr0, CR0_BITS));
    this.control.set("CR4", `${hex(control.cr4)} ${names(control.cr4, CR4_BITS)}`, mark, meanings(control.cr4, CR4_BITS));
    this.control.set("CR2", hex(control.cr2), mark, "linear address of the last page fault");
    this.control.set("CR3", hex(control.cr3), mark, "physical address of the page directory");
    this.control.set("GDTR", `${hex(gdtr.base)} limit ${hex(gdtr.limit, 4)}`, mark, "global descriptor table");
    this.control.set("IDTR", `${hex(idtr.base)} limit ${hex(idtr.limit, 4)}`, mark, "interrupt descriptor table");
  }

  private showSegments(state: ProcessorState, mark: boolean): void {
    const real = state.mode !== "protected";
    for (const { name, selector, base, limit, access, usable } of state.segments) {
      const cells = this.segmentCells(name);
      const shown = usable || real;
      const texts = [hex(selector, 4), shown ? hex(base) : "", shown ? hex(limit) : "", shown ? segmentKind(access) : "null"];
      for (const [i, text] of texts.entries()) {
        const cell = cells[i]!;
        cell.toggleAttribute("data-changed", mark && cell.textContent !== text);
        cell.textContent = text;
      }
    }
  }

  private segmentCells(name: string): readonly HTMLElement[] {
    const known = this.segments.get(name);
    if (known) return known;
    const cells = Array.from({ length: 4 }, () => make("td"));
    byId("segments").append(make("tr", {}, make("th", { scope: "row" }, name), ...cells));
    this.segments.set(name, cells);
    return cells;
  }
}

function decimal(value: number): string {
  const signed = value | 0;
  return signed < 0 ? `${value >>> 0} or ${signed}` : String(signed);
}
