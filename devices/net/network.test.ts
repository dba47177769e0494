import { expect, test } from "vitest";
import { ManualScheduler } from "../testing/manual-scheduler.js";
import { BROADCAST, frameOf, Station } from "../testing/station.js";
import { derivedMac, randomMac } from "./mac-address.js";
import { DEFAULT_NETWORK, type GatewayRequest, Network, type NetworkDefinition } from "./network.js";
import { createCable } from "./wire.js";

const GATEWAY = "52:54:00:00:00:fe";

class FakeGateway extends Station {
  closed = false;
  constructor(readonly request: GatewayRequest) {
    super(GATEWAY, request.wire);
  }
  close(): void {
    this.closed = true;
  }
}

function makeNetwork(definition: NetworkDefinition = DEFAULT_NETWORK) {
  const network = new Network(definition, { scheduler: new ManualScheduler(), createGateway: (request) => new FakeGateway(request) });
  const guest = (mac: string) => {
    const cable = createCable();
    const port = network.addGuest(cable.ends[0], { mac });
    return { station: new Station(mac, cable.ends[1]), port };
  };
  return { network, gateway: network.gateway, guest };
}

test("the default network is libvirt's: NAT, 192.168.122.0/24, and its gateway gives .2 to .254 away", () => {
  const { gateway } = makeNetwork();
  expect(gateway?.request).toMatchObject({
    mode: "nat",
    network: "192.168.122.0/24",
    address: "192.168.122.1",
    dhcp: { first: "192.168.122.2", last: "192.168.122.254" },
  });
});

test("guests reach each other and the gateway", () => {
  const { gateway, guest } = makeNetwork();
  const [a, b] = [guest("52:54:00:00:00:01"), guest("52:54:00:00:00:02")];
  a.station.send(BROADCAST, [1]);
  gateway?.send(a.station.mac, [2]);
  expect([a.station.take(), b.station.take(), gateway?.take()]).toEqual([[2], [1], [1]]);
});

test("a guest speaks with its own address alone: not another's, and not the gateway's", () => {
  const { gateway, guest } = makeNetwork();
  const [a, b, c] = [guest("52:54:00:00:00:01"), guest("52:54:00:00:00:02"), guest("52:54:00:00:00:03")];
  gateway?.send(BROADCAST, [0]);
  b.station.send(BROADCAST, [0]);
  for (const { station } of [a, b, c]) station.take();
  for (const mac of [b.station.mac, GATEWAY]) a.station.wire.send(frameOf(BROADCAST, mac, [9]));
  c.station.send(b.station.mac, [1]);
  c.station.send(GATEWAY, [2]);
  expect([a.station.take(), b.station.take(), gateway?.take()]).toEqual([[], [1], [0, 2]]);
  expect(a.port.counters.reasons.security).toBe(2);
});

test("a bridged network has a link to another switch in place of a gateway", () => {
  const uplink = createCable();
  const far = new Station("52:54:00:00:00:09", uplink.ends[1]);
  const network = new Network({ name: "lan", forward: "bridge" }, { scheduler: new ManualScheduler(), uplink: uplink.ends[0] });
  const cable = createCable();
  network.addGuest(cable.ends[0], { mac: "52:54:00:00:00:01" });
  const guest = new Station("52:54:00:00:00:01", cable.ends[1]);
  guest.send(far.mac, [1]);
  far.send(guest.mac, [2]);
  expect([far.take(), guest.take(), network.gateway]).toEqual([[1], [2], undefined]);
});

test("a network that is closed carries nothing, and its gateway is told", () => {
  const { network, gateway, guest } = makeNetwork();
  const [a, b] = [guest("52:54:00:00:00:01"), guest("52:54:00:00:00:02")];
  network.close();
  a.station.send(BROADCAST, [1]);
  expect([b.station.take(), gateway?.closed]).toEqual([[], true]);
});

test("what does not fit together is refused with a sentence", () => {
  const scheduler = new ManualScheduler();
  expect(() => new Network(DEFAULT_NETWORK, { scheduler })).toThrow("the network default needs a gateway");
  expect(() => new Network({ ...DEFAULT_NETWORK, forward: "bridge" }, { scheduler })).toThrow(
    "its addresses are given by who is at the other side",
  );
  const { network } = makeNetwork();
  expect(() => network.addGuest(createCable().ends[0], { mac: "52:54:00" })).toThrow('the MAC address "52:54:00" is not understood');
});

test("addresses for cards begin with 52:54:00, and a name's is always the same", () => {
  let n = 0;
  expect(randomMac(() => [0, 0.5, 0.999][n++]!)).toBe("52:54:00:00:80:ff");
  expect(derivedMac("web")).toBe(derivedMac("web"));
  const names = Array.from({ length: 100 }, (_, i) => derivedMac(`guest${i}`));
  expect(new Set(names).size).toBe(100);
  for (const mac of names) expect(mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
});
