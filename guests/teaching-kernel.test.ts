// The teaching kernel in QEMU, where that is installed: the same session that our own machine must produce.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildGuest } from "./catalog.js";
import { GUESTS, isInstalled, withTemporaryFolder } from "./testing/programs.js";
import { commandsOf, Typist } from "./transcript.js";

const qemu = isInstalled("qemu-system-i386", "--version");
const MACHINE = ["-m", "64", "-display", "none", "-monitor", "none", "-net", "none", "-no-reboot"];

/** Run QEMU with these options; type when the guest prompts. Resolves with all output when QEMU ends. */
function session(options: readonly string[], commands: readonly string[]): Promise<string> {
  const typist = new Typist(commands);
  const child = spawn("qemu-system-i386", [...MACHINE, "-serial", "stdio", ...options]);
  child.stdout.on("data", (chunk: Buffer) => {
    const typed = typist.feed(chunk.toString("latin1"));
    if (typed !== "") child.stdin.write(typed);
  });
  return new Promise((resolve) => child.on("exit", () => resolve(typist.text)));
}

function inQemu(name: string, option: (file: string) => readonly string[], commands: readonly string[]): Promise<string> {
  return withTemporaryFolder((folder) => {
    const file = join(folder, "guest.bin");
    writeFileSync(file, buildGuest(name).bytes);
    return session(option(file), commands);
  });
}

const kernel = (commands: readonly string[]) => inQemu("teaching-kernel", (file) => ["-kernel", file], commands);

describe.runIf(qemu)("in QEMU", () => {
  test("the teaching kernel's session is the transcript, to the letter, and ends by switching the machine off", {
    timeout: 60_000,
  }, async () => {
    const transcript = readFileSync(join(GUESTS, "teaching-kernel/transcript.txt"), "utf8");
    expect(await kernel(commandsOf(transcript))).toBe(transcript);
  });

  test("backspace rubs out, an empty line does nothing, ticks go on", { timeout: 60_000 }, async () => {
    const text = await kernel(["preempt", "tixx\x7f\x08cks", "", "mem", "off"]);
    expect(text.replaceAll("\b", "<")).toMatch(/ring0> tixx< << <cks\n[1-9]\d+ ticks, 100 a second\nring0> \nring0> mem\n/);
    expect(text).toContain("above 1 MiB the loader found 62 MiB");
  });

  test("reboot resets the machine", { timeout: 60_000 }, async () => {
    expect(await kernel(["reboot"])).toMatch(/ring0> reboot\nResetting\.\n$/);
  });

  test("hello greets and switches off", { timeout: 60_000 }, async () => {
    expect(await inQemu("hello", (file) => ["-drive", `format=raw,file=${file}`], [])).toBe("Hello from ring 0!\n");
  });
});

test("the transcript visits every command that does not depend on time or memory size", () => {
  const transcript = readFileSync(join(GUESTS, "teaching-kernel/transcript.txt"), "utf8");
  const typed = new Set(commandsOf(transcript).map((c) => c.split(" ")[0]));
  const listed = [...transcript.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((m) => m[1]!);
  const help = listed.slice(listed.indexOf("help"), listed.indexOf("off") + 1);
  expect(help).toHaveLength(20);
  expect(help.filter((c) => !typed.has(c))).toEqual(["ticks", "mem", "clear", "reboot"]);
});
