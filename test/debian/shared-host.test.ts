// Debian and the teaching kernel at once on one host, on two roads, beside a guest that attacks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { SharedHost } from "../../devices/machine/shared-host.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks, TOP } from "../support/requirements.js";
import { attacker, MEBIBYTE, runAll, SharedGuest, SLICE } from "../vmm/shared-guests.js";

const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
const COMMANDS = ["head -1 /proc/stat", "poweroff -f"];
/** Linux counts hundredths of a second. */
const TICK = 10_000_000;

test.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox))(
  "Debian on hw boots to a shell beside the teaching kernel on trap and an attacker, and accounts for the time that they had",
  { timeout: 200_000 },
  () => {
    const machines = [256, 16, 4, 4].map((megabytes) => megabytes * MEBIBYTE);
    const host = new SharedHost({ module: builtProcessor(), machines, slice: 20 * SLICE });
    let line = "";
    const commands = [...COMMANDS];
    const debian = new SharedGuest(host, {
      road: { road: "hw" },
      ramBytes: machines[0]!,
      source: {
        kind: "kernel",
        kernel: readFileSync(DEBIAN.kernel),
        initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)),
        commandLine: "console=ttyS0,115200 nokaslr",
      },
      type: (character) => {
        line = character === "\n" ? "" : line + character;
        const command = line === "guest# " ? commands.shift() : undefined;
        return command === undefined ? "" : `${command}\n`;
      },
    });
    const typist = new Typist(commandsOf(transcript));
    const teaching = new SharedGuest(host, {
      road: { road: "trap" },
      ramBytes: machines[1]!,
      source: { kind: "kernel", kernel: buildGuest("teaching-kernel").bytes, commandLine: "" },
      type: (character) => typist.feed(character),
    });
    const evil = new SharedGuest(host, { road: { road: "trap" }, ...attacker(96) });
    // JMP to itself: it never waits, and has an eighth of the others' shares.
    const greedy = new SharedGuest(host, {
      road: { road: "hw" },
      ramBytes: machines[3]!,
      source: { kind: "image", image: Uint8Array.of(0xeb, 0xfe) },
      type: () => "",
      schedule: { shares: 128 },
    });
    runAll(host, [debian, teaching, evil], 20_000, 20 * SLICE);
    expect(evil.text).toContain("all attempts made");
    expect(teaching.task.ending).toEqual({ kind: "power-off" });
    expect(teaching.lines).toHaveLength(transcript.split("\n").length);
    expect(debian.task.ending, debian.text.slice(-500)).toEqual({ kind: "power-off" });
    // cpu user nice system idle iowait irq softirq steal
    const ticks = Number(/\ncpu(?: +\d+){7} +(\d+)/.exec(debian.text)?.[1]);
    const { ran, stolen } = host.runner.accounting(debian.task);
    expect(stolen / ran).toBeGreaterThan(0.1);
    expect(greedy.task.ending).toBeUndefined();
    // Linux counts from when its clock is up until it is asked.
    console.log(`stolen from Debian: ${stolen / TICK} hundredths of a second, ${ticks} by its own account`);
    expect(ticks * TICK).toBeLessThanOrEqual(stolen);
    expect(ticks * TICK).toBeGreaterThan(stolen / 4);
  },
);
