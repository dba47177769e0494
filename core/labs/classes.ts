/** Lab: Popek and Goldberg's classes, read off the instruction table. */
import { classify } from "../isa/classification.js";
import { allRows } from "../isa/rows.js";
import type { Lab, LabReport, LabTable } from "./lab.js";

const KINDS = ["critical", "privileged", "innocuous"] as const;

function sensitiveTable(kind: "critical" | "privileged"): LabTable {
  const rows = allRows
    .map((row) => ({ row, classification: classify(row) }))
    .filter(({ classification }) => classification.kind === kind)
    .map(({ row, classification: { reads, writes, traps, umip } }) => [
      row.mnemonic,
      row.opcode,
      row.operands,
      reads.join(" "),
      writes.join(" "),
      traps ?? (umip ? "under UMIP" : "never"),
    ]);
  return { title: kind, columns: ["instruction", "opcode", "operands", "reads", "writes", "traps outside ring 0"], rows };
}

function run(): LabReport {
  const count = (kind: (typeof KINDS)[number]) => allRows.filter((row) => classify(row).kind === kind);
  return {
    title: "Popek and Goldberg's classes",
    text: [
      [
        "Privileged: traps outside ring 0. Sensitive: reads or writes state that belongs to the machine's owner. Critical: sensitive and not privileged.",
        "A machine without critical instructions can be virtualized by traps alone. docs/popek-goldberg.md has the whole list.",
      ].join("\n"),
    ],
    tables: [
      {
        title: "encodings and instructions by class",
        columns: ["class", "encodings", "instructions"],
        rows: KINDS.map((kind) => [kind, String(count(kind).length), String(new Set(count(kind).map((row) => row.mnemonic)).size)]),
      },
      sensitiveTable("critical"),
      sensitiveTable("privileged"),
    ],
  };
}

export const classesLab: Lab = {
  name: "classes",
  description: "Popek and Goldberg's classification of every instruction",
  switches: [],
  run,
};
