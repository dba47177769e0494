import { binaryTranslation } from "./bt/loading.js";
import { GuestMemory, PAGE } from "./guest-memory.js";
import type { Host } from "./host.js";
import { HwRoad, type PagingKind } from "./hw/hw-road.js";
import { PvRoad } from "./pv/pv-road.js";
import type { Compression } from "./trap/compression.js";
import { TrapRoad } from "./trap/trap-road.js";
import { type Road, Vcpu } from "./vcpu.js";

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
  /** After prepareRoad(). */
  | { readonly road: "bt" }
  /** `paging`: nested if nothing is said. */
  | { readonly road: "hw"; readonly paging?: PagingKind }
  | { readonly road: "pv" };

/** A slot or a processor that can not be. */
export class VmError extends Error {
  override readonly name = "VmError";
}

/** A virtual machine: memory slots and virtual processors. */
export class Vm {
  readonly memory: GuestMemory;
  private readonly slots = new Map<number, MemorySlot>();
  private readonly processors: Vcpu[] = [];
  private road: RoadOptions | undefined;

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

  get vcpus(): readonly Vcpu[] {
    return this.processors;
  }

  /**
   * One more virtual processor, as after power-on. Its owner does what INIT and SIPI do, by its state. Throws VmError for another road than that
   * of the others, which would not hear of its stores to page tables; HostMemoryError where the host has no room.
   */
  createVcpu(options: RoadOptions): Vcpu {
    if (this.road && !sameOptions(this.road, options)) throw new VmError("all virtual processors of a virtual machine take the same road");
    if (this.road?.road === "pv") throw new VmError("a paravirtual guest has one virtual processor");
    const { host, memory } = this;
    const createRoad = (vcpu: Vcpu): Road => {
      if (options.road === "hw") return new HwRoad(host, memory, vcpu, options.paging ?? "nested");
      if (options.road === "bt") return new (binaryTranslation())(host, memory, vcpu);
      if (options.road === "pv") return new PvRoad(host, memory, vcpu);
      return new TrapRoad(host, memory, vcpu, options.compression ?? "0/1/3");
    };
    const create = () => new Vcpu(this.name, this.processors.length, host.powerOn, () => host.cpu.stop(), createRoad);
    const vcpu = host.pages.attempt(() => memory.attempt(create));
    this.road = options;
    this.processors.push(vcpu);
    return vcpu;
  }

  /** A device or a loader wrote guest-physical memory: what was decoded there, or made of it, goes. */
  memoryWritten(physical: number, length: number): void {
    for (let at = physical; at < physical + length; ) {
      const next = Math.min(physical + length, (Math.floor(at / PAGE) + 1) * PAGE);
      const page = this.memory.page(at);
      if (page) this.host.cpu.memoryWritten(page.address + (at % PAGE), next - at);
      at = next;
    }
    for (const vcpu of this.processors) vcpu.memoryWritten(physical, length);
  }
}

function sameOptions(a: RoadOptions, b: RoadOptions): boolean {
  const entries = (options: RoadOptions) => JSON.stringify(Object.entries(options).sort());
  return entries(a) === entries(b);
}
