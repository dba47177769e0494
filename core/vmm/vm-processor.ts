// A virtual machine's processor in the place of a real one: a machine (devices/machine) has the same board around either. It does what a user of
// KVM does: run, look at the exit, ask the device.

import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { CpuError, type CpuHost, type CpuOptions, type Exit, type PageKind } from "../cpu/cpu.js";
import type { Processor } from "../cpu/processor.js";
import { impossibleInRecord } from "../cpu/record.js";
import type { SegmentRegister } from "../cpu/segment.js";
import type { ProcessorStops } from "../cpu/stops.js";
import type { TranslatorStatistics } from "../translator/translator.js";
import { BT_WINDOW_PAGES } from "./bt/areas.js";
import { VmView } from "./debug/vm-view.js";
import type { VcpuExit } from "./exit.js";
import { type GuestMemory, PAGE } from "./guest-memory.js";
import { Host } from "./host.js";
import { HW_PAGES } from "./hw/hw-road.js";
import { PV_PAGES } from "./pv/vmm-pages.js";
import { SHADOW_PAGES } from "./shadow/shadow-paging.js";
import { FLAG_I } from "./state.js";
import type { Vcpu } from "./vcpu.js";
import type { RoadOptions, Vm } from "./vm.js";

/** What the VMM needs for itself, for one virtual processor, in bytes. */
export const VMM_BYTES = Math.max(SHADOW_PAGES + BT_WINDOW_PAGES, HW_PAGES, PV_PAGES) * PAGE;

function guestBytes({ ramBytes, extraBytes = 0 }: Pick<CpuOptions, "ramBytes" | "extraBytes">): number {
  return Math.ceil((ramBytes + extraBytes) / PAGE) * PAGE;
}

/** Host memory that a virtual processor takes with the memory around it. */
export function hostBytes(options: Pick<CpuOptions, "ramBytes" | "extraBytes">): number {
  return guestBytes(options) + VMM_BYTES;
}

function ownHost(options: CpuOptions): Host {
  const { module, translator, host: devices } = options;
  return new Host({
    module,
    memoryBytes: hostBytes(options),
    ...(devices.ticksPerInstruction === undefined ? {} : { ticksPerInstruction: devices.ticksPerInstruction }),
    ...(translator ? { translator } : {}),
  });
}

/** The guest did something that its road does not do: the sentence says what, and where. */
export class RoadError extends Error {
  override readonly name = "RoadError";
}

export class VmProcessor implements Processor {
  readonly ram: Uint8Array;
  readonly vcpu: Vcpu;
  protected readonly memory: GuestMemory;
  /** Host-physical address of `ram`. */
  protected readonly ramAt: number;
  private readonly host: Host;
  private readonly vm: Vm;
  private readonly devices: CpuHost;
  private readonly features: number;
  private requested = false;
  private stopped = false;

  /**
   * `shared`: the host to run on; with none it gets one of its own. Throws RoadError where the road has not what the options ask for, and
   * HostMemoryError where the shared host has no room.
   */
  constructor(options: CpuOptions, road: RoadOptions, shared?: Host) {
    const { features = 0, host: devices } = options;
    // The processor would apply UMIP, SMEP and SMAP to the guest's kernel in its outer ring.
    if (features & ~STATE.FEATURE_KVM) throw new RoadError(`on the road ${road.road} no processor features can be added`);
    this.devices = devices;
    this.features = features;
    this.host = shared ?? ownHost(options);
    this.vm = this.host.createVm();
    this.memory = this.vm.memory;
    const { pages, cpu } = this.host;
    // The processor before the guest's memory: who is shown host-physical addresses sees that they are others than his own.
    const { vcpu, at } = pages.attempt(() => ({ vcpu: this.vm.createVcpu(road), at: pages.allocateRange(guestBytes(options)) }));
    this.vcpu = vcpu;
    this.ramAt = at;
    this.ram = cpu.ram.subarray(at, at + options.ramBytes);
    this.vcpu.features = features;
    this.vcpu.timeStamp = () => devices.timeStamp();
    if (features & STATE.FEATURE_KVM) this.vcpu.hypervisor = devices.hypervisor;
    this.vcpu.ports = {
      read: (port, size) => devices.portIn(port, size),
      write: (port, value, size) => devices.portOut(port, value, size),
    };
    this.vcpu.mmio = {
      read: (physical, size) => devices.mmioRead(physical, size),
      // Stores to ROM come here too.
      write: (physical, value, size) => {
        if (!this.memory.page(physical)) devices.mmioWrite(physical, value, size);
      },
    };
  }

  get bytes(): Uint8Array {
    return this.host.cpu.bytes;
  }

  /** What lies under the guest, for who looks; undefined where its own tables are the processor's. */
  get underneath(): VmView | undefined {
    return new VmView(this.vcpu, this.memory, this.bytes);
  }

  get view(): DataView {
    return this.vcpu.state.view;
  }

  get stops(): ProcessorStops {
    return this.vcpu.stops;
  }

  get translation(): TranslatorStatistics | undefined {
    return this.host.cpu.translation;
  }

  get instructions(): bigint {
    this.host.countInstructions();
    return this.vcpu.state.instructions;
  }

  get halted(): boolean {
    return this.vcpu.state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED;
  }

  get interruptible(): boolean {
    return (this.flags & FLAG_I) !== 0;
  }

  get flags(): number {
    return this.vcpu.state.flags;
  }

  set flags(value: number) {
    this.vcpu.state.flags = value;
  }

  reset(): void {
    this.vcpu.reset();
  }

  /** Throws RoadError. */
  run(count: number): Exit {
    const end = this.instructions + BigInt(count);
    this.stopped = false;
    for (;;) {
      if (this.stops.isHit) return "stop";
      const left = Number(end - this.instructions);
      if (left <= 0) return this.halted ? "halt" : "budget";
      this.offerInterrupt();
      const exit = this.answer(this.vcpu.run(left));
      if (exit) return exit;
      if (this.stopped) return "stop";
    }
  }

  /** The interrupt controller's request, when the guest takes it. */
  private offerInterrupt(): void {
    const { vcpu } = this;
    if (this.requested && vcpu.interruptible) {
      const vector = this.devices.interruptAcknowledge();
      if (vector >= 0) vcpu.queueInterrupt(vector);
      else vcpu.state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    }
    vcpu.requestInterruptWindow(this.requested && vcpu.queued === undefined);
  }

  /** What ends the run, if the exit does. */
  protected answer(exit: VcpuExit): Exit | undefined {
    const { devices, vcpu } = this;
    switch (exit.kind) {
      case "io":
        if (exit.write) devices.portOut(exit.port, exit.value, exit.size);
        else vcpu.completeInput(devices.portIn(exit.port, exit.size));
        return undefined;
      case "mmio":
        throw new Error("accesses to devices go through the bus");
      case "hlt":
        return this.requested && this.interruptible ? undefined : "halt";
      case "msr":
        devices.msrWritten(exit.index, exit.value);
        return undefined;
      case "fpu-error":
        devices.floatingPointError?.();
        return undefined;
      case "internal-error":
        throw new RoadError(exit.message);
      case "shutdown":
        return "shutdown";
      default:
        return undefined;
    }
  }

  stop(): void {
    this.stopped = true;
    this.vcpu.stop();
  }

  setInterrupt(level: boolean): void {
    // A device that the guest has just reached inside a run: the run ends, so that the request is offered.
    if (level && !this.requested) this.vcpu.stop();
    this.requested = level;
    this.vcpu.state.set(STATE.INTR, level ? 1 : 0);
  }

  nonMaskableInterrupt(): void {
    this.vcpu.nonMaskableInterrupt();
  }

  setA20(open: boolean): void {
    this.memory.setA20(open);
  }

  mapPages(start: number, length: number, kind: PageKind, hostOffset = 0): void {
    if (kind === "none") {
      this.memory.unmapPages(start, length);
      return;
    }
    const host = hostOffset - RAM_BASE;
    this.host.cpu.mapPages(host, length, kind === "tracked" ? "tracked" : "ram", hostOffset);
    this.memory.mapPages(start, length, host, kind === "rom");
  }

  memoryWritten(start: number, length: number): void {
    this.vm.memoryWritten(start, length);
  }

  takeDirtyPages(start: number, length: number): number[] {
    const page = this.memory.page(start);
    return page ? this.host.cpu.takeDirtyPages(page.address, length) : [];
  }

  synchronize(): void {
    this.vcpu.stateChanged();
  }

  peek(linear: number): number | undefined {
    const physical = this.vcpu.translate(linear >>> 0);
    return physical === undefined || !this.memory.page(physical) ? undefined : this.memory.read8(physical);
  }

  poke(linear: number, value: number): boolean {
    const physical = this.vcpu.translate(linear >>> 0);
    const page = physical === undefined ? undefined : this.memory.page(physical);
    if (physical === undefined || !page || page.readOnly) return false;
    this.memory.write8(physical, value);
    this.vcpu.memoryWritten(physical, 1);
    return true;
  }

  readPhysical(address: bigint, size: 4 | 8): bigint {
    return size === 8 ? this.memory.read64(Number(address)) : BigInt(this.memory.read32(Number(address)));
  }

  peekLinear(linear: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.peek(linear + i) ?? 0);
  }

  register(offset: number): bigint {
    return this.vcpu.state.u64(STATE.REGS + offset);
  }

  setRegister(offset: number, value: bigint): void {
    this.vcpu.state.set64(STATE.REGS + offset, value);
  }

  segment(n: number): SegmentRegister {
    return this.vcpu.state.segment(n);
  }

  setSegment(n: number, segment: SegmentRegister): void {
    this.vcpu.state.setSegment(n, segment);
  }

  saveState(): Uint8Array {
    return this.vcpu.state.bytes.slice(STATE.STATE_BASE, STATE.STATE_END);
  }

  /** Throws CpuError for a record that no processor can be in. */
  loadState(record: Uint8Array): void {
    if (record.length !== STATE.STATE_END - STATE.STATE_BASE) throw new CpuError(`a processor record has ${record.length} bytes`);
    const impossible = impossibleInRecord(record);
    if (impossible) throw new CpuError(`a processor record has an impossible ${impossible}`);
    this.vcpu.state.bytes.set(record, STATE.STATE_BASE);
    this.vcpu.queued = undefined;
    this.vcpu.features = this.features;
    this.requested = this.vcpu.state.u32(STATE.INTR) !== 0;
    this.vcpu.stateChanged();
  }
}
