// What ring 0 would have done: the privileged instructions on virtual state. Each does all or, throwing GuestException, nothing.
// Not here: CR4.PVI and VME, task switches and call gates (refused with a sentence in emulate-transfer.ts), RDPMC (there are no counters).
import * as STATE from "../../../wasm/abi/state.js";
import type { HypervisorMsrs } from "../../cpu/cpu.js";
import { readControl } from "../control-registers.js";
import type { VcpuExit } from "../exit.js";
import { CR4_DE, CR4_TSD, FLAG_I, FLAGS_IOPL } from "../state.js";
import type { Decoded } from "./decode.js";
import { isNull, isPresent, isSystem, loadSegment, nullSegment, readDescriptor, segmentOf, TSS_BUSY, TYPE_LDT } from "./descriptor.js";
import { writeControl } from "./emulate-control.js";
import { emulateInspection } from "./emulate-inspect.js";
import { readMsr, writeMsr } from "./emulate-msr.js";
import { emulatePort } from "./emulate-port.js";
import { emulateTransfer } from "./emulate-transfer.js";
import { type Guest, GuestException, selectorException, VECTOR_DB, VECTOR_GP, VECTOR_NP } from "./guest.js";

/** What is left to do after an instruction. */
export interface Outcome {
  /** The owner of the VM must do something. */
  readonly exit?: VcpuExit;
  /** Takes the value that an input gave, and ends the instruction. */
  readonly complete?: (value: number) => void;
  /** Translations or descriptor tables of before are void. */
  readonly refresh?: boolean;
}

export interface Environment {
  /** Time-stamp counter before the guest's offset. */
  now(): number;
  /** Registers of a hypervisor, where the guest has such. */
  readonly hypervisor?: HypervisorMsrs | undefined;
}

const DONE: Outcome = {};
const REFRESH: Outcome = { refresh: true };
const DR6 = STATE.DRS + 48;
const DR7 = STATE.DRS + 56;
const DR6_BD = 1 << 13;
const DR6_WRITABLE = 0xe00f;
const DR6_ONES = 0xffff0ff0;
const DR7_WRITABLE = 0xffff23ff;
const DR7_ONES = 0x400;
const DR7_GD = 1 << 13;

export function requireRing0({ state }: Guest): void {
  if (state.cpl !== 0) throw new GuestException(VECTOR_GP);
}

function mayChangeInterrupts({ state }: Guest): void {
  if (state.cpl > (state.flags & FLAGS_IOPL) >> 12) throw new GuestException(VECTOR_GP);
}

/** Emulate `d`, which stands at the guest's CS:EIP. On return RIP is where the guest goes on. */
export function emulate(guest: Guest, d: Decoded, environment: Environment): Outcome {
  switch (d.mnemonic) {
    case "in":
    case "out":
    case "ins":
    case "outs":
      return emulatePort(guest, d);
    case "iret":
    case "retf":
    case "jmp far":
    case "call far":
    case "sysenter":
    case "sysexit":
      emulateTransfer(guest, d);
      return DONE;
    default: {
      const outcome = emulateInPlace(guest, d, environment);
      guest.state.rip = (guest.state.rip + d.length) >>> 0;
      return outcome;
    }
  }
}

function emulateInPlace(guest: Guest, d: Decoded, environment: Environment): Outcome {
  const { state } = guest;
  switch (d.mnemonic) {
    case "cli":
      mayChangeInterrupts(guest);
      state.flags &= ~FLAG_I;
      return DONE;
    case "sti":
      mayChangeInterrupts(guest);
      if (!(state.flags & FLAG_I)) state.set(STATE.SHADOW, STATE.SHADOW_STI);
      state.flags |= FLAG_I;
      return DONE;
    case "mov sreg":
    case "pop sreg":
    case "load far pointer":
      loadSelector(guest, d);
      return DONE;
    case "rdtsc":
      return readTime(guest, environment);
    default:
      if (emulateInspection(guest, d)) return DONE;
      requireRing0(guest);
      return emulatePrivileged(guest, d, environment);
  }
}

function emulatePrivileged(guest: Guest, d: Decoded, environment: Environment): Outcome {
  const { state } = guest;
  switch (d.mnemonic) {
    case "hlt":
      state.set(STATE.ACTIVITY, STATE.ACTIVITY_HALTED);
      return DONE;
    case "lgdt":
    case "lidt":
      return loadTable(guest, d);
    case "lldt":
      return loadLdt(guest, guest.sourceWord(d));
    case "ltr":
      return loadTask(guest, guest.sourceWord(d));
    case "mov from cr":
      state.setRegister(d.rm, readControl(state, d.reg));
      return DONE;
    case "mov to cr":
      writeControl(guest, d.reg, state.register(d.rm));
      return REFRESH;
    case "clts":
      state.set(STATE.CR0, state.cr0 & ~8);
      return DONE;
    case "lmsw":
      // LMSW can set PE but not clear it.
      writeControl(guest, 0, (state.cr0 & ~14) | (guest.sourceWord(d) & 15));
      return REFRESH;
    case "mov from dr":
      state.setRegister(d.rm, state.u32(debugRegister(guest, d.reg)));
      return DONE;
    case "mov to dr":
      writeDebug(guest, debugRegister(guest, d.reg), state.register(d.rm));
      return DONE;
    case "rdmsr":
      return moveMsr(guest, readMsr(guest, state.register(1), environment));
    case "wrmsr":
      return writeMsr(guest, state.register(1), BigInt(state.register(0)) | (BigInt(state.register(2)) << 32n), environment);
    // Shadow tables follow the guest's at once, and caches are not modelled.
    case "invlpg":
    case "invd":
    case "wbinvd":
      return DONE;
    default:
      throw new Error(`no emulation of ${d.mnemonic}`);
  }
}

function moveMsr({ state }: Guest, value: bigint): Outcome {
  state.setRegister(0, Number(value & 0xffffffffn));
  state.setRegister(2, Number(value >> 32n));
  return DONE;
}

function readTime(guest: Guest, environment: Environment): Outcome {
  const { state } = guest;
  if (state.cr4 & CR4_TSD && state.cpl !== 0) throw new GuestException(VECTOR_GP);
  return moveMsr(guest, (BigInt(environment.now()) + state.u64(STATE.TSC_OFFSET)) & 0xffffffffffffffffn);
}

function loadSelector(guest: Guest, d: Decoded): void {
  const { state } = guest;
  if (d.mnemonic === "mov sreg") loadSegment(guest, d.sreg, guest.sourceWord(d));
  else if (d.mnemonic === "pop sreg") {
    loadSegment(guest, d.sreg, guest.readStack(0, 2));
    guest.moveStack(d.operandSize);
  } else {
    const { segment, offset } = d.memory!;
    const value = guest.readOperand(segment, offset, d.operandSize);
    loadSegment(guest, d.sreg, guest.readOperand(segment, offset + d.operandSize, 2));
    state.setRegisterPart(d.reg, d.operandSize, value);
  }
  if (d.sreg === STATE.SS && d.mnemonic !== "load far pointer") state.set(STATE.SHADOW, STATE.SHADOW_MOV_SS);
}

function loadTable(guest: Guest, d: Decoded): Outcome {
  const { segment, offset } = d.memory!;
  const limit = guest.readOperand(segment, offset, 2);
  const base = guest.readOperand(segment, offset + 2, 4);
  const [baseAt, limitAt] = d.mnemonic === "lgdt" ? [STATE.GDTR_BASE, STATE.GDTR_LIMIT] : [STATE.IDTR_BASE, STATE.IDTR_LIMIT];
  // SDM 2A "LGDT/LIDT": a 16-bit operand size takes 24 bits of the base.
  guest.state.set(baseAt, d.operandSize === 4 ? base : base & 0xffffff);
  guest.state.set(limitAt, limit);
  return REFRESH;
}

function loadLdt(guest: Guest, selector: number): Outcome {
  const { state } = guest;
  if (isNull(selector)) {
    state.setSegment(STATE.LDTR, nullSegment(selector));
    return REFRESH;
  }
  if (selector & 4) throw selectorException(VECTOR_GP, selector);
  const found = readDescriptor(guest, selector, VECTOR_GP);
  if (!isSystem(found) || (found.access & 15) !== TYPE_LDT) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(found)) throw selectorException(VECTOR_NP, selector);
  state.setSegment(STATE.LDTR, segmentOf(selector, found));
  return REFRESH;
}

function loadTask(guest: Guest, selector: number): Outcome {
  if (isNull(selector)) throw new GuestException(VECTOR_GP);
  if (selector & 4) throw selectorException(VECTOR_GP, selector);
  const found = readDescriptor(guest, selector, VECTOR_GP);
  const type = found.access & 15;
  if (!isSystem(found) || (type !== 1 && type !== 9)) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(found)) throw selectorException(VECTOR_NP, selector);
  guest.write(found.at + 5, 1, (found.access & 0xff) | TSS_BUSY);
  guest.state.setSegment(STATE.TR, segmentOf(selector, { ...found, access: found.access | TSS_BUSY }));
  return REFRESH;
}

/** SDM 2B "MOV - Move to/from Debug Registers". (#UD for DR4 and DR5 with CR4.DE comes from the processor: CR4.DE is the guest's.) */
function debugRegister({ state }: Guest, number: number): number {
  if (state.u32(DR7) & DR7_GD) {
    state.set(DR6, state.u32(DR6) | DR6_BD);
    state.set(DR7, state.u32(DR7) & ~DR7_GD);
    throw new GuestException(VECTOR_DB);
  }
  const n = (number === 4 || number === 5) && !(state.cr4 & CR4_DE) ? number + 2 : number;
  return STATE.DRS + n * 8;
}

function writeDebug({ state }: Guest, at: number, value: number): void {
  if (at === DR6) state.set(at, (value & DR6_WRITABLE) | DR6_ONES);
  else if (at === DR7) state.set(at, (value & DR7_WRITABLE) | DR7_ONES);
  else state.set(at, value);
}
