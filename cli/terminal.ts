// Standard input for a guest's serial line: raw where it is a terminal, and held back while the line has no room.
import { EXIT_HOST } from "./exit-codes.js";
import { describeSystemError, UserError } from "./user-error.js";

export interface TerminalEvents {
  /** A byte for the guest. False: there is no room now. */
  input(byte: number): boolean;
  /** Ctrl-A x. */
  quit(): void;
  /** Standard input can not be read. */
  failed(error: UserError): void;
}

const CTRL_A = 1;
const LETTER_X = 0x78;

/** Takes Ctrl-A out of what is typed, as QEMU does: x quits, Ctrl-A again sends one, anything else is dropped. */
class EscapeFilter {
  private escaped = false;

  constructor(private readonly quit: () => void) {}

  /** Whether the guest is to have this byte. */
  passes(byte: number): boolean {
    if (!this.escaped) {
      this.escaped = byte === CTRL_A;
      return !this.escaped;
    }
    this.escaped = false;
    if (byte === LETTER_X) this.quit();
    return byte === CTRL_A;
  }
}

export class TerminalInput {
  private readonly stdin = process.stdin;
  private readonly filter: EscapeFilter;
  private waiting: number[] = [];

  constructor(private readonly events: TerminalEvents) {
    this.filter = new EscapeFilter(() => events.quit());
    if (this.isTerminal) this.stdin.setRawMode(true);
    this.stdin.on("data", this.take);
    this.stdin.on("error", this.fail);
  }

  get isTerminal(): boolean {
    return this.stdin.isTTY === true;
  }

  private readonly take = (data: Buffer) => {
    for (const byte of data) if (!this.isTerminal || this.filter.passes(byte)) this.waiting.push(byte);
    this.feed();
  };

  private readonly fail = (error: Error) => {
    this.events.failed(new UserError(`standard input can not be read: ${describeSystemError(error)}`, EXIT_HOST));
  };

  /** There is input that the line had no room for. */
  get waits(): boolean {
    return this.waiting.length > 0;
  }

  /** Hand over what has come, as far as there is room. A terminal is read on all the same: Ctrl-A x must get through. */
  feed(): void {
    if (this.waiting.length === 0) return;
    let taken = 0;
    while (taken < this.waiting.length && this.events.input(this.waiting[taken]!)) taken++;
    this.waiting = this.waiting.slice(taken);
    if (this.isTerminal) return;
    if (this.waiting.length > 0) this.stdin.pause();
    else this.stdin.resume();
  }

  /** Give the terminal back. Input that nobody has read does not keep the process alive. */
  close(): void {
    this.stdin.off("data", this.take);
    this.stdin.pause();
    // A paused stream may go on to fill its buffer. Files have nothing to let go of.
    this.stdin.unref?.();
    if (this.isTerminal) this.stdin.setRawMode(false);
  }
}
