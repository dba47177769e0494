// The state in which a loader leaves the processor, and how it gets there.
import type { Processor } from "../../core/cpu/processor.js";
import * as STATE from "../../wasm/abi/state.js";

type GeneralRegister = keyof typeof REGISTERS;

/** Where and how a loaded guest begins. */
export type Entry =
  | {
      /** Flat 32-bit protected mode, paging and interrupts off. */
      readonly mode: "protected";
      readonly eip: number;
      readonly registers: Readonly<Partial<Record<GeneralRegister, number>>>;
      /** Guest-physical address where FLAT_GDT goes. */
      readonly gdt: number;
    }
  | {
      /** Real mode, as a BIOS leaves it for a boot sector. */
      readonly mode: "real";
      readonly cs: number;
      readonly ip: number;
      readonly sp: number;
      readonly dl: number;
    };

const REGISTERS = {
  eax: STATE.RAX,
  ecx: STATE.RCX,
  edx: STATE.RDX,
  ebx: STATE.RBX,
  esp: STATE.RSP,
  ebp: STATE.RBP,
  esi: STATE.RSI,
  edi: STATE.RDI,
} as const;

/** Null, unused, flat code, flat data: where the 32-bit Linux boot protocol wants them. */
const FLAT_GDT = new Uint8Array(new BigUint64Array([0n, 0n, 0x00cf9b000000ffffn, 0x00cf93000000ffffn]).buffer);
const FLAT_CODE = { selector: 0x10, base: 0, limit: 0xffffffff, access: 0xc09b };
const FLAT_DATA = { selector: 0x18, base: 0, limit: 0xffffffff, access: 0xc093 };
const REAL_CODE_ACCESS = 0x9b;
const REAL_DATA = { selector: 0, base: 0, limit: 0xffff, access: 0x93 };
const DATA_SEGMENTS = [STATE.ES, STATE.SS, STATE.DS, STATE.FS, STATE.GS];
const CR0_PE = 1;
const CR0_ET = 0x10;

/** Put a freshly reset processor where the guest begins. */
export function enter(cpu: Processor, entry: Entry): void {
  if (entry.mode === "real") {
    for (const n of DATA_SEGMENTS) cpu.setSegment(n, REAL_DATA);
    cpu.setSegment(STATE.CS, { selector: entry.cs, base: entry.cs * 16, limit: 0xffff, access: REAL_CODE_ACCESS });
    cpu.view.setBigUint64(STATE.RIP, BigInt(entry.ip), true);
    cpu.setRegister(STATE.RSP, BigInt(entry.sp));
    cpu.setRegister(STATE.RDX, BigInt(entry.dl));
  } else {
    for (const n of DATA_SEGMENTS) cpu.setSegment(n, FLAT_DATA);
    cpu.setSegment(STATE.CS, FLAT_CODE);
    cpu.ram.set(FLAT_GDT, entry.gdt);
    cpu.view.setBigUint64(STATE.GDTR_BASE, BigInt(entry.gdt), true);
    cpu.view.setUint32(STATE.GDTR_LIMIT, FLAT_GDT.length - 1, true);
    cpu.view.setBigUint64(STATE.CR0, BigInt(CR0_PE | CR0_ET), true);
    cpu.view.setBigUint64(STATE.RIP, BigInt(entry.eip), true);
    for (const [name, value] of Object.entries(entry.registers)) cpu.setRegister(REGISTERS[name as GeneralRegister], BigInt(value >>> 0));
  }
  cpu.synchronize();
}
