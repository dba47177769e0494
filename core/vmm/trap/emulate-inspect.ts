// Instructions that look at privileged state without being privileged: where the guest's ring 0 does not run in ring 0 they would show the
// real state (compression.ts lists them), so a road that takes them out of the guest's code answers from the virtual state. SDM 2 under each
// instruction, SDM 3A "Pointer Validation".
import * as STATE from "../../../wasm/abi/state.js";
import { FLAG_RF, FLAG_VM, FLAG_Z, FLAGS_IOPL } from "../state.js";
import type { Decoded } from "./decode.js";
import { type Descriptor, findDescriptor, isConforming, isNull, isReadable, isSystem, isWritableData } from "./descriptor.js";
import { changeableFlags } from "./emulate-transfer.js";
import type { Guest } from "./guest.js";

/** System types that LAR and LSL know, a bit each: TSSs and the LDT; for LAR call gates and the task gate too. */
const LSL_TYPES = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 9) | (1 << 11);
const LAR_TYPES = LSL_TYPES | (1 << 4) | (1 << 5) | (1 << 12);

/** Returns false for an instruction that is none of these. */
export function emulateInspection(guest: Guest, d: Decoded): boolean {
  const { state } = guest;
  switch (d.mnemonic) {
    case "pushf":
      push(guest, d.operandSize, state.flags & ~(FLAG_RF | FLAG_VM));
      return true;
    case "popf":
      popFlags(guest, d.operandSize);
      return true;
    case "push sreg":
      push(guest, d.operandSize, state.segment(d.sreg).selector);
      return true;
    case "mov from sreg":
      storeWord(guest, d, state.segment(d.reg).selector);
      return true;
    case "sldt":
      storeWord(guest, d, state.segment(STATE.LDTR).selector);
      return true;
    case "str":
      storeWord(guest, d, state.segment(STATE.TR).selector);
      return true;
    case "smsw":
      storeWord(guest, d, state.cr0);
      return true;
    case "sgdt":
      storeTable(guest, d, STATE.GDTR_LIMIT, STATE.GDTR_BASE);
      return true;
    case "sidt":
      storeTable(guest, d, STATE.IDTR_LIMIT, STATE.IDTR_BASE);
      return true;
    case "lar":
    case "lsl":
    case "verr":
    case "verw":
      aboutSelector(guest, d);
      return true;
    default:
      return false;
  }
}

function push(guest: Guest, size: 2 | 4, value: number): void {
  guest.writeOperand(STATE.SS, guest.stackOffset(-size), size, value);
  guest.moveStack(-size);
}

function popFlags(guest: Guest, size: 2 | 4): void {
  const { state } = guest;
  const image = guest.readStack(0, size) & ~FLAG_RF;
  guest.moveStack(size);
  const mask = changeableFlags(state.cpl, (state.flags & FLAGS_IOPL) >> 12, size);
  state.flags = (state.flags & ~mask) | (image & mask);
}

/** 16 bits to memory, or the operand size to a register. */
function storeWord(guest: Guest, d: Decoded, value: number): void {
  if (d.memory) guest.writeOperand(d.memory.segment, d.memory.offset, 2, value & 0xffff);
  else guest.state.setRegisterPart(d.rm, d.operandSize, value);
}

function storeTable(guest: Guest, d: Decoded, limit: number, base: number): void {
  const { segment, offset } = d.memory!;
  const { state } = guest;
  // All checks before the first byte.
  guest.operand(segment, offset, 6, true);
  for (const at of [0, 5]) guest.translate(guest.operand(segment, offset + at, 1, true), true, false);
  guest.writeOperand(segment, offset, 2, state.u32(limit));
  guest.writeOperand(segment, offset + 2, 4, state.u32(base));
}

/** The descriptor if it can be seen from the current privilege and the selector's RPL. */
function visible(guest: Guest, selector: number, systemTypes: number): Descriptor | undefined {
  const d = isNull(selector) ? undefined : findDescriptor(guest, selector);
  if (!d) return undefined;
  if (isSystem(d) && !((systemTypes >> (d.access & 15)) & 1)) return undefined;
  const { cpl } = guest.state;
  return !isConforming(d) && (d.dpl < cpl || d.dpl < (selector & 3)) ? undefined : d;
}

function aboutSelector(guest: Guest, d: Decoded): void {
  const { state } = guest;
  const selector = guest.sourceWord(d);
  const types = d.mnemonic === "lar" ? LAR_TYPES : d.mnemonic === "lsl" ? LSL_TYPES : 0;
  const found = visible(guest, selector, types);
  const suits = found && (d.mnemonic === "verr" ? isReadable(found) : d.mnemonic === "verw" ? isWritableData(found) : true);
  state.flags = suits ? state.flags | FLAG_Z : state.flags & ~FLAG_Z;
  if (!suits) return;
  if (d.mnemonic === "lar") state.setRegisterPart(d.reg, d.operandSize, found.rights & 0xf0ff00);
  else if (d.mnemonic === "lsl") state.setRegisterPart(d.reg, d.operandSize, found.limit);
}
