// Guests of a shared host with somebody at the keyboard of each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ScheduleOptions } from "../../core/vmm/scheduling/stride-scheduler.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import type { BootSource } from "../../devices/machine/boot-source.js";
import type { SharedHost, SharedMachine } from "../../devices/machine/shared-host.js";
import { assemble } from "../../guests/assembler/index.js";
import { TOP } from "../support/requirements.js";

export const MEBIBYTE = 1 << 20;
/** A short turn, in nanoseconds. */
export const SLICE = 100_000;

export interface SharedGuestOptions {
  readonly road: RoadOptions;
  readonly ramBytes: number;
  readonly source: BootSource;
  /** Hears what comes, and says what to type. */
  type(character: string): string;
  readonly schedule?: ScheduleOptions;
}

export class SharedGuest {
  private readonly input: number[] = [];
  readonly task: SharedMachine;
  text = "";

  constructor(
    private readonly host: SharedHost,
    { road, ramBytes, source, type, schedule }: SharedGuestOptions,
  ) {
    const serial1 = (byte: number) => {
      const character = String.fromCharCode(byte);
      this.text += character;
      for (const typed of type(character)) this.input.push(typed.charCodeAt(0));
    };
    this.task = host.add({ road, ramBytes, wallClock: 0, hypervisor: "kvm", output: { serial1 } }, schedule);
    // As after power-on, whatever the host's memory was filled with.
    this.task.machine.cpu.ram.fill(0);
    this.task.machine.boot(source);
  }

  /** What was typed meanwhile reaches the machine. */
  press(): void {
    const { com1 } = this.task.machine.board;
    if (this.input.length === 0) return;
    while (this.input.length > 0 && com1.waiting < 8) com1.receive(this.input.shift()!);
    this.host.runner.wake(this.task);
  }

  /** What came, with the line ends of a transcript. */
  get lines(): string[] {
    return this.text.replaceAll("\r", "").split("\n");
  }
}

/** Until all guests have ended, or for so many looks at the keyboards, one each `every` nanoseconds. */
export function runAll(host: SharedHost, guests: readonly SharedGuest[], looks: number, every = SLICE): void {
  for (let i = 0; i < looks && guests.some(({ task }) => !task.ending); i++) {
    for (const guest of guests) guest.press();
    host.runner.run(host.clock.now() + every);
  }
}

/** The guest of attacker.asm, with memory of 4 MiB. */
export function attacker(attempts: number): Pick<SharedGuestOptions, "ramBytes" | "source" | "type"> {
  const source = readFileSync(join(TOP, "test/vmm/attacker.asm"), "utf8");
  const kernel = assemble("attacker.asm", source, { defines: { ATTEMPTS: `${attempts}` } }).bytes;
  return { ramBytes: 4 * MEBIBYTE, source: { kind: "kernel", kernel, commandLine: "" }, type: () => "" };
}
