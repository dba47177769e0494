// What the RTL8139's parts see of the chip around them.

import type { GuestMemory } from "../../../core/bus/bus.js";
import type { Frame } from "../wire.js";
import type { RegisterBytes } from "./registers.js";
import type { TallyCounters } from "./tally.js";

export interface Rtl8139Chip {
  readonly registers: RegisterBytes;
  readonly memory: GuestMemory;
  readonly tally: TallyCounters;
  /** The function may be a bus master. */
  isMaster(): boolean;
  /** Sets bits of ISR. */
  raise(causes: number): void;
  /** To the cable, or back if the transmitter loops. Counts it. */
  send(frame: Frame): void;
}

/** Which filter let a frame in. */
export type Match = "physical" | "multicast" | "broadcast" | "any";
