// Trap and emulate, with ring compression: the guest runs in place until something faults. compression.ts lists where this shows: the
// sensitive instructions that do not fault.
import type { VcpuExit } from "../exit.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Host } from "../host.js";
import type { Vcpu } from "../vcpu.js";
import type { Compression } from "./compression.js";
import { DeprivilegedRoad } from "./deprivileged-road.js";

export class TrapRoad extends DeprivilegedRoad {
  constructor(host: Host, memory: GuestMemory, vcpu: Vcpu, compression: Compression) {
    super(host, memory, vcpu, "trap", { compression });
  }

  protected override runGuest(count: number): VcpuExit | undefined {
    return this.handle(this.inPlace.run(count));
  }
}
