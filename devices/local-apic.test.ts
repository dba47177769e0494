import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize } from "../core/bus/device.js";
import { APIC_BASE_BSP, APIC_BASE_ENABLE, APIC_DEFAULT_BASE, type ApicEoiOffer, LocalApic } from "./local-apic.js";
import { FlatSpace } from "./testing/flat-space.js";
import { LineRecorder } from "./testing/line-recorder.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const TPR = 0x80;
const PPR = 0xa0;
const EOI = 0xb0;
const LDR = 0xd0;
const DFR = 0xe0;
const SVR = 0xf0;
const ISR = 0x100;
const IRR = 0x200;
const ESR = 0x280;
const ICR_LOW = 0x300;
const ICR_HIGH = 0x310;
const LVT_TIMER = 0x320;
const LVT_PERFORMANCE = 0x340;
const LVT_LINT0 = 0x350;
const LVT_LINT1 = 0x360;
const LVT_ERROR = 0x370;
const INITIAL_COUNT = 0x380;
const CURRENT_COUNT = 0x390;
const DIVIDE = 0x3e0;
const MASKED = 0x10000;
const DIVIDE_BY_1 = 0b1011;

function setUp(softwareEnabled = true, eoiOffer?: ApicEoiOffer) {
  const scheduler = new ManualScheduler();
  const memory = new FlatSpace();
  const intr = new LineRecorder();
  const events: string[] = [];
  const apic = new LocalApic({
    id: 0,
    scheduler,
    memory,
    intr,
    nmi: () => events.push("nmi"),
    smi: () => events.push("smi"),
    init: () => events.push("init"),
    startUp: (vector) => events.push(`start-up ${vector}`),
    acknowledgeExternal: () => 0x77,
    broadcastEoi: (vector) => events.push(`eoi ${vector}`),
    ...(eoiOffer ? { eoiOffer } : {}),
  });
  if (softwareEnabled) apic.write(SVR, 0x1ff, 4);
  const fixed = (vector: number, level = false) => apic.receive({ destination: 0, logical: false, deliveryMode: 0, vector, level });
  return { scheduler, memory, intr, events, apic, fixed };
}

describe("reset", () => {
  test("leaves the APIC software-disabled with every LVT entry masked", () => {
    const { apic } = setUp(false);
    expect(apic.read(SVR, 4)).toBe(0xff);
    for (let offset = LVT_TIMER; offset <= LVT_ERROR; offset += 0x10) expect(apic.read(offset, 4)).toBe(MASKED);
    expect(apic.read(DFR, 4)).toBe(0xffffffff);
    expect(apic.read(0x30, 4)).toBe(0x00050014);
    expect(apic.base).toBe(APIC_DEFAULT_BASE + APIC_BASE_ENABLE + APIC_BASE_BSP);
  });

  test("while software-disabled no fixed interrupt is accepted and no LVT mask can be cleared", () => {
    const { apic, fixed, intr } = setUp(false);
    expect(fixed(0x40)).toBe(false);
    apic.write(LVT_LINT0, 0x700, 4);
    expect(apic.read(LVT_LINT0, 4)).toBe(0x10700);
    expect(intr.level).toBe(false);
  });
});

describe("the register page", () => {
  test("is at FEE00000 and moves with IA32_APIC_BASE", () => {
    const { apic, memory } = setUp();
    expect(memory.read(0xfee00030, 4)).toBe(0x00050014);
    apic.base = 0x10000000 | APIC_BASE_ENABLE;
    expect(memory.read(0xfee00030, 4)).toBe(0xffffffff);
    expect(memory.read(0x10000030, 4)).toBe(0x00050014);
  });

  test("goes away when the APIC is disabled, and comes back as after reset", () => {
    const { apic, memory } = setUp();
    memory.write(0xfee00000 + TPR, 0x50, 4);
    apic.base = APIC_DEFAULT_BASE;
    expect(memory.ranges).toEqual([]);
    apic.base = APIC_DEFAULT_BASE | APIC_BASE_ENABLE;
    expect(memory.read(0xfee00000 + TPR, 4)).toBe(0);
    expect(memory.read(0xfee00000 + SVR, 4)).toBe(0xff);
  });

  test("an illegal register address sets ESR bit 7, which reads only after ESR is written", () => {
    const { apic } = setUp();
    apic.write(LVT_ERROR, 0xfe, 4);
    apic.read(0x040, 4);
    expect(apic.read(ESR, 4)).toBe(0);
    apic.write(ESR, 0, 4);
    expect(apic.read(ESR, 4)).toBe(0x80);
    expect(apic.acknowledge()).toBe(0xfe);
    apic.write(ESR, 0, 4);
    expect(apic.read(ESR, 4)).toBe(0);
  });
});

describe("priorities", () => {
  test("the highest vector is acknowledged first, and a lower class waits for EOI", () => {
    const { apic, fixed, intr } = setUp();
    fixed(0x31);
    fixed(0x52);
    expect(apic.acknowledge()).toBe(0x52);
    expect(intr.level).toBe(false);
    expect(apic.read(PPR, 4)).toBe(0x50);
    apic.write(EOI, 0, 4);
    expect(intr.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x31);
  });

  test("a higher class nests over the one in service, the same class does not", () => {
    const { apic, fixed, intr } = setUp();
    fixed(0x41);
    apic.acknowledge();
    fixed(0x4f);
    expect(intr.level).toBe(false);
    fixed(0x50);
    expect(intr.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x50);
  });

  test("TPR holds back its class and those below", () => {
    const { apic, fixed, intr } = setUp();
    apic.write(TPR, 0x45, 4);
    fixed(0x4f);
    expect(intr.level).toBe(false);
    expect(apic.read(PPR, 4)).toBe(0x45);
    apic.write(TPR, 0x3f, 4);
    expect(intr.level).toBe(true);
  });

  test("a request that went away between INTR and acknowledge gives the spurious vector and sets no ISR bit", () => {
    const { apic, fixed } = setUp();
    apic.write(SVR, 0x1e7, 4);
    fixed(0x30);
    apic.write(TPR, 0xf0, 4);
    expect(apic.acknowledge()).toBe(0xe7);
    for (let word = 0; word < 8; word++) expect(apic.read(ISR + word * 16, 4)).toBe(0);
    expect(apic.read(IRR + 0x10, 4)).toBe(1 << 16);
  });

  test("only an EOI of a level-triggered vector is broadcast", () => {
    const { apic, fixed, events } = setUp();
    fixed(0x40, true);
    fixed(0x60, false);
    apic.acknowledge();
    apic.write(EOI, 0, 4);
    expect(events).toEqual([]);
    apic.acknowledge();
    apic.write(EOI, 0, 4);
    expect(events).toEqual(["eoi 64"]);
  });
});

describe("the local pins", () => {
  test("with the APIC disabled LINT0 is INTR and LINT1 is NMI", () => {
    const { apic, intr, events } = setUp();
    apic.base = APIC_DEFAULT_BASE;
    apic.lint0.set(true);
    expect(intr.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x77);
    apic.lint1.set(true);
    expect(events).toEqual(["nmi"]);
  });

  test("in virtual wire mode LINT0 follows the 8259 and LINT1 gives NMI on its rising edge", () => {
    const { apic, intr, events } = setUp(false);
    apic.setVirtualWire();
    apic.lint0.set(true);
    expect(intr.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x77);
    apic.lint0.set(false);
    expect(intr.level).toBe(false);
    apic.lint1.set(true);
    apic.lint1.set(true);
    expect(events).toEqual(["nmi"]);
  });

  test("a vector of the APIC's own goes before ExtINT", () => {
    const { apic, fixed } = setUp(false);
    apic.setVirtualWire();
    apic.lint0.set(true);
    fixed(0x20);
    expect(apic.acknowledge()).toBe(0x20);
    expect(apic.acknowledge()).toBe(0x77);
  });

  test("a fixed, level-triggered LINT0 holds remote IRR until EOI and asks again while it is asserted", () => {
    const { apic, intr } = setUp();
    apic.write(LVT_LINT0, 0x8045, 4);
    apic.lint0.set(true);
    expect(apic.read(LVT_LINT0, 4)).toBe(0xc045);
    expect(apic.acknowledge()).toBe(0x45);
    apic.write(EOI, 0, 4);
    expect(intr.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x45);
    apic.lint0.set(false);
    apic.write(EOI, 0, 4);
    expect(apic.read(LVT_LINT0, 4)).toBe(0x8045);
    expect(intr.level).toBe(false);
  });

  test("an edge at a fixed LINT1 is one interrupt", () => {
    const { apic, intr } = setUp();
    apic.write(LVT_LINT1, 0x46, 4);
    apic.lint1.set(true);
    expect(apic.acknowledge()).toBe(0x46);
    apic.write(EOI, 0, 4);
    expect(intr.level).toBe(false);
  });
});

describe("interprocessor interrupts", () => {
  test("self, all including self, and both destination modes reach the only processor; all excluding self reaches nobody", () => {
    const { apic, intr } = setUp();
    apic.write(LDR, 0x02000000, 4);
    const cases: [low: number, high: number, arrives: boolean][] = [
      [0x40030, 0, true],
      [0x80031, 0, true],
      [0xc0032, 0, false],
      [0x00033, 0x00000000, true],
      [0x00034, 0x01000000, false],
      [0x00035, 0xff000000, true],
      [0x00836, 0x02000000, true],
      [0x00837, 0x04000000, false],
    ];
    for (const [low, high, arrives] of cases) {
      apic.write(ICR_HIGH, high, 4);
      apic.write(ICR_LOW, low, 4);
      expect(intr.level, low.toString(16)).toBe(arrives);
      if (arrives) expect(apic.acknowledge()).toBe(low & 0xff);
      apic.write(EOI, 0, 4);
    }
  });

  test("the cluster model wants the same cluster and a common bit", () => {
    const { apic } = setUp();
    apic.write(DFR, 0x0fffffff, 4);
    apic.write(LDR, 0x32000000, 4);
    const send = (destination: number) => apic.receive({ destination, logical: true, deliveryMode: 0, vector: 0x40, level: false });
    expect([0x32, 0x36, 0x34, 0x22, 0xf2].map(send)).toEqual([true, true, false, false, true]);
  });

  test("NMI, SMI, INIT and start-up leave by their own wires; INIT level de-assert does nothing", () => {
    const { apic, events } = setUp(false);
    for (const low of [0x40400, 0x40200, 0x4c500, 0x48500, 0x40608]) apic.write(ICR_LOW, low, 4);
    expect(events).toEqual(["nmi", "smi", "init", "start-up 8"]);
  });

  test("a vector below 16 is a send error", () => {
    const { apic, intr } = setUp();
    apic.write(ICR_LOW, 0x4000f, 4);
    apic.write(ESR, 0, 4);
    expect(apic.read(ESR, 4)).toBe(0x20);
    expect(intr.level).toBe(false);
  });

  test("a received vector below 16 is a receive error, told once through the error entry even if that names such a vector", () => {
    const { apic, fixed } = setUp();
    apic.write(LVT_ERROR, 0x05, 4);
    fixed(3);
    apic.write(ESR, 0, 4);
    expect(apic.read(ESR, 4)).toBe(0x40);
  });
});

describe("the timer", () => {
  test("one-shot counts the divided bus clock down to zero and fires once", () => {
    const { apic, scheduler, intr } = setUp();
    apic.write(DIVIDE, DIVIDE_BY_1, 4);
    apic.write(LVT_TIMER, 0x50, 4);
    apic.write(INITIAL_COUNT, 1000, 4);
    scheduler.advance(4_000);
    expect(apic.read(CURRENT_COUNT, 4)).toBe(600);
    scheduler.advance(5_990);
    expect(intr.level).toBe(false);
    scheduler.advance(10);
    expect(apic.acknowledge()).toBe(0x50);
    apic.write(EOI, 0, 4);
    scheduler.advance(1e9);
    expect(intr.level).toBe(false);
    expect(apic.read(CURRENT_COUNT, 4)).toBe(0);
  });

  test("each divide code divides as the manual says", () => {
    const codes = [0b0000, 0b0001, 0b0010, 0b0011, 0b1000, 0b1001, 0b1010, 0b1011];
    const ticks = codes.map((code) => {
      const { apic, scheduler } = setUp();
      apic.write(DIVIDE, code, 4);
      apic.write(INITIAL_COUNT, 0xffffffff, 4);
      scheduler.advance(128 * 10);
      return 0xffffffff - apic.read(CURRENT_COUNT, 4);
    });
    expect(ticks).toEqual([64, 32, 16, 8, 4, 2, 1, 128]);
  });

  test("periodic mode reloads, and a host that was away gets one interrupt for many periods, then the old phase", () => {
    const { apic, scheduler } = setUp();
    apic.write(DIVIDE, DIVIDE_BY_1, 4);
    apic.write(LVT_TIMER, 0x20050, 4);
    apic.write(INITIAL_COUNT, 100, 4);
    scheduler.jump(5_300);
    expect(scheduler.fired).toBe(1);
    expect(apic.read(CURRENT_COUNT, 4)).toBe(70);
    expect(scheduler.nextDeadline).toBe(6_000);
  });

  test("a masked timer counts but does not interrupt, and costs no timer", () => {
    const { apic, scheduler, intr } = setUp();
    apic.write(DIVIDE, DIVIDE_BY_1, 4);
    apic.write(INITIAL_COUNT, 100, 4);
    expect(scheduler.armed).toEqual([]);
    scheduler.advance(500);
    expect(apic.read(CURRENT_COUNT, 4)).toBe(50);
    scheduler.advance(1_000);
    apic.write(LVT_TIMER, 0x50, 4);
    scheduler.advance(1e6);
    expect(intr.level).toBe(false);
  });

  test("writing zero stops it", () => {
    const { apic, scheduler } = setUp();
    apic.write(LVT_TIMER, 0x20050, 4);
    apic.write(INITIAL_COUNT, 100, 4);
    apic.write(INITIAL_COUNT, 0, 4);
    expect(scheduler.armed).toEqual([]);
    expect(apic.read(CURRENT_COUNT, 4)).toBe(0);
  });
});

test("a performance counter interrupt masks its own entry", () => {
  const { apic, events } = setUp();
  apic.write(LVT_PERFORMANCE, 0x400, 4);
  apic.raiseLocal("performance");
  apic.raiseLocal("performance");
  expect(events).toEqual(["nmi"]);
  expect(apic.read(LVT_PERFORMANCE, 4)).toBe(0x10400);
});

test("an ExtINT message asks for one INTA cycle", () => {
  const { apic, intr } = setUp();
  apic.receive({ destination: 0, logical: false, deliveryMode: 7, vector: 0, level: false });
  expect(intr.level).toBe(true);
  expect(apic.acknowledge()).toBe(0x77);
  expect(intr.level).toBe(false);
});

const access = fc.record({
  offset: fc.integer({ min: 0, max: 0xfff }).map((offset) => (offset % 5 === 0 ? offset : offset & ~15)),
  value: fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0x1ff, 0x700, 0x20040, 0x8045, 0x40030)),
  size: fc.constantFrom<AccessSize>(1, 2, 4),
  pins: fc.nat(7),
});

test("whatever is written, nothing throws, and a copy from the saved state goes on alike", () => {
  fc.assert(
    fc.property(fc.array(access, { maxLength: 40 }), (accesses) => {
      const a = setUp();
      for (const { offset, value, size, pins } of accesses) {
        a.apic.write(offset, value, size);
        a.apic.read(offset, size);
        a.apic.lint0.set((pins & 1) !== 0);
        a.apic.lint1.set((pins & 2) !== 0);
        if (pins & 4) a.apic.acknowledge();
        a.scheduler.advance(value % 5000);
      }
      const b = setUp();
      b.scheduler.advanceTo(a.scheduler.now());
      b.scheduler.fired = 0;
      transplant(a.apic, b.apic);
      expect(b.intr.level).toBe(a.intr.level);
      expect(b.scheduler.nextDeadline).toBe(a.scheduler.nextDeadline);
      a.scheduler.advance(10_000);
      b.scheduler.advance(10_000);
      expect(b.apic.save()).toEqual(a.apic.save());
    }),
    { numRuns: 200 },
  );
});

test("a damaged record is refused", () => {
  expectDamageRefused(setUp().apic);
});

describe("an offer to end interrupts without a write", () => {
  /** An offer that a guest takes by `take()`. */
  function offering() {
    const offer = {
      standing: false,
      taken: false,
      offer: () => {
        offer.standing = true;
      },
      collect: () => {
        const { taken } = offer;
        offer.standing = false;
        offer.taken = false;
        return taken;
      },
      /** What a guest does at the end of its handler: clear the bit if it is set, or else write to the APIC. */
      end: () => {
        if (offer.standing && !offer.taken) offer.taken = true;
        else rig.apic.write(EOI, 0, 4);
      },
    };
    const rig = setUp(true, offer);
    return { ...rig, offer };
  }

  test("is made when an interrupt goes into service and none waits; the next interrupt finds it taken", () => {
    const { apic, fixed, intr, offer } = offering();
    fixed(0x50);
    expect(offer.standing).toBe(false);
    expect(apic.acknowledge()).toBe(0x50);
    expect(offer.standing).toBe(true);
    offer.end();
    // Of the same class: it could not be delivered if the first were in service.
    fixed(0x51);
    expect(intr.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x51);
    expect(apic.read(ISR + 0x20, 4)).toBe(1 << 17);
  });

  test("is taken back when another interrupt comes, so that the guest writes and that one is delivered", () => {
    const { apic, fixed, intr, offer } = offering();
    fixed(0x50);
    apic.acknowledge();
    fixed(0x40);
    expect(offer.standing).toBe(false);
    expect(intr.level).toBe(false);
    offer.end();
    expect(intr.level).toBe(true);
  });

  test("is not made for a level-triggered interrupt: the I/O APIC has to know of its end", () => {
    const { apic, events, fixed, offer } = offering();
    fixed(0x50, true);
    apic.acknowledge();
    expect(offer.standing).toBe(false);
    offer.end();
    expect(events).toEqual(["eoi 80"]);
  });

  test("that is taken shows in the registers, and is gone with a reset", () => {
    const { apic, fixed, offer } = offering();
    fixed(0x50);
    apic.acknowledge();
    offer.end();
    expect(apic.read(PPR, 4)).toBe(0);
    fixed(0x50);
    apic.acknowledge();
    offer.end();
    apic.reset();
    expect(offer.standing || offer.taken).toBe(false);
  });

  test("is invisible: interrupts are delivered as without it", () => {
    const step = fc.oneof(
      fc.record({ send: fc.constantFrom(0x31, 0x32, 0x41, 0x52, 0x63), level: fc.boolean() }),
      fc.constantFrom("acknowledge" as const, "end" as const, "look" as const),
      fc.record({ tpr: fc.constantFrom(0, 0x40, 0x50) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const plain = setUp();
        const other = offering();
        for (const action of steps) {
          const run = ({ apic, fixed, intr }: typeof plain, end: () => void) => {
            if (action === "acknowledge") return intr.level ? apic.acknowledge() : undefined;
            if (action === "end") return end();
            if (action === "look") return [ISR, IRR, PPR].map((register) => apic.read(register + 0x20 * +(register !== PPR), 4));
            if ("tpr" in action) return apic.write(TPR, action.tpr, 4);
            fixed(action.send, action.level);
          };
          // Nothing in service: a guest ends nothing.
          if (action === "end" && plain.apic.read(PPR, 4) === plain.apic.read(TPR, 4)) continue;
          expect(run(other, other.offer.end)).toEqual(run(plain, () => plain.apic.write(EOI, 0, 4)));
          expect(other.intr.level).toBe(plain.intr.level);
          expect(other.events).toEqual(plain.events);
        }
      }),
    );
  });
});
