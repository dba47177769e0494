// The recorded behaviour of a real processor (test/vectors, README.md) against ours. RINGSIDE_VECTORS names a folder with more vectors.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { TOP } from "../support/requirements.js";
import { executableForms } from "./cases.js";
import { OracleMachine } from "./machine.js";
import { runFile } from "./run-vectors.js";

const FRESH = process.env["RINGSIDE_VECTORS"];
const FOLDERS = [join(TOP, "test/vectors"), ...(FRESH ? [resolve(TOP, FRESH)] : [])];
const SHOWN = Number(process.env["RINGSIDE_VECTORS_SHOWN"] ?? 10);
const TIMEOUT = 300_000;
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".vectors.br"))
    .sort()
    .map((name) => join(folder, name)),
);

const machine = new OracleMachine();
const forms = new Set<string>();
let vectors = 0;

test.each(FILES)(
  "the processor does what the real one did: %s",
  (file) => {
    const report = runFile(machine, file);
    for (const form of report.forms) forms.add(form);
    vectors += report.vectors;
    const { failures } = report;
    const failed = new Set(failures.map((failure) => failure.form));
    const shown = failures.slice(0, SHOWN).map((failure) => failure.text);
    const summary = `${failures.length} of ${report.vectors} vectors differ, in ${failed.size} forms: ${[...failed].join(" ")}`;
    expect(failures.length, `${summary}\n\n${shown.join("\n\n")}\n`).toBe(0);
  },
  TIMEOUT,
);

test("every form that can be executed in user mode has vectors", () => {
  expect(
    executableForms()
      .map((form) => form.name)
      .filter((name) => !forms.has(name)),
  ).toEqual([]);
});

afterAll(() => {
  console.log(`oracle: ${vectors} vectors of a real processor, ${forms.size} instruction forms`);
});
