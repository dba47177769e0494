import { byId } from "./dom.js";

/** The line under the masthead that says what went wrong, in one sentence. */
export class Notice {
  private readonly box = byId("notice");
  private readonly text = byId("notice-text");

  constructor() {
    byId("notice-close").addEventListener("click", () => this.clear());
  }

  show(sentence: string): void {
    this.text.textContent = asSentence(sentence);
    this.box.hidden = false;
  }

  clear(): void {
    this.box.hidden = true;
    this.text.textContent = "";
  }
}

/** With a capital and a full stop. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const stopped = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return stopped.charAt(0).toUpperCase() + stopped.slice(1);
}
