// Virtual control registers on this road, which has neither real mode nor virtual interrupts for ring 3.
import { cr0IsValid, cr4IsValid, writeControl as write } from "../control-registers.js";
import { CR0_PE } from "../state.js";
import { type Guest, GuestException, Unsupported, VECTOR_GP } from "./guest.js";

const CR4_PVI = 2;

/** CR0, 2, 3 or 4. Throws #GP(0), with nothing changed. */
export function writeControl({ state, memory }: Guest, n: number, value: number): void {
  if (n === 0 && cr0IsValid(value) && !(value & CR0_PE)) throw new Unsupported("the guest clears CR0.PE, and this road has no real mode");
  if (n === 4 && cr4IsValid(value) && value & CR4_PVI)
    throw new Unsupported("the guest sets CR4.PVI, and this road has no virtual interrupts for ring 3");
  if (!write(state, memory, n, value)) throw new GuestException(VECTOR_GP);
}
