// A machine at work in this process, from its first slice to its end: serial line, signals, the snapshot.
import type { Machine } from "../devices/machine/machine.js";
import type { Ending, Slice } from "../devices/machine/machine-options.js";
import { Pacer } from "../devices/machine/pacer.js";
import type { SnapshotFile } from "./files.js";
import { hostTime } from "./host.js";
import { onLeaving } from "./leaving.js";
import type { Output } from "./output.js";
import { openSerial, type SerialPort } from "./serial.js";
import type { UserError } from "./user-error.js";

export interface SessionOptions {
  readonly serial: string;
  /** Instructions since power-on after which the run ends. */
  readonly stopAt: number | undefined;
  readonly snapshot: SnapshotFile | undefined;
}

/** A debugger that runs the machine instead of the session. */
export interface DebugFront {
  /** Run for a slice; while the guest stands, it is idle for ever. */
  run(): Slice;
  /** The guest stands still. */
  readonly isStanding: boolean;
  /** Hand something from outside to the guest, if this is the time for it. */
  input(deliver: () => boolean): boolean;
}

/** Host milliseconds between two looks at the terminal. */
const SLICE = 10;
/** The same while frames pass: what answers them comes between slices. */
const TRAFFIC_SLICE = 1;
/** How long, in milliseconds, a reader that takes nothing is waited for when the user has left. */
const PATIENCE = 500;
const LONGEST_TIMER = 2 ** 31 - 1;
/** Bytes of input, beside those in the chip, that a guest gets before it has had time to use them: what it may well lose if they are many. */
const INPUT_AHEAD = 16;

export class Session {
  private port: SerialPort = { close: () => {} };
  /** The user left, and what is not yet written has no reader. It would keep the process alive. */
  abandoned = false;
  /** Others are to hear from the guest, for whom virtual seconds have to last. */
  hasNetwork = false;
  private hasTraffic = false;
  private quitting = false;
  private holding = false;
  private inputFailure: UserError | undefined;
  private wakeUp: () => void = () => {};

  constructor(private readonly options: SessionOptions) {}

  /** Something happened that the run should look at. */
  readonly wake = (): void => this.wakeUp();

  /** A frame has come or gone. */
  readonly framePassed = (): void => {
    this.hasTraffic = true;
    this.wake();
  };

  /** The user leaves. */
  readonly quit = (): void => {
    this.quitting = true;
    this.wake();
  };

  /** The guest stands still, and so does its time. */
  get isHeld(): boolean {
    return this.holding;
  }

  set isHeld(held: boolean) {
    this.holding = held;
    this.wake();
  }

  /** The guest sent a byte. */
  transmit(byte: number): void {
    this.port.output?.write(byte);
  }

  /**
   * Run until the guest ends, the user leaves (then the result is undefined), or output fails. What the guest printed is written before
   * this ends, and the snapshot even when output fails. Throws UserError.
   */
  async run(machine: Machine, beside: readonly Output[], front?: DebugFront): Promise<Ending | undefined> {
    const { com1 } = machine.board;
    this.port = openSerial(this.options.serial, {
      input: (byte) => {
        this.wake();
        if (com1.waiting >= INPUT_AHEAD) return false;
        return front ? front.input(() => com1.receive(byte)) : com1.receive(byte);
      },
      quit: this.quit,
      failed: (error) => {
        this.inputFailure = error;
        this.quit();
      },
      changed: this.wake,
    });
    const outputs = this.port.output ? [this.port.output, ...beside] : beside;
    onLeaving(this.quit);
    try {
      const ending = await this.loop(machine, outputs, front);
      await this.settle(outputs);
      this.options.snapshot?.write(machine.save());
      const failure = this.inputFailure ?? outputs.find((output) => output.failure)?.failure;
      if (failure) throw failure;
      return ending;
    } finally {
      this.port.close();
    }
  }

  private async loop(machine: Machine, outputs: readonly Output[], front: DebugFront | undefined): Promise<Ending | undefined> {
    // Somebody who types, or answers from elsewhere, wants virtual seconds to last.
    const runner = front ?? (this.port.input?.isTerminal || this.hasNetwork ? new Pacer(machine, hostTime) : machine);
    while (!this.quitting && !outputs.some((output) => output.failure)) {
      const left = (this.options.stopAt ?? Number.POSITIVE_INFINITY) - Number(machine.cpu.instructions);
      if (left <= 0) return undefined;
      if (this.holding) {
        machine.pause();
        await this.rest(LONGEST_TIMER);
        if (runner instanceof Pacer) runner.restart();
        continue;
      }
      this.port.input?.feed();
      const length = this.hasTraffic ? TRAFFIC_SLICE : SLICE;
      this.hasTraffic = false;
      const slice = runner.run(length, left);
      for (const output of outputs) output.flush();
      if (slice.ending) return slice.ending;
      if (outputs.some((output) => output.behind)) await this.readers(outputs);
      else await this.rest(this.inputIsDue(machine) && !front?.isStanding ? 0 : (slice.idle ?? 0), slice.waits);
    }
    return undefined;
  }

  private inputIsDue(machine: Machine): boolean {
    return this.port.input?.waits === true && machine.board.com1.waiting === 0;
  }

  /** Wait for slow readers of the output. */
  private async readers(outputs: readonly Output[]): Promise<void> {
    while (!this.quitting && outputs.some((output) => output.behind)) await this.rest(LONGEST_TIMER);
  }

  /** Let input in; sleep while the guest has nothing to do, and what it waits for has not come. */
  private rest(milliseconds: number, waits?: Promise<void>): Promise<void> {
    if (milliseconds === 0) return new Promise((resolve) => setImmediate(resolve));
    void waits?.then(this.wake);
    return new Promise((resolve) => {
      this.wakeUp = () => {
        clearTimeout(timer);
        this.wakeUp = () => {};
        resolve();
      };
      const timer = setTimeout(this.wake, Math.min(milliseconds, LONGEST_TIMER));
    });
  }

  /** Until all is written; not for ever if the user has left. */
  private async settle(outputs: readonly Output[]): Promise<void> {
    let deadline = Number.POSITIVE_INFINITY;
    while (outputs.some((output) => output.pending)) {
      if (this.quitting) deadline = Math.min(deadline, hostTime() + PATIENCE);
      const left = deadline - hostTime();
      if (left <= 0) {
        this.abandoned = true;
        return;
      }
      await this.rest(left);
    }
  }
}
