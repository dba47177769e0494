// What every device promises about save() and load(): a fresh device that takes the record behaves as the old one does from then on.

import { expect } from "vitest";
import type { Device, DeviceState, StateValue } from "../../core/bus/device.js";

/** Saves `original`, carries the record the way a snapshot would, and loads it into `copy`; both records must agree. */
export function transplant(original: Device, copy: Device): void {
  const record = copyOf(original.save()) as DeviceState;
  copy.load(record);
  expectSame(copy.save(), record);
}

/** The same as toEqual(), which takes long for large memories. */
export function expectSame(actual: DeviceState, expected: DeviceState): void {
  if (textOf(actual) !== textOf(expected)) expect(actual).toEqual(expected);
}

/** Every field of the record in turn is dropped or made absurd: load() refuses each with a StateError. */
export function expectDamageRefused(device: Device): void {
  const record = device.save();
  for (const field of Object.keys(record)) {
    const { [field]: _, ...without } = record;
    expect(() => device.load(without as unknown as DeviceState), `without ${field}`).toThrow(device.name);
    expect(() => device.load({ ...record, [field]: { absurd: true } }), `absurd ${field}`).toThrow(device.name);
  }
  device.load(record);
}

function textOf(state: DeviceState): string {
  return JSON.stringify(state, (_, value: unknown) => {
    if (value instanceof Uint8Array) return { bytes: value.join() };
    return typeof value === "bigint" ? { bigint: `${value}` } : value;
  });
}

function copyOf(value: StateValue): StateValue {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, copyOf(part)]));
}
