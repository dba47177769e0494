// kvm-clock: guest time in nanoseconds, told as a point on the time-stamp counter and a rate. Linux "Documentation/virt/kvm/x86/msr.rst".
//
//   pvclock_vcpu_time_info, 32 bytes                          pvclock_wall_clock, 12 bytes
//   0 version  8 tsc_timestamp  16 system_time                0 version  4 sec  8 nsec
//   24 tsc_to_system_mul  28 tsc_shift  29 flags              (the time of day when system time was 0)
//
// The counter is guest time plus an offset under both clocks of the machine, so the rate is exactly 1 and a record holds until the guest
// moves its counter: it is written when it is asked for and when IA32_TIME_STAMP_COUNTER is written, never between.
// Not here: the flag that says the guest was paused (its time stands still then).

import { KVM_MSR_ENABLED, type KvmHost } from "./kvm-host.js";
import { publish, recordAt } from "./shared-record.js";

const TIME_INFO_SIZE = 32;
const WALL_CLOCK_SIZE = 12;
/** ns = (ticks << shift) * mul >> 32, for a counter of 1 GHz. */
const TSC_TO_SYSTEM_MUL = 0x80000000;
const TSC_SHIFT = 1;
const TSC_STABLE = 1;

export class KvmClock {
  /** Values of the two registers. */
  systemTime = 0n;
  wallClock = 0n;
  /** Seconds since 1970 when system time was 0. */
  powerOn: number;

  constructor(private readonly host: KvmHost) {
    this.powerOn = host.wallClock();
  }

  reset(): void {
    this.systemTime = 0n;
    this.wallClock = 0n;
  }

  writeSystemTime(value: bigint): void {
    this.systemTime = value;
    this.tellTime();
  }

  /** The record is written once, for each write of the register. */
  writeWallClock(value: bigint): void {
    this.wallClock = value;
    const { memory } = this.host;
    const address = recordAt(memory, value, WALL_CLOCK_SIZE);
    if (address === undefined) return;
    const seconds = Math.floor(this.powerOn);
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, seconds, true);
    view.setUint32(4, Math.floor((this.powerOn - seconds) * 1e9), true);
    publish(memory, address, () => memory.write(address + 4, new Uint8Array(view.buffer)));
  }

  /** Write the record anew, if the guest has one: now, and the counter now. */
  tellTime(): void {
    if (!(this.systemTime & KVM_MSR_ENABLED)) return;
    const { memory, clock } = this.host;
    const address = recordAt(memory, this.systemTime & ~KVM_MSR_ENABLED, TIME_INFO_SIZE);
    if (address === undefined) return;
    const now = BigInt(Math.floor(clock.now()));
    const view = new DataView(new ArrayBuffer(24));
    view.setBigUint64(0, now + this.host.tscOffset(), true);
    view.setBigUint64(8, now, true);
    view.setUint32(16, TSC_TO_SYSTEM_MUL, true);
    view.setInt8(20, TSC_SHIFT);
    view.setUint8(21, TSC_STABLE);
    publish(memory, address, () => memory.write(address + 8, new Uint8Array(view.buffer)));
  }
}
