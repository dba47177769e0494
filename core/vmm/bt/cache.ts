// The translation cache: units at addresses, the hash that indirect branches use, chains between units, and taking all of that back. Space is
// handed out in order and comes back only with a flush: a dropped unit's bytes stay, unreachable.
import { dword } from "./emitter.js";
import type { BtHost } from "./host.js";
import { hashOffset } from "./sequences.js";
import { HASH, HASH_BITS } from "./state.js";
import type { Unit, UnitExit } from "./unit.js";

/** A unit in its place. */
export interface PlacedUnit {
  readonly unit: Unit;
  /** Offset in the cache. */
  readonly offset: number;
  readonly exits: ReadonlyMap<number, UnitExit>;
  /** Branches elsewhere that were made to jump here: where their displacements are, and where their exits. */
  readonly incoming: Chain[];
  alive: boolean;
}

interface Chain {
  readonly from: PlacedUnit;
  readonly exit: UnitExit & { kind: "branch" };
}

export interface CacheStatistics {
  /** Units that can be entered now, and bytes of the cache in use, those of dropped units among them. */
  readonly units: number;
  readonly bytes: number;
  readonly chained: number;
  readonly unchained: number;
  readonly dropped: number;
  readonly flushes: number;
}

export class TranslationCache {
  private placed: PlacedUnit[] = [];
  private readonly byEip = new Map<number, PlacedUnit>();
  private readonly byFrame = new Map<number, Set<PlacedUnit>>();
  private readonly byPage = new Map<number, Set<PlacedUnit>>();
  private used = 0;
  private chained = 0;
  private unchained = 0;
  private dropped = 0;
  private flushes = 0;
  /** Numbers of the hash's entries that something was entered in. */
  private readonly hashed = new Set<number>();

  /** `base`: where the cache begins, as an offset in the real CS. */
  constructor(
    private readonly host: BtHost,
    private base: number,
    private readonly size: number,
  ) {
    for (let n = 0; n < 1 << HASH_BITS; n++) this.emptyHash(n);
  }

  get statistics(): CacheStatistics {
    const { chained, unchained, dropped, flushes } = this;
    return { units: this.byEip.size, bytes: this.used, chained, unchained, dropped, flushes };
  }

  /** Where it begins, as an offset in the real CS. */
  get begin(): number {
    return this.base;
  }

  find(eip: number): PlacedUnit | undefined {
    return this.byEip.get(eip);
  }

  /** All units that can be entered, in the order in which they were made. */
  units(): readonly PlacedUnit[] {
    return this.placed.filter((placed) => placed.alive);
  }

  /** EIP of a unit's first byte, or of one `within` it. */
  address(placed: PlacedUnit, within = 0): number {
    return (this.base + placed.offset + within) >>> 0;
  }

  /** The unit, dropped or not, that a cache address lies in. */
  at(address: number): PlacedUnit | undefined {
    const offset = address - this.base;
    if (offset < 0 || offset >= this.used) return undefined;
    let [low, high] = [0, this.placed.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.placed[middle]!.offset <= offset) low = middle;
      else high = middle - 1;
    }
    return this.placed[low];
  }

  /** Put a unit into the cache; undefined if there is no room left: flush. */
  add(unit: Unit): PlacedUnit | undefined {
    if (this.used + unit.code.length > this.size) return undefined;
    const old = this.byEip.get(unit.eip);
    if (old) this.drop(old);
    const exits = new Map(unit.exits.map((exit) => [exit.at, exit]));
    const placed: PlacedUnit = { unit, offset: this.used, exits, incoming: [], alive: true };
    this.host.place(this.used, unit.code);
    this.used += unit.code.length;
    this.placed.push(placed);
    this.byEip.set(unit.eip, placed);
    for (const [page, frame] of unit.pages) {
      insert(this.byPage, page, placed);
      insert(this.byFrame, frame, placed);
    }
    return placed;
  }

  /** Let a branch jump straight to a unit. */
  chain(from: PlacedUnit, exit: UnitExit & { kind: "branch" }, to: PlacedUnit): void {
    this.setField(from, exit.field, to.offset);
    to.incoming.push({ from, exit });
    this.chained++;
  }

  /** Let indirect branches find a unit. */
  enterHash(placed: PlacedUnit): void {
    this.hashed.add(hashOffset(placed.unit.eip) / 8);
    this.writeHash(placed.unit.eip, -placed.unit.eip, this.address(placed));
  }

  /** Bytes of this guest-physical page were written. Returns how many units that dropped. */
  dropFrame(frame: number): number {
    return this.dropAll(this.byFrame.get(frame));
  }

  /** A linear page leads elsewhere. */
  dropPage(page: number): number {
    return this.dropAll(this.byPage.get(page));
  }

  dropUnit(placed: PlacedUnit): void {
    this.dropAll([placed]);
  }

  /** Linear pages that units were read from, with the frame that each was then. */
  pages(): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    for (const [page, units] of this.byPage) for (const { unit } of units) found.set(page, unit.pages.get(page)!);
    return found;
  }

  /** Guest-physical pages whose writes must be reported. */
  frames(): number[] {
    return [...this.byFrame.keys()];
  }

  /** Forget everything; afterwards the cache may begin elsewhere. */
  flush(base = this.base): void {
    this.base = base;
    this.dropped += this.byEip.size;
    for (const placed of this.placed) placed.alive = false;
    this.placed = [];
    this.byEip.clear();
    this.byFrame.clear();
    this.byPage.clear();
    this.used = 0;
    this.flushes++;
    for (const n of this.hashed) this.emptyHash(n);
    this.hashed.clear();
  }

  private dropAll(units: Iterable<PlacedUnit> | undefined): number {
    const all = [...(units ?? [])];
    for (const placed of all) this.drop(placed);
    return all.length;
  }

  private drop(placed: PlacedUnit): void {
    const { unit } = placed;
    placed.alive = false;
    this.dropped++;
    this.byEip.delete(unit.eip);
    for (const [page, frame] of unit.pages) {
      remove(this.byPage, page, placed);
      remove(this.byFrame, frame, placed);
    }
    const slot = HASH + hashOffset(unit.eip);
    if (this.host.readState(slot) >>> 0 === -unit.eip >>> 0) this.emptyHash(hashOffset(unit.eip) / 8);
    for (const { from, exit } of placed.incoming) {
      if (!from.alive) continue;
      this.setField(from, exit.field, from.offset + exit.at);
      this.unchained++;
    }
    placed.incoming.length = 0;
  }

  /** The displacement at `field` of a unit leads to this offset in the cache. */
  private setField(from: PlacedUnit, field: number, to: number): void {
    this.host.place(from.offset + field, Uint8Array.from(dword(to - (from.offset + field + 4))));
  }

  private writeHash(eip: number, negated: number, address: number): void {
    const slot = HASH + hashOffset(eip);
    this.host.writeState(slot, negated >>> 0);
    this.host.writeState(slot + 4, address);
  }

  /** A pair that no EIP finds: that of one which belongs elsewhere. */
  private emptyHash(n: number): void {
    this.writeHash(n, -(n ^ 1), 0);
  }
}

function insert(sets: Map<number, Set<PlacedUnit>>, key: number, placed: PlacedUnit): void {
  const set = sets.get(key);
  if (set) set.add(placed);
  else sets.set(key, new Set([placed]));
}

function remove(sets: Map<number, Set<PlacedUnit>>, key: number, placed: PlacedUnit): void {
  const set = sets.get(key);
  set?.delete(placed);
  if (set?.size === 0) sets.delete(key);
}
