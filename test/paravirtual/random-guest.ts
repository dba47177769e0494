// Random guests of the road pv that attack, many in a row: whatever one is and does, its run ends, nothing of the host outside its pages changes,
// and all that its tables and segments let it reach is its own.
import type { TranslationPolicy } from "../../core/translator/options.js";
import type { PvBackEnd, PvDisk } from "../../core/vmm/pv/paravirtual.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import * as STATE from "../../wasm/abi/state.js";
import { Random } from "../oracle/random.js";
import { createDomain, type Domain, PAGE } from "./domain.js";
import { MEMORY, RandomPages } from "./random-pages.js";
import { layProgram, PROLOGUE } from "./random-program.js";
import { type Pinned, Reach } from "./reach.js";

/** Most runs of one guest, and instructions of a run. */
const RUNS = 3;
const COUNT = 700;
/** Of guests whose reach is looked at each time that the processor is about to go on with them, too. */
const WATCHED_PERCENT = 2;
const SECTORS = 8;
const SECTOR = 512;

/** A guest that has begun as it must, and goes on with whatever it could have in its registers and memory. */
function scramble(random: Random, { vm, vcpu, ram }: Domain, pages: RandomPages): void {
  const { state, paravirtual } = vcpu;
  pages.fill(random, ram);
  const place = layProgram(random, ram);
  vm.memoryWritten(0, MEMORY);
  const withHandlers = random.chance(92);
  const entry = withHandlers ? PROLOGUE : random.chance(50) ? place() : random.below(MEMORY);
  paravirtual!.start({ entry, end: 0, commandLine: new Uint8Array() });
  for (let n = 0; n < 8; n++) state.setRegister(n, random.chance(70) ? random.below(MEMORY) : random.u32());
  if (!withHandlers) state.setSegment(STATE.CS, { ...state.segment(STATE.CS), selector: 0x1b });
  for (const n of [STATE.ES, STATE.DS, STATE.FS, STATE.GS])
    if (random.chance(30)) state.setSegment(n, { ...state.segment(n), selector: random.below(0x40) });
  state.flags = random.u32() & ~0x100;
  state.set(STATE.CR3, random.u32());
  vcpu.stateChanged();
}

const disk: PvDisk = {
  sectors: SECTORS,
  read: (at, count) => new Uint8Array(count * SECTOR).fill(at + 1),
  write: (at) => at !== SECTORS - 1,
  flush: () => true,
};

export class PvAttack {
  private readonly domain: Domain;
  private readonly pages = new RandomPages(new Random(1));
  private readonly unchanged: () => boolean;
  private readonly reach: Reach;
  private watched = false;
  private found: string | undefined;
  private timerIsSet = false;
  /** How often each kind of exit came. */
  readonly exits: Record<string, number> = {};
  instructions = 0;

  constructor(policy: TranslationPolicy) {
    this.domain = createDomain({ policy, guestBytes: MEMORY });
    const { host, vcpu } = this.domain;
    vcpu.paravirtual!.backEnd = this.backEnd(vcpu.paravirtual!.backEnd);
    this.unchanged = this.domain.others();
    this.reach = new Reach(host.cpu.ram, MEMORY / PAGE);
    const load = host.load.bind(host);
    host.load = (owner, real, flush) => {
      if (this.watched) this.found ??= this.check();
      return load(owner, real, flush);
    };
  }

  get vcpu(): Vcpu {
    return this.domain.vcpu;
  }

  /** Output goes nowhere, and there is always input. */
  private backEnd(backEnd: PvBackEnd): PvBackEnd {
    return {
      ...backEnd,
      disk,
      setTimer: (at) => {
        this.timerIsSet = at !== undefined;
      },
      consoleWrite: (bytes) => bytes.length,
      consoleRead: (most) => new Uint8Array(Math.min(most, 100)).fill(7),
      consoleReadable: () => true,
    };
  }

  private check(): string | undefined {
    const { state, paravirtual } = this.vcpu;
    return this.reach.check(state, paravirtual!.save()!["pinned"] as unknown as Pinned);
  }

  /** Returns what went wrong, or undefined. The same seeds after the same seeds end alike. */
  runCase(seed: number): string | undefined {
    const { vcpu } = this;
    const random = new Random(seed);
    scramble(random, this.domain, this.pages);
    this.watched = random.chance(WATCHED_PERCENT);
    this.found = undefined;
    for (let run = 0; run < RUNS; run++) {
      const before = vcpu.state.instructions;
      let kind: string;
      try {
        ({ kind } = vcpu.run(COUNT));
      } catch (error) {
        return `seed ${seed}: run() threw ${error instanceof Error ? error.stack : error}`;
      }
      this.instructions += Number(vcpu.state.instructions - before);
      this.exits[kind] = (this.exits[kind] ?? 0) + 1;
      const wrong = this.found ?? this.check();
      if (wrong) return `seed ${seed}: ${wrong}`;
      if (kind !== "intr" && kind !== "hlt") break;
      if (this.timerIsSet) vcpu.paravirtual!.timerExpired();
      else if (kind === "hlt") break;
    }
    return this.unchanged() ? undefined : `seed ${seed}: memory of others was written`;
  }
}
