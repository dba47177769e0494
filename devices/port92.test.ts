import { beforeEach, expect, test } from "vitest";
import { Port92 } from "./port92.js";
import { LineRecorder } from "./testing/line-recorder.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

let resets: number;
let a20: LineRecorder;
let port: Port92;
const make = () => new Port92("port92", { a20, reset: () => resets++ });

beforeEach(() => {
  resets = 0;
  a20 = new LineRecorder();
  port = make();
});

test("bit 1 gates A20 and reads back; the other bits read 0", () => {
  port.ports.write(0, 0xfe, 1);
  expect([a20.level, port.ports.read(0, 1)]).toEqual([true, 0x02]);
  port.ports.write(0, 0x00, 1);
  expect(a20.level).toBe(false);
});

test("bit 0 resets when it rises, not while it stays", () => {
  port.ports.write(0, 0x01, 1);
  port.ports.write(0, 0x03, 1);
  expect(resets).toBe(1);
  port.ports.write(0, 0x02, 1);
  port.ports.write(0, 0x03, 1);
  expect(resets).toBe(2);
});

test("reset closes its half of the A20 gate; load drives it again", () => {
  port.ports.write(0, 0x02, 1);
  const old = port;
  const fresh = make();
  a20.set(false);
  transplant(old, fresh);
  expect(a20.level).toBe(true);
  fresh.reset();
  expect(a20.level).toBe(false);
  expectDamageRefused(port);
});
