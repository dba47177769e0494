// When shadow entries are made before they are used, and when traces end. 32-bit guest tables at 4000H (directory) and 5000H.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { GuestMemory } from "../../core/vmm/guest-memory.js";
import { Host } from "../../core/vmm/host.js";
import { ShadowPaging } from "../../core/vmm/shadow/shadow-paging.js";

const READ = { write: false, user: false, fetch: false };
const USED = 0x63;
const paging = (cr3: number) => ({ cr0: 0x80010001, cr3, cr4: 0, efer: 0, pdptes: [] });

function setup() {
  const host = new Host({ module: builtProcessor(), memoryBytes: 16 << 20 });
  const memory = new GuestMemory(host.cpu);
  const at = host.pages.allocateRange(1 << 20);
  memory.mapPages(0, 1 << 20, at, false);
  let filled = 0;
  const shadow = new ShadowPaging(host.cpu, host.pages, memory, { filled: () => filled++, invalidate: () => {} });
  const store = (physical: number, value: number) => memory.write(physical, 4, value);
  store(0x4000, 0x5000 | USED);
  return { memory, at, shadow, store, filled: () => filled };
}

test("neighbours whose accessed bit is set are filled with a page, others not", () => {
  const { memory, shadow, store, filled } = setup();
  for (let n = 0; n < 32; n++) store(0x5000 + n * 4, (0x10000 + n * 0x1000) | (n % 2 ? USED : USED & ~0x20));
  expect(shadow.fault(paging(0x4000), "both", 0x1000, READ).kind).toBe("hidden");
  // The odd ones of 16, but for the page itself.
  expect(filled()).toBe(7);
  expect(memory.read32(0x5000) & 0x20).toBe(0);
});

test("what the guest stores to a page table in use is filled, and a store that takes nothing away flushes nothing", () => {
  const { shadow, store, filled } = setup();
  store(0x5004, 0x11000 | USED);
  shadow.fault(paging(0x4000), "both", 0x1000, READ);
  shadow.takeFlush();
  store(0x5008, 0x12000 | USED);
  expect(filled()).toBe(1);
  store(0x500c, 0x13000 | (USED & ~0x20));
  expect(filled()).toBe(1);
  expect(shadow.takeFlush()).toBe(false);
});

test("stores to a directory that no current root leads to end its trace; to the current one's they do not", () => {
  const { memory, at, shadow, store } = setup();
  store(0x6000, 0x5000 | USED);
  shadow.root(paging(0x6000), "both");
  const { generation } = shadow;
  shadow.root(paging(0x4000), "both");
  for (let n = 0; n < 8; n++) {
    store(0x6100, n);
    store(0x4100, n);
  }
  expect(memory.traces.isTraced(at + 0x6000)).toBe(false);
  expect(memory.traces.isTraced(at + 0x4000)).toBe(true);
  expect(shadow.generation).not.toBe(generation);
  expect(shadow.knownRoot(paging(0x6000), "both")).toBeUndefined();
});
