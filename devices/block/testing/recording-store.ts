// A store that keeps what was done to it, so that a test can see what a crash would have left.
import { MemoryStore } from "../memory-store.js";
import type { Store } from "../store.js";

export type Step =
  | { readonly kind: "write"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number }
  | { readonly kind: "punch"; readonly at: number; readonly length: number }
  | { readonly kind: "flush" };

export class RecordingStore implements Store {
  readonly steps: Step[] = [];
  private readonly store: MemoryStore;
  readonly readOnly = false;

  constructor(
    readonly name: string,
    private readonly before: Uint8Array = new Uint8Array(0),
  ) {
    this.store = new MemoryStore(name, before);
  }

  get size(): number {
    return this.store.size;
  }

  read(at: number, into: Uint8Array): Promise<void> {
    return this.store.read(at, into);
  }

  write(at: number, from: Uint8Array): Promise<void> {
    this.steps.push({ kind: "write", at, bytes: from.slice() });
    return this.store.write(at, from);
  }

  truncate(size: number): Promise<void> {
    this.steps.push({ kind: "truncate", size });
    return this.store.truncate(size);
  }

  async flush(): Promise<void> {
    this.steps.push({ kind: "flush" });
  }

  punch(at: number, length: number): Promise<void> {
    this.steps.push({ kind: "punch", at, length });
    return this.store.punch(at, length);
  }

  async close(): Promise<void> {}

  /** Do one step again, on a store after the steps before it. */
  async redo(store: MemoryStore, step: number): Promise<void> {
    await apply(store, this.steps[step]!);
  }

  /** The store after its first `count` steps, but for those of them that `lost` has. `torn`: of these writes only so many bytes have come. */
  async after(count: number, lost: ReadonlySet<number> = new Set(), torn: ReadonlyMap<number, number> = new Map()): Promise<MemoryStore> {
    const store = new MemoryStore(this.name, this.before);
    for (const [index, step] of this.steps.slice(0, count).entries()) {
      if (lost.has(index)) continue;
      await apply(store, step.kind === "write" ? { ...step, bytes: step.bytes.subarray(0, torn.get(index)) } : step);
    }
    return store;
  }
}

async function apply(store: MemoryStore, step: Step): Promise<void> {
  if (step.kind === "write") await store.write(step.at, step.bytes);
  else if (step.kind === "truncate") await store.truncate(step.size);
  else if (step.kind === "punch") await store.punch(step.at, step.length);
}

/** All that a store holds. */
export async function contentsOf(store: Store): Promise<Uint8Array> {
  const bytes = new Uint8Array(store.size);
  await store.read(0, bytes);
  return bytes;
}

/** Index of the first byte that is not the same, -1 if all are. */
export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  for (let index = 0; index < Math.max(one.length, other.length); index++) if (one[index] !== other[index]) return index;
  return -1;
}
