import { expect, test } from "vitest";
import { NanoRecorder } from "../../cli/nanobench.js";
import { Counters, countsToJson } from "../../core/vmm/events/counters.js";
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
  kick: 3,
};

interface Report {
  readonly rounds: number;
  readonly roads: readonly {
    readonly road: string;
    readonly loops: readonly {
      readonly name: string;
      readonly instructions: number;
      readonly exits: Readonly<Record<string, number>>;
      readonly events: Readonly<Record<string, number>>;
      readonly cycles: Readonly<Record<string, { readonly cycles: number; readonly unpriced: readonly string[] }>>;
      readonly nanoseconds?: number;
    }[];
    readonly failures: readonly { readonly name: string; readonly reason: string }[];
  }[];
}

test("on bare hardware every loop is counted to the instruction and timed, and nothing exits", { timeout: 60_000 }, () => {
  const { code, output, errors } = ringside(["bench", "roads", "--json", "--rounds", "1", "--roads", "bare"]);
  expect(errors).toBe("");
  expect(code).toBe(0);
  const { roads } = JSON.parse(output) as Report;
  expect(roads.map(({ road }) => road)).toEqual(["bare"]);
  const { loops, failures } = roads[0]!;
  expect(failures).toEqual([]);
  for (const { nanoseconds, exits } of loops) {
    expect(nanoseconds).toBeGreaterThan(0);
    expect(exits).toEqual({});
  }
  // How often the loop of `interrupt` looks before the interrupt comes is up to the machine.
  const counted = loops.filter(({ name }) => name !== "interrupt");
  expect(Object.fromEntries(counted.map(({ name, instructions }) => [name, instructions]))).toEqual(INSTRUCTIONS);
});

test("on the road trap exits are counted for one turn, and a loop that the guest finds lying is told", { timeout: 60_000 }, () => {
  const { code, output } = ringside(["bench", "roads", "--json", "--rounds", "0", "--roads", "trap 0/1/3"]);
  expect(code).toBe(0);
  const [road] = (JSON.parse(output) as Report).roads;
  const loop = (name: string) => road!.loops.find((candidate) => candidate.name === name)!;
  expect(loop("syscall").exits).toEqual({ SWINT: 1, IRET: 1 });
  expect(loop("clisti").exits).toEqual({ CLI: 1, STI: 1 });
  expect(loop("callret").exits).toEqual({});
  expect(loop("pgfault").events).toMatchObject({ trueFaults: 1, injections: 1, emulations: 1 });
  expect(loop("in").cycles.pentium4!.cycles).toBe(2030);
  expect(loop("in").nanoseconds).toBeUndefined();
  expect(road!.failures).toEqual([{ name: "pushfpopf", reason: expect.stringContaining("the guest finds") }]);
});

test("as tables: a row for each loop, a column for each road", { timeout: 60_000 }, () => {
  const { code, output } = ringside(["bench", "roads", "--rounds", "0", "--roads", "bare,trap 0/1/3"]);
  expect(code).toBe(0);
  expect(output).toMatch(/^Modelled cycles \(pentium4: [^)]+\) /);
  expect(output).toMatch(/\n\| one of +\| +bare \| trap 0\/1\/3 \|\n/);
  expect(output).toMatch(/\n\| divzero +\| +889 \| +\d+\+? \| +889 \| +3223 \| +1014 \|\n/);
  expect(output).toMatch(/\n\| syscall +\| +IRET, SWINT \|\n/);
  expect(output).toMatch(/\ntrap 0\/1\/3: no pushfpopf: the guest finds /);
});

test("impossible options are refused in one sentence", () => {
  for (const rounds of ["-1", "x", "1.5", "101"]) {
    const { code, output, errors } = ringside(["bench", "roads", `--rounds=${rounds}`]);
    expect([code, output, errors]).toEqual([2, "", `ringside: --rounds takes a number from 0 to 100, not "${rounds}"\n`]);
  }
  expect(ringside(["bench", "roads", "--roads", "bare,high"]).errors).toMatch(/^ringside: the road "high" is not known; there are bare, /);
  expect(ringside(["bench", "roads", "--costs", "i486"]).errors).toMatch(/^ringside: the cost profile "i486" is not known; /);
});

test("what lies between a loop's two lines is measured, and other lines do not matter", () => {
  let time = 0;
  const counters = new Counters();
  const recorder = new NanoRecorder({ time: () => time, instructions: () => time * 1000, counters });
  const say = (text: string) => {
    for (const byte of Buffer.from(text)) recorder.receive(byte);
  };
  counters.count("walks", 7);
  say("hello\nnano x 5 5\nnano TRY in\r\nnano BEGIN in\r\n");
  time = 3;
  counters.count("walks", 2);
  say("nano END in\r\n");
  time = 50;
  counters.count("walks", 9);
  say("nano in 1000 6000\r\nnano in 1000 6000\r\nnano TRY other\nnano NOT other\n");
  expect(recorder.runs.map(({ counts, ...run }) => ({ ...run, ...countsToJson(counts) }))).toEqual([
    { name: "in", iterations: 1000, time: 3, instructions: 3000, exits: {}, events: { walks: 2 } },
  ]);
  expect([recorder.loop, recorder.failures.map(({ name }) => name)]).toEqual(["other", ["other"]]);
});
