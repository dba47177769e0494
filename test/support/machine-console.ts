import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";

type Serial = Omit<MachineOptions, "output">;

/** Milliseconds for one machine while others wait, maybe for what it sends them. */
const SHARED_TURN = 1;

/** A machine in this process, and a script's side of its first serial line. */
export class MachineConsole {
  readonly machine: Machine;
  private output = "";
  /** Whether what is waited for has not been looked for in all of the output. */
  private isNew = true;

  constructor(options: Serial) {
    this.machine = new Machine({
      ...options,
      output: {
        serial1: (byte) => {
          this.output += String.fromCharCode(byte);
          this.isNew = true;
        },
      },
    });
  }

  /** Run until `pattern` comes after what was last waited for. */
  expect(pattern: RegExp, seconds = 120): RegExpExecArray {
    const deadline = performance.now() + seconds * 1000;
    this.isNew = true;
    while (performance.now() < deadline) {
      const { ending } = this.machine.run(10);
      const match = this.find(pattern);
      if (match) return match;
      if (ending) break;
    }
    throw this.missing(pattern);
  }

  /**
   * As expect(), while this process goes on with other things: sockets, timers, and machines `beside` this one, each of which has its turn. For machines
   * whose clock is the real one.
   */
  async await(pattern: RegExp, seconds = 60, beside: readonly Machine[] = []): Promise<RegExpExecArray> {
    const deadline = performance.now() + seconds * 1000;
    this.isNew = true;
    const turn = beside.length === 0 ? 10 : SHARED_TURN;
    for (;;) {
      for (const machine of beside) machine.run(turn);
      const { ending } = this.machine.run(turn);
      const match = this.find(pattern);
      if (match) return match;
      if (ending || performance.now() > deadline) throw this.missing(pattern);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private find(pattern: RegExp): RegExpExecArray | undefined {
    const match = this.isNew ? pattern.exec(this.output) : undefined;
    this.isNew = false;
    if (!match) return undefined;
    this.output = this.output.slice(match.index + match[0].length);
    return match;
  }

  private missing(pattern: RegExp): Error {
    return new Error(`${pattern} did not come; last output:\n${this.output.slice(-1500)}`);
  }

  type(text: string): void {
    for (const character of text) while (!this.machine.board.com1.receive(character.charCodeAt(0))) this.machine.run(1);
  }
}
