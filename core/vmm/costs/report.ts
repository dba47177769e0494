// Counts in words, with what they cost by a profile.
import { type Counts, countsToText } from "../events/counters.js";
import { type CostProfile, type ModelledCost, modelledCost } from "./profile.js";

/** "at least 5000 cycles", and what was not priced. */
export function costToText({ cycles, unpriced }: ModelledCost): string {
  return unpriced.length === 0 ? `${cycles} cycles` : `at least ${cycles} cycles; no figure for ${unpriced.join(", ")}`;
}

/** The counts of a run in text, with what a profile makes of them. */
export function countsReport(counts: Counts, profile: CostProfile | undefined): string {
  const lines = [countsToText(counts) || "no exits"];
  if (profile) {
    const cost = modelledCost(counts, profile);
    lines.push(`modelled by ${profile.name} (${profile.description})`);
    for (const { name, count, cycles } of [...cost.parts].sort((a, b) => b.cycles - a.cycles))
      lines.push(`  ${String(cycles).padStart(12)}  cycles for ${count} ${name}`);
    lines.push(`  in all ${costToText(cost)}`);
  }
  return lines.join("\n");
}
