// `monitor exits` and `monitor costs`: what the guest was left for, how often, and what that costs by a profile.
import { PROFILES } from "../../vmm/costs/profiles.js";
import { countsReport } from "../../vmm/costs/report.js";
import { recordToText } from "../../vmm/events/render.js";
import type { DebugTarget } from "../target.js";

const MOST = 1000;

/** `argument`: how many of the last exits to show in full. */
export function exitsCommand(target: DebugTarget, argument: string): string {
  const { exits } = target;
  const happened = [...target.counters()].map(([name, count]) => `${String(count).padStart(14)} ${name}\n`).join("");
  if (!exits) return happened;
  const counts = `${countsReport(exits.counts, undefined)}\n`;
  if (argument === "") return `${happened}${counts}`;
  const most = Number(argument);
  if (!Number.isInteger(most) || most < 0 || most > MOST)
    return `write how many of the last exits to show, up to ${MOST}; 0 ends the recording\n`;
  const shown = exits.records.slice(-most);
  exits.keep(most);
  if (most === 0) return "exits are not recorded any more\n";
  const records = shown.map((record) => `${recordToText(record)}\n`).join("");
  return records === "" ? `${counts}the last ${most} exits are recorded from now on\n` : `${counts}${records}`;
}

export function costsCommand({ exits }: DebugTarget, argument: string): string {
  if (!exits) return "a bare machine has no exits: there is no hypervisor\n";
  const profile = PROFILES.find(({ name }) => name === argument);
  if (!profile) return `write a profile: ${PROFILES.map(({ name }) => name).join(", ")}\n`;
  return `${countsReport(exits.counts, profile)}\n`;
}
