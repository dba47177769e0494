// MOV and XCHG with memory, done by the VMM: stores to page tables and accesses to devices, where executing the instruction itself would cost
// two world switches and more. What does not lie within one page, or hits read-only memory, is not done here; nor is anything while a
// data breakpoint is set.
import * as STATE from "../../../wasm/abi/state.js";
import type { AccessSize } from "../../bus/device.js";
import type { MmioBus } from "../vcpu.js";
import type { Decoded, Mnemonic } from "./decode.js";
import type { Guest } from "./guest.js";

const PAGE = 4096;
const DR7 = STATE.DRS + 56;

const MOVES: readonly Mnemonic[] = ["load", "store", "xchg"];

/** What was accessed. */
export type Moved = "memory" | "traced" | "device";

/** Undefined: nothing is done, and the instruction is for the processor. Throws GuestException. */
export function emulateMove(guest: Guest, d: Decoded, bus: MmioBus | undefined): Moved | undefined {
  const { memory, mnemonic } = d;
  if (!memory || !MOVES.includes(mnemonic) || guest.state.u32(DR7) & 0xff) return undefined;
  const size = d.byte ? 1 : d.operandSize;
  const reads = mnemonic !== "store";
  const writes = mnemonic !== "load";
  const linear = guest.operand(memory.segment, memory.offset, size, writes);
  if ((linear & (PAGE - 1)) + size > PAGE) return undefined;
  const physical = guest.translate(linear, writes, false);
  const page = guest.memory.page(physical);
  if (page ? writes && page.readOnly : !bus || (reads && writes)) return undefined;
  const value = d.immediate ?? register(guest, d.reg, size);
  if (reads) {
    const read = page ? guest.read(linear, size, false) : bus!.read(physical, size);
    if (writes) guest.write(linear, size, value, false);
    setRegister(guest, d.reg, size, read);
  } else if (page) guest.write(linear, size, value, false);
  else bus!.write(physical, value, size);
  guest.state.rip = (guest.state.rip + d.length) >>> 0;
  if (!page) return "device";
  return guest.memory.traces.isTraced(page.address) ? "traced" : "memory";
}

/** The low `size` bytes; of a byte, AH to BH are 4 to 7. */
function register({ state }: Guest, n: number, size: AccessSize): number {
  if (size === 1) return state.view.getUint8(byteAddress(n));
  return size === 2 ? state.register(n) & 0xffff : state.register(n);
}

function setRegister({ state }: Guest, n: number, size: AccessSize, value: number): void {
  if (size === 1) state.view.setUint8(byteAddress(n), value);
  else state.setRegisterPart(n, size, value);
}

const byteAddress = (n: number) => STATE.REGS + (n & 3) * 8 + (n >> 2);
