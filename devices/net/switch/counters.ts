/** Why a frame went no further. `filtered`: for a destination at the port it came from; `down`: the link was. */
export const DROP_REASONS = ["vlan", "security", "rate", "storm", "blocked", "mirror", "queue", "filtered", "busy", "down"] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface DirectionCounters {
  frames: number;
  bytes: number;
  /** Good frames that went no further. */
  drops: number;
  /** No frames at all: too short, too long, or from an address that nobody can have. */
  errors: number;
}

/** What passed a port, as the switch sees it: `rx` came in. Dropped frames are in `rx.frames`, but not in `tx.frames`. */
export class PortCounters {
  readonly rx: DirectionCounters = { frames: 0, bytes: 0, drops: 0, errors: 0 };
  readonly tx: DirectionCounters = { frames: 0, bytes: 0, drops: 0, errors: 0 };
  readonly reasons = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;

  passed(direction: "rx" | "tx", bytes: number): void {
    this[direction].frames++;
    this[direction].bytes += bytes;
  }

  dropped(direction: "rx" | "tx", reason: DropReason): void {
    this[direction].drops++;
    this.reasons[reason]++;
  }
}
