// The host's processor shared by virtual processors: shares, sleep, wake, stolen time, pinning. Virtual time, so every run is the same.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Host } from "../../core/vmm/host.js";
import { type Rest, Runner, type Task } from "../../core/vmm/scheduling/runner.js";
import type { Time } from "../../core/vmm/scheduling/stride-scheduler.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { VirtualClock } from "../../devices/machine/guest-clock.js";
import * as STATE from "../../wasm/abi/state.js";
import { ROADS, smallVm, startVcpu } from "./host-programs.js";

const module = builtProcessor();
const NANOSECONDS = 2;
const SLICE: Time = 20_000;
const PROGRAM = `
busy:   add eax, 1
        mov [0xa000], eax
        jmp busy
; Counts how often it was woken, and works a little each time.
sleeper:
        sti
        hlt
        inc dword [0xa000]
        mov ecx, 100
.work:  loop .work
        jmp sleeper
align 8
handler: iretd
`;

/** Owner of a virtual processor with nothing around it but a timer that interrupts every `period`. */
class Owner implements Task {
  private due: Time;

  constructor(
    readonly vcpu: Vcpu,
    /** How often the program was woken. */
    readonly wakes: () => number,
    private readonly clock: { now(): Time },
    private readonly period = Number.POSITIVE_INFINITY,
  ) {
    this.due = period;
  }

  run(until: Time): Rest {
    for (;;) {
      const now = this.clock.now();
      if (now >= this.due && this.vcpu.interruptible) {
        this.vcpu.queueInterrupt(0x20);
        this.due += this.period;
      }
      const count = Math.ceil((until - this.clock.now()) / NANOSECONDS);
      if (count <= 0) return { kind: "ready" };
      const exit = this.vcpu.run(count);
      if (exit.kind === "hlt" && this.clock.now() < this.due) return { kind: "waits", until: this.due };
      if (exit.kind !== "intr" && exit.kind !== "hlt") throw new Error(JSON.stringify(exit));
    }
  }
}

class Rig {
  readonly host = new Host({ module, memoryBytes: 48 << 20 });
  readonly clock = new VirtualClock(() => Number(this.host.cpu.instructions));
  readonly runner = new Runner(this.clock, SLICE);

  owner(road: RoadOptions, label: string, period?: Time): Owner {
    const small = smallVm(this.host, PROGRAM);
    const vcpu = startVcpu(small, road, label);
    // Vector 20H: an interrupt gate to the handler.
    small.view.setBigUint64(0x2100, BigInt(small.symbol("handler") & 0xffff) | (8n << 16n) | (0x8e00n << 32n) | (1n << 48n), true);
    vcpu.state.set(STATE.IDTR_BASE, 0x2000);
    vcpu.state.set(STATE.IDTR_LIMIT, 0x7ff);
    vcpu.stateChanged();
    return new Owner(vcpu, () => small.word(0xa000), this.clock, period);
  }
}

const TRAP: RoadOptions = { road: "trap" };
const HW: RoadOptions = { road: "hw" };
const executed = ({ vcpu }: Owner) => Number(vcpu.state.instructions);

/** The host's clock also counts attempts at instructions that the guest has executed once: one for each page that it touched. */
function expectAllBut(attempts: number, instructions: number, time: Time): void {
  expect(instructions).toBeLessThanOrEqual(time / NANOSECONDS);
  expect(instructions).toBeGreaterThanOrEqual(time / NANOSECONDS - attempts);
}

test("shares of 1 to 3 give instructions of 1 to 3, on whatever roads", () => {
  for (const [first, second] of [
    [TRAP, HW],
    [HW, TRAP],
  ] as const) {
    const rig = new Rig();
    const [one, three] = [rig.owner(first, "busy"), rig.owner(second, "busy")];
    rig.runner.add(one, { shares: 500 });
    rig.runner.add(three, { shares: 1500 });
    rig.runner.run(400 * SLICE);
    expectAllBut(10, executed(one) + executed(three), 400 * SLICE);
    expect(executed(three) / executed(one)).toBeGreaterThan(2.95);
    expect(executed(three) / executed(one)).toBeLessThan(3.05);
    rig.runner.setShares(one, 1500);
    const before = executed(one);
    rig.runner.run(600 * SLICE);
    expect((executed(one) - before) / ((200 * SLICE) / NANOSECONDS)).toBeCloseTo(0.5, 1);
  }
});

describe.each(Object.entries(ROADS))("%s", (_, road) => {
  test("who sleeps takes nothing, who wakes runs soon, and ran, stolen and idle time add up", () => {
    const rig = new Rig();
    // Ten slices between two interrupts.
    const [busy, sleeper] = [rig.owner(road, "busy"), rig.owner(road, "sleeper", 10 * SLICE)];
    rig.runner.add(busy);
    rig.runner.add(sleeper);
    const end = 1000 * SLICE;
    expect(rig.runner.run(end)).toBe(end);
    expect(sleeper.wakes()).toBe(99);
    // What is executed on bt is the translation, in which LOOP is two instructions.
    expect(executed(sleeper)).toBeLessThan(99 * (road.road === "bt" ? 220 : 120));
    const accounts = [busy, sleeper].map((task) => rig.runner.accounting(task));
    for (const { ran, stolen, idle } of accounts) expect(ran + stolen + idle).toBe(end);
    expect(accounts[0]!.ran + accounts[1]!.ran).toBe(end);
    expectAllBut(10, executed(busy), accounts[0]!.ran);
    // The sleeper missed nothing but its very first turn, though the other is never done; the other missed what the sleeper had.
    expectAllBut(10, SLICE / NANOSECONDS, accounts[1]!.stolen);
    expect(accounts[0]!.stolen).toBe(accounts[1]!.ran);
  });
});

test("with nothing to do the clock jumps to who wakes first; with no timer only wake() helps", () => {
  const rig = new Rig();
  const [timed, input] = [rig.owner(HW, "sleeper", 1000 * SLICE), rig.owner(TRAP, "sleeper")];
  rig.runner.add(timed);
  rig.runner.add(input);
  rig.runner.run(10_500 * SLICE);
  expect(rig.clock.now()).toBe(10_500 * SLICE);
  expect(executed(timed)).toBeLessThan(2000);
  expect(rig.runner.accounting(timed).idle).toBeGreaterThan(10_499 * SLICE);
  rig.runner.remove(timed);
  expect(rig.runner.run(20_000 * SLICE)).toBe(Number.POSITIVE_INFINITY);
  const before = executed(input);
  input.vcpu.queueInterrupt(0x20);
  rig.runner.wake(input);
  rig.runner.run(20_000 * SLICE);
  expect(executed(input) - before).toBeGreaterThan(100);
});

test("every run is the same to the instruction", () => {
  const counts = () => {
    const rig = new Rig();
    const owners = [rig.owner(HW, "busy"), rig.owner(TRAP, "sleeper", 3333), rig.owner(TRAP, "busy")];
    for (const [i, owner] of owners.entries()) rig.runner.add(owner, { shares: 100 + 7 * i });
    rig.runner.run(100 * SLICE);
    return owners.map((owner) => [executed(owner), rig.runner.accounting(owner)]);
  };
  expect(counts()).toEqual(counts());
});

test("pinning is to the host's one processor, or refused", () => {
  const rig = new Rig();
  const owner = rig.owner(HW, "busy");
  rig.runner.add(owner, { pinnedTo: [0] });
  rig.runner.run(SLICE);
  expectAllBut(10, executed(owner), SLICE);
  expect(() => rig.runner.pin(owner, [1])).toThrow("there is no host processor 1; there are 0 to 0");
  expect(() => new Runner(rig.clock, 0)).toThrow("a time slice is a positive time, not 0");
});
