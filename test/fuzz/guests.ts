// Fuzz cases for guests: a random VMCB, entered by enterGuest() with nested paging, over memory of which the guest is given a part. Whatever it
// is and does, it touches nothing else: no other byte, no port, no device.
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import * as STATE from "../../wasm/abi/state.js";
import * as V from "../../wasm/abi/svm.js";
import { Emitter } from "../lockstep/emitter.js";
import { anything } from "../lockstep/specials.js";
import { Random } from "../oracle/random.js";
import { type VmcbPlace, writeVmcb } from "./vmcb.js";

const PAGE = 4096;
const RAM_BYTES = 64 * PAGE;
const VMCB_AT = 0;
/** Nested tables: pages 1 to 3. */
const NESTED_PDPT = PAGE;
const NESTED_DIRECTORY = 2 * PAGE;
const NESTED_TABLE = 3 * PAGE;
/** All ports are intercepted. */
const IOPM = 4 * PAGE;
const MSRPM = 7 * PAGE;
const GUEST_AT = 16 * PAGE;
const GUEST_PAGES = 16;
const GUEST_BYTES = GUEST_PAGES * PAGE;
const MAX_RUN = 500;
const MAX_MILLISECONDS = 5000;
const ENTRIES = 4;
/** Accessed and dirty, which the processor sets in nested tables. */
const USED = 0x60;
const TABLE_FLAGS = [0x07, 0x67, 0x05, 0x00];

/** Pages of guests to choose from. */
const POOL = 64;
/** What a VMM sees more of than other programs: VMRUN and its kin, CPUID, HLT, RDTSC, RDMSR, INT n, ports, control registers, INVLPG, PUSHF, POPF. */
const SENSITIVE: readonly (readonly number[])[] = [
  ...[0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf].map((last) => [0x0f, 0x01, last]),
  ...[[0x0f, 0xa2], [0xf4], [0x0f, 0x31], [0x0f, 0x32], [0xcd, 0x21], [0xec], [0xee], [0xf3, 0x6d], [0x0f, 0x20, 0xc0], [0x0f, 0x22, 0xd8]],
  ...[[0x0f, 0x01, 0x38], [0x9c], [0x9d], [0xf3, 0x90], [0xcf], [0xfb]],
];

function tablePage(random: Random): Uint8Array {
  const page = new DataView(new ArrayBuffer(PAGE));
  for (let i = 0; i < PAGE; i += 4) page.setUint32(i, (random.below(GUEST_PAGES) << 12) | random.pick([0x07, 0x67, 0xe7, 0x63]), true);
  return new Uint8Array(page.buffer);
}

function codePage(random: Random): Uint8Array {
  const e = new Emitter(random, random.chance(70) ? 32 : 16, 0);
  while (e.length < PAGE) {
    const n = random.below(10);
    if (n < 6) anything(e);
    else if (n < 9) e.add(...random.pick(SENSITIVE));
    else e.add(...random.bytes(3));
  }
  return Uint8Array.from(e.bytes.slice(0, PAGE));
}

export class GuestFuzzer {
  private readonly cpu;
  private readonly ram;
  private readonly place: VmcbPlace;
  /** What guests are made of. */
  private readonly pages: readonly Uint8Array[];
  /** What was called of the host in the case at hand. */
  private calls: string[] = [];
  readonly exits = new Map<number, number>();

  constructor(module: WebAssembly.Module, policy: TranslationPolicy) {
    const call = (name: string) => () => {
      this.calls.push(name);
      return 0;
    };
    const host = { portIn: call("portIn"), portOut: call("portOut"), mmioRead: call("mmioRead"), mmioWrite: call("mmioWrite") };
    const translator = TRANSLATION_POLICIES[policy];
    const features = STATE.FEATURE_SVM | STATE.FEATURE_SMEP | STATE.FEATURE_SMAP | STATE.FEATURE_UMIP;
    const machine = smallMachine({ module, ramBytes: RAM_BYTES, host, features, ...(translator && { translator }) });
    this.cpu = machine.cpu;
    this.ram = machine.ram;
    const random = new Random(1);
    for (let at = 0; at < RAM_BYTES; at += 4) this.ram.setUint32(at, random.u32(), true);
    this.pages = Array.from({ length: POOL }, (_, i) => (i < POOL / 4 ? tablePage(random) : codePage(random)));
    this.place = { memory: this.ram, at: VMCB_AT, iopm: IOPM, msrpm: MSRPM, guestBytes: GUEST_BYTES };
  }

  /** Returns what went wrong, or undefined. */
  runCase(seed: number): string | undefined {
    const random = new Random(seed);
    const { cpu } = this;
    this.calls = [];
    cpu.reset();
    this.writeHost(random);
    this.writeGuest(random);
    cpu.memoryWritten(0, RAM_BYTES);
    const before = cpu.ram.slice();
    for (let i = 0; i < ENTRIES; i++) {
      writeVmcb(this.place, random, NESTED_PDPT);
      for (let register = 0; register < 8; register++) cpu.setRegister(register * 8, BigInt(random.u32()));
      const wrong = this.enter(random) ?? this.checkMemory(before);
      if (wrong) return `seed ${seed}, entry ${i}: ${wrong}`;
    }
    return undefined;
  }

  private enter(random: Random): string | undefined {
    const { cpu } = this;
    const count = 1 + random.below(MAX_RUN);
    const start = performance.now();
    const instructions = cpu.instructions;
    if (random.chance(30)) cpu.setInterrupt(random.chance(50));
    if (random.chance(10)) cpu.nonMaskableInterrupt();
    try {
      cpu.enterGuest(VMCB_AT);
      const exit = cpu.run(count);
      if (exit === "vmexit") {
        const code = Number(this.ram.getBigInt64(VMCB_AT + V.VMCB_EXITCODE, true));
        this.exits.set(code, (this.exits.get(code) ?? 0) + 1);
        if (cpu.run(count) !== "vmexit") return "run() went on without a guest";
      }
    } catch (error) {
      return `the processor threw ${error}`;
    }
    if (cpu.instructions - instructions > count) return `more than ${count} instructions were executed`;
    if (performance.now() - start > MAX_MILLISECONDS) return `${count} instructions took too long`;
    return this.calls.length ? `the guest reached the host's ${this.calls.join(", ")}` : undefined;
  }

  /** Nested tables that map guest-physical pages to the guest's part alone. */
  private writeHost(random: Random): void {
    const { ram, cpu } = this;
    cpu.ram.fill(0, NESTED_PDPT, IOPM);
    cpu.ram.fill(0xff, IOPM, IOPM + 3 * PAGE);
    ram.setUint32(NESTED_PDPT, NESTED_DIRECTORY | 1, true);
    ram.setUint32(NESTED_DIRECTORY, NESTED_TABLE | 7, true);
    for (let i = 0; i < GUEST_PAGES; i++) {
      const flags = random.chance(80) ? 7 : random.pick(TABLE_FLAGS);
      ram.setUint32(NESTED_TABLE + i * 8, (GUEST_AT + i * PAGE) | flags, true);
      if (random.chance(10)) ram.setUint32(NESTED_TABLE + i * 8 + 4, 0x80000000, true);
    }
  }

  /** Pages of instructions, and pages that may serve as page tables. */
  private writeGuest(random: Random): void {
    for (let page = 0; page < GUEST_PAGES; page++) this.cpu.ram.set(random.pick(this.pages), GUEST_AT + page * PAGE);
  }

  /** Outside the VMCB and the guest's part, only accessed and dirty bits of nested tables may have changed. */
  private checkMemory(before: Uint8Array): string | undefined {
    const { ram } = this.cpu;
    const same = (start: number, end: number) => Buffer.compare(ram.subarray(start, end), before.subarray(start, end)) === 0;
    if (!same(IOPM, GUEST_AT) || !same(GUEST_AT + GUEST_BYTES, RAM_BYTES)) return "the guest wrote to its host's memory";
    for (let at = NESTED_PDPT; at < IOPM; at++) if ((ram[at]! | USED) !== (before[at]! | USED)) return `the nested tables changed at ${at}`;
    return undefined;
  }
}
