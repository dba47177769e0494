import { describe, expect, test } from "vitest";
import { ERROR_BITS, ERROR_RANGE, ERROR_USE, HYPERCALL_VECTOR, KERNEL_CODE, USER_CODE, VMM_BASE } from "./abi.js";
import { Frames } from "./frames.js";
import { readTraps } from "./traps.js";
import { applyUpdates } from "./updates.js";

const record = (...words: readonly number[]) => new Uint8Array(Uint32Array.from(words).buffer);
const trap = (vector: number, flags: number, selector: number, offset: number) => record(vector | (flags << 8) | (selector << 16), offset);

describe("a batch of page-table updates", () => {
  test("is carried out up to the first request that is refused, which changes nothing", () => {
    const words = new Map<number, number>();
    const frames = new Frames({
      memory: { read: (address) => words.get(address) ?? 0, write: (address, value) => words.set(address, value) },
      base: 1,
      count: 3,
      sharedInfo: 9,
      vmmEntries: [],
    });
    frames.pin(1, "table");
    expect(applyUpdates(frames, record(0x1000, 0x2003, 0x1004, 0x1003, 0x1008, 0x2003))).toEqual({ done: 1, error: ERROR_USE });
    expect([words.get(0x1000), words.get(0x1004), words.get(0x1008)]).toEqual([0x2003, undefined, undefined]);
    expect(applyUpdates(frames, record(0x1000, 0, 0x1004, 0x2001))).toEqual({ done: 2 });
    expect(applyUpdates(frames, new Uint8Array(0))).toEqual({ done: 0 });
  });
});

describe("a trap table", () => {
  test("is read with privilege, the state of events, and handler", () => {
    const table = new Uint8Array([...trap(14, 1 | 4, KERNEL_CODE, 0x101000), ...trap(0x80, 3, KERNEL_CODE, 0x102000)]);
    expect(readTraps(table)).toEqual([
      { vector: 14, dpl: 1, disablesEvents: true, offset: 0x101000 },
      { vector: 0x80, dpl: 3, disablesEvents: false, offset: 0x102000 },
    ]);
  });

  test("is refused as a whole for one entry that leads elsewhere than to the guest's kernel", () => {
    const good = trap(14, 1, KERNEL_CODE, 0x1000);
    const refuses = (bad: Uint8Array) => readTraps(new Uint8Array([...good, ...bad]));
    expect(refuses(trap(HYPERCALL_VECTOR, 1, KERNEL_CODE, 0))).toBe(ERROR_RANGE);
    expect(refuses(trap(3, 3, USER_CODE, 0))).toBe(ERROR_RANGE);
    expect(refuses(trap(3, 3, 0x08, 0))).toBe(ERROR_RANGE);
    expect(refuses(trap(3, 3, KERNEL_CODE, VMM_BASE))).toBe(ERROR_RANGE);
    for (const flags of [0, 2, 4, 9, 0x81]) expect(refuses(trap(3, flags, KERNEL_CODE, 0))).toBe(ERROR_BITS);
  });
});
