import { describe, expect, test } from "vitest";
import { E1000Driver as Driver, RCTL } from "../../testing/e1000-driver.js";
import { BROADCAST, ipFrame, MAC, PEER, testFrame } from "../../testing/nic-rig.js";
import { fillIpChecksum, fillTransportChecksum, parseIp } from "../checksum.js";
import { withFcs, withTag } from "../ethernet.js";
import * as R from "./registers.js";

const GPRC = 0x4074;
const MPC = 0x4010;
const RNBC = 0x40a0;
const ROC = 0x40ac;

describe("receive", () => {
  test("a frame fills the descriptor at head: length, DD and EOP; RXT0", () => {
    const rig = new Driver();
    rig.offer();
    rig.receive(testFrame(MAC));
    expect(rig.received(0)).toMatchObject({ length: 114, status: 0x07, errors: 0, bytes: testFrame(MAC) });
    expect(rig.in(R.RDH)).toBe(1);
    expect(rig.in(R.ICR)).toBe(R.CAUSE_RX_TIMER);
  });

  test("short frames are padded as on a cable, and carry their FCS unless SECRC strips it", () => {
    const rig = new Driver();
    rig.out(R.RCTL, RCTL & ~R.RCTL_STRIP_CRC);
    rig.offer();
    rig.receive(testFrame(MAC, 1));
    const { length, bytes } = rig.received(0);
    expect(length).toBe(64);
    expect(bytes).toEqual(withFcs(bytes.slice(0, 60)));
  });

  test("a frame longer than a buffer goes on in the next descriptors, the last with EOP", () => {
    const rig = new Driver();
    // BSIZE 256.
    rig.out(R.RCTL, RCTL | (3 << 16));
    rig.offer();
    rig.receive(testFrame(MAC, 600));
    expect([0, 1, 2, 3].map((index) => [rig.received(index).length, rig.received(index).status & 3])).toEqual([
      [256, 1],
      [256, 1],
      [102, 3],
      [0, 0],
    ]);
  });

  test("without a descriptor a frame waits in the packet buffer, and is counted; the tail lets it in", () => {
    const rig = new Driver();
    rig.receive(testFrame(MAC));
    expect(rig.in(RNBC)).toBe(1);
    expect(rig.received(0).status).toBe(0);
    rig.offer();
    expect(rig.received(0).bytes).toEqual(testFrame(MAC));
  });

  test("what does not fit in the packet buffer is missed: MPC counts it, RXO tells", () => {
    const rig = new Driver();
    rig.out(R.PBA, 8);
    for (let i = 0; i < 10; i++) rig.receive(testFrame(MAC, 1000));
    expect(rig.in(MPC)).toBe(2);
    expect(rig.in(GPRC)).toBe(8);
    expect(rig.in(R.ICR) & R.CAUSE_RX_OVERRUN).not.toBe(0);
  });

  test("RXDMT0 comes when half of the ring is left", () => {
    const rig = new Driver();
    rig.offer();
    for (let i = 0; i < 6; i++) rig.receive(testFrame(MAC));
    expect(rig.in(R.ICR)).toBe(R.CAUSE_RX_TIMER);
    rig.receive(testFrame(MAC));
    expect(rig.in(R.ICR)).toBe(R.CAUSE_RX_TIMER | R.CAUSE_RX_THRESHOLD);
  });

  test("checksum offload checks IP and UDP and tells what is wrong; a UDP checksum of zero is none", () => {
    const rig = new Driver();
    rig.out(R.RXCSUM, 0x300);
    rig.offer();
    const frame = ipFrame({ protocol: 17, payload: 40 });
    frame.set(MAC);
    const packet = parseIp(frame)!;
    fillIpChecksum(frame, packet);
    rig.receive(frame.slice());
    expect(rig.received(0)).toMatchObject({ status: 0x43, errors: 0 });
    fillTransportChecksum(frame, packet);
    rig.receive(frame.slice());
    expect(rig.received(1)).toMatchObject({ status: 0x63, errors: 0 });
    frame[24]! ^= 1;
    frame[60]! ^= 1;
    rig.receive(frame);
    expect(rig.received(2)).toMatchObject({ status: 0x63, errors: 0x60 });
  });

  test("VME strips the tag and puts it in the descriptor", () => {
    const rig = new Driver();
    rig.out(R.CTRL, R.CTRL_SET_LINK_UP | R.CTRL_VLAN_MODE);
    rig.offer();
    rig.receive(withTag(testFrame(MAC), 0x6007));
    expect(rig.received(0)).toMatchObject({ bytes: testFrame(MAC), special: 0x6007, status: 0x0f });
  });

  test("the VLAN filter lets in what its table has", () => {
    const rig = new Driver();
    rig.out(R.RCTL, RCTL | R.RCTL_VLAN_FILTER);
    rig.out(R.VFTA + 4 * 3, 1 << 4);
    rig.offer();
    rig.receive(withTag(testFrame(MAC), 101), withTag(testFrame(MAC), 100), testFrame(MAC));
    expect(rig.in(R.RDH)).toBe(2);
  });

  test("frames longer than 1522 need LPE; without it ROC counts them", () => {
    const rig = new Driver();
    rig.offer();
    rig.receive(testFrame(MAC, 1600));
    expect(rig.in(ROC)).toBe(1);
    rig.out(R.RCTL, RCTL | R.RCTL_LONG_PACKETS);
    rig.receive(testFrame(MAC, 1600));
    expect(rig.received(0).length).toBe(1614);
  });
});

describe("filters", () => {
  const GROUP = Uint8Array.of(0x01, 0x00, 0x5e, 0x01, 0x02, 0x03);
  const taken = (rig: Driver, to: Uint8Array) => {
    const before = rig.in(R.RDH);
    rig.receive(testFrame(to));
    return rig.in(R.RDH) !== before;
  };

  test("own address and broadcast, nobody else's", () => {
    const rig = new Driver();
    rig.offer();
    expect([MAC, BROADCAST, PEER, GROUP].map((to) => taken(rig, to))).toEqual([true, true, false, false]);
    rig.out(R.RCTL, RCTL & ~R.RCTL_BROADCAST);
    expect(taken(rig, BROADCAST)).toBe(false);
  });

  test("promiscuous modes are one for unicast and one for multicast", () => {
    const rig = new Driver();
    rig.offer();
    rig.out(R.RCTL, RCTL | R.RCTL_UNICAST_PROMISCUOUS);
    expect([PEER, GROUP].map((to) => taken(rig, to))).toEqual([true, false]);
    rig.out(R.RCTL, RCTL | R.RCTL_MULTICAST_PROMISCUOUS);
    expect([PEER, GROUP].map((to) => taken(rig, to))).toEqual([false, true]);
  });

  test("the multicast table is indexed by twelve bits of the address, from where RCTL.MO says; a match is inexact", () => {
    const rig = new Driver();
    rig.offer();
    // Bits 47:36 of 01-00-5E-01-02-03.
    const hash = 0x030;
    rig.out(R.MTA + (hash >> 5) * 4, 1 << (hash & 31));
    expect(taken(rig, GROUP)).toBe(true);
    expect(rig.received(0).status & 0x80).toBe(0x80);
    rig.out(R.RCTL, RCTL | (3 << 12));
    expect(taken(rig, GROUP)).toBe(false);
    rig.out(R.MTA + (0x302 >> 5) * 4, 1 << (0x302 & 31));
    expect(taken(rig, GROUP)).toBe(true);
  });

  test("a further receive address counts once it is valid", () => {
    const rig = new Driver();
    rig.offer();
    rig.out(R.RAL + 8, 0x000a5552);
    rig.out(R.RAL + 12, 0x0202);
    expect(taken(rig, PEER)).toBe(false);
    rig.out(R.RAL + 12, 0x80000202);
    expect(taken(rig, PEER)).toBe(true);
  });
});
