// A paravirtual guest's memory by linear address, through the page tables that the processor walks and with the rights of ring 1, CR0.WP set:
// the VMM reads and writes in the guest's name where the guest could itself. SDM 3A "32-Bit Paging".
import type { TranslationStep } from "../events/record.js";
import { VMM_BASE } from "./abi.js";
import { PRESENT, WRITABLE } from "./frames.js";
import type { HostMemory } from "./host-memory.js";

const PAGE = 4096;
const ACCESSED = 0x20;
const DIRTY = 0x40;

/** A run of bytes within one page, and the two entries that lead there; addresses are host-physical. */
interface Piece {
  readonly at: number;
  readonly length: number;
  readonly directoryEntry: number;
  readonly tableEntry: number;
}

export class GuestAccess {
  /** `directory`: host-physical address of the page directory in use. */
  constructor(
    private readonly memory: HostMemory,
    private readonly directory: () => number,
  ) {}

  /** undefined if not all of it can be read. A copy. */
  read(linear: number, length: number): Uint8Array | undefined {
    const pieces = this.pieces(linear, length, false);
    if (!pieces) return undefined;
    const bytes = new Uint8Array(length);
    let done = 0;
    for (const piece of pieces) {
      this.mark(piece, false);
      bytes.set(this.memory.readBytes(piece.at, piece.length), done);
      done += piece.length;
    }
    return bytes;
  }

  /** Little-endian words. */
  readWords(linear: number, count: number): readonly number[] | undefined {
    const bytes = this.read(linear, count * 4);
    return bytes && [...new Uint32Array(bytes.buffer)];
  }

  canWrite(linear: number, length: number): boolean {
    return this.pieces(linear, length, true) !== undefined;
  }

  /** False, with nothing written, if not all of it can be. */
  write(linear: number, bytes: Uint8Array): boolean {
    const pieces = this.pieces(linear, bytes.length, true);
    if (!pieces) return false;
    let done = 0;
    for (const piece of pieces) {
      this.mark(piece, true);
      this.memory.writeBytes(piece.at, bytes.subarray(done, done + piece.length));
      done += piece.length;
    }
    return true;
  }

  /** Host-physical address of a byte, whatever its rights and without any effect. */
  translate(linear: number): number | undefined {
    return linear < VMM_BASE ? this.walk(linear, 1, PRESENT)?.at : undefined;
  }

  /** The entries that lead to a byte, for records; host-physical addresses. */
  steps(linear: number): readonly TranslationStep[] {
    const at = this.directory() + (linear >>> 22) * 4;
    const pde = this.memory.read(at);
    const steps = [{ table: "direct PDE", address: at, entry: BigInt(pde) }];
    if (!(pde & PRESENT)) return steps;
    const tableAt = ((pde & ~0xfff) >>> 0) + ((linear >>> 12) & 0x3ff) * 4;
    return [...steps, { table: "direct PTE", address: tableAt, entry: BigInt(this.memory.read(tableAt)) }];
  }

  private pieces(linear: number, length: number, write: boolean): readonly Piece[] | undefined {
    if (linear + length > VMM_BASE) return undefined;
    const pieces: Piece[] = [];
    for (let at = linear; at < linear + length; ) {
      const piece = this.walk(at, Math.min(PAGE - (at % PAGE), linear + length - at), write ? PRESENT | WRITABLE : PRESENT);
      if (!piece) return undefined;
      pieces.push(piece);
      at += piece.length;
    }
    return pieces;
  }

  private walk(linear: number, length: number, need: number): Piece | undefined {
    const directoryEntry = this.directory() + (linear >>> 22) * 4;
    const table = this.memory.read(directoryEntry);
    if ((table & need) !== need) return undefined;
    const tableEntry = (((table & ~0xfff) >>> 0) + ((linear >>> 12) & 0x3ff) * 4) >>> 0;
    const entry = this.memory.read(tableEntry);
    if ((entry & need) !== need) return undefined;
    return { at: ((entry & ~0xfff) | (linear & 0xfff)) >>> 0, length, directoryEntry, tableEntry };
  }

  /** Accessed and dirty, as by the processor. */
  private mark({ directoryEntry, tableEntry }: Piece, write: boolean): void {
    this.setBits(directoryEntry, ACCESSED);
    this.setBits(tableEntry, write ? ACCESSED | DIRTY : ACCESSED);
  }

  private setBits(entry: number, bits: number): void {
    const value = this.memory.read(entry);
    if ((value & bits) !== bits) this.memory.write(entry, value | bits);
  }
}
