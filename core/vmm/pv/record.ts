// What PvDomain.save() writes, read with distrust: it may come from a damaged file.
import type { StateValue } from "../../bus/device.js";
import { TRAP_SIZE } from "./abi.js";
import { PvGuestError, type PvState } from "./paravirtual.js";

const PAGE = 4096;
export const RECORD_VERSION = 1;

export interface PvRecord {
  readonly frameBase: number;
  readonly frameCount: number;
  readonly sharedInfo: number;
  /** Number of the page directory in use. */
  readonly base: number;
  readonly pinned: readonly (readonly [frame: number, use: "table" | "directory"])[];
  readonly ports: readonly (readonly [source: number, port: number])[];
  readonly shared: Uint8Array;
  readonly traps: Uint8Array;
  readonly kernelStack: number;
  readonly callback: number;
  readonly deadline: bigint;
  readonly inputTold: boolean;
}

const isNumber = (value: StateValue | undefined): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;

function isPair(value: StateValue): value is readonly [number, StateValue] {
  return Array.isArray(value) && value.length === 2 && isNumber(value[0] as StateValue);
}

/** Throws PvGuestError. */
export function readRecord(state: PvState): PvRecord {
  const damaged = (name: string) => new PvGuestError(`the record of a paravirtual guest has a damaged field: ${name}`);
  const number = (name: string) => {
    const value = state[name];
    if (!isNumber(value)) throw damaged(name);
    return value;
  };
  const bytes = (name: string, unit: number) => {
    const value = state[name];
    if (!(value instanceof Uint8Array) || value.length % unit !== 0) throw damaged(name);
    return value;
  };
  const pairs = <T>(name: string, isSecond: (value: StateValue) => boolean): readonly (readonly [number, T])[] => {
    const value = state[name];
    if (!Array.isArray(value) || !value.every((pair: StateValue) => isPair(pair) && isSecond(pair[1]))) throw damaged(name);
    return value as unknown as readonly (readonly [number, T])[];
  };
  if (number("version") !== RECORD_VERSION) throw damaged("version");
  const { deadline, inputTold } = state;
  if (typeof deadline !== "bigint" || deadline < 0n || deadline >> 64n) throw damaged("deadline");
  const shared = bytes("shared", PAGE);
  if (shared.length !== PAGE) throw damaged("shared");
  return {
    frameBase: number("frameBase"),
    frameCount: number("frameCount"),
    sharedInfo: number("sharedInfo"),
    base: number("base"),
    pinned: pairs("pinned", (use) => use === "table" || use === "directory"),
    ports: pairs("ports", isNumber),
    shared,
    traps: bytes("traps", TRAP_SIZE),
    kernelStack: number("kernelStack"),
    callback: number("callback"),
    deadline,
    inputTold: inputTold === true,
  };
}
