/**
 * A small virtual machine for labs: its memory is one slot at 0, the guest's state is set from outside, and it is run instruction by instruction,
 * as the guest counts them. Nothing is behind its ports: inputs are ones.
 */

import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import type { CpuOptions } from "../cpu/cpu.js";
import type { ExitRecord } from "../vmm/events/record.js";
import { Host } from "../vmm/host.js";
import type { VcpuState } from "../vmm/state.js";
import type { Vcpu } from "../vmm/vcpu.js";
import type { RoadOptions, Vm } from "../vmm/vm.js";
import { VMM_BYTES } from "../vmm/vm-processor.js";

export class LabVm {
  readonly vcpu: Vcpu;
  /** The guest's memory. */
  readonly ram: Uint8Array;
  readonly memory: DataView;
  private readonly vm: Vm;
  private readonly records: ExitRecord[] = [];

  /** `bytes` of guest memory: whole pages. */
  constructor(module: CpuOptions["module"], road: RoadOptions, bytes: number) {
    const host = new Host({ module, memoryBytes: bytes + VMM_BYTES });
    const at = host.pages.allocateRange(bytes);
    const vm = host.createVm();
    this.vm = vm;
    vm.setMemorySlot(0, { physical: 0, bytes, host: at });
    this.ram = host.cpu.ram.subarray(at, at + bytes);
    this.memory = new DataView(host.cpu.bytes.buffer, RAM_BASE + at, bytes);
    this.vcpu = vm.createVcpu(road);
    this.vcpu.events.subscribe((record) => this.records.push(record));
  }

  get state(): VcpuState {
    return this.vcpu.state;
  }

  /** Begin anew, with this memory and this state record. */
  begin(memory: Uint8Array, record: Uint8Array): void {
    this.vcpu.reset();
    this.ram.set(memory);
    this.vm.memoryWritten(0, memory.length);
    this.state.bytes.set(record, STATE.STATE_BASE);
    this.vcpu.stateChanged();
    this.records.length = 0;
  }

  /** One instruction of the guest's. Returns the exits that it took, and why it could not be executed, if so. */
  step(): { readonly exits: readonly ExitRecord[]; readonly refused: string | undefined } {
    this.records.length = 0;
    let exit = this.vcpu.run(1);
    while ((exit.kind === "io" || exit.kind === "mmio") && !exit.write) {
      this.vcpu.completeInput(0xffffffff);
      exit = this.vcpu.run(1);
    }
    return { exits: this.records.slice(), refused: exit.kind === "internal-error" ? exit.message : undefined };
  }
}
