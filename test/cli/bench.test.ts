import { expect, test } from "vitest";
import { NanoRecorder } from "../../cli/nanobench.js";
import { ringside } from "../support/command.js";

/** Instructions of each loop's turn, counted in guests/nanobench/loops.asm: an exception or interrupt counts as one. */
const INSTRUCTIONS = {
  syscall: 4,
  sysenter: 6,
  in: 3,
  cr0wr: 3,
  cr3wr: 3,
  tprwr: 3,
  cpuid: 4,
  clisti: 4,
  pushfpopf: 4,
  callret: 4,
  divzero: 7,
  pgfault: 6,
  ptemod: 4,
  ptemap: 6,
  tlbmiss: 4,
  switch: 13,
};

test("bench roads times every loop, and counts its instructions exactly", { timeout: 60_000 }, () => {
  const { code, output, errors } = ringside(["bench", "roads", "--json", "--rounds", "1"]);
  expect(errors).toBe("");
  expect(code).toBe(0);
  const { roads } = JSON.parse(output) as {
    roads: { road: string; loops: { name: string; iterations: number; nanoseconds: number; instructions: number; ticks: number }[] }[];
  };
  expect(roads.map(({ road }) => road)).toEqual(["bare"]);
  const { loops } = roads[0]!;
  for (const { iterations, nanoseconds, ticks } of loops) {
    expect(iterations).toBeGreaterThan(1000);
    expect(nanoseconds).toBeGreaterThan(0);
    expect(ticks).toBeGreaterThan(0);
  }
  // How often the loop of `interrupt` looks before the interrupt comes is up to the machine.
  const counted = loops.filter(({ name }) => name !== "interrupt");
  expect(Object.fromEntries(counted.map(({ name, instructions }) => [name, Math.round(instructions * 100) / 100]))).toEqual(INSTRUCTIONS);
});

test("bench roads as a table", { timeout: 60_000 }, () => {
  const { code, output } = ringside(["bench", "roads", "--rounds", "1"]);
  expect(code).toBe(0);
  expect(output).toMatch(/^\| one of +\| bare ns \| bare instructions \|\n/);
  expect(output).toMatch(/\n\| pgfault +\| +[\d.]+ \| +6\.0 \|\n/);
});

test("impossible rounds are refused in one sentence", () => {
  for (const rounds of ["0", "x", "1.5", "101"]) {
    const { code, output, errors } = ringside(["bench", "roads", "--rounds", rounds]);
    expect([code, output, errors]).toEqual([2, "", `ringside: --rounds takes a number from 1 to 100, not "${rounds}"\n`]);
  }
});

test("a loop's time is that between its two lines, and other lines do not matter", () => {
  let time = 0;
  const recorder = new NanoRecorder(() => ({ time, instructions: time * 1000 }));
  const say = (text: string) => {
    for (const byte of Buffer.from(text)) recorder.receive(byte);
  };
  say("hello\nnano x 5 5\nnano BEGIN in\r\n");
  time = 3;
  say("nano END in\r\n");
  time = 50;
  say("nano in 1000 6000\r\nnano in 1000 6000\r\n");
  expect(recorder.results).toEqual([{ name: "in", iterations: 1000, nanoseconds: 3000, instructions: 3, ticks: 6 }]);
});
