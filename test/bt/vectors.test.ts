// The recorded vectors of all user-mode instructions that are copied, or near branches, through the translator: every so many of them, so that
// it takes no minutes; RINGSIDE_BT_STEP=1 asks for all, RINGSIDE_VECTORS_SHOWN for more differences.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runFile } from "../oracle/run-vectors.js";
import { TOP } from "../support/requirements.js";
import { VectorTranslator } from "./vector-machine.js";

const FOLDER = join(TOP, "test/vectors");
const STEP = Number(process.env["RINGSIDE_BT_STEP"] ?? 5);
const SHOWN = Number(process.env["RINGSIDE_VECTORS_SHOWN"] ?? 10);
const TIMEOUT = 600_000;
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".vectors.br"));

test.each(FILES)("translated guest code does what the real processor did: %s", { timeout: TIMEOUT }, (file) => {
  const machine = new VectorTranslator();
  const { failures, vectors } = runFile(machine, join(FOLDER, file), STEP);
  const shown = failures.slice(0, SHOWN).map((failure) => failure.text);
  expect(failures.length, `${failures.length} of ${vectors} vectors differ\n\n${shown.join("\n\n")}\n`).toBe(0);
  console.log(`${file}: ${vectors} vectors, ${machine.inCache} of them translated, ${machine.faulted} of these faulted`);
  expect(machine.inCache).toBeGreaterThan(vectors / 2);
  expect(machine.faulted).toBeGreaterThan(0);
});
