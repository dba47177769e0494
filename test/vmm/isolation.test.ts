// Guests that attack: nothing of the host outside a guest's own pages changes, nothing crashes, every run ends.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES } from "../../core/translator/options.js";
import { Host } from "../../core/vmm/host.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import * as STATE from "../../wasm/abi/state.js";

const module = builtProcessor();
const RAM = 1 << 20;
const PAGE = 4096;
const MARK = 0xc7;
const TURNS = 100;

class Random {
  constructor(private state: number) {}

  u32(): number {
    this.state = (Math.imul(this.state, 1103515245) + 12345) >>> 0;
    return ((this.state >>> 16) | (Math.imul(this.state, 2654435761) & 0xffff0000)) >>> 0;
  }

  below(n: number): number {
    return this.u32() % n;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

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

/** A state that a guest could be in, or nearly. */
function scramble(random: Random, { state }: Vcpu, ram: Uint8Array): void {
  const pick = (...values: number[]) => values[random.below(values.length)]!;
  const wild = () => (random.chance(50) ? random.below(RAM) : random.chance(50) ? 0xdfe00000 + random.below(1 << 21) : random.u32());
  for (let n = 0; n < 8; n++) state.setRegister(n, wild());
  const cpl = pick(0, 0, 3);
  for (let n = STATE.ES; n <= STATE.GS; n++) {
    const code = n === STATE.CS;
    const access = (code ? 0xc09b : pick(0xc093, 0xc091, 0x4097)) | (cpl << 5);
    const limit = random.chance(80) ? 0xffffffff : random.u32();
    state.setSegment(n, { selector: (random.below(16) << 3) | cpl, base: random.chance(80) ? 0 : random.u32(), limit, access });
  }
  state.cpl = cpl;
  state.flags = 2 | (random.u32() & 0x3cd5) | (random.chance(50) ? 0x200 : 0) | (random.chance(10) ? 0x4100 : 0);
  state.set(STATE.CR0, (0x31 | (random.chance(60) ? 0x80000000 : 0) | (random.chance(50) ? 0x10000 : 0) | (random.u32() & 0xe)) >>> 0);
  state.set(STATE.CR3, random.chance(80) ? random.below(RAM) & ~0xfff : random.u32());
  state.set(STATE.CR4, pick(0, 0x10, 0x20, 0x30, 0x600));
  state.set(STATE.EFER, pick(0, 0x800));
  for (let i = 0; i < 4; i++) state.set64(STATE.PDPTES + i * 8, BigInt((random.below(RAM) & ~0xfff) | 1));
  state.set(STATE.GDTR_BASE, wild());
  state.set(STATE.GDTR_LIMIT, random.below(0x10000));
  state.set(STATE.IDTR_BASE, wild());
  state.set(STATE.IDTR_LIMIT, random.below(0x10000));
  state.setSegment(STATE.LDTR, { selector: random.below(64) << 3, base: wild(), limit: random.u32(), access: pick(0x82, 0) });
  state.setSegment(STATE.TR, { selector: 0x28, base: wild(), limit: random.below(0x3000), access: pick(0x8b, 0x83) });
  state.rip = random.chance(90) ? random.below(RAM) : wild();
  state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
  state.set(STATE.SHADOW, 0);
  fillMemory(random, ram);
}

/** Instructions, page-table entries and descriptors, all over memory. */
function fillMemory(random: Random, ram: Uint8Array): void {
  const view = new DataView(ram.buffer, ram.byteOffset, RAM);
  for (let at = 0; at < RAM; at += 4) {
    const kind = (at >> 12) & 3;
    if (kind === 0) view.setUint32(at, (random.below(0x500) << 12) | (random.u32() & 0xfff) | 7, true);
    else if (kind === 1) view.setUint32(at, at & 4 ? (random.u32() & 0xff0000ff) | 0xcf9300 : 0xffff, true);
    else view.setUint32(at, random.u32(), true);
  }
  for (let i = 0; i < 4000; i++) ram.set(INSTRUCTIONS[random.below(INSTRUCTIONS.length)]!, random.below(RAM - 16));
}

/** What an attacker tries: privileged and sensitive instructions, and stores. */
const INSTRUCTIONS: readonly (readonly number[])[] = [
  [0x0f, 0x22, 0xd8],
  [0x0f, 0x22, 0xc0],
  [0x0f, 0x22, 0xe0],
  [0x0f, 0x01, 0x10],
  [0x0f, 0x01, 0x18],
  [0x0f, 0x00, 0xd0],
  [0x0f, 0x00, 0xd8],
  [0x8e, 0xd0],
  [0x8e, 0xd8],
  [0x0f, 0xb2, 0x20],
  [0xcf],
  [0xcb],
  [0xea, 0, 0, 1, 0, 8, 0],
  [0x9a, 0, 0, 1, 0, 0x10, 0],
  [0xcd, 0x80],
  [0xcc],
  [0x9d],
  [0xfa],
  [0xfb],
  [0xf4],
  [0x0f, 0x30],
  [0x0f, 0x32],
  [0x0f, 0x34],
  [0x0f, 0x35],
  [0x0f, 0x23, 0xf8],
  [0x0f, 0x23, 0xc0],
  [0xf3, 0xab],
  [0xf3, 0xa5],
  [0x89, 0x03],
  [0x01, 0x06],
  [0x87, 0x07],
  [0x60],
  [0x6d],
  [0xf3, 0x6f],
  [0xec],
  [0xef],
  [0x0f, 0x01, 0x38],
  [0x0f, 0x01, 0xf0],
  [0x0f, 0x06],
];

function drive(vcpu: Vcpu, random: Random): Record<string, number> {
  const exits: Record<string, number> = {};
  for (let i = 0; i < 60; i++) {
    const exit = vcpu.run(2000);
    exits[exit.kind] = (exits[exit.kind] ?? 0) + 1;
    if ((exit.kind === "io" || exit.kind === "mmio") && !exit.write) vcpu.completeInput(random.u32());
    if (exit.kind === "shutdown" || exit.kind === "internal-error") break;
    if (vcpu.interruptible && random.chance(30)) vcpu.queueInterrupt(random.below(256));
    if (random.chance(5)) vcpu.nonMaskableInterrupt();
    if (exit.kind === "hlt" && vcpu.queued === undefined && !vcpu.nmiPending) break;
  }
  return exits;
}

const TRAP: RoadOptions = { road: "trap" };
/** What a guest on the road gets to, at the least. */
const TRAP_EXITS = ["shutdown", "internal-error", "mmio", "io"];

describe.each([
  { name: "trap 0/1/3", road: TRAP, policy: "off" as const, exits: TRAP_EXITS },
  { name: "trap 0/3/3", road: { road: "trap", compression: "0/3/3" } as const, policy: "off" as const, exits: TRAP_EXITS },
  { name: "trap 0/1/3", road: TRAP, policy: "eager" as const, exits: TRAP_EXITS },
  { name: "bt", road: { road: "bt" } as const, policy: "off" as const, exits: TRAP_EXITS },
  { name: "bt", road: { road: "bt" } as const, policy: "eager" as const, exits: TRAP_EXITS },
  { name: "hw", road: { road: "hw" } as const, policy: "off" as const, exits: ["shutdown", "internal-error", "io"] },
  { name: "hw", road: { road: "hw" } as const, policy: "eager" as const, exits: ["shutdown", "internal-error"] },
])("$name, translator $policy", ({ road, policy, exits }) => {
  test("random states full of attacks change nothing outside the guest's pages", () => {
    const random = new Random(policy === "off" ? 7 : 11);
    const { vcpu, intact, ram } = attack(road, policy);
    const seen: Record<string, number> = {};
    for (let turn = 0; turn < TURNS; turn++) {
      scramble(random, vcpu, ram);
      vcpu.memoryWritten(0, RAM);
      vcpu.stateChanged();
      for (const [kind, count] of Object.entries(drive(vcpu, random))) seen[kind] = (seen[kind] ?? 0) + count;
      if (turn % 20 === 0) expect(intact(), `after turn ${turn}`).toBe(true);
    }
    expect(intact()).toBe(true);
    for (const kind of exits) expect(seen[kind] ?? 0, kind).toBeGreaterThan(0);
  });
});

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
