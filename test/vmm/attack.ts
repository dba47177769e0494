// Random guests that attack a host, many in a row: whatever one is and does, its run ends, nothing outside its memory changes, the tables that
// the processor walks for it lead nowhere else, and another guest of the host goes on as if it were alone.
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import type { VcpuExit } from "../../core/vmm/exit.js";
import type { GuestMemory } from "../../core/vmm/guest-memory.js";
import { DEVICE_PAGES, DEVICE_PAGES_AT, Host } from "../../core/vmm/host.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import * as SVM from "../../wasm/abi/svm.js";
import { Random } from "../oracle/random.js";
import { AttackPages, address, attackCode, CODE, CODE_PAGES, DIRECTORY, GDT, IDT, LDT, PAGE, PDPT, RAM, ROM, TSS } from "./attack-code.js";
import { type SmallVm, smallVm, startVcpu } from "./host-programs.js";

interface Range {
  readonly start: number;
  readonly end: number;
}

const ROM_BYTES = 16 * PAGE;
const MARKED = 64 * PAGE;
const MARK = 0xc7;
const HOST_BYTES = 24 << 20;
const RUNS = 5;
const LONGEST_RUN = 100;
/** States between two looks at every byte, and between two turns of the victim. */
const FULL_CHECK = 512;
const VICTIM_TURN = 32;
const VICTIM_COUNT = 40;
/** What a run may take: hundreds of instructions, on a machine with other work. */
const MAX_MILLISECONDS = 10_000;

/** The last instruction of a run may take some attempts, each of which counts: for every page that it needs and for an event behind it. */
const MOST_STEPS = 66;

/** Of states whose tables are looked at: nested tables grow from state to state, shadow tables begin anew. */
const AUDITED_PERCENT = { shadow: 20, nested: 3 };

const DEVICES: Range = { start: DEVICE_PAGES_AT, end: DEVICE_PAGES_AT + DEVICE_PAGES * PAGE };
const FRAME = 0xfffff000;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;

/** What a road is told apart by, for states that it refuses at once. */
export interface AttackOptions {
  readonly road: RoadOptions;
  readonly policy: TranslationPolicy;
  /** Real and virtual-8086 mode, rings 1 and 2: a road with ring compression has none. */
  readonly allModes: boolean;
}

export class GuestAttack {
  readonly host: Host;
  private readonly vcpu: Vcpu;
  private readonly ram: Uint8Array;
  private readonly own: Range;
  private readonly rom: Range;
  /** What nobody may write. */
  readonly others: readonly Range[];
  /** The attacker's. */
  readonly memory: GuestMemory;
  readonly victim: Vcpu;
  private readonly pages = new AttackPages(new Random(1));
  private readonly mark = Buffer.alloc(MARKED, MARK);
  private readonly victimVm: SmallVm;
  private readonly memoryWritten: () => void;
  /** Look at the tables at each entry of this guest. */
  private audit = false;
  private found: string | undefined;
  private cases = 0;
  private turns = 0;
  /** How often each kind of exit came. */
  readonly exits: Record<string, number> = {};
  instructions = 0;

  constructor(
    module: WebAssembly.Module,
    private readonly options: AttackOptions,
  ) {
    const translator = TRANSLATION_POLICIES[options.policy];
    const host = new Host({ module, memoryBytes: HOST_BYTES, ...(translator && { translator }) });
    this.host = host;
    const range = (bytes: number): Range => {
      const start = host.pages.allocateRange(bytes);
      return { start, end: start + bytes };
    };
    const before = range(MARKED);
    this.own = range(RAM);
    const between = range(MARKED);
    this.rom = range(ROM_BYTES);
    const behind = range(MARKED);
    // Another road than the attacker's: both have the processor in turn.
    this.victimVm = smallVm(host, "again: add eax, 3\n mov [0xa000], eax\n cli\n jmp again\n");
    this.victim = startVcpu(this.victimVm, options.road.road === "hw" ? { road: "trap" } : { road: "hw" }, "again");
    const last = range(MARKED);
    this.others = [before, between, behind, last];
    for (const { start, end } of [...this.others, this.rom]) host.cpu.ram.fill(MARK, start, end);
    const attacker = host.createVm();
    attacker.setMemorySlot(0, { physical: 0, bytes: RAM, host: this.own.start });
    attacker.setMemorySlot(1, { physical: ROM, bytes: ROM_BYTES, host: this.rom.start, readOnly: true });
    this.memory = attacker.memory;
    this.memoryWritten = () => attacker.memoryWritten(0, RAM);
    this.ram = host.cpu.ram.subarray(this.own.start, this.own.end);
    this.vcpu = attacker.createVcpu(options.road);
    this.watchEntries();
  }

  /** What the processor is about to walk for the attacker. */
  private watchEntries(): void {
    const { host, vcpu } = this;
    const { view } = host.cpu;
    const enter = host.cpu.enterGuest.bind(host.cpu);
    host.cpu.enterGuest = (at) => {
      const nested = view.getUint32(RAM_BASE + at + SVM.VMCB_NP_ENABLE, true) & 1;
      if (this.audit && host.holds(vcpu.state))
        this.found ??= this.checkTables(view.getUint32(RAM_BASE + at + (nested ? SVM.VMCB_N_CR3 : SVM.VMCB_CR3), true), false);
      enter(at);
    };
    if (this.options.road.road === "hw") return;
    const load = host.load.bind(host);
    host.load = (owner, real, flush) => {
      if (this.audit && owner === vcpu.state) this.found ??= this.checkTables(real.u32(STATE.CR3), true);
      load(owner, real, flush);
    };
  }

  /** Returns what went wrong, or undefined. The same seeds after the same seeds end alike. */
  runCase(seed: number): string | undefined {
    const random = new Random(seed);
    const wrong = this.attack(random);
    this.cases++;
    const other = wrong ?? (this.cases % VICTIM_TURN === 0 ? this.checkVictim() : undefined);
    const result = other ?? this.checkMarks(this.cases % FULL_CHECK === 0 ? undefined : random.below(MARKED / 4) * 4);
    return result && `seed ${seed}, after ${this.cases} cases: ${result}`;
  }

  private attack(random: Random): string | undefined {
    const { vcpu, ram } = this;
    this.audit = random.chance(this.options.road.road === "hw" ? AUDITED_PERCENT.nested : AUDITED_PERCENT.shadow);
    this.found = undefined;
    this.pages.fill(random, ram);
    this.scramble(random);
    ram.set(attackCode(random, 48), CODE + random.below((CODE_PAGES - 1) * PAGE));
    vcpu.stateChanged();
    this.memoryWritten();
    for (let i = 0; i < RUNS; i++) {
      const count = random.chance(20) ? 1 + random.below(4) : 1 + random.below(LONGEST_RUN);
      let exit: VcpuExit;
      const before = vcpu.state.instructions;
      const start = performance.now();
      try {
        exit = vcpu.run(count);
      } catch (error) {
        return `run() threw ${error instanceof Error ? error.stack : error}`;
      }
      const done = Number(vcpu.state.instructions - before);
      this.instructions += done;
      if (done > count + MOST_STEPS) return `${done} instructions were executed, ${count} were asked for`;
      if (performance.now() - start > MAX_MILLISECONDS) return `${count} instructions took too long`;
      this.exits[exit.kind] = (this.exits[exit.kind] ?? 0) + 1;
      if (this.found) return this.found;
      if (!this.answer(exit, random)) return undefined;
    }
    return undefined;
  }

  /** What an owner does. False: nothing more happens. */
  private answer(exit: VcpuExit, random: Random): boolean {
    const { vcpu } = this;
    if (exit.kind === "shutdown" || exit.kind === "internal-error") return false;
    if ((exit.kind === "io" || exit.kind === "mmio") && !exit.write) vcpu.completeInput(random.u32());
    if (random.chance(15)) vcpu.requestInterruptWindow(random.chance(50));
    if (vcpu.interruptible && random.chance(40)) vcpu.queueInterrupt(random.below(random.chance(50) ? 64 : 256));
    if (random.chance(5)) vcpu.nonMaskableInterrupt();
    return exit.kind !== "hlt" || vcpu.queued !== undefined || vcpu.nmiPending;
  }

  /** A state that a guest could be in, or nearly. */
  private scramble(random: Random): void {
    const { state } = this.vcpu;
    this.vcpu.reset();
    for (let n = 0; n < 8; n++) state.setRegister(n, random.chance(70) ? address(random) : random.u32());
    state.setRegister(4, random.chance(90) ? 25 * PAGE + random.below(6 * PAGE) : address(random));
    const rare = random.chance(this.options.allModes ? 25 : 2);
    const mode = rare ? random.pick(["real", "virtual8086", "inner"] as const) : "protected";
    this.control(random, mode === "real");
    this.segments(random, mode);
    state.set(STATE.GDTR_BASE, random.chance(92) ? GDT : address(random));
    state.set(STATE.GDTR_LIMIT, random.chance(99) ? 0x7f + random.below(0x100) : random.below(0x10000));
    state.set(STATE.IDTR_BASE, random.chance(92) ? IDT : address(random));
    state.set(STATE.IDTR_LIMIT, random.chance(92) ? 0x7ff : random.below(0x10000));
    state.setSegment(STATE.LDTR, { selector: 0x28, base: LDT, limit: random.below(0x200), access: random.pick([0x82, 0x82, 0]) });
    state.setSegment(STATE.TR, { selector: 0x30, base: TSS, limit: 0x67 + random.below(0x1000), access: random.pick([0x8b, 0x8b, 0x83]) });
    state.rip = random.chance(97) ? CODE + random.below(CODE_PAGES * PAGE) : address(random);
    if (mode === "real") state.rip &= 0xffff;
    for (const field of [STATE.MSR_SYSENTER_ESP, STATE.MSR_SYSENTER_EIP]) state.set(field, address(random));
    state.set(STATE.MSR_SYSENTER_CS, random.pick([0, 8, 8]));
    if (random.chance(10)) state.set(STATE.DRS + 56, 0x400 | (random.u32() & 0xffff03ff));
  }

  private control(random: Random, real: boolean): void {
    const { state } = this.vcpu;
    const paged = !real && random.chance(75);
    const pae = random.chance(35);
    state.set(
      STATE.CR0,
      (0x10 |
        (real ? 0 : 1) |
        (paged ? 0x80000000 : 0) |
        (random.chance(60) ? 0x10000 : 0) |
        (random.chance(20) ? random.below(16) & 0xe : 0)) >>>
        0,
    );
    state.set(STATE.CR4, (pae ? 0x20 : 0) | (random.chance(50) ? 0x10 : 0) | (random.chance(30) ? random.u32() & 0x68f : 0));
    state.set(STATE.CR3, random.chance(92) ? (pae ? PDPT : DIRECTORY) : address(random) & ~0xfff);
    state.set(STATE.EFER, random.pick([0, 0x800]));
    // What MOV to CR3 would have loaded.
    const view = new DataView(this.ram.buffer, this.ram.byteOffset, RAM);
    for (let i = 0; i < 4; i++) state.set64(STATE.PDPTES + i * 8, view.getBigUint64(PDPT + i * 8, true));
  }

  private segments(random: Random, mode: "real" | "virtual8086" | "inner" | "protected"): void {
    const { state } = this.vcpu;
    const sixteen = mode === "real" || mode === "virtual8086";
    const cpl = mode === "real" ? 0 : mode === "virtual8086" ? 3 : mode === "inner" ? 1 + random.below(2) : random.pick([0, 0, 3]);
    for (let n = STATE.ES; n <= STATE.GS; n++) {
      const code = n === STATE.CS;
      if (sixteen) {
        const selector = code ? 0x1000 : random.below(0x4000);
        const access = (code ? 0x9b : 0x93) | (mode === "virtual8086" ? 0x60 : 0);
        state.setSegment(n, { selector, base: selector << 4, limit: 0xffff, access: mode === "virtual8086" ? 0xf3 : access });
        continue;
      }
      const selector = cpl === 0 ? (code ? 8 : 0x10) : (code ? 0x18 : 0x20) | cpl;
      const access = (code ? 0xc09b : random.chance(95) ? 0xc093 : 0x4097) | (cpl << 5);
      const odd = random.chance(5);
      const base = odd ? random.pick([random.below(RAM), random.u32()]) : 0;
      state.setSegment(n, { selector, base, limit: odd ? random.u32() : 0xffffffff, access });
    }
    state.cpl = cpl;
    const iopl = random.pick([0, 0, 3, 1]) << 12;
    const odd = (random.chance(10) ? 0x100 : 0) | (random.chance(5) ? 0x4000 : 0) | (random.chance(10) ? 0x40000 : 0);
    state.flags =
      2 | (random.u32() & 0xcd5 & ~0x300) | (random.chance(60) ? 0x200 : 0) | iopl | odd | (mode === "virtual8086" ? 0x20000 : 0);
  }

  /**
   * PAE tables at a host-physical address lead to the guest's memory, to what is no memory and stands for its devices, or, if the VMM has a part of
   * the address space (`shared`), to what of it nobody may write and no user may read.
   */
  private checkTables(root: number, shared: boolean): string | undefined {
    const { view } = this.host.cpu;
    const entries = (at: number, count: number, visit: (low: number, high: number) => string | undefined): string | undefined => {
      for (let i = 0; i < count; i++) {
        const low = view.getUint32(RAM_BASE + at + i * 8, true);
        if (!(low & PRESENT)) continue;
        const wrong = visit(low, view.getUint32(RAM_BASE + at + i * 8 + 4, true));
        if (wrong) return wrong;
      }
      return undefined;
    };
    const table = (rights: number) => (low: number, high: number) => this.checkLeaf(low, high, low & rights, shared);
    const directory = (low: number) =>
      entries((low & FRAME) >>> 0, 512, (entry) => (entry & 0x80 ? "a large page" : entries((entry & FRAME) >>> 0, 512, table(entry))));
    return entries((root & ~31) >>> 0, 4, directory);
  }

  private checkLeaf(low: number, high: number, rights: number, shared: boolean): string | undefined {
    const frame = (low & FRAME) >>> 0;
    const within = ({ start, end }: Range) => frame >= start && frame < end;
    if (high & 0x7fffffff) return `a mapping above 4 GiB: ${high.toString(16)} ${low.toString(16)}`;
    if (within(this.own) || within(DEVICES)) return undefined;
    if (within(this.rom)) return rights & WRITABLE ? "read-only memory is mapped writable" : undefined;
    const victimAt = this.victimVm.ram.byteOffset - RAM_BASE;
    const others = [...this.others, { start: victimAt, end: victimAt + this.victimVm.ram.length }];
    const vmm = shared && frame < HOST_BYTES && !others.some(within) && (rights & (WRITABLE | USER)) === 0;
    return vmm ? undefined : `the guest has a mapping of host page ${frame.toString(16)} with rights ${rights & 7}`;
  }

  /** Everything, or one word of each page. */
  private checkMarks(offset: number | undefined): string | undefined {
    const { ram } = this.host.cpu;
    for (const { start, end } of [...this.others, this.rom]) {
      const same =
        offset === undefined
          ? Buffer.compare(ram.subarray(start, end), this.mark.subarray(0, end - start)) === 0
          : ram[start + (offset % (end - start))] === MARK;
      if (!same) return `memory of others was written, at ${start.toString(16)} to ${end.toString(16)}`;
    }
    return undefined;
  }

  /** It adds 3 to EAX in every fourth instruction, and has done nothing else all the time. */
  private checkVictim(): string | undefined {
    const { victim, victimVm } = this;
    const exit = victim.run(VICTIM_COUNT);
    this.turns++;
    const expected = this.turns * 3 * (VICTIM_COUNT / 4);
    if (exit.kind !== "intr") return `the victim's run ended with ${JSON.stringify(exit)}`;
    if (victim.state.register(0) !== expected || victimVm.word(0xa000) !== expected) return "the victim counted wrong";
    return undefined;
  }
}

/** Every road that takes unmodified guests, by name. */
export const ATTACKED: Readonly<Record<string, Omit<AttackOptions, "policy">>> = {
  "trap 0/1/3": { road: { road: "trap" }, allModes: false },
  "trap 0/3/3": { road: { road: "trap", compression: "0/3/3" }, allModes: false },
  "hw nested": { road: { road: "hw" }, allModes: true },
};
