import { describe, expect, test } from "vitest";
import {
  CHECKSUM,
  DELAY,
  E1000Driver as Driver,
  END,
  EXTENDED,
  FCS,
  REPORT,
  RING,
  SEGMENT,
  TX_RING,
  VLAN,
} from "../../testing/e1000-driver.js";
import { BROADCAST, ipFrame, MAC, PEER, testFrame } from "../../testing/nic-rig.js";
import { expectDamageRefused, transplant } from "../../testing/round-trip.js";
import { isIpHeaderGood, isTransportGood, parseIp, pseudoHeader } from "../checksum.js";
import { withFcs, withTag } from "../ethernet.js";
import * as R from "./registers.js";

const GPRC = 0x4074;
const GPTC = 0x4080;
const GORCL = 0x4088;
function phy(rig: Driver, register: number, value?: number): number {
  const operation = value === undefined ? 2 : 1;
  rig.out(R.MDIC, (operation << 26) | (1 << 21) | (register << 16) | (value ?? 0));
  expect(rig.in(R.MDIC) & (1 << 28), "ready").not.toBe(0);
  return rig.in(R.MDIC) & 0xffff;
}

describe("EEPROM", () => {
  test("its 64 words add up to BABA and begin with the MAC address", () => {
    const rig = new Driver();
    const words = Array.from({ length: 64 }, (_, address) => {
      rig.out(R.EERD, (address << 8) | 1);
      expect(rig.in(R.EERD) & 0x10, "done").toBe(0x10);
      return rig.in(R.EERD) >>> 16;
    });
    expect(words.reduce((total, word) => total + word, 0) & 0xffff).toBe(0xbaba);
    expect(words.slice(0, 3)).toEqual([0x5452, 0x1200, 0x5634]);
    expect(words.slice(13, 15)).toEqual([0x100e, 0x8086]);
  });

  test("EECD's pins read it a bit at a time, once access is granted", () => {
    const rig = new Driver();
    const pins = (bits: number) => rig.out(R.EECD, 0x40 | bits);
    pins(0);
    expect(rig.in(R.EECD) & 0x180).toBe(0x180);
    pins(2);
    // Start, READ, address 1.
    for (const bit of [1, 1, 0, 0, 0, 0, 0, 0, 1]) for (const clock of [0, 1, 0]) pins(2 | (bit << 2) | clock);
    let word = 0;
    for (let bit = 0; bit < 16; bit++) {
      pins(3);
      word = (word << 1) | ((rig.in(R.EECD) >> 3) & 1);
      pins(2);
    }
    expect(word).toBe(0x1200);
  });

  test("loads receive address 0 at reset, and CTRL.RST loads it again", () => {
    const rig = new Driver();
    rig.out(R.RAL, 0);
    rig.out(R.CTRL, R.CTRL_RESET);
    expect([rig.in(R.RAL), rig.in(R.RAL + 4)]).toEqual([0x12005452, 0x80005634]);
    expect(rig.in(R.CTRL) & R.CTRL_RESET).toBe(0);
  });
});

describe("link", () => {
  test("the transceiver is a Marvell one at address 1; other addresses are an error", () => {
    const rig = new Driver();
    expect([phy(rig, 2), phy(rig, 3)]).toEqual([0x0141, 0x0c20]);
    rig.out(R.MDIC, (2 << 26) | (2 << 21) | (2 << 16));
    expect(rig.in(R.MDIC) & (1 << 30)).not.toBe(0);
  });

  test("STATUS tells link, speed and duplex, the link only while CTRL.SLU is set", () => {
    const rig = new Driver();
    expect(rig.in(R.STATUS) & 0xc3).toBe(0x83);
    rig.out(R.CTRL, 0);
    expect(rig.in(R.STATUS) & 2).toBe(0);
  });

  test("a pulled cable interrupts; status reads as down once more after the link is back", () => {
    const rig = new Driver();
    rig.out(R.IMS, R.CAUSE_LINK);
    rig.cable.setLink(false);
    expect(rig.irq.level).toBe(true);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_LINK);
    expect(rig.irq.level).toBe(false);
    expect(rig.in(R.STATUS) & 2).toBe(0);
    rig.cable.setLink(true);
    expect(rig.in(R.STATUS) & 2, "still negotiating").toBe(0);
    rig.scheduler.advance(1e9);
    expect(rig.irq.level).toBe(true);
    expect(phy(rig, 1) & 4).toBe(0);
    expect(phy(rig, 1) & 0x24).toBe(0x24);
  });

  test("speed follows what is advertised, and what is forced without negotiation", () => {
    const rig = new Driver();
    phy(rig, 9, 0);
    phy(rig, 0, 0x1200);
    rig.scheduler.advance(1e9);
    expect(rig.in(R.STATUS) & 0xc1).toBe(0x41);
    phy(rig, 0, 0x0000);
    expect(rig.in(R.STATUS) & 0xc3).toBe(0x02);
  });

  test("frames are lost while the link is down, both ways", () => {
    const rig = new Driver();
    rig.offer();
    rig.cable.setLink(false);
    rig.send(testFrame(PEER));
    rig.receive(testFrame(MAC));
    expect(rig.sent).toEqual([]);
    expect(rig.received(0).status).toBe(0);
  });

  test("the transceiver's loopback brings frames back and leaves the cable alone", () => {
    const rig = new Driver();
    rig.offer();
    phy(rig, 0, 0x4140);
    rig.send(testFrame(MAC));
    expect(rig.sent).toEqual([]);
    expect(rig.received(0).bytes).toEqual(testFrame(MAC));
  });
});

describe("transmit", () => {
  test("a legacy descriptor's frame goes out; DD and TXDW come with RS, TXQE with an empty queue", () => {
    const rig = new Driver();
    rig.send(testFrame(PEER), END | FCS);
    expect(rig.sent).toEqual([testFrame(PEER)]);
    expect(rig.transmitStatus(0)).toBe(0);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_TX_QUEUE_EMPTY);
    rig.send(testFrame(PEER));
    expect(rig.transmitStatus(1)).toBe(1);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_TX_QUEUE_EMPTY | R.CAUSE_TX_WRITTEN_BACK);
    expect(rig.in(R.TDH)).toBe(2);
  });

  test("a frame in several descriptors goes when the last is there; the ring goes round", () => {
    const rig = new Driver();
    const frame = testFrame(PEER, 300);
    for (let round = 0; round < 9; round++) {
      rig.send(frame.slice(0, 100), FCS);
      expect(rig.sent.length).toBe(round);
      rig.send(frame.slice(100));
    }
    expect(rig.sent.length).toBe(9);
    for (const sent of rig.sent) expect(sent).toEqual(frame);
    expect(rig.in(R.TDH)).toBe(2);
  });

  test("without IFCS the last four bytes are the frame check sequence, and a wrong one is lost on the cable", () => {
    const rig = new Driver();
    rig.send(withFcs(testFrame(PEER)), END);
    rig.send(testFrame(PEER), END);
    expect(rig.sent).toEqual([testFrame(PEER)]);
  });

  test("IC inserts the checksum from CSS on at CSO", () => {
    const rig = new Driver();
    const frame = ipFrame({ protocol: 17, payload: 33 });
    const packet = parseIp(frame)!;
    new DataView(frame.buffer).setUint16(40, pseudoHeader(frame, packet));
    rig.push(rig.put(frame), frame.length | (40 << 16) | ((END | FCS | CHECKSUM) << 24), 34 << 8);
    rig.out(R.TDT, rig.tail);
    expect(isTransportGood(rig.sent[0]!, packet)).toBe(true);
  });

  test("a data descriptor's options insert IP and transport checksums where the context says", () => {
    const rig = new Driver();
    const frame = ipFrame({ protocol: 6, payload: 77 });
    const packet = parseIp(frame)!;
    new DataView(frame.buffer).setUint16(50, pseudoHeader(frame, packet));
    pushContext(rig, EXTENDED | 3, 0);
    rig.push(rig.put(frame), frame.length | (1 << 20) | ((END | FCS | EXTENDED) << 24), 3 << 8);
    rig.out(R.TDT, rig.tail);
    expect(isIpHeaderGood(rig.sent[0]!, packet)).toBe(true);
    expect(isTransportGood(rig.sent[0]!, packet)).toBe(true);
  });

  test("segmentation cuts at the MSS: lengths, identification, sequence and checksums are each segment's, FIN and PSH the last one's", () => {
    const rig = new Driver();
    const frame = ipFrame({ protocol: 6, payload: 2500, flags: 0x19 });
    prepareSegmentation(rig, frame, 1000);
    expect(rig.sent.map(({ length }) => length)).toEqual([1054, 1054, 554]);
    rig.sent.forEach((sent, index) => {
      const packet = parseIp(sent)!;
      const view = new DataView(sent.buffer, sent.byteOffset);
      expect(packet.end).toBe(sent.length);
      expect(isIpHeaderGood(sent, packet)).toBe(true);
      expect(isTransportGood(sent, packet)).toBe(true);
      expect(view.getUint16(18)).toBe(0x1234 + index);
      expect(view.getUint32(38)).toBe((0xffff_ff00 + index * 1000) >>> 0);
      expect(sent[47]).toBe(index === 2 ? 0x19 : 0x10);
    });
    expect(Uint8Array.from(rig.sent.flatMap((sent) => [...sent.slice(54)]))).toEqual(frame.slice(54));
  });

  test("VLE inserts the tag while CTRL.VME is set", () => {
    const rig = new Driver();
    rig.send(testFrame(PEER), END | FCS | VLAN, 0x2064);
    rig.out(R.CTRL, R.CTRL_SET_LINK_UP | R.CTRL_VLAN_MODE);
    rig.send(testFrame(PEER), END | FCS | VLAN, 0x2064);
    expect(rig.sent).toEqual([testFrame(PEER), withTag(testFrame(PEER), 0x2064)]);
  });

  test("a long queue goes at the pace of the cable: one access sends no more than a burst", () => {
    const rig = new Driver();
    const frame = ipFrame({ protocol: 6, payload: 60_000 });
    prepareSegmentation(rig, frame, 10);
    const first = rig.sent.length;
    expect(first).toBeGreaterThan(1000);
    expect(first).toBeLessThan(5000);
    rig.out(R.TDT, rig.tail);
    expect(rig.sent.length).toBe(first);
    rig.scheduler.advance(10e6);
    expect(rig.sent.length).toBe(6000);
    expect(rig.scheduler.nextDeadline).toBeUndefined();
  });

  test.each([
    ["tail", R.TDT],
    ["head", R.TDH],
  ])("a %s outside the ring leaves nothing to send", (_, register) => {
    const rig = new Driver();
    rig.out(register, RING);
    rig.out(R.TCTL, R.TCTL_ENABLE);
    expect([rig.sent.length, rig.in(R.ICR), rig.scheduler.nextDeadline]).toEqual([0, 0, undefined]);
  });

  test("nothing is sent while the transmitter is off or the function is no bus master", () => {
    const rig = new Driver();
    rig.out(R.TCTL, 0);
    rig.send(testFrame(PEER));
    expect(rig.sent.length).toBe(0);
    rig.nic.writeConfig(4, 3, 2);
    rig.out(R.TCTL, R.TCTL_ENABLE);
    expect(rig.sent.length).toBe(0);
    rig.nic.writeConfig(4, 7, 2);
    rig.out(R.TCTL, R.TCTL_ENABLE);
    expect(rig.sent.length).toBe(1);
  });
});

/** Context: IP header at 14, its checksum at 24; TCP at 34, its checksum at 50. */
function pushContext(rig: Driver, command: number, segment: number): void {
  rig.push(14 | (24 << 8) | (33 << 16), (command << 24) | 0, (segment << 16) | (54 << 8));
  rig.ram.view.setUint32(TX_RING + ((rig.tail + RING - 1) % RING) * 16 + 4, 34 | (50 << 8), true);
}

function prepareSegmentation(rig: Driver, frame: Uint8Array<ArrayBuffer>, segment: number): void {
  const packet = parseIp(frame)!;
  new DataView(frame.buffer).setUint16(50, pseudoHeader(frame, packet, 0));
  pushContext(rig, EXTENDED | SEGMENT | 3, segment);
  const command = (END | FCS | EXTENDED | SEGMENT) << 24;
  const at = rig.put(frame);
  // Header and payload apart, as drivers do.
  rig.push(at, 54 | (1 << 20) | (command & ~(END << 24)), 3 << 8);
  rig.push(at + 54, (frame.length - 54) | (1 << 20) | command, 3 << 8);
  rig.out(R.TDT, rig.tail);
}

describe("interrupts", () => {
  test("ICS raises, IMS lets through, IMC takes away, and reading ICR clears", () => {
    const rig = new Driver();
    rig.out(R.ICS, R.CAUSE_LINK);
    expect(rig.irq.level).toBe(false);
    rig.out(R.IMS, R.CAUSE_LINK);
    expect(rig.irq.level).toBe(true);
    rig.out(R.IMC, R.CAUSE_LINK);
    expect(rig.irq.level).toBe(false);
    rig.out(R.IMS, R.CAUSE_LINK);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_LINK);
    expect(rig.irq.level).toBe(false);
    expect(rig.in(R.ICR)).toBe(0);
  });

  test("ITR keeps interrupts apart by so many times 256 ns", () => {
    const rig = new Driver();
    rig.out(R.IMS, R.CAUSE_RX_TIMER);
    rig.out(R.ITR, 1000);
    rig.offer();
    rig.receive(testFrame(MAC));
    expect(rig.irq.level).toBe(true);
    rig.in(R.ICR);
    rig.receive(testFrame(MAC));
    rig.scheduler.advance(255_999);
    expect(rig.irq.level).toBe(false);
    rig.scheduler.advance(1);
    expect(rig.irq.level).toBe(true);
  });

  test("RDTR delays after each frame, RADV no longer than so long after the first; FPD flushes", () => {
    const rig = new Driver();
    rig.offer();
    rig.out(R.RDTR, 100);
    rig.out(R.RADV, 150);
    rig.receive(testFrame(MAC));
    rig.scheduler.advance(90 * 1024);
    rig.receive(testFrame(MAC));
    rig.scheduler.advance(59 * 1024);
    expect(rig.in(R.ICR)).toBe(0);
    rig.scheduler.advance(1024);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_RX_TIMER);
    rig.receive(testFrame(MAC));
    expect(rig.in(R.ICR)).toBe(0);
    rig.out(R.RDTR, 0x80000064);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_RX_TIMER);
  });

  test("TIDV delays the interrupt of descriptors that allow it", () => {
    const rig = new Driver();
    rig.out(R.TIDV, 10);
    rig.send(testFrame(PEER), END | FCS | REPORT | DELAY);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_TX_QUEUE_EMPTY);
    rig.scheduler.advance(10 * 1024);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_TX_WRITTEN_BACK);
  });
});

test("statistics are cleared by reading; octets count the FCS and are cleared by their upper half", () => {
  const rig = new Driver();
  rig.offer();
  rig.receive(testFrame(MAC), testFrame(BROADCAST));
  rig.send(testFrame(PEER));
  expect([rig.in(GPRC), rig.in(GPTC), rig.in(0x4078), rig.in(0x4060)]).toEqual([2, 1, 1, 2]);
  expect([rig.in(GPRC), rig.in(GPTC)]).toEqual([0, 0]);
  expect([rig.in(GORCL), rig.in(GORCL), rig.in(GORCL + 4), rig.in(GORCL)]).toEqual([236, 236, 0, 0]);
});

test("IOADDR and IODATA reach the registers through ports", () => {
  const rig = new Driver();
  rig.ports.write(0xc000, R.RAL, 4);
  expect(rig.ports.read(0xc004, 4)).toBe(0x12005452);
  rig.ports.write(0xc000, 0xf_fffc, 4);
  expect(rig.ports.read(0xc004, 4)).toBe(0);
});

describe("a snapshot", () => {
  test("in the middle of delays, waiting frames and half a packet goes on as the original does", () => {
    const rig = new Driver();
    rig.out(R.IMS, R.CAUSE_RX_TIMER);
    rig.out(R.RDTR, 100);
    rig.receive(testFrame(MAC), testFrame(MAC));
    rig.send(testFrame(PEER).slice(0, 50), FCS);
    const copy = new Driver();
    copy.ram.bytes.set(rig.ram.bytes);
    transplant(rig.nic, copy.nic);
    for (const one of [rig, copy]) {
      one.tail = 1;
      one.send(testFrame(PEER).slice(50));
      one.offer();
      one.scheduler.advance(200 * 1024);
    }
    expect(copy.sent).toEqual([testFrame(PEER)]);
    expect(copy.received(1).bytes).toEqual(testFrame(MAC));
    expect(copy.irq.level).toBe(true);
    expect(copy.nic.save()).toEqual(rig.nic.save());
    expectDamageRefused(rig.nic);
  });

  test("taken where the cable is out tells of it when time goes on, not while it is loaded", () => {
    const rig = new Driver();
    rig.out(R.IMS, R.CAUSE_LINK);
    const copy = new Driver();
    copy.cable.setLink(false);
    copy.nic.load(rig.nic.save());
    expect([copy.irq.level, copy.in(R.STATUS) & 2]).toEqual([false, 2]);
    copy.scheduler.advance(1);
    expect([copy.irq.level, copy.in(R.STATUS) & 2]).toEqual([true, 0]);
  });
});
