import { expect, test } from "vitest";
import { PostPort } from "./post-port.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

test("the last POST code reads back, survives a snapshot and not a reset", () => {
  const port = new PostPort("post");
  port.ports.write(0, 0x55, 1);
  port.ports.write(0, 0xaa, 1);
  expect([port.ports.read(0, 1), port.code]).toEqual([0xaa, 0xaa]);
  const copy = new PostPort("post");
  transplant(port, copy);
  expect(copy.code).toBe(0xaa);
  copy.reset();
  expect(copy.code).toBe(0);
  expectDamageRefused(port);
});
