import type { Ps2Keyboard } from "../../devices/ps2-keyboard.js";

type Keyboard = Pick<Ps2Keyboard, "key" | "releaseAll" | "room">;

/** Bytes that one key may take in the keyboard's buffer. */
const KEY_BYTES = 8;
/** A guest that reads no keys does not get them all later. */
const LIMIT = 500;

/** Holds keys back until the keyboard's buffer has room, so that quick typing is not lost on a guest that is slow to fetch it. */
export class KeyQueue {
  private waiting: (() => void)[] = [];

  constructor(private readonly keyboard: Keyboard) {}

  get empty(): boolean {
    return this.waiting.length === 0;
  }

  key(code: string, down: boolean): void {
    if (this.waiting.length < LIMIT) this.waiting.push(() => this.keyboard.key(code, down));
    this.deliver();
  }

  /** Every key goes up, once those before have been delivered. */
  releaseAll(): void {
    this.waiting.push(() => this.keyboard.releaseAll());
    this.deliver();
  }

  /** Give the keyboard what it has room for. */
  deliver(): void {
    while (this.waiting.length > 0 && this.keyboard.room >= KEY_BYTES) this.waiting.shift()!();
  }

  clear(): void {
    this.waiting = [];
  }
}
