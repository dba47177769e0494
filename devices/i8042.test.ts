import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { I8042 } from "./i8042.js";
import { Ps2Keyboard } from "./ps2-keyboard.js";
import { Ps2Mouse } from "./ps2-mouse.js";
import { LineRecorder } from "./testing/line-recorder.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const MS = 1e6;

class Bench {
  readonly scheduler = new ManualScheduler();
  readonly irq1 = new LineRecorder(this.scheduler);
  readonly irq12 = new LineRecorder(this.scheduler);
  readonly a20 = new LineRecorder(this.scheduler);
  readonly keyboard = new Ps2Keyboard("keyboard", this.scheduler);
  readonly mouse = new Ps2Mouse("mouse", this.scheduler);
  resets = 0;
  readonly controller: I8042;

  constructor(withMouse = true) {
    this.controller = new I8042("i8042", this.scheduler, {
      keyboard: this.keyboard,
      ...(withMouse ? { mouse: this.mouse } : {}),
      irq1: this.irq1,
      irq12: this.irq12,
      a20: this.a20,
      reset: () => this.resets++,
    });
    this.controller.reset();
  }

  get status(): number {
    return this.controller.command.read(0, 1);
  }

  data(): number {
    return this.controller.data.read(0, 1);
  }

  write(value: number): void {
    this.controller.data.write(0, value, 1);
  }

  command(value: number, ...argument: number[]): void {
    this.controller.command.write(0, value, 1);
    for (const byte of argument) this.write(byte);
  }

  /** Polls the status like a driver without interrupts, for at most 50 ms; undefined if nothing comes. */
  poll(): number | undefined {
    for (let tries = 0; tries < 500; tries++) {
      if (this.status & 0x01) return this.data();
      this.scheduler.advance(0.1 * MS);
    }
    return undefined;
  }

  /** A command that the controller answers by itself. */
  ask(command: number, ...argument: number[]): number | undefined {
    this.command(command, ...argument);
    return this.poll();
  }

  pollAll(): number[] {
    const bytes: number[] = [];
    for (let byte = this.poll(); byte !== undefined; byte = this.poll()) bytes.push(byte);
    return bytes;
  }

  mouseCommand(...bytes: number[]): number[] {
    return bytes.flatMap((byte) => {
      this.command(0xd4, byte);
      return this.pollAll();
    });
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("controller commands", () => {
  test("self test answers 55 and sets the system flag", () => {
    expect(bench.status & 0x04).toBe(0);
    expect(bench.ask(0xaa)).toBe(0x55);
    expect(bench.status & 0x04).toBe(0x04);
  });

  test("interface tests find no fault; without a mouse the clock line is stuck low", () => {
    expect([bench.ask(0xab), bench.ask(0xa9)]).toEqual([0x00, 0x00]);
    expect(new Bench(false).ask(0xa9)).toBe(0x01);
  });

  test("the command byte and the other bytes of RAM read back", () => {
    expect(bench.ask(0x20)).toBe(0x43);
    bench.command(0x60, 0x67);
    bench.command(0x7f, 0xa5);
    expect([bench.ask(0x20), bench.ask(0x3f)]).toEqual([0x67, 0xa5]);
    expect(bench.status & 0x04).toBe(0x04);
  });

  test("ports are disabled and enabled in the command byte", () => {
    bench.command(0xad);
    bench.command(0xa7);
    expect(bench.ask(0x20)).toBe(0x73);
    bench.command(0xae);
    bench.command(0xa8);
    expect(bench.ask(0x20)).toBe(0x43);
  });

  test("there is no password; one that is loaded swallows its scan codes up to zero", () => {
    expect(bench.ask(0xa4)).toBe(0xf1);
    bench.command(0xa5, 0x1e, 0x30, 0x00);
    bench.write(0xee);
    expect(bench.pollAll()).toEqual([0xee]);
  });

  test("A20 by the output port, and by DD and DF", () => {
    expect(bench.a20.level).toBe(true);
    bench.command(0xd1, 0xdd);
    expect(bench.a20.level).toBe(false);
    expect(bench.ask(0xd0)! & 0x02).toBe(0);
    bench.command(0xdf);
    expect(bench.a20.level).toBe(true);
    expect(bench.ask(0xd0)! & 0x03).toBe(0x03);
    bench.command(0xdd);
    expect(bench.a20.level).toBe(false);
  });

  test("reset by pulse FE and by the output port; FF pulses nothing", () => {
    bench.command(0xff);
    expect(bench.resets).toBe(0);
    bench.command(0xfe);
    expect(bench.resets).toBe(1);
    bench.command(0xd1, 0xde);
    expect(bench.resets).toBe(2);
  });

  test("D2 and D3 put a byte in the output buffer as if a device had sent it", () => {
    bench.command(0xd2, 0x5a);
    expect([bench.status & 0x21, bench.irq1.level, bench.irq12.level]).toEqual([0x01, true, false]);
    expect(bench.data()).toBe(0x5a);
    bench.command(0xd3, 0xa5);
    expect([bench.status & 0x21, bench.irq1.level, bench.irq12.level]).toEqual([0x21, false, true]);
    expect(bench.data()).toBe(0xa5);
    expect([bench.irq1.level, bench.irq12.level]).toEqual([false, false]);
  });

  test("bit 3 of the status tells whether a command or data was written last", () => {
    bench.command(0x20);
    expect(bench.status & 0x08).toBe(0x08);
    bench.write(0xee);
    expect(bench.status & 0x08).toBe(0);
  });

  test("the input port and halves of it in the status; test inputs", () => {
    const input = bench.ask(0xc0)!;
    expect(input & 0x80).toBe(0x80);
    bench.command(0xc2);
    expect(bench.status & 0xf0).toBe(input & 0xf0);
    bench.command(0xc1);
    expect(bench.status & 0xf0).toBe((input << 4) & 0xf0);
    bench.command(0xad);
    expect(bench.ask(0xe0)).toBe(0x02);
  });

  test("the output port shows which output buffer is full", () => {
    bench.command(0xd3, 0x11);
    bench.command(0xd0);
    expect(bench.data()).toBe(0x11);
    expect(bench.data() & 0x30).toBe(0x20);
    expect(bench.ask(0xd0)! & 0x30).toBe(0);
  });

  test("unknown commands do nothing", () => {
    bench.command(0xbb);
    expect(bench.poll()).toBeUndefined();
  });
});

describe("keyboard port", () => {
  test("a key raises IRQ 1 a byte time later and is translated to set 1", () => {
    bench.keyboard.key("KeyA", true);
    expect(bench.status & 0x01).toBe(0);
    bench.scheduler.advance(1 * MS);
    expect([bench.irq1.level, bench.status & 0x21]).toEqual([true, 0x01]);
    expect(bench.data()).toBe(0x1e);
    expect(bench.irq1.level).toBe(false);
    bench.keyboard.key("KeyA", false);
    expect(bench.pollAll()).toEqual([0x9e]);
  });

  test("reading port 60H again right away gives the same byte", () => {
    bench.keyboard.key("KeyA", true);
    bench.keyboard.key("KeyB", true);
    bench.scheduler.advance(1 * MS);
    expect([bench.data(), bench.data()]).toEqual([0x1e, 0x1e]);
    expect(bench.pollAll()).toEqual([0x30]);
  });

  test("each byte makes an edge of its own", () => {
    bench.keyboard.key("ArrowUp", true);
    bench.keyboard.key("ArrowUp", false);
    expect(bench.pollAll()).toEqual([0xe0, 0x48, 0xe0, 0xc8]);
    expect(bench.irq1.rises.length).toBe(4);
  });

  test("without translation set 2 comes through", () => {
    bench.command(0x60, 0x03);
    bench.keyboard.key("KeyA", true);
    bench.keyboard.key("KeyA", false);
    expect(bench.pollAll()).toEqual([0x1c, 0xf0, 0x1c]);
  });

  test("answers of the keyboard pass translation, so its identity reads AB 41", () => {
    bench.write(0xf2);
    expect(bench.pollAll()).toEqual([0xfa, 0xab, 0x41]);
  });

  test("a disabled keyboard keeps its codes until enabled; sending to it enables it", () => {
    bench.command(0xad);
    bench.keyboard.key("KeyA", true);
    expect(bench.poll()).toBeUndefined();
    bench.command(0xae);
    expect(bench.pollAll()).toEqual([0x1e]);
    bench.command(0xad);
    bench.write(0xee);
    expect(bench.pollAll()).toEqual([0xee]);
    expect(bench.ask(0x20)! & 0x10).toBe(0);
  });

  test("a byte that is stopped on the wire starts again when the port is enabled", () => {
    bench.keyboard.key("KeyA", true);
    bench.scheduler.advance(0.8 * MS);
    bench.command(0xad);
    bench.command(0xae);
    bench.scheduler.advance(0.8 * MS);
    expect(bench.status & 0x01).toBe(0);
    bench.scheduler.advance(0.1 * MS);
    expect(bench.data()).toBe(0x1e);
  });

  test("a byte on the wire waits for an answer that came first to be read", () => {
    bench.keyboard.key("KeyA", true);
    bench.scheduler.advance(0.8 * MS);
    bench.command(0xaa);
    bench.scheduler.advance(5 * MS);
    expect(bench.data()).toBe(0x55);
    bench.scheduler.advance(0.8 * MS);
    expect(bench.status & 0x01).toBe(0);
    expect(bench.pollAll()).toEqual([0x1e]);
  });

  test("with its interrupt off a key fills the buffer quietly, and turning it on raises IRQ 1", () => {
    bench.command(0x60, 0x42);
    bench.keyboard.key("KeyA", true);
    bench.scheduler.advance(1 * MS);
    expect([bench.status & 0x01, bench.irq1.level]).toEqual([0x01, false]);
    bench.command(0x60, 0x43);
    expect(bench.irq1.level).toBe(true);
  });

  test("a controller's answer waits for a full buffer to be read", () => {
    bench.keyboard.key("KeyA", true);
    bench.scheduler.advance(1 * MS);
    bench.command(0xaa);
    expect([bench.data(), bench.data()]).toEqual([0x1e, 0x55]);
  });
});

describe("auxiliary port", () => {
  test("a mouse is found, enabled and reports with IRQ 12 and the AUX bit", () => {
    expect(bench.mouseCommand(0xff)).toEqual([0xfa, 0xaa, 0x00]);
    expect(bench.mouseCommand(0xf4)).toEqual([0xfa]);
    bench.irq12.clear();
    bench.mouse.buttons(1);
    bench.scheduler.advance(1 * MS);
    expect([bench.irq12.level, bench.irq1.level, bench.status & 0x21]).toEqual([true, false, 0x21]);
    expect(bench.pollAll()).toEqual([0x09, 0, 0]);
    expect(bench.irq12.rises.length).toBe(3);
  });

  test("mouse bytes are never translated", () => {
    bench.mouseCommand(0xe8, 0x03, 0xf4);
    bench.mouse.move(0x1c, 0);
    expect(bench.pollAll()).toEqual([0x08, 0x1c, 0x00]);
  });

  test("nobody there: FE with the time-out bit", () => {
    const none = new Bench(false);
    none.command(0xd4, 0xf4);
    expect(none.status & 0x61).toBe(0x61);
    expect(none.data()).toBe(0xfe);
    expect(none.status & 0x40).toBe(0);
  });

  test("keyboard and mouse take turns", () => {
    bench.mouseCommand(0xe8, 0x03, 0xf4);
    bench.mouse.move(1, 0);
    for (const code of ["KeyA", "KeyB", "KeyC"]) bench.keyboard.key(code, true);
    const sources: string[] = [];
    for (let i = 0; i < 6; i++) {
      bench.scheduler.advance(1 * MS);
      sources.push(bench.status & 0x20 ? "m" : "k");
      bench.data();
    }
    expect(sources.join("")).toMatch(/^(mk){3}$|^(km){3}$/);
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({ command: fc.oneof(fc.nat(255), fc.constantFrom(0x60, 0xd1, 0xd2, 0xd3, 0xd4, 0xad, 0xae)) }),
    fc.record({ data: fc.oneof(fc.nat(255), fc.constantFrom(0xf4, 0xff, 0xf2, 0x43, 0x47)) }),
    fc.record({ key: fc.constantFrom("KeyA", "Home", "Pause", "ShiftLeft"), down: fc.boolean() }),
    fc.record({ move: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ wait: fc.integer({ min: 1, max: 2e6 }) }),
    fc.constant("read" as const),
    fc.constant("status" as const),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (target: Bench, steps: readonly Step[]) =>
    steps.map((action) => {
      if (action === "read") return target.data();
      if (action === "status") return target.status;
      if ("command" in action) target.command(action.command);
      else if ("data" in action) target.write(action.data);
      else if ("key" in action) target.keyboard.key(action.key, action.down);
      else if ("move" in action) target.mouse.move(action.move, 0);
      else target.scheduler.advance(action.wait);
      return [target.irq1.level, target.irq12.level, target.a20.level].join();
    });

  test("a loaded controller with its devices goes on like the saved one, in any order of loading", () => {
    const order = fc.shuffledSubarray(["controller", "keyboard", "mouse"] as const, { minLength: 3 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), fc.array(step, { maxLength: 50 }), order, (before, after, devices) => {
        const old = new Bench();
        old.command(0xd4, 0xf4);
        run(old, before);
        const fresh = new Bench();
        fresh.keyboard.key("KeyZ", true);
        fresh.scheduler.advanceTo(old.scheduler.now());
        for (const device of devices) transplant(old[device], fresh[device]);
        for (const line of [old.irq1, old.irq12, fresh.irq1, fresh.irq12]) line.clear();
        expect(run(fresh, after)).toEqual(run(old, after));
        expect([fresh.irq1.edges, fresh.irq12.edges]).toEqual([old.irq1.edges, old.irq12.edges]);
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(bench.controller);
  });
});
