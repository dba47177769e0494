// Several virtual processors, which gdb calls threads: two small ones of one target.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { CpuVcpu } from "../../core/debug/cpu-vcpu.js";
import { Debugger } from "../../core/debug/debugger.js";
import { framePacket, PacketReader } from "../../core/debug/gdb/packet.js";
import { GdbServer } from "../../core/debug/gdb/server.js";
import type { Checkpoint, DebugTarget, RunResult, StopSet } from "../../core/debug/target.js";
import { CODE, RAM, RingMachine } from "../../core/labs/ring-machine.js";
import { Host } from "../../core/vmm/host.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import { VMM_BYTES } from "../../core/vmm/vm-processor.js";
import * as STATE from "../../wasm/abi/state.js";

const module = builtProcessor();

/** Each runs INC AX; JMP from its own address on. */
class Two implements DebugTarget {
  readonly isRepeatable = false;
  readonly cpus = [0x1000, 0x2000].map((start) => {
    const { cpu } = smallMachine({ module });
    cpu.ram.set([0x40, 0xeb, 0xfd], start);
    cpu.setSegment(STATE.CS, { ...cpu.segment(STATE.CS), selector: 0, base: 0 });
    cpu.view.setUint32(STATE.RIP, start, true);
    cpu.synchronize();
    return cpu;
  });
  readonly vcpus = this.cpus.map((cpu) => new CpuVcpu(cpu));

  get position() {
    return { instructions: this.vcpus.reduce((sum, { instructions }) => sum + instructions, 0), time: 0 };
  }

  setStops({ addresses, ranges, events }: StopSet): void {
    for (const cpu of this.cpus) cpu.stops.set(addresses, ranges, events);
  }

  /** The one that steps runs alone. */
  run(count: number, _milliseconds: number, only?: number): RunResult {
    for (const [vcpu, cpu] of this.cpus.entries()) {
      if (only !== undefined && vcpu !== only) continue;
      cpu.run(Math.min(count, 100));
      const hit = cpu.stops.take();
      if (hit) return { hit, vcpu };
    }
    return {};
  }

  capture(): Checkpoint {
    throw new Error("it is not repeatable");
  }

  restore(): void {}

  counters(): ReadonlyMap<string, number> {
    return new Map();
  }
}

const target = new Two();
let sent: string[] = [];
const reader = new PacketReader();
const server = new GdbServer(
  new Debugger(target),
  {
    send: (bytes) => {
      for (const event of reader.feed(bytes)) if (event.kind === "packet") sent.push(event.data);
    },
    killed: () => {},
  },
  false,
);
server.connected();

function ask(data: string): string | undefined {
  sent = [];
  server.receive(framePacket(data));
  for (let i = 0; i < 10 && sent.length === 0; i++) server.slice();
  return sent.at(-1);
}

const eip = (n: number) => Number(target.vcpus[n]!.read("eip"));

test("both are told, and registers are those of the chosen one", () => {
  expect([ask("qfThreadInfo"), ask("T2"), ask("T3")]).toEqual(["m01,02", "OK", "E22"]);
  expect([ask("Hg2"), ask("p8"), ask("Hg1"), ask("p8")]).toEqual(["OK", "00200000", "OK", "00100000"]);
});

test("a step is one of the chosen processor, and the other's breakpoint is told as its", () => {
  expect(ask("vCont;s:2")).toMatch(/^T05thread:02;.*08:01200000;$/);
  expect([eip(0), eip(1)]).toEqual([0x1000, 0x2001]);
  expect(ask("Z0,2000,1")).toBe("OK");
  expect(ask("vCont;c")).toMatch(/^T05thread:02;/);
  expect([eip(1), ask("z0,2000,1"), ask("Z0,1001,1")]).toEqual([0x2000, "OK", "OK"]);
  expect(ask("vCont;c")).toMatch(/^T05thread:01;/);
  expect(eip(0)).toBe(0x1001);
});

test("virtual machines that share a host do not stop for each other's breakpoints", () => {
  const template = new RingMachine(module);
  template.prepare({ world: "guest", kernelDpl: 0, ring: 0, code: [0x40, 0xeb, 0xfd] });
  const host = new Host({ module, memoryBytes: 4 * (RAM + VMM_BYTES) });
  const vcpus = ([{ road: "trap" }, { road: "hw" }, { road: "trap" }] as const).map((road) => {
    const at = host.pages.allocateRange(RAM);
    const vm = host.createVm();
    vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
    host.cpu.ram.set(template.cpu.ram, at);
    vm.memoryWritten(0, RAM);
    const vcpu = vm.createVcpu(road);
    vcpu.state.bytes.set(template.cpu.saveState(), STATE.STATE_BASE);
    vcpu.stateChanged();
    return vcpu;
  });
  const [first, second, third] = vcpus as [Vcpu, Vcpu, Vcpu];
  first.stops.set([CODE + 1], [], 0);
  second.stops.set([CODE], [], 0);
  const run = (vcpu: Vcpu) => {
    const exit = vcpu.run(101);
    return exit.kind === "debug" ? vcpu.stops.take() : exit.kind;
  };
  for (let n = 0; n < 3; n++) {
    const linear = CODE + (n === 0 ? 0 : 1);
    if (n > 0) first.stops.pass(linear);
    second.stops.pass(second.state.rip);
    expect(run(first)).toMatchObject({ first: CODE + 1 });
    expect(run(third)).toBe("intr");
    expect(run(second)).toMatchObject({ first: CODE });
  }
  first.stops.set([], [], 0);
  expect([run(first), run(third)]).toEqual(["intr", "intr"]);
});
