/** What each reason has cost: a listener of an event stream that adds up each exit's counts under its reason. Only what it has listened to. */
import { addCounts, type Counts, NO_COUNTS } from "../events/counters.js";
import type { ExitReason } from "../events/exit-reasons.js";
import type { ExitRecord } from "../events/record.js";
import type { EventStream } from "../events/stream.js";
import { type CostProfile, type ModelledCost, modelledCost } from "./profile.js";

export interface ReasonCost extends ModelledCost {
  readonly reason: ExitReason;
  readonly exits: number;
}

export class CostLedger {
  private readonly byReason = new Map<ExitReason, { exits: number; counts: Counts }>();
  /** Ends the subscription; what was added up stays. */
  readonly close: () => void;

  constructor(stream: EventStream) {
    this.close = stream.subscribe((record) => this.add(record));
  }

  private add({ reason, counts }: ExitRecord): void {
    const old = this.byReason.get(reason) ?? { exits: 0, counts: NO_COUNTS };
    this.byReason.set(reason, { exits: old.exits + 1, counts: addCounts(old.counts, counts) });
  }

  /** Dearest first. */
  totals(profile: CostProfile): ReasonCost[] {
    const list = [...this.byReason].map(([reason, { exits, counts }]) => ({ reason, exits, ...modelledCost(counts, profile) }));
    return list.sort((a, b) => b.cycles - a.cycles || b.exits - a.exits);
  }
}
