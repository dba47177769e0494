// What must hold of linear memory whatever a guest did: nothing outside guest memory, state, TLBs and code cache has changed; the tables
// that lead to guest memory lead nowhere else; and the state is one that a processor can be in.
import * as LAYOUT from "../../wasm/abi/layout.js";
import * as REGION from "../../wasm/abi/region.js";
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";
import { FENCE_BYTE, FENCES, type FuzzMachine, RAM_BYTES, ROM_AT, ROM_BYTES, VIDEO_AT, VIDEO_BYTES } from "./machine.js";

const WORD = 4;
/** Room of the last list before PHYS_MAP. */
const LARGE_REGIONS_END = LAYOUT.LARGE_REGIONS + 1024;
const CODE_HASH_END = LAYOUT.CODE_HASH_BASE + LAYOUT.CODE_HASH_ENTRIES * 4;
const STRADDLE_END = LAYOUT.STRADDLE_BYTES + 16;

/** Ranges that stay zero for ever. */
const EMPTY: readonly (readonly [start: number, end: number])[] = [
  [0, STATE.STATE_BASE],
  [STATE.STATE_END, LAYOUT.SCRATCH_UOPS],
  // Between them what interpreter and translated code tell each other (abi/region.ts).
  [STRADDLE_END, REGION.NEXT_UOP],
  [REGION.HOT_LIST + REGION.HOT_MAX * REGION.HOT_RECORD_SIZE, REGION.HEAT_TABLE],
  // Nobody asks for stops here; what a run notes all the same lies between.
  [LARGE_REGIONS_END, STOP.STOP_PASS_COUNT],
  [STOP.HIT_KIND, STOP.LAST_INTERRUPT],
  [STOP.LAST_INTERRUPT + 8, REGION.JUMPS],
  [REGION.JUMPS + REGION.JUMP_TABLE_SIZE * LAYOUT.TLB_SETS, LAYOUT.PHYS_MAP],
  [CODE_HASH_END, LAYOUT.UOP_ARENA_BASE],
];

const GUEST_MEMORY: readonly (readonly [start: number, end: number])[] = [
  [LAYOUT.RAM_BASE, LAYOUT.RAM_BASE + RAM_BYTES],
  [VIDEO_AT, VIDEO_AT + VIDEO_BYTES],
  [ROM_AT, ROM_AT + ROM_BYTES],
];

/** A stretch of a TLB that knows nothing. */
const NO_ENTRIES = Buffer.alloc(65536);

const FLAGS_POSSIBLE = 0x3f7fd7;
const FLAG_VM = 0x20000;

export class Guards {
  private readonly words: Uint32Array;
  private readonly statics: Uint8Array;
  /** Static words that the module uses as scratch: found by the first runs, they must be few. */
  private readonly scratch = new Set<number>();

  constructor(private readonly machine: FuzzMachine) {
    this.words = new Uint32Array(machine.cpu.memory.buffer);
    this.statics = this.staticBytes().slice();
  }

  private staticBytes(): Uint8Array {
    return this.machine.cpu.bytes.subarray(LAYOUT.STATIC_BASE, LAYOUT.CODE_PAGES_BASE);
  }

  /** The first thing that is wrong, or undefined. */
  check(): string | undefined {
    return this.checkEmpty() ?? this.checkFences() ?? this.checkStatics() ?? this.checkMap() ?? this.checkTlb() ?? this.checkState();
  }

  private checkEmpty(): string | undefined {
    for (const [start, end] of EMPTY)
      for (let i = start / WORD; i < end / WORD; i++)
        if (this.words[i] !== 0) return `linear memory at ${(i * WORD).toString(16)} was written`;
    return undefined;
  }

  private checkFences(): string | undefined {
    const pattern = (FENCE_BYTE * 0x01010101) >>> 0;
    for (const [start, end] of FENCES)
      for (let i = start / WORD; i < end / WORD; i++)
        if (this.words[i] !== pattern) return `the fence at ${(i * WORD).toString(16)} was written`;
    return undefined;
  }

  private checkStatics(): string | undefined {
    const now = this.staticBytes();
    if (Buffer.compare(now, this.statics) === 0) return undefined;
    for (let i = 0; i < now.length; i++) if (now[i] !== this.statics[i]) this.scratch.add(i >> 2);
    this.statics.set(now);
    return this.scratch.size > MAX_SCRATCH_WORDS ? `${this.scratch.size} words of static data were written` : undefined;
  }

  private checkMap(): string | undefined {
    const { map } = this.machine;
    const marks = LAYOUT.PAGE_CODE | LAYOUT.PAGE_DIRTY;
    const first = LAYOUT.PHYS_MAP / WORD;
    for (let page = 0; page < map.length; page++)
      if ((this.words[first + page]! & ~marks) >>> 0 !== map[page]) return `PHYS_MAP entry ${page.toString(16)} was changed`;
    return undefined;
  }

  private checkTlb(): string | undefined {
    for (let at = LAYOUT.TLB_BASE; at < LAYOUT.TLB_BASE + LAYOUT.TLB_SET_SIZE * LAYOUT.TLB_SETS; at += NO_ENTRIES.length) {
      if (NO_ENTRIES.equals(this.machine.cpu.bytes.subarray(at, at + NO_ENTRIES.length))) continue;
      for (let entry = at; entry < at + NO_ENTRIES.length; entry += WORD) {
        const wrong = this.checkTlbEntry(entry - LAYOUT.TLB_BASE, this.words[entry / WORD]!);
        if (wrong) return wrong;
      }
    }
    return undefined;
  }

  private checkTlbEntry(offset: number, entry: number): string | undefined {
    if (entry === 0) return undefined;
    const write = (offset & LAYOUT.TLB_WRITE_OFFSET) !== 0;
    const linear = (offset % LAYOUT.TLB_TABLE_SIZE) << 10;
    const host = (linear + (entry ^ 0xfff)) >>> 0;
    const [start] = GUEST_MEMORY.find(([from, to]) => host >= from && host < to) ?? [];
    if (start === undefined || host % 4096 !== 0) return `a TLB entry leads to ${host.toString(16)}`;
    if (write && start === ROM_AT) return "a TLB entry makes ROM writable";
    return write && this.isCode(host) ? `a TLB entry makes the decoded page ${host.toString(16)} writable unseen` : undefined;
  }

  private isCode(host: number): boolean {
    const first = LAYOUT.PHYS_MAP / WORD;
    for (let page = 0; page < RAM_BYTES / 4096; page++) {
      const entry = this.words[first + page]!;
      if ((entry & ~0xfff) >>> 0 === host && entry & LAYOUT.PAGE_CODE) return true;
    }
    return false;
  }

  private checkState(): string | undefined {
    const { cpu } = this.machine;
    const cpl = cpu.view.getUint32(STATE.CPL, true);
    const flags = cpu.flags;
    if (cpu.register(STATE.REG_ZERO) !== 0n) return "the zero register is not zero";
    if (cpl > 3) return `CPL is ${cpl}`;
    if (flags & ~FLAGS_POSSIBLE || !(flags & 2)) return `EFLAGS is ${flags.toString(16)}`;
    if (flags & FLAG_VM && cpl !== 3) return `virtual-8086 mode in ring ${cpl}`;
    for (let n = 0; n < 8; n++) if (cpu.register(n * 8) >> 32n) return `register ${n} has more than 32 bits`;
    if (cpu.view.getBigUint64(STATE.RIP, true) >> 32n) return "EIP has more than 32 bits";
    return undefined;
  }
}

/** The image of a task-state segment, and what else the module keeps in arrays. */
const MAX_SCRATCH_WORDS = 64;
