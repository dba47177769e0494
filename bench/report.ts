// What a comparison says, for people.

import { figure, table } from "../cli/table.js";
import { boots, type Comparison, type Run } from "./comparison.js";

const AGAINST = (other: string, base: string) => `${other}/${base}`;

/** Seconds of every program in every emulator, and how many times the base's time the others take. */
function programTable(c: Comparison): string {
  const head = ["program", ...c.emulators.map((e) => `${e} s`), ...c.others.map((e) => AGAINST(e, c.base))];
  const rows = c.programs.map((program) => [
    program,
    ...c.emulators.map((e) => figure(c.seconds(e, program), 3)),
    ...c.others.map((e) => figure(c.ratio(e, program), 2)),
  ]);
  const means = ["geometric mean", ...c.emulators.map(() => ""), ...c.others.map((e) => figure(c.meanRatio(e), 2))];
  return table(head, [...rows, means]);
}

const inPrograms = (run: Run) => Object.values(run.programs).reduce((sum, sample) => sum + sample.processor, 0);

type Quantity = (c: Comparison, emulator: string) => number;

/** Of whole runs. What boots nothing has no figures here. */
const QUANTITIES: readonly (readonly [title: string, value: Quantity, digits: number])[] = [
  ["start to userspace, s", (c, e) => c.ofBoots(e, (boot) => boot.seconds), 2],
  ["processor time until then, s", (c, e) => c.ofBoots(e, (boot) => boot.processor), 2],
  ["processor time in the programs, s", (c, e) => c.ofRuns(e, inPrograms), 2],
  ["peak memory, MB", (c, e) => c.ofRuns(e, (run) => run.peakMegabytes), 0],
];

function runTable(c: Comparison): string {
  const emulators = c.emulators.filter(boots);
  const others = c.others.filter(boots);
  const rows = QUANTITIES.map(([title, value, digits]) => [
    title,
    ...emulators.map((e) => figure(value(c, e), digits)),
    ...others.map((e) => figure(value(c, e) / value(c, c.base), 2)),
  ]);
  const spreads = ["spread of the rounds, %", ...emulators.map((e) => figure(100 * c.spread(e), 0)), ...others.map(() => "")];
  return table(["", ...emulators, ...others.map((e) => AGAINST(e, c.base))], [...rows, spreads]);
}

export function report(c: Comparison): string {
  const { leftOut, kept } = c.disturbed;
  const remarks = [
    ...c.disagreements().map((line) => `DIFFERENT CHECKSUMS of ${line}`),
    ...c.absences().map((line) => `NO RESULT of ${line}`),
    ...(leftOut > 0 ? [`boots and programs left out because others were using the machine: ${leftOut}`] : []),
    ...(kept > 0 ? [`NOT A QUIET MACHINE: boots and programs that others disturbed, and that count for want of better ones: ${kept}`] : []),
  ];
  const tables = [...(c.programs.length > 0 ? [programTable(c)] : []), ...(boots(c.base) ? [runTable(c)] : [])];
  return [...tables, ...(remarks.length > 0 ? [remarks.join("\n")] : [])].join("\n\n");
}
