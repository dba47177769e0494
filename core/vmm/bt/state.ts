// The state segment: what translated code reads and writes besides the guest's own memory. It is reached through GS, whose descriptor covers
// exactly these bytes, and lies where no segment of the guest reaches. Nothing here is an address of linear memory but the cache addresses in
// the hash, so that the VMM's region can be moved after a flush.
//
// The translator never tests flags: it has no place to save them that would cost less. Decisions are made with JECXZ and tables.
import type { BtHost } from "./host.js";

/** Guest registers that a sequence borrows. */
export const SAVED_ECX = 0x00;
export const SAVED_EDX = 0x04;
/** Guest EIP that an indirect branch goes to. */
export const TARGET = 0x08;
/** A selector that is loaded; for POPF, the index into its tables. */
export const INDEX = 0x10;
/** Virtual EFLAGS.IF: 0 or 200H. */
export const VIRTUAL_IF = 0x14;
/** Virtual EFLAGS.IOPL: 0 to 3000H. */
export const VIRTUAL_IOPL = 0x18;
/** Not 0: an interrupt waits for the virtual IF. */
export const PENDING = 0x1c;
/** Selectors: what the guest's GS and CS are in ring 1 (loadable as data), and the VMM's own for this segment. */
export const GUEST_GS = 0x20;
export const GUEST_CS = 0x24;
export const STATE_GS = 0x28;
/** What the guest reads from CS, SS, GS, and from CR0, CR2, CR3 and CR4. */
export const VIRTUAL_CS = 0x2c;
export const VIRTUAL_SS = 0x30;
export const VIRTUAL_GS = 0x34;
export const VIRTUAL_CR0 = 0x38;
export const VIRTUAL_CR2 = 0x3c;
export const VIRTUAL_CR3 = 0x40;
export const VIRTUAL_CR4 = 0x44;
/** By bits 8-15 of a flags image that POPF loads: 1 if the VMM must look at it, else 0. */
export const POPF_LEAVES = 0x100;
/** Likewise: 2 if it has IF, else 0. */
export const POPF_IF = 0x200;
/** Guest EIP to cache address: by the low 16 bits of EIP, where code is that knows the targets with these bits. */
export const HASH = 0x1000;
export const HASH_BITS = 16;
/** Bytes of the segment. */
export const STATE_SIZE = HASH + 4 * (1 << HASH_BITS);

export const FLAG_TF = 0x100;
export const FLAG_IF = 0x200;
export const FLAG_IOPL = 0x3000;

const SECOND_BYTE = 8;

/** The virtual flags, and the tables that depend on them. */
export class VirtualFlags {
  constructor(private readonly host: BtHost) {}

  /** Empty state: interrupts off, nothing pending. */
  reset(): void {
    for (let offset = 0; offset < POPF_LEAVES; offset += 4) this.host.writeState(offset, 0);
    this.writeTable(POPF_IF, (byte) => ((byte << SECOND_BYTE) & FLAG_IF) >> SECOND_BYTE);
    this.policy();
  }

  /** IF and IOPL as the guest has them; other bits are real. */
  get value(): number {
    return this.host.readState(VIRTUAL_IF) | this.host.readState(VIRTUAL_IOPL);
  }

  set value(flags: number) {
    const { host } = this;
    const changed = host.readState(VIRTUAL_IOPL) !== (flags & FLAG_IOPL);
    host.writeState(VIRTUAL_IF, flags & FLAG_IF);
    host.writeState(VIRTUAL_IOPL, flags & FLAG_IOPL);
    if (changed) this.policy();
  }

  /** An interrupt waits: translated code leaves as soon as the guest has IF set. */
  get pending(): boolean {
    return this.host.readState(PENDING) !== 0;
  }

  set pending(waits: boolean) {
    if (waits === this.pending) return;
    this.host.writeState(PENDING, waits ? 1 : 0);
    this.policy();
  }

  /** What POPF can not do in line: set TF, change IOPL, or let in an interrupt that waits. */
  private policy(): void {
    const iopl = this.host.readState(VIRTUAL_IOPL);
    const stopping = FLAG_TF | (this.pending ? FLAG_IF : 0);
    this.writeTable(POPF_LEAVES, (byte) => {
      const image = byte << SECOND_BYTE;
      return image & stopping || (image & FLAG_IOPL) !== iopl ? 1 : 0;
    });
  }

  private writeTable(offset: number, entry: (byte: number) => number): void {
    for (let byte = 0; byte < 256; byte += 4) {
      const word = entry(byte) | (entry(byte + 1) << 8) | (entry(byte + 2) << 16) | (entry(byte + 3) << 24);
      this.host.writeState(offset + byte, word);
    }
  }
}
