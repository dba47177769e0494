// The hw road: guests in SVM's guest mode on nested page tables are as on bare hardware.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { Host } from "../../core/vmm/host.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import * as STATE from "../../wasm/abi/state.js";
import * as SVM from "../../wasm/abi/svm.js";
import { TOP } from "../support/requirements.js";

const module = builtProcessor();
const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
const RAM = 1 << 20;

/** A machine with one guest that gets a transcript typed. */
function start(guest: string, options: Partial<MachineOptions>) {
  const typist = new Typist(commandsOf(transcript));
  const input: number[] = [];
  const machine = new Machine({
    module,
    ramBytes: 16 << 20,
    clock: "virtual",
    hostTime: () => 0,
    wallClock: 0,
    output: {
      serial1: (byte) => {
        for (const character of typist.feed(String.fromCharCode(byte))) input.push(character.charCodeAt(0));
      },
    },
    ...options,
  });
  const { kind, bytes } = buildGuest(guest);
  machine.boot(kind === "multiboot" ? { kind: "kernel", kernel: bytes, commandLine: "" } : { kind: "image", image: bytes });
  const run = () => {
    for (let i = 0; i < 4000; i++) {
      while (input.length > 0 && machine.board.com1.waiting < 8) machine.board.com1.receive(input.shift()!);
      const { ending } = machine.run(1000, 50_000);
      if (ending) return ending.kind;
    }
    return "no end";
  };
  return { machine, run, text: () => typist.text };
}

const PAGINGS = ["nested", "shadow"] as const;

describe.each(PAGINGS)("with %s paging", (paging) => {
  const road: RoadOptions = { road: "hw", paging };

  test.each(Object.keys(TRANSLATION_POLICIES) as TranslationPolicy[])(
    "the teaching kernel prints its transcript, to the letter, and switches off (translator %s)",
    (translate) => {
      const { run, text } = start("teaching-kernel", { road, translate });
      expect(run()).toBe("power-off");
      expect(text()).toBe(transcript);
    },
  );

  test("real mode is there: hello, from its first instruction", () => {
    const { run, text } = start("hello", { road });
    expect(run()).toBe("power-off");
    expect(text()).toBe("Hello from ring 0!\n");
  });
});

test("what is intercepted leaves the guest each time, what is not does not", () => {
  const host = new Host({ module, memoryBytes: 16 << 20 });
  const at = host.pages.allocateRange(RAM);
  const vm = host.createVm();
  vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
  const vcpu = vm.createVcpu({ road: "hw" });
  const entries = countEntries(host);
  // Real mode, F000:FFF0 is FFFFFFF0H: begin at 0:1000H instead. Loops of 100: CPUID; then the stack at a page not yet mapped, INT3 and IRET.
  const { state } = vcpu;
  state.setSegment(STATE.CS, { selector: 0, base: 0, limit: 0xffff, access: 0x9b });
  state.rip = 0x1000;
  const ram = host.cpu.ram.subarray(at, at + RAM);
  // MOV CX, 100; again: XOR EAX, EAX; MOV SI, CX; CPUID; MOV CX, SI; LOOP again; MOV CX, 100; INT3; LOOP (back to INT3); HLT.
  // Vector 3 at 0:2000H: IRET. The first INT3 faults on its stack, and is executed again.
  const code = [0x66, 0x31, 0xc0, 0x89, 0xce, 0x0f, 0xa2, 0x89, 0xf1, 0xe2, 0xf5];
  ram.set([0xb9, 100, 0, ...code, 0xb9, 100, 0, 0xcc, 0xe2, 0xfd, 0xf4], 0x1000);
  ram.set([0x00, 0x20, 0, 0], 12);
  ram[0x2000] = 0xcf;
  state.setRegister(4, 0x8000);
  vcpu.stateChanged();
  expect(vcpu.run(10_000)).toEqual({ kind: "hlt" });
  expect(state.rip).toBe(0x1015);
  expect(state.register(4) & 0xffff).toBe(0x8000);
  // One to begin with; an exit for each CPUID; a page each for code, vectors, stack and handler.
  expect(entries()).toBe(1 + 100 + 4);
});

/** How often a guest is entered. */
function countEntries(host: Host): () => number {
  const { cpu } = host;
  const enter = cpu.enterGuest.bind(cpu);
  let count = 0;
  cpu.enterGuest = (vmcb) => {
    count++;
    enter(vmcb);
  };
  return () => count;
}

test.each(PAGINGS)(
  "a snapshot in the middle, taken up by a machine on the same road or on bare hardware, goes on alike (%s paging)",
  (paging) => {
    const road: RoadOptions = { road: "hw", paging };
    const { machine, text } = start("teaching-kernel", { road });
    for (let i = 0; i < 100 && !text().endsWith("ring0> "); i++) machine.run(1000, 50_000);
    expect(text()).toContain("ring0> ");
    const file = machine.save();
    const printed = [{ road }, {}].map((road) => {
      let printed = "";
      const output = { serial1: (byte: number) => (printed += String.fromCharCode(byte)) };
      const resumed = new Machine({ module, ramBytes: 16 << 20, clock: "virtual", hostTime: () => 0, wallClock: 0, output, ...road });
      resumed.load(file);
      for (const character of "echo still here\roff\r") {
        resumed.board.com1.receive(character.charCodeAt(0));
        resumed.run(1000, 20_000);
      }
      expect(resumed.run(1000, 500_000).ending).toEqual({ kind: "power-off" });
      return printed;
    });
    expect(printed[0]).toContain("\r\nstill here\r\n");
    expect(printed[0]).toBe(printed[1]);
  },
);

test.each(PAGINGS)("memory that the owner moves or takes away is gone for a guest in the middle of a loop (%s paging)", (paging) => {
  const host = new Host({ module, memoryBytes: 24 << 20 });
  const at = host.pages.allocateRange(RAM);
  const [first, second] = [host.pages.allocateRange(4096), host.pages.allocateRange(4096)];
  const vm = host.createVm();
  vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
  vm.setMemorySlot(1, { physical: 0x800000, bytes: 4096, host: first });
  const vcpu = vm.createVcpu({ road: "hw", paging });
  const { state } = vcpu;
  for (let s = STATE.ES; s <= STATE.GS; s++)
    state.setSegment(s, { selector: s === STATE.CS ? 8 : 16, base: 0, limit: 0xffffffff, access: s === STATE.CS ? 0xc09b : 0xc093 });
  state.set(STATE.CR0, 0x31);
  state.rip = 0x10000;
  // again: MOV EAX, [800000H]; INC DWORD [800004H]; JMP again.
  host.cpu.ram.set([0xa1, 0, 0, 0x80, 0, 0xff, 0x05, 4, 0, 0x80, 0, 0xeb, 0xf3], at + 0x10000);
  host.cpu.ram[first] = 1;
  host.cpu.ram[second] = 2;
  vcpu.stateChanged();
  expect(vcpu.run(300)).toEqual({ kind: "intr" });
  const counts = () => [host.cpu.ram[first + 4]!, host.cpu.ram[second + 4]!];
  const [before] = counts();
  expect([state.register(0), before! > 90]).toEqual([1, true]);
  vm.setMemorySlot(1, { physical: 0x800000, bytes: 4096, host: second });
  expect(vcpu.run(300)).toEqual({ kind: "intr" });
  const [still, moved] = counts();
  expect([state.register(0), still, moved! > 90]).toEqual([2, before, true]);
  vm.setMemorySlot(1, { physical: 0x800000, bytes: 4096, host: second, readOnly: true });
  expect(vcpu.run(300)).toEqual({ kind: "mmio", write: true, physical: 0x800004, size: 4, value: moved! + 1 });
  vm.setMemorySlot(1, undefined);
  expect(vcpu.run(300)).toEqual({ kind: "mmio", write: false, physical: 0x800000, size: 4 });
  vcpu.completeInput(0x77);
  expect(vcpu.run(300)).toEqual({ kind: "mmio", write: false, physical: 0x800004, size: 4 });
  expect([state.register(0), ...counts()]).toEqual([0x77, before, moved]);
});

test.each(PAGINGS)("an x87 error without CR0.NE is told once, with interrupts off too, and the guest goes on (%s paging)", (paging) => {
  const host = new Host({ module, memoryBytes: 16 << 20 });
  const at = host.pages.allocateRange(RAM);
  const vm = host.createVm();
  vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
  const vcpu = vm.createVcpu({ road: "hw", paging });
  const { state, counters } = vcpu;
  state.setSegment(STATE.CS, { selector: 0, base: 0, limit: 0xffff, access: 0x9b });
  state.rip = 0x1000;
  // CR0.ET without NE. FNINIT; FLDCW [2000H]; FLD1; FLDZ; FDIVP; FNOP with the error pending; FNCLEX; FNOP; HLT.
  state.set(STATE.CR0, 0x10);
  const ram = host.cpu.ram.subarray(at, at + RAM);
  ram.set([0xdb, 0xe3, 0xd9, 0x2e, 0x00, 0x20, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0xd9, 0xd0, 0xdb, 0xe2, 0xd9, 0xd0, 0xf4], 0x1000);
  ram.set([0x7b, 0x03], 0x2000);
  vcpu.stateChanged();
  expect(vcpu.run(1000)).toEqual({ kind: "fpu-error" });
  expect(state.rip).toBe(0x100e);
  expect(vcpu.run(1000)).toEqual({ kind: "hlt" });
  expect(counters.exits[SVM.VMEXIT_FERR_FREEZE]).toBe(1);
});

test("guests on different roads share one host, and do not see each other", () => {
  const host = new Host({ module, memoryBytes: 40 << 20 });
  const roads: RoadOptions[] = [{ road: "hw" }, { road: "trap" }, { road: "hw" }, { road: "trap", compression: "0/3/3" }];
  const guests = roads.map((road, n) => {
    const at = host.pages.allocateRange(RAM);
    const vm = host.createVm();
    vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
    const vcpu = vm.createVcpu(road);
    const ram = host.cpu.ram.subarray(at, at + RAM);
    const { state } = vcpu;
    for (let s = STATE.ES; s <= STATE.GS; s++)
      state.setSegment(s, { selector: s === STATE.CS ? 8 : 16, base: 0, limit: 0xffffffff, access: s === STATE.CS ? 0xc09b : 0xc093 });
    state.set(STATE.CR0, 0x31);
    state.set(STATE.GDTR_LIMIT, 23);
    state.set(STATE.GDTR_BASE, 0x1000);
    state.setRegister(4, 0x8000);
    state.rip = 0x10000;
    // again: ADD EAX, n + 1; MOV [5000H], EAX; CLI; JMP again.
    ram.set([0x83, 0xc0, n + 1, 0xa3, 0, 0x50, 0, 0, 0xfa, 0xeb, 0xf5], 0x10000);
    vcpu.stateChanged();
    return { vcpu, ram, step: n + 1 };
  });
  for (let turn = 0; turn < 50; turn++) for (const { vcpu } of guests) expect(vcpu.run(400).kind).toBe("intr");
  for (const { vcpu, ram, step } of guests) {
    // Four instructions a turn: 50 x 400 / 4 additions.
    expect(vcpu.state.register(0)).toBe(5000 * step);
    expect(new DataView(ram.buffer, ram.byteOffset).getUint32(0x5000, true)).toBe(5000 * step);
  }
});
