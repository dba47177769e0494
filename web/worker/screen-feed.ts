// Draws the VGA into a picture of its own and sends the page the rows that changed: at most 60 times a second, and never a second frame
// before the page has shown the first. The text on the screen follows, less often.

import type { Vga } from "../../devices/vga/vga.js";
import type { Frame } from "./protocol.js";

const FRAME_PERIOD = 1000 / 60;
const HIDDEN_PERIOD = 500;
const TEXT_PERIOD = 250;
/** While the guest waits, the cursor still blinks. */
export const BLINK_PERIOD = 120;

export interface ScreenSink {
  frame(frame: Frame): void;
  text(lines: readonly string[]): void;
}

export class ScreenFeed {
  visible = true;
  private picture = new Uint8ClampedArray(0);
  private width = 0;
  private height = 0;
  private shown = true;
  private due = 0;
  private textDue = 0;
  private text = "";

  constructor(
    private readonly vga: Vga,
    private readonly sink: ScreenSink,
  ) {}

  frameShown(): void {
    this.shown = true;
  }

  /** Send what changed, if the time has come. `now`: host milliseconds; `force`: whatever the time. */
  update(now: number, force = false): void {
    if (force || now >= this.textDue) this.updateText(now);
    if (!this.shown || (now < this.due && !force)) return;
    this.due = now + (this.visible ? FRAME_PERIOD : HIDDEN_PERIOD);
    const { width, height } = this.vga.frameSize();
    if (width === 0 || height === 0) return;
    const resized = width !== this.width || height !== this.height;
    if (resized) this.resize(width, height);
    const rows = this.vga.render(this.picture, resized);
    if (!rows && !resized) return;
    const { top, bottom } = resized ? { top: 0, bottom: height } : rows!;
    this.shown = false;
    this.sink.frame({ width, height, top, pixels: this.picture.slice(top * width * 4, bottom * width * 4) });
  }

  private resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.picture = new Uint8ClampedArray(width * height * 4);
  }

  private updateText(now: number): void {
    this.textDue = now + TEXT_PERIOD;
    const lines = this.vga.textScreen().map((line) => line.trimEnd());
    const text = lines.join("\n");
    if (text === this.text) return;
    this.text = text;
    this.sink.text(lines);
  }
}
