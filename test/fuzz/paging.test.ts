// Paging against a model written from the manual, and what the model can not say: what the TLB keeps. `npm run soak` has the long runs.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { PagingFuzzer } from "./paging.js";
import { DIRECTORY, FIRST_FRAME, LOW_TABLE, PagingMachine, TABLES } from "./paging-machine.js";
import { firstSeed } from "./seed.js";

const CASES = 120;
const module = builtProcessor();

test("every access ends as the manual's walk says, right after the invalidation it asks for", { timeout: 60_000 }, () => {
  const seed = firstSeed();
  const fuzzer = new PagingFuzzer(module);
  for (let i = 0; i < CASES; i++) expect(fuzzer.runCase(seed + i)).toBeUndefined();
  console.log(`paging: ${CASES} cases from seed ${seed} on, ${fuzzer.accesses} accesses, ${fuzzer.faults} page faults`);
  expect(fuzzer.faults).toBeGreaterThan(CASES);
});

const CR0 = 0x80000031;
const CR0_WP = 0x10000;
const CR4_PGE = 0x80;
const SUPERVISOR = { user: false } as const;
const PAGE = 0x400000 + FIRST_FRAME * 4096;

/** 32-bit paging with one page at PAGE, and `pte` as its entry. */
function startWith(cr4: number, pte: number): PagingMachine {
  const machine = new PagingMachine(module);
  machine.start();
  const { ram } = machine;
  for (let page = 0; page < 0x100; page++) ram.setUint32(LOW_TABLE + page * 4, (page << 12) | 0x67, true);
  ram.setUint32(DIRECTORY, LOW_TABLE | 0x67, true);
  ram.setUint32(DIRECTORY + 4, TABLES[0] | 0x67, true);
  ram.setUint32(TABLES[0] + FIRST_FRAME * 4, pte, true);
  machine.change("cr4", { eax: cr4 });
  machine.change("cr3", { eax: DIRECTORY });
  machine.change("cr0", { eax: CR0 });
  return machine;
}

const frame = (n: number) => (FIRST_FRAME + n) * 4096;
const read = (machine: PagingMachine) => machine.access(PAGE, { ...SUPERVISOR, kind: "read" }, false, 0).value - FIRST_FRAME;

test("a global page outlives a load of CR3, any other does not, and none outlives a change of CR4.PGE", () => {
  for (const global of [true, false]) {
    const machine = startWith(CR4_PGE, frame(1) | 3 | (global ? 0x100 : 0));
    expect(read(machine)).toBe(1);
    machine.ram.setUint32(TABLES[0] + FIRST_FRAME * 4, frame(2) | 3, true);
    expect(read(machine)).toBe(1);
    machine.change("cr3", { eax: DIRECTORY });
    expect(read(machine)).toBe(global ? 1 : 2);
    machine.change("cr4", { eax: 0 });
    expect(read(machine)).toBe(2);
  }
});

test("CR0.WP counts at once, for pages that ring 0 has written before too", () => {
  const machine = startWith(0, frame(1) | 1);
  const write = () => machine.access(PAGE, { ...SUPERVISOR, kind: "write" }, false, 0).errorCode;
  expect(write()).toBeUndefined();
  machine.change("cr0", { eax: CR0 | CR0_WP });
  expect(write()).toBe(3);
  machine.change("cr0", { eax: CR0 });
  expect(write()).toBeUndefined();
});

test("INVLPG of any address in a large page forgets all of it", () => {
  const machine = startWith(0x10, 0);
  const { ram } = machine;
  const addresses = [FIRST_FRAME, FIRST_FRAME + 9].map((n) => 0x800000 + n * 4096);
  const values = () => addresses.map((address) => machine.access(address, { ...SUPERVISOR, kind: "read" }, false, 0).value - FIRST_FRAME);
  ram.setUint32(DIRECTORY + 8, 0x83, true);
  expect(values()).toEqual([0, 9]);
  ram.setUint32(DIRECTORY + 8, TABLES[0] | 3, true);
  for (const n of [0, 9]) ram.setUint32(TABLES[0] + (FIRST_FRAME + n) * 4, frame(20 + n) | 3, true);
  expect(values()).toEqual([0, 9]);
  machine.change("invalidate", { ebx: 0x800000 + 0x3ff123 });
  expect(values()).toEqual([20, 29]);
});
