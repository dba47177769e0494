// Guests of one host at once, on different roads, with one among them that attacks: it is stopped, and the others do not notice.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import { SharedHost } from "../../devices/machine/shared-host.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import { TOP } from "../support/requirements.js";
import { attacker, MEBIBYTE, runAll, SharedGuest, SLICE } from "./shared-guests.js";

await loadBinaryTranslator();

const module = builtProcessor();
const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
const PAGE = 4096;
const MARK = 0xc7;
const ATTEMPTS = 160;

const teachingKernel = () => {
  const typist = new Typist(commandsOf(transcript));
  const source = { kind: "kernel", kernel: buildGuest("teaching-kernel").bytes, commandLine: "" } as const;
  return { ramBytes: 16 * MEBIBYTE, source, type: (character: string) => typist.feed(character) };
};

test.each([
  { name: "trap 0/1/3", road: { road: "trap" } as const },
  { name: "bt", road: { road: "bt" } as const },
  { name: "hw", road: { road: "hw" } as const },
])("three teaching kernels on three roads print their transcripts beside an attacker on $name", ({ road }) => {
  const host = new SharedHost({ module, machines: [16, 16, 16, 4, 4].map((megabytes) => megabytes * MEBIBYTE), slice: SLICE });
  host.host.cpu.ram.fill(MARK);
  const marked: number[] = [];
  const mark = () => {
    marked.push(host.host.pages.allocateRange(16 * PAGE));
  };
  mark();
  const onHardware = new SharedGuest(host, { road: { road: "hw" }, ...teachingKernel() });
  mark();
  const evil = new SharedGuest(host, { road, ...attacker(ATTEMPTS) });
  mark();
  const trapped = new SharedGuest(host, { road: { road: "trap", compression: "0/3/3" }, ...teachingKernel() });
  mark();
  const translated = new SharedGuest(host, { road: { road: "bt" }, ...teachingKernel() });
  mark();
  runAll(host, [onHardware, evil, trapped, translated], 40_000);

  expect(evil.text, JSON.stringify(evil.task.ending)).toContain("all attempts made");
  // Deprivileged, its last attempt is refused: it leaves the VMM no room, or on bt executes what is no memory. Otherwise it halts for good.
  expect(evil.task.ending?.kind).toBe(road.road === "hw" ? "dead" : "refused");
  for (const { task } of [onHardware, trapped, translated]) expect(task.ending).toEqual({ kind: "power-off" });
  for (const { lines } of [onHardware, translated]) expect(lines.join("\n")).toBe(transcript);
  const expected = transcript.split("\n");
  // The lines with instructions that lie in ring 3 (teaching-kernel.test.ts has them one by one).
  const different = trapped.lines.filter((line, i) => line !== expected[i]);
  expect(trapped.lines).toHaveLength(expected.length);
  for (const line of different) expect(line).toMatch(/CPL 3$|^ {2}CS |SGDT|SIDT|SMSW/);
  for (const at of marked) expect(host.host.cpu.ram.subarray(at, at + 16 * PAGE).every((byte) => byte === MARK)).toBe(true);
});
