// `ringside lab`: lists the labs, or runs one and prints what it reports.
import { LABS } from "../core/labs/catalog.js";
import { type Lab, reportToText } from "../core/labs/lab.js";
import { loadProcessor } from "./processor.js";
import { UserError } from "./user-error.js";

export interface LabOptions {
  /** Names of switches, separated by commas. */
  readonly with?: string;
  readonly json?: boolean;
}

function listLabs(): string {
  return LABS.flatMap(({ name, description, switches }) => [
    `${name.padEnd(12)} ${description}`,
    ...switches.map((s) => `  --with ${s.name.padEnd(8)} ${s.description}`),
  ]).join("\n");
}

function parseSwitches(lab: Lab, text: string | undefined): ReadonlySet<string> {
  const names = text === undefined ? [] : text.split(",").map((name) => name.trim().toLowerCase());
  const known = lab.switches.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return new Set(names);
  const there = known.length > 0 ? `there are ${known.join(", ")}` : "it has none";
  throw new UserError(`the lab "${lab.name}" has no switch "${unknown}"; ${there}`);
}

function output(name: string | undefined, options: LabOptions): string {
  if (name === undefined) {
    if (options.with !== undefined || options.json) throw new UserError("a lab's name is needed: `ringside lab` lists them");
    return listLabs();
  }
  const chosen = LABS.find((candidate) => candidate.name === name);
  if (!chosen) throw new UserError(`there is no lab "${name}"; there are ${LABS.map((known) => known.name).join(", ")}`);
  const report = chosen.run({ module: loadProcessor(), switches: parseSwitches(chosen, options.with) });
  return options.json ? JSON.stringify(report, undefined, 2) : reportToText(report);
}

/** Prints the list, or a report. Throws UserError. */
export function lab(name: string | undefined, options: LabOptions): void {
  console.log(output(name, options));
}
