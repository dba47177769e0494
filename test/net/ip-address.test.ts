import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIpAddress } from "../../devices/net/ip-address.js";

test.each([
  ["192.168.122.1", "c0a87a01"],
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["fe80::5054:ff:fe00:1", "fe80000000000000505400fffe000001"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
  ["::ffff:10.0.0.1", "00000000000000000000ffff0a000001"],
])("%s is %s", (text, hex) => {
  expect(parseIpAddress(text)).toEqual(Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)));
});

test.each(["10.0.0.1::", "::10.0.0.1:1", "1:2:3:4:5:6:7:10.0.0.1", ":::", "1::2::3", "fe80::1%eth0"])("%s is none", (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
});

test("what is an address is what Node takes for one", () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(fc.constantFrom("::", ":", "1", "abcd", "256", ".", "10.0.0.1", "fe80")).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (address) => {
      expect(parseIpAddress(address)?.length ?? 0).toBe({ 0: 0, 4: 4, 6: 16 }[isIP(address)]);
    }),
  );
});
