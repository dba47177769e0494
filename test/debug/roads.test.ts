// The stepper on virtual machines: on each road it stops where it stops on bare hardware, at the same count of instructions, and goes back as there.
import { describe, expect, test } from "vitest";
import { type Breakpoint, EVENTS } from "../../core/debug/breakpoints.js";
import { explore } from "../../core/debug/explore.js";
import { previousEvent, previousHit, previousInstruction, previousWrite } from "../../core/debug/reverse.js";
import { EVENT } from "../../core/vmm/events/counters.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { assemble } from "../../guests/assembler/index.js";
import { buildGuest } from "../../guests/catalog.js";
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";
import { debugRig, eip, finish, teachingKernel } from "./rig.js";

const ROADS: readonly RoadOptions[] = [
  { road: "hw", paging: "nested" },
  { road: "hw", paging: "shadow" },
  { road: "trap", compression: "0/1/3" },
  { road: "trap", compression: "0/3/3" },
  { road: "bt" },
];
const { symbols } = buildGuest("teaching-kernel");
const at = (name: string) => Number(symbols.get(name)!.value);
const COMMANDS = "ring0> syscall\nring0> pagefault\nring0> preempt\nring0> off\n";

/** Input comes by the guest's time alone. */
const kernel = (road?: RoadOptions, distance = 5_000) =>
  teachingKernel(COMMANDS, { ramBytes: 8 << 20, hostTime: () => 0, distance, ...(road ? { road } : {}) });
type Rig = ReturnType<typeof kernel>;

/** Run to a count of instructions; what was typed has been typed. */
function runTo(rig: Rig, instructions: number): void {
  while (rig.session.target.position.instructions < instructions) {
    const result = rig.session.run(Math.min(1000, instructions - rig.session.target.position.instructions), 10);
    rig.type();
    if (result.ended) return;
  }
}

const placeOf = (rig: Rig) => {
  const { cpu } = rig.machine;
  const { instructions, time } = rig.session.target.position;
  return `${instructions} ${time} ${cpu.segment(STATE.CS).selector & ~3}:${eip(rig).toString(16)}`;
};

/** Every stop from here on, until so many instructions. */
function stops(rig: Rig, breakpoints: readonly Breakpoint[], end: number): string[] {
  for (const breakpoint of breakpoints) rig.session.insert(breakpoint);
  rig.session.arm();
  const seen: string[] = [];
  let next = rig.session.target.position.instructions;
  while (rig.session.target.position.instructions < end) {
    next = Math.max(next, rig.session.target.position.instructions + 1);
    const result = rig.session.run(next - rig.session.target.position.instructions, 10);
    const stop = rig.session.judge(result);
    if (stop?.kind === "hit") seen.push(`${stop.hit.kind} ${stop.hit.first.toString(16)} ${stop.hit.second} ${placeOf(rig)}`);
    for (const vcpu of rig.session.vcpus) vcpu.passBreakpoint();
    if (result.ended) break;
    if (rig.session.target.position.instructions < next) continue;
    rig.type();
    next += 1000;
  }
  rig.session.removeAll();
  return seen;
}

const steps = (rig: Rig, count: number) =>
  Array.from({ length: count }, () => {
    finish(rig.session.step());
    return placeOf(rig);
  });

const LATE = 40_000;

const BREAKPOINTS: readonly (readonly [string, readonly Breakpoint[]])[] = [
  ["code", ["print_text", "user_main", "user_syscalls"].map((name) => ({ kind: "execute", address: at(name) }))],
  ["data: stacks of task and kernel", [{ kind: "data", start: 0x202000, end: 0x203fff, read: true, write: true }]],
  ["events", EVENTS],
  ["modes", [{ kind: "mode" }]],
];

const bare = new Map(BREAKPOINTS.map(([name, breakpoints]) => [name, stops(kernel(), breakpoints, LATE)] as const));
const plain = (() => {
  const rig = kernel();
  const first = steps(rig, 500);
  runTo(rig, LATE);
  return { first, late: steps(rig, 500), output: rig.output() };
})();

/** For multiboot: MSRs, a repeated input, a far load through watched memory. */
const program = assemble(
  "roads.asm",
  `bits 32
   org 0x100000
   jmp start
   align 4
header: dd 0x1badb002, 0x10000, -(0x1badb002 + 0x10000) & 0xffffffff, header, 0x100000, end, end, start
start:
   mov esp, 0x9000
   lgdt [gdtr]
   mov ecx, 0x174
   mov eax, 8
   xor edx, edx
   wrmsr
after_wrmsr:
   mov ecx, 0x1b
   rdmsr
after_rdmsr:
   mov edx, 0x80
   mov edi, 0x8000
   mov ecx, 5
   mov eax, 0x10
   mov es, eax
input:
   rep insb
after_input:
   mov eax, 0x10
   mov [0x8104], eax
   mov dword [0x8100], 0x1234
   lss eax, [0x8100]
after_lss:
   mov al, 1
   out 0xf4, al
   align 4
gdt: dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr: dw 23
   dd gdt
end:
`,
);
const label = (name: string) => Number(program.symbols.get(name)!.value);
const small = (road?: RoadOptions) =>
  debugRig({ kind: "kernel", kernel: program.bytes, commandLine: "" }, { ramBytes: 8 << 20, ...(road ? { road } : {}) });

describe.each<RoadOptions | undefined>([undefined, ...ROADS])("a program on %j", (road) => {
  test("MSRs stop behind their instruction, and a repeated one is one step over, with one breakpoint before it", () => {
    const rig = small(road);
    rig.session.insert({ kind: "msr" });
    for (const [name, index, kind] of [
      ["after_wrmsr", 0x174, STOP.STOP_WRITE],
      ["after_rdmsr", 0x1b, STOP.STOP_READ],
    ] as const) {
      expect(finish(rig.session.resume())).toMatchObject({ hit: { kind: STOP.HIT_MSR, first: index, second: kind } });
      expect(eip(rig)).toBe(label(name));
    }
    rig.session.insert({ kind: "execute", address: label("input") });
    expect(finish(rig.session.resume())).toMatchObject({ hit: { kind: STOP.HIT_EXECUTE, first: label("input") } });
    expect(finish(rig.session.stepOver()).kind).toBe("step");
    expect([eip(rig), Number(rig.machine.cpu.register(STATE.RCX))]).toEqual([label("after_input"), 0]);
    rig.session.insert({ kind: "data", start: 0x8104, end: 0x8105, read: true, write: false });
    expect(finish(rig.session.resume())).toMatchObject({ hit: { kind: STOP.HIT_DATA, first: 0x8104, second: STOP.STOP_READ } });
    expect([eip(rig), Number(rig.machine.cpu.register(STATE.RAX))]).toEqual([label("after_lss"), 0x1234]);
  });
});

describe.each(ROADS)("%j", (road) => {
  test("is stepped as bare hardware is: no step is the VMM's, and none of the guest's is left out", () => {
    const rig = kernel(road);
    expect(steps(rig, 500)).toEqual(plain.first);
    runTo(rig, LATE);
    expect(steps(rig, 500)).toEqual(plain.late);
    expect(rig.output()).toBe(plain.output);
  });

  test.each(BREAKPOINTS)("stops as bare hardware does for %s", (name, breakpoints) => {
    expect(stops(kernel(road), breakpoints, LATE)).toEqual(bare.get(name));
  });

  test("goes back: by steps, to writes, breakpoints and events; and forward again to the same state, to the byte", () => {
    const rig = kernel(road);
    const { session, machine } = rig;
    runTo(rig, LATE);
    const state = machine.save();
    const { instructions } = session.target.position;
    for (const distance of [1, 2, 777, 33_333]) {
      for (const _ of session.timeline!.goTo(instructions - distance, 10));
      expect(session.target.position.instructions).toBe(instructions - distance);
      while (session.target.position.instructions < instructions) session.run(instructions - session.target.position.instructions, 10);
      expect(Buffer.compare(machine.save(), state), `${distance}`).toBe(0);
    }
    const places: string[] = [];
    for (let n = 0; n < 15; n++) {
      places.push(placeOf(rig));
      finish(session.step());
    }
    for (const place of places.toReversed()) {
      finish(previousInstruction(session));
      expect(placeOf(rig)).toBe(place);
    }
    expect(finish(previousWrite(session, 0x202000, 0x203fff))).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_DATA } });
    session.insert({ kind: "execute", address: at("user_main") });
    expect(finish(previousHit(session))).toMatchObject({ kind: "hit", hit: { first: at("user_main") } });
    expect(eip(rig)).toBe(at("user_main"));
    session.removeAll();
    expect(finish(previousEvent(session)).kind).toBe("hit");
  });

  test("does not know that it is watched", () => {
    const run = (breakpoints: readonly Breakpoint[]) => {
      const rig = kernel(road);
      const seen = stops(rig, breakpoints, LATE).length;
      return { seen, state: rig.machine.save() };
    };
    const watched = run(BREAKPOINTS.flatMap(([, breakpoints]) => breakpoints));
    expect(watched.seen).toBeGreaterThan(1000);
    expect(Buffer.compare(watched.state, run([]).state)).toBe(0);
  });
});

test("bt: translated code leaves a breakpoint and a watched range nothing to run over, and is translated again behind them", () => {
  const rig = teachingKernel(COMMANDS, { ramBytes: 8 << 20, clock: "real", road: { road: "bt" } });
  const { session, machine } = rig;
  const { translations } = EVENT;
  const { events } = machine.vcpu!.counters;
  // Without a way back nothing is counted for it, and the kernel is translated.
  const toPrompt = () => {
    while (!rig.output().endsWith("ring0> ")) session.run(100_000, 10);
  };
  toPrompt();
  expect(events[translations]).toBeGreaterThan(50);
  const stopped = (breakpoint: Breakpoint) => {
    session.insert(breakpoint);
    rig.type();
    const before = events[translations];
    const stop = finish(session.resume());
    expect(events[translations]).toBe(before);
    session.removeAll();
    return stop;
  };
  expect(stopped({ kind: "execute", address: at("print_text") })).toMatchObject({
    hit: { kind: STOP.HIT_EXECUTE, first: at("print_text") },
  });
  expect(eip(rig)).toBe(at("print_text"));
  const esp = Number(machine.cpu.register(STATE.RSP));
  expect(stopped({ kind: "data", start: esp - 64, end: esp - 1, read: false, write: true })).toMatchObject({
    hit: { kind: STOP.HIT_DATA, second: STOP.STOP_WRITE },
  });
  rig.type();
  toPrompt();
});

test("pv: there is a way back to the first instruction, whose state is a processor's as any", () => {
  const options = { ramBytes: 8 << 20, hostTime: () => 0, distance: 5_000, road: { road: "pv" } } as const;
  const rig = teachingKernel("", options, "teaching-kernel-pv");
  const first = placeOf(rig);
  for (let n = 0; n < 3; n++) finish(rig.session.step());
  for (let n = 0; n < 3; n++) finish(previousInstruction(rig.session));
  expect(placeOf(rig)).toBe(first);
});

test("pv: the paravirtual kernel is stepped, stopped at breakpoints and events, and gone back in", () => {
  const options = { ramBytes: 8 << 20, hostTime: () => 0, distance: 5_000, road: { road: "pv" } } as const;
  const rig = teachingKernel(COMMANDS, options, "teaching-kernel-pv");
  const { session, machine } = rig;
  runTo(rig, 20_000);
  const state = machine.save();
  for (const distance of [1, 777, 15_000]) {
    for (const _ of session.timeline!.goTo(20_000 - distance, 10));
    while (session.target.position.instructions < 20_000) session.run(20_000 - session.target.position.instructions, 10);
    expect(Buffer.compare(machine.save(), state), `${distance}`).toBe(0);
  }
  const places: string[] = [];
  for (let n = 0; n < 15; n++) {
    places.push(placeOf(rig));
    finish(session.step());
  }
  for (const place of places.toReversed()) {
    finish(previousInstruction(session));
    expect(placeOf(rig)).toBe(place);
  }
  // Its page tables have host-physical addresses, and are what the processor walks.
  const esp = Number(machine.cpu.register(STATE.RSP));
  const { guest, outcomes } = explore(session.vcpus[0]!, esp);
  expect([guest.mode, guest.broken, outcomes.find(({ access }) => access.kind === "write" && !access.user)!.outcome.kind]).toEqual([
    "32-bit",
    undefined,
    "allowed",
  ]);
  const user = Number(buildGuest("teaching-kernel-pv").symbols.get("user_main")!.value);
  session.insert({ kind: "execute", address: user });
  expect(finish(previousHit(session))).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_EXECUTE, first: user } });
  session.removeAll();
  session.insert({ kind: "software", vector: 0x80 });
  expect(finish(session.resume())).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_SOFTWARE, first: 0x80 } });
});
