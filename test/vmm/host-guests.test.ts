// Guests of one host at once, on different roads, with one among them that attacks: it is stopped, and the others do not notice.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { SharedHost, type SharedMachine } from "../../devices/machine/shared-host.js";
import { assemble } from "../../guests/assembler/index.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import { TOP } from "../support/requirements.js";

const module = builtProcessor();
const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
const kernel = buildGuest("teaching-kernel").bytes;
const MEBIBYTE = 1 << 20;
const PAGE = 4096;
const MARK = 0xc7;
const ATTEMPTS = 160;
const SLICE = 100_000;

class Guest {
  private readonly typist = new Typist(commandsOf(transcript));
  private readonly input: number[] = [];
  readonly task: SharedMachine;
  text = "";

  constructor(host: SharedHost, road: RoadOptions, image: Uint8Array, megabytes: number) {
    this.task = host.add({
      road,
      ramBytes: megabytes * MEBIBYTE,
      wallClock: 0,
      hypervisor: "kvm",
      output: {
        serial1: (byte) => {
          const character = String.fromCharCode(byte);
          this.text += character;
          for (const typed of this.typist.feed(character)) this.input.push(typed.charCodeAt(0));
        },
      },
    });
    // As after power-on; the marks are for what is nobody's.
    this.task.machine.cpu.ram.fill(0);
    this.task.machine.boot({ kind: "kernel", kernel: image, commandLine: "" });
  }

  /** What was typed meanwhile reaches the machine. */
  type(host: SharedHost): void {
    const { com1 } = this.task.machine.board;
    while (this.input.length > 0 && com1.waiting < 8) com1.receive(this.input.shift()!);
    host.runner.wake(this.task);
  }

  /** What came, with the line ends of the transcript. */
  get lines(): string[] {
    return this.text.replaceAll("\r", "").split("\n");
  }
}

function runAll(host: SharedHost, guests: readonly Guest[]): void {
  for (let i = 0; i < 40_000 && guests.some(({ task }) => !task.ending); i++) {
    for (const guest of guests) guest.type(host);
    host.runner.run(host.clock.now() + SLICE);
  }
}

const attacker = (attempts: number) =>
  assemble("attacker.asm", readFileSync(join(TOP, "test/vmm/attacker.asm"), "utf8"), { defines: { ATTEMPTS: `${attempts}` } }).bytes;

test.each([
  { name: "trap 0/1/3", road: { road: "trap" } as const },
  { name: "hw", road: { road: "hw" } as const },
])("two teaching kernels on two roads print their transcripts beside an attacker on $name", ({ road }) => {
  const host = new SharedHost({ module, machines: [16, 16, 4, 4].map((megabytes) => megabytes * MEBIBYTE), slice: SLICE });
  host.host.cpu.ram.fill(MARK);
  const marked: number[] = [];
  const mark = () => {
    marked.push(host.host.pages.allocateRange(16 * PAGE));
  };
  mark();
  const onHardware = new Guest(host, { road: "hw" }, kernel, 16);
  mark();
  const evil = new Guest(host, road, attacker(ATTEMPTS), 4);
  mark();
  const trapped = new Guest(host, { road: "trap", compression: "0/3/3" }, kernel, 16);
  mark();
  runAll(host, [onHardware, evil, trapped]);

  expect(evil.text, JSON.stringify(evil.task.ending)).toContain("all attempts made");
  // The trap road refuses to go on with a guest that leaves it no room; otherwise it halts for good.
  expect(evil.task.ending?.kind).toBe(road.road === "trap" ? "refused" : "dead");
  expect([onHardware, trapped].map(({ task }) => task.ending)).toEqual([{ kind: "power-off" }, { kind: "power-off" }]);
  expect(onHardware.lines.join("\n")).toBe(transcript);
  const expected = transcript.split("\n");
  // The lines with instructions that lie in ring 3 (teaching-kernel.test.ts has them one by one).
  const different = trapped.lines.filter((line, i) => line !== expected[i]);
  expect(trapped.lines).toHaveLength(expected.length);
  for (const line of different) expect(line).toMatch(/CPL 3$|^ {2}CS |SGDT|SIDT|SMSW/);
  for (const at of marked) expect(host.host.cpu.ram.subarray(at, at + 16 * PAGE).every((byte) => byte === MARK)).toBe(true);
});
