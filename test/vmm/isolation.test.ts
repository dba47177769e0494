// Guests that attack: nothing of the host outside a guest's own pages changes, nothing crashes, every run ends.
import { describe, expect, test, vi } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { TruncatedTables } from "../../core/vmm/bt/truncated-tables.js";
import { EVENT } from "../../core/vmm/events/counters.js";
import { Host } from "../../core/vmm/host.js";
import type { VcpuState } from "../../core/vmm/state.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import * as STATE from "../../wasm/abi/state.js";
import { firstSeed } from "../fuzz/seed.js";
import { ATTACKED, GuestAttack } from "./attack.js";

const module = builtProcessor();
const RAM = 1 << 20;
const PAGE = 4096;
const MARK = 0xc7;
/** A host with an attacker and a victim, and marks in all pages that nobody has. */
function attack(road: RoadOptions, policy: "off" | "eager") {
  const translator = TRANSLATION_POLICIES[policy];
  const host = new Host({ module, memoryBytes: 24 << 20, ...(translator && { translator }) });
  host.cpu.ram.fill(MARK);
  const victim = host.pages.allocateRange(RAM);
  const vm = host.createVm();
  const at = host.pages.allocateRange(RAM);
  vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
  vm.setMemorySlot(1, { physical: 0x400000, bytes: 16 * PAGE, host: at, readOnly: true });
  const behind = host.pages.allocateRange(64 * PAGE);
  const vcpu = vm.createVcpu(road);
  const intact = () =>
    host.cpu.ram.subarray(victim, victim + RAM).every((byte) => byte === MARK) &&
    host.cpu.ram.subarray(behind, behind + 64 * PAGE).every((byte) => byte === MARK);
  return { host, vcpu, intact, ram: host.cpu.ram.subarray(at, at + RAM) };
}

/** States of each kind here; attack-soak.ts has the long run. */
const STATES: Readonly<Record<TranslationPolicy, number>> = { off: 600, on: 0, eager: 150 };
/** Seeds that once found something: a guest whose each delivery stored to a page table ran on after its run was over. */
const FOUND: Readonly<Record<string, readonly number[]>> = { "hw shadow": [20501538] };
/** Kinds of exits that guests get to on every road. */
const EXITS = ["intr", "io", "hlt", "shutdown", "interrupt-window", "internal-error"];

describe.each(Object.entries(ATTACKED))("%s", (name, options) => {
  test.each(FOUND[name] ?? [])("seed %i finds nothing any more", (seed) => {
    expect(new GuestAttack(module, { ...options, policy: "off" }).runCase(seed)).toBeUndefined();
  });

  test.each(["off", "eager"] as const)("random guests that attack change nothing outside their pages (translator %s)", (policy) => {
    const guests = new GuestAttack(module, { ...options, policy });
    const seed = firstSeed();
    for (let i = 0; i < STATES[policy]; i++) expect(guests.runCase(seed + i)).toBeUndefined();
    if (policy === "off") for (const kind of EXITS) expect(guests.exits[kind] ?? 0, kind).toBeGreaterThan(0);
    expect(guests.instructions / STATES[policy]).toBeGreaterThan(20);
    if (options.road.road === "bt") expect(guests.vcpu.counters.events[EVENT.translations]).toBeGreaterThan(STATES[policy]);
  });
});

test("an escape would be found: a mapping too many, a byte outside, a victim that was touched", () => {
  const wrong = (sabotage: (guests: GuestAttack) => void, road = "trap 0/1/3") => {
    const guests = new GuestAttack(module, { ...ATTACKED[road]!, policy: "off" });
    sabotage(guests);
    for (let seed = 1; seed <= 600; seed++) {
      const found = guests.runCase(seed);
      if (found) return found;
    }
    return undefined;
  };
  expect(wrong(({ host, others }) => host.cpu.ram.fill(0, others[1]!.start + 5, others[1]!.start + 6))).toMatch(
    /memory of others was written/,
  );
  expect(wrong(({ memory, others }) => memory.mapPages(0x1000, PAGE, others[1]!.start, false))).toMatch(
    /has a mapping of host page|was written/,
  );
  expect(wrong(({ victim }) => victim.state.setRegister(0, 1))).toMatch(/the victim counted wrong/);
  // What rings 1 and 2 are kept from by segments alone.
  const entered = (change: (real: VcpuState) => void) =>
    wrong(({ host }) => {
      const load = host.load;
      host.load = (owner, real, flush) => {
        if (real.cpl === 1) change(real);
        return load(owner, real, flush);
      };
    }, "bt");
  expect(entered((real) => real.setSegment(STATE.DS, { selector: 0x11, base: 0, limit: 0xffffffff, access: 0xc0b3 }))).toMatch(
    /segment register 3 reaches the window/,
  );
  const { setAlias } = TruncatedTables.prototype;
  const alias = vi.spyOn(TruncatedTables.prototype, "setAlias").mockImplementation(function (this: TruncatedTables, selector, segment) {
    return setAlias.call(this, selector, { ...segment, base: 0, limit: 0xffffffff });
  });
  expect(wrong(() => {}, "bt")).toMatch(/selector 108 reaches the window/);
  alias.mockRestore();
});

const TRAP: RoadOptions = { road: "trap" };

/** Flat, ring 0, no paging: a program at 10000H. */
function flat(vcpu: Vcpu, ram: Uint8Array, code: readonly number[]): void {
  const { state } = vcpu;
  for (let n = STATE.ES; n <= STATE.GS; n++)
    state.setSegment(n, { selector: n === STATE.CS ? 8 : 16, base: 0, limit: 0xffffffff, access: n === STATE.CS ? 0xc09b : 0xc093 });
  state.set(STATE.CR0, 0x31);
  state.set(STATE.GDTR_LIMIT, 23);
  state.set(STATE.GDTR_BASE, 0x1000);
  state.set(STATE.IDTR_LIMIT, 0);
  state.setRegister(4, 0x8000);
  state.rip = 0x10000;
  ram.fill(0);
  ram.set(code, 0x10000);
  vcpu.stateChanged();
}

test("stores all over the address space reach the guest's own pages and devices only", () => {
  const { vcpu, intact, ram } = attack(TRAP, "off");
  // MOV EDI, DF000000H; again: MOV [EDI], EAX; ADD EDI, 1000H; CMP EDI, E0000000H; JNZ again;
  // again: MOV [EDI], EAX; ADD EDI, 100000H; JNC again; HLT.
  flat(vcpu, ram, [
    ...[0xbf, 0, 0, 0, 0xdf, 0x89, 0x07, 0x81, 0xc7, 0, 0x10, 0, 0, 0x81, 0xff, 0, 0, 0, 0xe0, 0x75, 0xf0],
    ...[0x89, 0x07, 0x81, 0xc7, 0, 0, 0x10, 0, 0x73, 0xf6, 0xf4],
  ]);
  let devices = 0;
  for (let i = 0; i < 2_000_000; i++) {
    const exit = vcpu.run(1 << 20);
    if (exit.kind === "hlt") break;
    if (exit.kind === "mmio") devices++;
  }
  expect(vcpu.state.rip).toBe(0x10020);
  // 16 MiB page by page, 512 MiB one by one: what the VMM keeps for itself, which was there, has moved out of the way.
  expect(devices).toBe(4096 + 512);
  expect(intact()).toBe(true);
});

test("what the road refuses behind an input is said by the next run", () => {
  const { vcpu, ram } = attack(TRAP, "off");
  flat(vcpu, ram, [0xec, 0x90, 0xf4]);
  // Single steps lead to vector 1, which is a task gate.
  vcpu.state.flags |= 0x100;
  vcpu.state.set(STATE.IDTR_BASE, 0x2000);
  vcpu.state.set(STATE.IDTR_LIMIT, 0x7ff);
  ram.set([0, 0, 0x28, 0, 0, 0x85, 0, 0], 0x2008);
  vcpu.stateChanged();
  expect(vcpu.run(10)).toMatchObject({ kind: "io", write: false });
  vcpu.completeInput(5);
  expect(vcpu.run(10)).toMatchObject({ kind: "internal-error", message: expect.stringContaining("vector 1 has a task gate") });
});

test("a guest that begins in real mode is refused with a sentence", () => {
  const { vcpu } = attack(TRAP, "off");
  expect(vcpu.run(100)).toEqual({
    kind: "internal-error",
    message: "the guest is in real mode, and this road begins in protected mode (at F000:0000FFF0)",
  });
});

test("two guests on one host do not see each other, whichever has the processor", () => {
  const host = new Host({ module, memoryBytes: 24 << 20 });
  const guests = [1, 2, 3].map((step) => {
    const at = host.pages.allocateRange(RAM);
    const vm = host.createVm();
    vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
    const vcpu = vm.createVcpu({ road: "trap" });
    const ram = host.cpu.ram.subarray(at, at + RAM);
    // again: ADD EAX, step; MOV [5000H], EAX; CLI; JMP again.
    flat(vcpu, ram, [0x83, 0xc0, step, 0xa3, 0, 0x50, 0, 0, 0xfa, 0xeb, 0xf5]);
    return { vcpu, ram, step };
  });
  for (let turn = 0; turn < 50; turn++) for (const { vcpu } of guests) expect(vcpu.run(400).kind).toBe("intr");
  for (const { vcpu, ram, step } of guests) {
    // Four instructions a turn: 50 x 400 / 4 additions.
    expect(vcpu.state.register(0)).toBe(5000 * step);
    expect(new DataView(ram.buffer, ram.byteOffset).getUint32(0x5000, true)).toBe(5000 * step);
  }
});
