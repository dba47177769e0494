// The gateway's Ethernet side: ARP (RFC 826), and which MAC address has which IPv4 address. Neighbours are learned from ARP and from the packets that were
// let in. A neighbour that was heard of a short time ago is not replaced by another that claims its address. Not here: VLAN tags (a switch takes them off),
// 802.3 frames with a length.

import type { Nanoseconds } from "../../../core/bus/clock.js";
import { macNumber, word } from "../ethernet.js";
import type { Frame, Wire } from "../wire.js";
import type { Ipv4, Network } from "./address.js";
import { get32, put16, put32 } from "./bytes.js";
import { ETHERNET_HEADER } from "./ipv4.js";
import { SECOND, type Timers } from "./timers.js";

/** A MAC address as a number of 48 bits, most significant byte first. */
export type Mac = number;

export const BROADCAST_MAC: Mac = 0xffff_ffff_ffff;
const TYPE = { IPV4: 0x0800, ARP: 0x0806 } as const;
const ARP_LENGTH = 28;
const ETHERNET_HARDWARE = 1;
const REQUEST = 1;
const REPLY = 2;
/** For how long nobody else gets the address of a neighbour that was heard. */
const HELD: Nanoseconds = 30 * SECOND;
/** For how long a neighbour that says nothing is thought to be there. */
const RECENT: Nanoseconds = 120 * SECOND;
/** RFC 1122, section 2.3.2.1: at most one request in a second; and how many until packets that wait are given up. */
const RETRY: Nanoseconds = SECOND;
const TRIES = 3;
/** Packets that wait for one neighbour. RFC 1122, section 2.3.2.2: at least one. */
const WAITING = 16;

export function putMac(bytes: Uint8Array, at: number, mac: Mac): void {
  put16(bytes, at, Math.floor(mac / 0x1_0000_0000));
  put32(bytes, at + 2, mac % 0x1_0000_0000);
}

function isGroup(mac: Mac): boolean {
  return (Math.floor(mac / 0x100_0000_0000) & 1) === 1;
}

export interface Neighbour {
  readonly address: Ipv4;
  readonly mac: Mac;
  /** When it was last heard. */
  readonly heard: Nanoseconds;
}

interface Entry {
  mac: Mac | undefined;
  heard: Nanoseconds;
  /** Frames without their destination, while it is not known. */
  waiting: Frame[];
}

export interface LinkOptions {
  readonly wire: Pick<Wire, "send">;
  readonly timers: Timers;
  readonly network: Network;
  readonly address: Ipv4;
  readonly mac: Mac;
  readonly neighbours: number;
  /** Whether the one with that MAC address may have that address of the network. */
  readonly mayHave: (address: Ipv4, mac: Mac) => boolean;
  readonly onPacket: (packet: Uint8Array, from: Mac) => void;
  readonly dropped: (why: "malformed" | "spoofed" | "limit") => void;
}

export class Link {
  /** The one that was heard last is the last. */
  private readonly entries = new Map<Ipv4, Entry>();

  constructor(private readonly options: LinkOptions) {}

  receive(frame: Frame): void {
    const { options } = this;
    if (frame.length < ETHERNET_HEADER) {
      options.dropped("malformed");
      return;
    }
    const destination = macNumber(frame, 0);
    if (destination !== options.mac && !isGroup(destination)) return;
    const from = macNumber(frame, 6);
    if (isGroup(from) || from === options.mac) {
      options.dropped("spoofed");
      return;
    }
    const type = word(frame, 12);
    if (type === TYPE.IPV4) options.onPacket(frame.subarray(ETHERNET_HEADER), from);
    else if (type === TYPE.ARP) this.receiveArp(frame, from);
  }

  private receiveArp(frame: Frame, from: Mac): void {
    const { options } = this;
    const at = ETHERNET_HEADER;
    const isKind = word(frame, at) === ETHERNET_HARDWARE && word(frame, at + 2) === TYPE.IPV4 && frame[at + 4] === 6 && frame[at + 5] === 4;
    if (frame.length < at + ARP_LENGTH || !isKind) {
      options.dropped("malformed");
      return;
    }
    const operation = word(frame, at + 6);
    const sender = get32(frame, at + 14);
    if (macNumber(frame, at + 8) !== from) {
      options.dropped("spoofed");
      return;
    }
    // RFC 5227, section 2.1.1: a probe has no sender's address, and teaches nothing.
    if (sender !== 0 && !this.learn(sender, from)) {
      options.dropped("spoofed");
      return;
    }
    if (operation === REQUEST && get32(frame, at + 24) === options.address) this.sendArp(REPLY, from, sender, from);
  }

  /** `mac` was heard with that address. False if that can not be. */
  learn(address: Ipv4, mac: Mac): boolean {
    const { network, timers, address: own, mayHave } = this.options;
    if (!network.isHost(address) || address === own || !mayHave(address, mac)) return false;
    const now = timers.now();
    let entry = this.entries.get(address);
    if (entry?.mac !== undefined && entry.mac !== mac && now - entry.heard < HELD) return false;
    if (entry?.mac === mac && now - entry.heard < SECOND) return true;
    entry ??= { mac, heard: now, waiting: [] };
    this.remember(address, entry);
    entry.mac = mac;
    entry.heard = now;
    const { waiting } = entry;
    entry.waiting = [];
    for (const frame of waiting) this.sendTo(mac, frame);
    return true;
  }

  /** A lease was given: who had the address before has it no more. */
  bind(address: Ipv4, mac: Mac): void {
    const entry = this.entries.get(address);
    if (entry && entry.mac !== mac) entry.mac = undefined;
    this.learn(address, mac);
  }

  private remember(address: Ipv4, entry: Entry): void {
    this.entries.delete(address);
    if (this.entries.size >= this.options.neighbours) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(address, entry);
  }

  /** Send a frame that is complete but for the Ethernet header to an address of the network. */
  send(address: Ipv4, frame: Frame): void {
    const entry = this.entries.get(address);
    if (entry?.mac !== undefined) {
      this.sendTo(entry.mac, frame);
      return;
    }
    if (entry) {
      if (entry.waiting.length < WAITING) entry.waiting.push(frame);
      else this.options.dropped("limit");
      return;
    }
    this.remember(address, { mac: undefined, heard: 0, waiting: [frame] });
    this.ask(address, TRIES);
  }

  private ask(address: Ipv4, tries: number): void {
    const entry = this.entries.get(address);
    if (!entry || entry.mac !== undefined) return;
    if (tries === 0) {
      this.entries.delete(address);
      return;
    }
    this.sendArp(REQUEST, 0, address, BROADCAST_MAC);
    const { timers } = this.options;
    timers.timer(() => this.ask(address, tries - 1)).at(timers.now() + RETRY);
  }

  private sendArp(operation: number, targetMac: Mac, target: Ipv4, to: Mac): void {
    const { mac, address, wire } = this.options;
    const frame = new Uint8Array(ETHERNET_HEADER + ARP_LENGTH);
    this.address(frame, to, TYPE.ARP);
    const at = ETHERNET_HEADER;
    put16(frame, at, ETHERNET_HARDWARE);
    put16(frame, at + 2, TYPE.IPV4);
    frame[at + 4] = 6;
    frame[at + 5] = 4;
    put16(frame, at + 6, operation);
    putMac(frame, at + 8, mac);
    put32(frame, at + 14, address);
    putMac(frame, at + 18, targetMac);
    put32(frame, at + 24, target);
    wire.send(frame);
  }

  sendTo(mac: Mac, frame: Frame): void {
    this.address(frame, mac, TYPE.IPV4);
    this.options.wire.send(frame);
  }

  private address(frame: Frame, to: Mac, type: number): void {
    putMac(frame, 0, to);
    putMac(frame, 6, this.options.mac);
    put16(frame, 12, type);
  }

  /** Who was heard with that address in the last minutes; undefined if nobody was. */
  find(address: Ipv4): Mac | undefined {
    const entry = this.entries.get(address);
    return entry && this.options.timers.now() - entry.heard < RECENT ? entry.mac : undefined;
  }

  /** Who had that address gave it back. */
  forget(address: Ipv4): void {
    this.entries.delete(address);
  }

  neighbours(): Neighbour[] {
    return [...this.entries].flatMap(([address, { mac, heard }]) => (mac === undefined ? [] : [{ address, mac, heard }]));
  }
}
