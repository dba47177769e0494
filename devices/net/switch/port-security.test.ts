import { describe, expect, test } from "vitest";
import { BROADCAST, frameOf } from "../../testing/station.js";
import { parseIpAddress } from "../ip-address.js";
import { parseMac } from "../wire.js";
import { sourceCheck } from "./port-security.js";

const MINE = "52:54:00:00:00:01";
const OTHER = "52:54:00:00:00:02";
const check = sourceCheck({ macs: [MINE], ips: ["192.168.122.5", "fd00::5", "fe80::5"] });

function arp(from: string, hardware: string, address: string, type = 0x0806) {
  const payload = [
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    2,
    ...parseMac(hardware)!,
    ...parseIpAddress(address)!,
    ...parseMac(BROADCAST)!,
    ...parseIpAddress(address)!,
  ];
  return frameOf(BROADCAST, from, payload, type);
}

function ipv4(source: string, protocol = 6, ports: readonly number[] = [1, 2, 3, 4]) {
  return frameOf(
    BROADCAST,
    MINE,
    [0x45, 0, 0, 28, 0, 0, 0, 0, 64, protocol, 0, 0, ...parseIpAddress(source)!, 10, 0, 0, 1, ...ports],
    0x0800,
  );
}

function ipv6(source: string, next: number, rest: readonly number[] = []) {
  return frameOf(
    BROADCAST,
    MINE,
    [0x60, 0, 0, 0, 0, 60, next, 255, ...parseIpAddress(source)!, ...parseIpAddress("ff02::1")!, ...rest],
    0x86dd,
  );
}

const neighbor = (type: number, target: string) => [type, 0, 0, 0, 0, 0, 0, 0, ...parseIpAddress(target)!];

describe("a port that has its addresses", () => {
  test.each([
    ["its own IPv4 address", ipv4("192.168.122.5"), true],
    ["another's", ipv4("192.168.122.1"), false],
    ["another's hardware address", frameOf(BROADCAST, OTHER, ipv4("192.168.122.5").subarray(14), 0x0800), false],
    ["a DHCP request without an address", ipv4("0.0.0.0", 17, [0, 68, 0, 67]), true],
    ["anything else without an address", ipv4("0.0.0.0", 17, [0, 68, 0, 53]), false],
    ["its ARP", arp(MINE, MINE, "192.168.122.5"), true],
    ["an ARP probe", arp(MINE, MINE, "0.0.0.0"), true],
    ["ARP for the gateway's address", arp(MINE, MINE, "192.168.122.1"), false],
    ["ARP with another's hardware address inside", arp(MINE, OTHER, "192.168.122.5"), false],
    ["the announcement of a guest that has moved", arp(MINE, MINE, "0.0.0.0", 0x8035), true],
    ["its own IPv6 address", ipv6("fd00::5", 6), true],
    ["another's IPv6 address", ipv6("fd00::6", 6), false],
    ["a search for duplicates", ipv6("::", 58, neighbor(135, "fe80::5")), true],
    ["a neighbour advertisement for itself", ipv6("fe80::5", 58, neighbor(136, "fd00::5")), true],
    ["one for another", ipv6("fe80::5", 58, neighbor(136, "fd00::1")), false],
    ["one behind an extension header", ipv6("fe80::5", 60, [58, 0, 1, 4, 0, 0, 0, 0, ...neighbor(136, "fd00::1")]), false],
    ["a router advertisement", ipv6("fe80::5", 58, neighbor(134, "::")), false],
    ["a redirect", ipv6("fe80::5", 58, neighbor(137, "fd00::1")), false],
    ["another protocol", frameOf(BROADCAST, MINE, [], 0x88cc), false],
    ["IPv4 behind a tag", frameOf(BROADCAST, MINE, [0, 5, 8, 0, ...ipv4("192.168.122.1").subarray(14)], 0x8100), false],
    ["an IPv4 header that is cut", ipv4("192.168.122.5").slice(0, 33), false],
    ["an IPv6 header that is cut", ipv6("fd00::5", 6).slice(0, 53), false],
    ["ARP that is cut", arp(MINE, MINE, "192.168.122.5").slice(0, 41), false],
  ])("%s: %#", (_name, frame, passes) => {
    expect(check(frame)).toBe(passes);
  });
});

test("with hardware addresses alone, all protocols pass, and ARP says the truth about them", () => {
  const macs = sourceCheck({ macs: [MINE] });
  expect(macs(frameOf(BROADCAST, MINE, [], 0x88cc))).toBe(true);
  expect(macs(ipv4("1.2.3.4"))).toBe(true);
  expect(macs(arp(MINE, MINE, "1.2.3.4"))).toBe(true);
  expect(macs(arp(MINE, OTHER, "1.2.3.4"))).toBe(false);
});
