import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { BROADCAST, frameOf, plugIn, type Station } from "../../testing/station.js";
import { createCable, type Frame } from "../wire.js";
import type { PortOptions } from "./port-options.js";
import { NetSwitch, type SwitchOptions } from "./switch.js";

const SECOND = 1e9;

function makeSwitch(options: SwitchOptions = {}, ports: readonly Partial<PortOptions>[] = [{}, {}, {}]) {
  const clock = new ManualScheduler();
  const net = new NetSwitch(clock, { id: 1, ...options });
  const plugged = ports.map((port, i) => plugIn(net, i + 1, port));
  return { clock, net, plugged, stations: plugged.map(({ station }) => station), ports: plugged.map(({ port }) => port) };
}

test("a frame for an unknown address goes to all other ports, one for a known address to its port alone", () => {
  const { stations } = makeSwitch();
  const [a, b, c] = stations as [Station, Station, Station];
  a.send(b.mac, [1]);
  expect([a.take(), b.take(), c.take()]).toEqual([[], [1], [1]]);
  b.send(a.mac, [2]);
  expect([a.take(), b.take(), c.take()]).toEqual([[2], [], []]);
  a.send(BROADCAST, [3]);
  expect([a.take(), b.take(), c.take()]).toEqual([[], [3], [3]]);
});

test("an address that is silent for the ageing time is forgotten, and one that speaks is not", () => {
  const { clock, stations, net } = makeSwitch({ ageing: 300 * SECOND });
  const [a, b, c] = stations as [Station, Station, Station];
  b.send(BROADCAST);
  clock.advance(200 * SECOND);
  b.send(BROADCAST);
  clock.advance(200 * SECOND);
  c.take();
  a.send(b.mac, [1]);
  expect(c.take()).toEqual([]);
  clock.advance(100 * SECOND);
  expect(net.table.entries().map(({ port }) => port.name)).toEqual(["port0"]);
  a.send(b.mac, [2]);
  expect(c.take()).toEqual([2]);
});

test("an address that is heard elsewhere has moved; from a sticky port it does not", () => {
  for (const sticky of [false, true]) {
    const { net, stations, ports } = makeSwitch({}, [{ sticky }, {}, {}]);
    const [a, b, c] = stations as [Station, Station, Station];
    const moves: string[] = [];
    net.onMove((mac, from, to) => moves.push(`${mac.toString(16)} ${from.name} ${to.name}`));
    a.send(BROADCAST);
    b.wire.send(frameOf(BROADCAST, a.mac));
    c.send(a.mac, [9]);
    expect(a.take().includes(9)).toBe(sticky);
    expect(b.take().includes(9)).toBe(!sticky);
    expect(ports[1]!.counters.reasons.security).toBe(sticky ? 1 : 0);
    expect(moves).toEqual(["525400000001 port0 port1"]);
  }
});

test("who floods the table with addresses forgets its own, not others'", () => {
  const { net, stations } = makeSwitch({ capacity: 100 });
  const [a, b, c] = stations as [Station, Station, Station];
  b.send(BROADCAST);
  for (let i = 0; i < 1000; i++)
    a.wire.send(frameOf(BROADCAST, `02:00:00:00:${(i >> 8).toString(16).padStart(2, "0")}:${(i & 255).toString(16).padStart(2, "0")}`));
  expect(net.table.size).toBe(100);
  a.take();
  b.take();
  c.send(b.mac, [1]);
  expect([a.take(), b.take()]).toEqual([[], [1]]);
});

test("what is too short, too long, or comes from a group's address is an error, and link-local protocols end here", () => {
  const { stations, ports } = makeSwitch();
  const [a, b] = stations as [Station, Station, Station];
  for (const frame of [
    new Uint8Array(13),
    new Uint8Array(65_550),
    frameOf(b.mac, "03:00:00:00:00:01"),
    frameOf(b.mac, "00:00:00:00:00:00"),
  ])
    a.wire.send(frame);
  expect(ports[0]!.counters.rx).toEqual({ frames: 0, bytes: 0, drops: 0, errors: 4 });
  a.send("01:80:c2:00:00:0e");
  expect(ports[0]!.counters.reasons.filtered).toBe(1);
  expect(b.inbox).toEqual([]);
});

test("counters tell frames and bytes of both directions", () => {
  const { stations, ports } = makeSwitch();
  stations[0]!.send(BROADCAST);
  expect(ports.map(({ counters }) => [counters.rx.frames, counters.rx.bytes, counters.tx.frames, counters.tx.bytes])).toEqual([
    [1, 60, 0, 0],
    [0, 0, 1, 60],
    [0, 0, 1, 60],
  ]);
});

test("a port that was pulled out hears nothing, says nothing, and what was learned there is unknown", () => {
  const { net, stations, ports } = makeSwitch();
  const [a, b, c] = stations as [Station, Station, Station];
  b.send(BROADCAST);
  for (const station of stations) station.take();
  net.removePort(ports[1]!);
  a.send(b.mac, [1]);
  expect([b.take(), c.take()]).toEqual([[], [1]]);
  b.send(BROADCAST);
  expect(c.take()).toEqual([]);
  const again = plugIn(net, 2, { name: "port1" });
  a.send(BROADCAST, [2]);
  expect(again.station.take()).toEqual([2]);
  expect(() => plugIn(net, 3, { name: "port1" })).toThrow("has a port port1 already");
});

test("where the link goes down, its addresses are forgotten and frames are lost", () => {
  const { net, plugged, ports } = makeSwitch();
  plugged[1]!.station.send(BROADCAST);
  plugged[1]!.setLink(false);
  expect(net.table.size).toBe(0);
  plugged[0]!.station.send(plugged[1]!.station.mac, [1]);
  expect(plugged[1]!.station.take()).toEqual([]);
  expect(ports[1]!.counters.reasons.down).toBe(1);
});

test("isolated ports hear only those that are not", () => {
  const { stations } = makeSwitch({}, [{ isolated: true }, { isolated: true }, {}]);
  const [a, b, c] = stations as [Station, Station, Station];
  a.send(BROADCAST, [1]);
  b.send(a.mac, [2]);
  c.send(a.mac, [3]);
  expect([a.take(), b.take(), c.take()]).toEqual([[3], [], [1]]);
});

test("a mirror gets what passes its ports, in the directions asked for, and sends nothing", () => {
  const mirror = { mirrorOf: { ports: ["a"], direction: "rx" as const } };
  const both = { mirrorOf: { ports: "all" as const, direction: "both" as const } };
  const { stations, ports } = makeSwitch({}, [{ name: "a" }, { name: "b" }, mirror, both]);
  const [a, b, c, d] = stations as [Station, Station, Station, Station];
  a.send(b.mac, [1]);
  b.send(a.mac, [2]);
  expect([c.take(), d.take()]).toEqual([[1], [1, 1, 2, 2]]);
  c.send(a.mac, [3]);
  expect(a.take()).toEqual([2]);
  expect(ports[2]!.counters.reasons.mirror).toBe(1);
});

test("what a port may send is limited, and comes back with time", () => {
  const rate = { ingress: { bitsPerSecond: 8 * 60 * 1000, burstBytes: 1 } };
  const { clock, stations, ports } = makeSwitch({}, [rate, {}]);
  const burst = Math.floor(65_549 / 60);
  for (let i = 0; i < burst + 5; i++) stations[0]!.send(BROADCAST);
  expect(ports[0]!.counters.reasons.rate).toBe(5);
  clock.advance(SECOND / 100);
  for (let i = 0; i < 20; i++) stations[0]!.send(BROADCAST);
  expect(stations[1]!.inbox.length).toBe(burst + 10);
});

test("what leaves through a port with a rate waits its time, in order, in a bounded queue", () => {
  const { clock, stations, ports } = makeSwitch({}, [{}, { egress: { bitsPerSecond: 8_000_000 }, queueBytes: 10_000 }]);
  const frame = (n: number) => frameOf(BROADCAST, stations[0]!.mac, new Uint8Array(986).fill(n));
  for (let n = 0; n < 200; n++) stations[0]!.wire.send(frame(n));
  // A tenth of a second's worth at once, ten in the queue.
  expect(stations[1]!.inbox.length).toBe(100);
  expect(ports[1]!.counters.reasons.queue).toBe(90);
  clock.advance(5_000_000);
  expect(stations[1]!.inbox.length).toBe(105);
  clock.advance(SECOND);
  expect(stations[1]!.take()).toEqual(Array.from({ length: 110 }, (_, n) => n));
});

test("more broadcasts than the storm limit allows are dropped, frames for one port are not", () => {
  const { clock, stations, ports } = makeSwitch({}, [{ storm: { framesPerSecond: 100, burst: 10 } }, {}]);
  const [a, b] = stations as [Station, Station];
  b.send(BROADCAST);
  for (let i = 0; i < 50; i++) a.send(BROADCAST);
  for (let i = 0; i < 50; i++) a.send(b.mac);
  expect(b.inbox.length).toBe(60);
  expect(ports[0]!.counters.reasons.storm).toBe(40);
  clock.advance(SECOND / 20);
  for (let i = 0; i < 50; i++) a.send(BROADCAST);
  expect(b.inbox.length).toBe(65);
});

test("a wire that answers within send() is dealt with after the frame at hand, and not without end", () => {
  const { clock, net, stations } = makeSwitch();
  const unlimited = { storm: { framesPerSecond: Number.POSITIVE_INFINITY, burst: 0 } };
  const order: number[] = [];
  const echo = createCable();
  net.addPort(echo.ends[0], unlimited);
  let replies = 0;
  echo.ends[1].onFrame((frame) => {
    order.push(frame[14]!);
    replies++;
    echo.ends[1].send(frameOf(BROADCAST, "52:54:00:00:00:77", [100]));
  });
  const second = createCable();
  net.addPort(second.ends[0], unlimited);
  second.ends[1].onFrame((frame) => {
    if (frame[14] !== 1) second.ends[1].send(frameOf(BROADCAST, "52:54:00:00:00:78", [1]));
  });
  stations[0]!.send(BROADCAST, [5]);
  expect(order[0]).toBe(5);
  expect(replies).toBeLessThan(10_000);
  const before = replies;
  clock.advance(1_000_000);
  expect(replies).toBeGreaterThan(before);
  expect(replies).toBeLessThan(100_000);
});

test("impossible ports are refused with a sentence", () => {
  const { net } = makeSwitch();
  expect(() => plugIn(net, 9, { vlan: { kind: "access", vlan: 4095 } })).toThrow("VLAN 4095 is none");
  expect(() => plugIn(net, 9, { egress: { bitsPerSecond: 0 } })).toThrow("a rate of 0");
  expect(() => plugIn(net, 9, { security: { ips: ["10.0.0"] } })).toThrow('the address "10.0.0" is not understood');
});

test("whatever comes in, nothing throws, and what no port may see is seen by none", () => {
  const { stations } = makeSwitch({ capacity: 8 }, [
    { vlan: { kind: "trunk", vlans: [2, 3] } },
    { vlan: { kind: "access", vlan: 2 }, security: { macs: ["52:54:00:00:00:02"], ips: ["10.0.0.1", "fe80::1"] } },
    { vlan: { kind: "access", vlan: 4 } },
  ]);
  const frame = fc.tuple(
    fc.constantFrom([0x52, 0x54, 0, 0, 0, 2], [255, 255, 255, 255, 255, 255], [0x52, 0x54, 0, 0, 0, 9]),
    fc.constantFrom([0x52, 0x54, 0, 0, 0, 2], [0x52, 0x54, 0, 0, 0, 1]),
    fc.constantFrom([0x81, 0, 0, 2], [0x81, 0, 0, 0, 8, 6], [8, 0, 0x45], [8, 6], [0x86, 0xdd, 0x60], [0x88, 0xb5, 0x52, 0x50]),
    fc.array(fc.nat(255), { maxLength: 80 }),
  );
  const sends = fc.tuple(
    fc.nat(2),
    fc.oneof(
      fc.array(fc.nat(255), { maxLength: 30 }),
      frame.map((parts) => parts.flat()),
    ),
  );
  fc.assert(
    fc.property(fc.array(sends, { maxLength: 30 }), (steps) => {
      for (const [i, bytes] of steps) stations[i]!.wire.send(Uint8Array.from(bytes) satisfies Frame);
      expect(stations[2]!.inbox).toEqual([]);
    }),
  );
});
