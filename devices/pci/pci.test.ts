import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize, Line } from "../../core/bus/device.js";
import { FlatSpace } from "../testing/flat-space.js";
import { LineRecorder } from "../testing/line-recorder.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { PCI_CONFIG_ADDRESS, PCI_CONFIG_DATA, PciBus } from "./bus.js";
import { BAR0, COMMAND, PciFunction, ROM_BAR, ROM_INDEX } from "./function.js";
import { createI440fx, PAM0, type Shadow } from "./i440fx.js";
import { Piix3, ResetControl } from "./piix3.js";

function example() {
  const ports = new FlatSpace();
  const memory = new FlatSpace();
  const answers = (value: number) => ({ read: () => value, write: () => {} });
  const device = new PciFunction("example", { vendor: 0x1234, device: 0x5678, classCode: 0xff0000, interruptPin: 1 });
  device.addBar(0, { kind: "memory", size: 0x1000, prefetchable: true, map: (base) => memory.add(base, 0x1000, answers(1)) });
  device.addBar(1, { kind: "io", size: 0x20, map: (base) => ports.add(base, 0x20, answers(2)) });
  device.addBar(ROM_INDEX, { kind: "rom", size: 0x10000, map: (base) => memory.add(base, 0x10000, answers(3)) });
  return { ports, memory, device };
}

describe("configuration mechanism #1", () => {
  function setUp() {
    const ports = new FlatSpace();
    const bus = new PciBus(
      () => new LineRecorder(),
      () => {},
    );
    ports.add(PCI_CONFIG_ADDRESS, 4, bus.address);
    ports.add(PCI_CONFIG_DATA, 4, bus.data);
    const { device } = example();
    bus.attach(3, 1, device);
    return { ports, bus, device };
  }

  test("reads any byte, word or dword of the selected register", () => {
    const { ports } = setUp();
    ports.write(PCI_CONFIG_ADDRESS, 0x80001900, 4);
    expect(ports.read(PCI_CONFIG_ADDRESS, 4)).toBe(0x80001900);
    expect(ports.read(PCI_CONFIG_DATA, 4)).toBe(0x56781234);
    expect(ports.read(PCI_CONFIG_DATA + 2, 2)).toBe(0x5678);
    expect(ports.read(PCI_CONFIG_DATA + 1, 1)).toBe(0x12);
  });

  test("a place without a function, another bus, and a disabled address read as ones", () => {
    const { ports } = setUp();
    for (const address of [0x80001800, 0x80011900, 0x00001900]) {
      ports.write(PCI_CONFIG_ADDRESS, address, 4);
      ports.write(PCI_CONFIG_DATA, 0, 4);
      expect(ports.read(PCI_CONFIG_DATA, 4)).toBe(0xffffffff);
    }
  });

  test("only a 32-bit access at CF8 is for CONFIG_ADDRESS", () => {
    const { ports } = setUp();
    ports.write(PCI_CONFIG_ADDRESS, 0x80001900, 4);
    ports.write(PCI_CONFIG_ADDRESS, 0x00, 1);
    ports.write(PCI_CONFIG_ADDRESS + 2, 0x00, 2);
    expect(ports.read(PCI_CONFIG_ADDRESS, 4)).toBe(0x80001900);
  });
});

describe("a function", () => {
  test("identification cannot be written", () => {
    const { device } = example();
    device.writeConfig(0, 0, 4);
    device.writeConfig(8, 0, 4);
    expect(device.readConfig(0, 4)).toBe(0x56781234);
    expect(device.readConfig(8, 4)).toBe(0xff000000);
  });

  test("writing ones to a BAR tells its size and kind", () => {
    const { device } = example();
    for (const offset of [BAR0, BAR0 + 4, BAR0 + 8, ROM_BAR]) device.writeConfig(offset, 0xffffffff, 4);
    expect(device.readConfig(BAR0, 4)).toBe(0xfffff008);
    expect(device.readConfig(BAR0 + 4, 4)).toBe(0xffffffe1);
    expect(device.readConfig(BAR0 + 8, 4)).toBe(0);
    expect(device.readConfig(ROM_BAR, 4)).toBe(0xffff0001);
  });

  test("a BAR answers only while the command register lets it, and moves when it is written", () => {
    const { device, memory, ports } = example();
    device.writeConfig(BAR0, 0xe0000000, 4);
    device.writeConfig(BAR0 + 4, 0xc000, 4);
    expect(memory.read(0xe0000000, 4)).toBe(0xffffffff);
    device.writeConfig(COMMAND, 3, 2);
    expect(memory.read(0xe0000fff, 1)).toBe(1);
    expect(ports.read(0xc01f, 1)).toBe(2);
    expect(device.barBase(0)).toBe(0xe0000000);
    device.writeConfig(BAR0, 0xe1000000, 4);
    expect(memory.read(0xe0000000, 4)).toBe(0xffffffff);
    expect(memory.read(0xe1000000, 4)).toBe(1);
    device.writeConfig(COMMAND, 1, 2);
    expect(memory.ranges).toEqual([]);
    expect(ports.ranges.length).toBe(1);
  });

  test("a size probe with decoding on maps nothing over the top of memory", () => {
    const { device, memory, ports } = example();
    device.writeConfig(COMMAND, 3, 2);
    device.writeConfig(BAR0, 0xffffffff, 4);
    device.writeConfig(BAR0 + 4, 0xffffffff, 4);
    expect(memory.ranges).toEqual([]);
    expect(ports.ranges).toEqual([]);
  });

  test("the expansion ROM has an enable bit of its own", () => {
    const { device, memory } = example();
    device.writeConfig(COMMAND, 2, 2);
    device.writeConfig(ROM_BAR, 0xf0000000, 4);
    expect(memory.ranges).toEqual([]);
    device.writeConfig(ROM_BAR, 0xf0000001, 4);
    expect(memory.read(0xf0000000, 1)).toBe(3);
  });

  test("the interrupt shows in the status register, and the INTx disable bit keeps it off the wire", () => {
    const { device } = example();
    const wire = new LineRecorder();
    device.connect(wire, () => {});
    device.intx.set(true);
    expect(wire.level).toBe(true);
    expect(device.readConfig(6, 2) & 8).toBe(8);
    device.writeConfig(COMMAND, 0x400, 2);
    expect(wire.level).toBe(false);
    expect(device.readConfig(6, 2) & 8).toBe(8);
  });

  test("whatever is written, nothing throws, and a copy from the saved state decodes alike", () => {
    const access = fc.record({ offset: fc.nat(255), value: fc.nat(0xffffffff), size: fc.constantFrom<AccessSize>(1, 2, 4) });
    fc.assert(
      fc.property(fc.array(access), (accesses) => {
        const a = example();
        for (const { offset, value, size } of accesses) a.device.writeConfig(offset, value, size);
        const b = example();
        transplant(a.device, b.device);
        const places = (space: FlatSpace) => space.ranges.map(({ start, length }) => [start, length]).sort();
        expect(places(b.memory)).toEqual(places(a.memory));
        expect(places(b.ports)).toEqual(places(a.ports));
        expect(a.memory.ranges.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(example().device);
  });
});

describe("the i440FX", () => {
  function setUp() {
    const areas: [number, number, Shadow][] = [];
    return { areas, bridge: createI440fx((...area) => areas.push(area)) };
  }

  test("PAM0's high half opens the BIOS area", () => {
    const { areas, bridge } = setUp();
    bridge.writeConfig(PAM0, 0x10, 1);
    bridge.writeConfig(PAM0, 0x20, 1);
    bridge.writeConfig(PAM0, 0x30, 1);
    expect(areas).toEqual([
      [0xf0000, 0x10000, "readRamWriteRom"],
      [0xf0000, 0x10000, "readRomWriteRam"],
      [0xf0000, 0x10000, "ram"],
    ]);
  });

  test("the other PAM registers open two pieces of 16 KiB each, from C0000 to EFFFF", () => {
    const { areas, bridge } = setUp();
    for (let register = 1; register < 7; register++) bridge.writeConfig(PAM0 + register, 0x33, 1);
    const starts = Array.from({ length: 12 }, (_, index) => 0xc0000 + index * 0x4000);
    expect(areas).toEqual(starts.map((start) => [start, 0x4000, "ram"]));
  });

  test("reset closes what was open", () => {
    const { areas, bridge } = setUp();
    bridge.writeConfig(PAM0 + 1, 0x03, 1);
    bridge.reset();
    expect(areas.at(-1)).toEqual([0xc0000, 0x4000, "rom"]);
  });
});

describe("the PIIX3", () => {
  function setUp() {
    const wires = new Map<string, LineRecorder>();
    const wire = (irq: number, pirq: number): Line => {
      const key = `${irq}.${pirq}`;
      if (!wires.has(key)) wires.set(key, new LineRecorder());
      return wires.get(key)!;
    };
    const high = () => [...wires].filter(([, line]) => line.level).map(([key]) => key);
    return { bridge: new Piix3(wire), high };
  }

  test("steers a PIRQ to the IRQ its route register names, and nowhere while bit 7 is set", () => {
    const { bridge, high } = setUp();
    bridge.pirqs[2]!.set(true);
    expect(high()).toEqual([]);
    bridge.writeConfig(0x62, 11, 1);
    expect(high()).toEqual(["11.2"]);
    bridge.writeConfig(0x62, 10, 1);
    expect(high()).toEqual(["10.2"]);
    bridge.writeConfig(0x62, 0x8a, 1);
    expect(high()).toEqual([]);
  });

  test("has no way to IRQ 0, 1, 2, 8 and 13", () => {
    const { bridge, high } = setUp();
    bridge.pirqs[0]!.set(true);
    const reachable = Array.from({ length: 16 }, (_, irq) => {
      bridge.writeConfig(0x60, irq, 1);
      return high().length > 0 ? irq : -1;
    }).filter((irq) => irq >= 0);
    expect(reachable).toEqual([3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15]);
  });

  test("a copy from the saved state drives the same wires", () => {
    const a = setUp();
    a.bridge.writeConfig(0x60, 10, 1);
    a.bridge.pirqs[0]!.set(true);
    const b = setUp();
    transplant(a.bridge, b.bridge);
    expect(b.high()).toEqual(["10.0"]);
    expectDamageRefused(a.bridge);
  });
});

test("port CF9 resets when bit 2 rises, and only then", () => {
  let resets = 0;
  const control = new ResetControl(() => resets++);
  control.write(0, 2, 1);
  expect(resets).toBe(0);
  control.write(0, 6, 1);
  control.write(0, 6, 1);
  expect(resets).toBe(1);
  control.write(0, 2, 1);
  control.write(0, 6, 1);
  expect(resets).toBe(2);
});
