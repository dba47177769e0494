// Bytes arrive intact both ways, whatever the wire does to the frames.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { createGateway } from "./gateway.js";
import { FakeOutside } from "./testing/fake-outside.js";
import { TestGuest } from "./testing/guest.js";
import { createLossyCable, type Quality } from "./testing/lossy-cable.js";
import { sameBytes } from "./testing/packets.js";

const SECOND = 1e9;
const MILLISECOND = 1e6;

/** Numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function block(length: number, seed: number): Uint8Array {
  const random = randomFrom(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

interface Case {
  readonly seed: number;
  readonly quality: Quality;
  readonly up: number;
  readonly down: number;
  /** How the host cuts what it sends, and how much it takes at a time. */
  readonly chunk: number;
  readonly hostIsFirst: boolean;
  readonly window: number;
}

function transfer({ seed, quality, up, down, chunk, hostIsFirst, window }: Case): void {
  const scheduler = new ManualScheduler();
  const random = randomFrom(seed);
  const [mine, theirs] = createLossyCable(scheduler, quality, random);
  const outside = new FakeOutside();
  const gateway = createGateway({
    wire: mine,
    scheduler,
    outside,
    dhcp: false,
    random: () => random() * 0x1_0000_0000,
    limits: { bufferPerConnection: 32 << 10 },
  });
  const guest = new TestGuest(theirs, scheduler, { window });
  guest.keepPackets = false;
  const [question, answer] = [block(up, seed), block(down, ~seed)];
  const tcp = guest.connect("203.0.113.9", 80);
  tcp.write(question);
  let said = 0;
  let hostEnded = false;
  let guestEnded = false;
  for (let step = 0; step < 3000; step++) {
    scheduler.advance(100 * MILLISECOND);
    outside.settle();
    const stream = outside.streams[0];
    if (!stream || tcp.state !== "open") continue;
    stream.drain(chunk);
    while (said < down && !stream.paused) {
      stream.events.data(answer.slice(said, said + chunk));
      said = Math.min(down, said + chunk);
    }
    if (said === down && !hostEnded && (hostIsFirst || stream.ended)) {
      hostEnded = true;
      stream.events.ended();
    }
    if (!guestEnded && (!hostIsFirst || tcp.ended)) {
      guestEnded = true;
      tcp.end();
    }
    if (tcp.ended && stream.ended && tcp.unacknowledged === 0) break;
  }
  const [stream] = outside.streams;
  expect(outside.streams.length).toBe(1);
  expect([tcp.ended, stream!.ended, stream!.destroyed, tcp.state]).toEqual([true, true, false, "open"]);
  expect(sameBytes(stream!.bytes, question)).toBe(true);
  expect(sameBytes(tcp.bytes, answer)).toBe(true);
  stream!.events.closed();
  scheduler.advance(300 * SECOND);
  expect(gateway.connections()).toEqual([]);
}

test("over wires that lose, repeat and reorder frames", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        quality: fc.record({
          delay: fc.integer({ min: 0, max: 20 * MILLISECOND }),
          lost: fc.double({ min: 0, max: 0.2, noNaN: true }),
          repeated: fc.double({ min: 0, max: 0.2, noNaN: true }),
          late: fc.double({ min: 0, max: 0.3, noNaN: true }),
        }),
        up: fc.integer({ min: 0, max: 100_000 }),
        down: fc.integer({ min: 0, max: 100_000 }),
        chunk: fc.integer({ min: 500, max: 20_000 }),
        hostIsFirst: fc.boolean(),
        window: fc.constantFrom(65_535, 20_000, 3000, 700),
      }),
      transfer,
    ),
    { numRuns: 40 },
  );
});

test("a single lost segment comes again without waiting for the timer", () => {
  const scheduler = new ManualScheduler();
  const [mine, theirs] = createLossyCable(scheduler, { delay: MILLISECOND, lost: 0, repeated: 0, late: 0 }, () => 1);
  const outside = new FakeOutside();
  let lose = -1;
  const wire = { ...mine, send: (frame: Uint8Array) => (frame.length > 1000 && lose-- === 0 ? undefined : mine.send(frame)) };
  createGateway({ wire, scheduler, outside, dhcp: false });
  const guest = new TestGuest(theirs, scheduler);
  const tcp = guest.connect("203.0.113.9", 80);
  scheduler.advance(5 * MILLISECOND);
  outside.settle();
  scheduler.advance(5 * MILLISECOND);
  lose = 2;
  const answer = block(14_600, 1);
  outside.streams[0]!.events.data(answer);
  // Go-back-N at the other side has thrown away what came behind the gap; but the first of it is there.
  scheduler.advance(20 * MILLISECOND);
  expect(tcp.receivedBytes).toBeGreaterThanOrEqual(3 * 1460);
  scheduler.advance(10 * SECOND);
  expect(sameBytes(tcp.bytes, answer)).toBe(true);
});
