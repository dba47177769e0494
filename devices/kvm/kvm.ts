// KVM's paravirtual interface, as far as one processor needs it: kvm-clock, steal time, paravirtual end of interrupt. CPUID's leaves are in
// wasm/system/cpuid.ts; each feature there stands for something here. Linux "Documentation/virt/kvm/x86/msr.rst".
// Not here: hypercalls (the processor has no VMCALL and no VMMCALL), so no PV_UNHALT and no clock pairing; asynchronous page faults, poll
// control, migration control.

import { type Device, type DeviceState, StateError } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";
import { KvmClock } from "./kvm-clock.js";
import type { KvmHost } from "./kvm-host.js";
import { PvEoi } from "./pv-eoi.js";
import { StealTime } from "./steal-time.js";

const WALL_CLOCK_OLD = 0x11;
const SYSTEM_TIME_OLD = 0x12;
const WALL_CLOCK = 0x4b564d00;
const SYSTEM_TIME = 0x4b564d01;
const STEAL_TIME = 0x4b564d03;
const PV_EOI_ENABLE = 0x4b564d04;

/** In the board's order of devices it comes last: while others are loaded it writes to no memory. */
export class Kvm implements Device {
  readonly name = "kvm";
  /** For the local APIC. */
  readonly eoi: PvEoi;
  private readonly clock: KvmClock;
  private readonly steal: StealTime;

  constructor(
    host: KvmHost,
    /** The local APIC looks whether its offer was taken, and takes it back. */
    private readonly settleEoi: () => void,
  ) {
    this.eoi = new PvEoi(host);
    this.clock = new KvmClock(host);
    this.steal = new StealTime(host);
  }

  reset(): void {
    this.clock.reset();
    this.steal.restart(0n);
    this.eoi.reset();
  }

  /** undefined if there is no such register. */
  readMsr(index: number): bigint | undefined {
    switch (index) {
      case WALL_CLOCK_OLD:
      case WALL_CLOCK:
        return this.clock.wallClock;
      case SYSTEM_TIME_OLD:
      case SYSTEM_TIME:
        return this.clock.systemTime;
      case STEAL_TIME:
        return this.steal.register;
      case PV_EOI_ENABLE:
        return this.eoi.register;
      default:
        return undefined;
    }
  }

  /** False if there is no such register or it can not have this value. */
  writeMsr(index: number, value: bigint): boolean {
    switch (index) {
      case WALL_CLOCK_OLD:
      case WALL_CLOCK:
        this.clock.writeWallClock(value);
        return true;
      case SYSTEM_TIME_OLD:
      case SYSTEM_TIME:
        this.clock.writeSystemTime(value);
        return true;
      case STEAL_TIME:
        return this.steal.write(value);
      case PV_EOI_ENABLE:
        return this.writeEoiEnable(value);
      default:
        return false;
    }
  }

  private writeEoiEnable(value: bigint): boolean {
    if (!this.eoi.accepts(value)) return false;
    this.settleEoi();
    this.eoi.register = value;
    return true;
  }

  /** The guest wrote IA32_TIME_STAMP_COUNTER. */
  timeStampWritten(): void {
    this.clock.tellTime();
  }

  /** The processor is about to run. */
  entered(): void {
    this.steal.tell();
  }

  save(): DeviceState {
    return {
      version: 1,
      systemTime: this.clock.systemTime,
      wallClock: this.clock.wallClock,
      powerOn: this.clock.powerOn,
      stealTime: this.steal.register,
      eoiEnable: this.eoi.register,
      eoiOffered: this.eoi.offered,
    };
  }

  /** What the host took while the machine was a file is not told. */
  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.clock.systemTime = reader.wide("systemTime");
    this.clock.wallClock = reader.wide("wallClock");
    this.clock.powerOn = reader.real("powerOn");
    this.steal.restart(reader.wide("stealTime"));
    this.eoi.register = reader.wide("eoiEnable");
    this.eoi.offered = reader.boolean("eoiOffered");
    if (!this.eoi.accepts(this.eoi.register)) throw new StateError(this.name, "the word for the end of interrupts is not in memory");
  }
}
