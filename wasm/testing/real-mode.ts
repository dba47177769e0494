// The machine of tests in real mode: one instruction at a time, between a reset and a HLT; every exception ends in a HLT too. Host code:
// vitest runs it, asc never sees it.
import type { CpuHost } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import * as STATE from "../abi/state.js";

const HANDLER = 0x700;
const STACK = 0x800;
const HLT = 0xf4;
/** No exception. */
export const NONE = 0xff;

export interface Place {
  /** Of CS and DS. */
  readonly segment: number;
  /** Of the instruction. */
  readonly offset: number;
}

export function realModeMachine({ segment, offset }: Place, host: Partial<CpuHost> = {}) {
  const { cpu, ram } = smallMachine({ module: builtProcessor(), host });
  const set = (address: number, value: number) => cpu.view.setUint32(address, value, true);
  const get = (address: number) => cpu.view.getUint32(address, true);

  /** Reset, with RAM cleared. Call before each test. */
  function powerOn(): void {
    cpu.reset();
    cpu.ram.fill(0);
    for (let vector = 0; vector < 32; vector++) ram.setUint32(vector * 4, HANDLER, true);
    cpu.ram[HANDLER] = HLT;
  }

  /** Run one instruction; the vector it raised, or NONE. */
  function execute(...bytes: number[]): number {
    const at = segment * 16 + offset;
    cpu.ram.set([...bytes, HLT], at);
    cpu.memoryWritten(at, bytes.length + 1);
    for (const n of [STATE.CS, STATE.DS]) cpu.setSegment(n, { ...cpu.segment(n), selector: segment, base: segment * 16 });
    cpu.view.setBigUint64(STATE.RIP, BigInt(offset), true);
    cpu.setRegister(STATE.RSP, BigInt(STACK));
    set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    set(STATE.LAST_EXCEPTION, NONE);
    cpu.synchronize();
    const exit = cpu.run(10);
    if (exit !== "halt") throw new Error(`the processor stopped for ${exit}`);
    const vector = get(STATE.LAST_EXCEPTION);
    if (vector !== NONE && ram.getUint16(STACK - 6, true) !== offset) throw new Error("a fault does not point at its instruction");
    return vector;
  }

  return { cpu, ram, set, get, powerOn, execute };
}
