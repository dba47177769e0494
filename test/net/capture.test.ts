// What a port's capture files say, read by tshark.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { captureToFile } from "../../cli/net/capture-file.js";
import { type CaptureOptions, type Moment, momentAt } from "../../devices/net/pcap.js";
import { NetSwitch } from "../../devices/net/switch/switch.js";
import { ManualScheduler } from "../../devices/testing/manual-scheduler.js";
import { BROADCAST, frameOf, plugIn } from "../../devices/testing/station.js";
import { lacks } from "../support/requirements.js";

const TSHARK = "/usr/bin/tshark";
const FIELDS = ["frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "eth.type"];

describe.skipIf(lacks(TSHARK))("a capture", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringside-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Two frames pass the port, one each way; what tshark says of each. */
  function readBack(name: string, options: Partial<CaptureOptions>): string[][] {
    const clock = new ManualScheduler();
    const net = new NetSwitch(clock, { id: 1 });
    const [a, b] = [plugIn(net, 1), plugIn(net, 2)];
    const path = join(folder, name);
    const now = (): Moment => momentAt(1_767_225_600.25, clock.now());
    const { close } = captureToFile([a.port], path, { now, ...options });
    clock.advance(123_456_789);
    a.station.send(BROADCAST, [1]);
    clock.advance(999_999_999);
    b.station.wire.send(frameOf(a.station.mac, b.station.mac, new Uint8Array(1486).fill(7)));
    close();
    a.station.send(BROADCAST, [2]);
    const fields = FIELDS.flatMap((field) => ["-e", field]);
    const text = execFileSync(TSHARK, ["-r", path, "-T", "fields", ...fields], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
  }

  const [A, B] = ["52:54:00:00:00:01", "52:54:00:00:00:02"];

  test("has every frame with its time to the microsecond", () => {
    expect(readBack("micro.pcap", {})).toEqual([
      ["1767225600.373456000", "60", "60", A, BROADCAST, "0x88b6"],
      ["1767225601.373456000", "1500", "1500", B, A, "0x88b6"],
    ]);
  });

  test("has times to the nanosecond, and keeps no more of a frame than it should", () => {
    expect(readBack("nano.pcap", { nanoseconds: true, snapLength: 96 })).toEqual([
      ["1767225600.373456789", "60", "60", A, BROADCAST, "0x88b6"],
      ["1767225601.373456788", "1500", "96", B, A, "0x88b6"],
    ]);
    expect(statSync(join(folder, "nano.pcap")).size).toBe(24 + 16 + 60 + 16 + 96);
  });

  test("can be of one direction", () => {
    expect(readBack("rx.pcap", { direction: "rx" }).map(([, length]) => length)).toEqual(["60"]);
    expect(readBack("tx.pcap", { direction: "tx" }).map(([, length]) => length)).toEqual(["1500"]);
  });

  test("that can not be written is told with a sentence", () => {
    expect(() => readBack("no/such/folder", {})).toThrow(/the capture .* can not be written: there is no such file or folder/);
  });
});
