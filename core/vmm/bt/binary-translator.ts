// The dynamic binary translator for guest kernel code, x86 to x86, after Adams and Agesen, "A Comparison of Software and Hardware Techniques
// for x86 Virtualization" (ASPLOS 2006): guest code is never run in place, but read at its first execution, a unit at a time, and its
// translation run in ring 1 from a cache that the guest can not reach.
//
// What it takes: 32-bit code (CS.D and SS.B set) of virtual CPL 0 in protected mode. The VMM must see to it that
// - the real EFLAGS have IF set and IOPL 0, and the real CPL is 1;
// - the real CS reaches cache and state segment and may be read; the guest's other segments end before them; GS is the state segment;
// - GUEST_GS and GUEST_CS hold selectors that are loadable in ring 1 (loading one that is not shows as a fault of the instruction);
// - a write to a frame of `frames()` comes to codeWritten() before the guest's next instruction; a change of the guest's mappings to
//   remap(); a change of base or limit of its CS to flush().
// Not modelled: 16-bit code; single-stepping in translated code (POPF with TF is a callout, so is what IRET would start); code breakpoints of the
// guest. The x87 unit's address of its last instruction is the cache's between exits; FNSTENV, FNSAVE and FXSAVE of the guest store its own.
import { type PlacedUnit, TranslationCache } from "./cache.js";
import type { BtHost, Fault, HostEvent } from "./host.js";
import { recover } from "./recovery.js";
import { FLAG_IF, VirtualFlags } from "./state.js";
import { type TranslationOptions, translateUnit } from "./translate.js";
import type { GuestInstruction, Recovery, TranslationClass, Unit, UnitExit } from "./unit.js";

export interface BtOptions {
  /** Where the cache begins, as an offset in the real CS, and its bytes. */
  readonly cacheBase: number;
  readonly cacheSize: number;
  /** Where the state segment begins, as an offset in the real CS. */
  readonly stateBase: number;
  /** Guest instructions in a unit, at most; 12 as VMware had it. */
  readonly maxInstructions?: number;
  /** So many faulted() calls make an IDENT instruction a callout; 0: never. */
  readonly adaptAfter?: number;
  /**
   * The real tables have the guest's segments, truncated, at the guest's selectors below 100H: so DS, ES and FS hold the guest's selectors, and
   * code may read and load them itself. What CS, SS, GS and control registers show is in the state segment.
   */
  readonly nativeSegments?: boolean;
}

/** Why run() returned. Registers are the guest's, but for IF and IOPL, EIP, and segment registers, which the VMM has. */
export type BtExit = {
  /** Guest EIP. */
  readonly eip: number;
  /** The instruction before was STI: no interrupt is taken before the one at `eip`. */
  readonly shadow: boolean;
} & BtReason;

export type BtReason =
  /** The VMM does this instruction. */
  | { readonly kind: "callout"; readonly instruction: GuestInstruction }
  /** An interrupt waits, and the guest takes interrupts here. */
  | { readonly kind: "window" }
  /** The next instruction can not be fetched. */
  | { readonly kind: "fetch"; readonly fault: Fault }
  /** An exception of the guest instruction at `eip` (or a trap before it), or an interrupt of the host's. */
  | { readonly kind: "event"; readonly event: HostEvent };

export interface Adaptation {
  readonly eip: number;
  /** Faults before it became a callout. */
  readonly faults: number;
}

const GENERAL_PROTECTION = 13;
const DEFAULT_MAX_INSTRUCTIONS = 12;
const DEFAULT_ADAPT_AFTER = 8;
/** Callouts for nothing, in a row, after which an instruction is a copy again: the first time, and how many times more each further time. */
const IDLE = 64;
const PATIENCE = 4;
const LONGEST_INSTRUCTION = 15;
/** No guest instruction becomes more bytes, its check for interrupts and its exits included. */
export const MOST_BYTES = 224;

/** Addresses in the cache at which it was left that are remembered: a power of two. */
const PLACES = 1024;

interface CachePlace {
  readonly address: number;
  readonly placed: PlacedUnit;
  readonly recovery: Recovery;
  /** Undefined: only events leave here. */
  readonly exit: UnitExit | undefined;
}

/** What was translated and what happened since creation. */
export class BtStatistics {
  units = 0;
  /** Instructions retranslated as callouts. */
  adapted = 0;
  readonly instructions: Record<TranslationClass, number> = { ident: 0, inline: 0, branch: 0, callout: 0 };
  readonly exits: Record<UnitExit["kind"] | "event", number> = {
    branch: 0,
    indirect: 0,
    made: 0,
    window: 0,
    "x87-pointers": 0,
    callout: 0,
    fetch: 0,
    event: 0,
  };
}

export class BinaryTranslator {
  readonly flags: VirtualFlags;
  readonly statistics = new BtStatistics();
  readonly cache: TranslationCache;
  private readonly options: Required<BtOptions>;
  private readonly faults = new Map<number, number>();
  /** By EIP: faults before it became a callout, and how often in a row that was for nothing. */
  private readonly adaptive = new Map<number, { readonly faults: number; idle: number }>();
  /** By EIP, of what was a callout: so often in a row for nothing, and it is a copy again. */
  private readonly patience = new Map<number, number>();
  /** By low bits of the address. */
  private readonly places: (CachePlace | undefined)[] = new Array(PLACES).fill(undefined);
  private stateBase: number;
  /** The unit that was left last. */
  private last: PlacedUnit | undefined;

  constructor(
    private readonly host: BtHost,
    options: BtOptions,
  ) {
    this.options = { maxInstructions: DEFAULT_MAX_INSTRUCTIONS, adaptAfter: DEFAULT_ADAPT_AFTER, nativeSegments: false, ...options };
    const { maxInstructions, cacheSize } = this.options;
    // A branch and its target are both there when they are chained.
    const least = 2 * (maxInstructions + 1) * MOST_BYTES;
    if (cacheSize < least) throw new RangeError(`a translation cache of ${cacheSize} bytes is too small: the least is ${least}`);
    this.stateBase = options.stateBase;
    this.flags = new VirtualFlags(host);
    this.flags.reset();
    this.cache = new TranslationCache(host, options.cacheBase, options.cacheSize);
  }

  /** Run guest code from `eip` until the VMM is needed. */
  run(eip: number): BtExit {
    let address = this.entry(eip);
    for (;;) {
      const event = this.host.run(address);
      const { placed, exit, recovery } = this.placeAt(event.eip);
      this.last = placed;
      const ours = !event.external && event.vector === GENERAL_PROTECTION;
      const next = exit && ours ? this.leave(placed, exit, recovery) : this.event(event, recovery);
      if (typeof next !== "number") return next;
      address = next;
    }
  }

  /** Where translated code was left; most are left there again. */
  private placeAt(address: number): CachePlace {
    const slot = address & (PLACES - 1);
    const known = this.places[slot];
    if (known?.address === address) return known;
    const placed = this.cache.at(address);
    const offset = placed ? address - this.cache.address(placed) : 0;
    const recovery = placed?.unit.recoveries.get(offset);
    if (!placed || !recovery) throw new Error(`no translated instruction begins at ${address.toString(16)}`);
    const place = { address, placed, recovery, exit: placed.unit.exits.find(({ at }) => at === offset) };
    this.places[slot] = place;
    return place;
  }

  /** How to get back to the guest from an address in the cache; undefined if no instruction begins there. */
  recoveryAt(address: number): Recovery | undefined {
    const placed = this.cache.at(address);
    return placed?.unit.recoveries.get(address - this.cache.address(placed));
  }

  /** For a VMM that reads or saves the guest's x87 state. */
  restoreX87Pointers(): void {
    this.host.restoreX87Pointers((address) => {
      const placed = this.cache.at(address);
      if (!placed) return undefined;
      const within = address - this.cache.address(placed);
      return placed.unit.instructions.eipAt(within);
    });
  }

  /** EIP in the real CS where the translation of the guest's `eip` begins: a unit's begin, or within the unit that was left last. */
  entry(eip: number): number {
    const { cache, last } = this;
    const begin = cache.find(eip);
    if (begin) return cache.address(begin);
    const within = last?.alive ? last.unit.instructions.startOf(eip) : undefined;
    return within !== undefined ? cache.address(last!, within) : cache.address(this.translate(eip));
  }

  /** The IDENT instruction at `eip` faulted for what the VMM then did for it (a page-table store, a device): often enough, and it is a callout. */
  faulted(eip: number): void {
    const count = (this.faults.get(eip) ?? 0) + 1;
    this.faults.set(eip, count);
    if (count !== this.options.adaptAfter) return;
    this.adaptive.set(eip, { faults: count, idle: 0 });
    this.statistics.adapted++;
    this.retranslate(eip);
  }

  /** A callout for such an instruction was needed, or was not: if it is not any more, the instruction is a copy again. */
  calledOut(eip: number, needed: boolean): void {
    const known = this.adaptive.get(eip);
    if (!known) return;
    known.idle = needed ? 0 : known.idle + 1;
    const limit = this.patience.get(eip) ?? IDLE;
    if (known.idle < limit) return;
    this.patience.set(eip, limit * PATIENCE);
    this.adaptive.delete(eip);
    this.faults.delete(eip);
    this.retranslate(eip);
  }

  private retranslate(eip: number): void {
    // The units that reach it begin so few bytes before.
    const reach = (this.options.maxInstructions + 1) * LONGEST_INSTRUCTION;
    for (let start = eip; start > eip - reach; start--) {
      const placed = this.cache.find(start >>> 0);
      if (placed && placed.unit.instructions.startOf(eip) !== undefined) this.cache.dropUnit(placed);
    }
  }

  /** What was retranslated as callouts since the last flush, with which it has to be learnt anew: so a guest can not fill the host's memory. */
  get adaptations(): readonly Adaptation[] {
    return [...this.adaptive].map(([eip, { faults }]) => ({ eip, faults }));
  }

  /** Guest-physical pages that translations depend on: writes to them must be traced. */
  frames(): readonly number[] {
    return this.cache.frames();
  }

  /** A guest-physical page with code was written. Returns how many units are gone. */
  codeWritten(frame: number): number {
    return this.cache.dropFrame(frame);
  }

  /** The guest's mappings changed (CR3, INVLPG): `frameOf` says where a linear page leads now. Units read elsewhere are dropped. */
  remap(frameOf: (page: number) => number | undefined): void {
    for (const [page, frame] of this.cache.pages()) if (frameOf(page) !== frame) this.cache.dropPage(page);
  }

  /** Forget all translations. With new places, the VMM's region has moved: the state segment's contents with it. */
  flush(cacheBase = this.options.cacheBase, stateBase = this.stateBase): void {
    this.stateBase = stateBase;
    this.forget(cacheBase);
  }

  private unitAt(eip: number): PlacedUnit {
    return this.cache.find(eip) ?? this.translate(eip);
  }

  private translate(eip: number): PlacedUnit {
    const { host, statistics, adaptive, stateBase } = this;
    const { maxInstructions, nativeSegments } = this.options;
    const options: TranslationOptions = { maxInstructions, nativeSegments, stateBase, adaptive };
    const unit = translateUnit(host, eip, options);
    statistics.units++;
    unit.instructions.count(statistics.instructions);
    return this.cache.add(unit) ?? this.afterFlush(unit);
  }

  private afterFlush(unit: Unit): PlacedUnit {
    this.forget();
    return this.cache.add(unit)!;
  }

  private forget(cacheBase?: number): void {
    // While the addresses in the cache can still be told.
    this.restoreX87Pointers();
    this.cache.flush(cacheBase);
    this.places.fill(undefined);
    this.faults.clear();
    this.adaptive.clear();
    this.patience.clear();
  }

  /** An event that is none of ours. */
  private event(event: HostEvent, recovery: Recovery): BtExit {
    this.statistics.exits.event++;
    return { kind: "event", eip: recover(this.host, recovery), shadow: recovery.shadow === true, event };
  }

  /** What an exit asks for: where to go on, or what the VMM is told. */
  private leave(placed: PlacedUnit, exit: UnitExit, recovery: Recovery): number | BtExit {
    this.statistics.exits[exit.kind]++;
    const eip = recover(this.host, recovery);
    const shadow = recovery.shadow === true;
    if (exit.kind !== "callout") this.host.left?.(exit.kind, eip);
    switch (exit.kind) {
      case "branch":
        return this.branch(placed, exit);
      case "made":
        return this.atWindow(eip);
      case "indirect":
        return this.indirect(eip);
      case "fetch":
        return this.fetch(placed, eip);
      case "window":
        return this.atWindow(eip);
      case "x87-pointers":
        this.restoreX87Pointers();
        return this.cache.address(placed, exit.at + 1);
      case "callout":
        return { kind: "callout", eip, shadow, instruction: exit.instruction };
    }
  }

  /** A boundary where an interrupt that waits may come. */
  private atWindow(eip: number): number | BtExit {
    const { pending, value } = this.flags;
    return pending && value & FLAG_IF ? { kind: "window", eip, shadow: false } : this.entry(eip);
  }

  /** Before long it goes there without us. */
  private branch(from: PlacedUnit, exit: UnitExit & { kind: "branch" }): number {
    const to = this.unitAt(exit.target);
    // Making room may have cost the unit that the branch is in.
    if (from.alive) this.cache.taken(from, exit);
    return this.cache.address(to);
  }

  /** Have the hash find the target of the branch that was made. */
  private indirect(target: number): number {
    let to = this.unitAt(target);
    if (!this.cache.enterHash(to)) {
      this.forget();
      to = this.unitAt(target);
      this.cache.enterHash(to);
    }
    return this.cache.address(to);
  }

  /** It may be readable by now. */
  private fetch(placed: PlacedUnit, eip: number): number | BtExit {
    if (placed.alive) this.cache.dropUnit(placed);
    const again = this.translate(eip);
    const [exit] = again.unit.exits;
    return exit?.kind === "fetch" ? { kind: "fetch", eip, shadow: false, fault: exit.fault } : this.cache.address(again);
  }
}
