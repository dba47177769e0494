import { expect, test } from "vitest";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { createBoard } from "../testing/test-board.js";
import { RNG_CLASS, VirtioRng } from "./rng.js";
import { MockDriver } from "./testing/mock-driver.js";
import { VirtioPci } from "./virtio-pci.js";

const PAUSE = 50_000;

function started(packed = false) {
  const host = createBoard();
  const { board, scheduler, ports, memory, ram } = host;
  let next = 0;
  const fill = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = ++next & 0xff;
  };
  const rng = new VirtioRng("virtio-rng-0", fill, { memory: board.options.guestMemory, scheduler, packed });
  const pci = new VirtioPci(rng, { ports, memory, classCode: RNG_CLASS });
  board.pci.attach(3, 0, pci);
  const driver = new MockDriver({ ports, memory, ram }, { slot: 3, interface: "modern" });
  driver.initialize(0xffff_ffff_ffffn, [8]);
  const ask = (length: number) => {
    const address = driver.memory.take(length);
    driver.send(0, [{ address, length, writable: true }]);
    return address;
  };
  return { ...host, rng, pci, driver, ask };
}

test("it is QEMU's virtio-rng-pci: 1af4:1005", () => {
  expect(started().config(3, 0, 0)).toBe(0x10051af4);
});

test("no capability is for nothing: the device has no configuration, and says none", () => {
  const { driver } = started();
  const lengths = new Map<number, number>();
  for (let at = driver.config(0x34, 1); at !== 0; at = driver.config(at + 1, 1))
    if (driver.config(at, 1) === 9) lengths.set(driver.config(at + 3, 1), driver.config(at + 12));
  // Common configuration, notifications, ISR status, and the window, whose length is the driver's to write.
  expect([...lengths].sort(([a], [b]) => a - b)).toEqual([
    [1, 0x3c],
    [2, 4],
    [3, 1],
    [5, 0],
  ]);
});

test.each([false, true])("buffers are filled, one after the other, and large ones in part (packed: %s)", (packed) => {
  const { driver, ask, scheduler, ram } = started(packed);
  const small = ask(64);
  const large = ask(5000);
  scheduler.advance(PAUSE);
  expect(driver.queues[0]!.collect()).toMatchObject([{ written: 64 }]);
  expect(driver.takeIsr()).toBe(1);
  expect([ram[small], ram[small + 63]]).toEqual([1, 64]);
  scheduler.advance(PAUSE);
  expect(driver.queues[0]!.collect()).toMatchObject([{ written: 1024 }]);
  expect([ram[large], ram[large + 1023], ram[large + 1024]]).toEqual([65, 64, 0]);
});

test("after a pause a new buffer is filled as well", () => {
  const { driver, ask, scheduler } = started();
  for (let i = 0; i < 20; i++) {
    ask(16);
    scheduler.advance(2 * PAUSE);
    expect(driver.queues[0]!.collect()).toMatchObject([{ written: 16 }]);
  }
});

test("a buffer that can only be read is against the rules", () => {
  const { driver, rng, scheduler } = started();
  driver.send(0, [{ address: 0x10000, length: 16, writable: false }]);
  scheduler.advance(PAUSE);
  expect(rng.problem).toContain("without room");
  expect(driver.status & 0x40).toBe(0x40);
});

test("a copy that takes the record goes on where the original was", () => {
  const original = started();
  original.ask(16);
  original.ask(16);
  original.scheduler.advance(PAUSE + 1000);
  const copy = started();
  copy.scheduler.advanceTo(original.scheduler.now());
  copy.ram.set(original.ram);
  transplant(original.pci, copy.pci);
  expectDamageRefused(original.rng);
  for (const { scheduler } of [original, copy]) scheduler.advance(PAUSE - 1000);
  expect(copy.pci.save()).toEqual(original.pci.save());
  expect(original.driver.queues[0]!.collect()).toHaveLength(2);
});
