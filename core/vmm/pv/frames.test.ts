import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ERROR_BITS, ERROR_OWNER, ERROR_RANGE, ERROR_STATE, ERROR_USE, VMM_FIRST_SLOT } from "./abi.js";
import { Frames } from "./frames.js";

const BASE = 0x100;
const COUNT = 6;
const SHARED = 0x200;
const VMM_ENTRIES = Array.from({ length: 1024 - VMM_FIRST_SLOT }, (_, i) => 0x900001 + i * 4096);
const P = 1;
const W = 2;
const at = (frame: number, index: number) => frame * 4096 + index * 4;
const entry = (frame: number, bits: number) => ((frame << 12) | bits) >>> 0;

function setUp() {
  const words = new Map<number, number>();
  const memory = {
    read: (address: number) => words.get(address) ?? 0,
    write: (address: number, value: number) => {
      words.set(address, value);
    },
  };
  const frames = new Frames({ memory, base: BASE, count: COUNT, sharedInfo: SHARED, vmmEntries: VMM_ENTRIES });
  return { words, memory, frames };
}

describe("a page table", () => {
  test("can be pinned if all it maps is the guest's own, and is then out of its reach", () => {
    const { memory, frames } = setUp();
    memory.write(at(BASE, 3), entry(BASE + 1, P | W));
    memory.write(at(BASE, 4), entry(SHARED, P | W));
    expect(frames.pin(BASE, "table")).toBeUndefined();
    expect(frames.useOf(BASE)).toBe("table");
    expect(frames.update(at(BASE, 5), entry(BASE, P | W))).toBe(ERROR_USE);
    expect(frames.update(at(BASE, 5), entry(BASE, P))).toBeUndefined();
    expect(memory.read(at(BASE, 5))).toBe(entry(BASE, P));
  });

  test("is refused for a frame of somebody else, for a bit that means more than a page, and for a writable table", () => {
    const { memory, frames } = setUp();
    const refuses = (bad: number) => {
      memory.write(at(BASE, 1023), bad);
      const result = frames.pin(BASE, "table");
      // What was acquired before the bad entry has been given back.
      expect(frames.useOf(BASE + 1)).toBeUndefined();
      return result;
    };
    memory.write(at(BASE, 0), entry(BASE + 1, P | W));
    expect(refuses(entry(BASE - 1, P))).toBe(ERROR_OWNER);
    expect(refuses(entry(BASE + COUNT, P | W))).toBe(ERROR_OWNER);
    expect(refuses(entry(BASE + 2, P | 0x100))).toBe(ERROR_BITS);
    expect(refuses(entry(BASE + 2, P | 0x80))).toBe(ERROR_BITS);
    expect(refuses(entry(BASE, P | W))).toBe(ERROR_USE);
    // Not present: what stands there is the guest's affair.
    memory.write(at(BASE, 1023), entry(0, 0x180));
    expect(frames.pin(BASE, "table")).toBeUndefined();
  });

  test("can not be made of a frame that is mapped writable, until the last such mapping is gone and the TLB was flushed", () => {
    const { memory, frames } = setUp();
    memory.write(at(BASE, 0), entry(BASE + 1, P | W));
    memory.write(at(BASE, 1), entry(BASE + 1, P | W));
    frames.pin(BASE, "table");
    expect(frames.pin(BASE + 1, "table")).toBe(ERROR_USE);
    frames.takeStale();
    frames.update(at(BASE, 0), 0);
    expect(frames.takeStale()).toBe(true);
    expect(frames.pin(BASE + 1, "table")).toBe(ERROR_USE);
    frames.update(at(BASE, 1), entry(BASE + 1, P));
    expect(frames.pin(BASE + 1, "table")).toBeUndefined();
  });
});

describe("a page directory", () => {
  test("gets the VMM's entries, which nobody can change; its tables are checked with it", () => {
    const { memory, frames } = setUp();
    memory.write(at(BASE, 1023), 0x12345001);
    memory.write(at(BASE, 0), entry(BASE + 1, P | W));
    memory.write(at(BASE + 1, 9), entry(BASE + 2, P | W));
    expect(frames.setBase(BASE)).toBeUndefined();
    expect(VMM_ENTRIES.map((_, i) => memory.read(at(BASE, VMM_FIRST_SLOT + i)))).toEqual(VMM_ENTRIES);
    expect([frames.useOf(BASE), frames.useOf(BASE + 1), frames.useOf(BASE + 2)]).toEqual(["directory", "table", "writable"]);
    expect(frames.update(at(BASE, VMM_FIRST_SLOT), 0)).toBe(ERROR_RANGE);
    expect(frames.update(at(BASE, 1), entry(BASE, P))).toBe(ERROR_USE);
    expect(frames.update(at(BASE, 1), entry(SHARED, P))).toBe(ERROR_USE);
    expect(frames.update(at(BASE, 1), entry(BASE + 3, P | 0x80))).toBe(ERROR_BITS);
  });

  test("is kept by the processor's use of it, and lets go of everything with its last use", () => {
    const { memory, frames } = setUp();
    memory.write(at(BASE, 0), entry(BASE + 1, P | W));
    frames.pin(BASE, "directory");
    frames.setBase(BASE);
    expect(frames.unpin(BASE)).toBeUndefined();
    expect(frames.unpin(BASE)).toBe(ERROR_STATE);
    expect(frames.useOf(BASE + 1)).toBe("table");
    expect(frames.setBase(BASE + 2)).toBeUndefined();
    expect(frames.base).toBe(BASE + 2);
    expect([frames.useOf(BASE), frames.useOf(BASE + 1)]).toEqual([undefined, undefined]);
  });
});

// The simple model: it keeps only memory, pins and base, and works out all uses anew from these whenever it is asked.

type Uses = Map<number, "table" | "directory" | "writable">;
type Words = ReadonlyMap<number, number>;
interface Root {
  readonly frame: number;
  readonly use: "table" | "directory";
}

/** Uses of all that is reached from `roots`, or undefined if that breaks a rule. `extra`: entries that a table has beside its own. */
function closure(words: Words, roots: readonly Root[], extra?: { readonly frame: number; readonly value: number }): Uses | undefined {
  const uses: Uses = new Map();
  const waiting: { frame: number; use: "table" | "directory" | "writable" }[] = [...roots];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { frame, use } = next;
    const owned = frame >= BASE && frame < BASE + COUNT;
    if (!owned && !(frame === SHARED && use === "writable")) return undefined;
    const known = uses.get(frame);
    if (known && known !== use) return undefined;
    if (known) continue;
    uses.set(frame, use);
    if (use === "writable") continue;
    const entries = [...words].filter(([address]) => address >>> 12 === frame);
    const values = entries.filter(([address]) => use === "table" || (address & 0xfff) / 4 < VMM_FIRST_SLOT).map(([, value]) => value);
    if (extra?.frame === frame) values.push(extra.value);
    for (const value of values) {
      if (!(value & P)) continue;
      if (value & 0x180) return undefined;
      const target = value >>> 12;
      if (use === "directory") waiting.push({ frame: target, use: "table" });
      else if (value & W) waiting.push({ frame: target, use: "writable" });
      else if (target !== SHARED && !(target >= BASE && target < BASE + COUNT)) return undefined;
    }
  }
  return uses;
}

describe("hostile batches", () => {
  const frame = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: BASE, max: BASE + COUNT - 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(BASE - 1, BASE + COUNT, SHARED, 0, 0xfffff, 0x900) },
  );
  const index = fc.constantFrom(0, 1, 2, VMM_FIRST_SLOT - 1, VMM_FIRST_SLOT, 1023);
  const bits = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, P, P | W, P | W, P | W | 4) },
    { weight: 1, arbitrary: fc.constantFrom(P | 0x80, P | 0x100, 0x181) },
  );
  const value = fc.tuple(frame, bits).map(([target, flags]) => entry(target, flags));
  const place = fc.record({ frame, index });
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("update" as const), place, value, skew: fc.constantFrom(0, 0, 0, 0, 0, 1, 2) }) },
    // The guest's own store, which the processor allows where no table is.
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("store" as const), place, value }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("pin" as const), frame, use: fc.constantFrom("table" as const, "directory" as const) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("unpin" as const), frame }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("base" as const), frame }) },
  );

  test("are accepted exactly where the rules hold, and all uses are what memory says", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 60 }), (actions) => {
        const { words, memory, frames } = setUp();
        const pins = new Map<number, Root>();
        let base: Root | undefined;
        const roots = (more?: Root) => [...pins.values(), ...(base ? [base] : []), ...(more ? [more] : [])];
        for (const action of actions) {
          const uses = closure(words, roots())!;
          const before = new Map(words);
          let allowed: boolean;
          let result: number | undefined;
          if (action.kind === "store") {
            const use = uses.get(action.place.frame);
            if (use === "table" || use === "directory") continue;
            memory.write(at(action.place.frame, action.place.index), action.value);
            continue;
          }
          if (action.kind === "update") {
            const { place, value, skew } = action;
            const use = uses.get(place.frame);
            const holds = (use === "table" || (use === "directory" && place.index < VMM_FIRST_SLOT)) && skew === 0;
            allowed = holds && closure(words, roots(), { frame: place.frame, value }) !== undefined;
            result = frames.update(at(place.frame, place.index) + skew, value);
            if (allowed) before.set(at(place.frame, place.index), value);
          } else if (action.kind === "unpin") {
            allowed = pins.delete(action.frame);
            result = frames.unpin(action.frame);
          } else {
            const root: Root = { frame: action.frame, use: action.kind === "base" ? "directory" : action.use };
            allowed = closure(words, roots(root)) !== undefined && !(action.kind === "pin" && pins.has(action.frame));
            result = action.kind === "base" ? frames.setBase(action.frame) : frames.pin(root.frame, root.use);
            if (allowed && action.kind === "base") base = root;
            else if (allowed) pins.set(root.frame, root);
          }
          expect(result === undefined).toBe(allowed);
          if (allowed) accepted++;
          const now = closure(words, roots());
          // It never lets a rule be broken.
          expect(now).toBeDefined();
          for (const [frame, use] of now!) {
            // Uses are kept of the guest's own frames.
            expect(frames.useOf(frame)).toBe(frame === SHARED ? undefined : use);
            if (use === "directory")
              VMM_ENTRIES.forEach((vmm, i) => {
                expect(words.get(at(frame, VMM_FIRST_SLOT + i))).toBe(vmm);
              });
          }
          for (let other = BASE - 1; other <= BASE + COUNT; other++) if (!now!.has(other)) expect(frames.useOf(other)).toBeUndefined();
          // Nothing else was written than what was asked for, and the VMM's entries of a new directory.
          for (const [address, word] of words)
            if (word !== (before.get(address) ?? 0)) {
              expect(allowed && action.kind !== "update" && action.kind !== "unpin").toBe(true);
              expect((address & 0xfff) >>> 2).toBeGreaterThanOrEqual(VMM_FIRST_SLOT);
            }
        }
      }),
      { numRuns: 2000 },
    );
    // The batches are hostile, not hopeless.
    expect(accepted).toBeGreaterThan(2000);
  });
});
