// Hardware assist: the guest runs in guest mode (SVM) on nested page tables, in place and with all its rings, until something that the VMM
// intercepts. Real mode, virtual-8086 mode and task switches are as on bare hardware.
//
// Not here: shadow instead of nested paging, exits for memory-mapped devices to the owner of the VM (they go through vcpu.mmio; without it reads
// are ones and stores are lost), records for vcpu.onExit, the guest's own use of SVM.
import * as STATE from "../../../wasm/abi/state.js";
import * as SVM from "../../../wasm/abi/svm.js";
import type { AccessSize } from "../../bus/device.js";
import type { VcpuExit } from "../exit.js";
import { type GuestMemory, PAGE } from "../guest-memory.js";
import { DEVICE_PAGES, DEVICE_PAGES_AT, type Host, type HostAccess } from "../host.js";
import { HostMemoryError } from "../host-pages.js";
import { refusal, runTurns } from "../run-loop.js";
import { GuestWalker } from "../shadow/guest-walk.js";
import { StatePaging } from "../shadow/state-paging.js";
import { FLAG_I } from "../state.js";
import type { Road, Vcpu } from "../vcpu.js";
import { NestedTables, type TableMemory } from "./nested-tables.js";
import { EFER_SVME, Vmcb, type VmcbExit } from "./vmcb.js";

/** Bytes of the I/O and the MSR permission map. */
const IO_MAP = 3 * PAGE;
const MSR_MAP = 2 * PAGE;
/** What the road takes of the host for itself, with tables for a densely mapped guest. */
export const HW_PAGES = 1 + (IO_MAP + MSR_MAP) / PAGE + 5 + 2048 + 8;

const IA32_TSC = 0x10;
const IA32_APIC_BASE = 0x1b;
const IA32_EFER = 0xc0000080;
const APIC_BASE_WRITABLE = 0xffffff900n;
const EFER_NXE = 0x800n;
const VECTOR_GP = 13n;
/** #BP and #OF: of INT3 and INTO. */
const SOFTWARE_EXCEPTIONS = [3, 4];
const VECTOR_VIRTUAL = 0xff;
const EVENT_VALID = 1n << 31n;
const RUN_LIMIT = 1 << 25;
/** Nested page faults of one instruction before the VMM gives up: more than any has pages. */
const MOST_FAULTS = 64;

/** What the guest is left for, always. */
const INTERCEPTS = [
  SVM.VMEXIT_INTR,
  SVM.VMEXIT_NMI,
  SVM.VMEXIT_HLT,
  SVM.VMEXIT_CPUID,
  SVM.VMEXIT_IOIO,
  SVM.VMEXIT_MSR,
  SVM.VMEXIT_SHUTDOWN,
  SVM.VMEXIT_FERR_FREEZE,
  SVM.VMEXIT_VMRUN,
  SVM.VMEXIT_VMMCALL,
  SVM.VMEXIT_VMLOAD,
  SVM.VMEXIT_VMSAVE,
  SVM.VMEXIT_STGI,
  SVM.VMEXIT_CLGI,
  SVM.VMEXIT_SKINIT,
  SVM.VMEXIT_INVLPGA,
];

/** The state record is the guest's while the processor is in guest mode, and after it. */
export class HwRoad implements Road {
  private readonly vmcb: Vmcb;
  private readonly vmcbAt: number;
  private tables: NestedTables;
  /** The processor is in guest mode with exactly this state. */
  private entered = false;
  private complete: ((value: number) => void) | undefined;
  /** EVENTINJ of the next entry. */
  private event = 0n;

  constructor(
    private readonly host: Host,
    private readonly memory: GuestMemory,
    private readonly vcpu: Vcpu,
  ) {
    this.vmcbAt = host.pages.allocate();
    this.vmcb = new Vmcb(this.page(this.vmcbAt));
    for (const code of INTERCEPTS) this.vmcb.intercept(code);
    this.vmcb.set64(SVM.VMCB_IOPM_BASE, BigInt(this.permissions(IO_MAP, 0xff)));
    const msrs = this.permissions(MSR_MAP, 0);
    this.vmcb.set64(SVM.VMCB_MSRPM_BASE, BigInt(msrs));
    // Two bits each: reads and writes of EFER, whose SVME the guest must not see, and writes of what the owner keeps track of.
    for (const index of [IA32_APIC_BASE, IA32_TSC]) this.host.cpu.ram[msrs + (index >> 2)]! |= 2 << ((index & 3) * 2);
    this.host.cpu.ram[msrs + 0x800 + ((IA32_EFER & 0x1fff) >> 2)]! |= 3 << ((IA32_EFER & 3) * 2);
    this.vmcb.set32(SVM.VMCB_ASID, 1);
    this.vmcb.set64(SVM.VMCB_NP_ENABLE, 1n);
    this.tables = this.makeTables();
    memory.onChange(() => this.dropTables());
  }

  private page(at: number): DataView {
    const { buffer, byteOffset } = this.host.cpu.ram;
    return new DataView(buffer, byteOffset + at, PAGE);
  }

  private permissions(bytes: number, fill: number): number {
    const at = this.host.pages.allocateRange(bytes);
    this.host.cpu.ram.fill(fill, at, at + bytes);
    return at;
  }

  private makeTables(): NestedTables {
    const { pages, cpu } = this.host;
    const view = new DataView(cpu.ram.buffer, cpu.ram.byteOffset, cpu.ram.byteLength);
    const memory: TableMemory = {
      allocate: () => {
        const page = pages.allocate();
        cpu.ram.fill(0, page, page + PAGE);
        return page;
      },
      free: (page) => pages.release(page),
      read: (address) => view.getBigUint64(address, true),
      write: (address, value) => view.setBigUint64(address, value, true),
    };
    const tables = new NestedTables(memory);
    this.vmcb.set64(SVM.VMCB_N_CR3, BigInt(tables.root));
    return tables;
  }

  /** Pages have come, gone or moved: the tables are filled anew, by faults. */
  private dropTables(): void {
    this.tables.dispose();
    this.tables = this.makeTables();
    this.entered = false;
  }

  stateChanged(): void {
    this.entered = false;
    this.event = 0n;
    this.complete = undefined;
  }

  /** The processor has seen to its decoded code; the tables do not depend on contents. */
  memoryWritten(): void {}

  translate(linear: number): number | undefined {
    const walk = new GuestWalker(this.memory).walk(new StatePaging(this.vcpu.state), linear, undefined);
    return walk.present ? walk.physical : undefined;
  }

  completeInput(value: number): void {
    const { complete } = this;
    this.complete = undefined;
    complete?.(value);
  }

  run(count: number): VcpuExit {
    const { cpu } = this.host;
    cpu.deprivileged = false;
    try {
      return runTurns(this.host, this.vcpu, count, (left) => this.turn(left));
    } finally {
      cpu.abandonGuest();
      cpu.deprivileged = true;
      this.entered = false;
    }
  }

  private turn(left: number): VcpuExit | undefined {
    const { vcpu } = this;
    const { state } = vcpu;
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_SHUTDOWN) return { kind: "shutdown" };
    this.inject();
    if (vcpu.windowRequested && vcpu.interruptible) return { kind: "interrupt-window" };
    if (state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED) return { kind: "hlt" };
    if (left <= 0 || vcpu.stopRequested) return { kind: "intr" };
    this.wantWindow((vcpu.windowRequested || vcpu.queued !== undefined) && this.event === 0n);
    const ended = this.execute(Math.min(left, RUN_LIMIT));
    if (this.host.floatingPointError) {
      this.host.floatingPointError = false;
      return { kind: "fpu-error" };
    }
    return ended ? this.handle(this.vmcb.exit) : undefined;
  }

  /** An event for the next entry, if the guest takes it. */
  private inject(): void {
    const { vcpu } = this;
    const { state } = vcpu;
    if (this.event !== 0n || state.u32(STATE.SHADOW)) return;
    if (vcpu.nmiPending && !state.u32(STATE.NMI_BLOCKED)) {
      vcpu.nmiPending = false;
      this.event = EVENT_VALID | BigInt(SVM.EVENT_NMI << SVM.EVENT_TYPE_SHIFT) | 2n;
    } else if (vcpu.queued !== undefined && state.flags & FLAG_I) {
      this.event = EVENT_VALID | BigInt(SVM.EVENT_EXTERNAL << SVM.EVENT_TYPE_SHIFT) | BigInt(vcpu.queued);
      vcpu.queued = undefined;
    } else return;
    state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    this.entered = false;
  }

  /** A virtual interrupt that is intercepted tells when the guest takes one. AMD APM vol. 2 "Virtual Interrupts". */
  private wantWindow(wanted: boolean): void {
    const value = wanted ? BigInt(SVM.V_IRQ | SVM.V_IGN_TPR) | (BigInt(VECTOR_VIRTUAL) << 32n) : 0n;
    const word = value | BigInt(SVM.V_INTR_MASKING);
    this.vmcb.intercept(SVM.VMEXIT_VINTR, wanted);
    if (this.vmcb.get64(SVM.VMCB_V_INTR) !== word) this.entered = false;
    this.vmcb.set64(SVM.VMCB_V_INTR, word);
  }

  /** Run the guest. True: its #VMEXIT. */
  private execute(count: number): boolean {
    const { host, vmcb } = this;
    const { state } = this.vcpu;
    if (!this.entered || !host.holds(state)) {
      host.load(state, state, true);
      vmcb.loadFrom(state);
      vmcb.set64(SVM.VMCB_EVENTINJ, this.event);
      this.event = 0n;
      host.cpu.enterGuest(this.vmcbAt);
      this.entered = true;
    }
    const ended = host.cpu.run(count) === "vmexit";
    host.store(state);
    state.set64(STATE.EFER, state.u64(STATE.EFER) & ~BigInt(EFER_SVME));
    if (!ended) return false;
    this.entered = false;
    state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    state.set(STATE.SHADOW, vmcb.get64(SVM.VMCB_INTERRUPT_SHADOW) & 1n ? STATE.SHADOW_STI : 0);
    return true;
  }

  private handle(exit: VmcbExit): VcpuExit | undefined {
    const { state } = this.vcpu;
    this.deliverAgain(exit);
    switch (exit.code) {
      case SVM.VMEXIT_INTR:
      case SVM.VMEXIT_NMI:
      case SVM.VMEXIT_VINTR:
        return undefined;
      case SVM.VMEXIT_HLT:
        this.skipTo(exit.nextRip);
        state.set(STATE.ACTIVITY, STATE.ACTIVITY_HALTED);
        return { kind: "hlt" };
      case SVM.VMEXIT_CPUID:
        // The processor's own answers, as on bare hardware.
        return this.step(SVM.VMEXIT_CPUID);
      case SVM.VMEXIT_IOIO:
        return this.port(exit);
      case SVM.VMEXIT_MSR:
        return this.msr((exit.info1 & 1n) !== 0n);
      case SVM.VMEXIT_NPF:
        return this.nestedFault(Number(exit.info2));
      case SVM.VMEXIT_SHUTDOWN:
        state.set(STATE.ACTIVITY, STATE.ACTIVITY_SHUTDOWN);
        return { kind: "shutdown" };
      case SVM.VMEXIT_FERR_FREEZE:
        return { kind: "fpu-error" };
      case SVM.VMEXIT_INVALID:
        return refusal(this.vcpu.state, "the processor refuses to enter the guest with this state");
      default:
        // Instructions of SVM: a guest has none.
        this.raise(6n, undefined);
        return undefined;
    }
  }

  /** An event whose delivery was cut off comes with the next entry; not that of INT n, INT3 or INTO, which is executed again. */
  private deliverAgain({ interrupted }: VmcbExit): void {
    const type = Number((interrupted >> BigInt(SVM.EVENT_TYPE_SHIFT)) & 7n);
    const vector = Number(interrupted & 0xffn);
    const again = type === SVM.EVENT_SOFTWARE || (type === SVM.EVENT_EXCEPTION && SOFTWARE_EXCEPTIONS.includes(vector));
    if (interrupted & EVENT_VALID && !again) this.event = interrupted;
  }

  private raise(vector: bigint, code: number | undefined): void {
    const event = EVENT_VALID | BigInt(SVM.EVENT_EXCEPTION << SVM.EVENT_TYPE_SHIFT) | vector;
    this.event = code === undefined ? event : event | BigInt(SVM.EVENT_HAS_CODE) | (BigInt(code) << 32n);
  }

  /** The instruction is done. */
  private skipTo(rip: number): void {
    const { state } = this.vcpu;
    state.rip = rip;
    state.set(STATE.SHADOW, 0);
  }

  private port({ info1, info2 }: VmcbExit): VcpuExit | undefined {
    const { state } = this.vcpu;
    const info = Number(info1 & 0xffffffffn);
    if (info & SVM.IOIO_STRING) return this.step(SVM.VMEXIT_IOIO);
    const port = info >>> 16;
    const size = ((info >> 4) & 7) as AccessSize;
    this.skipTo(Number(info2 & 0xffffffffn));
    if (info & SVM.IOIO_IN) {
      this.complete = (value) => state.setRegisterPart(0, size, value);
      return { kind: "io", write: false, port, size };
    }
    const mask = size === 4 ? 0xffffffff : (1 << (size * 8)) - 1;
    return { kind: "io", write: true, port, size, value: (state.register(0) & mask) >>> 0 };
  }

  private msr(write: boolean): VcpuExit | undefined {
    const { state } = this.vcpu;
    const index = state.register(1);
    const value = (BigInt(state.register(2)) << 32n) | BigInt(state.register(0));
    if (index !== IA32_EFER && index !== IA32_APIC_BASE) {
      const exit = this.step(SVM.VMEXIT_MSR);
      return exit ?? (write && index === IA32_TSC ? { kind: "msr", index, value } : undefined);
    }
    // RDMSR and WRMSR have two bytes.
    const next = (state.rip + 2) >>> 0;
    if (!write) {
      const efer = state.u64(STATE.EFER);
      state.setRegister(0, Number(efer & 0xffffffffn));
      state.setRegister(2, Number(efer >> 32n));
      this.skipTo(next);
      return undefined;
    }
    if (value & ~(index === IA32_EFER ? EFER_NXE : APIC_BASE_WRITABLE)) {
      this.raise(VECTOR_GP, 0);
      return undefined;
    }
    state.set64(index === IA32_EFER ? STATE.EFER : STATE.MSR_APIC_BASE, value);
    this.skipTo(next);
    return index === IA32_APIC_BASE ? { kind: "msr", index, value } : undefined;
  }

  /** Let the processor do an instruction that is intercepted otherwise; ports lead to the owner's devices. */
  private step(intercept: number): VcpuExit | undefined {
    this.vmcb.intercept(intercept, false);
    this.host.ports = this.vcpu.ports;
    const exit = this.untilDone(() => false);
    this.host.ports = undefined;
    this.vmcb.intercept(intercept);
    this.entered = false;
    return exit;
  }

  /** Memory that is not mapped yet; or a device: then the instruction is executed with the device's page in its place. */
  private nestedFault(physical: number): VcpuExit | undefined {
    if (this.mapMemory(physical)) return undefined;
    const device = new NestedDevice(this.memory, this.vcpu, this.tables);
    if (!device.open(physical)) return refusal(this.vcpu.state, `the guest accesses ${physical.toString(16)}, where no memory can be`);
    this.host.access = device;
    const exit = this.untilDone((at) => device.open(at));
    this.host.access = undefined;
    device.close();
    this.entered = false;
    return exit;
  }

  /** Execute one instruction, or the delivery that comes before it, through whatever nested page faults it has. */
  private untilDone(open: (physical: number) => boolean): VcpuExit | undefined {
    for (let faults = 0; faults < MOST_FAULTS; faults++) {
      this.entered = false;
      if (!this.execute(1)) return undefined;
      const { exit } = this.vmcb;
      if (exit.code !== SVM.VMEXIT_NPF) return this.handle(exit);
      this.deliverAgain(exit);
      const physical = Number(exit.info2);
      if (!this.mapMemory(physical) && !open(physical)) return undefined;
    }
    return refusal(this.vcpu.state, "an instruction faults again and again");
  }

  /** Whether there is memory: then it is mapped now. A store to read-only memory is a device's. */
  private mapMemory(physical: number): boolean {
    const page = this.memory.page(physical);
    if (!page) return false;
    const write = (this.vmcb.exit.info1 & 2n) !== 0n;
    if (page.readOnly && write) return false;
    const guestPhysical = Math.floor(physical / PAGE) * PAGE;
    const mapping = { guestPhysical, hostPhysical: page.address, size: PAGE, writable: !page.readOnly };
    try {
      this.tables.map(mapping);
    } catch (error) {
      if (!(error instanceof HostMemoryError)) throw error;
      this.dropTables();
      this.tables.map(mapping);
    }
    return true;
  }
}

/** Host pages without memory that stand for pages of devices while one instruction is executed. */
class NestedDevice implements HostAccess {
  /** Guest-physical pages, by number of the host page. */
  private readonly pages: number[] = [];

  constructor(
    private readonly memory: GuestMemory,
    private readonly vcpu: Vcpu,
    private readonly tables: NestedTables,
  ) {}

  /** False where none can be. */
  open(physical: number): boolean {
    if (physical >= 2 ** 32 || this.pages.length === DEVICE_PAGES) return false;
    const guestPhysical = Math.floor(physical / PAGE) * PAGE;
    const hostPhysical = DEVICE_PAGES_AT + (this.pages.push(guestPhysical) - 1) * PAGE;
    this.tables.map({ guestPhysical, hostPhysical, size: PAGE, writable: true });
    return true;
  }

  close(): void {
    for (const page of this.pages) this.tables.unmap(page, PAGE);
  }

  private physicalOf(address: number): number {
    return this.pages[Math.floor((address - DEVICE_PAGES_AT) / PAGE)]! + (address & (PAGE - 1));
  }

  read(address: number, size: AccessSize): number {
    const physical = this.physicalOf(address);
    if (!this.memory.page(physical)) return this.vcpu.mmio?.read(physical, size) ?? 0xffffffff;
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.memory.read8(physical + i) << (8 * i);
    return value >>> 0;
  }

  write(address: number, value: number, size: AccessSize): void {
    this.vcpu.mmio?.write(this.physicalOf(address), value, size);
  }
}
