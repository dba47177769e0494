import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { LineRecorder } from "./testing/line-recorder.js";
import { ManualScheduler } from "./testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";
import { type ModemOutputs, Uart16550 } from "./uart-16550.js";

const RBR = 0;
const THR = 0;
const IER = 1;
const IIR = 2;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;

/** One character of 8N1 at 115,200 baud. */
const CHARACTER = Math.round((10 * 1e9) / 115_200);

class Bench {
  readonly scheduler = new ManualScheduler();
  readonly irq = new LineRecorder(this.scheduler);
  readonly sent: number[] = [];
  readonly sentAt: number[] = [];
  readonly breaks: boolean[] = [];
  modem: ModemOutputs | undefined;
  readonly uart: Uart16550;

  constructor(timing: "instant" | "baud" = "instant") {
    this.uart = new Uart16550("com1", this.scheduler, {
      irq: this.irq,
      timing,
      transmit: (byte) => {
        this.sent.push(byte);
        this.sentAt.push(this.scheduler.now());
      },
      sendBreak: (on) => this.breaks.push(on),
      modemChanged: (outputs) => {
        this.modem = outputs;
      },
    });
  }

  get(register: number): number {
    return this.uart.ports.read(register, 1);
  }

  set(register: number, value: number): void {
    this.uart.ports.write(register, value, 1);
  }

  /** 115,200 8N1, FIFOs as given, interrupts wired through. */
  setUp(fcr: number, ier = 0): this {
    this.set(LCR, 0x83);
    this.set(0, 1);
    this.set(1, 0);
    this.set(LCR, 0x03);
    this.set(FCR, fcr);
    this.set(MCR, 0x0b);
    this.set(IER, ier);
    return this;
  }

  type(text: string): void {
    for (const character of text) this.uart.receive(character.charCodeAt(0));
  }

  /** Reads while LSR says that there is data, as every driver does. */
  readAll(): string {
    let text = "";
    while (this.get(LSR) & 0x01) text += String.fromCharCode(this.get(RBR));
    return text;
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("registers", () => {
  test("after reset: no interrupt, transmitter empty, no FIFOs", () => {
    bench.setUp(0xc7, 0x0f);
    bench.uart.reset();
    expect([IER, IIR, LCR, MCR, LSR].map((register) => bench.get(register))).toEqual([0x00, 0x01, 0x00, 0x00, 0x60]);
    expect(bench.irq.level).toBe(false);
  });

  test("DLAB puts the divisor where data and IER are", () => {
    bench.set(LCR, 0x80);
    bench.set(0, 0x34);
    bench.set(1, 0x12);
    expect([bench.get(0), bench.get(1)]).toEqual([0x34, 0x12]);
    bench.set(LCR, 0x00);
    expect(bench.get(IER)).toBe(0);
    expect(bench.sent).toEqual([]);
  });

  test("IER has four bits, MCR five, the scratch register eight", () => {
    for (const [register, kept] of [
      [IER, 0x0f],
      [MCR, 0x1f],
      [SCR, 0xff],
      [LCR, 0xff],
    ] as const) {
      bench.set(register, 0xff);
      expect(bench.get(register)).toBe(kept);
    }
  });

  test("a driver finds a 16550A: IIR shows both FIFO bits and no 64-byte bit", () => {
    bench.set(FCR, 0x01);
    expect(bench.get(IIR) & 0xf0).toBe(0xc0);
    bench.set(FCR, 0xe1);
    expect(bench.get(IIR) & 0xf0).toBe(0xc0);
    bench.set(FCR, 0x00);
    expect(bench.get(IIR) & 0xf0).toBe(0x00);
  });
});

describe("transmitter", () => {
  test("polled: THR is empty before and after each byte, and bytes come in order", () => {
    for (const byte of [0x52, 0x53]) {
      expect(bench.get(LSR) & 0x60).toBe(0x60);
      bench.set(LCR, 0x03);
      bench.set(THR, byte);
    }
    expect(bench.sent).toEqual([0x52, 0x53]);
  });

  test("the word length cuts the character", () => {
    bench.set(LCR, 0x00);
    bench.set(THR, 0xff);
    bench.set(LCR, 0x02);
    bench.set(THR, 0xff);
    expect(bench.sent).toEqual([0x1f, 0x7f]);
  });

  test("enabling the THR empty interrupt raises it, reading IIR ends it, enabling it again raises it again", () => {
    bench.setUp(0x00);
    for (let round = 0; round < 2; round++) {
      bench.set(IER, 0x02);
      expect(bench.irq.level).toBe(true);
      expect(bench.get(IIR)).toBe(0x02);
      expect([bench.irq.level, bench.get(IIR)]).toEqual([false, 0x01]);
      bench.set(IER, 0x00);
    }
  });

  test("LSR still shows THR empty after IIR was read", () => {
    bench.setUp(0x00, 0x02);
    bench.get(IIR);
    expect(bench.get(LSR) & 0x20).toBe(0x20);
  });

  test("each byte written makes a new edge, for an interrupt controller that sees only edges", () => {
    bench.setUp(0x01, 0x02);
    bench.irq.clear();
    bench.set(THR, 1);
    expect(bench.irq.edges.map((edge) => edge.level)).toEqual([false, true]);
    bench.get(IIR);
    bench.irq.clear();
    bench.set(THR, 2);
    expect(bench.irq.edges.map((edge) => edge.level)).toEqual([true]);
  });

  test("a driver that sends sixteen bytes at each interrupt sends all of them", () => {
    const text = Array.from({ length: 100 }, (_, i) => i);
    const left = [...text];
    bench.setUp(0xc7);
    bench.set(IER, 0x02);
    for (let interrupts = 0; bench.irq.level && interrupts < 50; interrupts++) {
      if (bench.get(IIR) !== 0xc2) break;
      if (left.length === 0) bench.set(IER, 0x00);
      for (const byte of left.splice(0, 16)) bench.set(THR, byte);
    }
    expect(bench.sent).toEqual(text);
    expect(bench.irq.level).toBe(false);
  });

  test("break is passed on", () => {
    bench.set(LCR, 0x43);
    bench.set(LCR, 0x43);
    bench.set(LCR, 0x03);
    expect(bench.breaks).toEqual([true, false]);
  });
});

describe("transmitter at the pace of the wire", () => {
  beforeEach(() => {
    bench = new Bench("baud").setUp(0x01, 0x02);
  });

  test("THR empties at once into the shift register, TEMT follows a character later", () => {
    bench.set(THR, 0x55);
    expect(bench.get(LSR) & 0x60).toBe(0x20);
    bench.scheduler.advance(CHARACTER - 1);
    expect(bench.sent).toEqual([]);
    bench.scheduler.advance(1);
    expect(bench.sent).toEqual([0x55]);
    expect(bench.get(LSR) & 0x60).toBe(0x60);
  });

  test("a full FIFO takes sixteen characters, one behind the other, and interrupts when it is empty", () => {
    bench.get(IIR);
    bench.irq.clear();
    for (let i = 0; i < 18; i++) bench.set(THR, i);
    expect(bench.get(LSR) & 0x60).toBe(0x00);
    bench.scheduler.advance(20 * CHARACTER);
    expect(bench.sent).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(bench.sentAt).toEqual(Array.from({ length: 17 }, (_, i) => (i + 1) * CHARACTER));
    expect(bench.irq.rises).toEqual([0, 16 * CHARACTER]);
  });

  test("divisor, parity and stop bits decide how long a character takes", () => {
    bench.set(LCR, 0x9f);
    bench.set(0, 12);
    bench.set(LCR, 0x1f);
    bench.set(THR, 0x00);
    bench.scheduler.advance(1e9);
    expect(bench.sentAt).toEqual([Math.round((12 * 1e9) / 9600)]);
  });

  test("a late clock sends what would have been sent, in order", () => {
    for (let i = 0; i < 5; i++) bench.set(THR, i);
    bench.scheduler.jump(1e9);
    expect(bench.sent).toEqual([0, 1, 2, 3, 4]);
    expect(bench.scheduler.fired).toBe(1);
  });

  test("received characters arrive one character time apart", () => {
    bench.set(IER, 0x01);
    bench.type("abc");
    expect(bench.readAll()).toBe("");
    bench.scheduler.advance(CHARACTER);
    expect(bench.readAll()).toBe("a");
    bench.scheduler.advance(2 * CHARACTER);
    expect(bench.readAll()).toBe("bc");
  });
});

describe("receiver", () => {
  test("without FIFOs one character at a time interrupts, and each makes an edge of its own", () => {
    bench.setUp(0x00, 0x01);
    bench.type("hi");
    expect([bench.irq.level, bench.get(IIR), bench.uart.waiting]).toEqual([true, 0x04, 1]);
    bench.irq.clear();
    expect(bench.get(RBR)).toBe(0x68);
    expect(bench.irq.edges.map((edge) => edge.level)).toEqual([false, true]);
    expect(bench.get(RBR)).toBe(0x69);
    expect([bench.irq.level, bench.get(LSR) & 0x01]).toEqual([false, 0]);
  });

  test.each([
    [0x01, 1],
    [0x41, 4],
    [0x81, 8],
    [0xc1, 14],
  ])("FCR %i interrupts at %i characters", (fcr, trigger) => {
    bench.setUp(fcr, 0x01);
    bench.type("x".repeat(trigger - 1));
    expect(bench.irq.level).toBe(false);
    bench.type("x");
    expect([bench.irq.level, bench.get(IIR)]).toEqual([true, 0xc4]);
    bench.get(RBR);
    expect(bench.get(IIR)).toBe(0xc1);
  });

  test("below the trigger level the timeout interrupt comes four character times after the last arrival or read", () => {
    bench.setUp(0xc1, 0x01);
    bench.type("ab");
    bench.scheduler.advance(3 * CHARACTER);
    bench.type("c");
    bench.scheduler.advance(4 * CHARACTER - 1);
    expect(bench.irq.level).toBe(false);
    bench.scheduler.advance(1);
    expect([bench.irq.level, bench.get(IIR)]).toEqual([true, 0xcc]);
    bench.get(RBR);
    expect(bench.irq.level).toBe(false);
    bench.scheduler.advance(4 * CHARACTER);
    expect(bench.get(IIR)).toBe(0xcc);
    expect(bench.readAll()).toBe("bc");
    expect(bench.get(IIR)).toBe(0xc1);
  });

  test("ten thousand bytes at once lose none and never overrun", () => {
    bench.setUp(0xc7, 0x05);
    const text = Array.from({ length: 10_000 }, (_, i) => String.fromCharCode(32 + (i % 90))).join("");
    bench.type(text);
    let read = "";
    for (let interrupts = 0; interrupts < 5000 && read.length < text.length; interrupts++) {
      if (!bench.irq.level) bench.scheduler.advance(4 * CHARACTER);
      expect(bench.get(IIR) & 0x0f).not.toBe(0x06);
      for (let i = 0; i < 14 && bench.get(LSR) & 1; i++) read += String.fromCharCode(bench.get(RBR));
    }
    expect(read).toBe(text);
  });

  test("the host learns when too much waits", () => {
    let taken = 0;
    while (bench.uart.receive(0x61) && taken < 1e6) taken++;
    expect(taken).toBe(65_536 + 1);
  });

  test("errors come with their character, LSR shows and clears them, and bit 7 tells that more wait", () => {
    bench.setUp(0xc1, 0x04);
    bench.type("a");
    bench.uart.receive(0x62, { parity: true });
    bench.uart.receive(0x63, { framing: true });
    expect([bench.irq.level, bench.get(LSR)]).toEqual([false, 0xe1]);
    bench.get(RBR);
    expect([bench.irq.level, bench.get(IIR)]).toEqual([true, 0xc6]);
    expect(bench.get(LSR)).toBe(0xe5);
    expect(bench.get(LSR)).toBe(0xe1);
    expect(bench.get(RBR)).toBe(0x62);
    expect(bench.get(LSR)).toBe(0xe9);
    expect(bench.get(LSR)).toBe(0x61);
  });

  test("a break is one zero character with its bit", () => {
    bench.setUp(0x01);
    bench.uart.receiveBreak();
    expect(bench.get(LSR) & 0x1d).toBe(0x19);
    expect(bench.get(RBR)).toBe(0);
    expect(bench.get(LSR) & 0x01).toBe(0);
  });

  test("clearing the receiver FIFO drops what is in it, and what waits outside follows", () => {
    bench.setUp(0x01);
    bench.type("0123456789abcdefghij");
    bench.set(FCR, 0x03);
    expect(bench.readAll()).toBe("ghij");
  });
});

describe("interrupts", () => {
  test("line status, received data, THR empty, modem status: in this order", () => {
    bench.setUp(0x00);
    bench.set(LCR, 0x03);
    bench.uart.receive(0x61, { parity: true });
    bench.uart.setModem({ cts: false, dsr: true, ri: false, dcd: true });
    bench.set(IER, 0x0f);
    const seen = [bench.get(IIR)];
    bench.get(LSR);
    seen.push(bench.get(IIR));
    bench.get(RBR);
    seen.push(bench.get(IIR), bench.get(IIR));
    bench.get(MSR);
    seen.push(bench.get(IIR));
    expect(seen).toEqual([0x06, 0x04, 0x02, 0x00, 0x01]);
  });

  test("OUT2 gates the interrupt, as on every PC", () => {
    bench.setUp(0x00, 0x02);
    bench.set(MCR, 0x03);
    expect([bench.irq.level, bench.get(IIR)]).toEqual([false, 0x02]);
  });
});

describe("modem lines", () => {
  test("MSR shows the inputs and which of them changed since it was read", () => {
    expect(bench.get(MSR)).toBe(0xb0);
    bench.uart.setModem({ cts: true, dsr: false, ri: true, dcd: true });
    expect([bench.get(MSR), bench.get(MSR)]).toEqual([0xd2, 0xd0]);
    bench.uart.setModem({ cts: true, dsr: false, ri: false, dcd: false });
    expect(bench.get(MSR)).toBe(0x1c);
  });

  test("MCR drives the outputs", () => {
    bench.set(MCR, 0x05);
    expect(bench.modem).toEqual({ dtr: true, rts: false, out1: true, out2: false });
  });
});

describe("loopback", () => {
  test("the four outputs come back as inputs, and the pins go inactive", () => {
    bench.set(MCR, 0x1a);
    expect(bench.get(MSR) & 0xf0).toBe(0x90);
    bench.set(MCR, 0x15);
    expect(bench.get(MSR) & 0xf0).toBe(0x60);
    expect(bench.modem).toEqual({ dtr: false, rts: false, out1: false, out2: false });
  });

  test("what is sent is received and does not leave; the host's bytes wait", () => {
    bench.setUp(0x01);
    bench.set(MCR, 0x1b);
    bench.type("z");
    bench.set(THR, 0x61);
    bench.set(THR, 0x62);
    expect(bench.readAll()).toBe("ab");
    expect(bench.sent).toEqual([]);
    bench.set(MCR, 0x0b);
    expect(bench.readAll()).toBe("z");
  });

  test("a seventeenth character overruns and is lost; without FIFOs the second replaces the first", () => {
    bench.setUp(0x01);
    bench.set(MCR, 0x1b);
    for (let i = 0; i < 17; i++) bench.set(THR, 0x41 + i);
    expect(bench.get(LSR) & 0x02).toBe(0x02);
    expect(bench.readAll()).toBe("ABCDEFGHIJKLMNOP");
    bench.set(FCR, 0x00);
    bench.set(THR, 0x61);
    bench.set(THR, 0x62);
    expect(bench.get(LSR) & 0x03).toBe(0x03);
    expect(bench.readAll()).toBe("b");
  });

  test("a break comes back as a break", () => {
    bench.setUp(0x01);
    bench.set(MCR, 0x1b);
    bench.set(LCR, 0x43);
    expect(bench.get(LSR) & 0x11).toBe(0x11);
    expect(bench.breaks).toEqual([]);
  });
});

describe("state", () => {
  const step = fc.oneof(
    fc.record({ register: fc.nat(7), value: fc.nat(255) }),
    fc.record({ read: fc.nat(7) }),
    fc.record({ receive: fc.nat(255), parity: fc.boolean() }),
    fc.record({ wait: fc.integer({ min: 1, max: 3e6 }) }),
    fc.record({ cts: fc.boolean(), ri: fc.boolean() }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const run = (target: Bench, steps: readonly Step[]) =>
    steps.map((action) => {
      if ("wait" in action) target.scheduler.advance(action.wait);
      else if ("read" in action) return target.get(action.read);
      else if ("receive" in action) target.uart.receive(action.receive, action);
      else if ("cts" in action) target.uart.setModem({ ...action, dsr: true, dcd: true });
      else target.set(action.register, action.value);
      return target.irq.level;
    });

  test.each(["instant", "baud"] as const)("a loaded UART (%s) goes on like the saved one, interrupts and bytes included", (timing) => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const old = new Bench(timing);
        run(old, before);
        const fresh = new Bench(timing);
        fresh.scheduler.advanceTo(old.scheduler.now());
        transplant(old.uart, fresh.uart);
        old.irq.clear();
        fresh.irq.clear();
        old.sent.length = 0;
        expect(run(fresh, after)).toEqual(run(old, after));
        expect(fresh.irq.edges).toEqual(old.irq.edges);
        expect(fresh.sent).toEqual(old.sent);
      }),
    );
  });

  test("a damaged record is refused", () => {
    expectDamageRefused(bench.uart);
  });
});
