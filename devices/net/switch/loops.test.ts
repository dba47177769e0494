import { expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { BROADCAST, plugIn } from "../../testing/station.js";
import { createCable } from "../wire.js";
import { NetSwitch } from "./switch.js";

const SECOND = 1e9;

/** A ring of switches, or two cables between two, and a station at each. */
function makeRing(ids: readonly number[], cables: readonly (readonly [number, number])[]) {
  const clock = new ManualScheduler();
  const switches = ids.map((id) => new NetSwitch(clock, { id }));
  const stations = switches.map((net, i) => plugIn(net, i + 1).station);
  const links = cables.map(([from, to]) => {
    const cable = createCable();
    return [switches[from]!.addPort(cable.ends[0], { isLink: true }), switches[to]!.addPort(cable.ends[1], { isLink: true })] as const;
  });
  const blocked = () => links.filter((ports) => ports.some((port) => port.isBlocked)).length;
  return { clock, switches, stations, links, blocked };
}

test.each([
  {
    name: "two cables between two switches",
    ids: [1, 2],
    cables: [
      [0, 1],
      [0, 1],
    ],
  },
  {
    name: "the same, numbered the other way",
    ids: [2, 1],
    cables: [
      [0, 1],
      [0, 1],
    ],
  },
  {
    name: "a ring of three",
    ids: [3, 1, 2],
    cables: [
      [0, 1],
      [1, 2],
      [2, 0],
    ],
  },
  { name: "a cable from a switch to itself", ids: [1], cables: [[0, 0]] },
] as const)("$name: one link is blocked, and every frame comes once", ({ ids, cables }) => {
  const { clock, stations, blocked } = makeRing(ids, cables);
  for (let round = 0; round < 30; round++) {
    for (const [i, station] of stations.entries()) {
      station.send(BROADCAST, [round]);
      for (const [j, other] of stations.entries()) expect(other.take()).toEqual(j === i ? [] : [round]);
      expect(blocked()).toBe(1);
    }
    clock.advance(SECOND);
  }
});

test("where there is no loop, nothing is blocked, and guests see no probe", () => {
  const { clock, stations, blocked } = makeRing(
    [1, 2, 3],
    [
      [0, 1],
      [1, 2],
    ],
  );
  for (let round = 0; round < 30; round++) {
    for (const station of stations) station.send(BROADCAST, [round]);
    for (const station of stations) expect(station.take()).toEqual([round, round]);
    clock.advance(SECOND);
  }
  expect(blocked()).toBe(0);
});

test("a link is used again when the loop is gone", () => {
  const { clock, switches, stations, links, blocked } = makeRing(
    [1, 2],
    [
      [0, 1],
      [0, 1],
    ],
  );
  stations[0]!.send(BROADCAST, [1]);
  const free = links.find((ports) => !ports.some((port) => port.isBlocked))!;
  switches[0]!.removePort(free[0]);
  stations[1]!.take();
  stations[0]!.send(BROADCAST, [2]);
  expect(stations[1]!.take()).toEqual([]);
  clock.advance(11 * SECOND);
  stations[0]!.send(BROADCAST, [3]);
  expect(stations[1]!.take()).toEqual([3]);
  expect(blocked()).toBe(0);
});

test("a loop that no probe finds is held down by the storm limit, and the host goes on", () => {
  const clock = new ManualScheduler();
  const [a, b] = [new NetSwitch(clock, { id: 1 }), new NetSwitch(clock, { id: 2 })];
  const { station } = plugIn(a, 1);
  const ports = [0, 1].map(() => {
    const cable = createCable();
    b.addPort(cable.ends[1]);
    return a.addPort(cable.ends[0]);
  });
  station.send(BROADCAST);
  clock.advance(SECOND);
  expect(ports[0]!.counters.rx.frames).toBeGreaterThan(1000);
  expect(ports[0]!.counters.tx.frames).toBeLessThan(50_000);
});
