// Runs one program on two processors: the one in long strides, which take the interpreter's hot handlers, the other by single
// instructions, which take the exec functions. At each stop both must be equal in every bit that a program can see.
import * as STATE from "../../wasm/abi/state.js";
import { Random } from "../oracle/random.js";
import { SEGMENTS } from "./kernel.js";
import { DATA, GDT, IDT, PAGE_DIRECTORY, PDPT, RAM_BYTES, REAL_VECTORS, SELECTOR, USER_STACK } from "./layout.js";
import type { LockstepMachine } from "./machine.js";
import type { Program } from "./program.js";

const GDT_LIMIT = 0x97;
const REGISTERS = 8;

/** Put a processor at the beginning of a program. */
export function begin(machine: Pick<LockstepMachine, "cpu" | "start">, program: Program): void {
  const { cpu } = machine;
  const { mode } = program;
  machine.start(program.image);
  const set = (address: number, value: number) => cpu.view.setBigUint64(address, BigInt(value >>> 0), true);
  for (const address of [STATE.INSTRUCTIONS, STATE.EXCEPTIONS, STATE.LAST_EXCEPTION]) set(address, 0);
  set(STATE.CR0, program.cr0);
  set(STATE.CR4, program.cr4);
  set(STATE.CR3, program.paging === "pae" ? PDPT : PAGE_DIRECTORY);
  if (program.paging === "pae") {
    set(STATE.EFER, 0x800);
    for (let i = 0; i < 4; i++)
      cpu.view.setBigUint64(STATE.PDPTES + i * 8, new DataView(program.image.buffer).getBigUint64(PDPT + i * 8, true), true);
  }
  set(STATE.CPL, mode.ring);
  set(STATE.GDTR_BASE, GDT);
  set(STATE.GDTR_LIMIT, GDT_LIMIT);
  set(STATE.IDTR_BASE, mode.kind === "real" ? REAL_VECTORS : IDT);
  set(STATE.IDTR_LIMIT, 0x7ff);
  for (const n of [STATE.ES, STATE.DS, STATE.FS, STATE.GS]) setSegment(machine, n, mode.data, mode.kind);
  setSegment(machine, STATE.SS, mode.stack, mode.kind);
  setSegment(machine, STATE.CS, mode.code, mode.kind);
  setSegment(machine, STATE.TR, SELECTOR.tss, "protected");
  set(STATE.MSR_SYSENTER_CS, SELECTOR.code0);
  set(STATE.MSR_SYSENTER_ESP, USER_STACK);
  set(STATE.MSR_SYSENTER_EIP, program.blocks[1]!);
  for (let i = 0; i < REGISTERS; i++) cpu.setRegister(i * 8, BigInt(DATA + 0x100 + i * 0x180 - mode.dataBase));
  cpu.setRegister(STATE.RSP, BigInt(USER_STACK));
  set(STATE.RIP, program.entry);
  cpu.flags = program.flags;
  cpu.synchronize();
}

function setSegment({ cpu }: Pick<LockstepMachine, "cpu">, n: number, selector: number, kind: Program["mode"]["kind"]): void {
  const paragraph: readonly [number, number, number] = [selector << 4, 0xffff, kind === "real" ? 0x93 : 0xf3];
  const [base, limit, access] = kind === "protected" ? SEGMENTS[selector]! : paragraph;
  const at = STATE.SEGS + n * STATE.SEG_STRIDE;
  const granular = limit > 0xfffff ? 0x8000 : 0;
  cpu.view.setUint32(at + STATE.SEG_SELECTOR, selector, true);
  cpu.view.setUint32(at + STATE.SEG_LIMIT, limit, true);
  cpu.view.setBigUint64(at + STATE.SEG_BASE, BigInt(base), true);
  cpu.view.setUint32(at + STATE.SEG_ACCESS, access | granular, true);
}

const STOPPED = new Set(["halt", "shutdown"]);

/**
 * Execute `count` instructions exactly, unless the program ends. Returns the reason of the end, if it did. With `fresh`, every instruction is
 * decoded anew, so that nothing stale can run.
 */
function advance(machine: LockstepMachine, count: number, stride: number, fresh: boolean): string | undefined {
  const { cpu } = machine;
  const end = cpu.instructions + BigInt(count);
  while (cpu.instructions < end) {
    if (fresh) cpu.memoryWritten(0, RAM_BYTES);
    const exit = cpu.run(Math.min(stride, Number(end - cpu.instructions)));
    if (STOPPED.has(exit)) return exit;
  }
  return cpu.instructions > end ? `${cpu.instructions - end} instructions too many` : undefined;
}

export interface Stop {
  /** Instructions executed when the difference was seen. */
  readonly instructions: number;
  readonly what: string;
}

function difference(a: LockstepMachine, b: LockstepMachine, withMemory: boolean): string | undefined {
  if (a.cpu.instructions !== b.cpu.instructions) return `instruction counts ${a.cpu.instructions} and ${b.cpu.instructions}`;
  const fields = differentFields(a.cpu.saveState(), b.cpu.saveState());
  if (fields) return fields;
  if (a.seen !== b.seen) return `what the host saw: ${firstDifferent(a.log, b.log)}`;
  if (withMemory && Buffer.compare(a.ram, b.ram) !== 0) {
    const at = a.ram.findIndex((byte, i) => byte !== b.ram[i]);
    return `memory at ${at.toString(16)}: ${a.ram[at]!.toString(16)} and ${b.ram[at]!.toString(16)}`;
  }
  return undefined;
}

function firstDifferent(a: readonly string[], b: readonly string[]): string {
  const at = a.findIndex((line, i) => line !== b[i]);
  return at < 0 ? `${a.length} and ${b.length} accesses` : `"${a[at]}" and "${b[at]}"`;
}

function differentFields(a: Uint8Array, b: Uint8Array): string | undefined {
  const names = Object.entries(STATE).filter(([, address]) => address >= STATE.STATE_BASE && address < STATE.STATE_END);
  const found: string[] = [];
  for (let at = 0; at < a.length; at += 4) {
    const value = (state: Uint8Array) => new DataView(state.buffer).getUint32(at, true);
    if (value(a) === value(b)) continue;
    const [name, start] = names.filter(([, address]) => address <= STATE.STATE_BASE + at).reduce((x, y) => (y[1] >= x[1] ? y : x));
    found.push(`${name}+${STATE.STATE_BASE + at - start}: ${value(a).toString(16)} and ${value(b).toString(16)}`);
  }
  return found.length > 0 ? found.join(", ") : undefined;
}

/** Lengths of the strides of one run. All follow from the seed. */
function strides({ seed, stride }: Program, total: number): number[] {
  const random = new Random(seed ^ 0x5bd1e995);
  const list: number[] = [];
  for (let sum = 0; sum < total; sum += list.at(-1)!) list.push(random.chance(25) ? 1 + random.below(200) : 150 + random.below(2 * stride));
  return list;
}

const PROGRAM_LENGTH = 4000;
/** A program that has asked the host more often ends: one instruction of REP OUTSB can do it thousands of times. */
const ACCESSES = 100_000;
const FRESH_LENGTH = 1000;

/**
 * Without paging, some programs are decoded anew for every single step: an oracle for programs that change their code. (With paging, the
 * write protection of freshly decoded pages would cost translations that a program may have forgotten to invalidate.)
 */
function isFresh(program: Program): boolean {
  return program.paging === "none" && program.seed % 4 === 0;
}

/** How the second processor goes along: by single instructions, or in the same strides. */
export type Pace = "single" | "strides";

/** Run a program on both. Returns the first difference seen. */
export function lockstep(
  long: LockstepMachine,
  single: LockstepMachine,
  program: Program,
  pace: Pace = "single",
  limit = PROGRAM_LENGTH,
): Stop | undefined {
  const fresh = pace === "single" && isFresh(program);
  const total = fresh ? Math.min(limit, FRESH_LENGTH) : limit;
  begin(long, program);
  begin(single, program);
  let done = 0;
  for (const count of strides(program, total)) {
    const endLong = advance(long, count, count, false);
    const endSingle = advance(single, count, pace === "single" ? 1 : count, fresh);
    done += count;
    const what = endLong === endSingle ? difference(long, single, false) : `ends ${endLong} and ${endSingle}`;
    if (what) return { instructions: Number(single.cpu.instructions), what };
    if (endLong || long.accesses > ACCESSES) break;
    poke(long, single, program.seed + done);
  }
  const what = difference(long, single, true);
  return what ? { instructions: Number(single.cpu.instructions), what } : undefined;
}

/** Between two strides the outside world does something to both. */
function poke(long: LockstepMachine, single: LockstepMachine, seed: number): void {
  const n = new Random(seed).below(12);
  for (const { cpu } of [long, single]) {
    if (n === 0) cpu.setInterrupt(true);
    if (n === 1) cpu.nonMaskableInterrupt();
    if (n === 2) cpu.loadState(cpu.saveState());
  }
}
