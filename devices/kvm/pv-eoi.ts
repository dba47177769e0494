// Paravirtual end of interrupt: while one interrupt is in service and none waits, the guest may end it by clearing a bit in its memory
// instead of writing to the local APIC. Linux "Documentation/virt/kvm/x86/msr.rst".

import type { ApicEoiOffer } from "../local-apic.js";
import { KVM_MSR_ENABLED, type KvmHost } from "./kvm-host.js";
import { readWord, recordAt, writeWord } from "./shared-record.js";

const SIZE = 4;
const OFFERED = 1;
const RESERVED = 2n;

export class PvEoi implements ApicEoiOffer {
  /** Value of the register. */
  register = 0n;
  /** The bit was set and not looked at since. */
  offered = false;

  constructor(private readonly host: KvmHost) {}

  reset(): void {
    this.register = 0n;
    this.offered = false;
  }

  accepts(value: bigint): boolean {
    if (!(value & KVM_MSR_ENABLED)) return true;
    return !(value & RESERVED) && recordAt(this.host.memory, value & ~KVM_MSR_ENABLED, SIZE) !== undefined;
  }

  offer(): void {
    if (this.offered || !(this.register & KVM_MSR_ENABLED)) return;
    this.offered = true;
    writeWord(this.host.memory, this.address, readWord(this.host.memory, this.address) | OFFERED);
  }

  collect(): boolean {
    if (!this.offered) return false;
    this.offered = false;
    const word = readWord(this.host.memory, this.address);
    if (!(word & OFFERED)) return true;
    writeWord(this.host.memory, this.address, word & ~OFFERED);
    return false;
  }

  private get address(): number {
    return Number(this.register & ~KVM_MSR_ENABLED);
  }
}
