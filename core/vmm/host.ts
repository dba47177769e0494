// The host: one processor and its memory, shared by virtual machines. After /dev/kvm: a Host makes VMs (KVM_CREATE_VM), a VM has memory
// slots and a virtual processor (KVM_CREATE_VCPU), and that runs until an exit that its owner must see (KVM_RUN).
//
// Not here yet: a scheduler among VMs (whoever calls run() has the processor), more than one virtual processor in a VM, host devices.
import { RAM_BASE } from "../../wasm/abi/layout.js";
import { MSR_SYSENTER_CS, SEGS } from "../../wasm/abi/state.js";
import { TIME_KNOWN } from "../../wasm/abi/time-stamp.js";
import type { AccessSize } from "../bus/device.js";
import { Cpu, type CpuOptions } from "../cpu/cpu.js";
import type { TranslatorOptions } from "../translator/options.js";
import { ProcessorEvents } from "./events/processor-events.js";
import { HostPages } from "./host-pages.js";
import { switchedOf, type VcpuState } from "./state.js";
import { Vm } from "./vm.js";

export interface HostOptions {
  /** The compiled processor module. */
  readonly module: CpuOptions["module"];
  /** Host-physical memory in bytes, a multiple of 4 KiB: guests' pages, and what the VMM needs (VMM_BYTES for each virtual processor). */
  readonly memoryBytes: number;
  readonly translator?: TranslatorOptions;
  /** Time-stamp counter: a whole number below 2^53. */
  readonly timeStamp?: () => number;
  readonly ticksPerInstruction?: number;
}

/** The processor's accesses to ports, or to host-physical addresses that are no memory, while somebody listens. */
export interface HostAccess {
  read(address: number, size: AccessSize): number;
  write(address: number, value: number, size: AccessSize): void;
}

const DERIVED_START = SEGS;
const DERIVED_END = MSR_SYSENTER_CS;

/** Host-physical pages that are no memory: so many lie from here on, for instructions that access a guest's devices. */
export const DEVICE_PAGES_AT = 0xf0000000;
export const DEVICE_PAGES = 16;

export class Host {
  readonly cpu: Cpu;
  /** The record of a processor that was just powered on. */
  readonly powerOn: Uint8Array;
  readonly pages: HostPages;
  /** What the processor itself counts. */
  readonly processorEvents: ProcessorEvents;
  /** Who takes the accesses to DEVICE_PAGES_AT. */
  access: HostAccess | undefined;
  /** Who takes the accesses to ports that are not intercepted. */
  ports: HostAccess | undefined;
  /** Called before somebody asks for the time, so that counts of instructions are exact. */
  beforeTime: (() => void) | undefined;
  /** FERR# since this was last cleared. */
  floatingPointError = false;
  private readonly timeStamp: () => number;
  private readonly switched: readonly Uint8Array[];
  private loaded: VcpuState | undefined;
  private lastAsid = 0;
  private vms = 0;

  constructor(options: HostOptions) {
    const { timeStamp = () => 0, memoryBytes } = options;
    this.timeStamp = () => {
      this.beforeTime?.();
      return timeStamp();
    };
    this.cpu = Cpu.create({
      module: options.module,
      ramBytes: memoryBytes,
      host: {
        portIn: (port, size) => this.ports?.read(port, size) ?? 0xffffffff,
        portOut: (port, value, size) => this.ports?.write(port, value, size),
        mmioRead: (address, size) => this.access?.read(address, size) ?? 0xffffffff,
        mmioWrite: (address, value, size) => this.access?.write(address, value, size),
        interruptAcknowledge: () => -1,
        timeStamp: this.timeStamp,
        ...(options.ticksPerInstruction === undefined ? {} : { ticksPerInstruction: options.ticksPerInstruction }),
        msrWritten: () => {},
        floatingPointError: () => {
          this.floatingPointError = true;
        },
      },
      ...(options.translator ? { translator: options.translator } : {}),
    });
    this.cpu.mapPages(0, memoryBytes, "ram", RAM_BASE);
    this.switched = switchedOf(this.cpu.bytes);
    this.powerOn = this.cpu.saveState();
    this.processorEvents = new ProcessorEvents(this.cpu.view);
    this.cpu.deprivileged = true;
    this.pages = new HostPages(memoryBytes);
  }

  /** `name`: what records of its exits call it. */
  createVm(name = `vm${++this.vms}`): Vm {
    return new Vm(this, name);
  }

  /** An address space identifier that no other guest has. */
  newAsid(): number {
    return ++this.lastAsid;
  }

  /** The time-stamp counter, before any guest's offset. */
  now(): number {
    return this.timeStamp();
  }

  /** Whether the state that the processor holds is `state`, as the last world switch left it. */
  holds(state: VcpuState): boolean {
    return this.loaded === state;
  }

  /** World switch: put a real state into the processor, and take it out of guest mode. `flush`: translations of before are void. */
  load(owner: VcpuState, real: VcpuState, flush: boolean): void {
    const { cpu } = this;
    cpu.abandonGuest();
    const derived = !this.holds(owner) || flush || differs(cpu.bytes, real.bytes);
    real.switched.forEach((part, n) => {
      this.switched[n]!.set(part);
    });
    cpu.flags = real.flags;
    this.loaded = owner;
    if (derived) cpu.synchronize();
    cpu.view.setUint32(TIME_KNOWN, 0, true);
  }

  /** The other way. */
  store(real: VcpuState): void {
    this.switched.forEach((part, n) => {
      real.switched[n]!.set(part);
    });
    real.flags = this.cpu.flags;
  }
}

/** Whether something differs that the processor derives from: segments, descriptor tables, control and debug registers, CPL. */
function differs(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = DERIVED_START; at < DERIVED_END; at++) if (a[at] !== b[at]) return true;
  return false;
}
