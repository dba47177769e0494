/**
 * Cost profiles: from exact counts to modelled cycles. A figure is only there if somebody published it, and says who. What has no figure is not
 * priced, and the result says so: it is then a lower bound. A profile may know less than figures, that one event is dearer than another; that
 * is enough to compare (compare.ts). A profile never changes a count.
 */
import { type Counts, EVENTS, type EventName } from "../events/counters.js";
import { type ExitReason, reasonName } from "../events/exit-reasons.js";

export interface Figure {
  /** Cycles for one event. */
  readonly cycles: number;
  /** Who measured it, where it is written, and when. */
  readonly source: string;
}

/** One of the first costs no more than one of the second. */
export interface Relation {
  readonly cheaper: EventName;
  readonly dearer: EventName;
  readonly source: string;
}

export interface CostProfile {
  readonly name: string;
  readonly description: string;
  readonly events: Partial<Readonly<Record<EventName, Figure>>>;
  /** What an exit of this reason costs the VMM besides its world switch and its other events. */
  readonly exits?: ReadonlyMap<ExitReason, Figure>;
  readonly relations: readonly Relation[];
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
  const relations = profile.relations.map(
    ({ cheaper, dearer, source }) => `  ${EVENTS[cheaper]} cost no more than ${EVENTS[dearer]} (${source})`,
  );
  return [`${profile.name}: ${profile.description}`, ...figures, ...relations].join("\n");
}
