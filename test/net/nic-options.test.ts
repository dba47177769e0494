import { describe, expect, test } from "vitest";
import { parseNics } from "../../cli/net/nic-options.js";
import { UserError } from "../../cli/user-error.js";

const LOCAL = 0x7f000001;
const only = (nic: string) => parseNics([nic], undefined).nics[0]!;

describe("--nic", () => {
  test("knows virtio's card by both of QEMU's names, with its pairs of queues and its MTU", () => {
    expect(only("model=virtio")).toEqual({ model: "virtio-net-pci", mac: undefined, net: undefined });
    expect(only("model=virtio-net-pci,queues=4,host_mtu=9000")).toMatchObject({ pairs: 4, mtu: 9000 });
  });

  test("user has libvirt's network, and QEMU's words change it", () => {
    expect(only("user").net).toEqual({
      kind: "gateway",
      mode: "nat",
      plan: { network: "192.168.122.0/24", address: "192.168.122.1", dhcp: { first: "192.168.122.2", last: "192.168.122.254" } },
      forwards: [],
    });
    expect(only("user,net=10.0.2.0/24,host=10.0.2.2,dhcpstart=10.0.2.15,restrict=on,domainname=lan,hostaccess=on").net).toEqual({
      kind: "gateway",
      mode: "isolated",
      plan: { network: "10.0.2.0/24", address: "10.0.2.2", dhcp: { first: "10.0.2.15" }, domain: "lan", host: true },
      forwards: [],
    });
  });

  test("has forwards as often as they are said, of the loopback interface if no address is given", () => {
    const { net } = only("user,hostfwd=tcp::8080-:80,hostfwd=udp:0.0.0.0:53-192.168.122.9:5353");
    expect(net).toMatchObject({
      forwards: [
        { protocol: "tcp", host: { address: LOCAL, port: 8080 }, guest: { port: 80 } },
        { protocol: "udp", host: { address: 0, port: 53 }, guest: { address: 0xc0a87a09, port: 5353 } },
      ],
    });
  });

  test.each([
    ["switch=unix:/tmp/a,,b", { kind: "link", connect: { kind: "socket", socket: { path: "/tmp/a,b" } } }],
    ["switch=ws://localhost:8000/", { kind: "link", connect: { kind: "web", url: "ws://localhost:8000/" } }],
    ["socket,connect=10.0.0.1:1234", { kind: "link", connect: { kind: "socket", socket: { host: "10.0.0.1", port: 1234 } } }],
    ["socket,listen=:1234", { kind: "listen", listen: { kind: "socket", socket: { host: "127.0.0.1", port: 1234 } } }],
    ["stream,server=on,addr.type=unix,addr.path=/tmp/s", { kind: "listen", listen: { kind: "socket", socket: { path: "/tmp/s" } } }],
    ["stream,addr.type=inet,addr.host=::1,addr.port=5", { kind: "link", connect: { kind: "socket", socket: { host: "::1", port: 5 } } }],
    ["none", { kind: "none" }],
    ["model=e1000,mac=52:54:00:12:34:99", undefined],
  ])("%s", (text, net) => {
    expect(only(text).net).toEqual(net);
  });

  test.each([
    ["user,colour=red", '"colour" is not known here'],
    ["user,red", '"red" is not understood'],
    ["user,mac=52:54:00:00:00:01,mac=52:54:00:00:00:02", "mac is said 2 times"],
    ["model=virtio,host_mtu=67", 'host_mtu is a number from 68 to 65535, not "67"'],
    ["model=virtio,queues=two", 'queues is a number from 1 to 16, not "two"'],
    ["model=e1000,queues=2", '"queues" is not known here'],
    ["model=constructor", 'there is no model "constructor"'],
    ["model=tulip", 'there is no model "tulip"'],
    ["user,mac=01:00:00:00:00:00", "not one that a card can have"],
    ["user,hostfwd=tcp:80", 'the forward "tcp:80" is not understood'],
    ["user,hostfwd=tcp::80-:0", "is not understood"],
    ["user,hostfwd=tcp::70000-:80", "is not understood"],
    ["user,net=1.2.3.4", '"1.2.3.4" is not a network'],
    ["user,host=10.0.0.1", "is no host's address in 192.168.122.0/24"],
    ["user,restrict=maybe", "restrict is on or off"],
    ["socket", "a socket has one of"],
    ["stream,addr.type=inet", "a stream has addr.type=inet,addr.host="],
    ["switch=ws://", "is not understood"],
    ["switch=a:b:c", "is not understood"],
    ["wire", 'there is no network "wire"'],
  ])("%s is refused with a sentence", (text, sentence) => {
    expect(() => only(text)).toThrow(UserError);
    expect(() => only(text)).toThrow(sentence);
  });
});

test("--net alone brings a card, none brings none, and cards without words share it", () => {
  expect(parseNics([], "user").nics).toEqual([{ model: "e1000", mac: undefined, net: undefined }]);
  expect(parseNics([], "none").nics).toEqual([]);
  const { nics, net } = parseNics(["model=e1000", "mac=52:54:00:00:00:01"], "isolated");
  expect([nics.length, nics.every((nic) => nic.net === undefined), net.kind]).toEqual([2, true, "gateway"]);
});
