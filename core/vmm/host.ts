// The host: one processor and its memory, shared by virtual machines. After /dev/kvm: a Host makes VMs (KVM_CREATE_VM), a VM has memory
// slots and virtual processors (KVM_CREATE_VCPU), and these run until an exit that their owner must see (KVM_RUN). Whoever calls run() has the
// processor; scheduling/runner.ts shares it.
//
// Not here: more than one host processor, host devices.
import { RAM_BASE } from "../../wasm/abi/layout.js";
import { CPL, CR0, CR3, FEATURES, MSR_SYSENTER_CS, SEG_STRIDE, SEGS, STATE_END } from "../../wasm/abi/state.js";
import { TIME_KNOWN } from "../../wasm/abi/time-stamp.js";
import type { AccessSize } from "../bus/device.js";
import { Cpu, type CpuOptions, type HypervisorMsrs } from "../cpu/cpu.js";
import type { TranslatorOptions } from "../translator/options.js";
import { ProcessorEvents } from "./events/processor-events.js";
import { HostPages } from "./host-pages.js";
import { CR0_PE, CR0_PG, CR0_WP, switchedOf, type VcpuState } from "./state.js";
import type { Vcpu } from "./vcpu.js";
import { Vm } from "./vm.js";

export interface HostOptions {
  /** The compiled processor module. */
  readonly module: CpuOptions["module"];
  /** Host-physical memory in bytes, a multiple of 4 KiB: guests' pages, and what the VMM needs (VMM_BYTES for each virtual processor). */
  readonly memoryBytes: number;
  readonly translator?: TranslatorOptions;
  /** Time-stamp counter of guests that have none of their own: a whole number below 2^53. */
  readonly timeStamp?: () => number;
  readonly ticksPerInstruction?: number;
}

/** The processor's accesses to ports, or to host-physical addresses that are no memory, while somebody listens. */
export interface HostAccess {
  read(address: number, size: AccessSize): number;
  write(address: number, value: number, size: AccessSize): void;
}

/** What the processor derives from: segments, descriptor tables, control and debug registers, CPL. Addresses of the record, [start, end). */
const DERIVED_START = SEGS;
const DERIVED_END = MSR_SYSENTER_CS;
/** Of these what its TLB depends on: bits of CR0, and CR3, CR4, debug registers, EFER, PDPTEs, [start, end). */
const SPACE_CR0 = CR0_PE | CR0_PG | CR0_WP;
const SPACE_START = CR3;
const SPACE_END = CPL;

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
  private readonly timeStamp: () => number;
  private readonly switched: readonly Uint8Array[];
  /** The processor's state, live, as 32-bit words by address. */
  readonly words: Uint32Array;
  /** Its segment registers, live. */
  readonly segments: Uint8Array;
  private loaded: VcpuState | undefined;
  private running: Vcpu | undefined;
  /** What the running guest's count of instructions is ahead of the processor's. */
  private ahead = 0;
  private lastAsid = 0;
  private vms = 0;

  constructor(options: HostOptions) {
    const { timeStamp = () => 0, memoryBytes } = options;
    this.timeStamp = () => {
      this.countInstructions();
      return this.running?.timeStamp?.() ?? timeStamp();
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
        hypervisor: {
          readMsr: (index) => this.hypervisor?.readMsr(index),
          writeMsr: (index, value) => this.hypervisor?.writeMsr(index, value) ?? false,
        },
        floatingPointError: () => {
          this.floatingPointError = true;
        },
      },
      ...(options.translator ? { translator: options.translator } : {}),
    });
    this.cpu.mapPages(0, memoryBytes, "ram", RAM_BASE);
    this.switched = switchedOf(this.cpu.bytes);
    this.words = new Uint32Array(this.cpu.bytes.buffer, 0, STATE_END >> 2);
    this.segments = this.cpu.bytes.subarray(SEGS, SEGS + 8 * SEG_STRIDE);
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

  /** The running guest's time-stamp counter, before its own offset. */
  now(): number {
    return this.timeStamp();
  }

  /** Who answers the running guest's registers of a hypervisor, if it has such. */
  get hypervisor(): HypervisorMsrs | undefined {
    return this.running?.hypervisor;
  }

  /** `vcpu` has the processor until leave(). */
  enter(vcpu: Vcpu): void {
    this.running = vcpu;
    vcpu.unseen = 0;
    this.ahead = vcpu.state.instructionCount - this.cpu.instructionCount;
    this.cpu.view.setUint32(FEATURES, vcpu.state.u32(FEATURES), true);
  }

  leave(): void {
    this.running = undefined;
  }

  /** FERR# of the running guest since this was last cleared. */
  get floatingPointError(): boolean {
    return this.running?.floatingPointError ?? false;
  }

  set floatingPointError(signalled: boolean) {
    if (this.running) this.running.floatingPointError = signalled;
  }

  /** Make the running guest's count of its instructions right; while its code runs it is behind. */
  countInstructions(): void {
    const { running } = this;
    if (running) running.state.instructionCount = this.cpu.instructionCount + this.ahead - running.unseen;
  }

  /** Whether the state that the processor holds is `state`, as the last world switch left it. */
  holds(state: VcpuState): boolean {
    return this.loaded === state;
  }

  /**
   * World switch: put a real state into the processor, and take it out of guest mode. `flush`: translations of before are void. Returns whether
   * they are: another CR3, too.
   */
  load(owner: VcpuState, real: VcpuState, flush: boolean): boolean {
    const { cpu } = this;
    cpu.abandonGuest();
    const flushed = flush || cpu.view.getUint32(CR3, true) !== real.u32(CR3);
    const isOther = !this.holds(owner) || flushed || isOtherSpace(this.words, real.words);
    const derived = isOther || differs(this.words, real.words, DERIVED_START, DERIVED_END);
    const { switched } = this;
    for (let i = 0; i < switched.length; i++) switched[i]!.set(real.switched[i]!);
    cpu.flags = real.flags;
    this.loaded = owner;
    if (isOther) cpu.synchronize();
    else if (derived) cpu.refresh();
    cpu.view.setUint32(TIME_KNOWN, 0, true);
    return flushed;
  }

  /** The other way. */
  store(real: VcpuState): void {
    const { switched } = this;
    for (let i = 0; i < switched.length; i++) real.switched[i]!.set(switched[i]!);
    real.flags = this.cpu.flags;
  }
}

function isOtherSpace(a: Uint32Array, b: Uint32Array): boolean {
  return ((a[CR0 >> 2]! ^ b[CR0 >> 2]!) & SPACE_CR0) !== 0 || differs(a, b, SPACE_START, SPACE_END);
}

/** Whether bytes [start, end) differ, whole words. */
function differs(a: Uint32Array, b: Uint32Array, start: number, end: number): boolean {
  for (let at = start >> 2; at < end >> 2; at++) if (a[at] !== b[at]) return true;
  return false;
}
