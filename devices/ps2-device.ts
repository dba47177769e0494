// What a keyboard controller and the devices on its two ports know of each other: bytes in either direction. The controller decides when
// a byte crosses; the device keeps what it wants to send until it is taken.

export interface Ps2Device {
  /** There is a byte to send. */
  readonly ready: boolean;
  /** The byte to send; only when ready. */
  take(): number;
  /** A byte from the controller. */
  receive(byte: number): void;
  /** `ready` will be called whenever there may be something to send. */
  attach(ready: () => void): void;
}

export const PS2_ACKNOWLEDGE = 0xfa;
export const PS2_RESEND = 0xfe;
export const PS2_SELF_TEST_PASSED = 0xaa;

/**
 * A device's end of the wire: replies to commands go before what happened meanwhile, and the last byte can be asked for again.
 * `events` holds at most what the device lets in; a reply is never longer than a handful of bytes.
 */
export class Ps2Output {
  #replies: number[] = [];
  #events: number[] = [];
  #last = 0;
  #changed: () => void = () => {};

  attach(changed: () => void): void {
    this.#changed = changed;
  }

  get ready(): boolean {
    return this.#replies.length > 0 || this.#events.length > 0;
  }

  get events(): number {
    return this.#events.length;
  }

  take(): number {
    this.#last = this.#replies.shift() ?? this.#events.shift() ?? 0;
    return this.#last;
  }

  reply(...bytes: number[]): void {
    this.#replies.push(...bytes);
    this.#changed();
  }

  event(...bytes: number[]): void {
    this.#events.push(...bytes);
    this.#changed();
  }

  /** Something was lost for want of room: one code says so, until it is taken. */
  overrun(code: number): void {
    if (this.#events.at(-1) !== code) this.event(code);
  }

  /** The byte sent last goes out once more. */
  resend(): void {
    this.reply(this.#last);
  }

  /** A new command ends what is left of the reply to the one before. */
  dropReplies(): void {
    this.#replies = [];
  }

  dropEvents(): void {
    this.#events = [];
  }

  save(): { replies: number[]; events: number[]; last: number } {
    return { replies: [...this.#replies], events: [...this.#events], last: this.#last };
  }

  /** Tells nobody: the controller's own record knows whether a byte is on its way. */
  load(replies: number[], events: number[], last: number): void {
    this.#replies = replies;
    this.#events = events;
    this.#last = last;
  }
}
