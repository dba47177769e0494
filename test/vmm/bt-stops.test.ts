// Stops of a debugger on the road bt, whose kernel code otherwise runs at other addresses.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { EVENT } from "../../core/vmm/events/counters.js";
import { Host } from "../../core/vmm/host.js";
import * as STOP from "../../wasm/abi/stop.js";
import { smallVm, startVcpu } from "./host-programs.js";

const module = builtProcessor();
const PROGRAM = `
again:  inc eax
emulated: cli
store:  mov [0xa000], eax
behind: pushfd
        popfd
        jmp again
`;
const INSTRUCTIONS = 6;

const start = (host = new Host({ module, memoryBytes: 32 << 20 })) => {
  const small = smallVm(host, PROGRAM);
  const vcpu = startVcpu(small, { road: "bt" }, "again");
  expect(vcpu.run(1000)).toEqual({ kind: "intr" });
  expect(vcpu.counters.events[EVENT.translations]).toBeGreaterThan(0);
  return { host, small, vcpu };
};

test.each(["again", "emulated", "store"])("translated code stops each time before the instruction at %s", (label) => {
  const { small, vcpu } = start();
  vcpu.stops.set([small.symbol(label)], [], 0);
  const turns: number[] = [];
  for (let n = 0; n < 3; n++) {
    expect(vcpu.run(1000)).toEqual({ kind: "debug" });
    expect(vcpu.stops.take()).toEqual({ kind: STOP.HIT_EXECUTE, first: small.symbol(label), second: 0 });
    expect(vcpu.state.rip).toBe(small.symbol(label));
    turns.push(vcpu.state.register(0) - (label === "again" ? 0 : 1));
    vcpu.stops.pass(small.symbol(label));
  }
  expect(turns.map((turn) => turn - turns[0]!)).toEqual([0, 1, 2]);
});

test("translated code stops behind a store to a watched range, and goes on translated without one", () => {
  const { small, vcpu } = start();
  vcpu.stops.set([], [{ start: 0xa000, end: 0xa003, read: false, write: true }], 0);
  expect(vcpu.run(1000)).toEqual({ kind: "debug" });
  expect(vcpu.stops.take()).toEqual({ kind: STOP.HIT_DATA, first: 0xa000, second: STOP.STOP_WRITE });
  expect([vcpu.state.rip, vcpu.state.register(0)]).toEqual([small.symbol("behind"), small.word(0xa000)]);
  vcpu.stops.set([], [], 0);
  const exits = vcpu.counters.exits.reduce((sum, count) => sum + count, 0);
  expect(vcpu.run(10_000)).toEqual({ kind: "intr" });
  expect(vcpu.counters.exits.reduce((sum, count) => sum + count, 0) - exits).toBeLessThan(20);
});

test("where the guest's own count is asked for, a run is so many of its instructions", () => {
  const { vcpu } = start();
  vcpu.countsExactly = true;
  vcpu.run(1000 - (1000 % INSTRUCTIONS));
  const [turn, rip, { instructions }] = [vcpu.state.register(0), vcpu.state.rip, vcpu.state];
  vcpu.run(100 * INSTRUCTIONS);
  expect([vcpu.state.register(0) - turn, vcpu.state.rip, vcpu.state.instructions - instructions]).toEqual([100, rip, 600n]);
});

test("runs of one instruction each come on", () => {
  const { vcpu } = start();
  const turn = vcpu.state.register(0);
  for (let n = 0; n < 10 * INSTRUCTIONS; n++) expect(vcpu.run(1)).toEqual({ kind: "intr" });
  expect(vcpu.state.register(0) - turn).toBe(10);
});

test("another's stops are not those of translated code", () => {
  const { host, vcpu } = start();
  const small = smallVm(host, PROGRAM);
  const other = startVcpu(small, { road: "hw" }, "again");
  other.stops.set([small.symbol("store")], [{ start: 0xa000, end: 0xa003, read: true, write: true }], 0);
  expect(other.run(1000)).toEqual({ kind: "debug" });
  expect(vcpu.run(1000)).toEqual({ kind: "intr" });
  expect([vcpu.stops.take(), other.stops.take()?.kind]).toEqual([undefined, STOP.HIT_EXECUTE]);
});
