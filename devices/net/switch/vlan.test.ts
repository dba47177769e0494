import { expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { BROADCAST, frameOf, plugIn } from "../../testing/station.js";
import { vlanTag, withoutTag, withTag } from "../ethernet.js";
import { NetSwitch } from "./switch.js";
import type { VlanMode } from "./vlan.js";

function makeSwitch(modes: readonly VlanMode[]) {
  const net = new NetSwitch(new ManualScheduler(), { id: 1 });
  return modes.map((vlan, i) => plugIn(net, i + 1, { vlan }));
}

/** What each has got: its tag (0: none), and the first payload byte. */
function received(ports: ReturnType<typeof makeSwitch>): (string | undefined)[] {
  return ports.map(({ station }) => {
    const texts = station.inbox.splice(0).map((frame) => {
      const tag = vlanTag(frame);
      return tag !== undefined ? `${tag}:${frame[18]}` : `0:${frame[14]}`;
    });
    return texts.join(" ");
  });
}

const ACCESS_2: VlanMode = { kind: "access", vlan: 2 };
const ACCESS_3: VlanMode = { kind: "access", vlan: 3 };
const TRUNK: VlanMode = { kind: "trunk", vlans: [2, 3], native: 1 };

test("access ports of one VLAN hear each other, those of others do not, and a trunk carries both with tags", () => {
  const ports = makeSwitch([ACCESS_2, ACCESS_2, ACCESS_3, TRUNK]);
  ports[0]!.station.send(BROADCAST, [7]);
  expect(received(ports)).toEqual(["", "0:7", "", "2:7"]);
  ports[2]!.station.send(BROADCAST, [8]);
  expect(received(ports)).toEqual(["", "", "", "3:8"]);
});

test("from a trunk a tag says where a frame goes; without one it is the native VLAN's; what the trunk does not carry is dropped", () => {
  const ports = makeSwitch([ACCESS_2, { kind: "access", vlan: 1 }, { kind: "access", vlan: 4 }, TRUNK, TRUNK]);
  const trunk = ports[3]!;
  const frame = frameOf(BROADCAST, trunk.station.mac, [5]);
  for (const sent of [withTag(frame, 2), frame, withTag(frame, 0), withTag(frame, 4), withTag(frame, 4095)]) trunk.station.wire.send(sent);
  expect(received(ports)).toEqual(["0:5", "0:5 0:5", "", "", "2:5 0:5 0:5"]);
  expect(trunk.port.counters.reasons.vlan).toBe(2);
});

test("a tag does not get a guest into another VLAN, however many it writes", () => {
  const ports = makeSwitch([{ kind: "access", vlan: 1 }, ACCESS_2, { kind: "trunk", native: 1 }]);
  const guest = ports[0]!;
  const frame = frameOf(BROADCAST, guest.station.mac, [5]);
  guest.station.wire.send(withTag(frame, 2));
  guest.station.wire.send(withTag(withTag(frame, 2), 1));
  expect(received(ports)).toEqual(["", "", ""]);
  expect(guest.port.counters.reasons.vlan).toBe(2);
});

test("a trunk keeps priorities, and does not let untagged frames in if it has no native VLAN", () => {
  const ports = makeSwitch([{ kind: "trunk" }, { kind: "trunk" }]);
  const frame = frameOf(BROADCAST, ports[0]!.station.mac);
  const urgent = withTag(frame, 2 | 0xe000);
  ports[0]!.station.wire.send(urgent);
  ports[0]!.station.wire.send(frame);
  expect(ports[1]!.station.inbox).toEqual([urgent]);
});

test("where nobody knows of VLANs, tags are part of what is carried", () => {
  const tunnel: VlanMode = { kind: "dot1q-tunnel", vlan: 9 };
  const ports = makeSwitch([tunnel, tunnel, { kind: "trunk" }]);
  const frame = withTag(frameOf(BROADCAST, ports[0]!.station.mac), 2);
  ports[0]!.station.wire.send(frame);
  expect(ports[1]!.station.inbox).toEqual([frame]);
  expect(ports[2]!.station.inbox).toEqual([withTag(frame, 9)]);
});

test("each VLAN learns for itself", () => {
  const ports = makeSwitch([ACCESS_2, ACCESS_3, ACCESS_2, ACCESS_3]);
  const mac = "52:54:00:00:00:aa";
  ports[0]!.station.wire.send(frameOf(BROADCAST, mac));
  ports[1]!.station.wire.send(frameOf(BROADCAST, mac));
  received(ports);
  ports[2]!.station.send(mac, [1]);
  ports[3]!.station.send(mac, [2]);
  expect(received(ports)).toEqual(["0:1", "0:2", "", ""]);
});

test("a tag put on and taken off leaves the frame as it was; one that is cut in its tag is not let in", () => {
  const frame = frameOf(BROADCAST, "52:54:00:00:00:01", [1, 2, 3]);
  expect(withoutTag(withTag(frame, 5))).toEqual(frame);
  const ports = makeSwitch([{ kind: "trunk" }, { kind: "trunk" }]);
  for (let length = 14; length < 18; length++) ports[0]!.station.wire.send(withTag(frame, 5).slice(0, length));
  expect(ports[0]!.port.counters.reasons.vlan).toBe(4);
});
