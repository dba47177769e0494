// The translation cache: units at addresses, the hash that indirect branches use, chains between units, and taking all of that back. Space is
// handed out in order and comes back only with a flush: a dropped unit's bytes stay, unreachable.
//
// An entry of the hash leads to a landing, which knows one target and where to go on with others of the same number: to the landing that was
// there before, in the end to one that leaves. Landings stay until a flush, whatever becomes of the units that they lead to.
//
// A store to bytes that the processor has executed costs it all that it made of the page. So a branch is chained where it is placed if its
// target is there, else when it was taken a few times, and then with all branches of its page whose targets are there by now.
import type { BtHost, CodePatch } from "./host.js";
import { hashOffset } from "./sequences.js";
import { HASH, HASH_BITS } from "./state.js";
import { translateLanding, translateNoLanding } from "./translate.js";
import type { Unit, UnitExit } from "./unit.js";

/** A unit in its place. */
export interface PlacedUnit {
  readonly unit: Unit;
  /** Offset in the cache. */
  readonly offset: number;
  /** Branches elsewhere that were made to jump here: where their displacements are, and where their exits. */
  readonly incoming: Branch[];
  alive: boolean;
}

/** A direct branch to another unit. */
interface Branch {
  readonly from: PlacedUnit;
  readonly exit: UnitExit & { kind: "branch" };
  /** How often it has left to the translator since it was last not chained. */
  taken: number;
}

const PAGE = 4096;
/** A branch that has left to the translator so often is chained. */
export const CHAIN_AFTER = 4;

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
  /** Branches that are not chained, by the page of the cache that their displacement begins in, and its offset in the cache. */
  private readonly open = new Map<number, Map<number, Branch>>();
  private used = 0;
  private chained = 0;
  private unchained = 0;
  private dropped = 0;
  private flushes = 0;
  /** What all entries of the hash are; undefined: something else is in one. */
  private hashed: number | undefined;

  /** `base`: where the cache begins, as an offset in the real CS. */
  constructor(
    private readonly host: BtHost,
    private base: number,
    private readonly size: number,
  ) {
    this.clearHash();
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
    return this.placed.filter((placed) => this.byEip.get(placed.unit.eip) === placed);
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
    if (!this.hasRoom(unit)) return undefined;
    const old = this.byEip.get(unit.eip);
    if (old) this.drop(old);
    const placed = this.place(unit, (added) => this.byEip.set(unit.eip, added));
    for (const [page, frame] of unit.pages) {
      insert(this.byPage, page, placed);
      insert(this.byFrame, frame, placed);
    }
    return placed;
  }

  private hasRoom({ code }: Unit): boolean {
    return this.used + code.length <= this.size;
  }

  /** `prepare`: before branches are chained. `change`: its code, before it is put there. */
  private place(unit: Unit, prepare?: (placed: PlacedUnit) => void, change?: (code: Uint8Array) => void): PlacedUnit {
    const placed: PlacedUnit = { unit, offset: this.used, incoming: [], alive: true };
    this.placed.push(placed);
    prepare?.(placed);
    const code = this.linked(placed);
    change?.(code);
    this.host.place(this.used, code);
    this.used += unit.code.length;
    return placed;
  }

  /** The code of a unit, its branches chained where their targets are there. */
  private linked(placed: PlacedUnit): Uint8Array {
    const code = placed.unit.code.copy();
    const view = new DataView(code.buffer);
    for (const exit of placed.unit.exits) {
      if (exit.kind !== "branch") continue;
      const branch = { from: placed, exit, taken: 0 };
      const to = this.byEip.get(exit.target);
      if (to) view.setUint32(exit.field, this.link(branch, to).value, true);
      else this.leaveOpen(branch);
    }
    return code;
  }

  /** A branch to a unit that is there has left to the translator: often enough, and it jumps straight there. */
  taken(from: PlacedUnit, exit: UnitExit & { kind: "branch" }): void {
    const at = from.offset + exit.field;
    const branches = this.open.get(pageOf(at));
    const branch = branches?.get(at);
    if (!branches || !branch || ++branch.taken < CHAIN_AFTER) return;
    const patches: CodePatch[] = [];
    for (const [field, other] of branches) {
      const to = this.byEip.get(other.exit.target);
      if (to && other.from.alive) patches.push(this.link(other, to));
      if (to || !other.from.alive) branches.delete(field);
    }
    this.host.patch(patches);
  }

  private leaveOpen(branch: Branch): void {
    const at = branch.from.offset + branch.exit.field;
    const branches = this.open.get(pageOf(at));
    if (branches) branches.set(at, branch);
    else this.open.set(pageOf(at), new Map([[at, branch]]));
  }

  /** Note that a branch leads to a unit. Returns what is to be stored for that. */
  private link(branch: Branch, to: PlacedUnit): CodePatch {
    to.incoming.push(branch);
    this.chained++;
    return displacement(branch, to.offset);
  }

  /** Let indirect branches find a unit that they do not find. Returns whether there was room. */
  enterHash({ unit }: PlacedUnit): boolean {
    const { unit: landing, others } = translateLanding(unit.eip);
    if (!this.hasRoom(landing)) return false;
    const slot = HASH + hashOffset(unit.eip);
    const before = this.host.readState(slot);
    const back = before - this.base - (this.used + others + 4);
    const placed = this.place(landing, undefined, (code) => new DataView(code.buffer).setInt32(others, back, true));
    this.host.writeState(slot, this.address(placed));
    this.hashed = undefined;
    return true;
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
    for (const units of this.byPage.values()) for (const { unit } of units) for (const [page, frame] of unit.pages) found.set(page, frame);
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
    this.open.clear();
    this.used = 0;
    this.flushes++;
    this.clearHash();
  }

  private clearHash(): void {
    const empty = this.address(this.place(translateNoLanding()));
    if (this.hashed !== empty) this.host.fillState(HASH, 1 << HASH_BITS, empty);
    this.hashed = empty;
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
    const branches = placed.incoming.filter(({ from }) => from.alive);
    placed.incoming.length = 0;
    this.unchained += branches.length;
    this.host.patch(branches.map((branch) => displacement(branch, branch.from.offset + branch.exit.at)));
    for (const branch of branches) {
      branch.taken = 0;
      this.leaveOpen(branch);
    }
  }
}

const pageOf = (offset: number) => Math.floor(offset / PAGE);

/** Makes a branch lead to this offset in the cache. */
function displacement({ from, exit }: Branch, to: number): CodePatch {
  const offset = from.offset + exit.field;
  return { offset, value: to - (offset + 4) };
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
