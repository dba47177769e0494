import { byId, make } from "./dom.js";
import type { ToyGuest } from "./worker/protocol.js";

export interface GuestPickerActions {
  toy(name: string): void;
  own(): void;
}

/** The buttons for the guests that come along, and for the visitor's own. */
export class GuestPicker {
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly own = make("button", { type: "button", id: "own" }, "Your own…");

  constructor(guests: readonly ToyGuest[], actions: GuestPickerActions) {
    for (const { name, title, description } of guests) {
      const button = make("button", { type: "button", title: description, "data-guest": name }, title);
      button.addEventListener("click", () => actions.toy(name));
      this.buttons.set(name, button);
    }
    this.own.addEventListener("click", () => actions.own());
    byId("guests").replaceChildren(...this.buttons.values(), this.own);
  }

  /** Mark what runs: a guest that comes along, or something else, by its title. */
  mark(title: string): void {
    for (const [name, button] of this.buttons) button.setAttribute("aria-pressed", String(name === title));
    const foreign = !this.buttons.has(title);
    this.own.setAttribute("aria-pressed", String(foreign));
    this.own.textContent = foreign ? title : "Your own…";
  }
}
