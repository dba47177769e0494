// Runs the guest of `npm run bench:exits` (bench/exits/init.sh): a Debian kernel that moves data over the disks and network cards of one machine, in one
// boot, under the virtual clock. What it was left for is counted around each piece of work.
import { readFileSync } from "node:fs";
import { deviceCounter, figuresOf, type LoopFigures } from "../../cli/bench-roads.js";
import { hostTime, translatorOptions } from "../../cli/host.js";
import { type LoopRun, NanoRecorder } from "../../cli/nanobench.js";
import { loadProcessor } from "../../cli/processor.js";
import { Counters } from "../../core/vmm/events/counters.js";
import { prepareRoad } from "../../core/vmm/prepare-road.js";
import type { RoadChoice } from "../../core/vmm/road-choices.js";
import { Machine } from "../../devices/machine/machine.js";
import { NIC_MODELS, type NicModel } from "../../devices/net/nics.js";
import { GUEST_MEGABYTES, KIT } from "../kit.js";
import { CountedDisk, CountedNetwork } from "./devices.js";
import { IO_DISKS, type IoDevice, type IoDisk, type IoOptions } from "./options.js";

/** One device in one direction. */
export interface IoFigures {
  readonly device: IoDevice;
  readonly direction: string;
  /** What moving one mebibyte does. */
  readonly perMebibyte: LoopFigures;
  /** Of one mebibyte: accesses to the local APIC. */
  readonly apicAccesses: number;
}

export interface IoResults {
  readonly road: RoadChoice;
  readonly figures: readonly IoFigures[];
  /** "DEVICE:DIRECTION" of what this guest could not do. */
  readonly failures: readonly string[];
}

const MIB = 1 << 20;
const POWER_ON = Date.UTC(2026, 0, 1) / 1000;

/** Throws an error with a sentence if the guest does not come to its end, or moved less than it says. */
export async function runIo(road: RoadChoice, options: Pick<IoOptions, "devices" | "megabytes">): Promise<IoResults> {
  await prepareRoad(road.options);
  const guest = new IoGuest(road, options);
  await guest.run();
  return guest.results();
}

class IoGuest {
  private readonly machine: Machine;
  private readonly disks: ReadonlyMap<IoDisk, CountedDisk>;
  private readonly networks: ReadonlyMap<NicModel, CountedNetwork>;
  private readonly exits: NanoRecorder;
  private readonly accesses: NanoRecorder;
  private output = "";

  constructor(
    private readonly road: RoadChoice,
    private readonly options: Pick<IoOptions, "devices" | "megabytes">,
  ) {
    const accesses = new Counters();
    const { devices, megabytes } = options;
    this.disks = new Map(IO_DISKS.map((name) => [name, new CountedDisk(name, (megabytes + 1) * MIB)]));
    this.machine = new Machine({
      module: loadProcessor(),
      ramBytes: GUEST_MEGABYTES * MIB,
      clock: "virtual",
      hostTime,
      wallClock: POWER_ON,
      translator: translatorOptions("on"),
      output: { serial1: (byte) => this.receive(byte) },
      observer: deviceCounter(accesses),
      drives: { drives: [...this.disks.values()].map(({ drive }) => drive), bootOrder: [] },
      ...(road.options ? { road: road.options } : {}),
    });
    const models = NIC_MODELS.filter((model) => devices.includes(model));
    this.networks = new Map(models.map((model, index) => [model, new CountedNetwork(this.machine, model, index)]));
    const instruments = { time: hostTime, instructions: () => Number(this.machine.cpu.instructions) };
    this.exits = new NanoRecorder({ ...instruments, counters: this.machine.vcpu!.counters });
    this.accesses = new NanoRecorder({ ...instruments, counters: accesses });
  }

  private receive(byte: number): void {
    this.output += String.fromCharCode(byte);
    this.machine.vcpu!.settleCounters?.();
    this.exits.receive(byte);
    this.accesses.receive(byte);
  }

  private get commandLine(): string {
    const { devices, megabytes } = this.options;
    const disks = IO_DISKS.filter((name) => devices.includes(name));
    const work = `io_mebibytes=${megabytes} io_disks=${disks.join(",")} io_nics=${[...this.networks.keys()].join(",")}`;
    return `console=ttyS0,115200 nokaslr mitigations=off quiet panic=-1 net.ifnames=0 ${work}`;
  }

  async run(): Promise<void> {
    const { machine, commandLine } = this;
    machine.boot({ kind: "kernel", kernel: readFileSync(KIT.kernel), initrd: readFileSync(KIT.exitsInitrd), commandLine });
    for (;;) {
      const { ending, idle, waits } = machine.run(100);
      if (ending?.kind === "power-off") return;
      if (ending || (idle === Number.POSITIVE_INFINITY && !waits))
        throw new Error(`the guest did not come to its end; its last words: ${this.output.slice(-500)}`);
      await (waits ?? new Promise((resolve) => setImmediate(resolve)));
    }
  }

  results(): IoResults {
    const figures = pairs(this.exits.runs).map(([less, more]) => this.figures(less, more));
    return { road: this.road, figures, failures: this.exits.failures.map(({ name }) => name) };
  }

  private figures(less: LoopRun, more: LoopRun): IoFigures {
    const [device, direction] = less.name.split(":") as [IoDevice, string];
    this.check(device, direction, 1 + less.iterations + more.iterations);
    const accesses = this.accesses.runs.filter(({ name }) => name === less.name) as [LoopRun, LoopRun];
    const apicAccesses = figuresOf(...accesses).counts.events.get("apicAccesses") ?? 0;
    return { device, direction, perMebibyte: figuresOf(less, more), apicAccesses };
  }

  /** The host has seen as much as the guest says. */
  private check(device: IoDevice, direction: string, mebibytes: number): void {
    const { received, sent } = (this.networks.get(device as NicModel) ?? this.disks.get(device as IoDisk)!).moved;
    const moved = direction === "read" || direction === "receive" ? received : sent;
    if (moved < mebibytes * MIB) throw new Error(`${device} has moved ${moved} bytes (${direction}), and the guest says ${mebibytes} MiB`);
  }
}

/** Each piece of work is done twice, with less and with more. */
function pairs(runs: readonly LoopRun[]): (readonly [LoopRun, LoopRun])[] {
  return [...new Set(runs.map(({ name }) => name))].flatMap((name) => {
    const [less, more] = runs.filter((run) => run.name === name);
    return less && more ? [[less, more] as const] : [];
  });
}
