import fc from "fast-check";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { NestedTables, PAGE, type TableMemory } from "../../core/vmm/hw/nested-tables.js";
import * as STATE from "../../wasm/abi/state.js";

const RAM = 32 << 20;
const FIRST_FREE = 1 << 20;
/** Pages that are mapped: each begins with its number. */
const FIRST_HOST = 2048;
const HOST_PAGES = RAM / PAGE - FIRST_HOST;

/** Pages of a machine's RAM, and how many of them are in use. */
class Pages implements TableMemory {
  readonly inUse = new Set<number>();
  private readonly free_: number[] = [];
  private next = FIRST_FREE;

  constructor(private readonly ram: DataView) {}

  allocate(): number {
    const page = this.free_.pop() ?? this.next;
    if (page === this.next) this.next += PAGE;
    for (let n = 0; n < PAGE; n += 8) this.write(page + n, 0n);
    this.inUse.add(page);
    return page;
  }

  free(page: number): void {
    if (!this.inUse.delete(page)) throw new Error(`page ${page.toString(16)} is not in use`);
    // What uses it still, shows.
    for (let n = 0; n < PAGE; n += 8) this.write(page + n, -1n);
    this.free_.push(page);
  }

  read(address: number): bigint {
    return this.ram.getBigUint64(address, true);
  }

  write(address: number, value: bigint): void {
    this.ram.setBigUint64(address, BigInt.asUintN(64, value), true);
  }
}

function setUp() {
  const { cpu, ram } = smallMachine({ module: builtProcessor(), ramBytes: RAM });
  for (let page = FIRST_HOST; page < FIRST_HOST + HOST_PAGES; page++) ram.setUint32(page * PAGE, page, true);
  const pages = new Pages(ram);
  return { cpu, pages, tables: new NestedTables(pages) };
}

/** The host page where the processor's own PAE paging leads with these tables, which are like any others; undefined for none. */
function pageFinder({ cpu, tables, pages }: ReturnType<typeof setUp>): (guestPage: number) => number | undefined {
  const set = (at: number, value: number) => cpu.view.setUint32(at, value, true);
  set(STATE.CR0, 0x80000011);
  set(STATE.CR4, 0x20);
  set(STATE.CR3, tables.root);
  for (let n = 0; n < 4; n++) cpu.view.setBigUint64(STATE.PDPTES + n * 8, pages.read(tables.root + n * 8), true);
  cpu.synchronize();
  return (guestPage) => {
    if (cpu.peek(guestPage * PAGE) === undefined) return undefined;
    return new DataView(cpu.peekLinear(guestPage * PAGE, 4).buffer).getUint32(0, true);
  };
}

test("whatever is mapped and unmapped, the processor finds what a plain map says, and no page is lost", () => {
  // Many large pages, and the end of the address space.
  const guest = fc.oneof(fc.nat({ max: 3000 }), fc.constantFrom(0, 512, 1024, 2048), fc.integer({ min: 2 ** 20 - 1500, max: 2 ** 20 - 1 }));
  const host = fc.oneof(fc.nat({ max: HOST_PAGES - 1 }), fc.constantFrom(0, 512, 1024));
  const step = fc.record({
    guest,
    host,
    count: fc.oneof(fc.integer({ min: 1, max: 1500 }), fc.constantFrom(512, 1024)),
    unmap: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const machine = setUp();
      const model = new Map<number, number>();
      for (const { guest, host, count, unmap } of steps) {
        const pages = Math.min(count, HOST_PAGES - host, 2 ** 20 - guest);
        if (unmap) machine.tables.unmap(guest * PAGE, pages * PAGE);
        else {
          const hostPhysical = (FIRST_HOST + host) * PAGE;
          machine.tables.map({ guestPhysical: guest * PAGE, hostPhysical, size: pages * PAGE, writable: true });
        }
        for (let n = 0; n < pages; n++) {
          if (unmap) model.delete(guest + n);
          else model.set(guest + n, FIRST_HOST + host + n);
        }
      }
      const find = pageFinder(machine);
      const near = (page: number) => [page - 1, page, page + 1, page + 511, page + 512];
      for (const page of new Set([...steps.flatMap((s) => [...near(s.guest), ...near(s.guest + s.count)]), ...model.keys()]))
        if (page >= 0 && page < 2 ** 20) expect(find(page)).toBe(model.get(page));
      machine.tables.dispose();
      expect(machine.pages.inUse.size).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test("large pages are used where they fit, and split where they do not any more", () => {
  const { tables, pages } = setUp();
  const before = pages.inUse.size;
  tables.map({ guestPhysical: 0, hostPhysical: 8 << 20, size: 8 << 20, writable: true });
  expect(pages.inUse.size).toBe(before);
  tables.map({ guestPhysical: 5 * PAGE, hostPhysical: 9 << 20, size: PAGE, writable: false });
  expect(pages.inUse.size).toBe(before + 1);
  tables.map({ guestPhysical: 0, hostPhysical: 16 << 20, size: 2 << 20, writable: true });
  expect(pages.inUse.size).toBe(before);
});

test("read-only memory can not be written, whatever the guest's tables say", () => {
  const { tables, pages } = setUp();
  tables.map({ guestPhysical: 0, hostPhysical: 8 << 20, size: PAGE, writable: false });
  tables.map({ guestPhysical: PAGE, hostPhysical: 9 << 20, size: PAGE, writable: true });
  const directory = Number(pages.read(tables.root) & ~0xfffn);
  const table = Number(pages.read(directory) & ~0xfffn);
  expect([pages.read(table), pages.read(table + 8)]).toEqual([0x800005n, 0x900007n]);
});

test("what is not whole pages, or beyond 4 GiB, is refused", () => {
  const { tables } = setUp();
  const map = (guestPhysical: number, hostPhysical: number, size: number) => () =>
    tables.map({ guestPhysical, hostPhysical, size, writable: true });
  expect(map(100, 0, PAGE)).toThrow("guest memory is mapped by pages of 4096 bytes, not 4096 bytes at 64");
  expect(map(0, 100, PAGE)).toThrow("host address 64 is not that of a page");
  expect(map(0xfffff000, 0, 2 * PAGE)).toThrow("guest memory ends at 4 GiB, not at 100001000");
  expect(() => tables.unmap(0, 5)).toThrow("guest memory is mapped by pages");
});
