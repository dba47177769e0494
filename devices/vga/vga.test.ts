import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { MODE_4, MODE_6, MODE_12H, MODE_13H, MODE_X, VgaDriver } from "../testing/vga-modes.js";
import { FONT_8X16 } from "./font.js";
import { Vga } from "./vga.js";
import type { VideoMemory } from "./video-memory.js";

const MEMORY = 0x400000;
const BLACK = 0xff000000;

function setUp() {
  const scheduler = new ManualScheduler();
  const dirty = new Set<number>();
  const memory: VideoMemory = {
    bytes: new Uint8Array(MEMORY),
    takeDirtyPages: () => {
      const pages = [...dirty];
      dirty.clear();
      return pages;
    },
  };
  const vga = new Vga({ clock: scheduler, memory });
  const driver = new VgaDriver(vga);
  const draw = (all = true) => {
    const { width, height } = vga.frameSize();
    const target = new Uint8ClampedArray(width * height * 4);
    const rows = vga.render(target, all);
    const pixels = new Uint32Array(target.buffer);
    return { width, height, rows, pixels, at: (x: number, y: number) => pixels[y * width + x]! };
  };
  const poke = (address: number, value: number) => vga.window.write(address - 0xa0000, value, 1);
  const peek = (address: number) => vga.window.read(address - 0xa0000, 1);
  const dispi = (index: number, value: number) => {
    vga.dispi.ports.write(0, index, 2);
    vga.dispi.ports.write(1, value, 2);
  };
  /** 256 colours that tell their number: red is the low six bits. */
  const rainbow = () => {
    for (let index = 0; index < 256; index++) driver.color(index, index & 63, index >> 6, 0);
  };
  const rainbowColor = (index: number) => {
    const wide = (value: number) => ((value << 2) | (value >> 4)) & 0xff;
    return (wide(index & 63) | (wide(index >> 6) << 8) | BLACK) >>> 0;
  };
  return { scheduler, dirty, memory, vga, driver, draw, poke, peek, dispi, rainbow, rainbowColor };
}

describe("registers", () => {
  test("the miscellaneous output register moves CRTC and input status between 3Bx and 3Dx", () => {
    const { driver } = setUp();
    driver.out(0x3c2, 0);
    driver.out(0x3b4, 0x0e);
    expect(driver.in(0x3b4)).toBe(0x0e);
    expect(driver.in(0x3d4)).toBe(0xff);
    driver.out(0x3c2, 1);
    expect(driver.in(0x3b4)).toBe(0xff);
    expect(driver.in(0x3d4)).toBe(0x0e);
  });

  test("CRTC registers 0-7 are protected by bit 7 of register 11, but for line compare's bit", () => {
    const { driver } = setUp();
    driver.out(0x3c2, 1);
    driver.indexed(0x3d4, 0x00, 0x5f);
    driver.indexed(0x3d4, 0x11, 0x80);
    driver.indexed(0x3d4, 0x00, 0x11);
    driver.indexed(0x3d4, 0x07, 0xff);
    driver.indexed(0x3d4, 0x09, 0x55);
    const read = (index: number) => {
      driver.out(0x3d4, index);
      return driver.in(0x3d5);
    };
    expect([read(0), read(7), read(9)]).toEqual([0x5f, 0x10, 0x55]);
  });

  test("port 3C0 takes index and data in turn, and reading 3DA makes the next one an index", () => {
    const { driver } = setUp();
    driver.out(0x3c2, 1);
    driver.in(0x3da);
    driver.out(0x3c0, 0x10);
    driver.in(0x3da);
    driver.out(0x3c0, 0x12);
    driver.out(0x3c0, 0x07);
    expect(driver.in(0x3c0)).toBe(0x12);
    expect(driver.in(0x3c1)).toBe(0x07);
  });

  test("palette registers cannot be loaded while the screen is on", () => {
    const { driver } = setUp();
    driver.out(0x3c2, 1);
    driver.attribute(0x05, 0x11);
    driver.attribute(0x25, 0x22);
    driver.in(0x3da);
    driver.out(0x3c0, 0x05);
    expect(driver.in(0x3c1)).toBe(0x11);
  });

  test("the DAC counts through red, green and blue of entry after entry, six bits each", () => {
    const { driver } = setUp();
    driver.out(0x3c8, 254);
    for (const value of [1, 2, 0xff, 4, 5, 6, 7, 8, 9]) driver.out(0x3c9, value);
    expect(driver.in(0x3c8)).toBe(1);
    expect(driver.in(0x3c7)).toBe(0);
    driver.out(0x3c7, 254);
    expect(driver.in(0x3c7)).toBe(3);
    expect(Array.from({ length: 9 }, () => driver.in(0x3c9))).toEqual([1, 2, 0x3f, 4, 5, 6, 7, 8, 9]);
  });
});

/** What the graphics controller does to one bit of one plane, in the words of IBM's description. */
function referenceBit(mode: number, registers: number[], host: number, latch: number, plane: number, bit: number): number {
  const [setReset, enable, , rotateFunction, , , , , bitMask] = registers as [number, number, 0, number, 0, 0, 0, 0, number];
  const latched = (latch >> bit) & 1;
  if (mode === 1) return latched;
  const rotate = rotateFunction & 7;
  const rotatedBit = (host >> ((bit + rotate) & 7)) & 1;
  let masked = (bitMask >> bit) & 1;
  let data = rotatedBit;
  if (mode === 0 && (enable >> plane) & 1) data = (setReset >> plane) & 1;
  if (mode === 2) data = (host >> plane) & 1;
  if (mode === 3) {
    masked &= rotatedBit;
    data = (setReset >> plane) & 1;
  }
  const result = [data, data & latched, data | latched, data ^ latched][rotateFunction >> 3]!;
  return masked ? result : latched;
}

describe("planar memory", () => {
  test("write modes 0-3 with every register agree with the description bit by bit", () => {
    const registers = fc.tuple(
      fc.nat(15),
      fc.nat(15),
      fc.constant(0),
      fc.nat(31),
      fc.nat(3),
      fc.nat(3),
      fc.nat(0),
      fc.nat(15),
      fc.nat(255),
    );
    const planes = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(registers, planes, planes, fc.nat(255), fc.nat(15), (graphics, latch, old, host, mapMask) => {
        const { driver, memory, poke, peek } = setUp();
        driver.set(MODE_12H);
        memory.bytes.set(latch, 400);
        memory.bytes.set(old, 800);
        graphics.forEach((value, index) => {
          if (index !== 6) driver.indexed(0x3ce, index, value);
        });
        driver.indexed(0x3c4, 2, mapMask);
        peek(0xa0000 + 100);
        poke(0xa0000 + 200, host);
        const expected = old.map((byte, plane) => {
          if (!((mapMask >> plane) & 1)) return byte;
          let value = 0;
          for (let bit = 0; bit < 8; bit++) value |= referenceBit(graphics[5], graphics, host, latch[plane]!, plane, bit) << bit;
          return value;
        });
        expect([...memory.bytes.subarray(800, 804)]).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("read mode 0 reads the selected plane, read mode 1 compares the planes that matter", () => {
    const { driver, memory, peek } = setUp();
    driver.set(MODE_12H);
    memory.bytes.set([0b11110000, 0b11001100, 0b10101010, 0b00000000], 0);
    for (let plane = 0; plane < 4; plane++) {
      driver.indexed(0x3ce, 4, plane);
      expect(peek(0xa0000)).toBe(memory.bytes[plane]);
    }
    driver.indexed(0x3ce, 5, 0x08);
    driver.indexed(0x3ce, 2, 0b0101);
    driver.indexed(0x3ce, 7, 0b0111);
    expect(peek(0xa0000)).toBe(0b00100000);
    driver.indexed(0x3ce, 7, 0b0000);
    expect(peek(0xa0000)).toBe(0xff);
  });

  test("odd and even addresses of text modes are planes 1 and 0 of the same even address", () => {
    const { vga, memory, poke, peek } = setUp();
    vga.setTextMode3();
    poke(0xb8002, 0x41);
    poke(0xb8003, 0x1e);
    expect([...memory.bytes.subarray(8, 10)]).toEqual([0x41, 0x1e]);
    expect([peek(0xb8002), peek(0xb8003)]).toEqual([0x41, 0x1e]);
  });

  test("chained addresses pick the plane by their low two bits", () => {
    const { driver, memory, poke, peek } = setUp();
    driver.set(MODE_13H);
    for (let address = 0; address < 8; address++) poke(0xa0000 + address, address + 1);
    expect([...memory.bytes.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect([...memory.bytes.subarray(16, 20)]).toEqual([5, 6, 7, 8]);
    expect(peek(0xa0006)).toBe(7);
  });

  test("nothing answers outside the window, or while RAM is off", () => {
    const { vga, driver, memory, poke, peek } = setUp();
    vga.setTextMode3();
    poke(0xa0000, 0x55);
    poke(0xb0000, 0x55);
    expect(peek(0xb0000)).toBe(0xff);
    driver.out(0x3c2, 0x65);
    poke(0xb8000, 0x55);
    expect(peek(0xb8000)).toBe(0xff);
    expect(memory.bytes[0]).toBe(0x20);
  });
});

describe("retrace", () => {
  test("text mode runs at 70 Hz: one vertical retrace a frame, and the display is off for a tenth of its lines", () => {
    const { vga, scheduler, driver } = setUp();
    vga.setTextMode3();
    let retraces = 0;
    let off = 0;
    let before = 0;
    const samples = 20_000;
    for (let sample = 0; sample < samples; sample++) {
      scheduler.advance(1e9 / samples);
      const status = driver.in(0x3da);
      if (status & 8 && !before) retraces++;
      before = status & 8;
      off += status & 1;
    }
    expect(retraces).toBe(70);
    // 80 of 100 characters in 400 of 449 lines show.
    expect(off / samples).toBeCloseTo(1 - 0.8 * (400 / 449), 1);
  });
});

describe("text", () => {
  function withText(text: string, attribute = 0x07) {
    const machine = setUp();
    machine.vga.setTextMode3();
    [...text].forEach((character, index) => {
      machine.poke(0xb8000 + index * 2, character.charCodeAt(0));
      machine.poke(0xb8001 + index * 2, attribute);
    });
    return machine;
  }

  test("mode 3 is 720 x 400, and its text can be read", () => {
    const { vga } = withText("Hello");
    expect(vga.frameSize()).toEqual({ width: 720, height: 400 });
    expect(vga.textScreen()[0]).toBe("Hello".padEnd(80));
    expect(vga.textScreen().length).toBe(25);
  });

  test("a character is drawn with its font and colours, the ninth dot in the background's", () => {
    const { draw } = withText("A", 0x1e);
    const { at } = draw();
    const [yellow, blue] = [0xff55ffff, 0xffaa0000];
    for (let row = 0; row < 16; row++) {
      const bits = FONT_8X16[0x41 * 16 + row]!;
      // The cursor is on rows 13 and 14 of the first cell.
      if (row === 13 || row === 14) continue;
      for (let dot = 0; dot < 8; dot++) expect(at(dot, row)).toBe(bits & (0x80 >> dot) ? yellow : blue);
      expect(at(8, row)).toBe(blue);
    }
  });

  test("line-drawing characters extend into the ninth dot", () => {
    const { draw } = withText("\u00c4\u00b3");
    const { at } = draw();
    expect(at(8, 7)).toBe(at(7, 7));
    expect(at(8, 7)).not.toBe(BLACK);
    expect(at(17, 7)).toBe(BLACK);
  });

  test("only rows that changed are drawn again", () => {
    const { draw, poke, scheduler } = withText("Hello");
    draw();
    expect(draw(false).rows).toBeUndefined();
    poke(0xb8000 + 160 * 5, 0x58);
    expect(draw(false).rows).toEqual({ top: 80, bottom: 96 });
    scheduler.advance(8 * 14.3e6);
    expect(draw(false).rows).toEqual({ top: 0, bottom: 16 });
  });

  test("the cursor shows on its scan lines, blinks, moves and can be switched off", () => {
    const { draw, driver, scheduler } = withText("  ", 0x70);
    const lit = () => {
      const { at } = draw(false).rows ? draw() : draw();
      return [0, 1, 2].filter((column) => at(column * 9, 13) === BLACK);
    };
    driver.indexed(0x3d4, 0x0f, 1);
    expect(lit()).toEqual([1, 2]);
    scheduler.advance(8 * 14.3e6);
    expect(lit()).toEqual([2]);
    scheduler.advance(8 * 14.3e6);
    driver.indexed(0x3d4, 0x0a, 0x2d);
    expect(lit()).toEqual([2]);
  });

  test("attribute bit 7 blinks, or brightens the background if blinking is off", () => {
    const { draw, driver, scheduler } = withText(" \u00db", 0x84);
    expect(draw().at(9, 0)).toBe(0xff0000aa);
    scheduler.advance(16 * 14.3e6);
    expect(draw().at(9, 0)).toBe(BLACK);
    driver.attribute(0x30, 0x04);
    expect(draw().at(0, 0)).toBe(0xff555555);
  });

  test("a font written to plane 2 shows at once", () => {
    const { draw, driver, poke } = withText("A ");
    draw();
    driver.indexed(0x3c4, 2, 4);
    driver.indexed(0x3c4, 4, 6);
    driver.indexed(0x3ce, 5, 0);
    driver.indexed(0x3ce, 6, 4);
    for (let row = 0; row < 16; row++) poke(0xa0000 + 0x41 * 32 + row, 0xff);
    driver.indexed(0x3c4, 2, 3);
    driver.indexed(0x3c4, 4, 2);
    driver.indexed(0x3ce, 5, 0x10);
    driver.indexed(0x3ce, 6, 0x0e);
    expect(draw(false).at(0, 0)).not.toBe(BLACK);
  });

  test("the start address scrolls, and line compare shows the top of memory below", () => {
    const { draw, driver, poke } = withText("first");
    poke(0xb8000 + 160, 0xdb);
    driver.indexed(0x3d4, 0x0d, 80);
    driver.indexed(0x3d4, 0x09, 0x0f);
    driver.indexed(0x3d4, 0x11, 0x0e);
    driver.indexed(0x3d4, 0x07, 0x0f);
    driver.indexed(0x3d4, 0x18, 15);
    const { at } = draw();
    expect(at(0, 0)).not.toBe(BLACK);
    const letter = Array.from({ length: 8 }, (_, dot) => at(dot, 16 + 5) !== BLACK);
    expect(letter).toEqual(Array.from({ length: 8 }, (_, dot) => (FONT_8X16[0x66 * 16 + 5]! & (0x80 >> dot)) !== 0));
  });

  test("a screen switched off is black", () => {
    const { draw, driver } = withText("\u00db");
    driver.indexed(0x3c4, 1, 0x20);
    const { pixels } = draw();
    expect(pixels.every((pixel) => pixel === BLACK)).toBe(true);
  });
});

describe("graphics", () => {
  test("mode 12h takes a bit of each plane", () => {
    const { driver, draw, poke, rainbow, rainbowColor } = setUp();
    driver.set(MODE_12H);
    rainbow();
    for (let plane = 0; plane < 4; plane++) {
      driver.indexed(0x3c4, 2, 1 << plane);
      poke(0xa0000 + 80 * 479 + 79, [0xaa, 0xcc, 0xf0, 0xff][plane]!);
    }
    const { width, height, at } = draw();
    expect([width, height]).toEqual([640, 480]);
    const colors = Array.from({ length: 8 }, (_, x) => at(632 + x, 479));
    expect(colors).toEqual([15, 14, 13, 12, 11, 10, 9, 8].map(rainbowColor));
  });

  test("mode 13h is 320 x 200 with a byte a pixel", () => {
    const { driver, draw, poke, rainbow, rainbowColor } = setUp();
    driver.set(MODE_13H);
    rainbow();
    for (let x = 0; x < 320; x++) poke(0xa0000 + 199 * 320 + x, x & 0xff);
    const { width, height, at } = draw();
    expect([width, height]).toEqual([320, 200]);
    for (let x = 0; x < 320; x++) expect(at(x, 199)).toBe(rainbowColor(x & 0xff));
  });

  test("unchained, each plane holds every fourth pixel and pages can be flipped", () => {
    const { driver, draw, poke, rainbow, rainbowColor } = setUp();
    driver.set(MODE_X);
    rainbow();
    for (let plane = 0; plane < 4; plane++) {
      driver.indexed(0x3c4, 2, 1 << plane);
      poke(0xa0000 + 0x4000 + 80, 100 + plane);
    }
    driver.indexed(0x3d4, 0x0c, 0x40);
    const { at } = draw();
    expect([0, 1, 2, 3].map((x) => at(x, 1))).toEqual([100, 101, 102, 103].map(rainbowColor));
  });

  test("mode 4 interleaves lines and packs four pixels a byte", () => {
    const { driver, draw, poke, rainbow, rainbowColor } = setUp();
    driver.set(MODE_4);
    rainbow();
    poke(0xb8000, 0b00011011);
    poke(0xb8001, 0b11100100);
    poke(0xb8000 + 0x2000 + 79, 0b11100100);
    const { width, height, at } = draw();
    expect([width, height]).toEqual([320, 200]);
    expect(Array.from({ length: 8 }, (_, x) => at(x, 0))).toEqual([0, 1, 2, 3, 3, 2, 1, 0].map(rainbowColor));
    expect(Array.from({ length: 4 }, (_, x) => at(316 + x, 1))).toEqual([3, 2, 1, 0].map(rainbowColor));
  });

  test("mode 6 is 640 x 200 in two colours", () => {
    const { driver, draw, poke, rainbow, rainbowColor } = setUp();
    driver.set(MODE_6);
    rainbow();
    poke(0xb8000 + 0x2000 + 80, 0x81);
    const { width, height, at } = draw();
    expect([width, height]).toEqual([640, 200]);
    expect([at(0, 3), at(1, 3), at(7, 3)]).toEqual([1, 0, 1].map(rainbowColor));
  });

  test("pixel panning moves the picture to the left", () => {
    const { driver, draw, poke, rainbow, rainbowColor } = setUp();
    driver.set(MODE_12H);
    rainbow();
    poke(0xa0000, 0x10);
    driver.attribute(0x33, 3);
    expect(draw().at(0, 0)).toBe(rainbowColor(15));
  });

  test("only rows whose pages were written are drawn again", () => {
    const { driver, draw, poke } = setUp();
    driver.set(MODE_13H);
    draw();
    expect(draw(false).rows).toBeUndefined();
    poke(0xa0000 + 100 * 320, 1);
    const { rows } = draw(false);
    expect(rows!.top).toBeGreaterThan(90);
    expect(rows!.top).toBeLessThanOrEqual(100);
    expect(rows!.bottom).toBeGreaterThan(100);
    expect(rows!.bottom).toBeLessThan(110);
  });
});

describe("VBE modes", () => {
  function inMode(width: number, height: number, depth: number, flags = 0x41) {
    const machine = setUp();
    for (const [index, value] of [
      [1, width],
      [2, height],
      [3, depth],
      [4, flags],
    ] as const) {
      machine.dispi(index, value);
    }
    return machine;
  }

  test("say what they are, and what they can do while capabilities are asked for", () => {
    const { vga, dispi } = setUp();
    const read = (index: number) => {
      vga.dispi.ports.write(0, index, 2);
      return vga.dispi.ports.read(1, 2);
    };
    expect(read(0)).toBe(0xb0c5);
    expect(read(10)).toBe(MEMORY >> 16);
    dispi(4, 2);
    expect([read(1), read(2), read(3)]).toEqual([2560, 1600, 32]);
    dispi(4, 0);
    expect([read(1), read(2), read(3)]).toEqual([0, 0, 0]);
  });

  test("every depth shows its colours", () => {
    const cases: [depth: number, bytes: number[], color: number][] = [
      [15, [0x1f, 0x7c], 0xffff00ff],
      [16, [0xe0, 0x07], 0xff00ff00],
      [24, [0x11, 0x22, 0x33], 0xff112233],
      [32, [0x11, 0x22, 0x33, 0x99], 0xff112233],
    ];
    for (const [depth, bytes, color] of cases) {
      const { memory, draw } = inMode(640, 400, depth);
      memory.bytes.set(bytes, (640 * 399 + 639) * bytes.length);
      const { width, height, at } = draw();
      expect([width, height]).toEqual([640, 400]);
      expect(at(639, 399), `${depth} bits`).toBe(color);
    }
  });

  test("8 bits go through the DAC, with 8-bit components if asked for", () => {
    const { memory, draw, driver } = inMode(640, 400, 8, 0x61);
    driver.color(7, 0x80, 0x81, 0x82);
    memory.bytes[0] = 7;
    expect(draw().at(0, 0)).toBe(0xff828180);
  });

  test("enabling clears the screen unless asked not to", () => {
    const { memory, dispi } = inMode(640, 400, 32);
    memory.bytes[5] = 1;
    dispi(4, 0);
    dispi(4, 0xc1);
    expect(memory.bytes[5]).toBe(1);
    dispi(4, 0);
    dispi(4, 0x41);
    expect(memory.bytes[5]).toBe(0);
  });

  test("a mode that does not fit stays off, and a mode that is on keeps its size", () => {
    const { vga } = inMode(2560, 1600, 32);
    expect(vga.dispi.enabled).toBe(false);
    const { vga: other, dispi } = inMode(640, 400, 32);
    dispi(1, 800);
    expect(other.dispi.width).toBe(640);
  });

  test("a virtual screen scrolls by offsets that stay inside", () => {
    const { memory, draw, dispi, vga } = inMode(640, 400, 32);
    dispi(6, 1024);
    dispi(8, 384);
    dispi(9, 10);
    dispi(8, 385);
    dispi(9, 0xffff);
    memory.bytes.set([1, 2, 3], (10 * 1024 + 384) * 4);
    expect(draw().at(0, 0)).toBe(0xff010203);
    expect(vga.dispi.readRegister(7)).toBe(MEMORY / 4096);
  });

  test("the window at A0000 is a bank of 64 KiB", () => {
    const { memory, poke, peek, dispi } = inMode(640, 400, 32, 1);
    dispi(5, 3);
    poke(0xa0001, 0x77);
    expect(memory.bytes[0x30001]).toBe(0x77);
    expect(peek(0xa0001)).toBe(0x77);
    expect(peek(0xb0001)).toBe(0xff);
  });

  test("only rows in pages written through the framebuffer are drawn again", () => {
    const { dirty, draw } = inMode(1024, 768, 32);
    draw();
    dirty.add(5);
    expect(draw(false).rows).toEqual({ top: 5, bottom: 6 });
    expect(draw(false).rows).toBeUndefined();
  });
});

const access = fc.oneof(
  fc.record({ kind: fc.constant("port"), at: fc.integer({ min: 0x3b0, max: 0x3df }), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant("window"), at: fc.nat(0x1ffff), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant("linear"), at: fc.nat(MEMORY + 8), value: fc.nat(0xffffffff) }),
  fc.record({ kind: fc.constant("dispi"), at: fc.nat(12), value: fc.oneof(fc.nat(0xffff), fc.constantFrom(8, 16, 32, 64, 640, 0x41)) }),
);

test("whatever is written, drawing never throws, and a copy from the saved state draws the same picture", () => {
  fc.assert(
    fc.property(fc.constantFrom(MODE_12H, MODE_13H, MODE_4), fc.array(access, { maxLength: 40 }), (mode, accesses) => {
      const a = setUp();
      a.driver.set(mode);
      for (const { kind, at, value } of accesses) {
        if (kind === "port") a.driver.out(at, value, 2);
        else if (kind === "window") a.vga.window.write(at, value, 1);
        else if (kind === "linear") a.vga.linear.write(at, value, 4);
        else a.dispi(at, value);
        a.vga.window.read(at & 0x1ffff, 4);
      }
      const b = setUp();
      b.memory.bytes.set(a.memory.bytes);
      transplant(a.vga, b.vga);
      const [left, right] = [a.draw(), b.draw()];
      expect([right.width, right.height]).toEqual([left.width, left.height]);
      expect(right.pixels.every((pixel, index) => pixel === left.pixels[index])).toBe(true);
      expect(left.width * left.height).toBeLessThanOrEqual(2560 * 1600);
    }),
    { numRuns: 60 },
  );
});

test("a damaged record is refused", () => {
  expectDamageRefused(setUp().vga);
});

test("every ASCII character has a glyph of its own", () => {
  const glyphs = Array.from({ length: 0x5f }, (_, index) => FONT_8X16.slice((0x20 + index) * 16, (0x21 + index) * 16).join());
  expect(new Set(glyphs).size).toBe(0x5f);
});
