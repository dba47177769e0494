// A host without a processor: guest code, a cache and a state segment as arrays, and runs that end where a test says. For what can be
// seen of the translator without executing anything.
import type { BtHost, CodePatch, FetchedCode, HostEvent } from "../host.js";
import { STATE_SIZE } from "../state.js";

export const CACHE_BASE = 0xe000_0000;
export const STATE_BASE = 0xe100_0000;
export const CACHE_SIZE = 0x8000;
const PAGE = 4096;

export class PaperHost implements BtHost {
  readonly memory = new Uint8Array(0x10000);
  readonly cache = new Uint8Array(CACHE_SIZE);
  readonly registers = new Uint32Array(8);
  codeLimit = 0xffffffff;
  flags = 0x202;
  restored = 0;
  /** How often code was changed that may have been executed. */
  patched = 0;
  /** Address of the last x87 instruction. */
  x87 = 0;
  /** Linear page to frame where it is not the same number; undefined: not present. */
  readonly frames = new Map<number, number | undefined>();
  /** Where the runs to come end. */
  readonly events: HostEvent[] = [];
  /** Where runs began. */
  readonly runs: number[] = [];
  private readonly state = new DataView(new ArrayBuffer(STATE_SIZE));

  constructor(code: readonly number[], at: number) {
    this.memory.set(code, at);
  }

  fetch(eip: number): FetchedCode | { vector: number; error: number; address: number } {
    const page = eip >>> 12;
    const frame = this.frames.has(page) ? this.frames.get(page) : page;
    if (frame === undefined) return { vector: 14, error: 0x10, address: eip };
    const at = frame * PAGE + (eip % PAGE);
    return { bytes: this.memory.slice(at, (frame + 1) * PAGE), page, frame };
  }

  readState(offset: number): number {
    return this.state.getUint32(offset, true);
  }

  fillState(offset: number, count: number, value: number): void {
    for (let n = 0; n < count; n++) this.writeState(offset + n * 4, value);
  }

  writeState(offset: number, value: number): void {
    this.state.setUint32(offset, value, true);
  }

  place(offset: number, bytes: Uint8Array): void {
    this.cache.set(bytes, offset);
  }

  patch(patches: readonly CodePatch[]): void {
    if (patches.length > 0) this.patched++;
    for (const { offset, value } of patches) new DataView(this.cache.buffer).setInt32(offset, value, true);
  }

  getRegister(n: number): number {
    return this.registers[n]!;
  }

  setRegister(n: number, value: number): void {
    this.registers[n] = value;
  }

  restoreX87Pointers(guestEip: (eip: number) => number | undefined): void {
    this.x87 = guestEip(this.x87) ?? this.x87;
  }

  restoreStateSegment(): void {
    this.restored++;
  }

  writeStack(offset: number, value: number, size: 2 | 4): void {
    for (let i = 0; i < size; i++) this.memory[offset + i] = value >>> (8 * i);
  }

  run(eip: number): HostEvent {
    this.runs.push(eip);
    const event = this.events.shift();
    if (!event) throw new Error("no more runs were expected");
    return event;
  }
}
