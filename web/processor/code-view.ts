import { byId, make } from "../dom.js";
import type { CodeLine, ProcessorState, SourceLine, StackWord } from "../worker/protocol.js";
import { hex } from "./names.js";

/** The instructions around EIP, and the words on the stack. */
export class CodeView {
  private readonly code = byId("code");
  private readonly source = byId("source-line");
  private readonly stack = byId("stack");

  show(state: ProcessorState): void {
    const digits = state.codeBits === 32 ? 8 : 4;
    this.code.replaceChildren(...state.code.map((line) => codeLine(line, digits)));
    this.source.replaceChildren(...sourceLine(state.source));
    this.stack.replaceChildren(...state.stack.map((word, i) => stackLine(word, i === 0, state.stackBits)));
  }
}

function codeLine({ offset, bytes, mnemonic, operands, current }: CodeLine, digits: number): HTMLElement {
  const item = make(
    "li",
    { title: bytes },
    make("span", { class: "offset" }, hex(offset, digits)),
    make("span", { class: "mnemonic" }, mnemonic),
    make("span", { class: "operands" }, operands),
  );
  if (current) item.setAttribute("aria-current", "step");
  return item;
}

function sourceLine(source: SourceLine | undefined): Node[] {
  if (!source) return [];
  const { file, line, text, label } = source;
  const place = label === undefined ? `${file}:${line}` : `${label}, ${file}:${line}`;
  return [make("span", { class: "place" }, place), make("span", { class: "text", title: text }, text)];
}

function stackLine({ offset, value }: StackWord, top: boolean, bits: number): HTMLElement {
  const digits = bits / 4;
  const item = make(
    "li",
    {},
    make("span", { class: "offset" }, hex(offset, digits)),
    make("span", {}, value === undefined ? "not mapped" : hex(value, digits)),
  );
  if (top) item.setAttribute("aria-current", "true");
  return item;
}
