/** Lab: ring compression. A kernel and its user code, an instruction at a time: which ring they believe in, which is real, what faults and what lies. */
import * as STATE from "../../wasm/abi/state.js";
import { reasonName } from "../vmm/events/exit-reasons.js";
import type { ExitRecord } from "../vmm/events/record.js";
import type { VcpuState } from "../vmm/state.js";
import type { Compression } from "../vmm/trap/compression.js";
import type { Lab, LabEnvironment, LabReport, LabTable } from "./lab.js";
import type { LabVm } from "./lab-vm.js";
import { CODE, DATA, RAM, type RingMachine, STACK, USER_CODE, USER_DATA } from "./ring-machine.js";
import { aloneOnTheMachine, entryText, lastOf, littleEndian, nextInstruction, onRoad, PAGE_DIRECTORY, PAGE_TABLE } from "./step-guest.js";

export const USER = 0x5000;
const USER_STACK = DATA + 0x1000;
const SYSTEM_CALL = 0x6000;
const KERNEL_STACK = STACK - 4;
const ENTRIES = RAM >> 12;
const PG_WP = 0x80010000;
const MOST_STEPS = 200;
const dword = (value: number) => littleEndian(value, 4);
const pushDword = (value: number) => [0x68, ...dword(value)];

const KERNEL_CODE: readonly number[] = [
  ...[0x8c, 0xc8], // MOV EAX, CS
  ...[0x0e, 0x58], // PUSH CS; POP EAX
  ...[0xfa, 0x9c, 0x58, 0xfb], // CLI; PUSHFD; POP EAX; STI
  ...[0x0f, 0x00, 0xc8], // STR EAX
  ...[0x0f, 0x01, 0x05, ...dword(DATA)], // SGDT
  ...[0xb9, ...dword(0x10), 0x0f, 0x02, 0xc1], // MOV ECX, kernel data; LAR EAX, ECX
  ...[0x8e, 0xd1], // MOV SS, ECX
  ...[0x0f, 0x20, 0xc0], // MOV EAX, CR0
  ...pushDword(USER_DATA | 3),
  ...pushDword(USER_STACK),
  ...pushDword(0x202),
  ...pushDword(USER_CODE | 3),
  ...pushDword(USER),
  0xcf, // IRETD
];
const USER_PROGRAM: readonly number[] = [
  ...[0x8c, 0xc8], // MOV EAX, CS
  ...[0x8c, 0xd1, 0x8e, 0xd9], // MOV ECX, SS; MOV DS, ECX
  ...[0xa3, ...dword(DATA)], // MOV [data], EAX
  ...[0xcd, 0x80], // INT 80h
  ...[0xa1, ...dword(KERNEL_STACK)], // MOV EAX, [kernel stack]
];
/** MOV EAX, CS; IRETD. */
const SYSTEM_CALL_CODE: readonly number[] = [0x8c, 0xc8, 0xcf];

/** One to one; what the user may touch is his code and data. */
const PAGES = Array.from({ length: ENTRIES }, (_, n) => (n << 12) | (n << 12 === USER || n << 12 === DATA ? 7 : 3)).flatMap(dword);

/** Pages whose entries are shown. */
const SHOWN: readonly (readonly [string, number])[] = [
  ["kernel code", CODE],
  ["kernel stack", KERNEL_STACK & ~0xfff],
  ["user code", USER],
  ["user data", DATA],
];

export interface RingStep {
  readonly text: string;
  readonly virtualCpl: number;
  readonly realCpl: number;
  readonly virtualCs: number;
  readonly realCs: number;
  readonly exits: readonly ExitRecord[];
  /** What is, from this instruction on, not as it would be alone on the machine. */
  readonly differs: readonly string[];
}

export interface RingRun {
  readonly steps: readonly RingStep[];
  /** For each page shown: its entry in the guest's table, and in the shadow that its ring 0 and its ring 3 ran on. */
  readonly pages: readonly {
    readonly name: string;
    readonly guest: bigint;
    readonly kernel: bigint | undefined;
    readonly user: bigint | undefined;
  }[];
}

const REGISTERS = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"];
const SEGMENTS = ["ES", "CS", "SS", "DS", "FS", "GS"];
const hex = (value: number, digits = 8) => (value >>> 0).toString(16).toUpperCase().padStart(digits, "0");

/** What the guest on the road has, and the one alone has not: by name, "here, alone there". */
function differences({ state, memory }: LabVm, { cpu, ram }: RingMachine): Map<string, string> {
  const found = new Map<string, string>();
  const compare = (name: string, here: number, alone: number, digits = 8) => {
    if (here !== alone) found.set(name, `${name} ${hex(here, digits)}, alone ${hex(alone, digits)}`);
  };
  REGISTERS.forEach((name, n) => {
    compare(name, state.register(n), cpu.view.getUint32(STATE.REGS + n * 8, true));
  });
  compare("EIP", state.rip, cpu.view.getUint32(STATE.RIP, true));
  compare("EFLAGS", state.flags, cpu.flags >>> 0);
  SEGMENTS.forEach((name, n) => {
    compare(name, state.segment(n).selector, cpu.segment(n).selector, 4);
  });
  for (let at = 0; at < RAM; at += 4) {
    const alone = ram.getUint32(at, true);
    if (memory.getUint32(at, true) !== alone) compare(`[${at.toString(16)}h]`, memory.getUint32(at, true), alone);
  }
  return found;
}

/** The guest on the road, step by step beside the same one alone on the machine. */
export function runRingsLab(module: WebAssembly.Module, compression: Compression): RingRun {
  const alone = aloneOnTheMachine(module, KERNEL_CODE, {
    parts: [
      { at: USER, bytes: USER_PROGRAM },
      { at: SYSTEM_CALL, bytes: SYSTEM_CALL_CODE },
      { at: PAGE_TABLE, bytes: PAGES },
      { at: PAGE_DIRECTORY, bytes: dword(PAGE_TABLE | 7) },
    ],
    handlers: new Map([[0x80, SYSTEM_CALL]]),
    fields: [[STATE.CR3, PAGE_DIRECTORY]],
  });
  const { cpu } = alone;
  cpu.view.setUint32(STATE.CR0, (cpu.view.getUint32(STATE.CR0, true) | PG_WP) >>> 0, true);
  cpu.synchronize();
  const vm = onRoad(module, { road: "trap", compression }, alone);
  const steps: RingStep[] = [];
  const shadows = new Map<string, bigint>();
  let known = new Map<string, string>();
  while (steps.length < MOST_STEPS && vm.state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_RUNNING) {
    const text = nextInstruction(vm);
    const before = { cpl: vm.state.cpl, cs: vm.state.segment(STATE.CS).selector };
    const { exits } = vm.step();
    cpu.run(1);
    const now = differences(vm, alone);
    const { realCpl, realCs } = realRing(vm.vcpu.real, exits);
    steps.push({
      text,
      virtualCpl: before.cpl,
      realCpl,
      virtualCs: before.cs,
      realCs,
      exits,
      differs: [...now].filter(([name, what]) => known.get(name) !== what).map(([, what]) => what),
    });
    known = now;
    for (const [, page] of SHOWN)
      for (const cpl of [0, 3]) {
        const entry = lastOf(vm.vcpu.tableSteps(page, cpl));
        if (entry) shadows.set(`${page} ${cpl}`, entry);
      }
  }
  const pages = SHOWN.map(([name, page]) => ({
    name: `${name} ${page.toString(16)}h`,
    guest: BigInt(vm.memory.getUint32(PAGE_TABLE + (page >> 12) * 4, true)),
    kernel: shadows.get(`${page} 0`),
    user: shadows.get(`${page} 3`),
  }));
  return { steps, pages };
}

/** While the instruction was executed, or tried. */
function realRing(real: VcpuState | undefined, exits: readonly ExitRecord[]): { realCpl: number; realCs: number } {
  if (!real) throw new Error("the road has no state of its own");
  return { realCpl: exits.at(-1)?.privilege.realCpl ?? real.cpl, realCs: real.segment(STATE.CS).selector };
}

function stepsTable(compression: Compression, { steps }: RingRun): LabTable {
  return {
    title: `${compression}: each instruction`,
    columns: ["instruction", "CPL", "real", "CS", "real", "exits", "not as alone on the machine"],
    rows: steps.map(({ text, virtualCpl, realCpl, virtualCs, realCs, exits, differs }) => [
      text,
      String(virtualCpl),
      String(realCpl),
      hex(virtualCs, 4),
      hex(realCs, 4),
      exits.map(({ reason }) => reasonName(reason)).join(" ") || "-",
      differs.join("; ") || "-",
    ]),
  };
}

function pagesTable(compression: Compression, { pages }: RingRun): LabTable {
  return {
    title: `${compression}: pages, by the guest's table and by what the processor walks (W writable, U open to ring 3, A, D)`,
    columns: ["page", "guest", "while its ring 0 runs", "while its ring 3 runs"],
    rows: pages.map(({ name, guest, kernel, user }) => [name, entryText(guest), entryText(kernel), entryText(user)]),
  };
}

function run({ module }: LabEnvironment): LabReport {
  const runs = (["0/1/3", "0/3/3"] as const).map((compression) => ({ compression, result: runRingsLab(module, compression) }));
  const opened = (compression: Compression) =>
    runs
      .find((r) => r.compression === compression)!
      .result.pages.filter(({ guest, kernel }) => !(guest & 4n) && kernel !== undefined && (kernel & 4n) !== 0n)
      .map(({ name }) => name)
      .join(", ");
  return {
    title: "Ring compression",
    text: [
      [
        "The guest's ring 0 runs in ring 1 (0/1/3) or ring 3 (0/3/3), its ring 3 in ring 3. Every instruction is executed twice: on the road trap, and by a",
        "processor on which the guest is alone. The last column has what is different from this instruction on: there a sensitive instruction has lied.",
        "A fault that the VMM emulates is no lie.",
      ].join("\n"),
      [
        `Paging knows two kinds of rings: 0 to 2, and 3. In ring 1 the kernel still is a supervisor, and one shadow serves both. Under 0/3/3 the processor`,
        `takes the kernel for a user: pages of the kernel alone are open to ring 3 while it runs (${opened("0/3/3") || "none"}; under 0/1/3: ${opened("0/1/3") || "none"}),`,
        "and must not be when the guest's user code does. So there are two shadows, and CR3 is loaded at each change of ring.",
      ].join("\n"),
    ],
    tables: runs.flatMap(({ compression, result }) => [stepsTable(compression, result), pagesTable(compression, result)]),
  };
}

export const ringsLab: Lab = {
  name: "rings",
  description: "ring compression step by step: virtual and real ring, what faults, what lies, and why 0/3/3 needs two shadows",
  switches: [],
  run,
};
