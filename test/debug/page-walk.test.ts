// The page-table explorer and the processor say the same of random tables: where each address leads, and what each access meets.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { CpuVcpu } from "../../core/debug/cpu-vcpu.js";
import { type Access, verdictOf, walkPages } from "../../core/debug/page-walk.js";
import { DIRECTORY, FIRST_FRAME, FRAMES, LOW_TABLE, PagingMachine, PDPT, RAM_BYTES, TABLES } from "../fuzz/paging-machine.js";
import { firstSeed } from "../fuzz/seed.js";
import { Random } from "../oracle/random.js";

const CASES = 60;
const PAGES = 8;
const REGIONS = [0x400000, 0x800000, 0xffc00000];
const EFER = 0xc0000080;
const AC = 0x40000;
const machine = new PagingMachine(builtProcessor());
const vcpu = new CpuVcpu(machine.cpu);
const ACCESSES: readonly Access[] = [true, false].flatMap((user) =>
  (["read", "write", "execute"] as const).map((kind) => ({ kind, user })),
);
const OFFSET = { read: 4, write: 8, execute: 0 };
const found = { allowed: 0, faults: new Map<number, number>() };

/** Random entries for tables, and for the directory entries of the regions that are asked about. */
function randomTables(random: Random, pae: boolean, nxe: boolean): void {
  const { ram } = machine;
  const bytes = pae ? 8 : 4;
  const write = (at: number, value: bigint) =>
    pae ? ram.setBigUint64(at, value, true) : ram.setUint32(at, Number(value & 0xffffffffn), true);
  const high = () =>
    (pae && random.chance(nxe ? 30 : 4) ? 1n << 63n : 0n) | (pae && random.chance(4) ? 1n << BigInt(36 + random.below(27)) : 0n);
  const rights = () => BigInt(random.u32() & 0x17e) | (random.chance(90) ? 1n : 0n) | (random.chance(70) ? 7n : 0n);
  for (let page = 0; page < 0x100; page++)
    write(LOW_TABLE + page * bytes, BigInt((page << 12) | 0x63 | (page === 4 || page === 6 ? 4 : 0)));
  write(DIRECTORY, BigInt(LOW_TABLE | 0x67));
  if (pae) for (let i = 0; i < 4; i++) ram.setBigUint64(PDPT + i * 8, BigInt((DIRECTORY + i * 4096) | 1), true);
  for (const region of REGIONS) {
    const at = pae ? DIRECTORY + (region >>> 30) * 4096 + ((region >>> 21) & 0x1ff) * 8 : DIRECTORY + (region >>> 22) * 4;
    const large = 0x80n | (random.chance(10) ? 1n << BigInt(13 + random.below(9)) : 0n);
    write(at, high() | (rights() & ~0x80n) | (random.chance(70) ? BigInt(random.pick(TABLES)) : large));
  }
  for (const table of TABLES)
    for (let i = 0; i < FRAMES; i++)
      write(table + (FIRST_FRAME + i) * bytes, high() | rights() | (BigInt(FIRST_FRAME + random.below(FRAMES)) << 12n));
}

function compare(random: Random, page: number, where: string): void {
  for (const access of ACCESSES) {
    const ac = random.chance(50);
    const linear = (page + OFFSET[access.kind]) >>> 0;
    const walk = walkPages(linear, { ...vcpu.pagingState(), eflags: ac ? AC : 0 }, (at, size) => vcpu.readPhysical(at, size));
    const what = `${where}: ${JSON.stringify(access)} at ${linear.toString(16)}, ac ${ac}`;
    expect(machine.cpu.translate(linear), what).toBe(walk.physical);
    const verdict = verdictOf(walk, access);
    const kind = access.kind === "execute" ? "fetch" : access.kind;
    const outcome = machine.access(page, { kind, user: access.user }, ac, 0xf4f4f4f4);
    expect(outcome.errorCode, what).toBe(verdict.allowed ? undefined : verdict.errorCode);
    if (verdict.allowed) found.allowed++;
    else found.faults.set(verdict.errorCode, (found.faults.get(verdict.errorCode) ?? 0) + 1);
    if (!verdict.allowed || access.kind !== "read" || walk.physical! >= BigInt(RAM_BYTES)) continue;
    expect(outcome.value >>> 0, what).toBe(machine.ram.getUint32(Number(walk.physical), true));
  }
}

test("32-bit, PSE and PAE tables, with NX, SMEP, SMAP and WP on and off", { timeout: 60_000 }, () => {
  for (let seed = firstSeed(), n = 0; n < CASES; n++, seed++) {
    const random = new Random(seed);
    const pae = random.chance(50);
    const nxe = random.chance(50);
    const flag = (percent: number, bit: number) => (random.chance(percent) ? bit : 0);
    machine.start();
    randomTables(random, pae, nxe);
    machine.change("msr", { ecx: EFER, eax: nxe ? 0x800 : 0 });
    machine.change("cr4", { eax: (pae ? 0x20 : 0) | flag(70, 0x10) | flag(50, 0x80) | flag(30, 0x100000) | flag(30, 0x200000) });
    machine.change("cr3", { eax: pae ? PDPT : DIRECTORY });
    machine.change("cr0", { eax: 0x80000031 | flag(50, 0x10000) });
    for (let i = 0; i < PAGES; i++)
      compare(random, (random.pick(REGIONS) + ((FIRST_FRAME + random.below(FRAMES)) << 12)) >>> 0, `seed ${seed}`);
  }
  expect(found.allowed).toBeGreaterThan(CASES);
  // Not present and not allowed, of every kind; reserved bits.
  expect([...found.faults.keys()]).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 5, 6, 7, 9, 13, 16, 17, 20, 21]));
});

test("without paging linear is physical, and entries tell their bits by name", () => {
  machine.start();
  const read = (at: bigint, size: 4 | 8) => vcpu.readPhysical(at, size);
  const off = walkPages(0x12345, vcpu.pagingState(), read);
  expect([off.mode, off.physical, verdictOf(off, { kind: "write", user: true })]).toEqual(["none", 0x12345n, { allowed: true }]);
  machine.ram.setUint32(DIRECTORY + 4, TABLES[0] | 0x27, true);
  machine.ram.setUint32(TABLES[0] + 0x40 * 4, 0x80165, true);
  const on = walkPages(0x440123, { ...vcpu.pagingState(), cr0: 0x80000001, cr3: DIRECTORY }, read);
  expect(on.entries).toEqual([
    { level: "PDE", address: BigInt(DIRECTORY + 4), value: BigInt(TABLES[0] | 0x27), bytes: 4, bits: ["P", "R/W", "U/S", "A"] },
    { level: "PTE", address: BigInt(TABLES[0] + 0x100), value: 0x80165n, bytes: 4, bits: ["P", "U/S", "A", "D", "G"] },
  ]);
  expect([on.physical, on.pageBytes]).toEqual([0x80123n, 4096]);
  expect(verdictOf(on, { kind: "write", user: true })).toEqual({ allowed: false, errorCode: 7, reason: "R/W is clear in the PTE" });
});
