// Translation as SDM 3A "Paging" tells it, over plain memory: 32-bit paging with PSE-36, and PAE. No TLB: what this says must hold right after
// an invalidation. Written from the manual alone, without a look at wasm/cpu/paging.ts.

export interface PagingState {
  readonly pae: boolean;
  readonly pse: boolean;
  readonly pge: boolean;
  readonly nxe: boolean;
  readonly smep: boolean;
  readonly smap: boolean;
  readonly wp: boolean;
  readonly ac: boolean;
  readonly cr3: number;
  readonly pdptes: readonly bigint[];
}

export interface Access {
  readonly kind: "read" | "write" | "fetch";
  readonly user: boolean;
}

export interface Translation {
  readonly physical: bigint;
  readonly global: boolean;
}

export interface PageFault {
  readonly errorCode: number;
}

const P = 1n;
const RW = 2n;
const US = 4n;
const A = 0x20n;
const D = 0x40n;
const PS = 0x80n;
const G = 0x100n;
const XD = 1n << 63n;
/** Bits 36 and up of an address, of 36 physical ones. */
const RESERVED_ADDRESS = 0x7fff_fff0_0000_0000n;

interface Entry {
  readonly at: number;
  readonly value: bigint;
}

/** A paging-structure entry is in memory, of 4 or 8 bytes. */
export class PagingModel {
  private readonly view: DataView;

  constructor(
    private readonly memory: Uint8Array,
    private readonly state: PagingState,
  ) {
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  }

  /** Reads as ones where there is no memory. */
  private entry(address: bigint): Entry {
    const at = Number(address);
    const size = this.state.pae ? 8 : 4;
    if (at + size > this.memory.length) return { at: -1, value: size === 8 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn };
    return { at, value: size === 8 ? this.view.getBigUint64(at, true) : BigInt(this.view.getUint32(at, true)) };
  }

  private set({ at, value }: Entry, bits: bigint): void {
    if (at < 0) return;
    if (this.state.pae) this.view.setBigUint64(at, value | bits, true);
    else this.view.setUint32(at, Number(value | bits), true);
  }

  /** Sets accessed and dirty bits in memory, if the access is allowed. */
  translate(linear: number, access: Access): Translation | PageFault {
    const path = this.walk(linear);
    if ("missing" in path) return this.fault(access, path.missing);
    const { entries, physical } = path;
    if (!this.permits(entries, access)) return this.fault(access, 1);
    const leaf = entries.at(-1)!;
    for (const entry of entries) this.set(entry, entry === leaf && access.kind === "write" ? A | D : A);
    return { physical, global: this.state.pge && (leaf.value & G) !== 0n };
  }

  private walk(linear: number): { entries: Entry[]; physical: bigint } | { missing: number } {
    return this.state.pae ? this.walkPae(BigInt(linear)) : this.walk32(BigInt(linear));
  }

  private walk32(linear: bigint): { entries: Entry[]; physical: bigint } | { missing: number } {
    const pde = this.entry(BigInt((this.state.cr3 & 0xfffff000) >>> 0) | ((linear >> 22n) << 2n));
    if (!(pde.value & P)) return { missing: 0 };
    if (pde.value & PS && this.state.pse) {
      if (pde.value & 0x3e0000n) return { missing: 9 };
      const high = (pde.value >> 13n) & 15n;
      return { entries: [pde], physical: (high << 32n) | (pde.value & 0xffc00000n) | (linear & 0x3fffffn) };
    }
    const pte = this.entry((pde.value & 0xfffff000n) | (((linear >> 12n) & 0x3ffn) << 2n));
    if (!(pte.value & P)) return { missing: 0 };
    return { entries: [pde, pte], physical: (pte.value & 0xfffff000n) | (linear & 0xfffn) };
  }

  private reserved(entry: Entry): boolean {
    return (entry.value & RESERVED_ADDRESS) !== 0n || (!this.state.nxe && (entry.value & XD) !== 0n);
  }

  private walkPae(linear: bigint): { entries: Entry[]; physical: bigint } | { missing: number } {
    const pdpte = this.state.pdptes[Number(linear >> 30n)]!;
    if (!(pdpte & P)) return { missing: 0 };
    const pde = this.entry((pdpte & 0xffffff000n) | (((linear >> 21n) & 0x1ffn) << 3n));
    if (!(pde.value & P)) return { missing: 0 };
    if (this.reserved(pde)) return { missing: 9 };
    if (pde.value & PS) {
      if (pde.value & 0x1fe000n) return { missing: 9 };
      return { entries: [pde], physical: (pde.value & 0xfffe00000n) | (linear & 0x1fffffn) };
    }
    const pte = this.entry((pde.value & 0xffffff000n) | (((linear >> 12n) & 0x1ffn) << 3n));
    if (!(pte.value & P)) return { missing: 0 };
    if (this.reserved(pte)) return { missing: 9 };
    return { entries: [pde, pte], physical: (pte.value & 0xffffff000n) | (linear & 0xfffn) };
  }

  private permits(entries: readonly Entry[], { kind, user }: Access): boolean {
    const { state } = this;
    const userPage = entries.every(({ value }) => value & US);
    const writable = entries.every(({ value }) => value & RW);
    const executable = !(state.pae && state.nxe && entries.some(({ value }) => value & XD));
    if (user) return userPage && (kind !== "write" || writable) && (kind !== "fetch" || executable);
    if (kind === "fetch") return executable && !(state.smep && userPage);
    if (state.smap && userPage && !state.ac) return false;
    return kind === "read" || writable || !state.wp;
  }

  private fault({ kind, user }: Access, bits: number): PageFault {
    const fetchBit = kind === "fetch" && ((this.state.pae && this.state.nxe) || this.state.smep) ? 16 : 0;
    return { errorCode: bits | (kind === "write" ? 2 : 0) | (user ? 4 : 0) | fetchBit };
  }
}
