// IN OUT INS OUTS: each access is an exit. SDM 1 "Input/Output"; the rights are those of the guest's virtual IOPL and TSS.
// A repeated instruction does one element for each exit. Not here: breakpoints on ports (the processor has not executed the access).
import * as STATE from "../../../wasm/abi/state.js";
import type { AccessSize } from "../../bus/device.js";
import { FLAG_D, FLAG_RF, FLAGS_IOPL } from "../state.js";
import type { Decoded } from "./decode.js";
import type { Outcome } from "./emulate.js";
import { type Guest, GuestException, VECTOR_GP } from "./guest.js";

const EAX = 0;
const ECX = 1;
const EDX = 2;
const ESI = 6;
const EDI = 7;
/** Where a 32-bit TSS says its I/O permission bitmap begins. */
const IO_MAP_BASE = 0x66;
const TYPE_32 = 8;

/** SDM 1 "I/O Permission Bit Map": two bytes are read, so that accesses that cross into the next byte are checked too. */
function isMapped(guest: Guest, port: number, size: number): boolean {
  const tss = guest.state.segment(STATE.TR);
  if (!(tss.access & TYPE_32) || tss.limit < IO_MAP_BASE + 1) return false;
  const offset = guest.read((tss.base + IO_MAP_BASE) >>> 0, 2) + (port >> 3);
  if (offset + 1 > tss.limit) return false;
  const bits = guest.read((tss.base + offset) >>> 0, 2) >> (port & 7);
  return (bits & ((1 << size) - 1)) === 0;
}

function requirePort(guest: Guest, port: number, size: number): void {
  const { state } = guest;
  if (state.cpl > (state.flags & FLAGS_IOPL) >> 12 && !isMapped(guest, port, size)) throw new GuestException(VECTOR_GP);
}

export function emulatePort(guest: Guest, d: Decoded): Outcome {
  const { state } = guest;
  const size: AccessSize = d.byte ? 1 : d.operandSize;
  const port = d.immediate ?? state.register(EDX) & 0xffff;
  if (d.mnemonic === "ins" || d.mnemonic === "outs") return emulateString(guest, d, port, size);
  requirePort(guest, port, size);
  const finish = () => {
    state.rip = (state.rip + d.length) >>> 0;
  };
  if (d.mnemonic === "out") {
    const value = state.register(EAX);
    finish();
    return { exit: { kind: "io", write: true, port, size, value: size === 4 ? value : value & (2 ** (8 * size) - 1) } };
  }
  const complete = (value: number) => {
    state.setRegisterPart(EAX, size, value);
    finish();
  };
  return { exit: { kind: "io", write: false, port, size }, complete };
}

/** An index register, as wide as the addresses. */
function index({ state }: Guest, n: number, size: 2 | 4): number {
  return size === 4 ? state.register(n) : state.register(n) & 0xffff;
}

function emulateString(guest: Guest, d: Decoded, port: number, size: AccessSize): Outcome {
  const { state } = guest;
  const next = (state.rip + d.length) >>> 0;
  if (d.repeated && index(guest, ECX, d.addressSize) === 0) {
    state.rip = next;
    return {};
  }
  requirePort(guest, port, size);
  const pointer = d.mnemonic === "ins" ? EDI : ESI;
  const offset = index(guest, pointer, d.addressSize);
  const advance = () => {
    state.setRegisterPart(pointer, d.addressSize, offset + (state.flags & FLAG_D ? -size : size));
    const count = index(guest, ECX, d.addressSize) - 1;
    if (d.repeated) state.setRegisterPart(ECX, d.addressSize, count);
    if (!d.repeated || count === 0) state.rip = next;
    // SDM 3B "Instruction-Breakpoint Exception": between two elements RF is set.
    else state.flags |= FLAG_RF;
  };
  if (d.mnemonic === "outs") {
    const value = guest.readOperand(d.source, offset, size);
    advance();
    return { exit: { kind: "io", write: true, port, size, value } };
  }
  // The destination must be writable before the port is read.
  const linear = guest.operand(STATE.ES, offset, size, true);
  for (let i = 0; i < size; i++) guest.translate(linear + i, true, false);
  const complete = (value: number) => {
    guest.write(linear, size, value, false);
    advance();
  };
  return { exit: { kind: "io", write: false, port, size }, complete };
}
