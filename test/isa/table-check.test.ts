// The instruction table against iced-x86's list, both ways. Differences are allowed only by name, and only with a note in the row.
import { expect, test } from "vitest";
import type { InstructionRow } from "../../core/isa/row.js";
import { allRows } from "../../core/isa/rows.js";
import { formOf } from "../oracle/encoding.js";
import { claimedCodes } from "./claimed.js";
import { differences, rowFor, rowKey, shapesOf } from "./table-check.js";

/** Mnemonic, and what may differ. The reason is the row's note. */
const ALLOWED: readonly (readonly [string, RegExp])[] = [
  ["nop", /^operands: iced has r(16|32)_or_mem, r(16|32)_reg$/],
  ["pushf", /^flags reads: ours "OSZAPCDIV", iced "OSZAPCDI"$/],
  ["popf", /^flags writes: ours "OSZAPCDIV", iced "OSZAPCDI"$/],
  ["iret", /^flags writes: ours "OSZAPCDIV", iced "OSZAPCDI"$/],
  ["skinit", /^flags clears: ours "", iced "OSZAPCDIV"$/],
  ["fwait", /^feature: iced has INTEL8086$/],
  ["paddq", /^feature: iced has MMX$/],
];

function allowance(row: InstructionRow, difference: string): number {
  return ALLOWED.findIndex(([mnemonic, pattern]) => row.mnemonic === mnemonic && pattern.test(difference));
}

interface Finding {
  readonly row: InstructionRow;
  readonly form: string;
  readonly difference: string;
}

const missing: string[] = [];
const findings: Finding[] = [];
const used = new Set<InstructionRow>();
const forms = claimedCodes().map(formOf);
for (const form of forms) {
  for (const shape of shapesOf(form)) {
    const row = rowFor(allRows, shape);
    if (!row) {
      missing.push(`${form.name} (${shape.memory ? "memory" : "register"})`);
      continue;
    }
    used.add(row);
    for (const difference of differences(row, shape)) findings.push({ row, form: form.name, difference });
  }
}

test("every form of the claimed CPUID features has a row", () => {
  expect(missing).toEqual([]);
});

test("rows have the name, the operands, the flags and the feature that iced-x86 has", () => {
  const wrong = findings.filter(({ row, difference }) => allowance(row, difference) < 0);
  expect(wrong.map(({ row, form, difference }) => `${rowKey(row)} (${form}): ${difference}`)).toEqual([]);
});

test("a row that differs from iced-x86 says why", () => {
  const silent = findings.filter(({ row }) => !row.note).map(({ row, difference }) => `${rowKey(row)}: ${difference}`);
  expect([...new Set(silent)]).toEqual([]);
});

test("every allowed difference still exists", () => {
  const met = new Set(findings.map(({ row, difference }) => allowance(row, difference)));
  expect(ALLOWED.filter((_, i) => !met.has(i)).map(([mnemonic]) => mnemonic)).toEqual([]);
});

test("every row outside 64-bit mode is a form that iced-x86 knows", () => {
  expect(allRows.filter((row) => row.mode !== "64" && !used.has(row)).map(rowKey)).toEqual([]);
});

test("the list of claimed forms is the whole Pentium 4", () => {
  expect(forms.length).toBeGreaterThan(1100);
});
