// The two consoles behind their tabs. On a wide page both are seen at once.

import { byId } from "./dom.js";

export type View = "serial" | "screen";
const VIEWS: readonly View[] = ["serial", "screen"];
/** Room for 80 columns beside a screen. The style sheet says the same. */
const WIDE = matchMedia("(min-width: 118rem)");

export class Stage {
  private readonly root = byId("stage");
  private readonly tabs = { serial: byId<HTMLButtonElement>("tab-serial"), screen: byId<HTMLButtonElement>("tab-screen") };

  /** `changed` is told whenever what can be seen changes. */
  constructor(private readonly changed: () => void) {
    for (const view of VIEWS) {
      this.tabs[view].addEventListener("click", () => this.show(view));
      this.tabs[view].addEventListener("keydown", (event) => this.arrow(event, view));
    }
    WIDE.addEventListener("change", () => this.update());
    document.addEventListener("visibilitychange", () => this.changed());
    this.update();
  }

  get view(): View {
    return this.root.dataset["view"] as View;
  }

  sees(view: View): boolean {
    return !document.hidden && (WIDE.matches || this.view === view);
  }

  show(view: View): void {
    this.root.dataset["view"] = view;
    this.update();
  }

  /** Something new is to be seen there: mark its tab, unless it is in sight. */
  mark(view: View): void {
    if (!WIDE.matches && this.view !== view) this.tabs[view].dataset["news"] = "true";
  }

  private update(): void {
    for (const view of VIEWS) {
      const selected = this.view === view;
      this.tabs[view].setAttribute("aria-selected", String(selected));
      this.tabs[view].tabIndex = selected ? 0 : -1;
      if (selected || WIDE.matches) delete this.tabs[view].dataset["news"];
      byId(`panel-${view}`).hidden = !selected && !WIDE.matches;
    }
    this.changed();
  }

  private arrow(event: KeyboardEvent, from: View): void {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const to = from === "serial" ? "screen" : "serial";
    this.show(to);
    this.tabs[to].focus();
  }
}
