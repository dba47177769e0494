import type { Cpu } from "../../core/cpu/cpu.js";
import * as STATE from "../../wasm/abi/state.js";

/** Where and how a loaded guest begins. */
export type Entry =
  | {
      /** Flat 32-bit protected mode, paging and interrupts off. */
      readonly mode: "protected";
      readonly eip: number;
      readonly registers?: Readonly<Partial<Record<"eax" | "ebx" | "ecx" | "edx" | "esi" | "edi" | "ebp" | "esp", number>>>;
      /** Selectors for CS and the data segments; the loader has put a fitting GDT at `gdt`. */
      readonly codeSelector: number;
      readonly dataSelector: number;
      readonly gdt: { readonly base: number; readonly limit: number };
    }
  | {
      /** Real mode, as a BIOS leaves it for a boot sector. */
      readonly mode: "real";
      readonly cs: number;
      readonly ip: number;
      readonly sp: number;
      readonly dl: number;
    }
  | {
      /** The processor's own reset vector: a BIOS image is mapped there. */
      readonly mode: "reset";
    };

const REGISTERS = { eax: 0, ecx: 8, edx: 16, ebx: 24, esp: 32, ebp: 40, esi: 48, edi: 56 } as const;
/** Descriptor access bits: 32-bit, 4 KiB granular, present, ring 0, accessed. */
const CODE_ACCESS = 0xc09b;
const DATA_ACCESS = 0xc093;
const CR0_PE = 1;
const CR0_ET = 0x10;

const REAL_CODE_ACCESS = 0x9b;
const REAL_DATA_ACCESS = 0x93;
const DATA_SEGMENTS = [STATE.ES, STATE.SS, STATE.DS, STATE.FS, STATE.GS];

/** A GDT with null, unused, flat code (0x10) and flat data (0x18), as the 32-bit Linux boot protocol asks for. */
export const FLAT_GDT = new Uint8Array(new BigUint64Array([0n, 0n, 0x00cf9b000000ffffn, 0x00cf93000000ffffn]).buffer);

/** Put a freshly reset processor where the guest begins. */
export function enter(cpu: Cpu, entry: Entry): void {
  if (entry.mode === "reset") return;
  if (entry.mode === "real") {
    for (const n of DATA_SEGMENTS) cpu.setSegment(n, { selector: 0, base: 0, limit: 0xffff, access: REAL_DATA_ACCESS });
    cpu.setSegment(STATE.CS, { selector: entry.cs, base: entry.cs * 16, limit: 0xffff, access: REAL_CODE_ACCESS });
    cpu.view.setBigUint64(STATE.RIP, BigInt(entry.ip), true);
    cpu.setRegister(STATE.RSP, BigInt(entry.sp));
    cpu.setRegister(STATE.RDX, BigInt(entry.dl));
  } else {
    const flat = { base: 0, limit: 0xffffffff };
    cpu.setSegment(STATE.CS, { ...flat, selector: entry.codeSelector, access: CODE_ACCESS });
    for (const n of DATA_SEGMENTS) cpu.setSegment(n, { ...flat, selector: entry.dataSelector, access: DATA_ACCESS });
    cpu.view.setBigUint64(STATE.GDTR_BASE, BigInt(entry.gdt.base), true);
    cpu.view.setUint32(STATE.GDTR_LIMIT, entry.gdt.limit, true);
    cpu.view.setBigUint64(STATE.CR0, BigInt(CR0_PE | CR0_ET), true);
    cpu.view.setBigUint64(STATE.RIP, BigInt(entry.eip), true);
    for (const [name, value] of Object.entries(entry.registers ?? {}))
      cpu.setRegister(REGISTERS[name as keyof typeof REGISTERS], BigInt(value >>> 0));
  }
  cpu.synchronize();
}
