import { GuestMemory, PAGE } from "./guest-memory.js";
import type { Host } from "./host.js";
import { HwRoad, type PagingKind } from "./hw/hw-road.js";
import { PvRoad } from "./pv/pv-road.js";
import type { Compression } from "./trap/compression.js";
import { TrapRoad } from "./trap/trap-road.js";
import { Vcpu } from "./vcpu.js";

/** As struct kvm_userspace_memory_region: `physical` and `bytes` are multiples of 4 KiB, `host` is a host-physical address. */
export interface MemorySlot {
  readonly physical: number;
  readonly bytes: number;
  readonly host: number;
  /** Stores exit as MMIO. */
  readonly readOnly?: boolean;
}

/** How a virtual processor's privileged work reaches the VMM. */
export type RoadOptions =
  | { readonly road: "trap"; readonly compression?: Compression }
  /** `paging`: nested if nothing is said. */
  | { readonly road: "hw"; readonly paging?: PagingKind }
  | { readonly road: "pv" };

/** A slot or a processor that can not be. */
export class VmError extends Error {
  override readonly name = "VmError";
}

/** A virtual machine: memory slots and one virtual processor. */
export class Vm {
  readonly memory: GuestMemory;
  private readonly slots = new Map<number, MemorySlot>();
  private vcpu: Vcpu | undefined;

  constructor(
    readonly host: Host,
    readonly name: string,
  ) {
    this.memory = new GuestMemory(host.cpu);
  }

  /** Set, replace, or with `undefined` delete slot number `n` (KVM_SET_USER_MEMORY_REGION). Throws VmError. */
  setMemorySlot(n: number, slot: MemorySlot | undefined): void {
    if (slot) this.check(n, slot);
    const old = this.slots.get(n);
    if (old) this.memory.unmapPages(old.physical, old.bytes);
    if (!slot) {
      this.slots.delete(n);
      return;
    }
    this.slots.set(n, slot);
    this.memory.mapPages(slot.physical, slot.bytes, slot.host, slot.readOnly === true);
  }

  private check(n: number, { physical, bytes, host }: MemorySlot): void {
    if (physical % PAGE || bytes % PAGE || host % PAGE || bytes <= 0) throw new VmError(`slot ${n} is no whole number of pages`);
    if (physical < 0 || physical + bytes > 2 ** 32) throw new VmError(`slot ${n} does not lie below 4 GiB`);
    if (host < 0 || host + bytes > this.host.cpu.ram.length) throw new VmError(`slot ${n} is not in the host's memory`);
    for (const [other, slot] of this.slots)
      if (other !== n && physical < slot.physical + slot.bytes && slot.physical < physical + bytes)
        throw new VmError(`slots ${n} and ${other} overlap`);
  }

  /** Throws VmError if there is one already. */
  createVcpu(options: RoadOptions): Vcpu {
    if (this.vcpu) throw new VmError("a virtual machine has one virtual processor");
    this.vcpu = new Vcpu(this.name, this.host.powerOn, (vcpu) => {
      if (options.road === "hw") return new HwRoad(this.host, this.memory, vcpu, options.paging ?? "nested");
      if (options.road === "pv") return new PvRoad(this.host, this.memory, vcpu);
      return new TrapRoad(this.host, this.memory, vcpu, options.compression ?? "0/1/3");
    });
    return this.vcpu;
  }
}
