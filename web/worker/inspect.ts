// The processor's state as the page shows it.

import type { Processor } from "../../core/cpu/processor.js";
import * as STATE from "../../wasm/abi/state.js";
import { disassemble } from "./disassembly.js";
import { LinearMemory, paging } from "./linear-memory.js";
import type { ProcessorMode, ProcessorState, SegmentState, StackWord } from "./protocol.js";
import type { SourceLines } from "./source-lines.js";

const GENERAL = [STATE.RAX, STATE.RCX, STATE.RDX, STATE.RBX, STATE.RSP, STATE.RBP, STATE.RSI, STATE.RDI];
const SEGMENTS: readonly (readonly [name: string, index: number])[] = [
  ["CS", STATE.CS],
  ["DS", STATE.DS],
  ["ES", STATE.ES],
  ["SS", STATE.SS],
  ["FS", STATE.FS],
  ["GS", STATE.GS],
  ["TR", STATE.TR],
  ["LDTR", STATE.LDTR],
];
const CR0_PE = 1;
const FLAG_VM = 1 << 17;
/** D/B in a segment's access word. */
const BIG = 1 << 14;
const STACK_WORDS = 8;

function segment(view: DataView, name: string, index: number): SegmentState {
  const at = STATE.SEGS + index * STATE.SEG_STRIDE;
  return {
    name,
    selector: view.getUint32(at + STATE.SEG_SELECTOR, true),
    base: view.getUint32(at + STATE.SEG_BASE, true),
    limit: view.getUint32(at + STATE.SEG_LIMIT, true),
    access: view.getUint32(at + STATE.SEG_ACCESS, true),
    usable: (view.getUint32(at + STATE.SEG_MARKS, true) & STATE.MARK_USABLE) !== 0,
  };
}

function mode(cr0: number, eflags: number): ProcessorMode {
  if (!(cr0 & CR0_PE)) return "real";
  return eflags & FLAG_VM ? "virtual-8086" : "protected";
}

function stackWords(memory: LinearMemory, ss: SegmentState, esp: number): StackWord[] {
  const big = (ss.access & BIG) !== 0;
  const size = big ? 4 : 2;
  const mask = big ? 0xffffffff : 0xffff;
  return Array.from({ length: STACK_WORDS }, (_, i) => {
    const offset = ((esp + i * size) & mask) >>> 0;
    return { offset, value: memory.value(ss.base + offset, size) };
  });
}

export function inspect(cpu: Processor, lines?: SourceLines): ProcessorState {
  const { view } = cpu;
  const u32 = (at: number) => view.getUint32(at, true);
  const memory = new LinearMemory(cpu);
  const segments = SEGMENTS.map(([name, index]) => segment(view, name, index));
  const [cs, , , ss] = segments as [SegmentState, SegmentState, SegmentState, SegmentState];
  const general = GENERAL.map((offset) => u32(STATE.REGS + offset));
  const eflags = cpu.flags >>> 0;
  const eip = u32(STATE.RIP);
  const codeBits = cs.access & BIG ? 32 : 16;
  return {
    mode: mode(u32(STATE.CR0), eflags),
    ring: u32(STATE.CPL),
    paging: paging(cpu),
    halted: cpu.halted,
    codeBits,
    stackBits: ss.access & BIG ? 32 : 16,
    general,
    eip,
    eflags,
    segments,
    gdtr: { base: u32(STATE.GDTR_BASE), limit: u32(STATE.GDTR_LIMIT) },
    idtr: { base: u32(STATE.IDTR_BASE), limit: u32(STATE.IDTR_LIMIT) },
    control: { cr0: u32(STATE.CR0), cr2: u32(STATE.CR2), cr3: u32(STATE.CR3), cr4: u32(STATE.CR4) },
    code: disassemble(memory, { base: cs.base, offset: eip, bits: codeBits }),
    source: lines?.at((cs.base + eip) >>> 0),
    stack: stackWords(memory, ss, general[4]!),
    instructions: Number(cpu.instructions),
  };
}
