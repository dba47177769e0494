/** What the labs that go step by step have in common: a guest of the RingMachine's world with code, data and tables of its own, on a road. */
import * as STATE from "../../wasm/abi/state.js";
import { disassemble } from "../vmm/events/disassembly.js";
import type { TranslationStep } from "../vmm/events/record.js";
import type { RoadOptions } from "../vmm/vm.js";
import { LabVm } from "./lab-vm.js";
import { RAM, RingMachine } from "./ring-machine.js";

/** Where page directory and page table of a lab's guest lie: free pages of the RingMachine. */
export const PAGE_DIRECTORY = 0x50000;
export const PAGE_TABLE = 0x51000;

export const littleEndian = (value: number, bytes: number) => Array.from({ length: bytes }, (_, n) => (value >>> (8 * n)) & 0xff);

export interface GuestPart {
  readonly at: number;
  readonly bytes: readonly number[];
}

export interface StepGuestOptions {
  /** What lies in memory beside the kernel's code. */
  readonly parts: readonly GuestPart[];
  /** Handlers by vector: offsets in the kernel's code segment. Others halt. */
  readonly handlers: ReadonlyMap<number, number>;
  /** Further fields of the state record: address and value. */
  readonly fields?: readonly (readonly [address: number, value: number])[];
}

/** The guest alone on the machine: memory and processor are where a virtual machine can begin with them. */
export function aloneOnTheMachine(module: WebAssembly.Module, code: readonly number[], options: StepGuestOptions): RingMachine {
  const machine = new RingMachine(module);
  machine.prepare({ world: "guest", kernelDpl: 0, ring: 0, code });
  const { cpu, ram } = machine;
  for (const { at, bytes } of options.parts) cpu.ram.set(bytes, at);
  const idt = cpu.view.getUint32(STATE.IDTR_BASE, true);
  for (const [vector, offset] of options.handlers) {
    ram.setUint16(idt + vector * 8, offset & 0xffff, true);
    ram.setUint16(idt + vector * 8 + 6, offset >>> 16, true);
  }
  for (const [address, value] of options.fields ?? []) cpu.view.setBigUint64(address, BigInt(value >>> 0), true);
  cpu.memoryWritten(0, RAM);
  cpu.synchronize();
  return machine;
}

export function onRoad(module: WebAssembly.Module, road: RoadOptions, { cpu }: RingMachine): LabVm {
  const vm = new LabVm(module, road, RAM);
  vm.begin(cpu.ram, cpu.saveState());
  return vm;
}

/** The instruction that a guest executes next. Its code segments are flat. */
export function nextInstruction({ state, ram }: LabVm): string {
  return disassemble({ bits: 32, bytes: ram.slice(state.rip, state.rip + 15), eip: state.rip }).text;
}

const BITS: readonly (readonly [string, bigint])[] = [
  ["W", 2n],
  ["U", 4n],
  ["A", 0x20n],
  ["D", 0x40n],
];

/** An entry of a page table in a few letters. */
export function entryText(entry: bigint | undefined): string {
  if (entry === undefined) return "no table";
  if (!(entry & 1n)) return entry === 0n ? "-" : "not present";
  const rights = BITS.map(([letter, bit]) => (entry & bit ? letter : "."));
  return `${(entry & 0xffffff000n).toString(16)} ${rights.join("")}`;
}

/** The entry that maps the page, if the walk has come to a page table. */
export function lastOf(steps: readonly TranslationStep[]): bigint | undefined {
  return steps.find(({ table }) => table.endsWith(" PTE"))?.entry;
}
