/** A lab: something that is run before the eyes of who learns, and what it reports as plain data for a terminal, a page or JSON. */
import type { CpuOptions } from "../cpu/cpu.js";

export interface LabSwitch {
  readonly name: string;
  readonly description: string;
}

/** What a lab runs with. */
export interface LabEnvironment {
  /** The compiled processor module. */
  readonly module: CpuOptions["module"];
  /** Names of the switches that are on; all of them the lab's own. */
  readonly switches: ReadonlySet<string>;
}

export interface LabTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells as columns. */
  readonly rows: readonly (readonly string[])[];
}

export interface LabReport {
  readonly title: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly tables: readonly LabTable[];
}

export interface Lab {
  readonly name: string;
  /** One line for the list of labs. */
  readonly description: string;
  readonly switches: readonly LabSwitch[];
  run(environment: LabEnvironment): LabReport;
}

function tableToText({ title, columns, rows }: LabTable): string {
  const widths = columns.map((column, n) => Math.max(column.length, ...rows.map((row) => row[n]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n]!))
      .join("  ")
      .trimEnd();
  return [title, "", line(columns), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Lines for a terminal. */
export function reportToText({ title, text, tables }: LabReport): string {
  return [title, ...text, ...tables.map(tableToText)].join("\n\n");
}
