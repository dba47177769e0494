// The guest's code as the translator reads it: through the guest's own tables, each page watched once something was made of it. A frame is a
// host-physical page number, so that two guest-physical addresses of one page are one.
//
// Which page a linear address leads to may change when the guest writes CR3 or says INVLPG: then what was read elsewhere is dropped. Pages that
// the guest calls global stay across writes of CR3, as a TLB keeps them (SDM 3A "Global Pages").
import * as STATE from "../../../wasm/abi/state.js";
import { type GuestWalk, isPae, PTE_A, PTE_D } from "../shadow/guest-walk.js";
import { type Guest, Unsupported, VECTOR_GP, VECTOR_PF } from "../trap/guest.js";
import type { Fault, FetchedCode } from "./host.js";

const PAGE = 4096;
const FETCH = { write: false, user: false, fetch: true };
/** No vector: the code lies where no memory is. */
const NO_MEMORY = -1;

interface CodePage {
  readonly frame: number;
  /** Entries of the guest's 32-bit tables that led there, accessed and dirty bits left out; none in other formats. */
  readonly entries: readonly number[];
}

/** What the guest's tables must still have for all pages that are not global to lead where they did. */
interface Mappings {
  /** Entries of the directory: offset in it, and what is there. */
  readonly upper: ReadonlyMap<number, number>;
  /** Where entries of the guest's page tables lie in the processor's memory, and what is there. */
  readonly places: Uint32Array;
  readonly lower: Uint32Array;
}

const withoutMarks = (entry: number) => (entry & ~(PTE_A | PTE_D)) >>> 0;
const tableOf = (entry: number) => (entry & 0xfffff000) >>> 0;

export class CodePages {
  /** By linear page number. */
  private readonly pages = new Map<number, CodePage>();
  /** Of these the ones that are not global. */
  private readonly local = new Set<number>();
  private readonly watched = new Set<number>();
  /** Of the pages that are not global; undefined: they are others by now. "none": they are not as simple as that. */
  private mappings: Mappings | "none" | undefined;

  /** `dropPage`, `dropFrame`: forget what was made of a linear page, or of a frame. */
  constructor(
    private readonly guest: Guest,
    private readonly dropPage: (page: number) => void,
    private readonly dropFrame: (frame: number) => void,
  ) {}

  /** Code at an offset in the guest's CS, of ring 0. */
  fetch(eip: number): FetchedCode | Fault {
    const { guest } = this;
    const cs = guest.state.segment(STATE.CS);
    if (eip > cs.limit) return { vector: VECTOR_GP, error: 0 };
    const linear = (cs.base + eip) >>> 0;
    const walk = guest.shadow.walker.walk(guest.paging, linear, FETCH);
    if (!walk.present) return { vector: VECTOR_PF, error: walk.code, address: linear };
    const host = guest.memory.page(walk.physical);
    if (!host) return { vector: NO_MEMORY, error: 0 };
    const [page, frame] = [linear >>> 12, host.address / PAGE];
    this.remember(page, frame, walk);
    this.watch(frame);
    const offset = linear % PAGE;
    const end = Math.min(PAGE, offset + cs.limit - eip + 1);
    return { bytes: guest.memory.pageBytes(walk.physical)!.subarray(offset, end), page, frame };
  }

  /** What the guest gets for a fault of fetch(). Throws Unsupported. */
  checked(fault: Fault): Fault {
    if (fault.vector === NO_MEMORY) throw new Unsupported("the guest executes code where no memory is");
    return fault;
  }

  private watch(frame: number): void {
    if (this.watched.has(frame)) return;
    this.watched.add(frame);
    this.guest.shadow.watch(frame * PAGE);
  }

  /** A host page was written. */
  stored(hostPage: number): void {
    const frame = hostPage / PAGE;
    if (!this.watched.delete(frame)) return;
    this.guest.shadow.unwatch(hostPage);
    this.dropFrame(frame);
  }

  /** The guest's mappings changed: of one linear address, of all that are not global, or of all. */
  remapped(what: number | "local" | "all"): void {
    // Memory may have moved.
    if (what === "all") this.mappings = undefined;
    if (typeof what === "number") this.check(what >>> 12);
    else if (what === "all") for (const page of [...this.pages.keys()]) this.check(page);
    else this.checkLocal();
  }

  /** After a write of CR3 the mapping of most is what it was: the same entries say so. */
  private checkLocal(): void {
    const { memory, paging } = this.guest;
    const directory = tableOf(paging.cr3);
    const is32Bit = !isPae(paging);
    if (is32Bit && this.areMapped(directory)) return;
    for (const page of [...this.local]) {
      const [upper, lower] = this.pages.get(page)!.entries;
      const known = is32Bit && upper !== undefined && withoutMarks(memory.read32(directory + ((page >>> 10) << 2))) === upper;
      if (known && (lower === undefined || withoutMarks(memory.read32(tableOf(upper) + ((page & 0x3ff) << 2))) === lower)) continue;
      this.check(page);
    }
  }

  /** All of them, as they were. */
  private areMapped(directory: number): boolean {
    this.mappings ??= this.findMappings();
    if (this.mappings === "none") return false;
    const { memory } = this.guest;
    const { upper, places, lower } = this.mappings;
    for (const [offset, entry] of upper) if (withoutMarks(memory.read32(directory + offset)) !== entry) return false;
    for (let n = 0; n < places.length; n++) if (withoutMarks(memory.wordAt(places[n]!)) !== lower[n]) return false;
    return true;
  }

  private findMappings(): Mappings | "none" {
    const upper = new Map<number, number>();
    const places: number[] = [];
    const lower: number[] = [];
    for (const page of this.local) {
      const [directoryEntry, tableEntry] = this.pages.get(page)!.entries;
      if (directoryEntry === undefined) return "none";
      const offset = (page >>> 10) << 2;
      if ((upper.get(offset) ?? directoryEntry) !== directoryEntry) return "none";
      upper.set(offset, directoryEntry);
      if (tableEntry === undefined) continue;
      const place = this.guest.memory.placeOf(tableOf(directoryEntry) + ((page & 0x3ff) << 2));
      if (place === undefined) return "none";
      places.push(place);
      lower.push(tableEntry);
    }
    return { upper, places: Uint32Array.from(places), lower: Uint32Array.from(lower) };
  }

  private check(page: number): void {
    const known = this.pages.get(page);
    if (!known) return;
    const { guest } = this;
    const walk = guest.shadow.walker.walk(guest.paging, page * PAGE, undefined);
    const host = walk.present && !walk.noExecute ? guest.memory.page(walk.physical) : undefined;
    if (walk.present && host?.address === known.frame * PAGE) {
      this.remember(page, known.frame, walk);
      return;
    }
    this.pages.delete(page);
    if (this.local.delete(page)) this.mappings = undefined;
    this.dropPage(page);
  }

  private remember(page: number, frame: number, walk: GuestWalk & { readonly present: true }): void {
    const entries = this.entriesOf(walk);
    const known = this.pages.get(page);
    const isSame = known && this.local.has(page) !== walk.global && known.entries.length === entries.length;
    if (!isSame || known.entries.some((entry, n) => entry !== entries[n])) {
      if (!walk.global || this.local.has(page)) this.mappings = undefined;
    } else if (known.frame === frame) return;
    this.pages.set(page, { frame, entries });
    if (walk.global) this.local.delete(page);
    else this.local.add(page);
  }

  private entriesOf(walk: GuestWalk & { readonly present: true }): readonly number[] {
    const { memory, paging } = this.guest;
    return isPae(paging) ? [] : walk.entries.map((at) => withoutMarks(memory.read32(at)));
  }

  /** Nothing is left of what was made. */
  forget(): void {
    for (const frame of this.watched) this.guest.shadow.unwatch(frame * PAGE);
    this.watched.clear();
    this.pages.clear();
    this.local.clear();
    this.mappings = undefined;
  }
}
