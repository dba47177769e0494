/**
 * Which of two counts costs more, for every set of figures that fits a profile's relations. Each event of the one is matched with an event of the
 * other that costs as much (the same) or more (by a chain of relations): if that can be done for all of one side, it costs no more.
 *
 * Exits by reason are not compared: what an exit costs is in its events.
 */
import type { Counts, EventName } from "../events/counters.js";
import type { CostProfile } from "./profile.js";

/** `less`: no more, whatever the figures are; `greater`: no less. */
export type Comparison = "less" | "equal" | "greater" | "unknown";

/** Events that cost more than `event`, by any chain of relations. */
function dearerThan(event: EventName, profile: CostProfile): ReadonlySet<EventName> {
  const found = new Set<EventName>();
  const look = (from: EventName) => {
    for (const { cheaper, dearer } of profile.relations)
      if (cheaper === from && !found.has(dearer)) {
        found.add(dearer);
        look(dearer);
      }
  };
  look(event);
  return found;
}

/** One entry an event. */
function units(counts: Counts): EventName[] {
  return [...counts.events].flatMap(([event, count]) => new Array<EventName>(count).fill(event));
}

/** Can each of `small` have a partner of its own in `large` that costs as much or more? Augmenting paths. */
function covers(large: readonly EventName[], small: readonly EventName[], profile: CostProfile): boolean {
  const partnerOf = new Array<number>(large.length).fill(-1);
  const dearer = small.map((event) => dearerThan(event, profile));
  const place = (n: number, tried: Set<number>): boolean =>
    large.some((event, at) => {
      if (tried.has(at) || (event !== small[n] && !dearer[n]!.has(event))) return false;
      tried.add(at);
      if (partnerOf[at]! >= 0 && !place(partnerOf[at]!, tried)) return false;
      partnerOf[at] = n;
      return true;
    });
  return small.every((_, n) => place(n, new Set()));
}

/** What `a` costs beside `b`. For small counts: it looks at every event. */
export function compareCosts(a: Counts, b: Counts, profile: CostProfile): Comparison {
  const [left, right] = [units(a), units(b)];
  const [sortedLeft, sortedRight] = [[...left].sort().join(), [...right].sort().join()];
  if (sortedLeft === sortedRight) return "equal";
  if (covers(right, left, profile)) return "less";
  return covers(left, right, profile) ? "greater" : "unknown";
}
