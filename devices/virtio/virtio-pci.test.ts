import { describe, expect, test } from "vitest";
import { createBoard } from "../testing/test-board.js";
import { ALL_FEATURES, createBlockRig, IN, OK, perform } from "./testing/block-rig.js";
import { type Interface, MockDriver } from "./testing/mock-driver.js";
import { VirtioDevice } from "./virtio-device.js";
import { VirtioPci } from "./virtio-pci.js";

/** A console with three queues and a configuration that the test changes; it does nothing with buffers. */
class Example extends VirtioDevice {
  readonly looks: number[] = [];
  protected override available({ index }: { readonly index: number }): void {
    this.looks.push(index);
  }
  change(byte: number): void {
    this.config[1] = byte;
    this.configChanged();
  }
  override writeConfig(offset: number, bytes: Uint8Array): void {
    this.config.set(bytes, offset);
  }
}

function createExample(kind: Interface = "modern", msix = false) {
  const host = createBoard();
  const { board, ports, memory, ram, scheduler } = host;
  let kicks = 0;
  const device = new Example(
    { name: "example", type: 3, features: 0x21n, queues: [4, 8, 16], config: Uint8Array.of(1, 2, 3, 4) },
    { memory: board.options.guestMemory, scheduler, kicked: () => kicks++ },
  );
  board.pci.attach(3, 0, new VirtioPci(device, { ports, memory, classCode: 0x078000 }));
  const driver = new MockDriver({ ports, memory, ram }, { slot: 3, interface: kind, msix });
  return { ...host, device, driver, kicks: () => kicks };
}

describe("the common configuration", () => {
  test("feature words: two are there, the others are zero", () => {
    const { driver } = createExample();
    expect(driver.offered & 0x1_00ff_ffffn).toBe(0x1_0000_0021n);
    driver.setCommon(0, 2, 4);
    expect(driver.common(4, 4)).toBe(0);
    driver.setCommon(8, 2, 4);
    driver.setCommon(0xc, 0xffffffff, 4);
    expect(driver.common(0xc, 4)).toBe(0);
  });

  test("queues: how many, how large, where to kick; those that are not there have no size", () => {
    const { driver } = createExample();
    expect(driver.common(0x12, 2)).toBe(3);
    const seen = [0, 1, 2, 3].map((queue) => {
      driver.setCommon(0x16, queue, 2);
      return [driver.common(0x18, 2), driver.common(0x1e, 2), driver.common(0x1c, 2)];
    });
    expect(seen).toEqual([
      [4, 0, 0],
      [8, 1, 0],
      [16, 2, 0],
      [0, 0, 0],
    ]);
  });

  test("a queue can be made smaller, but not larger than it is, nor of no size", () => {
    const { driver } = createExample();
    driver.setCommon(0x16, 2, 2);
    for (const size of [32, 0]) driver.setCommon(0x18, size, 2);
    expect(driver.common(0x18, 2)).toBe(16);
    driver.setCommon(0x18, 8, 2);
    expect(driver.common(0x18, 2)).toBe(8);
  });

  test("an enabled queue does not move", () => {
    const { driver } = createExample();
    driver.initialize(ALL_FEATURES, [4]);
    const at = driver.common(0x20, 4);
    driver.setCommon(0x20, 0x5000, 4);
    driver.setCommon(0x18, 2, 2);
    expect([driver.common(0x20, 4), driver.common(0x18, 2), driver.common(0x1c, 2)]).toEqual([at, 4, 1]);
  });

  test("fields read in any width, and are written in their own", () => {
    const { driver } = createExample();
    driver.setCommon(0x16, 0x0201, 2);
    expect([driver.common(0x16, 1), driver.common(0x17, 1), driver.common(0x14, 4)]).toEqual([1, 2, 0x02010000]);
    driver.setCommon(0x16, 7, 1);
    driver.setCommon(0x16, 7, 4);
    driver.setCommon(0x17, 7, 1);
    expect(driver.common(0x16, 2)).toBe(0x0201);
  });

  test("vectors that are not there read back as none", () => {
    const { driver } = createExample();
    driver.setCommon(0x10, 3, 2);
    driver.setCommon(0x1a, 4, 2);
    expect([driver.common(0x10, 2), driver.common(0x1a, 2)]).toEqual([3, 0xffff]);
    driver.reset();
    expect(driver.common(0x10, 2)).toBe(0xffff);
  });
});

describe.each(["legacy", "modern", "window"] as const)("a device behind the %s interface", (kind) => {
  test("is asked to look into a queue that is kicked, and into all when the driver is ready", () => {
    const { driver, device, kicks } = createExample(kind);
    driver.initialize(ALL_FEATURES, [4, 8]);
    expect(device.looks).toEqual([0, 1]);
    for (const queue of [1, 0, 2, 1]) driver.kick(queue);
    expect([device.looks.slice(2), kicks()]).toEqual([[1, 0, 1], 4]);
  });

  test("tells of a configuration that has changed", () => {
    const { driver, device } = createExample(kind);
    device.change(7);
    expect(driver.takeIsr()).toBe(0);
    driver.initialize(ALL_FEATURES, [4]);
    const before = device.generation;
    device.change(8);
    expect([driver.device(1, 1), driver.takeIsr(), driver.takeIsr()]).toEqual([8, 2, 0]);
    expect(device.generation).toBe(before + 1);
    if (kind !== "legacy") expect(driver.generation).toBe(device.generation);
    driver.setDevice(2, 0x0a0b, 2);
    expect([driver.device(0, 4), driver.device(3, 1)]).toEqual([0x0a0b0801, 0x0a]);
  });

  test("tells of it with the vector for it", () => {
    const { driver, device, board } = createExample(kind, true);
    board.localApic.setVirtualWire();
    driver.initialize(ALL_FEATURES, [4]);
    device.change(8);
    expect([board.acknowledge(), driver.takeIsr()]).toEqual([0x40, 0]);
    expect(driver.device(1, 1)).toBe(8);
  });
});

test("one queue can be reset: what was under way is the driver's again, and the others go on", () => {
  const rig = createBlockRig({ device: { queues: 2 } });
  const { driver, requests, scheduler, ram } = rig;
  driver.initialize(ALL_FEATURES, [16, 16]);
  requests.send(IN, 0, 512, { queue: 0 });
  requests.send(IN, 1, 512, { queue: 1 });
  for (const queue of [0, 1]) driver.kick(queue);
  const { device } = driver.queues[0]!.place;
  driver.setCommon(0x16, 0, 2);
  driver.setCommon(0x3a, 1, 2);
  expect([driver.common(0x3a, 2), driver.common(0x1c, 2)]).toEqual([0, 0]);
  scheduler.advance(1_000_000);
  expect(ram[device + 2]).toBe(0);
  expect(requests.collect(1)).toMatchObject([{ status: OK }]);
  driver.queues[0] = driver.createQueue(0, 8);
  expect(perform(rig, IN, 1, 512).status).toBe(OK);
});

test("the window in configuration space does nothing for accesses that can not be", () => {
  const { driver, device } = createExample();
  let window = 0;
  for (let at = driver.config(0x34, 1); at !== 0; at = driver.config(at + 1, 1)) if (driver.config(at + 3, 1) === 5) window = at;
  const aim = (bar: number, offset: number, length: number) => {
    driver.setConfig(window + 4, bar, 1);
    driver.setConfig(window + 8, offset, 4);
    driver.setConfig(window + 12, length, 4);
  };
  driver.status = 3;
  const wrong = [
    [0, 0x14, 1],
    [4, 0x14, 3],
    [4, 0x15, 2],
    [4, 0x4000, 1],
    [4, 0xffffffff, 1],
  ] as const;
  for (const [bar, offset, length] of wrong) {
    aim(bar, offset, length);
    driver.setConfig(window + 16, 0, 4);
    expect(driver.config(window + 16)).toBe(0);
  }
  expect(device.status).toBe(3);
  aim(4, 0x14, 1);
  expect(driver.config(window + 16, 1)).toBe(3);
  driver.setConfig(window + 16, 0, 1);
  expect(device.status).toBe(0);
});
