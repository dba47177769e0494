import { expect, test } from "vitest";
import type { InstructionRow } from "./row.js";
import { allRows } from "./rows.js";
import { renderSupportTable } from "./support-table.js";

const ADD: InstructionRow = {
  opcode: "01",
  mnemonic: "add",
  operands: "Ev,Gv",
  exec: "add<T>",
  flags: { writes: "OSZAPC" },
  faults: "#PF #GP",
  feature: "8086",
  lock: true,
};

test("a row shows its operands, opcode, flags, faults and remarks", () => {
  expect(renderSupportTable([ADD])).toContain("| ADD | Ev, Gv | 01 | w:OSZAPC | #PF #GP | LOCK |");
});

test("a memory operand can raise what memory raises, unless the row says otherwise", () => {
  const { faults: _, ...silent } = ADD;
  expect(renderSupportTable([silent])).toContain("| #PF #GP #SS #AC |");
  expect(renderSupportTable([{ ...silent, operands: "AL,Ib" }])).toContain("| AL, Ib | 01 | w:OSZAPC |  |");
});

test("every row of the table is in the document once", () => {
  const lines = renderSupportTable(allRows).split("\n");
  const rows = lines.filter((line) => /^\| [A-Z0-9/]+ \|.*\|.*\|.*\|.*\|/.test(line) && !line.startsWith("| Instruction"));
  expect(rows.length).toBe(allRows.length);
});

test("a feature without a section is an error, not a lost row", () => {
  expect(() => renderSupportTable([{ ...ADD, feature: "AVX" }])).toThrow(/no section/);
});

test("a bar in a cell does not break the table", () => {
  expect(renderSupportTable([{ ...ADD, note: "a|b" }])).toContain("a\\|b");
});
