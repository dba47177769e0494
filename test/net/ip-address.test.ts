import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIpv4, ipv4Number, parseIpv4, parseIpv6 } from "../../devices/net/ip-address.js";

test("IPv4 addresses are bytes, and text again", () => {
  expect(parseIpv4("192.168.122.1")).toEqual(Uint8Array.of(192, 168, 122, 1));
  expect(formatIpv4(Uint8Array.of(9, 192, 168, 122, 1), 1)).toBe("192.168.122.1");
  expect(ipv4Number("255.0.0.1")).toBe(0xff000001);
});

test.each([
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["fe80::5054:ff:fe00:1", "fe80000000000000505400fffe000001"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
  ["::ffff:10.0.0.1", "00000000000000000000ffff0a000001"],
])("%s is %s", (text, hex) => {
  expect(parseIpv6(text)).toEqual(Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)));
});

test("what is an address is what Node takes for one", () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(fc.constantFrom("::", ":", "1", "abcd", "256", ".", "10.0.0.1", "fe80")).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (address) => {
      expect(parseIpv4(address) !== undefined).toBe(isIPv4(address));
      expect(parseIpv6(address) !== undefined).toBe(isIPv6(address));
    }),
  );
});
