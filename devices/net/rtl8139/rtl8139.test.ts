import { describe, expect, test } from "vitest";
import { BROADCAST, ipFrame, MAC, PEER, testFrame } from "../../testing/nic-rig.js";
import { expectDamageRefused, transplant } from "../../testing/round-trip.js";
import { ACCEPT, Rtl8139Driver as Driver, OWN, RING, TX_RING, WHOLE } from "../../testing/rtl8139-driver.js";
import { fillIpChecksum, fillTransportChecksum, isIpHeaderGood, isTransportGood, parseIp } from "../checksum.js";
import { isInHashTable, withFcs, withTag } from "../ethernet.js";
import * as R from "./registers.js";

const GROUP = Uint8Array.of(0x01, 0x00, 0x5e, 0x01, 0x02, 0x03);

describe("registers", () => {
  test("PCI revision and TCR tell the C+ from the C", () => {
    const [plus, classic] = [new Driver(), new Driver("c")];
    expect([plus.nic.readConfig(8, 1), classic.nic.readConfig(8, 1)]).toEqual([0x20, 0x10]);
    expect([plus.in(R.TCR) & 0x7cc00000, classic.in(R.TCR) & 0x7cc00000]).toEqual([0x74800000, 0x74000000]);
  });

  test("IDR holds the address from the EEPROM, is written in configuration mode only, and loaded again by autoload", () => {
    const rig = new Driver();
    expect(Array.from({ length: 6 }, (_, at) => rig.in(R.IDR + at, 1))).toEqual([...MAC]);
    rig.out(R.IDR, 0);
    expect(rig.in(R.IDR)).toBe(0x12005452);
    rig.out(R.CR9346, 0xc0, 1);
    rig.out(R.IDR, 0);
    expect(rig.in(R.IDR)).toBe(0);
    rig.out(R.CR9346, 0x40, 1);
    expect([rig.in(R.IDR), rig.in(R.CR9346, 1)]).toEqual([0x12005452, 0]);
  });

  test("9346CR's pins read the EEPROM, whose first word is 8129", () => {
    const rig = new Driver();
    const pins = (bits: number) => rig.out(R.CR9346, 0x80 | bits, 1);
    pins(8);
    for (const bit of [1, 1, 0, 0, 0, 0, 0, 0, 0]) for (const clock of [0, 4, 0]) pins(8 | (bit << 1) | clock);
    let word = 0;
    for (let bit = 0; bit < 16; bit++) {
      pins(12);
      word = (word << 1) | (rig.in(R.CR9346, 1) & 1);
      pins(8);
    }
    expect(word).toBe(0x8129);
  });

  test("the same registers answer in memory, in any size", () => {
    const rig = new Driver();
    expect(rig.space.read(0xf000_0000, 4)).toBe(0x12005452);
    expect(rig.space.read(0xf000_0003, 2)).toBe(0x3412);
    expect(rig.space.read(0xf000_00fe, 4) >>> 16).toBe(0xffff);
  });

  test("CR.RST clears itself, and gives back the slots but not the address", () => {
    const rig = new Driver();
    rig.startClassic();
    rig.out(R.CR, R.CR_RESET, 1);
    expect(rig.in(R.CR, 1)).toBe(R.CR_EMPTY);
    expect(rig.in(R.TSD)).toBe(R.TSD_OWN);
    expect(rig.in(R.IDR)).toBe(0x12005452);
  });

  test("TimerInt interrupts when TCTR gets there, counting 33 MHz; writing TCTR begins anew", () => {
    const rig = new Driver();
    rig.out(R.TCTR, 0);
    rig.out(R.TIMER_INT, 1000);
    rig.acknowledge();
    rig.scheduler.advance(29_999);
    expect([rig.in(R.TCTR), rig.causes]).toEqual([999, 0]);
    rig.scheduler.advance(1);
    expect([rig.in(R.TCTR), rig.causes]).toEqual([1000, R.CAUSE_TIMEOUT]);
  });

  test("the link shows in BMSR, MSR and CSCR, and its change interrupts", () => {
    const rig = new Driver();
    rig.acknowledge();
    rig.in(R.CSCR, 2);
    expect([rig.in(0x64, 2) & 0x24, rig.in(R.MSR, 1) & 4]).toEqual([0x24, 0]);
    rig.out(R.IMR, R.CAUSE_LINK, 2);
    rig.cable.setLink(false);
    expect(rig.irq.level).toBe(true);
    expect([rig.in(0x64, 2) & 4, rig.in(R.MSR, 1) & 4]).toEqual([0, 4]);
    expect([rig.in(R.CSCR, 2), rig.in(R.CSCR, 2)]).toEqual([0x0800, 0]);
    rig.out(R.ISR, R.CAUSE_LINK, 2);
    expect(rig.irq.level).toBe(false);
  });
});

describe("classic receive", () => {
  test("a packet has a header of status and length, FCS included, and BUFE tells when all is read", () => {
    const rig = new Driver();
    rig.startClassic();
    expect(rig.in(R.CR, 1) & R.CR_EMPTY).toBe(R.CR_EMPTY);
    rig.receive(testFrame(MAC), testFrame(BROADCAST, 10));
    expect(rig.causes).toBe(R.CAUSE_RX_OK);
    expect(rig.take()).toEqual({ status: 0x4001, frame: testFrame(MAC) });
    expect(rig.take()).toMatchObject({ status: 0x2001, frame: { length: 60 } });
    expect(rig.take()).toBeUndefined();
  });

  test("the ring goes round many times", () => {
    const rig = new Driver();
    rig.startClassic();
    for (let i = 0; i < 50; i++) {
      const frame = testFrame(MAC, 500 + i * 7);
      rig.receive(frame);
      expect(rig.take()?.frame).toEqual(frame);
    }
  });

  test("WRAP: a packet that begins before the ring's end goes on behind it, and the next at the ring's beginning", () => {
    const rig = new Driver();
    rig.startClassic(ACCEPT | R.RCR_NO_WRAP);
    for (let i = 0; i < 5; i++) {
      rig.receive(testFrame(MAC, 1486));
      if (i < 4) rig.take();
    }
    rig.take();
    // Five packets of 1508 bytes: the sixth goes 856 bytes over the end.
    const frame = testFrame(MAC, 1486);
    rig.receive(frame);
    expect(rig.ram.bytes.slice(0x10000 + 5 * 1508 + 4, 0x10000 + 6 * 1508)).toEqual(withFcs(frame));
    expect(rig.in(R.CBR, 2)).toBe(6 * 1508 - 8192);
  });

  test("a packet without room is dropped: RXOVW, and MPC counts until it is written", () => {
    const rig = new Driver();
    rig.startClassic();
    for (let i = 0; i < 8; i++) rig.receive(testFrame(MAC, 1000));
    expect(rig.causes).toBe(R.CAUSE_RX_OK | R.CAUSE_RX_OVERFLOW);
    expect(rig.in(R.MPC)).toBe(1);
    rig.take();
    rig.receive(testFrame(MAC, 1000));
    expect(rig.in(R.MPC)).toBe(1);
    rig.out(R.MPC, 0);
    expect(rig.in(R.MPC)).toBe(0);
  });

  test.each([
    ["own address", R.RCR_PHYSICAL_MATCH, [true, false, false, false]],
    ["all physical", R.RCR_ALL_PHYSICAL, [true, true, false, false]],
    ["broadcast", R.RCR_BROADCAST, [false, false, true, false]],
    ["multicast", R.RCR_MULTICAST, [false, false, false, true]],
  ] as const)("RCR accepts %s", (_, bits, expected) => {
    const rig = new Driver();
    for (let at = 0; at < 8; at++) rig.out(R.MAR + at, 0xff, 1);
    rig.startClassic(bits);
    const taken = [MAC, PEER, BROADCAST, GROUP].map((to) => {
      rig.receive(testFrame(to));
      return rig.take() !== undefined;
    });
    expect(taken).toEqual(expected);
  });

  test("the multicast table is indexed by the CRC's upper six bits", () => {
    // 01-00-5E-00-00-01 is bit 31 of the table in every descendant of the DP8390.
    const allHosts = testFrame(Uint8Array.of(0x01, 0x00, 0x5e, 0, 0, 1));
    const table = new Uint8Array(8);
    table[3] = 0x80;
    expect(isInHashTable(allHosts, table)).toBe(true);
    expect(isInHashTable(testFrame(GROUP), table)).toBe(false);
  });
});

describe("classic transmit", () => {
  test("slots are sent in their order; OWN and TOK come back, TSAD sums them up", () => {
    const rig = new Driver();
    rig.startClassic();
    rig.send(testFrame(PEER, 70), 1);
    expect(rig.sent).toEqual([]);
    rig.send(testFrame(PEER, 60), 0);
    expect(rig.sent).toEqual([testFrame(PEER, 60), testFrame(PEER, 70)]);
    expect(rig.in(R.TSD) & (R.TSD_OWN | R.TSD_OK)).toBe(R.TSD_OWN | R.TSD_OK);
    expect(rig.in(R.TX_SUMMARY, 2)).toBe(0x300f);
    expect(rig.causes).toBe(R.CAUSE_TX_OK);
  });

  test("a size above 1792 bytes is aborted", () => {
    const rig = new Driver();
    rig.startClassic();
    rig.out(R.TSD, 1793);
    expect(rig.in(R.TSD) & R.TSD_ABORTED).not.toBe(0);
    expect(rig.causes).toBe(R.CAUSE_TX_ERROR);
  });

  test("TCR's loopback brings frames back, TCR.CRC leaves the FCS to software", () => {
    const rig = new Driver();
    rig.startClassic();
    rig.out(R.TCR, R.TCR_LOOPBACK);
    rig.send(testFrame(MAC));
    expect(rig.take()?.frame).toEqual(testFrame(MAC));
    rig.out(R.TCR, R.TCR_NO_CRC);
    rig.send(withFcs(testFrame(PEER)));
    expect(rig.sent).toEqual([testFrame(PEER)]);
  });
});

describe("C+ descriptors", () => {
  test("a frame comes into the next descriptor: OWN is gone, FS, LS, match and length", () => {
    const rig = new Driver();
    rig.startDescriptors();
    rig.receive(testFrame(MAC), testFrame(BROADCAST));
    expect(rig.received(0)).toMatchObject({ status: WHOLE | (1 << 25) | 118, bytes: testFrame(MAC) });
    expect(rig.received(1).status).toBe(WHOLE | (1 << 24) | 118);
    expect(rig.causes).toBe(R.CAUSE_RX_OK);
  });

  test("a frame longer than a buffer takes several descriptors, or is missed whole", () => {
    const rig = new Driver();
    rig.startDescriptors(0, 100);
    rig.receive(testFrame(MAC, 186));
    expect([0, 1, 2].map((index) => rig.received(index).status >>> 28)).toEqual([2, 0, 1]);
    rig.receive(testFrame(MAC, 700));
    expect(rig.received(3).status >>> 31).toBe(1);
    expect(rig.in(R.MPC)).toBe(1);
    expect(rig.causes & (R.CAUSE_RX_OVERFLOW | R.CAUSE_FIFO_OVERFLOW)).toBe(R.CAUSE_RX_OVERFLOW | R.CAUSE_FIFO_OVERFLOW);
  });

  test("the ring goes round at EOR, as far as descriptors are given back", () => {
    const rig = new Driver();
    rig.startDescriptors();
    for (let i = 0; i < RING; i++) rig.receive(testFrame(MAC, 100 + i));
    rig.receive(testFrame(MAC));
    expect(rig.in(R.MPC)).toBe(1);
    rig.offer(0, 1600);
    rig.receive(testFrame(MAC, 300));
    expect(rig.received(0).bytes).toEqual(testFrame(MAC, 300));
  });

  test("receive checksums: protocol, and what failed", () => {
    const rig = new Driver();
    rig.startDescriptors(R.CPCR_CHECKSUM);
    const frame = ipFrame({ protocol: 6, payload: 50 });
    frame.set(MAC);
    fillIpChecksum(frame, parseIp(frame)!);
    fillTransportChecksum(frame, parseIp(frame)!);
    rig.receive(frame.slice());
    expect((rig.received(0).status >> 13) & 0x1f).toBe(0x08);
    frame[24]! ^= 1;
    frame[60]! ^= 1;
    rig.receive(frame.slice(), testFrame(MAC));
    expect((rig.received(1).status >> 13) & 0x1f).toBe(0x0d);
    expect((rig.received(2).status >> 13) & 0x1f).toBe(0);
  });

  test("VLAN tags are taken off and put on, their bytes in the order of the cable", () => {
    const rig = new Driver();
    rig.startDescriptors(R.CPCR_VLAN);
    rig.receive(withTag(testFrame(MAC), 0x2064));
    expect(rig.received(0)).toMatchObject({ bytes: testFrame(MAC), tag: 0x16420 });
    rig.push(testFrame(PEER), WHOLE, 0x26420);
    rig.out(R.TPPOLL, 0x40, 1);
    expect(rig.sent).toEqual([withTag(testFrame(PEER), 0x2064)]);
  });

  test("TPPoll sends what is the card's, gathered from FS to LS, and gives descriptors back", () => {
    const rig = new Driver();
    rig.startDescriptors();
    const frame = testFrame(PEER, 300);
    rig.push(frame.slice(0, 100), 0x2000_0000);
    rig.push(frame.slice(100), 0x1000_0000);
    rig.out(R.TPPOLL, 0x40, 1);
    expect(rig.sent).toEqual([frame]);
    expect([0, 1].map((index) => rig.ram.view.getUint32(TX_RING + index * 16, true) >>> 28)).toEqual([2, 1]);
    expect(rig.causes).toBe(R.CAUSE_TX_OK | R.CAUSE_TX_UNAVAILABLE);
  });

  test("checksums are put in where a descriptor asks", () => {
    const rig = new Driver();
    rig.startDescriptors();
    rig.push(ipFrame({ protocol: 17, payload: 31 }), WHOLE | (1 << 18) | (1 << 17));
    rig.push(ipFrame({ protocol: 6, payload: 31 }), WHOLE | (1 << 18) | (1 << 16));
    rig.out(R.TPPOLL, 0x40, 1);
    for (const sent of rig.sent) {
      expect(isIpHeaderGood(sent, parseIp(sent)!)).toBe(true);
      expect(isTransportGood(sent, parseIp(sent)!)).toBe(true);
    }
    expect(rig.sent.length).toBe(2);
  });

  test("a large send is cut at the MSS", () => {
    const rig = new Driver();
    rig.startDescriptors();
    const frame = ipFrame({ protocol: 6, payload: 2500, flags: 0x19 });
    rig.push(frame, WHOLE | (1 << 27) | (1000 << 16));
    rig.out(R.TPPOLL, 0x40, 1);
    expect(rig.sent.map(({ length }) => length)).toEqual([1054, 1054, 554]);
    expect(rig.sent.map((sent) => sent[47])).toEqual([0x10, 0x10, 0x19]);
    for (const sent of rig.sent) expect(isTransportGood(sent, parseIp(sent)!)).toBe(true);
  });

  test("the high priority ring goes first", () => {
    const rig = new Driver();
    rig.startDescriptors();
    rig.push(testFrame(PEER, 60), WHOLE);
    rig.out(R.THPDS, TX_RING + 0x100);
    rig.ram.bytes.copyWithin(TX_RING + 0x100, TX_RING, TX_RING + 16);
    rig.ram.view.setUint32(TX_RING + 0x100, (OWN | WHOLE | 60) >>> 0, true);
    rig.out(R.TPPOLL, 0xc0, 1);
    expect(rig.sent.map(({ length }) => length)).toEqual([60, 74]);
  });

  test("counters are dumped where DTCCR says, and the command bit goes", () => {
    const rig = new Driver();
    rig.startDescriptors();
    rig.receive(testFrame(MAC), testFrame(BROADCAST));
    rig.push(testFrame(PEER), WHOLE);
    rig.out(R.TPPOLL, 0x40, 1);
    rig.out(R.DTCCR + 4, 0);
    rig.out(R.DTCCR, 0x3000 | 8);
    expect(rig.in(R.DTCCR)).toBe(0x3000);
    expect([0, 8, 40, 48].map((at) => Number(rig.ram.view.getBigUint64(0x3000 + at, true)))).toEqual([1, 2, 1, 1]);
  });
});

test("a snapshot in the middle of a packet goes on as the original does", () => {
  const rig = new Driver();
  rig.startDescriptors();
  const frame = testFrame(PEER, 300);
  rig.push(frame.slice(0, 100), 0x2000_0000);
  rig.out(R.TPPOLL, 0x40, 1);
  const copy = new Driver();
  transplant(rig.nic, copy.nic);
  rig.push(frame.slice(100), 0x1000_0000);
  copy.ram.bytes.set(rig.ram.bytes);
  for (const one of [rig, copy]) one.out(R.TPPOLL, 0x40, 1);
  expect(copy.sent).toEqual([frame]);
  expect(copy.nic.save()).toEqual(rig.nic.save());
  expectDamageRefused(rig.nic);
});
