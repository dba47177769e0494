// Random guests that attack a host, many in a row: whatever one is and does, its run ends, nothing outside its memory changes, the tables that
// the processor walks for it lead nowhere else, and another guest of the host goes on as if it were alone.

import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { BtRoad } from "../../core/vmm/bt/bt-road.js";
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import type { BtLayout } from "../../core/vmm/bt/translated-world.js";
import type { VcpuExit } from "../../core/vmm/exit.js";
import type { GuestMemory } from "../../core/vmm/guest-memory.js";
import { Host } from "../../core/vmm/host.js";
import type { VcpuState } from "../../core/vmm/state.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import * as SVM from "../../wasm/abi/svm.js";
import { Random } from "../oracle/random.js";
import { type Range, TableAudit } from "./attack-audit.js";
import { AttackPages, attackCode, CODE, CODE_PAGES, PAGE, RAM, ROM } from "./attack-code.js";
import { randomState } from "./attack-state.js";
import { type SmallVm, smallVm, startVcpu } from "./host-programs.js";
import { checkSegments } from "./segment-audit.js";

await loadBinaryTranslator();

const ROM_BYTES = 16 * PAGE;
const MARKED = 64 * PAGE;
const MARK = 0xc7;
const HOST_BYTES = 24 << 20;
const RUNS = 5;
/** Instructions; bt runs short ones without translating, and counts those of its translations. */
const LONGEST_RUN = 100;
const LONGEST_TRANSLATED_RUN = 500;
/** States between two looks at every byte, and between two turns of the victim. */
const FULL_CHECK = 512;
const VICTIM_TURN = 32;
const VICTIM_COUNT = 40;
/** What a run may take: hundreds of instructions, on a machine with other work. */
const MAX_MILLISECONDS = 10_000;

/** The last instruction of a run may take some attempts, each of which counts: for every page that it needs and for an event behind it. */
const MOST_STEPS = 66;

/** Of states whose tables are looked at: shadow tables at each entry, of which bt has most; nested tables, which are large and stay, at the first. */
const AUDITED_PERCENT = { shadow: 20, translated: 8, nested: 3 };

/** What a road is told apart by, for states that it refuses at once. */
export interface AttackOptions {
  readonly road: RoadOptions;
  readonly policy: TranslationPolicy;
  /** Real and virtual-8086 mode, rings 1 and 2: a road with ring compression has none. */
  readonly allModes: boolean;
}

export class GuestAttack {
  readonly host: Host;
  readonly vcpu: Vcpu;
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
  private readonly tables: TableAudit;
  /** On bt. */
  private readonly layout: (() => BtLayout) | undefined;
  /** Look at the tables at the next entry of this guest. */
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
    const road: unknown = Reflect.get(this.vcpu, "road");
    if (road instanceof BtRoad) this.layout = () => road.layout;
    const victimAt = this.victimVm.ram.byteOffset - RAM_BASE;
    const others = [...this.others, { start: victimAt, end: victimAt + this.victimVm.ram.length }];
    this.tables = new TableAudit(host, { own: this.own, rom: this.rom, others });
    this.watchEntries();
  }

  /** What the processor is about to walk for the attacker. */
  private watchEntries(): void {
    const { host, vcpu } = this;
    const { view } = host.cpu;
    const enter = host.cpu.enterGuest.bind(host.cpu);
    host.cpu.enterGuest = (at) => {
      if (this.audit && host.holds(vcpu.state)) {
        const nested = (view.getUint32(RAM_BASE + at + SVM.VMCB_NP_ENABLE, true) & 1) !== 0;
        this.found ??= this.tables.check(view.getUint32(RAM_BASE + at + (nested ? SVM.VMCB_N_CR3 : SVM.VMCB_CR3), true), false);
        this.audit = !nested;
      }
      enter(at);
    };
    if (this.options.road.road === "hw") return;
    const load = host.load.bind(host);
    host.load = (owner, real, flush) => {
      if (this.audit && owner === vcpu.state) this.found ??= this.checkEntry(real);
      return load(owner, real, flush);
    };
  }

  private checkEntry(real: VcpuState): string | undefined {
    const layout = this.layout?.();
    if (!layout) return this.tables.check(real.u32(STATE.CR3), true);
    const { state, stateHost, stateBytes } = layout;
    const writable = { start: stateHost, end: stateHost + stateBytes, linear: state };
    return this.tables.check(real.u32(STATE.CR3), true, writable) ?? checkSegments(this.host, this.tables, real, layout);
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
    const { road } = this.options;
    const tables = road.road === "bt" ? "translated" : road.road === "hw" && road.paging !== "shadow" ? "nested" : "shadow";
    this.audit = random.chance(AUDITED_PERCENT[tables]);
    this.found = undefined;
    this.pages.fill(random, ram);
    vcpu.reset();
    randomState(random, vcpu.state, ram, this.options.allModes);
    ram.set(attackCode(random, 48), CODE + random.below((CODE_PAGES - 1) * PAGE));
    vcpu.stateChanged();
    this.memoryWritten();
    const longest = road.road === "bt" ? LONGEST_TRANSLATED_RUN : LONGEST_RUN;
    for (let i = 0; i < RUNS; i++) {
      const count = random.chance(20) ? 1 + random.below(4) : 1 + random.below(longest);
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
  bt: { road: { road: "bt" }, allModes: false },
  "hw nested": { road: { road: "hw" }, allModes: true },
  "hw shadow": { road: { road: "hw", paging: "shadow" }, allModes: true },
};
