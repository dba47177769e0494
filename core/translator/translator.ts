/**
 * The second tier: takes the micro-ops that the processor module found hot, translates the regions around them in batches, and puts entries
 * to them into the interpreter's code. Drops them when the guest's code is changed, or when there are too many.
 */
import { MODES } from "../../wasm/abi/code-mode.js";
import * as LAYOUT from "../../wasm/abi/layout.js";
import * as REGION from "../../wasm/abi/region.js";
import { U_LINK, U_OFFSET, UOP_SIZE } from "../../wasm/abi/uop.js";
import { EXEC_NAMES } from "../isa/generated/exec-names.js";
import { FIRST_HANDLERS, OP_ENTER, OP_FUSED_FIRST, OP_FUSED_LAST, OP_LINK, OP_STRADDLE } from "../isa/generated/handlers.js";
import { chainModule } from "./chain.js";
import { ExecFunctions, execName, importsFor, isSegmented, isUser, type RegionMode, TYPE_REGION, TYPES } from "./context.js";
import { assembleModule } from "./emit/module.js";
import { type RegionPlace, translateRegion } from "./function.js";
import { type CodePlace, type Limits, RegionFinder, type RegionGraph } from "./graph.js";
import type { TranslatorOptions } from "./options.js";
import type { AccessPolicy } from "./pages.js";
import { codeTlb, UopReader } from "./uop.js";

/** What the translator needs of the processor module. */
export interface TranslatorExports {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  allocateUops(bytes: number): number;
  execOf(number: number): number;
  observe(linear: bigint): bigint;
  forgetJumps(): void;
  readonly [name: string]: unknown;
}

const LIMITS: Limits = { body: 300, callee: 60, total: 400, depth: 2 };
/** Bits of a decoded page's key. */
const MODE_BITS = MODES - 1;
const TLB_NONE = LAYOUT.TLB_BASE + LAYOUT.TLB_SET_NONE * LAYOUT.TLB_SET_SIZE;
/** WebAssembly code that may be alive before all is dropped. */
const CODE_LIMIT = 24 << 20;
const TABLE_STEP = 256;
/** Jumps whose micro-ops use U_LINK. */
const LINKED: ReadonlySet<string> = new Set(["jcc", "jmp", "call"]);
/** So long, in interpreted instructions, hot code waits for more of it, so that batches are worth their module. */
const POLL_INSTRUCTIONS = 600_000;
/** So often regions are looked at, whether they should be translated in another way. */
const LOOK_INSTRUCTIONS = 8_000_000;
/** Of so many instructions one is an exit from a region for want of a TLB entry, or at a page's end: it is translated again to have fewer. */
const EXIT_RATE = 10_000;
/**
 * Of so many instructions one is a jump out of a region, for a while: then a loop goes through it and others, and it is translated again
 * together with these. Where code is not a loop, larger regions are slower. Twice as often each time it has grown.
 */
const JUMP_RATE = 100;
const MAX_GROWTH = 4;

/** Where a region is to begin. */
interface Seed extends CodePlace {
  readonly linear: number;
  readonly mode: RegionMode;
}

interface Entry {
  readonly uop: number;
  readonly record: number;
}

interface Region extends CodePlace {
  readonly slot: number;
  readonly entries: Entry[];
  /** Where its translation began; the linear addresses of its blocks, and of those that were to be entries. */
  readonly begin: number;
  readonly starts: ReadonlySet<number>;
  readonly heads: ReadonlySet<number>;
  readonly instructions: number;
  /** Bytes of WebAssembly code. */
  readonly bytes: number;
  readonly mode: RegionMode;
  readonly place: RegionPlace;
  /** How often it has taken in others. */
  growth: number;
}

/** Figures for benches and tests. */
export interface TranslatorStatistics {
  modules: number;
  regions: number;
  instructions: number;
  /** WebAssembly bytes alive. */
  bytes: number;
  dropped: number;
  /** The host can not do it (no tail calls, or no room for more code): what is not translated yet stays interpreted. */
  off: boolean;
}

export class Translator {
  readonly statistics: TranslatorStatistics = { modules: 0, regions: 0, instructions: 0, bytes: 0, dropped: 0, off: false };
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly reader: UopReader;
  private readonly regions = new Set<Region>();
  private readonly byPage = new Map<number, Set<Region>>();
  /** The table's slots from `firstSlot` on are ours; those from `nextSlot` on are free, and some before. */
  private readonly freeSlots: number[] = [];
  private readonly firstSlot: number;
  private nextSlot: number;
  /** Instructions interpreted at the last poll, and executed at the last look. */
  private lastPoll = 0;
  private lastLook = 0;
  /** By TLB set and mode, like the table of a set's jumps. */
  private readonly modules = new Map<number, { chain: unknown; mode: RegionMode }>();

  constructor(
    private readonly exports: TranslatorExports,
    readonly options: TranslatorOptions,
  ) {
    this.view = new DataView(exports.memory.buffer);
    this.bytes = new Uint8Array(exports.memory.buffer);
    this.reader = new UopReader(this.view, new Map(EXEC_NAMES.map((_, number) => [exports.execOf(number), number])), (linear) =>
      this.peek(linear),
    );
    this.firstSlot = exports.table.length;
    this.nextSlot = this.firstSlot;
    if (!WebAssembly.validate(chainModule({ tlb: 0, codeTlb: 0, mode: 0 }, this.pages))) {
      this.statistics.off = true;
      return;
    }
    this.view.setUint32(REGION.HEAT_THRESHOLD, options.threshold, true);
    this.view.setUint32(REGION.HEAT_PERIOD, options.period, true);
    this.view.setUint32(REGION.HOT_LIMIT, options.batch, true);
  }

  /** How many hot micro-ops wait. */
  get waiting(): number {
    return this.view.getUint32(REGION.HOT_COUNT, true);
  }

  /** Called between stretches of execution: translates what has waited long enough, and looks at what there is. */
  poll(instructions: number): void {
    // The count goes back when an older state is loaded.
    if (instructions < this.lastLook) this.lastLook = instructions;
    const passed = instructions - this.lastLook;
    if (passed >= (this.options.look ?? LOOK_INSTRUCTIONS)) {
      this.lastLook = instructions;
      this.retranslate(passed);
    }
    const interpreted = instructions - this.translatedInstructions;
    if (interpreted < this.lastPoll) this.lastPoll = interpreted;
    if (interpreted - this.lastPoll < (this.options.poll ?? POLL_INSTRUCTIONS)) return;
    this.lastPoll = interpreted;
    this.translate();
  }

  private get translatedInstructions(): number {
    return this.view.getUint32(REGION.TRANSLATED, true) + this.view.getUint32(REGION.TRANSLATED + 4, true) * 2 ** 32;
  }

  /** Translate what waits. */
  translate(): void {
    for (const seeds of this.takeSeeds()) this.batch(seeds);
  }

  /** Seeds by TLB set and mode. */
  private takeSeeds(): Iterable<Seed[]> {
    const byMode = new Map<number, Seed[]>();
    const count = this.waiting;
    for (let n = 0; n < count; n++) {
      const at = REGION.HOT_LIST + n * REGION.HOT_RECORD_SIZE;
      const field = (offset: number) => this.view.getUint32(at + offset, true);
      const [uop, descriptor, marked, tlb, codeBase] = [field(0), field(4), field(8), field(12), field(16)];
      const mode = this.reader.key(descriptor) & MODE_BITS;
      const page = (marked & ~0xfff) >>> 0;
      const linear = page + this.view.getUint16(uop + U_OFFSET, true);
      // Code whose accesses are checked for alignment stays interpreted: it has no TLB set of its own (and is rare).
      if (tlb === TLB_NONE || this.reader.handler(uop) === OP_ENTER) continue;
      if (!(marked & REGION.HOT_MISSED) && this.isInside(descriptor, linear)) continue;
      const seeds = byMode.get(tlb | mode) ?? [];
      byMode.set(tlb | mode, seeds);
      seeds.push({ linear, codeBase, mode: this.modeFor(tlb, mode).mode, pages: new Map([[page, descriptor]]) });
    }
    this.view.setUint32(REGION.HOT_COUNT, 0, true);
    return byMode.values();
  }

  /**
   * In the middle of a region: the interpreter comes there after exits, and soon to an entry. Where an entry should be and is none, another
   * region had it that is gone.
   */
  private isInside(descriptor: number, linear: number): boolean {
    for (const { starts, heads } of this.byPage.get(descriptor) ?? []) if (starts.has(linear) && !heads.has(linear)) return true;
    return false;
  }

  private modeFor(tlb: number, mode: number): { chain: unknown; mode: RegionMode } {
    let found = this.modules.get(tlb | mode);
    if (!found) {
      const made: RegionMode = { tlb, codeTlb: codeTlb(isUser(tlb)), mode };
      const bytes = chainModule(made, this.pages);
      found = { mode: made, chain: this.instantiate(bytes, bytes.length, { ...this.exports })?.exports["chain"] };
      this.modules.set(tlb | mode, found);
    }
    return found;
  }

  /** Translate the regions around some seeds of one mode into one module. */
  private batch(seeds: readonly Seed[]): void {
    const { mode } = seeds[0]!;
    const wanted = new Set(seeds.map((seed) => seed.linear));
    const graphs: RegionGraph[] = [];
    for (const seed of seeds) {
      if (!wanted.has(seed.linear)) continue;
      const graph = this.find(seed);
      if (!graph) continue;
      for (const linear of graph.at.keys()) wanted.delete(linear);
      graphs.push(graph);
    }
    if (graphs.length > 0) this.install(graphs, mode, { groups: !isSegmented(mode.mode), calls: this.options.calls ?? false });
  }

  private find(seed: Seed, others?: ReadonlySet<number>): RegionGraph | undefined {
    const { linear, mode } = seed;
    return new RegionFinder(this.reader, mode.mode, isUser(mode.tlb), LIMITS, seed, others).find(linear);
  }

  /** Regions that were left too often, for want of TLB entries or for each other, are made again. `passed`: instructions since the last look. */
  private retranslate(passed: number): void {
    for (const region of [...this.regions]) {
      if (!this.regions.has(region)) continue;
      const policy = this.betterPolicy(region.place, passed);
      const jumps = region.place.counters + 8;
      const often = this.view.getUint32(jumps, true) * JUMP_RATE > passed * 2 ** region.growth;
      this.resetCounters(region.place.counters);
      if (often) this.grow(region, policy);
      else if (policy) {
        // It would end at its own entries.
        this.drop(region);
        this.remake(this.find({ ...region, linear: region.begin }), region, policy);
      }
    }
  }

  /** Translate a region together with those that it jumps to. */
  private grow(region: Region, policy: AccessPolicy = region.place.policy): void {
    const { begin, mode } = region;
    const near = new Set([...region.pages.values()].flatMap((page) => [...(this.byPage.get(page) ?? [])]));
    const others = [...near].filter((other) => other.mode === mode);
    const graph = this.find({ ...region, linear: begin }, new Set(others.map((other) => other.begin)));
    const code = graph ? codeOf(graph) : new Set();
    const taken = others.filter((other) => other !== region && [...other.starts].every((linear) => code.has(linear)));
    region.growth = Math.min(Math.max(region.growth, ...taken.map(({ growth }) => growth)) + 1, MAX_GROWTH);
    if ((!graph || graph.instructions <= region.instructions) && policy === region.place.policy) return;
    for (const old of [region, ...taken]) this.drop(old);
    this.remake(graph, region, policy);
  }

  private remake(graph: RegionGraph | undefined, { mode, growth }: Region, policy: AccessPolicy): void {
    if (graph) this.install([graph], mode, policy, growth);
  }

  /** For a region that its accesses make leave too often: how they should be translated instead. */
  private betterPolicy({ counters, policy }: RegionPlace, passed: number): AccessPolicy | undefined {
    const often = (counter: number) => this.view.getUint32(counters + counter * 4, true) * EXIT_RATE > passed;
    const calls = policy.calls || often(0);
    const groups = policy.groups && !often(1);
    return calls === policy.calls && groups === policy.groups ? undefined : { groups, calls };
  }

  private install(graphs: readonly RegionGraph[], mode: RegionMode, policy: AccessPolicy, growth = 0): void {
    if (this.statistics.bytes > CODE_LIMIT) this.dropAll();
    const claimed = new Map<number, number>();
    const places = graphs.map((graph) => this.allocate(graph, claimed, policy));
    const execs = new ExecFunctions();
    const functions = graphs.map((graph, n) => translateRegion(graph, mode, places[n]!, execs));
    const names = graphs.map((_, n) => `region${n}`);
    const bytes = assembleModule({
      types: TYPES,
      imports: importsFor(this.pages, execs),
      functions: functions.map(({ code, locals, hints }, n) => ({ type: TYPE_REGION, locals, code, hints, name: nameOf(graphs[n]!) })),
      exports: names,
    });
    this.options.observer?.(graphs, bytes);
    const { chain } = this.modeFor(mode.tlb, mode.mode);
    const instance = this.instantiate(bytes, codeBytes(functions) / functions.length, {
      ...this.exports,
      chain,
      ...Object.fromEntries(execs.slots.map((slot) => [execName(slot), this.exports.table.get(slot)])),
    });
    if (!instance) return;
    graphs.forEach((graph, n) => {
      const slot = this.takeSlot();
      this.exports.table.set(slot, instance.exports[names[n]!]);
      const region: Region = {
        slot,
        entries: [],
        begin: graph.blocks[graph.entries[0]!]!.linear,
        starts: new Set(graph.at.keys()),
        heads: new Set(graph.entries.map((block) => graph.blocks[block]!.linear)),
        codeBase: graph.codeBase,
        pages: graph.pages,
        instructions: graph.instructions,
        bytes: functions[n]!.code.length,
        mode,
        place: places[n]!,
        growth,
      };
      this.enterRegion(region, graph, functions[n]!.need);
    });
    this.statistics.modules++;
  }

  /** 32 bits of plain guest memory. */
  private peek(linear: number): number | undefined {
    const physical = this.exports.observe(BigInt(linear >>> 0));
    if (physical < 0n || physical >= 1n << 32n || (linear & 0xfff) > 0xffc) return undefined;
    const page = this.view.getUint32(LAYOUT.PHYS_MAP + Number(physical >> 12n) * 4, true);
    if (!(page & (LAYOUT.PAGE_RAM | LAYOUT.PAGE_ROM))) return undefined;
    return this.view.getUint32(((page & ~0xfff) >>> 0) + Number(physical & 0xfffn), true);
  }

  /** Room for a table of 32-bit values, or 0. */
  private makeTable(values: Uint32Array): number {
    const at = this.exports.allocateUops((values.byteLength + UOP_SIZE - 1) & -UOP_SIZE);
    if (at)
      values.forEach((value, n) => {
        this.view.setUint32(at + n * 4, value, true);
      });
    return at;
  }

  private get pages(): number {
    return this.exports.memory.buffer.byteLength / 65536;
  }

  /** An instance, or undefined if the host has no room for more code: then nothing more is translated. */
  private instantiate(bytes: Uint8Array, functionBytes: number, env: Record<string, unknown>): WebAssembly.Instance | undefined {
    this.options.beforeModule?.(functionBytes);
    try {
      return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.turnOff();
      return undefined;
    }
  }

  private turnOff(): void {
    this.view.setUint32(REGION.HEAT_THRESHOLD, 0, true);
    this.view.setUint32(REGION.HOT_COUNT, 0, true);
    this.statistics.off = true;
  }

  /** A free slot of the table. */
  private takeSlot(): number {
    const { table } = this.exports;
    if (this.freeSlots.length === 0 && this.nextSlot === table.length) table.grow(TABLE_STEP);
    return this.freeSlots.pop() ?? this.nextSlot++;
  }

  /** Room for what a region has in linear memory. Without room (the arena is full) it has no records, and so is not entered. */
  private allocate(graph: RegionGraph, claimed: Map<number, number>, policy: AccessPolicy): RegionPlace {
    const records = new Map<number, number>();
    for (const block of graph.entries) {
      const { uop, effects } = graph.blocks[block]!.instructions[0]!;
      const handler = this.reader.handler(uop);
      if (handler === OP_ENTER || handler === OP_STRADDLE || (LINKED.has(effects.base) && this.isSecond(uop))) continue;
      // Where two regions of a batch begin at the same place, the first is entered.
      const record = claimed.get(uop) ?? this.exports.allocateUops(REGION.ENTRY_SIZE);
      if (!record) continue;
      records.set(uop, record);
      claimed.set(uop, record);
    }
    const makeTable = (values: Uint32Array) => this.makeTable(values);
    const counters = this.exports.allocateUops(UOP_SIZE);
    if (!counters) return { records: new Map(), counters: REGION.NO_COUNTERS, policy, makeTable };
    this.resetCounters(counters);
    return { records, counters, policy, makeTable };
  }

  private resetCounters(at: number): void {
    this.bytes.fill(0, at, at + REGION.COUNTERS_SIZE);
  }

  /** The handler of the micro-op before this one executes both. If this one is a direct jump, its U_LINK is used there. */
  private isSecond(uop: number): boolean {
    const before = uop - UOP_SIZE;
    const handler = this.reader.handler(before);
    return isFused(
      handler === OP_ENTER ? this.view.getUint32(this.view.getUint32(before + U_LINK, true) + REGION.ENTRY_OLD_OP, true) : handler,
    );
  }

  private enterRegion(region: Region, graph: RegionGraph, need: number): void {
    const { mode, place } = region;
    graph.entries.forEach((block, number) => {
      const { uop, linear } = graph.blocks[block]!.instructions[0]!;
      this.addEntry(region, uop, place.records.get(uop), { number, linear, need, tlb: mode.tlb });
    });
    this.regions.add(region);
    for (const descriptor of graph.pages.values()) {
      this.view.setUint32(descriptor + REGION.PAGE_TRANSLATED, 1, true);
      const regions = this.byPage.get(descriptor) ?? new Set();
      this.byPage.set(descriptor, regions.add(region));
    }
    this.statistics.regions++;
    this.statistics.instructions += graph.instructions;
    this.statistics.bytes += region.bytes;
  }

  private addEntry(
    region: Region,
    uop: number,
    record: number | undefined,
    entry: { number: number; linear: number; need: number; tlb: number },
  ): void {
    const { view } = this;
    const handler = this.reader.handler(uop);
    if (!record || handler === OP_ENTER) return;
    const set = (field: number, value: number) => view.setUint32(record + field, value, true);
    set(REGION.ENTRY_FUNCTION, region.slot);
    set(REGION.ENTRY_NUMBER, entry.number);
    set(REGION.ENTRY_NEED, entry.need);
    set(REGION.ENTRY_TLB, entry.tlb);
    set(REGION.ENTRY_LINEAR, (entry.linear & ~0xfff) >>> 0);
    set(REGION.ENTRY_OLD_OP, handler);
    set(REGION.ENTRY_OLD_LINK, view.getUint32(uop + U_LINK, true));
    const copy = record + REGION.ENTRY_COPY;
    this.bytes.copyWithin(copy, uop, uop + UOP_SIZE);
    if (isFused(handler)) view.setUint16(copy, FIRST_HANDLERS[handler - OP_FUSED_FIRST]!, true);
    // Then on to the micro-op behind the original.
    const link = copy + UOP_SIZE;
    this.bytes.fill(0, link, link + UOP_SIZE);
    view.setUint16(link, OP_LINK, true);
    view.setUint16(link + U_OFFSET, view.getUint16(uop + UOP_SIZE + U_OFFSET, true), true);
    view.setUint32(link + U_LINK, uop + UOP_SIZE, true);
    view.setUint16(uop, OP_ENTER, true);
    view.setUint32(uop + U_LINK, record, true);
    region.entries.push({ uop, record });
  }

  /** Decoded pages were emptied: the regions made from them must not be entered again. 0 means all pages, whose micro-ops are gone too. */
  dropped(descriptor: number): void {
    if (descriptor === 0) {
      this.forget();
      return;
    }
    for (const region of this.byPage.get(descriptor) ?? []) this.drop(region);
    this.byPage.delete(descriptor);
  }

  private drop(region: Region): void {
    for (const { uop, record } of region.entries) {
      if (this.view.getUint16(uop, true) !== OP_ENTER || this.view.getUint32(uop + U_LINK, true) !== record) continue;
      this.view.setUint16(uop, this.view.getUint32(record + REGION.ENTRY_OLD_OP, true), true);
      this.view.setUint32(uop + U_LINK, this.view.getUint32(record + REGION.ENTRY_OLD_LINK, true), true);
    }
    region.entries.length = 0;
    this.exports.forgetJumps();
    this.regions.delete(region);
    this.exports.table.set(region.slot, null);
    this.freeSlots.push(region.slot);
    this.statistics.bytes -= region.bytes;
    for (const page of region.pages.values()) this.byPage.get(page)?.delete(region);
    this.statistics.dropped++;
  }

  /** Make room: nothing is entered any more, so the engine can free the modules. */
  private dropAll(): void {
    for (const region of [...this.regions]) this.drop(region);
    this.forget();
  }

  private forget(): void {
    this.byPage.clear();
    this.regions.clear();
    for (let slot = this.firstSlot; slot < this.nextSlot; slot++) this.exports.table.set(slot, null);
    this.nextSlot = this.firstSlot;
    this.freeSlots.length = 0;
    this.statistics.bytes = 0;
  }
}

/** Bytes of WebAssembly code. */
function codeBytes(functions: readonly { readonly code: Uint8Array }[]): number {
  return functions.reduce((bytes, { code }) => bytes + code.length, 0);
}

/** Where a region begins, for profilers. */
function nameOf(graph: RegionGraph): string {
  return `region ${graph.blocks[graph.entries[0]!]!.linear.toString(16).padStart(8, "0")}`;
}

/** Linear addresses of its instructions. */
function codeOf({ blocks }: RegionGraph): Set<number> {
  return new Set(blocks.flatMap(({ instructions }) => instructions.map(({ linear }) => linear)));
}

function isFused(handler: number): boolean {
  return handler >= OP_FUSED_FIRST && handler <= OP_FUSED_LAST;
}
