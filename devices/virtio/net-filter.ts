// Which frames a virtio network card takes from its wire. Virtual I/O Device (VIRTIO) Version 1.2, sections 5.1.6.5.1 "Packet Receive Filtering" and
// 5.1.6.5.2 "Setting MAC Address Filtering", 5.1.6.5.3 "VLAN Filtering". After a reset it takes everything, as QEMU's: drivers may never say what they want.

import type { DeviceState } from "../../core/bus/device.js";
import { isBroadcast, isFor, isGroup, MAC_LENGTH, vlanTag } from "../net/ethernet.js";
import type { Frame } from "../net/wire.js";
import type { StateReader } from "../state-reader.js";

/** Receive modes by the command that sets them. */
export const RX_MODES = ["promiscuous", "allMulticast", "allUnicast", "noMulticast", "noUnicast", "noBroadcast"] as const;
export type RxMode = (typeof RX_MODES)[number];

/** Addresses of a table; of one that is longer, all addresses of the kind pass. */
export const TABLE_MOST = 64;
const VLANS = 4096;
const VLAN_MASK = VLANS - 1;

export class NetFilter {
  readonly #modes = new Set<RxMode>();
  readonly #unicast = new AddressTable();
  readonly #multicast = new AddressTable();
  /** A bit for each VLAN that passes. */
  readonly #vlans = new Uint8Array(VLANS / 8);

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#modes.clear();
    this.#modes.add("promiscuous");
    this.setTables(new Uint8Array(0), new Uint8Array(0));
    this.passAllVlans(true);
  }

  setMode(mode: RxMode, on: boolean): void {
    if (on) this.#modes.add(mode);
    else this.#modes.delete(mode);
  }

  /** Addresses side by side, whole ones. */
  setTables(unicast: Uint8Array, multicast: Uint8Array): void {
    this.#unicast.set(unicast);
    this.#multicast.set(multicast);
  }

  passAllVlans(all: boolean): void {
    this.#vlans.fill(all ? 0xff : 0);
  }

  passVlan(vlan: number, passes: boolean): void {
    const bit = 1 << (vlan & 7);
    if (passes) this.#vlans[vlan >> 3]! |= bit;
    else this.#vlans[vlan >> 3]! &= ~bit;
  }

  /** Whether the card with the address `mac` takes the frame. */
  passes(frame: Frame, mac: Uint8Array): boolean {
    const modes = this.#modes;
    if (modes.has("promiscuous")) return true;
    const tag = vlanTag(frame);
    if (tag !== undefined && !this.#passesVlan(tag & VLAN_MASK)) return false;
    if (isBroadcast(frame)) return !modes.has("noBroadcast");
    if (isGroup(frame)) return !modes.has("noMulticast") && (modes.has("allMulticast") || this.#multicast.has(frame));
    if (modes.has("noUnicast")) return false;
    return modes.has("allUnicast") || isFor(frame, mac) || this.#unicast.has(frame);
  }

  save(): DeviceState {
    return {
      version: 1,
      modes: RX_MODES.map((mode) => this.#modes.has(mode)),
      unicast: this.#unicast.save(),
      multicast: this.#multicast.save(),
      vlans: this.#vlans.slice(),
    };
  }

  load(reader: StateReader): void {
    const modes = reader.booleans("modes", RX_MODES.length);
    this.#modes.clear();
    RX_MODES.forEach((mode, index) => {
      if (modes[index]) this.#modes.add(mode);
    });
    this.#unicast.load(reader.nested("unicast", 1));
    this.#multicast.load(reader.nested("multicast", 1));
    this.#vlans.set(reader.bytes("vlans", VLANS / 8));
  }

  #passesVlan(vlan: number): boolean {
    return ((this.#vlans[vlan >> 3]! >> (vlan & 7)) & 1) !== 0;
  }
}

/** Addresses of one kind. */
class AddressTable {
  /** Side by side. */
  #addresses: Uint8Array = new Uint8Array(0);
  /** There are more than the table has room for. */
  #isFull = false;

  set(addresses: Uint8Array): void {
    this.#isFull = addresses.length > TABLE_MOST * MAC_LENGTH;
    this.#addresses = this.#isFull ? new Uint8Array(0) : addresses;
  }

  /** Whether the frame's destination is in it. */
  has(frame: Frame): boolean {
    if (this.#isFull) return true;
    for (let at = 0; at < this.#addresses.length; at += MAC_LENGTH) if (isFor(frame, this.#addresses, at)) return true;
    return false;
  }

  save(): DeviceState {
    return { version: 1, addresses: this.#addresses.slice(), isFull: this.#isFull };
  }

  load(reader: StateReader): void {
    this.#addresses = reader.block("addresses", TABLE_MOST * MAC_LENGTH);
    this.#isFull = reader.boolean("isFull");
  }
}
