// `ringside switch`, joined over sockets and WebSocket.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { connectLink, parseLinkAddress } from "../../cli/net/links.js";
import { BROADCAST, frameOf, Station } from "../../devices/testing/station.js";
import { ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";
import { lacks } from "../support/requirements.js";

const TSHARK = "/usr/bin/tshark";
const folder = mkdtempSync(join(tmpdir(), "ringside-"));
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  rmSync(folder, { recursive: true, force: true });
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function joinSwitch(address: string, mac: string): Station {
  const connection = connectLink(parseLinkAddress(address), createHostScheduler(), () => {});
  closing.push(() => connection.close());
  return new Station(mac, connection.link);
}

test.skipIf(lacks(TSHARK))("a switch of its own is joined by sockets and WebSockets, has a gateway, captures, and counts", async () => {
  const path = `unix:${join(folder, "switch")}`;
  const capture = join(folder, "switch.pcap");
  const net = new Conversation(["switch", "--listen", path, "--listen", "ws://127.0.0.1:0", "--net", "isolated", "--capture", capture]);
  closing.push(() => net.kill());
  const url = /ws:.*/.exec(await net.expect(/listening on unix[\s\S]*listening on ws:.*\n/))![0];
  const one = joinSwitch(path, "52:54:00:00:00:11");
  const two = joinSwitch(url, "52:54:00:00:00:12");
  await until(() => one.wire.isUp && two.wire.isUp);
  one.send(BROADCAST, [1]);
  await until(() => two.inbox.some((frame) => frame[14] === 1));
  two.send(one.mac, [2]);
  await until(() => one.inbox.some((frame) => frame[14] === 2));
  // Who has 192.168.122.1?
  const asker = [0x52, 0x54, 0, 0, 0, 0x11, 192, 168, 122, 50];
  one.wire.send(frameOf(BROADCAST, one.mac, [0, 1, 8, 0, 6, 4, 0, 1, ...asker, 0, 0, 0, 0, 0, 0, 192, 168, 122, 1], 0x0806));
  await until(() => one.inbox.some((frame) => frame[12] === 8 && frame[13] === 6 && frame[21] === 2));
  net.signal("SIGINT");
  expect(await net.ended).toBe(0);
  expect(net.output).toMatch(/\| port .* rx frames/);
  expect(net.output).toMatch(/\| unix:.*#1 +\| +2 \|/);
  const text = execFileSync(TSHARK, ["-r", capture, "-T", "fields", "-e", "eth.type", "-e", "eth.src"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = text.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("0x88b6"))).toEqual([`0x88b6\t${one.mac}`, `0x88b6\t${two.mac}`]);
  expect(lines.filter((line) => line.startsWith("0x0806"))).toEqual([`0x0806\t${one.mac}`, "0x0806\t52:54:00:00:00:01"]);
});

test.each([
  [[], "nobody can join this switch"],
  [["--listen", "1234:5:6"], "is not understood"],
  [["--listen", "192.0.2.1:80"], "can not be listened at: this host has no such address"],
  [["--listen", ":0", "--net", "switch=:1"], "other switches join by --connect and --listen"],
])("ringside switch %j is refused with a sentence", (options, sentence) => {
  const { code, errors } = ringside(["switch", ...options]);
  expect([code, errors.trimEnd().split("\n").length]).toEqual([2, 1]);
  expect(errors).toContain(sentence);
});
