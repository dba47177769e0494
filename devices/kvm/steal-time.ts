// Steal time: for how long the host did not run the processor although it had work. Linux "Documentation/virt/kvm/x86/msr.rst".
//
//   kvm_steal_time, 64 bytes: 0 steal (u64, ns)  8 version  12 flags  16 preempted (u8)
//
// The figure is the clock's: guest time that passed without the guest (guest-clock.ts); under the virtual clock nothing is stolen.
// Not here: `preempted`, which only another processor could read; it stays what the guest wrote.

import type { Nanoseconds } from "../../core/bus/clock.js";
import { KVM_MSR_ENABLED, type KvmHost } from "./kvm-host.js";
import { publish, recordAt } from "./shared-record.js";

const SIZE = 64;
const VERSION = 8;
/** Bits 1 to 5 of the register: the record is aligned to its size. */
const RESERVED = 0x3en;

export class StealTime {
  /** Value of the register. */
  register = 0n;
  /** What of the clock's figure was told, or was before there was a record. */
  private told: Nanoseconds = 0;

  constructor(private readonly host: KvmHost) {}

  /** A record tells what is stolen from now on, on top of what stands in it. False if the value is refused. */
  write(value: bigint): boolean {
    if (value & RESERVED) return false;
    this.restart(value);
    return true;
  }

  /** Have `value` in the register, with everything told up to now. */
  restart(value: bigint): void {
    this.register = value;
    this.told = this.host.stolen();
  }

  /** The processor is about to run: tell it what it missed. */
  tell(): void {
    if (!(this.register & KVM_MSR_ENABLED)) return;
    const stolen = this.host.stolen();
    if (stolen === this.told) return;
    const { memory } = this.host;
    const address = recordAt(memory, this.register & ~KVM_MSR_ENABLED, SIZE);
    if (address === undefined) return;
    publish(memory, address + VERSION, () => {
      const bytes = memory.read(address, 8);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      view.setBigUint64(0, view.getBigUint64(0, true) + BigInt(stolen - this.told), true);
      memory.write(address, bytes);
    });
    this.told = stolen;
  }
}
