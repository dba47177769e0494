import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type KeyboardLeds, Ps2Keyboard } from "./ps2-keyboard.js";
import { KEYS } from "./ps2-scancodes.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const MS = 1e6;

class Bench {
  readonly scheduler = new ManualScheduler();
  readonly leds: KeyboardLeds[] = [];
  readonly keyboard = new Ps2Keyboard("keyboard", this.scheduler, { leds: (leds) => this.leds.push(leds) });

  /** Everything the keyboard has to send, in hex. */
  sent(): string {
    const bytes: string[] = [];
    while (this.keyboard.ready) bytes.push(hex(this.keyboard.take()));
    return bytes.join(" ");
  }

  send(...bytes: number[]): string {
    const replies = bytes.map((byte) => {
      this.keyboard.receive(byte);
      return this.sent();
    });
    return replies.join(" ");
  }

  tap(...codes: string[]): string {
    for (const code of codes) this.keyboard.key(code, true);
    for (const code of codes.reverse()) this.keyboard.key(code, false);
    return this.sent();
  }

  press(code: string): string {
    this.keyboard.key(code, true);
    return this.sent();
  }

  release(code: string): string {
    this.keyboard.key(code, false);
    return this.sent();
  }
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("scan codes", () => {
  test("set 2 is the default: make, and F0 with the make code as break", () => {
    expect(bench.tap("KeyA")).toBe("1c f0 1c");
    expect(bench.tap("AltRight")).toBe("e0 11 e0 f0 11");
    expect(bench.tap("F7")).toBe("83 f0 83");
  });

  test("set 1 gives the codes of the first PC", () => {
    bench.send(0xf0, 0x01);
    const makes = {
      Escape: "01",
      Digit1: "02",
      KeyQ: "10",
      Enter: "1c",
      KeyA: "1e",
      KeyZ: "2c",
      F1: "3b",
      F10: "44",
      F11: "57",
      F12: "58",
    };
    for (const [code, make] of Object.entries(makes)) {
      expect(bench.press(code), code).toBe(make);
      expect(bench.release(code), code).toBe(hex(Number.parseInt(make, 16) | 0x80));
    }
    expect(bench.tap("ArrowUp")).toBe("e0 48 e0 c8");
    expect(bench.tap("Numpad8")).toBe("48 c8");
    expect(bench.tap("IntlBackslash")).toBe("56 d6");
  });

  test("every key of a 101-key keyboard has a set 1 code of its own, 01 to 58 hex without gaps but 54-56", () => {
    bench.send(0xf0, 0x01);
    const seen = new Set<string>();
    for (const [code, key] of KEYS) {
      const made = bench.tap(code);
      expect(seen.has(made), `${code}: ${made}`).toBe(false);
      seen.add(made);
      if (!key.extended && code !== "Pause" && key.set2 < 0x80) expect(made, code).toMatch(/^[0-7]. [89a-f].$/);
    }
    for (let make = 0x01; make <= 0x58; make++) {
      if (make >= 0x54 && make <= 0x55) continue;
      expect(seen.has(`${hex(make)} ${hex(make | 0x80)}`), hex(make)).toBe(true);
    }
  });

  test("set 3 has one code a key and no prefixes; make-only keys have no break", () => {
    bench.send(0xf0, 0x03);
    expect(bench.tap("KeyA")).toBe("1c");
    expect(bench.tap("ControlLeft")).toBe("11 f0 11");
    expect(bench.tap("ControlRight")).toBe("58");
    expect(bench.tap("ArrowUp")).toBe("63");
    expect(bench.tap("Pause")).toBe("62");
  });

  test("the codes of set 3 are all different", () => {
    const codes = [...KEYS.values()].map((key) => key.set3).filter((code) => code !== 0);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test("cursor keys pretend Shift under Num Lock, and pretend no Shift under Shift", () => {
    bench.send(0xed, 0x02);
    expect(bench.tap("Insert")).toBe("e0 12 e0 70 e0 f0 70 e0 f0 12");
    bench.press("ShiftLeft");
    expect(bench.tap("Insert")).toBe("e0 70 e0 f0 70");
    bench.send(0xed, 0x00);
    expect(bench.tap("Insert")).toBe("e0 f0 12 e0 70 e0 f0 70 e0 12");
    bench.release("ShiftLeft");
    bench.press("ShiftRight");
    expect(bench.tap("NumpadDivide")).toBe("e0 f0 59 e0 4a e0 f0 4a e0 59");
  });

  test("in set 1 the same reads 2A and AA", () => {
    bench.send(0xf0, 0x01, 0xed, 0x02);
    expect(bench.tap("ArrowLeft")).toBe("e0 2a e0 4b e0 cb e0 aa");
  });

  test("a release undoes what its press did, though Shift changed in between", () => {
    bench.press("ShiftLeft");
    bench.press("Home");
    bench.release("ShiftLeft");
    expect(bench.release("Home")).toBe("e0 f0 6c e0 12");
  });

  test("Print Screen alone, with Control, with Alt", () => {
    expect(bench.tap("PrintScreen")).toBe("e0 12 e0 7c e0 f0 7c e0 f0 12");
    bench.press("ControlLeft");
    expect(bench.tap("PrintScreen")).toBe("e0 7c e0 f0 7c");
    bench.release("ControlLeft");
    bench.press("AltLeft");
    expect(bench.tap("PrintScreen")).toBe("84 f0 84");
  });

  test("Pause sends make and break at once; with Control it is Break", () => {
    expect(bench.press("Pause")).toBe("e1 14 77 e1 f0 14 f0 77");
    expect(bench.release("Pause")).toBe("");
    bench.press("ControlLeft");
    expect(bench.tap("Pause")).toBe("e0 7e e0 f0 7e");
  });

  test("unknown keys and the host's own repeats are ignored", () => {
    expect(bench.tap("NoSuchKey")).toBe("");
    bench.press("KeyA");
    expect(bench.press("KeyA")).toBe("");
    expect(bench.release("KeyB")).toBe("");
  });

  test("releaseAll lets every key go", () => {
    bench.press("ShiftLeft");
    bench.press("KeyA");
    bench.keyboard.releaseAll();
    expect(bench.sent()).toBe("f0 12 f0 1c");
  });
});

describe("typematic", () => {
  test("the last key pressed repeats after 500 ms, 10.9 times a second", () => {
    bench.press("KeyA");
    bench.scheduler.advance(499 * MS);
    expect(bench.sent()).toBe("");
    bench.scheduler.advance(1 * MS);
    expect(bench.sent()).toBe("1c");
    bench.scheduler.advance(1000 * MS);
    expect(bench.sent().split(" ").length).toBe(10);
  });

  test("another key takes over; releasing the first changes nothing, releasing the second stops", () => {
    bench.press("KeyA");
    bench.press("KeyB");
    bench.release("KeyA");
    bench.scheduler.advance(500 * MS);
    expect(bench.sent()).toBe("32");
    bench.release("KeyB");
    bench.scheduler.advance(2000 * MS);
    expect(bench.sent()).toBe("");
  });

  test("rate and delay are set by F3: 250 ms and 30 a second, 1 s and 2 a second", () => {
    bench.send(0xf3, 0x00);
    bench.press("KeyA");
    bench.scheduler.advance(250 * MS);
    expect(bench.sent()).toBe("1c");
    bench.scheduler.advance(34 * MS);
    expect(bench.sent()).toBe("1c");
    bench.release("KeyA");
    bench.sent();
    bench.send(0xf3, 0x7f);
    bench.press("KeyA");
    bench.scheduler.advance(1499 * MS);
    expect(bench.sent()).toBe("1c");
    bench.scheduler.advance(1 * MS);
    expect(bench.sent()).toBe("1c");
  });

  test("repeats of a cursor key leave out the fake Shift; Pause does not repeat", () => {
    bench.send(0xed, 0x02);
    bench.press("ArrowDown");
    bench.scheduler.advance(500 * MS);
    expect(bench.sent()).toBe("e0 72");
    bench.press("Pause");
    bench.scheduler.advance(5000 * MS);
    expect(bench.sent().startsWith("e0 72 e0 72")).toBe(true);
  });

  test("a host that was away makes one repeat of many", () => {
    bench.press("KeyA");
    bench.scheduler.jump(60_000 * MS);
    expect(bench.sent()).toBe("1c");
  });

  test("set 3: Shift does not repeat unless made typematic", () => {
    bench.send(0xf0, 0x03);
    bench.press("ShiftLeft");
    bench.scheduler.advance(5000 * MS);
    expect(bench.sent()).toBe("");
    bench.release("ShiftLeft");
    bench.sent();
    expect(bench.send(0xfb, 0x12, 0xf4)).toBe("fa fa fa");
    bench.press("ShiftLeft");
    bench.scheduler.advance(500 * MS);
    expect(bench.sent()).toBe("12");
  });
});

describe("buffer", () => {
  test("sixteen codes fit; then one overrun code, and nothing until it is read", () => {
    for (let i = 0; i < 20; i++) bench.keyboard.key("KeyA", i % 2 === 0);
    expect(bench.keyboard.room).toBe(0);
    expect(bench.sent()).toBe("1c f0 1c 1c f0 1c 1c f0 1c 1c f0 1c 1c f0 1c 1c 00");
    expect(bench.tap("KeyB")).toBe("32 f0 32");
  });

  test("the overrun code of set 1 is FF, and a key never goes in by half", () => {
    bench.send(0xf0, 0x01);
    for (const code of ["KeyA", "KeyB", "KeyC", "KeyD", "KeyE", "KeyF", "KeyG"]) {
      bench.keyboard.key(code, true);
      bench.keyboard.key(code, false);
    }
    bench.keyboard.key("Pause", true);
    expect(bench.sent()).toBe("1e 9e 30 b0 2e ae 20 a0 12 92 21 a1 22 a2 ff");
  });

  test("replies go before key codes that wait", () => {
    bench.keyboard.key("KeyA", true);
    bench.keyboard.receive(0xee);
    expect(bench.sent()).toBe("ee 1c");
  });
});

describe("commands", () => {
  test("echo, identity, and an unknown command", () => {
    expect(bench.send(0xee)).toBe("ee");
    expect(bench.send(0xf2)).toBe("fa ab 83");
    expect(bench.send(0xef)).toBe("fe");
    expect(bench.send(0x12)).toBe("fe");
  });

  test("LEDs", () => {
    expect(bench.send(0xed, 0x05)).toBe("fa fa");
    expect(bench.leds).toEqual([{ scrollLock: true, numLock: false, capsLock: true }]);
  });

  test("a command instead of an argument is taken as a command", () => {
    expect(bench.send(0xed, 0xee, 0x02)).toBe("fa ee fe");
    expect(bench.leds).toEqual([]);
  });

  test("scan code set: select, ask, refuse", () => {
    expect(bench.send(0xf0, 0x00)).toBe("fa fa 02");
    expect(bench.send(0xf0, 0x03, 0xf0, 0x00)).toBe("fa fa fa fa 03");
    expect(bench.send(0xf0, 0x04)).toBe("fa fe");
  });

  test("disable stops scanning, enable empties the buffer and starts it", () => {
    expect(bench.send(0xf5)).toBe("fa");
    expect(bench.tap("KeyA")).toBe("");
    expect(bench.send(0xf4)).toBe("fa");
    expect(bench.tap("KeyA")).toBe("1c f0 1c");
    bench.keyboard.key("KeyB", true);
    expect(bench.send(0xf4)).toBe("fa");
  });

  test("set default brings back set 2 and the typematic rate, and keeps scanning", () => {
    bench.send(0xf0, 0x01, 0xf3, 0x00);
    expect(bench.send(0xf6)).toBe("fa");
    bench.press("KeyA");
    bench.scheduler.advance(499 * MS);
    expect(bench.sent()).toBe("");
    expect(bench.release("KeyA")).toBe("f0 1c");
  });

  test.each([
    [0xf7, "typematic", "1c", true],
    [0xf8, "make/break", "1c f0 1c", false],
    [0xf9, "make only", "1c", false],
    [0xfa, "typematic and make/break", "1c f0 1c", true],
  ])("%i sets all keys %s", (command, _, codes, repeats) => {
    bench.send(0xf0, 0x03);
    expect(bench.send(command)).toBe("fa");
    expect(bench.tap("KeyA")).toBe(codes);
    bench.press("KeyA");
    bench.scheduler.advance(500 * MS);
    expect(bench.sent()).toBe(repeats ? "1c" : "");
  });

  test.each([
    [0xfc, "make/break", "1c f0 1c"],
    [0xfd, "make only", "1c"],
  ])("%i sets the keys that follow %s, and scanning stops until enabled", (command, _, codes) => {
    bench.send(0xf0, 0x03, 0xfa);
    expect(bench.send(command, 0x1c, 0x32)).toBe("fa fa fa");
    expect(bench.tap("KeyA")).toBe("");
    expect(bench.send(0xf4)).toBe("fa");
    expect(bench.tap("KeyA")).toBe(codes);
  });

  test("resend repeats the last byte", () => {
    bench.press("KeyA");
    expect(bench.send(0xfe, 0xfe)).toBe("1c 1c");
  });

  test("reset acknowledges, tests itself, and is as new", () => {
    bench.send(0xf0, 0x01, 0xed, 0x07);
    expect(bench.send(0xff)).toBe("fa");
    expect(bench.tap("KeyA")).toBe("");
    bench.scheduler.advance(500 * MS);
    expect(bench.sent()).toBe("aa");
    expect(bench.tap("KeyA")).toBe("1c f0 1c");
    expect(bench.leds.at(-1)).toEqual({ scrollLock: false, numLock: false, capsLock: false });
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom("KeyA", "ShiftLeft", "Home", "Pause", "PrintScreen", "ControlLeft", "AltLeft"), down: fc.boolean() }),
    fc.record({ send: fc.oneof(fc.nat(255), fc.integer({ min: 0xed, max: 0xff }), fc.nat(3)) }),
    fc.record({ wait: fc.integer({ min: 1, max: 1e9 }) }),
    fc.constant("take" as const),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (target: Bench, steps: readonly Step[]) =>
    steps.map((action) => {
      if (action === "take") return target.keyboard.ready ? target.keyboard.take() : null;
      if ("key" in action) target.keyboard.key(action.key, action.down);
      else if ("send" in action) target.keyboard.receive(action.send);
      else target.scheduler.advance(action.wait);
      return target.keyboard.ready;
    });

  test("a loaded keyboard goes on like the saved one", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 40 }), (before, after) => {
        const old = new Bench();
        run(old, before);
        const fresh = new Bench();
        fresh.scheduler.advanceTo(old.scheduler.now());
        transplant(old.keyboard, fresh.keyboard);
        expect(run(fresh, after)).toEqual(run(old, after));
        expect(fresh.sent()).toBe(old.sent());
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(bench.keyboard);
  });

  test("reset forgets everything", () => {
    bench.send(0xf0, 0x03);
    bench.press("KeyA");
    bench.keyboard.reset();
    expect([bench.keyboard.ready, bench.scheduler.armed]).toEqual([false, []]);
    expect(bench.tap("KeyA")).toBe("1c f0 1c");
  });
});
