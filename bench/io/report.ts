// What the I/O bench says, for people: megabytes a second of each program on each side, and how many times the other's ours are.
import { figure, table } from "../../cli/table.js";
import type { Comparison } from "../comparison.js";
import type { Program } from "./work.js";

export interface Rate {
  readonly program: string;
  /** Megabytes (10^6 bytes) a second by emulator; NaN where there is no result. */
  readonly rates: Readonly<Record<string, number>>;
  /** The base's rate by the other's. */
  readonly ratios: Readonly<Record<string, number>>;
}

export function ratesOf(c: Comparison, programs: readonly Program[]): Rate[] {
  return programs.map(({ name, megabytes }) => ({
    program: name,
    rates: Object.fromEntries(c.emulators.map((emulator) => [emulator, megabytes / c.seconds(emulator, name)])),
    ratios: Object.fromEntries(c.others.map((emulator) => [emulator, c.ratio(emulator, name)])),
  }));
}

/** Programs that did not come to an end somewhere. */
export function lackingResults(c: Comparison, programs: readonly Program[]): string[] {
  const nowhere = programs.filter(({ name }) => !c.programs.includes(name)).map(({ name }) => `${name} anywhere`);
  return [...nowhere, ...c.absences()];
}

export function ioReport(c: Comparison, programs: readonly Program[]): string {
  const rows = ratesOf(c, programs).map(({ program, rates, ratios }) => [
    program,
    ...c.emulators.map((emulator) => figure(rates[emulator]!, 1)),
    ...c.others.map((emulator) => figure(ratios[emulator]!, 2)),
  ]);
  const means = ["geometric mean", ...c.emulators.map(() => ""), ...c.others.map((emulator) => figure(c.meanRatio(emulator), 2))];
  const head = ["program", ...c.emulators.map((emulator) => `${emulator} MB/s`), ...c.others.map((emulator) => `${c.base}/${emulator}`)];
  const spreads = c.emulators.map((emulator) => `${emulator} ${figure(100 * c.spread(emulator), 0)} %`).join(", ");
  const { leftOut, kept } = c.disturbed;
  const remarks = [
    ...c.disagreements().map((line) => `DIFFERENT SUMS of ${line}`),
    ...lackingResults(c, programs).map((line) => `NO RESULT of ${line}`),
    `spread of the rounds: ${spreads}`,
    ...(leftOut > 0 ? [`programs left out because others were using the machine: ${leftOut}`] : []),
    ...(kept > 0 ? [`NOT A QUIET MACHINE: programs that others disturbed, and that count for want of better ones: ${kept}`] : []),
  ];
  return `${table(head, [...rows, means])}\n\n${remarks.join("\n")}`;
}
