import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { HostMemoryError } from "../../core/vmm/host-pages.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { SharedHost, type SharedMachine } from "./shared-host.js";

const module = builtProcessor();
const RAM = 4 << 20;
const SLICE = 100_000;
const HW: RoadOptions = { road: "hw" };
const STEAL_RECORD = 0x2000;
/** MOV ECX, 4B564D03h; MOV EAX, 2001h; XOR EDX, EDX; WRMSR; then a loop. */
const WATCHES = [0x66, 0xb9, 3, 0x4d, 0x56, 0x4b, 0x66, 0xb8, 1, 0x20, 0, 0, 0x66, 0x31, 0xd2, 0x0f, 0x30, 0xeb, 0xfe];
/** LIDT of zeros, then UD2. */
const FAULTS = [0x0f, 0x01, 0x1e, 0, 0x7e, 0x0f, 0x0b];
/** CLI; HLT. */
const HALTS = [0xfa, 0xf4];

function add(host: SharedHost, code: readonly number[], shares?: number): SharedMachine {
  const options = { road: HW, ramBytes: RAM, wallClock: 0, hypervisor: "kvm" } as const;
  const task = host.add(options, shares === undefined ? undefined : { shares });
  task.machine.boot({ kind: "image", image: Uint8Array.from(code) });
  return task;
}

const hostFor = (count: number) => new SharedHost({ module, machines: Array<number>(count).fill(RAM), slice: SLICE });
const stolenOf = ({ machine: { cpu } }: SharedMachine) =>
  Number(new DataView(cpu.ram.buffer, cpu.ram.byteOffset).getBigUint64(STEAL_RECORD, true));

test("a guest is told of the time that others had while it had work: three quarters of it with one share in four", () => {
  const host = hostFor(2);
  const [less, more] = [add(host, WATCHES, 1000), add(host, WATCHES, 3000)];
  const end = 200 * SLICE;
  host.runner.run(end);
  for (const [task, part] of [
    [less, 0.75],
    [more, 0.25],
  ] as const) {
    const { stolen } = host.runner.accounting(task);
    expect(stolen / end).toBeCloseTo(part, 1);
    // It was told at its last turn.
    expect(stolen - stolenOf(task)).toBeLessThanOrEqual(4 * SLICE);
    expect(stolenOf(task)).toBeLessThanOrEqual(stolen);
    expect(stolenOf(task)).toBeGreaterThan(0);
  }
  expect(less.machine.clock.now()).toBe(end);
});

test("a guest alone on its host misses nothing", () => {
  const host = hostFor(1);
  const task = add(host, WATCHES);
  host.runner.run(50 * SLICE);
  expect(host.runner.accounting(task)).toEqual({ ran: 50 * SLICE, stolen: 0, idle: 0 });
  expect(stolenOf(task)).toBe(0);
});

test("a guest that does nothing but reset, and one that has ended, leave the time to the others", () => {
  const host = hostFor(3);
  const [resets, ended, busy] = [add(host, FAULTS), add(host, HALTS), add(host, WATCHES)];
  const end = 100 * SLICE;
  host.runner.run(end);
  expect(resets.ending).toBeUndefined();
  expect(ended.ending).toEqual({ kind: "dead" });
  expect(host.runner.accounting(busy).ran).toBeGreaterThan(0.95 * end);
});

test("a host that is full says so, and those that are there go on", () => {
  const host = hostFor(1);
  const task = add(host, WATCHES);
  expect(() => add(host, WATCHES)).toThrow(HostMemoryError);
  host.runner.run(10 * SLICE);
  expect(host.runner.accounting(task).ran).toBe(10 * SLICE);
  expect(task.ending).toBeUndefined();
});
