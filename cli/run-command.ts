// `ringside run`: one machine in this process, its first serial line on the terminal.

import { StateError } from "../core/bus/device.js";
import { CpuError } from "../core/cpu/cpu.js";
import { BootError } from "../devices/boot/boot-error.js";
import type { BootSource } from "../devices/machine/boot-source.js";
import { type Ending, Machine, type MachineOptions } from "../devices/machine/machine.js";
import { SnapshotError } from "../devices/machine/snapshot.js";
import { bootSource, type SourceOptions } from "./boot-options.js";
import * as EXIT from "./exit-codes.js";
import { parseFeatures } from "./features.js";
import { parseMemory, readUserFile, writeUserFile } from "./files.js";
import { loadProcessor } from "./processor.js";
import { openSerial, type SerialPort } from "./serial.js";
import { createTracer } from "./trace.js";
import { UserError } from "./user-error.js";

export interface RunOptions extends SourceOptions {
  readonly memory: string;
  readonly vgabios?: string;
  readonly features?: string;
  readonly serial: string;
  readonly clock: string;
  readonly snapshotOut?: string;
  readonly snapshotAt?: string;
  readonly resume?: string;
  readonly trace?: string;
  readonly reboot: boolean;
}

/** Host milliseconds between two looks at the terminal. */
const SLICE = 10;

function clockKind(text: string): "real" | "virtual" {
  if (text === "real" || text === "virtual") return text;
  throw new UserError(`the clock "${text}" is not understood; write real or virtual`);
}

function instructionCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UserError(`--snapshot-at takes a number of instructions, not "${text}"`);
  return Number(text);
}

/** Seconds since 1970 at power-on; under the virtual clock always the same, so that runs can be repeated to the byte. */
const VIRTUAL_POWER_ON = Date.UTC(2026, 0, 1) / 1000;

class Run {
  private readonly machine: Machine;
  private readonly serial: SerialPort;
  private quitting = false;
  private wake: () => void = () => {};

  constructor(private readonly options: RunOptions) {
    const resume = options.resume ? readUserFile("snapshot", options.resume) : undefined;
    const source = resume ? undefined : bootSource(options);
    const snapshot = resume ? Machine.describe(resume) : undefined;
    const clock = snapshot?.clock ?? clockKind(options.clock);
    const tracer = createTracer(options.trace);
    this.machine = new Machine({
      module: loadProcessor(),
      ramBytes: snapshot?.ramBytes ?? parseMemory(options.memory),
      clock,
      hostTime: () => performance.now(),
      wallClock: clock === "virtual" ? VIRTUAL_POWER_ON : Date.now() / 1000,
      features: parseFeatures(options.features),
      pace: options.serial === "stdio" && process.stdin.isTTY === true,
      stopOnReset: !options.reboot,
      output: { serial1: (byte) => this.serial.write(byte), debugConsole: (byte) => process.stderr.write(Uint8Array.of(byte)) },
      ...(tracer ? { observer: tracer } : {}),
      ...(options.vgabios ? { videoRom: readUserFile("video BIOS", options.vgabios) } : {}),
    } satisfies MachineOptions);
    tracer?.attach(this.machine);
    this.start(resume, source);
    this.serial = openSerial(options.serial, { input: (byte) => this.input(byte), quit: () => this.quit() });
  }

  private start(resume: Uint8Array | undefined, source: BootSource | undefined): void {
    if (resume) this.machine.load(resume);
    else if (source) this.machine.boot(source);
  }

  private input(byte: number): void {
    this.machine.board.com1.receive(byte);
    this.wake();
  }

  private quit(): void {
    this.quitting = true;
    this.wake();
  }

  /** Until the guest ends, the user leaves, or the snapshot point is reached. Returns the exit code. */
  async run(): Promise<number> {
    const interrupted = () => this.quit();
    process.on("SIGTERM", interrupted);
    process.on("SIGINT", interrupted);
    try {
      const ending = await this.loop(instructionCount(this.options.snapshotAt));
      this.serial.flush();
      if (this.options.snapshotOut) writeUserFile("snapshot", this.options.snapshotOut, this.machine.save());
      return ending ? exitCode(ending) : EXIT.EXIT_OK;
    } finally {
      this.serial.close();
      process.off("SIGTERM", interrupted);
      process.off("SIGINT", interrupted);
    }
  }

  private async loop(stopAt: number | undefined): Promise<Ending | undefined> {
    while (!this.quitting) {
      const left = stopAt === undefined ? Number.POSITIVE_INFINITY : stopAt - Number(this.machine.cpu.instructions);
      if (left <= 0) return undefined;
      const slice = this.machine.run(SLICE, left);
      this.serial.flush();
      if (slice.ending) return slice.ending;
      await this.pause(slice.idle ?? 0);
    }
    return undefined;
  }

  /** Let input in; sleep while the guest has nothing to do. */
  private pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = () => {};
        resolve();
      };
      const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1));
      this.wake = done;
    });
  }
}

function exitCode(ending: Ending): number {
  switch (ending.kind) {
    case "power-off":
      return EXIT.EXIT_OK;
    case "exit":
      return ending.code;
    case "reset":
      return EXIT.EXIT_RESET;
    case "dead":
      console.error("ringside: the guest halted with interrupts off and can never go on");
      return EXIT.EXIT_DEAD;
  }
}

/** Errors that are the user's or the image's: told in one sentence. */
function userMessage(error: unknown): { message: string; code: number } | undefined {
  if (error instanceof UserError) return { message: error.message, code: error.code };
  if (error instanceof BootError || error instanceof SnapshotError || error instanceof StateError || error instanceof CpuError)
    return { message: error.message, code: EXIT.EXIT_USAGE };
  if (error instanceof RangeError && /memory/i.test(error.message))
    return { message: "the host has not enough memory for this machine", code: EXIT.EXIT_HOST };
  return undefined;
}

/** The whole command. Returns the exit code; never throws for bad input. */
export async function runCommand(options: RunOptions): Promise<number> {
  try {
    return await new Run(options).run();
  } catch (error) {
    const known = userMessage(error);
    if (!known) throw error;
    console.error(`ringside: ${known.message}`);
    return known.code;
  }
}
