import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteQueue } from "./byte-queue.js";

/** A piece of a larger buffer, as frames have them. */
const piece = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), fc.nat(255));
const step = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), piece }),
  fc.record({ kind: fc.constant("drop" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant("shift" as const) }),
  fc.record({
    kind: fc.constant("copy" as const),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

test("holds what was appended and not taken, in order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ByteQueue();
      let model: number[] = [];
      for (const action of steps) {
        if (action.kind === "append") {
          const [length, slack, seed] = action.piece;
          const bytes = new Uint8Array(length + slack)
            .subarray(slack)
            .fill(seed)
            .map((byte, index) => byte + index);
          queue.append(bytes);
          model.push(...bytes);
        } else if (action.kind === "drop") {
          const count = Math.floor(model.length * action.share);
          queue.drop(count);
          model = model.slice(count);
        } else if (action.kind === "shift") {
          const taken = queue.shift() ?? new Uint8Array(0);
          expect(Array.from(taken)).toEqual(model.slice(0, taken.length));
          expect(taken.length > 0).toBe(model.length > 0);
          model = model.slice(taken.length);
        } else {
          const offset = Math.floor(model.length * action.from);
          const count = Math.floor((model.length - offset) * action.share);
          const target = new Uint8Array(count + 3);
          queue.copy(target, 3, offset, count);
          expect(Array.from(target.subarray(3))).toEqual(model.slice(offset, offset + count));
        }
        expect(queue.length).toBe(model.length);
      }
    }),
    { numRuns: 100 },
  );
});

test("many bytes that come one by one are gathered", () => {
  const queue = new ByteQueue();
  for (let i = 0; i < 40_000; i++) queue.append(Uint8Array.of(i));
  expect(queue.shift()!.length).toBe(16_384);
});

test("what was taken stays as it was when more is appended", () => {
  const queue = new ByteQueue();
  queue.append(Uint8Array.of(1, 2, 3));
  const taken = queue.shift()!;
  queue.append(Uint8Array.of(4, 5, 6));
  expect(Array.from(taken)).toEqual([1, 2, 3]);
  expect(Array.from(queue.shift()!)).toEqual([4, 5, 6]);
});
