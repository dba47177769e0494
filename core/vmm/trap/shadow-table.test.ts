// What a store to the page of a descriptor table asks for: without paging, in memory that is the host's.
import { expect, test } from "vitest";
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Host } from "../host.js";
import type { Guest } from "./guest.js";
import { ShadowTable } from "./shadow-table.js";

const TABLE = 0x3400;
const LIMIT = 0x1f;
const KERNEL = 0x10000;
const USER = 0x20000;
const DATA = 0x00cf93000000ffffn;

function table() {
  const bytes = new Uint8Array(RAM_BASE + 0x30000);
  const view = new DataView(bytes.buffer);
  const guest = {
    shadow: {
      walker: { walk: (_paging: unknown, physical: number) => ({ present: true, physical }) },
      watch: () => {},
      unwatch: () => {},
    },
    memory: { page: (physical: number) => ({ address: physical & ~0xfff }) },
  } as unknown as Guest;
  const made = new ShadowTable({ cpu: { bytes, view } } as unknown as Host, KERNEL, USER);
  /** The guest stores a descriptor. Returns whether a refresh is needed. */
  const store = (index: number, value: bigint) => {
    view.setBigUint64(RAM_BASE + TABLE + index * 8, value, true);
    return made.stored(TABLE & ~0xfff, (TABLE & 0xfff) + index * 8, (TABLE & 0xfff) + index * 8 + 8);
  };
  return { store, refresh: () => made.refresh(guest, TABLE, LIMIT, 1) };
}

test("a descriptor that is stored as it was asks for nothing; another does until the refresh", () => {
  const { store, refresh } = table();
  refresh();
  expect(store(2, DATA)).toBe(true);
  expect(refresh()).toEqual({ from: 16, to: 24 });
  expect(store(2, DATA)).toBe(false);
  expect(refresh()).toEqual({ from: 0, to: 0 });
});

test("a descriptor that is changed and changed back before the refresh is looked at", () => {
  const { store, refresh } = table();
  refresh();
  expect(store(1, DATA)).toBe(true);
  expect(store(1, 0n)).toBe(true);
  expect(refresh()).toEqual({ from: 8, to: 16 });
});
