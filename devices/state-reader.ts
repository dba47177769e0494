// Takes a saved record apart and checks every field, so that a damaged or foreign snapshot ends in a StateError and never in a device
// with an impossible state.

import { type DeviceState, StateError, type StateValue } from "../core/bus/device.js";

type Fields = { readonly [field: string]: StateValue };

export class StateReader {
  readonly #device: string;
  readonly #fields: Fields;

  constructor(device: string, fields: Fields, version: number) {
    this.#device = device;
    this.#fields = fields;
    if (fields.version !== version) throw new StateError(device, `the record is not of version ${version}`);
  }

  /** An integer from 0 to `most`. */
  number(field: string, most = 0xffff_ffff): number {
    const value = this.#fields[field];
    return isInteger(value, most) ? value : this.#refuse(field);
  }

  /** The same, or nothing where the record says null. */
  optional(field: string, most = 0xffff_ffff): number | undefined {
    return this.#fields[field] === null ? undefined : this.number(field, most);
  }

  /** An integer of either sign, such as a time before power-on. */
  integer(field: string): number {
    const value = this.#fields[field];
    return Number.isSafeInteger(value) ? (value as number) : this.#refuse(field);
  }

  /** An integer of 64 bits, unsigned. */
  wide(field: string): bigint {
    const value = this.#fields[field];
    return typeof value === "bigint" && value === BigInt.asUintN(64, value) ? value : this.#refuse(field);
  }

  /** Any finite number: a time, an offset. */
  real(field: string): number {
    const value = this.#fields[field];
    return typeof value === "number" && Number.isFinite(value) ? value : this.#refuse(field);
  }

  boolean(field: string): boolean {
    const value = this.#fields[field];
    return typeof value === "boolean" ? value : this.#refuse(field);
  }

  choice<T extends string>(field: string, choices: readonly T[]): T {
    return choices.find((choice) => choice === this.#fields[field]) ?? this.#refuse(field);
  }

  /** One of a few numbers. */
  member(field: string, choices: readonly number[]): number {
    return choices.find((choice) => choice === this.#fields[field]) ?? this.#refuse(field);
  }

  /** Exactly `count` integers from 0 to `most`. */
  numbers(field: string, count: number, most = 0xffff_ffff): number[] {
    const list = this.numberList(field, count, most);
    return list.length === count ? list : this.#refuse(field);
  }

  /** At most `longest` integers from 0 to `most`. */
  numberList(field: string, longest: number, most: number): number[] {
    return this.#list(field, longest).map((value) => (isInteger(value, most) ? value : this.#refuse(field)));
  }

  /** Exactly `count` lists of at most `longest` integers each. */
  numberLists(field: string, count: number, longest: number, most: number): number[][] {
    const lists = this.numberListList(field, count, longest, most);
    return lists.length === count ? lists : this.#refuse(field);
  }

  /** At most `lists` lists of at most `longest` integers each. */
  numberListList(field: string, lists: number, longest: number, most: number): number[][] {
    return this.#list(field, lists).map((list) => (isIntegers(list, longest, most) ? [...list] : this.#refuse(field)));
  }

  booleans(field: string, count: number): boolean[] {
    const list = this.#list(field, count);
    if (list.length !== count) this.#refuse(field);
    return list.map((value) => (typeof value === "boolean" ? value : this.#refuse(field)));
  }

  strings(field: string, longest: number): string[] {
    return this.#list(field, longest).map((value) => (typeof value === "string" ? value : this.#refuse(field)));
  }

  /** A copy of a block of exactly `length` bytes. */
  bytes(field: string, length: number): Uint8Array {
    const value = this.#fields[field];
    return value instanceof Uint8Array && value.length === length ? value.slice() : this.#refuse(field);
  }

  /** A copy of a block of at most `longest` bytes. */
  block(field: string, longest: number): Uint8Array<ArrayBuffer> {
    const value = this.#fields[field];
    return value instanceof Uint8Array && value.length <= longest ? Uint8Array.from(value) : this.#refuse(field);
  }

  /** The record of a part that is a device in itself and checks its own version. */
  record(field: string): DeviceState {
    const value = this.#fields[field];
    return isFields(value) && typeof value.version === "number" ? { ...value, version: value.version } : this.#refuse(field);
  }

  /** The record of a part of the device, which has a version of its own. */
  nested(field: string, version: number): StateReader {
    return this.#reader(field, this.#fields[field], version);
  }

  /** The records of exactly `count` equal parts. */
  nestedList(field: string, count: number, version: number): StateReader[] {
    return this.nestedVersions(field, new Array<number>(count).fill(version));
  }

  /** The records of parts of which each has a version of its own. */
  nestedVersions(field: string, versions: readonly number[]): StateReader[] {
    const list = this.#list(field, versions.length);
    if (list.length !== versions.length) this.#refuse(field);
    return list.map((value, n) => this.#reader(field, value, versions[n]!));
  }

  #reader(field: string, value: StateValue | undefined, version: number): StateReader {
    return isFields(value) ? new StateReader(`${this.#device}.${field}`, value, version) : this.#refuse(field);
  }

  #list(field: string, longest: number): readonly StateValue[] {
    const value = this.#fields[field];
    return Array.isArray(value) && value.length <= longest ? value : this.#refuse(field);
  }

  #refuse(field: string): never {
    throw new StateError(this.#device, `the field "${field}" of the record is missing or impossible`);
  }
}

function isInteger(value: StateValue | undefined, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

function isIntegers(value: StateValue, longest: number, most: number): value is readonly number[] {
  return Array.isArray(value) && value.length <= longest && value.every((element: StateValue) => isInteger(element, most));
}

function isFields(value: StateValue | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
