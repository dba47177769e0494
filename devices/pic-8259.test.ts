import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { Pic8259 } from "./pic-8259.js";
import { LineRecorder } from "./testing/line-recorder.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

/** Two chips wired as on a PC AT. */
class Pair {
  readonly intr = new LineRecorder();
  readonly master = new Pic8259("pic0", this.intr, { elcrMask: 0xf8 });
  readonly slave = new Pic8259("pic1", this.master.input(2), { slave: true, elcrMask: 0xde });

  constructor() {
    this.master.cascade(this.slave);
  }

  initialise(masterIcw4 = 0x01, slaveIcw4 = 0x01): this {
    this.command(0x20, 0x11);
    for (const value of [0x08, 0x04, masterIcw4]) this.command(0x21, value);
    this.command(0xa0, 0x11);
    for (const value of [0x70, 0x02, slaveIcw4]) this.command(0xa1, value);
    return this;
  }

  command(port: number, value: number): void {
    this.#chip(port).ports.write(port & 1, value, 1);
  }

  read(port: number): number {
    return this.#chip(port).ports.read(port & 1, 1);
  }

  irq(number: number, level: boolean): void {
    (number < 8 ? this.master.input(number) : this.slave.input(number - 8)).set(level);
  }

  pulse(number: number): void {
    this.irq(number, false);
    this.irq(number, true);
  }

  /** What a processor does when INTR is high and interrupts are enabled. */
  take(): number | undefined {
    return this.intr.level ? this.master.acknowledge() : undefined;
  }

  #chip(port: number): Pic8259 {
    return port < 0xa0 ? this.master : this.slave;
  }
}

let pc: Pair;
beforeEach(() => {
  pc = new Pair().initialise();
});

const isr = (port: number) => {
  pc.command(port, 0x0b);
  return pc.read(port);
};
const irr = (port: number) => {
  pc.command(port, 0x0a);
  return pc.read(port);
};

describe("initialisation", () => {
  test("before the first ICW1 the chip requests nothing", () => {
    const raw = new Pair();
    raw.irq(1, true);
    expect(raw.intr.level).toBe(false);
  });

  test("ICW1 clears IMR, ISR and the edge latches, and an input that is already high must rise again", () => {
    pc.irq(3, true);
    pc.take();
    pc.irq(1, true);
    pc.command(0x21, 0xf0);
    pc.initialise();
    expect([pc.read(0x21), isr(0x20), irr(0x20)]).toEqual([0, 0, 0]);
    expect(pc.intr.level).toBe(false);
    pc.pulse(1);
    expect(pc.take()).toBe(0x09);
  });

  test("with SNGL there is no ICW3, without IC4 no ICW4, and A1 then writes the mask", () => {
    pc.command(0x20, 0x12);
    pc.command(0x21, 0x40);
    pc.command(0x21, 0x5a);
    expect(pc.read(0x21)).toBe(0x5a);
  });

  test("requests wait until the last ICW", () => {
    pc.command(0x20, 0x11);
    pc.irq(4, true);
    pc.command(0x21, 0x08);
    pc.command(0x21, 0x04);
    expect(pc.intr.level).toBe(false);
    pc.command(0x21, 0x01);
    expect(pc.take()).toBe(0x0c);
  });

  test("without IC4 the chip is in MCS-80/85 mode: two INTA cycles carry CALL and the low byte of its address", () => {
    for (const [icw1, vector] of [
      [0xf6, 0xe0 | (5 << 2)],
      [0xf2, 0xc0 | (5 << 3)],
    ] as const) {
      pc.command(0x20, icw1);
      pc.command(0x21, 0x12);
      pc.pulse(5);
      expect(pc.take()).toBe(vector);
    }
  });
});

describe("edge-triggered inputs", () => {
  test("a rising edge is served once however long the input stays high", () => {
    pc.irq(1, true);
    expect(pc.take()).toBe(0x09);
    pc.command(0x20, 0x20);
    expect(pc.take()).toBeUndefined();
  });

  test("an edge while the level is in service is remembered until the EOI", () => {
    pc.irq(1, true);
    pc.take();
    pc.pulse(1);
    expect(pc.take()).toBeUndefined();
    expect(irr(0x20)).toBe(0x02);
    pc.command(0x20, 0x20);
    expect(pc.take()).toBe(0x09);
  });

  test("an input that falls before the first INTA withdraws its request", () => {
    pc.irq(1, true);
    pc.irq(1, false);
    expect(pc.intr.level).toBe(false);
    expect(irr(0x20)).toBe(0);
  });

  test("if it falls after INTR was seen, the INTA gets IR7 and no ISR bit is set", () => {
    pc.irq(1, true);
    pc.irq(1, false);
    expect(pc.master.acknowledge()).toBe(0x0f);
    expect(isr(0x20)).toBe(0);
  });

  test("a slave whose request went away answers its own IR7, with the master's cascade input in service", () => {
    pc.irq(12, true);
    pc.command(0xa1, 0x10);
    // The slave's INT fell with the mask, so the master itself is spurious.
    expect(pc.master.acknowledge()).toBe(0x0f);
    pc.command(0xa1, 0x00);
    pc.command(0x21, 0x00);
    const level = new Pair().initialise();
    level.command(0x20, 0x19);
    for (const value of [0x08, 0x04, 0x01]) level.command(0x21, value);
    level.irq(2, true);
    expect(level.take()).toBe(0x77);
    level.command(0x20, 0x0b);
    level.command(0xa0, 0x0b);
    expect([level.read(0x20), level.read(0xa0)]).toEqual([0x04, 0x00]);
  });

  test("masked requests stay in IRR and come through when unmasked", () => {
    pc.command(0x21, 0x02);
    pc.irq(1, true);
    expect(pc.intr.level).toBe(false);
    expect(irr(0x20)).toBe(0x02);
    pc.command(0x21, 0x00);
    expect(pc.take()).toBe(0x09);
  });
});

describe("level-triggered inputs", () => {
  test("ELCR makes an input level-triggered: it is served again after EOI while it stays high", () => {
    pc.slave.elcr.write(0, 0xff, 1);
    expect(pc.slave.elcr.read(0, 1)).toBe(0xde);
    pc.irq(11, true);
    for (let round = 0; round < 2; round++) {
      expect(pc.take()).toBe(0x73);
      expect(pc.take()).toBeUndefined();
      pc.command(0xa0, 0x20);
      pc.command(0x20, 0x20);
    }
    pc.irq(11, false);
    expect(pc.take()).toBeUndefined();
  });

  test("an input that is high when its ELCR bit is set requests at once", () => {
    pc.irq(5, true);
    pc.take();
    pc.command(0x20, 0x20);
    expect(pc.intr.level).toBe(false);
    pc.master.elcr.write(0, 0x20, 1);
    expect(pc.take()).toBe(0x0d);
  });

  test("ELCR bits of IRQ 0, 1, 2, 8 and 13 cannot be set", () => {
    pc.master.elcr.write(0, 0xff, 1);
    expect(pc.master.elcr.read(0, 1)).toBe(0xf8);
    pc.pulse(0);
    expect(pc.take()).toBe(0x08);
    pc.command(0x20, 0x20);
    expect(pc.take()).toBeUndefined();
  });

  test("LTIM makes every input level-triggered", () => {
    pc.command(0x20, 0x19);
    for (const value of [0x08, 0x04, 0x01]) pc.command(0x21, value);
    pc.irq(0, true);
    pc.take();
    pc.command(0x20, 0x20);
    expect(pc.take()).toBe(0x08);
  });
});

describe("priority", () => {
  test("fully nested: a higher level interrupts a lower one, an equal or lower one waits", () => {
    pc.irq(3, true);
    expect(pc.take()).toBe(0x0b);
    pc.irq(5, true);
    expect(pc.take()).toBeUndefined();
    pc.irq(1, true);
    expect(pc.take()).toBe(0x09);
    expect(isr(0x20)).toBe(0x0a);
    pc.command(0x20, 0x20);
    expect(isr(0x20)).toBe(0x08);
    pc.command(0x20, 0x20);
    expect(pc.take()).toBe(0x0d);
  });

  test("the slave's inputs rank between IRQ 1 and IRQ 3", () => {
    for (const irq of [3, 8, 1, 15]) pc.irq(irq, true);
    const order: (number | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      order.push(pc.take());
      pc.command(0xa0, 0x20);
      pc.command(0x20, 0x20);
    }
    expect(order).toEqual([0x09, 0x70, 0x77, 0x0b]);
  });

  test("a specific EOI ends the level it names", () => {
    pc.irq(3, true);
    pc.take();
    pc.irq(1, true);
    pc.take();
    pc.command(0x20, 0x63);
    expect(isr(0x20)).toBe(0x02);
  });

  test("rotate on non-specific EOI makes the ended level the lowest", () => {
    pc.irq(4, true);
    pc.take();
    pc.command(0x20, 0xa0);
    pc.pulse(4);
    pc.pulse(5);
    expect(pc.take()).toBe(0x0d);
  });

  test("rotate on specific EOI and set priority name the lowest level", () => {
    for (const command of [0xe5, 0xc5]) {
      pc.initialise();
      pc.command(0x20, command);
      pc.pulse(0);
      pc.pulse(6);
      expect(pc.take()).toBe(0x0e);
      pc.command(0x20, 0x20);
      expect(pc.take()).toBe(0x08);
    }
  });

  test("automatic EOI leaves no bit in service, and rotates if told to", () => {
    pc.initialise(0x03);
    pc.command(0x20, 0x80);
    pc.pulse(4);
    expect(pc.take()).toBe(0x0c);
    expect(isr(0x20)).toBe(0);
    pc.pulse(4);
    pc.pulse(5);
    expect(pc.take()).toBe(0x0d);
    pc.command(0x20, 0x00);
    expect(pc.take()).toBe(0x0c);
    pc.pulse(4);
    pc.pulse(5);
    expect(pc.take()).toBe(0x0c);
  });

  test("a slave with automatic EOI makes a new edge for each request that waits", () => {
    pc.initialise(0x03, 0x03);
    for (const irq of [9, 10, 14]) pc.irq(irq, true);
    expect([pc.take(), pc.take(), pc.take(), pc.take()]).toEqual([0x71, 0x72, 0x76, undefined]);
  });

  test("special mask mode lets lower levels through while a masked one is in service", () => {
    pc.irq(3, true);
    pc.take();
    pc.irq(6, true);
    pc.command(0x21, 0x08);
    expect(pc.take()).toBeUndefined();
    pc.command(0x20, 0x68);
    expect(pc.take()).toBe(0x0e);
    // 8259A "Fully Nested Mode": a masked ISR bit is not cleared by a non-specific EOI in this mode.
    pc.command(0x20, 0x20);
    pc.command(0x20, 0x20);
    expect(isr(0x20)).toBe(0x08);
    pc.command(0x20, 0x48);
    pc.command(0x20, 0x20);
    expect(isr(0x20)).toBe(0);
  });

  test("special fully nested mode: a higher request of the same slave interrupts it, other lower levels do not", () => {
    pc.initialise(0x11);
    pc.irq(12, true);
    expect(pc.take()).toBe(0x74);
    pc.irq(3, true);
    expect(pc.take()).toBeUndefined();
    pc.irq(9, true);
    expect(pc.take()).toBe(0x71);
  });

  test("without it the slave is locked out until its EOI at the master", () => {
    pc.irq(12, true);
    pc.take();
    pc.irq(9, true);
    expect(pc.take()).toBeUndefined();
    pc.command(0x20, 0x20);
    expect(pc.take()).toBe(0x71);
  });
});

describe("reading", () => {
  test("the register chosen by OCW3 stays chosen; IRR after initialisation", () => {
    pc.irq(1, true);
    pc.take();
    pc.irq(6, true);
    expect(pc.read(0x20)).toBe(0x40);
    pc.command(0x20, 0x0b);
    expect([pc.read(0x20), pc.read(0x20)]).toEqual([0x02, 0x02]);
    pc.command(0x20, 0x68);
    expect(pc.read(0x20)).toBe(0x02);
  });

  test("a poll takes the request like an INTA, once, and the next read is an ordinary one", () => {
    pc.irq(5, true);
    pc.command(0x20, 0x0c);
    expect(pc.read(0x20)).toBe(0x85);
    expect(pc.intr.level).toBe(false);
    expect(isr(0x20)).toBe(0x20);
    pc.command(0x20, 0x0c);
    expect(pc.read(0x20) & 0x80).toBe(0);
  });

  test("master, then slave, can be polled", () => {
    pc.irq(10, true);
    pc.command(0x20, 0x0c);
    pc.command(0xa0, 0x0c);
    expect([pc.read(0x20), pc.read(0xa0)]).toEqual([0x82, 0x82]);
  });

  test("a poll under automatic EOI leaves nothing in service", () => {
    pc.initialise(0x03);
    pc.irq(5, true);
    pc.command(0x20, 0x0c);
    expect(pc.read(0x20)).toBe(0x85);
    expect(isr(0x20)).toBe(0);
  });

  test("buffered mode takes master or slave from ICW4, not from the pin", () => {
    pc.initialise(0x09);
    pc.irq(10, true);
    expect(pc.take()).toBe(0x0a);
    pc.initialise(0x0d);
    pc.pulse(10);
    expect(pc.take()).toBe(0x72);
  });

  test("a cascade input that no slave answers leaves the bus floating", () => {
    pc.command(0xa0, 0x11);
    pc.irq(2, true);
    expect(pc.take()).toBe(0xff);
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({ irq: fc.nat(15).filter((irq) => irq !== 2), level: fc.boolean() }),
    fc.record({ port: fc.constantFrom(0x20, 0x21, 0xa0, 0xa1), value: fc.nat(255) }),
    fc.record({ read: fc.constantFrom(0x20, 0x21, 0xa0, 0xa1) }),
    fc.constant("take" as const),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (pair: Pair, steps: readonly Step[]) =>
    steps.map((action) => {
      if (action === "take") return pair.take() ?? null;
      if ("irq" in action) pair.irq(action.irq, action.level);
      else if ("port" in action) pair.command(action.port, action.value);
      else return pair.read(action.read);
      return pair.intr.level;
    });

  test("a loaded pair goes on like the saved one, whatever was and will be written", () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const old = new Pair().initialise();
        run(old, before);
        const fresh = new Pair();
        transplant(old.master, fresh.master);
        transplant(old.slave, fresh.slave);
        expect(fresh.intr.level).toBe(old.intr.level);
        expect(run(fresh, after)).toEqual(run(old, after));
      }),
    );
  });

  test("the order in which the chips are loaded does not matter", () => {
    pc.irq(12, true);
    const fresh = new Pair();
    transplant(pc.slave, fresh.slave);
    transplant(pc.master, fresh.master);
    expect([fresh.take(), fresh.take()]).toEqual([0x74, undefined]);
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(pc.master);
    expect(() => pc.master.load({ ...pc.master.save(), lowest: 8 })).toThrow("lowest");
  });

  test("reset waits for initialisation again", () => {
    pc.irq(1, true);
    pc.master.reset();
    pc.slave.reset();
    expect(pc.intr.level).toBe(false);
    pc.initialise();
    expect(pc.take()).toBeUndefined();
  });
});
