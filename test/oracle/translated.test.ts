// The same vectors through translated code: each instruction is executed once, translated, and executed again. Every so many of them, so that
// it takes no minutes; RINGSIDE_TRANSLATED_STEP=1 asks for all, RINGSIDE_VECTORS_SHOWN for more differences.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOP } from "../support/requirements.js";
import { OracleMachine } from "./machine.js";
import { runFile } from "./run-vectors.js";

const FOLDER = join(TOP, "test/vectors");
const STEP = Number(process.env["RINGSIDE_TRANSLATED_STEP"] ?? 5);
const SHOWN = Number(process.env["RINGSIDE_VECTORS_SHOWN"] ?? 10);
const TIMEOUT = 600_000;
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".vectors.br"));

test.each(FILES)("translated code does what the real processor did: %s", { timeout: TIMEOUT }, (file) => {
  const machine = new OracleMachine(true);
  const { failures, vectors } = runFile(machine, join(FOLDER, file), STEP);
  const shown = failures.slice(0, SHOWN).map((failure) => failure.text);
  expect(failures.length, `${failures.length} of ${vectors} vectors differ\n\n${shown.join("\n\n")}\n`).toBe(0);
  console.log(`${file}: ${vectors} vectors, ${machine.translatedVectors} of them in translated code`);
  expect(machine.translatedVectors).toBeGreaterThan(vectors / 2);
});
