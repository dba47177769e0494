import type { Nanoseconds } from "../../core/bus/clock.js";
import { RNG_CLASS, VirtioRng } from "../virtio/rng.js";
import { VirtioPci } from "../virtio/virtio-pci.js";
import { attachToFreeSlot } from "./free-slot.js";
import type { Machine } from "./machine.js";

/**
 * Plug virtio's entropy device into the first free slot, before the guest is booted or a snapshot loaded. `fill` puts the host's random bytes into an
 * array; it is not asked under the virtual clock, where runs are the same each time and so is what is random. Throws RangeError if no slot is free.
 */
export function plugEntropyDevice(machine: Machine, fill: (bytes: Uint8Array) => void): void {
  attachToFreeSlot(machine, (board) => {
    const { ports, memory, guestMemory, scheduler } = board;
    const source = machine.clock.kind === "virtual" ? (bytes: Uint8Array) => fillFrom(scheduler.now(), bytes) : fill;
    const device = new VirtioRng("virtio-rng", source, { memory: guestMemory, scheduler, kicked: () => board.kicked?.() });
    return new VirtioPci(device, { ports, memory, classCode: RNG_CLASS });
  });
}

/** Numbers that follow from guest time, so that a run that goes on from a snapshot gets the same. SplitMix64's (Steele, Lea, Flood, OOPSLA 2014). */
function fillFrom(time: Nanoseconds, bytes: Uint8Array): void {
  let state = BigInt(Math.floor(time));
  for (let at = 0; at < bytes.length; at += 8) {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    mixed ^= mixed >> 31n;
    for (let i = 0; i < Math.min(8, bytes.length - at); i++) bytes[at + i] = Number((mixed >> BigInt(8 * i)) & 0xffn);
  }
}
