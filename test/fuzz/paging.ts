// Random page tables, edits with the invalidation the manual asks for, and accesses of every kind: each must end as the model says, with
// the accessed and dirty bits it says.
import { Random } from "../oracle/random.js";
import { DIRECTORY, FIRST_FRAME, FRAMES, LOW_TABLE, PagingMachine, PDPT, RAM_BYTES, TABLES, TABLES_END } from "./paging-machine.js";
import { type Access, PagingModel, type PagingState } from "./paging-model.js";

const STEPS = 60;
/** Linear regions that tests map; the offset in them selects the frame when pages are large. */
const REGIONS = [0x400000, 0x800000, 0xffc00000];
const CR0 = 0x80000031;
const CR0_WP = 0x10000;
const CR4_PSE = 0x10;
const CR4_PAE = 0x20;
const CR4_PGE = 0x80;
const CR4_SMEP = 0x100000;
const CR4_SMAP = 0x200000;
const EFER = 0xc0000080;
const EFER_NXE = 0x800;
const PRESENT_WRITABLE = 3;
const USER = 4;
const USED = 0x60;
const GLOBAL = 0x100n;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class PagingFuzzer {
  private readonly machine: PagingMachine;
  accesses = 0;
  faults = 0;

  constructor(module: WebAssembly.Module) {
    this.machine = new PagingMachine(module);
  }

  /** Returns what differs from the model, or undefined. */
  runCase(seed: number): string | undefined {
    const wrong = new Case(this.machine, new Random(seed), this).run();
    return wrong && `seed ${seed}: ${wrong}`;
  }
}

class Case {
  private readonly state: Mutable<PagingState>;
  private page = REGIONS[0]! + (FIRST_FRAME << 12);
  private readonly log: string[] = [];

  constructor(
    private readonly machine: PagingMachine,
    private readonly random: Random,
    private readonly counts: PagingFuzzer,
  ) {
    const flag = (percent: number) => random.chance(percent);
    const pae = flag(50);
    const on = { pse: flag(70), pge: flag(70), nxe: flag(50), smep: flag(30), smap: flag(30), wp: flag(50) };
    this.state = { pae, ...on, ac: false, cr3: pae ? PDPT : DIRECTORY, pdptes: [] };
  }

  run(): string | undefined {
    this.machine.start();
    this.firstTables();
    this.machine.change("msr", { ecx: EFER, eax: this.state.nxe ? EFER_NXE : 0 });
    this.machine.change("cr4", { eax: this.cr4() });
    this.machine.change("cr3", { eax: this.state.cr3 });
    this.machine.change("cr0", { eax: this.cr0() });
    for (let step = 0; step < STEPS; step++) {
      const n = this.random.below(100);
      const wrong = n < 70 ? this.access() : n < 92 ? this.edit() : this.reconfigure();
      if (wrong)
        return `${wrong}\n${this.log.slice(-12).join("\n")}\n${JSON.stringify(this.state, (_, v) => (typeof v === "bigint" ? v.toString(16) : v))}`;
    }
    return undefined;
  }

  private cr0(): number {
    return CR0 | (this.state.wp ? CR0_WP : 0);
  }

  private cr4(): number {
    const { pae, pse, pge, smep, smap } = this.state;
    return (pse ? CR4_PSE : 0) | (pae ? CR4_PAE : 0) | (pge ? CR4_PGE : 0) | (smep ? CR4_SMEP : 0) | (smap ? CR4_SMAP : 0);
  }

  private writeEntry(at: number, value: bigint): void {
    if (this.state.pae) this.machine.ram.setBigUint64(at, value, true);
    else this.machine.ram.setUint32(at, Number(value & 0xffffffffn), true);
  }

  private readEntry(at: number): bigint {
    return this.state.pae ? this.machine.ram.getBigUint64(at, true) : BigInt(this.machine.ram.getUint32(at, true));
  }

  private get entryBytes(): number {
    return this.state.pae ? 8 : 4;
  }

  private firstTables(): void {
    const { pae } = this.state;
    // Ring 3 has its code at 0x4000 and its stack at 0x6000. Accessed and dirty from the beginning: the guest's own accesses leave no trace.
    for (let page = 0; page < 0x100; page++)
      this.writeEntry(
        LOW_TABLE + page * this.entryBytes,
        BigInt((page << 12) | USED | PRESENT_WRITABLE | (page === 4 || page === 6 ? USER : 0)),
      );
    this.writeEntry(DIRECTORY, BigInt(LOW_TABLE | USED | PRESENT_WRITABLE | USER));
    if (pae) {
      for (let i = 0; i < 4; i++) this.machine.ram.setBigUint64(PDPT + i * 8, BigInt((DIRECTORY + i * 4096) | 1), true);
      this.state.pdptes = [0, 1, 2, 3].map((i) => BigInt((DIRECTORY + i * 4096) | 1));
    }
    for (const region of REGIONS) this.writeEntry(this.directoryEntry(region), this.randomDirectoryEntry());
    for (const table of TABLES)
      for (let i = 0; i < FRAMES; i++) this.writeEntry(table + (FIRST_FRAME + i) * this.entryBytes, this.randomTableEntry());
  }

  private directoryEntry(linear: number): number {
    return this.state.pae ? DIRECTORY + (linear >>> 30) * 4096 + ((linear >>> 21) & 0x1ff) * 8 : DIRECTORY + (linear >>> 22) * 4;
  }

  private rights(): bigint {
    return BigInt(this.random.u32() & 0x166) | (this.random.chance(92) ? 1n : 0n);
  }

  private highBits(): bigint {
    if (!this.state.pae) return 0n;
    const noExecute = this.random.chance(this.state.nxe ? 30 : 4) ? 1n << 63n : 0n;
    return noExecute | (this.random.chance(4) ? 1n << BigInt(36 + this.random.below(27)) : 0n);
  }

  private randomDirectoryEntry(): bigint {
    const { random } = this;
    const easy = random.chance(75) ? 7n : 0n;
    if (random.chance(60)) return BigInt(random.pick(TABLES)) | ((this.rights() | easy) & ~0x80n) | this.highBits();
    const reserved = random.chance(8) ? 1n << BigInt(13 + random.below(8)) : 0n;
    const beyond = random.chance(10) ? 1n << BigInt(this.state.pae ? 22 + random.below(14) : 22 + random.below(9)) : 0n;
    return beyond | reserved | 0x80n | this.rights() | easy | this.highBits();
  }

  private randomTableEntry(): bigint {
    const { random } = this;
    const frame = BigInt(FIRST_FRAME + random.below(FRAMES)) << 12n;
    const beyond = random.chance(6) ? 1n << BigInt(21 + random.below(this.state.pae ? 15 : 10)) : 0n;
    return frame | beyond | this.rights() | (random.chance(75) ? 7n : 0n) | this.highBits();
  }

  /** Few pages, and often the last one again: what was cached must meet what was changed. */
  private linear(): number {
    const { random } = this;
    if (random.chance(40)) this.page = (random.pick(REGIONS) + ((FIRST_FRAME + random.below(3)) << 12)) >>> 0;
    return this.page;
  }

  private access(): string | undefined {
    const { random, machine } = this;
    const access: Access = { kind: random.pick(["read", "read", "write", "write", "fetch"]), user: random.chance(50) };
    const page = this.linear();
    const ac = random.chance(30);
    this.state.ac = ac;
    const offset = access.kind === "read" ? 4 : access.kind === "write" ? 8 : 0;
    const before = machine.cpu.ram.slice();
    const expected = new PagingModel(before, this.state).translate(page + offset, access);
    const value = random.u32();
    const outcome = machine.access(page, access, ac, value);
    this.counts.accesses++;
    this.log.push(`${access.user ? "user" : "supervisor"} ${access.kind} ${(page + offset).toString(16)}, ac ${ac}`);
    const tables = (ram: Uint8Array) => Buffer.from(ram.buffer, ram.byteOffset + DIRECTORY, TABLES_END - DIRECTORY);
    if (Buffer.compare(tables(before), tables(machine.cpu.ram)) !== 0) return `the accessed and dirty bits are not those of the model`;
    if ("errorCode" in expected) {
      this.counts.faults++;
      if (outcome.errorCode !== expected.errorCode) return `page fault ${outcome.errorCode}, the model says ${expected.errorCode}`;
      return outcome.cr2 === page + offset ? undefined : `CR2 is ${outcome.cr2.toString(16)}`;
    }
    if (outcome.errorCode !== undefined)
      return `page fault ${outcome.errorCode}, the model says physical ${expected.physical.toString(16)}`;
    return this.compareAccess(access.kind, expected.physical, outcome.value, value, outcome.devices);
  }

  private compareAccess(
    kind: Access["kind"],
    physical: bigint,
    got: number,
    written: number,
    devices: readonly number[],
  ): string | undefined {
    const inRam = physical < BigInt(RAM_BYTES);
    const at = Number(physical);
    if (kind === "fetch") return undefined;
    if (physical >= 1n << 32n) {
      if (devices.length > 0) return `a device at ${devices[0]!.toString(16)} was asked for physical ${physical.toString(16)}`;
      return kind === "read" && got !== 0xffffffff ? "memory above 4 GiB is not there, but does not read as ones" : undefined;
    }
    if (!inRam) return devices[0] === at ? undefined : `physical ${at.toString(16)} was expected, not ${devices}`;
    const content = this.machine.ram.getUint32(at, true);
    if (kind === "read") return got === content ? undefined : `read ${got.toString(16)}, memory holds ${content.toString(16)}`;
    return content === written ? undefined : `the write did not reach physical ${at.toString(16)}`;
  }

  /** Change an entry and do what makes the processor forget the old one. */
  private edit(): string | undefined {
    const { random, machine, state } = this;
    const linear = this.linear();
    if (random.chance(40)) {
      this.editDirectory(linear);
      return undefined;
    }
    const at = random.pick(TABLES) + ((linear >>> 12) & (state.pae ? 0x1ff : 0x3ff)) * this.entryBytes;
    const old = this.readEntry(at);
    this.writeEntry(at, this.randomTableEntry());
    this.log.push(`table entry ${at.toString(16)}`);
    if ((old & GLOBAL && state.pge) || random.chance(50)) {
      for (const region of REGIONS) machine.change("invalidate", { ebx: (region + (linear & 0x3fffff) + random.below(4096)) >>> 0 });
    } else machine.change("cr3", { eax: state.cr3 });
    return undefined;
  }

  /** INVLPG suffices for a large page that stays one; global pages of a table outlive a load of CR3. */
  private editDirectory(linear: number): void {
    const { random, machine, state } = this;
    const at = this.directoryEntry(linear);
    const wasLarge = (this.readEntry(at) & 0x81n) === 0x81n && (state.pae || state.pse);
    this.writeEntry(at, this.randomDirectoryEntry());
    this.log.push(`directory entry of ${linear.toString(16)}`);
    const span = state.pae ? 0x200000 : 0x400000;
    if (wasLarge && random.chance(70)) machine.change("invalidate", { ebx: (linear - (linear % span) + random.below(span)) >>> 0 });
    else this.flushAll();
  }

  private flushAll(): void {
    const { machine, state } = this;
    if (!state.pge) machine.change("cr3", { eax: state.cr3 });
    else {
      machine.change("cr4", { eax: this.cr4() & ~CR4_PGE });
      machine.change("cr4", { eax: this.cr4() });
    }
  }

  /** Change a switch that translation depends on: its effect is immediate. */
  private reconfigure(): undefined {
    const { random, machine, state } = this;
    const which = random.pick(["wp", "smep", "smap", "nxe", "pse", "pge"] as const);
    state[which] = !state[which];
    this.log.push(`${which} ${state[which]}`);
    if (which === "wp") machine.change("cr0", { eax: this.cr0() });
    else if (which === "nxe") machine.change("msr", { ecx: EFER, eax: state.nxe ? EFER_NXE : 0 });
    else machine.change("cr4", { eax: this.cr4() });
    return undefined;
  }
}
