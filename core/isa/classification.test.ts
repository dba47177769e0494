import { expect, test } from "vitest";
import { classify, failureOf } from "./classification.js";
import { renderPopekGoldberg } from "./popek-goldberg.js";
import type { InstructionRow } from "./row.js";
import { allRows } from "./rows.js";

const critical = allRows.filter((row) => classify(row).kind === "critical");
const isCritical = (mnemonic: string, exec?: RegExp) => critical.some((row) => row.mnemonic === mnemonic && (!exec || exec.test(row.exec)));

/** "Analysis of the Intel Pentium's Ability to Support a Secure Virtual Machine Monitor" (USENIX Security 2000); of POP, PUSH and MOV
 * those of segment registers, of CALL, JMP and RET the far ones. */
const ROBIN_AND_IRVINE: readonly (readonly [string, RegExp | undefined])[] = [
  ...["sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl", "verr", "verw", "str", "int", "retf"].map(
    (name) => [name, undefined] as const,
  ),
  ["pop", /^popSegment/],
  ["push", /^pushSegment/],
  ["mov", /Segment/],
  ["call", /^callFar/],
  ["jmp", /^jmpFar/],
];

test.each(ROBIN_AND_IRVINE)("Robin and Irvine's %s is critical", (mnemonic, exec) => {
  expect(isCritical(mnemonic, exec)).toBe(true);
});

test("what is critical beyond their list is of the same kinds: gates, returns, segment loads, and what came later", () => {
  const theirs = new Set(ROBIN_AND_IRVINE.map(([name]) => name));
  const more = new Set(critical.map((row) => row.mnemonic).filter((name) => !theirs.has(name)));
  expect([...more].sort()).toEqual(["int1", "int3", "into", "iret", "lds", "les", "lfs", "lgs", "lss", "sysenter"]);
});

test("near calls, jumps and returns, and pushes and pops of general registers are innocuous", () => {
  for (const exec of ["call<T>", "jmp", "jmpIndirect<T>", "ret<T>", "push<T>", "pop<T>", "mov<T>"])
    for (const row of allRows.filter((r) => r.exec === exec)) expect(classify(row).kind, `${row.mnemonic} ${row.opcode}`).toBe("innocuous");
});

test("the privilege column calls sensitive exactly what is critical", () => {
  const named = allRows.filter((row) => row.privilege === "sensitive");
  expect(named).toEqual(critical);
});

test("what is privileged is sensitive: it touches something", () => {
  const idle = allRows.filter((row) => classify(row).traps && !row.touches);
  expect(idle.map((row) => row.mnemonic)).toEqual([]);
});

test("UMIP makes SGDT, SIDT, SLDT, SMSW and STR trap, and nothing else", () => {
  expect(new Set(allRows.filter((row) => row.umip).map((row) => row.mnemonic))).toEqual(new Set("sgdt sidt sldt smsw str".split(" ")));
});

test("the three ways to fail", () => {
  const failure = (mnemonic: string) => failureOf(classify(critical.find((row) => row.mnemonic === mnemonic)!));
  expect(["popf", "iret", "lar", "push", "sgdt", "smsw", "pushf", "sysenter"].map(failure)).toEqual([
    "ignored",
    "ignored",
    "mode",
    "mode",
    "state",
    "state",
    "state",
    "state",
  ]);
});

test("every row is in the document, and a row that traps only sometimes says when", () => {
  const text = renderPopekGoldberg(allRows);
  for (const row of allRows) expect(text).toContain(row.mnemonic.toUpperCase());
  const odd: InstructionRow = { opcode: "F4", mnemonic: "odd", operands: "", exec: "odd", feature: "386", cr4: "tsd" };
  expect(renderPopekGoldberg([odd])).toContain("| ODD | F4 |  |  | while CR4.TSD is set |");
});
