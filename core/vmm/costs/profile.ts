/**
 * Cost profiles: from exact counts to modelled cycles. A figure is only there if somebody published it, or if it follows from published ones, and
 * says so. What has no figure is not priced, and the result names it: it is then a lower bound. A profile never changes a count.
 */
import { type Counts, EVENTS, type EventName } from "../events/counters.js";
import { type ExitReason, reasonName } from "../events/exit-reasons.js";

export interface Figure {
  /** Cycles for one event. */
  readonly cycles: number;
  /** Who measured it, where it is written, and when; or how it follows. */
  readonly source: string;
}

export interface CostProfile {
  readonly name: string;
  readonly description: string;
  readonly events: Partial<Readonly<Record<EventName, Figure>>>;
  /** What an exit of this reason costs the VMM besides its world switch and its other events. */
  readonly exits?: ReadonlyMap<ExitReason, Figure>;
}

export interface ModelledCost {
  readonly cycles: number;
  /** What made it, by event and reason: only what has a figure. */
  readonly parts: readonly { readonly name: string; readonly count: number; readonly cycles: number }[];
  /** Events that were counted and have no figure: the sum is at least `cycles`. */
  readonly unpriced: readonly EventName[];
}

/** Modelled cycles of counts. */
export function modelledCost(counts: Counts, profile: CostProfile): ModelledCost {
  const parts: { name: string; count: number; cycles: number }[] = [];
  const unpriced: EventName[] = [];
  for (const [event, count] of counts.events) {
    const figure = profile.events[event];
    if (figure) parts.push({ name: EVENTS[event], count, cycles: figure.cycles * count });
    else if (count !== 0) unpriced.push(event);
  }
  for (const [reason, count] of counts.exits) {
    const figure = profile.exits?.get(reason);
    if (figure) parts.push({ name: reasonName(reason), count, cycles: figure.cycles * count });
  }
  return { cycles: parts.reduce((sum, part) => sum + part.cycles, 0), parts, unpriced };
}

/** A profile's figures and their sources, one line each. */
export function describeProfile(profile: CostProfile): string {
  const figures = Object.entries(profile.events).map(
    ([event, { cycles, source }]) => `  ${cycles} cycles: ${EVENTS[event as EventName]} (${source})`,
  );
  return [`${profile.name}: ${profile.description}`, ...figures].join("\n");
}
