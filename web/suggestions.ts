import { byId, make } from "./dom.js";

/** Commands worth trying, for the guests that come along. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "teaching-kernel": ["help", "rings", "regs", "pagefault", "preempt", "sensitive"],
};

/** Buttons that type a command for the visitor. */
export class Suggestions {
  private readonly root = byId("suggestions");

  constructor(private readonly type: (command: string) => void) {}

  show(guest: string): void {
    const commands = COMMANDS[guest] ?? [];
    const buttons = commands.map((command) => {
      const button = make("button", { type: "button", class: "chip" }, command);
      button.addEventListener("click", () => this.type(command));
      return button;
    });
    this.root.replaceChildren(make("span", {}, "Try"), ...buttons);
    this.root.hidden = commands.length === 0;
  }
}
