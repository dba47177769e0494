// What every network card needs from the machine around it.

import type { AddressSpace, GuestMemory } from "../../core/bus/bus.js";
import type { Scheduler } from "../../core/bus/clock.js";
import type { Wire } from "./wire.js";

export interface NicOptions {
  /** Unique on its board; names the record in a snapshot. Default: the model. */
  readonly name?: string;
  /** Six bytes: what the factory wrote into the card's EEPROM. */
  readonly mac: Uint8Array;
  readonly wire: Wire;
  readonly ports: AddressSpace;
  /** Memory-mapped devices. */
  readonly memory: AddressSpace;
  readonly guestMemory: GuestMemory;
  readonly scheduler: Scheduler;
  /** A driver has notified a virtio card of buffers. */
  kicked?(): void;
}
