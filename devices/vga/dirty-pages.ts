// Which 4 KiB pages of video memory were written since the screen was last drawn.

import { VIDEO_PAGE, type VideoMemory } from "./video-memory.js";

export class DirtyPages {
  readonly #memory: VideoMemory;
  readonly #pages: Uint8Array;
  #any = true;

  constructor(memory: VideoMemory) {
    this.#memory = memory;
    this.#pages = new Uint8Array(Math.ceil(memory.bytes.length / VIDEO_PAGE));
  }

  mark(byte: number): void {
    this.#pages[byte >> 12] = 1;
    this.#any = true;
  }

  /** Adds what was written through the linear framebuffer; true if that is anything. */
  collect(): boolean {
    const pages = this.#memory.takeDirtyPages();
    if (pages === undefined) {
      this.#pages.fill(1);
      this.#any = true;
      return true;
    }
    let found = false;
    for (const page of pages) {
      this.#pages[page] = 1;
      found = true;
    }
    this.#any ||= found;
    return found;
  }

  get any(): boolean {
    return this.#any;
  }

  /** Whether any of the bytes from first to last was written. */
  touches(first: number, last: number): boolean {
    for (let page = first >> 12; page <= last >> 12; page++) if (this.#pages[page]) return true;
    return false;
  }

  clear(): void {
    if (this.#any) this.#pages.fill(0);
    this.#any = false;
  }
}
