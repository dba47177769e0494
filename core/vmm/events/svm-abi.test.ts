// The numbers that the processor is compiled with, and the names that people read, are the manual's both.
import { expect, test } from "vitest";
import * as SVM from "../../../wasm/abi/svm.js";
import { svmExitCode, svmExitCodes } from "./svm-exit-codes.js";

/** First of a row of codes, and the name of that code. */
const FIRST: Readonly<Record<string, string>> = {
  CR_READ: "CR0_READ",
  CR_WRITE: "CR0_WRITE",
  DR_READ: "DR0_READ",
  DR_WRITE: "DR0_WRITE",
  EXCEPTION: "#DE",
};

const exits = Object.entries(SVM)
  .filter(([name]) => name.startsWith("VMEXIT_"))
  .map(([name, code]) => [name.slice("VMEXIT_".length), code] as const);

test.each(exits)("%s", (name, code) => {
  expect(svmExitCode(FIRST[name] ?? name)).toBe(BigInt.asUintN(64, BigInt(code)));
});

test("no exit has two codes", () => {
  expect(new Set(exits.map(([, code]) => code)).size).toBe(exits.length);
  expect(exits.length).toBeLessThan(svmExitCodes().length);
});
