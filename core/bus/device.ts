/** Interfaces between a board's chips and what carries them. A device knows its bus, never the machine or the processor. */

/** What save() returns and load() takes: plain data that structured clone and the snapshot codec carry. `version` belongs to the device. */
export interface DeviceState {
  readonly version: number;
  readonly [field: string]: StateValue;
}
export type StateValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | Uint8Array
  | readonly StateValue[]
  | { readonly [key: string]: StateValue };

export interface Device {
  /** Unique on its board; names the record in a snapshot. */
  readonly name: string;
  /** Power-on or system reset. */
  reset(): void;
  save(): DeviceState;
  /** Takes what save() returned; throws StateError if the version or a field is not understood. */
  load(state: DeviceState): void;
}

/** A snapshot record that a device cannot take. */
export class StateError extends Error {
  constructor(device: string, problem: string) {
    super(`${device}: ${problem}`);
    this.name = "StateError";
  }
}

export type AccessSize = 1 | 2 | 4;

/** A handler of port or memory-mapped accesses. `offset` is relative to the start of the registered range; values are unsigned. */
export interface Region {
  read(offset: number, size: AccessSize): number;
  write(offset: number, value: number, size: AccessSize): void;
}

/** An interrupt (or any other) wire, driven by exactly one device. */
export interface Line {
  set(level: boolean): void;
}
