// The terminal on the machine's first serial line.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { byId, make } from "./dom.js";
import type { MachineClient } from "./machine-client.js";

const THEME = {
  background: "#12151a",
  foreground: "#dfe3e6",
  cursor: "#f0b35a",
  cursorAccent: "#12151a",
  selectionBackground: "#3a4657",
  black: "#20252c",
  red: "#e8837a",
  green: "#8cc48a",
  yellow: "#e5b96b",
  blue: "#82aee6",
  magenta: "#c59ad9",
  cyan: "#74c2bd",
  white: "#d5d9dc",
  brightBlack: "#7d8793",
  brightRed: "#f5a59d",
  brightGreen: "#abdca8",
  brightYellow: "#f4d291",
  brightBlue: "#a8c9f4",
  brightMagenta: "#dcb8ec",
  brightCyan: "#9adcd7",
  brightWhite: "#ffffff",
};
const FONT = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

/** Keys that phones do not have. */
const EXTRA_KEYS: readonly (readonly [label: string, name: string, sequence: string])[] = [
  ["Esc", "Escape", "\x1b"],
  ["Tab", "Tab", "\t"],
  ["^C", "Control C", "\x03"],
  ["^D", "Control D", "\x04"],
  ["↑", "Arrow up", "\x1b[A"],
  ["↓", "Arrow down", "\x1b[B"],
];

export class SerialTerminal {
  private readonly terminal: Terminal;
  private readonly fitter = new FitAddon();
  private readonly host = byId("terminal");

  constructor(
    private readonly machine: MachineClient,
    /** The visitor wants to leave the terminal with the keyboard. */
    private readonly leave: () => void,
  ) {
    this.terminal = new Terminal({
      theme: THEME,
      fontFamily: FONT,
      fontSize: matchMedia("(max-width: 40rem)").matches ? 12 : 14,
      lineHeight: 1.2,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      scrollback: 10_000,
      convertEol: false,
    });
    this.terminal.loadAddon(this.fitter);
    this.terminal.open(this.host);
    this.terminal.textarea?.setAttribute("aria-label", "Serial line. Keys go to the guest; Control Alt G leaves.");
    this.terminal.attachCustomKeyEventHandler((event) => this.leavesHere(event));
    this.terminal.onData((text) => this.send(text));
    this.terminal.onBinary((text) => machine.send({ type: "serial", bytes: Uint8Array.from(text, (c) => c.charCodeAt(0)) }));
    machine.on("serial", ({ bytes }) => this.terminal.write(bytes, () => machine.send({ type: "serialShown", count: bytes.length })));
    // As a control sequence (RIS), so that it comes after what the old machine sent.
    machine.on("machine", () => this.terminal.write("\x1bc"));
    new ResizeObserver(() => this.fit()).observe(this.host);
    this.addKeys();
    this.listenToReaderSwitch();
  }

  /** Type for the visitor. */
  send(text: string): void {
    this.machine.send({ type: "serial", bytes: new TextEncoder().encode(text) });
  }

  focus(): void {
    this.terminal.focus();
  }

  /** Everything in the terminal, scrollback included. */
  text(): string {
    const { active } = this.terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, i) => {
      const line = active.getLine(i);
      return `${line?.isWrapped ? "" : "\n"}${line?.translateToString(true) ?? ""}`;
    });
    return lines.join("").trim();
  }

  /** Off by default, because it makes the terminal slow. */
  private listenToReaderSwitch(): void {
    const button = byId("reader");
    button.addEventListener("click", () => {
      const on = !this.terminal.options.screenReaderMode;
      this.terminal.options.screenReaderMode = on;
      button.setAttribute("aria-pressed", String(on));
    });
  }

  private fit(): void {
    if (this.host.clientWidth > 0 && this.host.clientHeight > 0) this.fitter.fit();
  }

  private leavesHere(event: KeyboardEvent): boolean {
    if (!isLeaveKey(event)) return true;
    event.preventDefault();
    if (event.type === "keydown") this.leave();
    return false;
  }

  private addKeys(): void {
    const buttons = EXTRA_KEYS.map(([label, name, sequence]) => {
      const button = make("button", { type: "button", class: "quiet", "aria-label": name }, label);
      button.addEventListener("click", () => {
        this.send(sequence);
        this.focus();
      });
      return button;
    });
    byId("serial-keys").append(...buttons);
  }
}

/** Ctrl-Alt-G takes the keyboard away from the guest, as in other emulators. */
export function isLeaveKey(event: KeyboardEvent): boolean {
  return event.ctrlKey && event.altKey && event.code === "KeyG";
}
