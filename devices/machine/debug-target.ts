// The whole PC as a debugger's target. Ports are watched here: the processor does not know which there are.
import { CpuVcpu } from "../../core/debug/cpu-vcpu.js";
import type { Checkpoint, DebugTarget, Position, RunResult, StopSet } from "../../core/debug/target.js";
import { ExitLog } from "../../core/vmm/debug/exit-log.js";
import { VmProcessor } from "../../core/vmm/vm-processor.js";
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";
import { type MachineCheckpoint, returnTo, takeCheckpoint } from "./checkpoint.js";
import type { Machine } from "./machine.js";
import type { Ending, MachineObserver, Slice } from "./machine-options.js";

/** Milliseconds between two looks at whether the host has delivered what a disk waits for. */
const HOST_PAUSE = 1;

/** What runs the machine: itself, or a Pacer. */
interface Runner {
  run(milliseconds: number, limit: number): Slice;
}

/** To be given to the machine as its observer when it is made, for stops at ports. */
export class PortWatch implements MachineObserver {
  ports: StopSet["ports"] = new Set();
  machine: Machine | undefined;
  private readonly counts = new Map<string, number>();

  private count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  get counters(): ReadonlyMap<string, number> {
    return this.counts;
  }

  mmio(write: boolean): void {
    this.count(write ? "memory-mapped writes" : "memory-mapped reads");
  }

  interrupt(vector: number): void {
    if (vector >= 0) this.count(`interrupts, vector ${vector}`);
  }

  port(write: boolean, port: number, size: number): void {
    this.count(`${write ? "OUT" : "IN"}, port ${port.toString(16)}`);
    const { ports } = this;
    if (ports !== "all") {
      if (ports.size === 0) return;
      let touched = false;
      for (let i = 0; i < size; i++) touched ||= ports.has((port + i) & 0xffff);
      if (!touched) return;
    }
    this.machine?.cpu.stops.report(STOP.HIT_PORT, port, write ? STOP.STOP_WRITE : STOP.STOP_READ);
  }
}

export class MachineTarget implements DebugTarget {
  readonly vcpus: readonly [CpuVcpu];
  readonly exits: ExitLog | undefined;
  /** Set when the guest has ended. */
  ending: Ending | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly watch: PortWatch,
    private readonly runner: Runner = machine,
  ) {
    watch.machine = machine;
    const { cpu } = machine;
    this.vcpus = [new CpuVcpu(cpu, cpu instanceof VmProcessor ? cpu.underneath : undefined)];
    this.exits = machine.vcpu && new ExitLog(machine.vcpu);
    if (machine.vcpu) machine.vcpu.countsExactly = this.isRepeatable;
  }

  get isRepeatable(): boolean {
    return this.machine.clock.kind === "virtual";
  }

  get position(): Position {
    return { instructions: Number(this.machine.cpu.instructions), time: this.machine.clock.now() };
  }

  setStops({ addresses, ranges, ports, events, exits }: StopSet): void {
    this.machine.cpu.stops.set(addresses, ranges, events);
    this.watch.ports = ports;
    if (this.machine.vcpu) this.machine.vcpu.stops.exits = exits;
  }

  run(count: number, milliseconds: number): RunResult {
    const slice = this.runner.run(milliseconds, count);
    const hit = this.machine.cpu.stops.take();
    this.ending = slice.ending;
    return {
      ...(hit ? { hit } : {}),
      ...(slice.ending ? { ended: true } : {}),
      ...(slice.idle === undefined ? {} : { idle: slice.waits ? Math.min(slice.idle, HOST_PAUSE) : slice.idle }),
    };
  }

  /** Replayed events count again. */
  counters(): ReadonlyMap<string, number> {
    const { view } = this.machine.cpu;
    return new Map([
      ["instructions", this.position.instructions],
      ["exceptions", view.getUint32(STATE.EXCEPTIONS, true)],
      ...[...this.watch.counters].sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  }

  capture(previous: Checkpoint | undefined): MachineCheckpoint {
    return takeCheckpoint(this.machine, this.position, previous as MachineCheckpoint | undefined);
  }

  restore(checkpoint: Checkpoint): void {
    returnTo(this.machine, checkpoint as MachineCheckpoint);
    this.machine.cpu.stops.forget();
    this.exits?.forgetAfter(checkpoint.position.instructions);
    this.ending = undefined;
  }
}
