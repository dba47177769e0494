import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { classify } from "../../core/isa/classification.js";
import { allRows } from "../../core/isa/rows.js";
import { LABS } from "../../core/labs/catalog.js";
import { interceptOf } from "../../core/labs/intercepts.js";
import { reportToText } from "../../core/labs/lab.js";
import { remedyFor } from "../../core/labs/remedies.js";
import { runExperiments } from "../../core/labs/sensitive.js";
import { COMPARISONS, EXPERIMENTS } from "../../core/labs/sensitive-experiments.js";

const module = builtProcessor();
const results = (...switches: string[]) => runExperiments({ module, switches: new Set(switches) }, EXPERIMENTS);
const verdicts = (mnemonic: string, ...switches: string[]) =>
  results(...switches)
    .filter(({ experiment }) => experiment.mnemonic === mnemonic)
    .map(({ moved }) => moved.map(({ verdict }) => verdict).join(" "));

test("every critical instruction has its experiment and its remedies, and nothing else has", () => {
  const critical = new Set(allRows.filter((row) => classify(row).kind === "critical").map((row) => row.mnemonic));
  expect(new Set(EXPERIMENTS.map(({ mnemonic }) => mnemonic))).toEqual(critical);
  for (const mnemonic of critical) expect(remedyFor(mnemonic)?.trap, mnemonic).toBeTruthy();
  expect(remedyFor("add")).toBeUndefined();
});

test("each experiment executes the instruction that it is named after", () => {
  for (const { experiment, text } of results()) expect(text.split(" ")[0]).toBe(experiment.mnemonic);
});

test("alone on the machine, only user code that reaches for the kernel's data is stopped", () => {
  for (const { experiment, truth } of results())
    expect(truth.trapped, experiment.mnemonic).toBe(/kernel data/.test(experiment.question) && experiment.user === true);
});

test("the three kinds of lies: state, ring and dropped changes", () => {
  for (const mnemonic of ["sgdt", "sidt", "sldt", "str", "smsw", "lar", "lsl", "push", "pushf", "popf", "iret", "call", "jmp"])
    expect(verdicts(mnemonic), mnemonic).toEqual(["LIES LIES"]);
  const popf = results().find(({ experiment }) => experiment.mnemonic === "popf")!;
  expect([popf.truth.seen, ...popf.moved.map(({ seen }) => seen)]).toEqual(["IF 0", "IF 1", "IF 1"]);
});

test("with the kernel in ring 3, its data is open to its users; in ring 1 it is not", () => {
  for (const mnemonic of ["pop", "lds", "les", "lfs", "lgs", "verr", "verw"]) expect(verdicts(mnemonic), mnemonic).toEqual(["true LIES"]);
});

test("gates, and selectors with the wrong RPL, give the VMM control", () => {
  for (const mnemonic of ["int", "int3", "into", "int1", "sysenter", "retf", "lss"])
    expect(verdicts(mnemonic), mnemonic).toEqual(["traps traps"]);
});

test("UMIP makes five of them trap, and only these", () => {
  const before = results();
  const changed = results("umip").filter((result, n) => JSON.stringify(result.moved) !== JSON.stringify(before[n]!.moved));
  expect(changed.map(({ experiment }) => experiment.mnemonic)).toEqual(["sgdt", "sidt", "sldt", "str", "smsw"]);
  for (const { moved } of changed)
    expect(moved.map(({ seen, verdict }) => `${seen} ${verdict}`)).toEqual(["#GP(0000) traps", "#GP(0000) traps"]);
});

test("CLI and STI trap in rings 1 and 3; under PVI they change VIF in ring 3", () => {
  const seen = (...switches: string[]) =>
    runExperiments({ module, switches: new Set(switches) }, COMPARISONS).map(({ truth, moved }) => [
      truth.seen,
      ...moved.map((m) => m.seen),
    ]);
  expect(seen()).toEqual([
    ["IF 0, VIF 1", "#GP(0000)", "#GP(0000)"],
    ["IF 1, VIF 0", "#GP(0000)", "#GP(0000)"],
  ]);
  expect(seen("pvi").map((row) => row[2])).toEqual(["IF 1, VIF 0", "IF 1, VIF 1"]);
});

test("every report is whole: rows as wide as their heads, and text", () => {
  for (const lab of LABS) {
    const report = lab.run({ module, switches: new Set() });
    for (const { columns, rows } of report.tables) {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row.length).toBe(columns.length);
    }
    expect(reportToText(report)).toContain(report.title);
  }
});

test("intercepts are ones that SVM has", () => {
  expect([interceptOf("sgdt"), interceptOf("int3"), interceptOf("lar")]).toEqual(["GDTR_READ", "#BP", undefined]);
});
