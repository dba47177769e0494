// Ring 3 for the machine of protected-mode.ts: user pages, a TSS with an inner stack, descriptors of DPL 3. HLT ends a run by #GP there.
import * as STATE from "../abi/state.js";
import { cpu, ram } from "./protected-mode.js";

const GDT = 0x500;
const TSS = 0x700;
const PAGE_DIRECTORY = 0xc000;
const PAGE_TABLE = 0xd000;
const USER = 4;
export const USER_CODE = 0x1b;
export const USER_DATA = 0x23;
/** Top of the ring 0 stack. */
export const INNER_STACK = 0x8800;

export interface Ring3 {
  /** Pages that ring 3 may not touch. */
  readonly supervisorPages?: readonly number[];
  readonly innerStack?: number;
}

/** Go on in ring 3. Call after pageAllBut(), or without paging. */
export function enterRing3({ supervisorPages = [], innerStack = INNER_STACK }: Ring3 = {}): void {
  ram.setBigUint64(GDT + 24, 0x00cffb000000ffffn, true);
  ram.setBigUint64(GDT + 32, 0x00cff3000000ffffn, true);
  cpu.view.setBigUint64(STATE.GDTR_LIMIT, 39n, true);
  ram.setUint32(TSS + 4, innerStack, true);
  ram.setUint32(TSS + 8, 0x10, true);
  cpu.setSegment(STATE.TR, { selector: 0x28, base: TSS, limit: 0x67, access: 0x8b });
  for (let page = 0; page < 256; page++) {
    const at = PAGE_TABLE + page * 4;
    if (!supervisorPages.includes(page * 4096)) ram.setUint32(at, ram.getUint32(at, true) | USER, true);
  }
  ram.setUint32(PAGE_DIRECTORY, ram.getUint32(PAGE_DIRECTORY, true) | USER, true);
  const flat = { base: 0, limit: 0xffffffff };
  cpu.setSegment(STATE.CS, { selector: USER_CODE, ...flat, access: 0xc0fb });
  for (const n of [STATE.SS, STATE.DS, STATE.ES, STATE.FS, STATE.GS]) cpu.setSegment(n, { selector: USER_DATA, ...flat, access: 0xc0f3 });
  cpu.view.setBigUint64(STATE.CPL, 3n, true);
}
