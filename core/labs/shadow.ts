/** Lab: shadow paging step by step. A guest builds page tables, touches a page, changes its entry; each step beside what the VMM made of it. */
import * as STATE from "../../wasm/abi/state.js";
import { type Counts, EVENTS, type EventName } from "../vmm/events/counters.js";
import { reasonName } from "../vmm/events/exit-reasons.js";
import type { ExitRecord } from "../vmm/events/record.js";
import type { Lab, LabEnvironment, LabReport } from "./lab.js";
import { CODE } from "./ring-machine.js";
import { aloneOnTheMachine, entryText, lastOf, littleEndian, nextInstruction, onRoad, PAGE_DIRECTORY, PAGE_TABLE } from "./step-guest.js";

/** The page that is watched, another one, and where the entry for the first lies. */
export const PAGE = 0x8000;
const OTHER = 0x9000;
const ENTRY = PAGE_TABLE + (PAGE >> 12) * 4;
const HANDLER = 0x6000;
const VECTOR_PF = 14;
const MOST_STEPS = 2000;

const dword = (value: number) => littleEndian(value, 4);
const store = (address: number, value: number) => [0xc7, 0x05, ...dword(address), ...dword(value)];
const READ = [0xa1, ...dword(PAGE)];
const INVLPG = [0x0f, 0x01, 0x3d, ...dword(PAGE)];
const WRITE = [0xa3, ...dword(PAGE)];
const setEntry = (value: number) => store(ENTRY, value);

/** The guest, in parts that are told together: what it is about, and its code. */
const PROGRAM: readonly (readonly [about: string, code: readonly number[]])[] = [
  // MOV EDI, table; MOV EAX, 3; MOV ECX, 60h; CLD
  ["paging is off: where the page table is to be", [0xbf, ...dword(PAGE_TABLE), 0xb8, ...dword(3), 0xb9, ...dword(0x60), 0xfc]],
  // STOSD; ADD EAX, 1000h; LOOP
  ["96 entries, one to one", [0xab, 0x05, ...dword(0x1000), 0xe2, 0xf8]],
  ["the page directory", store(PAGE_DIRECTORY, PAGE_TABLE | 3)],
  ["CR3", [0xb8, ...dword(PAGE_DIRECTORY), 0x0f, 0x22, 0xd8]],
  ["CR0: paging on, write protection too", [0x0f, 0x20, 0xc0, 0x0d, ...dword(0x80010000), 0x0f, 0x22, 0xc0]],
  ["first read of the page", READ],
  ["first write", WRITE],
  ["second write", WRITE],
  ["its entry leads to another page", setEntry(OTHER | 3)],
  ["before INVLPG: the TLB has the old page, as it may on bare hardware", READ],
  ["INVLPG", INVLPG],
  ["behind it: what the guest's table says", READ],
  ["the entry is not present", [...setEntry(0), ...INVLPG]],
  ["a read: the guest's own fault, its handler puts the entry back", READ],
  ["the entry is read-only", setEntry(PAGE | 1)],
  ["a write: its own fault again", WRITE],
  ["the end", [0xf4]],
];

/** ADD ESP, 4 (the error code); IRETD. */
const HANDLER_CODE = [...setEntry(PAGE | 3), 0x83, 0xc4, 4, 0xcf];

export interface ShadowStep {
  readonly about: string;
  readonly text: string;
  /** Of the watched page, after the step; undefined: there is no table yet. */
  readonly guest: bigint | undefined;
  readonly shadow: bigint | undefined;
  readonly exits: readonly ExitRecord[];
}

/** The guest's life, an instruction at a time (a loop as one), and what was counted. */
export function runShadowLab(module: WebAssembly.Module): { readonly steps: readonly ShadowStep[]; readonly counts: Counts } {
  const code = PROGRAM.flatMap(([, bytes]) => bytes);
  const alone = aloneOnTheMachine(module, code, {
    parts: [{ at: HANDLER, bytes: HANDLER_CODE }],
    handlers: new Map([[VECTOR_PF, HANDLER]]),
  });
  const vm = onRoad(module, { road: "trap" }, alone);
  const starts = PROGRAM.map((_, n) => CODE + PROGRAM.slice(0, n).reduce((sum, [, bytes]) => sum + bytes.length, 0));
  const partOf = (eip: number) => starts.findLastIndex((start) => start <= eip);
  const steps: ShadowStep[] = [];
  let about = "";
  for (let n = 0; n < MOST_STEPS && vm.state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_RUNNING; n++) {
    const { rip } = vm.state;
    const part = rip >= HANDLER ? -1 : partOf(rip);
    const isLoop = part === 1;
    const text = isLoop ? "stosd; add; loop" : nextInstruction(vm);
    const exits: ExitRecord[] = [];
    do exits.push(...vm.step().exits);
    while (isLoop && partOf(vm.state.rip) === part && ++n < MOST_STEPS);
    const now = part < 0 ? "the guest's handler" : PROGRAM[part]![0];
    const paged = vm.state.cr0 >>> 31 !== 0;
    steps.push({
      about: now === about ? "" : now,
      text,
      guest: paged ? BigInt(vm.memory.getUint32(ENTRY, true)) : undefined,
      shadow: lastOf(vm.vcpu.tableSteps(PAGE)),
      exits,
    });
    about = now;
  }
  return { steps, counts: vm.vcpu.counters.since() };
}

const SHOWN: readonly EventName[] = ["hiddenFaults", "trueFaults", "traces", "shadowFills", "emulations", "injections", "tlbFlushes"];

function run({ module }: LabEnvironment): LabReport {
  const { steps, counts } = runShadowLab(module);
  const ofPage = (exits: readonly ExitRecord[]) =>
    exits.map(({ reason, translations, action }) => {
      const [translation] = translations;
      const where = translation?.gva === undefined ? "" : ` at ${translation.gva.toString(16)}`;
      return `${reasonName(reason)}${where}: ${action}`;
    });
  return {
    title: "Shadow paging, step by step",
    text: [
      [
        `A guest on the road trap; the watched page is at ${PAGE.toString(16)}h. Its entry in the guest's table, and the one that the processor really walks, after each`,
        "instruction: the frame, then W writable, U user, A accessed, D dirty. A hidden fault is the VMM's own: the shadow has not what the guest has",
        "already. A true fault the guest gets itself. A trace is a store to a page table: what was made of the entry goes.",
      ].join("\n"),
    ],
    tables: [
      {
        title: "Steps",
        columns: ["the guest", "instruction", "guest entry", "shadow entry", "exits"],
        rows: steps.map(({ about, text, guest, shadow, exits }) => [
          about,
          text,
          guest === undefined ? "paging off" : entryText(guest),
          entryText(shadow),
          [...new Set(ofPage(exits))].join("; ") || "-",
        ]),
      },
      {
        title: "Counts",
        columns: ["what", "how often"],
        rows: [
          ...[...counts.exits].map(([reason, count]) => [`exits: ${reasonName(reason)}`, String(count)]),
          ...SHOWN.map((name) => [EVENTS[name], String(counts.events.get(name) ?? 0)]),
        ],
      },
    ],
  };
}

export const shadowLab: Lab = {
  name: "shadow",
  description: "shadow paging step by step: guest entry beside shadow entry, hidden faults, true faults and traces",
  switches: [],
  run,
};
