// Random guests of the road pv that attack, many in a row: whatever one is and does, its run ends, and nothing of the host outside its pages changes.
// Not here: a look at what it can read (frames.test.ts has what may stand in its tables).
import type { TranslationPolicy } from "../../core/translator/options.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import * as STATE from "../../wasm/abi/state.js";
import { Random } from "../oracle/random.js";
import { createDomain, type Domain, GUEST_BYTES, OFFSET, PAGE } from "./domain.js";

/** Most runs of one guest, and instructions of a run. */
const RUNS = 3;
const COUNT = 2000;
/** Of the guest's memory: where what follows lies, and what registers point to. */
const USED = 1 << 20;
/** Pages of each kind, made once; a guest's memory is put together from them. */
const PAGES = 64;

/** A guest that has begun as it must, and goes on with whatever it could have in its registers and memory. */
function scramble(random: Random, { vcpu, ram }: Domain, pages: readonly (readonly Uint8Array[])[]): void {
  const { state, paravirtual } = vcpu;
  for (let at = 0; at < USED; at += PAGE) ram.set(random.pick(pages[(at >> 13) & 1]!), at);
  const places = layCalls(random, ram);
  const place = () => (random.chance(90) ? random.pick(places) : random.below(USED));
  const withHandlers = random.chance(90);
  if (withHandlers) layHandlers(random, ram, place);
  vcpu.memoryWritten(0, USED);
  paravirtual!.start({ entry: withHandlers ? PROLOGUE : random.below(USED), end: 0, commandLine: new Uint8Array() });
  for (let n = 0; n < 8; n++) state.setRegister(n, random.chance(70) ? random.below(USED) : random.u32());
  if (!withHandlers) state.setSegment(STATE.CS, { ...state.segment(STATE.CS), selector: 0x1b });
  for (const n of [STATE.ES, STATE.DS, STATE.FS, STATE.GS])
    if (random.chance(30)) state.setSegment(n, { ...state.segment(n), selector: random.below(0x40) });
  state.flags = random.u32() & ~0x100;
  state.set(STATE.CR3, random.u32());
  vcpu.stateChanged();
}

const [PROLOGUE, TRAPS, VECTORS] = [0x8000, 0x9000, 64];
const CALLS = { start: 0x20000, end: 0x30000 };
const word = (value: number) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
/** MOV EBX, ECX, EAX and INT F0H. */
const call = (number: number, ebx: number, ecx: number) => [0xbb, ...word(ebx), 0xb9, ...word(ecx), 0xb8, ...word(number), 0xcd, 0xf0];

/** Hypercalls one behind the other, of page tables above all, with frames that are the guest's or nearly; attacks between them. Where each begins. */
function layCalls(random: Random, ram: Uint8Array): readonly number[] {
  const places: number[] = [];
  /** The first frames, with what follows; the last ones, with the first page tables; and just outside. */
  const frame = () => (random.chance(50) ? OFFSET + random.below(USED) : OFFSET + GUEST_BYTES - random.below(16 * PAGE) + PAGE) >>> 12;
  for (let at = CALLS.start; at < CALLS.end; ) {
    places.push(at);
    const table = random.chance(70);
    const argument = table || random.chance(50) ? frame() : random.u32();
    const code = random.chance(15)
      ? random.pick(INSTRUCTIONS)
      : call(table ? 6 : random.below(13), random.chance(90) ? random.below(5) : random.below(USED), argument);
    ram.set(code, at);
    at += code.length;
  }
  return places;
}

/** Code that sets handlers, a stack, a callback and a timer, and goes on at one of the places. */
function layHandlers(random: Random, ram: Uint8Array, place: () => number): void {
  const view = new DataView(ram.buffer, ram.byteOffset, USED);
  for (let vector = 0; vector < VECTORS; vector++) {
    view.setUint32(TRAPS + vector * 8, vector | ((random.chance(50) ? 1 : 3) << 8) | (random.below(2) << 10) | (9 << 16), true);
    view.setUint32(TRAPS + vector * 8 + 4, place(), true);
  }
  const calls = [
    call(1, TRAPS, VECTORS),
    call(2, 0x11, random.below(USED)),
    call(3, place(), 0),
    call(7, 0, random.below(3)),
    call(7, 3, 0),
  ];
  ram.set([...calls.flat(), 0xbc, ...word(random.below(USED)), 0xb8, ...word(place()), 0xff, 0xe0], PROLOGUE);
}

/** Anything, or page-table entries of the guest's own frames; and instructions. */
function page(random: Random, isTable: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(PAGE));
  for (let at = 0; at < PAGE; at += 4)
    view.setUint32(at, isTable ? OFFSET + random.below(USED) - (random.u32() & 0x180) : random.u32(), true);
  const bytes = new Uint8Array(view.buffer);
  for (let i = 0; i < 16; i++) bytes.set(random.pick(INSTRUCTIONS), random.below(PAGE - 16));
  return bytes;
}

/** What an attacker tries: privileged and sensitive instructions, and stores. */
const INSTRUCTIONS: readonly Uint8Array[] = (
  "0f22d8 0f22c0 0f22e0 0f0110 0f0118 0f00d0 0f00d8 8ed0 8ed8 0fb220 cf cb ea000001000900 ea000001001b00 9a000001001100 cd80 cdf0 cc 9d fa fb " +
  "f4 0f30 0f32 0f34 0f35 0f23f8 0f23c0 f3ab f3a5 8903 0106 8707 60 6d f36f ec ef 0f0138 0f01f0 0f06 0f01d9"
)
  .split(" ")
  .map((digits) => Buffer.from(digits, "hex"));

export class PvAttack {
  private readonly domain: Domain;
  private readonly pages: readonly (readonly Uint8Array[])[];
  private readonly unchanged: () => boolean;
  /** How often each kind of exit came. */
  readonly exits: Record<string, number> = {};
  instructions = 0;

  constructor(policy: TranslationPolicy) {
    const random = new Random(1);
    this.pages = [false, true].map((isTable) => Array.from({ length: PAGES }, () => page(random, isTable)));
    this.domain = createDomain({ policy });
    this.unchanged = this.domain.others();
  }

  get vcpu(): Vcpu {
    return this.domain.vcpu;
  }

  /** Returns what went wrong, or undefined. The same seeds after the same seeds end alike. */
  runCase(seed: number): string | undefined {
    const { vcpu } = this;
    scramble(new Random(seed), this.domain, this.pages);
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
      if (kind !== "intr") break;
    }
    return this.unchanged() ? undefined : `seed ${seed}: memory of others was written`;
  }
}
