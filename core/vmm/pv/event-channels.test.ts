import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ERROR_RANGE,
  ERROR_STATE,
  PORTS,
  SHARED_ENABLED,
  SHARED_END,
  SHARED_PENDING,
  SHARED_PORTS_MASKED,
  SHARED_PORTS_PENDING,
  SHARED_SELECTOR,
  SOURCE_CONSOLE,
  SOURCE_SELF,
  SOURCE_TIMER,
} from "./abi.js";
import { EventChannels } from "./event-channels.js";

function setUp() {
  const shared = new DataView(new ArrayBuffer(4096));
  const channels = new EventChannels(shared);
  const pending = () => shared.getUint32(SHARED_PORTS_PENDING, true);
  const enable = () => shared.setUint8(SHARED_ENABLED, 1);
  return { shared, channels, pending, enable };
}

describe("event channels", () => {
  test("a source has one port, the lowest that is free", () => {
    const { channels } = setUp();
    expect(channels.bind(SOURCE_CONSOLE)).toBe(0);
    expect(channels.bind(SOURCE_TIMER)).toBe(1);
    expect(channels.bind(SOURCE_CONSOLE)).toBe(0);
    expect(channels.close(0)).toBeUndefined();
    expect(channels.bind(SOURCE_SELF)).toBe(0);
    expect(channels.bind(99)).toBe(ERROR_RANGE);
    expect(channels.bind(0.5)).toBe(ERROR_RANGE);
  });

  test("an event is delivered when events are enabled, and one without a port is nothing", () => {
    const { shared, channels, pending, enable } = setUp();
    channels.raise(SOURCE_TIMER);
    expect(pending()).toBe(0);
    channels.bind(SOURCE_TIMER);
    channels.raise(SOURCE_TIMER);
    expect([pending(), shared.getUint32(SHARED_SELECTOR, true), shared.getUint8(SHARED_PENDING)]).toEqual([1, 1, 1]);
    expect(channels.deliverable).toBe(false);
    enable();
    expect(channels.deliverable).toBe(true);
  });

  test("a masked port waits until it is unmasked by the hypercall", () => {
    const { shared, channels, pending, enable } = setUp();
    enable();
    channels.bind(SOURCE_TIMER);
    shared.setUint32(SHARED_PORTS_MASKED, 1, true);
    channels.raise(SOURCE_TIMER);
    expect([pending(), channels.deliverable]).toEqual([1, false]);
    expect(channels.unmask(0)).toBeUndefined();
    expect([shared.getUint32(SHARED_PORTS_MASKED, true), channels.deliverable]).toEqual([0, true]);
    expect(channels.unmask(1)).toBe(ERROR_RANGE);
  });

  test("a guest sends only to itself", () => {
    const { channels, pending } = setUp();
    channels.bind(SOURCE_TIMER);
    channels.bind(SOURCE_SELF);
    expect(channels.send(0)).toBe(ERROR_STATE);
    expect(channels.send(1)).toBeUndefined();
    expect(channels.send(PORTS)).toBe(ERROR_RANGE);
    expect(pending()).toBe(2);
  });

  test("what was pending on a port that is closed is forgotten", () => {
    const { channels, pending } = setUp();
    channels.bind(SOURCE_TIMER);
    channels.raise(SOURCE_TIMER);
    channels.close(0);
    expect(pending()).toBe(0);
    expect(channels.close(0)).toBe(ERROR_RANGE);
  });

  test("are kept by a snapshot; one that no guest can have is refused", () => {
    const { channels } = setUp();
    channels.bind(SOURCE_CONSOLE);
    channels.bind(SOURCE_TIMER);
    const { channels: copy } = setUp();
    expect(copy.load(channels.save())).toBe(true);
    expect(copy.save()).toEqual(channels.save());
    for (const bad of [
      [[9, 0]],
      [[0, PORTS]],
      [
        [0, 1],
        [1, 1],
      ],
      [
        [0, 1],
        [0, 2],
      ],
      [[0, -1]],
    ] as [number, number][][])
      expect(copy.load(bad)).toBe(false);
    expect(copy.save()).toEqual(channels.save());
  });

  test("nothing but the fields of the page is written, whatever the guest does to it, and no event is lost", () => {
    const number = fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(255, 256, 0xffffffff));
    const step = fc.oneof(
      fc.tuple(fc.constantFrom("bind" as const, "close" as const, "raise" as const, "send" as const, "unmask" as const), number),
      fc.tuple(fc.constant("scribble" as const), fc.nat({ max: SHARED_END - 1 })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { shared, channels, enable } = setUp();
        for (const [kind, n] of steps) {
          if (kind === "scribble") shared.setUint8(n, 0xa5);
          else channels[kind](n);
        }
        for (let at = SHARED_END; at < 4096; at++) expect(shared.getUint8(at)).toBe(0);
        const port = channels.bind(SOURCE_TIMER);
        channels.raise(SOURCE_TIMER);
        channels.unmask(port);
        enable();
        expect(channels.deliverable).toBe(true);
        expect((shared.getUint8(SHARED_PORTS_PENDING + (port >> 3)) >> (port & 7)) & 1).toBe(1);
        expect((shared.getUint32(SHARED_SELECTOR, true) >>> (port >> 5)) & 1).toBe(1);
      }),
    );
  });
});
