// What one turn of each of nanobench's loops does on a road: exact counts from short runs on the virtual clock, the time of this program from long
// ones.

import type { TranslationPolicy } from "../core/translator/options.js";
import { loadBinaryTranslator } from "../core/vmm/bt/loading.js";
import { Counters, type Counts, EVENT, type EventName } from "../core/vmm/events/counters.js";
import { ProcessorEvents } from "../core/vmm/events/processor-events.js";
import type { RoadChoice } from "../core/vmm/road-choices.js";
import { MemoryStore } from "../devices/block/memory-store.js";
import { RawImage } from "../devices/block/raw.js";
import type { DrivesOptions } from "../devices/machine/drives.js";
import { Machine } from "../devices/machine/machine.js";
import type { MachineObserver, MachineOptions } from "../devices/machine/machine-options.js";
import { buildGuest } from "../guests/catalog.js";
import { hostTime, translatorOptions } from "./host.js";
import { type CreateNanoMachine, type LoopFailure, type LoopRun, type NanoResults, runNanobench } from "./nanobench.js";

await loadBinaryTranslator();

type ProcessorModule = MachineOptions["module"];

/** One loop on one road, for one turn. */
export interface LoopFigures {
  readonly name: string;
  readonly instructions: number;
  readonly counts: Counts;
  /** Host nanoseconds. */
  readonly nanoseconds?: number;
}

export interface RoadFigures {
  readonly choice: RoadChoice;
  readonly loops: readonly LoopFigures[];
  readonly failures: readonly LoopFailure[];
}

const MEMORY = 32 << 20;
const DISK_SIZE = 1 << 16;
const LOCAL_APIC = 0xfee00000;
/** Of the guest's iterations, for the two runs that counts are made from. */
const COUNTED = [250, 500] as const;
/** And for the time: deprivileged guests are slow. */
const TIMED = { bare: 1, deprivileged: 20 } as const;

/** An empty virtio disk, to be kicked. */
function disk(): DrivesOptions {
  const image = new RawImage(new MemoryStore("empty", new Uint8Array(DISK_SIZE)));
  return { drives: [{ interface: "virtio", media: "disk", index: 0, image }], bootOrder: [] };
}

/** On bare hardware the devices are real. */
export function deviceCounter({ events }: Counters): MachineObserver {
  const count = (event: EventName) => {
    events[EVENT[event]]!++;
  };
  return {
    port: () => count("deviceAccesses"),
    mmio: (_write, address) => count(address >= LOCAL_APIC && address < LOCAL_APIC + 4096 ? "apicAccesses" : "deviceAccesses"),
    kick: () => count("kicks"),
  };
}

function creator(module: ProcessorModule, { options }: RoadChoice, counting: boolean, translate: TranslationPolicy): CreateNanoMachine {
  const kernel = buildGuest(options?.road === "pv" ? "nanobench-pv" : "nanobench").bytes;
  return (commandLine, serial1) => {
    const bare = new Counters();
    const machine = new Machine({
      module,
      ramBytes: MEMORY,
      clock: counting ? "virtual" : "real",
      hostTime,
      wallClock: 0,
      stopOnReset: true,
      translate,
      translator: translatorOptions("on"),
      output: { serial1 },
      drives: disk(),
      ...(options ? { road: options } : counting ? { observer: deviceCounter(bare) } : {}),
    });
    machine.boot({ kind: "kernel", kernel, commandLine });
    const { vcpu } = machine;
    const events = vcpu ? undefined : new ProcessorEvents(machine.cpu.view);
    const instructions = () => Number(machine.cpu.instructions);
    const counters = () => {
      events?.end(bare);
      vcpu?.settleCounters?.();
      return vcpu?.counters ?? bare;
    };
    return {
      machine,
      instruments: {
        time: hostTime,
        instructions,
        get counters() {
          return counters();
        },
      },
    };
  };
}

/** What `more` has beyond `less`, divided. */
function perTurn<K>(less: ReadonlyMap<K, number>, more: ReadonlyMap<K, number>, turns: number): Map<K, number> {
  const each = new Map<K, number>();
  for (const key of new Set([...less.keys(), ...more.keys()])) {
    const difference = (more.get(key) ?? 0) - (less.get(key) ?? 0);
    if (difference !== 0) each.set(key, difference / turns);
  }
  return each;
}

/** One turn, from two runs that differ in nothing but how many turns they did: what is done once is in both. */
export function figuresOf(less: LoopRun, more: LoopRun): LoopFigures {
  const turns = more.iterations - less.iterations;
  return {
    name: more.name,
    instructions: (more.instructions - less.instructions) / turns,
    counts: {
      exits: perTurn(less.counts.exits, more.counts.exits, turns),
      events: perTurn(less.counts.events, more.counts.events, turns),
    },
  };
}

/** Exact counts of one turn of each loop. They do not depend on the translator, but without it not even what is done once depends on what is hot. */
export function countRoad(module: ProcessorModule, choice: RoadChoice, translate: TranslationPolicy = "off"): RoadFigures {
  const create = creator(module, choice, true, translate);
  const [more, less] = COUNTED.map((divisor) => runNanobench(create, divisor)) as [NanoResults, NanoResults];
  const loops = more.runs.flatMap((run) => {
    const other = less.runs.find(({ name }) => name === run.name);
    return other ? [figuresOf(other, run)] : [];
  });
  return { choice, loops, failures: more.failures };
}

/** Host nanoseconds of one turn of each loop: the fastest of some rounds, the loop's own instructions included. */
export function timeRoad(module: ProcessorModule, choice: RoadChoice, rounds: number): ReadonlyMap<string, number> {
  const divisor = choice.options?.road === "trap" ? TIMED.deprivileged : TIMED.bare;
  const fastest = new Map<string, number>();
  for (let round = 0; round < rounds; round++)
    for (const { name, time, iterations } of runNanobench(creator(module, choice, false, "on"), divisor).runs) {
      const nanoseconds = (time * 1e6) / iterations;
      fastest.set(name, Math.min(nanoseconds, fastest.get(name) ?? Number.POSITIVE_INFINITY));
    }
  return fastest;
}
