// What is looked at again when the guest loads CR3: its 32-bit tables are on paper.
import { expect, test } from "vitest";
import * as STATE from "../../../wasm/abi/state.js";
import type { GuestMemory } from "../guest-memory.js";
import { type GuestPaging, GuestWalker } from "../shadow/guest-walk.js";
import { CR0_PG, CR4_PGE } from "../state.js";
import type { Guest } from "../trap/guest.js";
import { CodePages } from "./code-pages.js";

const DIRECTORY = 0x10000;
const TABLE = 0x11000;
const RAM = 0x20000;
const GLOBAL = 0x100;
const CODE_PAGE = 5;

/** A guest with one page of code, at linear page CODE_PAGE. `cr4` can be changed. */
function guestWithCode(entry: number) {
  const bytes = new Uint8Array(RAM);
  const view = new DataView(bytes.buffer);
  const reads: number[] = [];
  const memory = {
    page: (physical: number) => (physical < RAM ? { address: physical & ~0xfff, readOnly: false } : undefined),
    pageBytes: (physical: number) => bytes.subarray(physical & ~0xfff, (physical & ~0xfff) + 4096),
    read32: (at: number) => {
      reads.push(at);
      return view.getUint32(at, true);
    },
    placeOf: (physical: number) => (physical < RAM ? physical : undefined),
    wordAt: (at: number) => memory.read32(at),
    read8: (at: number) => bytes[at]!,
    setBits: (at: number, bits: number) => {
      bytes[at]! |= bits;
    },
  } as unknown as GuestMemory;
  view.setUint32(DIRECTORY, TABLE | 3, true);
  const map = (to: number) => view.setUint32(TABLE + CODE_PAGE * 4, to, true);
  map(entry);
  const paging = { cr0: CR0_PG | 1, cr3: DIRECTORY, cr4: 0, efer: 0, pdptes: [] };
  const dropped: number[] = [];
  const guest = {
    state: { segment: (n: number) => (n === STATE.CS ? { base: 0, limit: 0xffffffff } : undefined) },
    shadow: { walker: new GuestWalker(memory), watch: () => {}, unwatch: () => {} },
    memory,
    paging: paging as GuestPaging,
  } as unknown as Guest;
  const pages = new CodePages(
    guest,
    (page) => dropped.push(page),
    () => {},
  );
  return { pages, paging, view, map, dropped, reads };
}

test("code that leads elsewhere after a load of CR3 is dropped, and is not if the same entries lead there", () => {
  const { pages, map, dropped } = guestWithCode(0x5003);
  pages.fetch(CODE_PAGE * 4096);
  pages.remapped("local");
  expect(dropped).toEqual([]);
  map(0x6003);
  pages.remapped("local");
  expect(dropped).toEqual([CODE_PAGE]);
});

test("of many pages the one that leads elsewhere is dropped, whoever's directory says so", () => {
  const { pages, paging, view, map, dropped } = guestWithCode(0x5003);
  const other = (CODE_PAGE + 1) * 4;
  view.setUint32(TABLE + other, 0x7003, true);
  for (const page of [CODE_PAGE, CODE_PAGE + 1]) pages.fetch(page * 4096);
  pages.remapped("local");
  view.setUint32(TABLE + other, 0x8003, true);
  pages.remapped("local");
  expect(dropped).toEqual([CODE_PAGE + 1]);
  pages.fetch((CODE_PAGE + 1) * 4096);
  pages.remapped("local");
  expect(dropped).toEqual([CODE_PAGE + 1]);
  // A directory of the same entries, then one of others.
  paging.cr3 = DIRECTORY + 0x3000;
  view.setUint32(paging.cr3, TABLE | 3, true);
  pages.remapped("local");
  expect(dropped).toEqual([CODE_PAGE + 1]);
  view.setUint32(paging.cr3, 0, true);
  map(0x5003);
  pages.remapped("local");
  expect(dropped).toEqual([CODE_PAGE + 1, CODE_PAGE, CODE_PAGE + 1]);
});

test("a global page stays across loads of CR3, and INVLPG has it looked at", () => {
  const { pages, paging, map, dropped, reads } = guestWithCode(0x5003 | GLOBAL);
  paging.cr4 = CR4_PGE;
  pages.fetch(CODE_PAGE * 4096);
  reads.length = 0;
  map(0x6003 | GLOBAL);
  pages.remapped("local");
  expect([dropped, reads]).toEqual([[], []]);
  pages.remapped(CODE_PAGE * 4096);
  expect(dropped).toEqual([CODE_PAGE]);
});

test("a page that was read before the guest had global pages becomes one with CR4, and local again without", () => {
  const { pages, paging, reads } = guestWithCode(0x5003 | GLOBAL);
  const looksAgain = () => {
    reads.length = 0;
    pages.remapped("local");
    return reads.length > 0;
  };
  pages.fetch(CODE_PAGE * 4096);
  expect(looksAgain()).toBe(true);
  paging.cr4 = CR4_PGE;
  pages.remapped("all");
  expect(looksAgain()).toBe(false);
  paging.cr4 = 0;
  pages.remapped("all");
  expect(looksAgain()).toBe(true);
});
