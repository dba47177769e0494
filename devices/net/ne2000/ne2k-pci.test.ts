import { describe, expect, test } from "vitest";
import { BROADCAST, MAC, NicRig, PEER, testFrame } from "../../testing/nic-rig.js";
import { expectDamageRefused, transplant } from "../../testing/round-trip.js";
import { withFcs } from "../ethernet.js";
import type { Frame } from "../wire.js";
import { Ne2kPci } from "./ne2k-pci.js";

const GROUP = Uint8Array.of(0x01, 0x00, 0x5e, 0, 0, 1);
const BNRY = 3;
const TSR = 4;
const ISR = 7;
const RCR = 0xc;
const MISSED = 0xf;
const DATA = 0x10;
const RESET = 0x1f;
const START = 0x22;
const READ = 0x0a;
const WRITE = 0x12;
const TX_PAGE = 0x40;
const FIRST_PAGE = 0x46;
const STOP_PAGE = 0x80;
const RECEIVED = 1;
const SENT = 2;
const OVERFLOW = 0x10;
const DMA_DONE = 0x40;

/** A driver as the NE2000's are: the ring in pages 46 to 7F, words over remote DMA. */
class Driver extends NicRig<Ne2kPci> {
  next = FIRST_PAGE;

  constructor() {
    super((options) => new Ne2kPci(options));
  }

  /** `accept`: RCR. */
  start(accept = 0x04): void {
    this.out(0, 0x21, 1);
    for (const [register, value] of [
      [0xe, 0x49],
      [RCR, accept],
      [0xd, 0],
      [1, FIRST_PAGE],
      [2, STOP_PAGE],
      [BNRY, STOP_PAGE - 1],
    ] as const)
      this.out(register, value, 1);
    this.out(0, 0x61, 1);
    MAC.forEach((byte, at) => {
      this.out(1 + at, byte, 1);
    });
    for (let at = 0; at < 8; at++) this.out(8 + at, 0, 1);
    this.out(7, FIRST_PAGE, 1);
    this.out(0, START, 1);
    this.out(ISR, 0xff, 1);
    this.out(0xf, 0x7f, 1);
  }

  remote(command: number, address: number, length: number): void {
    for (const [register, value] of [
      [8, address & 255],
      [9, address >> 8],
      [0xa, length & 255],
      [0xb, length >> 8],
    ] as const)
      this.out(register, value, 1);
    this.out(0, command, 1);
  }

  /** `length` bytes of the card's memory, in words. */
  read(address: number, length: number): Uint8Array {
    this.remote(READ, address, length + (length & 1));
    const words = Array.from({ length: (length + 1) >> 1 }, () => this.in(DATA, 2));
    return Uint8Array.from(words.flatMap((word) => [word & 255, word >> 8])).slice(0, length);
  }

  send(frame: Frame): void {
    this.remote(WRITE, TX_PAGE * 256, frame.length + (frame.length & 1));
    for (let at = 0; at < frame.length; at += 2) this.out(DATA, frame[at]! | ((frame[at + 1] ?? 0) << 8), 2);
    this.out(4, TX_PAGE, 1);
    this.out(5, frame.length & 255, 1);
    this.out(6, frame.length >> 8, 1);
    this.out(0, START | 4, 1);
  }

  /** The next packet of the ring: status and frame without FCS. */
  take(): { readonly status: number; readonly frame: Frame } | undefined {
    this.out(0, 0x62, 1);
    const current = this.in(7, 1);
    this.out(0, START, 1);
    if (current === this.next) return undefined;
    const [status, next, low, high] = this.read(this.next * 256, 4) as unknown as [number, number, number, number];
    const frame = this.read(this.next * 256 + 4, (low | (high << 8)) - 4);
    this.next = next;
    this.out(BNRY, next === FIRST_PAGE ? STOP_PAGE - 1 : next - 1, 1);
    return { status, frame };
  }

  get causes(): number {
    return this.in(ISR, 1);
  }
}

describe("probing", () => {
  test("the PROM has each byte of the address twice, and 57 for a card of 16 bits", () => {
    const rig = new Driver();
    rig.start();
    const prom = rig.read(0, 32);
    expect([...prom.filter((_, at) => at % 2 === 0)].slice(0, 6)).toEqual([...MAC]);
    expect([...prom.filter((_, at) => at % 2 === 1)].slice(0, 6)).toEqual([...MAC]);
    expect([...prom.slice(28)]).toEqual([0x57, 0x57, 0x57, 0x57]);
  });

  test("in word mode an access of one byte takes a word, in byte mode a byte", () => {
    const rig = new Driver();
    rig.start();
    rig.remote(READ, 0, 12);
    expect(Array.from({ length: 6 }, () => rig.in(DATA, 1))).toEqual([...MAC]);
    rig.out(0xe, 0x48, 1);
    rig.remote(READ, 0, 4);
    expect(Array.from({ length: 4 }, () => rig.in(DATA, 1))).toEqual([MAC[0], MAC[0], MAC[1], MAC[1]]);
  });

  test("it says that it is an RTL8029: 50 43 in page 0, 29 80 in page 3", () => {
    const rig = new Driver();
    rig.start();
    expect([rig.in(0xa, 1), rig.in(0xb, 1)]).toEqual([0x50, 0x43]);
    rig.out(0, 0xe2, 1);
    expect([rig.in(0xe, 1), rig.in(0xf, 1)]).toEqual([0x29, 0x80]);
  });

  test("CONFIG3 is written only while 9346CR unlocks it", () => {
    const rig = new Driver();
    rig.out(0, 0xe1, 1);
    rig.out(6, 0x40, 1);
    expect(rig.in(6, 1)).toBe(0);
    rig.out(1, 0xc0, 1);
    rig.out(6, 0x40, 1);
    expect(rig.in(6, 1)).toBe(0x40);
  });

  test("the reset port stops the chip and sets ISR's reset bit; starting clears it", () => {
    const rig = new Driver();
    rig.start();
    rig.in(RESET, 1);
    expect([rig.in(0, 1) & 3, rig.causes]).toEqual([1, 0x80]);
    rig.out(0, START, 1);
    expect(rig.causes).toBe(0);
  });
});

describe("remote DMA", () => {
  test("what is written is read back, RDC tells the end, and the address goes round in the ring", () => {
    const rig = new Driver();
    rig.start();
    rig.remote(WRITE, 0x4000, 4);
    rig.out(DATA, 0x1234, 2);
    expect(rig.causes & DMA_DONE).toBe(0);
    rig.out(DATA, 0x5678, 2);
    expect(rig.causes & DMA_DONE).toBe(DMA_DONE);
    expect([...rig.read(0x4000, 4)]).toEqual([0x34, 0x12, 0x78, 0x56]);
    rig.remote(WRITE, STOP_PAGE * 256 - 2, 4);
    rig.out(DATA, 0x5678_1234 | 0, 4);
    rig.remote(READ, FIRST_PAGE * 256 - 2, 4);
    rig.in(DATA, 4);
    expect([rig.in(9, 1), rig.in(8, 1)]).toEqual([FIRST_PAGE, 2]);
  });

  test("a command for no bytes is done at once, and accesses without a command are nobody's", () => {
    const rig = new Driver();
    rig.start();
    rig.remote(READ, 0, 0);
    expect(rig.causes & DMA_DONE).toBe(DMA_DONE);
    rig.out(0, START, 1);
    expect(rig.in(DATA, 2)).toBe(0xffff);
  });
});

describe("receive", () => {
  test("a frame lies in the ring behind status, next page and length; PRX", () => {
    const rig = new Driver();
    rig.start();
    rig.receive(testFrame(MAC));
    expect(rig.causes).toBe(RECEIVED);
    expect(rig.irq.level).toBe(true);
    expect([...rig.read(FIRST_PAGE * 256, 4)]).toEqual([1, FIRST_PAGE + 1, 118, 0]);
    expect(rig.read(FIRST_PAGE * 256 + 4, 118)).toEqual(withFcs(testFrame(MAC)));
  });

  test("the ring goes round many times", () => {
    const rig = new Driver();
    rig.start();
    for (let i = 0; i < 60; i++) {
      const frame = testFrame(MAC, 600 + i * 13);
      rig.receive(frame);
      expect(rig.take()).toEqual({ status: 1, frame });
    }
    expect(rig.take()).toBeUndefined();
  });

  test("a frame that would reach BNRY overflows: OVW, and the missed counter until it is read", () => {
    const rig = new Driver();
    rig.start();
    // 57 pages are free; each frame takes six.
    for (let i = 0; i < 10; i++) rig.receive(testFrame(MAC, 1486));
    expect(rig.causes).toBe(RECEIVED | OVERFLOW);
    expect([rig.in(MISSED, 1), rig.in(MISSED, 1)]).toEqual([1, 0]);
    rig.out(ISR, 0xff, 1);
    rig.take();
    rig.receive(testFrame(MAC, 1486));
    expect(rig.causes & (RECEIVED | OVERFLOW)).toBe(RECEIVED);
  });

  test("the missed counter stops at 192 and interrupts from 128 on; monitor mode counts, too", () => {
    const rig = new Driver();
    rig.start(0x24);
    for (let i = 0; i < 127; i++) rig.receive(testFrame(MAC));
    expect(rig.causes).toBe(0);
    for (let i = 0; i < 100; i++) rig.receive(testFrame(MAC));
    expect(rig.causes).toBe(0x20);
    expect(rig.in(MISSED, 1)).toBe(192);
  });

  test.each([
    ["own address always", 0, [true, false, false, false]],
    ["broadcast with AB", 0x04, [true, false, true, false]],
    ["multicast in the table with AM", 0x08, [true, false, false, true]],
    ["all physical addresses with PRO", 0x10, [true, true, false, false]],
  ] as const)("accepts %s", (_, accept, expected) => {
    const rig = new Driver();
    rig.start(accept);
    rig.out(0, 0x62, 1);
    rig.out(8 + 3, 0x80, 1);
    rig.out(0, START, 1);
    const taken = [MAC, PEER, BROADCAST, GROUP].map((to) => {
      rig.receive(testFrame(to));
      return rig.take() !== undefined;
    });
    expect(taken).toEqual(expected);
  });

  test("a stopped chip receives nothing", () => {
    const rig = new Driver();
    rig.start();
    rig.out(0, 0x21, 1);
    rig.receive(testFrame(MAC));
    rig.out(0, START, 1);
    expect(rig.take()).toBeUndefined();
  });
});

describe("transmit", () => {
  test("TXP sends what TPSR and TBCR say; PTX in ISR and TSR, TXP clears itself", () => {
    const rig = new Driver();
    rig.start();
    rig.send(testFrame(PEER));
    expect(rig.sent).toEqual([testFrame(PEER)]);
    expect(rig.causes & SENT).toBe(SENT);
    expect([rig.in(TSR, 1), rig.in(0, 1)]).toEqual([1, START]);
  });

  test("without a link the carrier is missed, and the frame lost", () => {
    const rig = new Driver();
    rig.start();
    rig.cable.setLink(false);
    rig.send(testFrame(PEER));
    expect(rig.sent).toEqual([]);
    expect(rig.in(TSR, 1)).toBe(0x11);
  });

  test("in loopback nothing leaves the card; TCR.CRC leaves the FCS to software", () => {
    const rig = new Driver();
    rig.start();
    rig.out(0xd, 2, 1);
    rig.send(testFrame(PEER));
    rig.out(0xd, 1, 1);
    rig.send(withFcs(testFrame(PEER)));
    expect(rig.sent).toEqual([testFrame(PEER)]);
  });
});

test("a snapshot in the middle of remote DMA goes on as the original does", () => {
  const rig = new Driver();
  rig.start();
  rig.receive(testFrame(MAC));
  rig.remote(READ, FIRST_PAGE * 256, 8);
  rig.in(DATA, 2);
  const copy = new Driver();
  transplant(rig.nic, copy.nic);
  expect(copy.in(DATA, 2)).toBe(118);
  expect(copy.irq.level).toBe(true);
  expectDamageRefused(rig.nic);
});
