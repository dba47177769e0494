// Guest memory by linear address, through the guest's own page tables and with the rights of ring 1. SDM 3A "32-Bit Paging", CR0.WP set.
import { VMM_BASE } from "../../core/vmm/pv/abi.js";

export class GuestAccess {
  constructor(
    private readonly host: DataView,
    /** Host-physical address of the page directory in use. */
    private readonly directory: () => number,
    /** Bytes at a host-physical address were written. */
    private readonly written: (at: number, length: number) => void,
  ) {}

  /** Host-physical address of a byte, or undefined where there is none to read, or to write. */
  private translate(linear: number, need: number): number | undefined {
    if (linear >= VMM_BASE) return undefined;
    const table = this.host.getUint32(this.directory() + (linear >>> 22) * 4, true);
    if ((table & need) !== need) return undefined;
    const entry = this.host.getUint32((table & ~0xfff) + ((linear >>> 12) & 0x3ff) * 4, true);
    return (entry & need) === need ? ((entry & ~0xfff) | (linear & 0xfff)) >>> 0 : undefined;
  }

  private places(linear: number, length: number, need: number): readonly number[] | undefined {
    const places: number[] = [];
    for (let i = 0; i < length; i++) {
      const at = this.translate(linear + i, need);
      if (at === undefined) return undefined;
      places.push(at);
    }
    return places;
  }

  /** undefined if not all of it can be read. */
  read(linear: number, length: number): Uint8Array | undefined {
    const places = this.places(linear, length, 1);
    return places && Uint8Array.from(places, (at) => this.host.getUint8(at));
  }

  canWrite(linear: number, length: number): boolean {
    return this.places(linear, length, 3) !== undefined;
  }

  /** False, with nothing written, if not all of it can be. */
  write(linear: number, bytes: Uint8Array): boolean {
    const places = this.places(linear, bytes.length, 3);
    if (!places) return false;
    for (const [i, at] of places.entries()) {
      this.host.setUint8(at, bytes[i]!);
      this.written(at, 1);
    }
    return true;
  }
}
