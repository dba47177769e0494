// The processor of a machine whose guest is paravirtual. Of the machine the guest has RAM, in one run, and what its calls lead to: of the PC
// around it, its memory map, interrupts and A20 gate, it knows nothing.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { CpuOptions, Exit } from "../../cpu/cpu.js";
import type { VcpuExit } from "../exit.js";
import type { Host } from "../host.js";
import { RoadError, VmProcessor } from "../vm-processor.js";
import type { Paravirtual } from "./paravirtual.js";

/** How a paravirtual guest ended. */
export type PvEnding = Extract<VcpuExit, { kind: "system-event" }>;

export class PvProcessor extends VmProcessor {
  /** Throws RoadError where the road has not what the options ask for. `ended` is called when the guest has ended. */
  constructor(
    options: CpuOptions,
    private readonly ended: (ending: PvEnding) => void,
    shared?: Host,
  ) {
    if (options.features) throw new RoadError("on the road pv no processor features can be added, and no other hypervisor's interface");
    super(options, { road: "pv" }, shared);
    this.memory.mapPages(0, this.ram.length, this.ramAt, false);
  }

  get paravirtual(): Paravirtual {
    return this.vcpu.paravirtual!;
  }

  override get underneath(): undefined {
    return undefined;
  }

  /** The guest's page tables have host-physical addresses. */
  override readPhysical(address: bigint, size: 4 | 8): bigint {
    const at = RAM_BASE + Number(address);
    if (at + size > this.bytes.length) return (1n << BigInt(size * 8)) - 1n;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    return size === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  }

  /** An event can always end a halt. */
  override get interruptible(): boolean {
    return true;
  }

  protected override answer(exit: VcpuExit): Exit | undefined {
    if (exit.kind === "system-event") this.ended(exit);
    // The guest gives its time slice away, or has made the VMM work for long: the machine looks at the clock.
    return exit.kind === "system-event" || exit.kind === "intr" ? "stop" : super.answer(exit);
  }

  override mapPages(): void {}

  override setInterrupt(): void {}

  override nonMaskableInterrupt(): void {}

  override setA20(): void {}

  override takeDirtyPages(): number[] {
    return [];
  }
}
