// States of a machine kept in this process, for going back to them: memory as 4 KiB pages, of which those that did not change are shared with
// the checkpoint before. Not for files (snapshot.ts), nor for another machine. Taking one looks at all of memory once.
import type { DeviceState, StateValue } from "../../core/bus/device.js";
import type { Checkpoint, Position } from "../../core/debug/target.js";
import type { Machine } from "./machine.js";

const PAGE = 4096;
const WORDS = PAGE / 4;

/** A page's content, or undefined where all is zero. */
type Page = Int32Array | undefined;

export class MachineCheckpoint implements Checkpoint {
  constructor(
    readonly position: Position,
    readonly processor: Uint8Array,
    readonly devices: Readonly<Record<string, DeviceState>>,
    /** RAM, then video memory. */
    readonly memories: readonly (readonly Page[])[],
  ) {}

  bytesBeyond(earlier: MachineCheckpoint | undefined): number {
    let pages = 0;
    for (const [n, memory] of this.memories.entries()) {
      const known = earlier?.memories[n];
      for (let page = 0; page < memory.length; page++) if (memory[page] && memory[page] !== known?.[page]) pages++;
    }
    return pages * PAGE;
  }
}

/** A value that shares nothing with what a device goes on working with. */
function copyOf<T extends StateValue>(value: T): T {
  if (value instanceof Uint8Array) return value.slice() as T;
  if (Array.isArray(value)) return value.map((v) => copyOf(v as StateValue)) as unknown as T;
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, copyOf(v as StateValue)])) as T;
  return value;
}

function memoriesOf(machine: Machine): Int32Array[] {
  return [machine.cpu.ram, machine.memory.bytes].map((bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
}

/** Whether the page that begins at word `start` holds what `page` does. */
function isSame(words: Int32Array, start: number, page: Page): boolean {
  if (page) {
    for (let i = 0; i < WORDS; i++) if (words[start + i] !== page[i]) return false;
  } else for (let i = start; i < start + WORDS; i++) if (words[i] !== 0) return false;
  return true;
}

/**
 * The machine as it is between two runs. The processor forgets its TLBs, so that it goes on from here as it will after a return to this
 * checkpoint.
 */
export function takeCheckpoint(machine: Machine, position: Position, previous: MachineCheckpoint | undefined): MachineCheckpoint {
  const memories = memoriesOf(machine).map((words, n) => {
    const known = previous?.memories[n];
    return Array.from({ length: words.length / WORDS }, (_, page): Page => {
      const start = page * WORDS;
      const same = known?.[page];
      if (isSame(words, start, same)) return same;
      if (same && isSame(words, start, undefined)) return undefined;
      return words.slice(start, start + WORDS);
    });
  });
  machine.cpu.synchronize();
  return new MachineCheckpoint(position, machine.cpu.saveState(), copyOf(machine.saveDevices()), memories);
}

/** Return to a checkpoint of the same machine. */
export function returnTo(machine: Machine, checkpoint: MachineCheckpoint): void {
  for (const [n, words] of memoriesOf(machine).entries()) {
    for (const [number, page] of checkpoint.memories[n]!.entries()) {
      const start = number * WORDS;
      if (isSame(words, start, page)) continue;
      if (page) words.set(page, start);
      else words.fill(0, start, start + WORDS);
    }
  }
  machine.cpu.loadState(checkpoint.processor);
  machine.resumeAt(checkpoint.position.time, copyOf(checkpoint.devices));
}
