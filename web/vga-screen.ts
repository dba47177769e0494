// The machine's screen: a canvas, with the visitor's keyboard and mouse on the machine's PS/2 ports.

import { byId } from "./dom.js";
import type { MachineClient } from "./machine-client.js";
import { isLeaveKey } from "./serial-terminal.js";
import { keysFor } from "./us-layout.js";
import type { Frame } from "./worker/protocol.js";

/** Around the canvas, in CSS pixels. */
const MARGIN = 24;
/** A picture this much larger is worth uneven pixels. */
const UNEVEN_WORTH = 1.45;

export class VgaScreen {
  private readonly canvas = byId<HTMLCanvasElement>("screen");
  private readonly room = this.canvas.parentElement!;
  private readonly context = this.canvas.getContext("2d", { alpha: false })!;
  private readonly captureButton = byId<HTMLButtonElement>("capture");
  private readonly text = byId("screen-text");
  private touch: { x: number; y: number; moved: boolean } | undefined;

  constructor(
    private readonly machine: MachineClient,
    private readonly leave: () => void,
  ) {
    machine.on("frame", ({ frame }) => this.paint(frame));
    machine.on("screenText", ({ lines }) => {
      this.text.textContent = lines.join("\n").trimEnd();
    });
    machine.on("machine", () => this.clear());
    new ResizeObserver(() => this.fit()).observe(this.room);
    this.listenToKeys();
    this.listenToMouse();
    this.listenToTouch();
    this.listenToTyping();
  }

  focus(): void {
    this.canvas.focus();
  }

  private clear(): void {
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.text.textContent = "";
  }

  private paint({ width, height, top, pixels }: Frame): void {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.fit();
    }
    this.context.putImageData(new ImageData(pixels, width), 0, top);
    // Where the page is not painted, as in a hidden tab, no further frame is asked for.
    requestAnimationFrame(() => this.machine.send({ type: "frameShown" }));
  }

  /** As large as it fits, but rather a little smaller than with pixels of uneven size. */
  private fit(): void {
    const { clientWidth, clientHeight } = this.room;
    if (clientWidth === 0 || clientHeight === 0) return;
    const ratio = window.devicePixelRatio;
    const { width, height } = this.canvas;
    const most = Math.min((clientWidth - MARGIN) / width, (clientHeight - MARGIN) / height) * ratio;
    const whole = Math.floor(most);
    const scale = whole >= 1 && most / whole < UNEVEN_WORTH ? whole : most;
    this.canvas.style.width = `${(width * scale) / ratio}px`;
    this.canvas.style.height = `${(height * scale) / ratio}px`;
    this.canvas.style.imageRendering = scale === whole || scale > 3 ? "pixelated" : "auto";
  }

  private listenToKeys(): void {
    this.canvas.addEventListener("keydown", (event) => {
      event.preventDefault();
      if (isLeaveKey(event)) {
        document.exitPointerLock?.();
        this.machine.send({ type: "releaseKeys" });
        this.leave();
      } else if (!event.repeat) this.machine.send({ type: "key", code: event.code, down: true });
    });
    this.canvas.addEventListener("keyup", (event) => {
      event.preventDefault();
      this.machine.send({ type: "key", code: event.code, down: false });
    });
    this.canvas.addEventListener("blur", () => this.machine.send({ type: "releaseKeys" }));
  }

  private get captured(): boolean {
    return document.pointerLockElement === this.canvas;
  }

  private listenToMouse(): void {
    this.captureButton.addEventListener("click", () => {
      this.canvas.focus();
      // Refused where there is no mouse; then nothing changes.
      Promise.resolve(this.canvas.requestPointerLock()).catch(() => {});
    });
    document.addEventListener("pointerlockchange", () => {
      this.captureButton.textContent = this.captured ? "Esc releases the mouse" : "Capture mouse";
    });
    this.canvas.addEventListener("mousemove", (event) => {
      if (this.captured) this.move(event.movementX, event.movementY);
    });
    for (const type of ["mousedown", "mouseup"] as const)
      this.canvas.addEventListener(type, (event) => {
        if (this.captured) this.machine.send({ type: "mouseButtons", down: event.buttons & 7 });
      });
    this.canvas.addEventListener("contextmenu", (event) => {
      if (this.captured) event.preventDefault();
    });
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        if (!this.captured) return;
        event.preventDefault();
        this.move(0, 0, Math.sign(event.deltaY));
      },
      { passive: false },
    );
  }

  /** A finger moves the mouse as on a touch pad; a tap is a click. */
  private listenToTouch(): void {
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") this.touch = { x: event.clientX, y: event.clientY, moved: false };
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch" || !this.touch) return;
      const dx = Math.round(event.clientX - this.touch.x);
      const dy = Math.round(event.clientY - this.touch.y);
      if (dx === 0 && dy === 0) return;
      this.touch = { x: event.clientX, y: event.clientY, moved: true };
      this.move(dx, dy);
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (event.pointerType !== "touch" || !this.touch) return;
      if (!this.touch.moved) {
        this.machine.send({ type: "mouseButtons", down: 1 });
        this.machine.send({ type: "mouseButtons", down: 0 });
      }
      this.touch = undefined;
    });
  }

  private move(dx: number, dy: number, dz = 0): void {
    this.machine.send({ type: "mouseMove", dx, dy, dz });
  }

  /** A phone's keyboard gives characters, not keys: press the keys of a US keyboard that make them. */
  private listenToTyping(): void {
    const field = byId<HTMLInputElement>("type-field");
    byId("type").addEventListener("click", () => field.focus());
    field.addEventListener("beforeinput", (event) => {
      event.preventDefault();
      const text = event.inputType === "deleteContentBackward" ? "\b" : (event.data ?? "");
      for (const { code, down } of keysFor(text)) this.machine.send({ type: "key", code, down });
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      for (const { code, down } of keysFor("\n")) this.machine.send({ type: "key", code, down });
    });
  }
}
