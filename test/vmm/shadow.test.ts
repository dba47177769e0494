// Shadow paging against the processor's own walk: random guest tables and accesses, one processor with the guest's tables, one with shadows.
// Every access ends alike (done, true fault with the same error code, device), and the guest's memory, accessed and dirty bits included, too.
import { describe, expect, test } from "vitest";
import { Cpu } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { GuestMemory } from "../../core/vmm/guest-memory.js";
import { Host } from "../../core/vmm/host.js";
import type { GuestPaging } from "../../core/vmm/shadow/guest-walk.js";
import type { ShadowView } from "../../core/vmm/shadow/shadow-keys.js";
import { ShadowPaging } from "../../core/vmm/shadow/shadow-paging.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";

const module = builtProcessor();
const RAM = 1 << 20;
const TABLES = 0x40000;
/** Guest-physical page of the instructions, and where it is mapped. */
const CODE_PAGE = 0x30000;
/** Where in the page they stand, 2 bytes each: no access comes near. */
const CODE_OFFSET = 0xff4;
const CODE_AT = 0x3ff000;
/** MOV AL, [EDX]; MOV EAX, [EDX]; MOV [EDX], BL; MOV [EDX], EBX. */
const INSTRUCTIONS = [
  [0x8a, 0x02],
  [0x8b, 0x02],
  [0x88, 0x1a],
  [0x89, 0x1a],
] as const;
const NOP = 0x90;
const PE = 1;
const WP = 0x10000;
const PG = 0x80000000;
const PSE = 0x10;
const PAE = 0x20;
const NXE = 0x800;

class Random {
  constructor(private state: number) {}

  below(n: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * n);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

interface Access {
  readonly linear: number;
  /** Index of INSTRUCTIONS, or -1: execute there. */
  readonly instruction: number;
  readonly user: boolean;
}

interface Setup {
  readonly paging: GuestPaging;
  readonly ram: Uint8Array;
}

function rights(random: Random): number {
  let bits = random.chance(85) ? 1 : 0;
  if (random.chance(65)) bits |= 2;
  if (random.chance(65)) bits |= 4;
  if (random.chance(30)) bits |= 0x20;
  if (random.chance(30)) bits |= 0x40;
  return bits;
}

/** A page frame: memory (tables and code included), or a device. */
const frame = (random: Random) => {
  if (random.chance(25)) return TABLES + random.below(12) * 4096;
  return (random.chance(25) ? 0x300 + random.below(8) : random.below(RAM >> 12)) * 4096;
};

function tables32(random: Random, ram: DataView): void {
  for (let table = 1; table < 5; table++)
    for (let i = 0; i < 1024; i++) ram.setUint32(TABLES + table * 4096 + i * 4, (frame(random) | rights(random)) >>> 0, true);
  for (let i = 0; i < 1024; i++) {
    const large = random.chance(25);
    const address = large ? (random.chance(10) ? 0x20000 : 0) : TABLES + (1 + random.below(4)) * 4096;
    ram.setUint32(TABLES + i * 4, (address | rights(random) | (large ? 0x80 : 0)) >>> 0, true);
  }
  ram.setUint32(TABLES, TABLES + 0x1000 + 0x27, true);
  ram.setUint32(TABLES + 0x1000 + 1023 * 4, CODE_PAGE + 0x27, true);
}

function tablesPae(random: Random, ram: DataView): void {
  const set = (at: number, address: number) => {
    const high = (random.chance(20) ? 0x80000000 : 0) + (random.chance(3) ? 0x100 : 0);
    ram.setUint32(at, (address | rights(random)) >>> 0, true);
    ram.setUint32(at + 4, high, true);
  };
  for (let table = 8; table < 12; table++) for (let i = 0; i < 512; i++) set(TABLES + table * 4096 + i * 8, frame(random));
  for (let directory = 4; directory < 7; directory++)
    for (let i = 0; i < 512; i++) {
      const large = random.chance(25);
      set(TABLES + directory * 4096 + i * 8, large ? 0x80 | (random.chance(10) ? 0x2000 : 0) : TABLES + (8 + random.below(4)) * 4096);
    }
  for (let i = 0; i < 4; i++) ram.setBigUint64(TABLES + i * 8, i === 3 ? 0n : BigInt(TABLES + (4 + i) * 4096 + 1), true);
  ram.setBigUint64(TABLES + 4 * 4096 + 8, BigInt(TABLES + 8 * 4096 + 0x27), true);
  ram.setBigUint64(TABLES + 8 * 4096 + 511 * 8, BigInt(CODE_PAGE + 0x27), true);
}

function makeGuest(random: Random): Setup {
  const ram = new Uint8Array(RAM);
  const view = new DataView(ram.buffer);
  // NOPs: whatever is executed.
  ram.fill(0x90);
  const pae = random.chance(50);
  if (pae) tablesPae(random, view);
  else tables32(random, view);
  for (const [i, bytes] of INSTRUCTIONS.entries()) ram.set(bytes, CODE_PAGE + CODE_OFFSET + i * 2);
  const pdptes = [0, 1, 2, 3].map((i) => (pae ? view.getBigUint64(TABLES + i * 8, true) : 0n));
  const cr4 = pae ? PAE : random.chance(70) ? PSE : 0;
  const cr0 = (PE | PG | (random.chance(60) ? WP : 0)) >>> 0;
  return { ram, paging: { cr0, cr3: TABLES, cr4, efer: pae && random.chance(60) ? NXE : 0, pdptes } };
}

function randomAccess(random: Random): Access {
  const page = (random.below(8) << 22) | (random.below(4) << 30) | (random.below(8) << 12) | (random.chance(50) ? 0x200000 : 0);
  // Half of them where entries are that others use.
  const offset = random.chance(20) ? 0xffe : random.below(random.chance(50) ? 64 : 0xff0);
  const instruction = random.below(5) - 1;
  return { linear: (page + offset) >>> 0, instruction, user: random.chance(50) };
}

const set64 = (cpu: Cpu, at: number, value: number) => cpu.view.setBigUint64(at, BigInt(value >>> 0), true);

/** Put a processor before the access, in ring `cpl`. */
function prepare(cpu: Cpu, { linear, instruction }: Access, cpl: number): void {
  for (let n = STATE.ES; n <= STATE.GS; n++)
    cpu.setSegment(n, { selector: 8 | cpl, base: 0, limit: 0xffffffff, access: (n === STATE.CS ? 0xc09b : 0xc093) | (cpl << 5) });
  cpu.view.setUint32(STATE.CPL, cpl, true);
  cpu.setRegister(STATE.RAX, 0n);
  cpu.setRegister(STATE.RDX, BigInt(linear));
  cpu.setRegister(STATE.RBX, BigInt(linear ^ 0x90909090) & 0xffffffffn);
  set64(cpu, STATE.RIP, instruction < 0 ? linear : CODE_AT + CODE_OFFSET + instruction * 2);
  cpu.flags = 2;
  cpu.synchronize();
}

class Bare {
  readonly cpu: Cpu;
  device: number | undefined;

  constructor(private readonly setup: Setup) {
    const touch = (address: number) => {
      this.device ??= address;
      return 0;
    };
    this.cpu = Cpu.create({
      module,
      ramBytes: RAM,
      host: {
        portIn: () => 0,
        portOut: () => {},
        mmioRead: touch,
        mmioWrite: touch,
        interruptAcknowledge: () => -1,
        timeStamp: () => 0,
        msrWritten: () => {},
      },
    });
    this.cpu.mapPages(0, RAM, "ram", RAM_BASE);
    this.cpu.ram.set(setup.ram);
    this.cpu.deprivileged = true;
    const { paging } = this.setup;
    set64(this.cpu, STATE.CR0, paging.cr0);
    set64(this.cpu, STATE.CR3, paging.cr3);
    set64(this.cpu, STATE.CR4, paging.cr4);
    set64(this.cpu, STATE.EFER, paging.efer);
    for (const [i, entry] of paging.pdptes.entries()) this.cpu.view.setBigUint64(STATE.PDPTES + i * 8, entry, true);
  }

  run(access: Access): string {
    const { cpu } = this;
    prepare(cpu, access, access.user ? 3 : 0);
    this.device = undefined;
    const exit = cpu.run(1);
    if (exit === "event") return fault(cpu, cpu.event.vector, cpu.event.code);
    return this.device === undefined ? `done ${cpu.register(STATE.RAX)}` : `device ${this.device}`;
  }
}

function fault(cpu: Cpu, vector: number, code: number): string {
  return `fault ${vector} code ${code} at ${cpu.view.getUint32(STATE.CR2, true).toString(16)}`;
}

/** The same guest behind shadow tables, its memory elsewhere in the host's. */
class Shadowed {
  readonly host = new Host({ module, memoryBytes: 16 << 20 });
  readonly memory = new GuestMemory(this.host.cpu);
  readonly shadow = new ShadowPaging(this.host.cpu, this.host.pages, this.memory);
  readonly at: number;

  constructor(
    private readonly setup: Setup,
    private readonly separate: boolean,
  ) {
    const { host } = this;
    host.pages.allocateRange(0x3000);
    this.at = host.pages.allocateRange(RAM);
    this.memory.mapPages(0, RAM, this.at, false);
    this.ram.set(setup.ram);
    set64(host.cpu, STATE.CR0, PE | PG | WP);
    set64(host.cpu, STATE.CR4, PAE);
    set64(host.cpu, STATE.EFER, NXE);
  }

  get ram(): Uint8Array {
    return this.host.cpu.ram.subarray(this.at, this.at + RAM);
  }

  /** Go on from another's memory. */
  take(ram: Uint8Array): void {
    this.ram.set(ram);
    this.host.cpu.memoryWritten(this.at, RAM);
    this.shadow.reset();
  }

  run(access: Access): string {
    const { cpu } = this.host;
    const { paging } = this.setup;
    const view: ShadowView = !this.separate ? "both" : access.user ? "user" : "kernel";
    const ring = this.separate || access.user ? 3 : 1;
    for (let tries = 0; tries < 20; tries++) {
      const root = this.shadow.root(paging, view);
      set64(cpu, STATE.CR3, root);
      cpu.bytes.set(this.shadow.rootEntries(root), STATE.PDPTES);
      // Without asking takeFlush(): prepare() flushes, so here it is only the tables that count.
      prepare(cpu, access, ring);
      if (cpu.run(1) !== "event") {
        this.shadow.closeTraces();
        return `done ${cpu.register(STATE.RAX)}`;
      }
      const { vector, code } = cpu.event;
      if (vector !== 14) return fault(cpu, vector, code);
      const linear = cpu.view.getUint32(STATE.CR2, true);
      const verdict = this.shadow.fault(paging, view, linear, { write: (code & 2) !== 0, user: access.user, fetch: (code & 16) !== 0 });
      if (verdict.kind === "hidden") continue;
      if (verdict.kind === "trace") {
        this.shadow.openTrace(paging, view, linear);
        continue;
      }
      this.shadow.closeTraces();
      return verdict.kind === "true" ? fault(cpu, 14, verdict.code) : `device ${(verdict as { physical: number }).physical}`;
    }
    return "no end";
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b) === 0 ? -1 : a.findIndex((byte, i) => byte !== b[i]);
}

const crosses = (access: Access) => (access.linear & 0xfff) > 0xffc;

function compare(seed: number, separate: boolean): Record<string, number> {
  const random = new Random(seed);
  const setup = makeGuest(random);
  const bare = new Bare(setup);
  const shadowed = new Shadowed(setup, separate);
  const seen: Record<string, number> = {};
  for (let i = 0; i < 300; i++) {
    const access = randomAccess(random);
    // Executed are NOPs only, or what is not there.
    if (access.instruction < 0 && ![undefined, NOP].includes(bare.cpu.peek(access.linear))) continue;
    const expected = bare.run(access);
    const actual = shadowed.run(access);
    const kind = expected.split(" ", 1)[0]!;
    seen[kind] = (seen[kind] ?? 0) + 1;
    // Which byte of an access to two pages, one a device, comes first is the processor's own affair.
    const unclear = crosses(access) && (kind === "device" || actual.startsWith("device"));
    // Code in a device reads as ones there, and is no exit of the processor's.
    if (unclear || (access.instruction < 0 && actual.startsWith("device"))) {
      shadowed.take(bare.cpu.ram);
      continue;
    }
    expect(actual, `seed ${seed}, access ${i}: ${JSON.stringify(access)}`).toBe(expected);
    const at = firstDifference(bare.cpu.ram, shadowed.ram);
    expect(at, `seed ${seed}, access ${i}: ${JSON.stringify(access)}: memory at ${at.toString(16)}`).toBe(-1);
    if (random.chance(10)) store(random, bare, shadowed);
  }
  return seen;
}

/** A device, or the VMM, changes an entry. */
function store(random: Random, bare: Bare, shadowed: Shadowed): void {
  const at = TABLES + random.below(0x3000) * 4;
  const value = random.below(256);
  bare.cpu.ram[at] = value;
  bare.cpu.memoryWritten(at, 1);
  shadowed.ram[at] = value;
  shadowed.host.cpu.memoryWritten(shadowed.at + at, 1);
  shadowed.shadow.stored(shadowed.at + (at & ~0xfff), at & 0xfff, (at & 0xfff) + 1);
}

describe.each([
  { separate: false, name: "one root for both rings" },
  { separate: true, name: "a root for each ring, both in ring 3" },
])("random tables: $name", ({ separate }) => {
  test("accesses end as with the processor's own walk, and leave the same memory", () => {
    const seen: Record<string, number> = {};
    for (let seed = 1; seed <= 40; seed++)
      for (const [kind, count] of Object.entries(compare(seed, separate))) seen[kind] = (seen[kind] ?? 0) + count;
    for (const kind of ["done", "fault", "device"]) expect(seen[kind], kind).toBeGreaterThan(300);
  });
});
