import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PortSpace, RangeSpace } from "./address-space.js";
import type { AddressSpace, Mapping } from "./bus.js";
import type { AccessSize, Region } from "./device.js";

/** A region that says who it is in the upper half of each byte, and where it was asked in the lower; it writes down what it is told. */
function recorder(name: number) {
  const writes: string[] = [];
  const region: Region = {
    read: (offset, size) => {
      let value = 0;
      for (let i = 0; i < size; i++) value += ((name << 4) | ((offset + i) & 15)) * 2 ** (8 * i);
      return value;
    },
    write: (offset, value, size) => {
      writes.push(`${offset}/${size}=${value.toString(16)}`);
    },
  };
  return { region, writes };
}

const KINDS: readonly (readonly [string, () => AddressSpace])[] = [
  ["memory space", () => new RangeSpace()],
  ["port space", () => new PortSpace()],
];

describe.each(KINDS)("%s", (_name, create) => {
  test("what nobody answers reads as ones of the access's size, and writes go nowhere", () => {
    const space = create();
    expect([space.read(5, 1), space.read(5, 2), space.read(5, 4)]).toEqual([0xff, 0xffff, 0xffffffff]);
    space.write(5, 1, 4);
  });

  test("a region sees offsets from its own start and unsigned values", () => {
    const space = create();
    const a = recorder(1);
    space.add(0x100, 16, a.region);
    expect(space.read(0x104, 4)).toBe(0x17161514);
    space.write(0x10c, 0xfedcba98, 4);
    expect(a.writes).toEqual(["12/4=fedcba98"]);
  });

  test("a value with bit 31 set is read as positive, though the region returns it as negative", () => {
    const space = create();
    space.add(0, 4, { read: () => -1, write: () => {} });
    expect(space.read(0, 4)).toBe(0xffffffff);
  });

  test("an access that leaves its range is split into bytes, little-endian, each to who answers there", () => {
    const space = create();
    const a = recorder(1);
    const b = recorder(2);
    space.add(0x100, 2, a.region);
    space.add(0x102, 1, b.region);
    expect(space.read(0x101, 4)).toBe(0xffff2011);
    space.write(0x100, 0x44332211, 4);
    expect([a.writes, b.writes]).toEqual([["0/1=11", "1/1=22"], ["0/1=33"]]);
  });

  test("a newer range hides an older one, also in the middle of an access, until it is removed", () => {
    const space = create();
    const a = recorder(1);
    const b = recorder(2);
    space.add(0xcf8, 4, a.region);
    const hole = space.add(0xcf9, 1, b.region);
    expect(space.read(0xcf8, 4)).toBe(0x13122010);
    hole.remove();
    expect(space.read(0xcf8, 4)).toBe(0x13121110);
    hole.remove();
    expect(space.read(0xcf8, 4)).toBe(0x13121110);
  });

  test("ranges removed out of order leave what is still there", () => {
    const space = create();
    const [a, b, c] = [1, 2, 3].map((name) => space.add(0, 1, recorder(name).region));
    b!.remove();
    expect(space.read(0, 1)).toBe(0x30);
    c!.remove();
    expect(space.read(0, 1)).toBe(0x10);
    a!.remove();
    expect(space.read(0, 1)).toBe(0xff);
  });

  test("a region that removes itself while it is written to is gone for the rest of a split access", () => {
    const space = create();
    let mapping: Mapping | undefined;
    let calls = 0;
    mapping = space.add(0x10, 2, {
      read: () => 0,
      write: () => {
        calls++;
        mapping!.remove();
      },
    });
    space.write(0xf, 0, 4);
    expect(calls).toBe(1);
  });

  test("every access goes where a list of ranges, newest first, says", () => {
    const step = fc.oneof(fc.record({ add: fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 16 })) }), fc.record({ remove: fc.nat(20) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const space = create();
        let model: { start: number; end: number; name: number; mapping: Mapping }[] = [];
        let name = 0;
        for (const s of steps) {
          if ("add" in s) {
            name = (name + 1) & 15;
            const [start, length] = s.add;
            model.unshift({ start, end: start + length, name, mapping: space.add(start, length, recorder(name).region) });
          } else {
            const gone = model[s.remove];
            gone?.mapping.remove();
            model = model.filter((range) => range !== gone);
          }
        }
        const byte = (address: number) => {
          const range = model.find(({ start, end }) => address >= start && address < end);
          return range ? (range.name << 4) | ((address - range.start) & 15) : 0xff;
        };
        for (let address = 0; address < 80; address++)
          for (const size of [1, 2, 4] as AccessSize[]) {
            let expected = 0;
            for (let i = 0; i < size; i++) expected += byte(address + i) * 2 ** (8 * i);
            expect(space.read(address, size)).toBe(expected);
          }
      }),
    );
  });
});

test("ports can be moved more often than there are ports", () => {
  const space = new PortSpace();
  const fixed = recorder(7);
  space.add(0x80, 1, fixed.region);
  const { region } = recorder(1);
  const answers = new Set<number>();
  for (let i = 0; i < 70_000; i++) {
    const mapping = space.add(0x600, 0x40, region);
    answers.add(space.read(0x600, 1));
    mapping.remove();
  }
  expect([...answers]).toEqual([0x10]);
  space.add(0x700, 1, recorder(2).region);
  expect([space.read(0x80, 1), space.read(0x600, 1), space.read(0x700, 1)]).toEqual([0x70, 0xff, 0x20]);
});

test("accesses at the end of the port space do not wrap", () => {
  const space = new PortSpace();
  space.add(0, 1, recorder(1).region);
  space.add(0xffff, 1, recorder(2).region);
  expect(space.read(0xffff, 4)).toBe(0xffffff20);
});
