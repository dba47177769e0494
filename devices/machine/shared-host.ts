// Several machines on one host, whose processor a Runner shares among them. Time is the host's virtual clock: the instructions of all, and what
// nobody had anything to do in. A guest's clock goes on while others run, and what it missed so is its stolen time.
// Not here: disks (for whose data the time of all would have to stand still), a real clock, machines on the road bare (these have a processor of their own), giving back the memory of a machine that has ended.
import type { CpuOptions } from "../../core/cpu/cpu.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { Host } from "../../core/vmm/host.js";
import { type Rest, Runner, type Task } from "../../core/vmm/scheduling/runner.js";
import type { ScheduleOptions, Time } from "../../core/vmm/scheduling/stride-scheduler.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { hostBytes, RoadError } from "../../core/vmm/vm-processor.js";
import { NANOSECONDS_PER_INSTRUCTION, SharedClock, VirtualClock } from "./guest-clock.js";
import { Machine } from "./machine.js";
import type { Ending, MachineOptions } from "./machine-options.js";
import { EXTRA_BYTES } from "./memory.js";

export interface SharedHostOptions {
  readonly module: CpuOptions["module"];
  /** RAM of the machines that there will be, in bytes each: the host gets memory for them. */
  readonly machines: readonly number[];
  readonly translate?: TranslationPolicy;
  /** The longest turn while others wait, in nanoseconds. */
  readonly slice?: Time;
}

/** What a machine of its own chooses. */
export interface SharedMachineOptions
  extends Omit<MachineOptions, "module" | "clock" | "shared" | "translate" | "translator" | "hostTime" | "road" | "drives"> {
  readonly road: RoadOptions;
}

/** Why a machine no longer runs: as with one alone, or its road refused to go on, with a sentence. */
export type SharedEnding = Ending | { readonly kind: "refused"; readonly message: string };

/** What a reset takes: so a guest that does nothing else leaves time to the others. */
const RESET_TIME: Time = 1_000_000;

/** A machine on the host. */
export class SharedMachine implements Task {
  ending: SharedEnding | undefined;

  constructor(
    readonly machine: Machine,
    private readonly clock: { now(): Time },
    private readonly stopOnReset: boolean,
  ) {}

  run(until: Time): Rest {
    const count = Math.max(1, Math.ceil((until - this.clock.now()) / NANOSECONDS_PER_INSTRUCTION));
    try {
      const { ending, idle } = this.machine.run(Number.POSITIVE_INFINITY, count);
      if (ending) return this.end(ending);
      return idle === undefined ? { kind: "ready" } : { kind: "waits", until: Math.ceil(this.clock.now() + idle * 1e6) };
    } catch (thrown) {
      if (!(thrown instanceof RoadError)) throw thrown;
      return this.end({ kind: "refused", message: thrown.message });
    }
  }

  private end(ending: SharedEnding): Rest {
    if (ending.kind === "reset" && !this.stopOnReset) {
      this.machine.reset();
      return { kind: "waits", until: this.clock.now() + RESET_TIME };
    }
    this.ending = ending;
    return { kind: "ended" };
  }
}

export class SharedHost {
  readonly host: Host;
  readonly clock: VirtualClock;
  readonly runner: Runner;

  constructor(private readonly options: SharedHostOptions) {
    const { module, machines, translate, slice } = options;
    const translator = TRANSLATION_POLICIES[translate ?? "on"];
    this.host = new Host({
      module,
      memoryBytes: machines.reduce((sum, ramBytes) => sum + hostBytes({ ramBytes, extraBytes: EXTRA_BYTES }), 0),
      ticksPerInstruction: NANOSECONDS_PER_INSTRUCTION,
      ...(translator ? { translator } : {}),
    });
    this.clock = new VirtualClock(() => Number(this.host.cpu.instructions));
    this.runner = new Runner(this.clock, slice);
  }

  /**
   * A machine that runs, once it has booted, whenever the runner does. Throws HostMemoryError where the host has no room, and what Machine and
   * Runner.add() throw.
   */
  add(options: SharedMachineOptions, schedule?: ScheduleOptions): SharedMachine {
    let task: SharedMachine | undefined;
    const clock = new SharedClock(this.clock, () => (task ? this.runner.accounting(task).stolen : 0));
    const { host } = this;
    const machine = new Machine({
      ...options,
      module: this.options.module,
      clock: "virtual",
      hostTime: () => 0,
      stopOnReset: true,
      shared: { host, clock },
    });
    task = new SharedMachine(machine, this.clock, options.stopOnReset === true);
    this.runner.add(task, schedule);
    return task;
  }
}
