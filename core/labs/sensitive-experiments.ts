/**
 * One experiment for each sensitive instruction that does not trap: what a guest kernel (or its user code) executes, and what it learns from it.
 * Nothing here knows the results: the processor gives them.
 */
import {
  CODE,
  DATA,
  KERNEL_CODE,
  KERNEL_DATA,
  type Ring,
  type RingOutcome,
  type RingSetup,
  STACK,
  type World,
  worldOf,
} from "./ring-machine.js";

export interface Experiment {
  /** As in the instruction table. */
  readonly mnemonic: string;
  /** What the guest does and wants to know. */
  readonly question: string;
  readonly code: readonly number[];
  /** Executed by the guest's user code, in ring 3 wherever the kernel is. */
  readonly user?: boolean;
  readonly setup?: (where: { readonly world: World; readonly ring: Ring }) => Pick<RingSetup, "registers" | "flags" | "stack" | "data">;
  /** What the guest has learned, if no exception stopped it. `ram` is the machine's memory. */
  readonly observe: (outcome: RingOutcome, ram: DataView) => string;
}

const IF = 0x200;
const OF = 0x800;
const ZF = 0x40;
const VIF = 0x80000;
const ECX = 1;
const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");

const withEcx = (value: number) => () => ({ registers: [0, 0, 0, 0, STACK, 0, 0, 0].map((old, n) => (n === ECX ? value : old)) });
const littleEndian = (value: number, bytes: number) => Array.from({ length: bytes }, (_, n) => (value >>> (8 * n)) & 0xff);
const at = (address: number) => littleEndian(address, 4);

const ax = (outcome: RingOutcome) => hex(outcome.registers[0]! & 0xffff, 4);
const interruptFlag = ({ flags }: RingOutcome) => `IF ${flags & IF ? 1 : 0}`;
const zeroFlag = ({ flags }: RingOutcome) => (flags & ZF ? "yes" : "no");
const tableRegister = (_: RingOutcome, ram: DataView) =>
  `base ${hex(ram.getUint32(DATA + 2, true), 8)}, limit ${hex(ram.getUint16(DATA, true), 4)}`;
const top = ({ registers }: RingOutcome, ram: DataView, index = 0) => ram.getUint32(registers[4]! + index * 4, true);
const selector = (n: number) => (outcome: RingOutcome) => hex(outcome.selectors[n]!, 4);
const loaded = (outcome: RingOutcome) => `loaded, CPL ${outcome.cpl}`;
const arrival = ({ handler, cpl }: RingOutcome) =>
  handler ? `the ${handler.world === "vmm" ? "VMM" : "guest"}'s handler, CPL ${cpl}` : "nowhere";

/** A guest that has interrupts off believes IF 0; the VMM never lets the processor have them off. */
const flagsOfWorld = ({ world }: { world: World }) => ({ flags: world === "guest" ? 0 : IF });
const NEXT = CODE + 0x10;
/** Offset and selector of the guest's kernel data, as a far pointer at DATA. */
const kernelPointer = (rpl: number) => () => ({ data: [...littleEndian(0, 4), ...littleEndian(KERNEL_DATA | rpl, 2)] });
const USER_GRABS = "user code loads a kernel data segment";

const registers: readonly Experiment[] = [
  { mnemonic: "sgdt", question: "where is my GDT?", code: [0x0f, 0x01, 0x05, ...at(DATA)], observe: tableRegister },
  { mnemonic: "sidt", question: "where is my IDT?", code: [0x0f, 0x01, 0x0d, ...at(DATA)], observe: tableRegister },
  { mnemonic: "sldt", question: "which LDT did I load?", code: [0x0f, 0x00, 0xc0], observe: ax },
  { mnemonic: "str", question: "which TSS did I load?", code: [0x0f, 0x00, 0xc8], observe: ax },
  {
    mnemonic: "smsw",
    question: "did I set CR0.TS?",
    code: [0x0f, 0x01, 0xe0],
    observe: (o) => `CR0 ${ax(o)}, TS ${(o.registers[0]! >> 3) & 1}`,
  },
];

const flags: readonly Experiment[] = [
  {
    mnemonic: "pushf",
    question: "after CLI: are interrupts off?",
    code: [0x9c],
    setup: flagsOfWorld,
    observe: (o, ram) => `IF ${top(o, ram) & IF ? 1 : 0}`,
  },
  { mnemonic: "popf", question: "restore flags with IF 0", code: [0x9d], setup: () => ({ flags: IF, stack: [2] }), observe: interruptFlag },
  {
    mnemonic: "iret",
    question: "return to flags with IF 0",
    code: [0xcf],
    setup: ({ ring }) => ({ flags: IF, stack: [NEXT, KERNEL_CODE | ring, 2] }),
    observe: interruptFlag,
  },
];

const inspections: readonly Experiment[] = [
  {
    mnemonic: "lar",
    question: "rights of my data segment?",
    code: [0x0f, 0x02, 0xc1],
    setup: withEcx(KERNEL_DATA),
    observe: (o) => (o.flags & ZF ? `DPL ${(o.registers[0]! >> 13) & 3}` : "none"),
  },
  {
    mnemonic: "lsl",
    question: "limit of my data segment?",
    code: [0x0f, 0x03, 0xc1],
    setup: withEcx(KERNEL_DATA),
    observe: (o) => (o.flags & ZF ? hex(o.registers[0]!, 8) : "none"),
  },
  {
    mnemonic: "verr",
    question: "may RPL 3 read kernel data?",
    code: [0x0f, 0x00, 0xe1],
    setup: withEcx(KERNEL_DATA | 3),
    observe: zeroFlag,
  },
  {
    mnemonic: "verw",
    question: "may RPL 3 write kernel data?",
    code: [0x0f, 0x00, 0xe9],
    setup: withEcx(KERNEL_DATA | 3),
    observe: zeroFlag,
  },
];

const segments: readonly Experiment[] = [
  { mnemonic: "push", question: "PUSH CS: in which ring am I?", code: [0x0e], observe: (o, ram) => hex(top(o, ram) & 0xffff, 4) },
  { mnemonic: "mov", question: "MOV from CS: in which ring am I?", code: [0x8c, 0xc8], observe: ax },
  { mnemonic: "mov", question: "load SS with RPL 0", code: [0x8e, 0xd1], setup: withEcx(KERNEL_DATA), observe: selector(2) },
  { mnemonic: "pop", question: USER_GRABS, code: [0x1f], user: true, setup: () => ({ stack: [KERNEL_DATA | 3] }), observe: loaded },
  { mnemonic: "lds", question: USER_GRABS, code: [0xc5, 0x05, ...at(DATA)], user: true, setup: kernelPointer(3), observe: loaded },
  { mnemonic: "les", question: USER_GRABS, code: [0xc4, 0x05, ...at(DATA)], user: true, setup: kernelPointer(3), observe: loaded },
  { mnemonic: "lfs", question: USER_GRABS, code: [0x0f, 0xb4, 0x05, ...at(DATA)], user: true, setup: kernelPointer(3), observe: loaded },
  { mnemonic: "lgs", question: USER_GRABS, code: [0x0f, 0xb5, 0x05, ...at(DATA)], user: true, setup: kernelPointer(3), observe: loaded },
  { mnemonic: "lss", question: "load SS with RPL 0", code: [0x0f, 0xb2, 0x05, ...at(DATA)], setup: kernelPointer(0), observe: selector(2) },
];

const FAR_TARGET = [...at(NEXT), ...littleEndian(KERNEL_CODE, 2)];
const transfers: readonly Experiment[] = [
  {
    mnemonic: "call",
    question: "far call in my segment: CS in the frame",
    code: [0x9a, ...FAR_TARGET],
    observe: (o, ram) => hex(top(o, ram, 1) & 0xffff, 4),
  },
  { mnemonic: "jmp", question: "far jump to CS 0008: CS behind it", code: [0xea, ...FAR_TARGET], observe: selector(1) },
  { mnemonic: "retf", question: "return to CS 0008", code: [0xcb], setup: () => ({ stack: [NEXT, KERNEL_CODE] }), observe: selector(1) },
  { mnemonic: "int", question: "INT 80h: where does it arrive?", code: [0xcd, 0x80], user: true, observe: arrival },
  { mnemonic: "int3", question: "where does it arrive?", code: [0xcc], user: true, observe: arrival },
  { mnemonic: "into", question: "where does it arrive?", code: [0xce], user: true, setup: () => ({ flags: OF }), observe: arrival },
  { mnemonic: "int1", question: "where does it arrive?", code: [0xf1], user: true, observe: arrival },
  {
    mnemonic: "sysenter",
    question: "where does it arrive?",
    code: [0x0f, 0x34],
    user: true,
    observe: (o) => `the ${worldOf(o.eip) === "vmm" ? "VMM" : "guest"}'s entry, CPL ${o.cpl}`,
  },
];

/** Every critical instruction at least once. */
export const EXPERIMENTS: readonly Experiment[] = [...registers, ...flags, ...inspections, ...segments, ...transfers];

const virtualFlag = ({ flags: value }: RingOutcome) => `IF ${value & IF ? 1 : 0}, VIF ${value & VIF ? 1 : 0}`;

/** For comparison: privileged ones, which trap by IOPL, or change VIF under CR4.PVI in ring 3. */
export const COMPARISONS: readonly Experiment[] = [
  { mnemonic: "cli", question: "turn interrupts off", code: [0xfa], setup: () => ({ flags: IF | VIF }), observe: virtualFlag },
  { mnemonic: "sti", question: "turn interrupts on", code: [0xfb], setup: flagsOfWorld, observe: virtualFlag },
];
