// The control queue's commands to a virtio network card. Virtual I/O Device (VIRTIO) Version 1.2, section 5.1.6.5 "Control Virtqueue".
//   the driver's: class, command, what the command needs     the card's: one byte, OK or ERR
// A command that was not negotiated, is not known or has not all its bytes is answered with ERR, and nothing changes.

import { MAC_LENGTH } from "../net/ethernet.js";
import * as NET from "./net-config.js";
import type { NetFilter } from "./net-filter.js";
import { RX_MODES } from "./net-filter.js";

export const CONTROL_OK = 0;
export const CONTROL_ERR = 1;
/** Class and command. */
export const CONTROL_HEADER = 2;
/** More than any command has that is taken: two tables of addresses, longer than the card's. */
export const CONTROL_MOST = 1 << 16;

const CLASS_RX = 0;
const CLASS_MAC = 1;
const CLASS_VLAN = 2;
const CLASS_ANNOUNCE = 3;
const CLASS_MQ = 4;
const CLASS_GUEST_OFFLOADS = 5;
/** Promiscuous and all multicast came first; the others are RX_EXTRA's. */
const PLAIN_RX_MODES = 2;
const MAC_TABLE_SET = 0;
const MAC_ADDR_SET = 1;
const VLAN_ADD = 0;
const VLAN_DEL = 1;
const VLANS = 4096;

/** What commands change. */
export interface Controlled {
  readonly filter: NetFilter;
  has(feature: bigint): boolean;
  setMac(address: Uint8Array): void;
  /** The driver has announced the guest. */
  announced(): void;
  /** Pairs of queues to use from now on; false if there are not so many. */
  setPairs(pairs: number): boolean;
  /** Guest offloads, as feature bits; false if they were not negotiated. */
  setOffloads(bits: bigint): boolean;
}

/** Does what the driver says; whether that was possible. */
export function control(bytes: Uint8Array, card: Controlled): boolean {
  const [group, command] = [bytes[0]!, bytes[1]!];
  const data = bytes.subarray(CONTROL_HEADER);
  switch (group) {
    case CLASS_RX:
      return setMode(command, data, card);
    case CLASS_MAC:
      return command === MAC_TABLE_SET ? setTables(data, card) : command === MAC_ADDR_SET && setAddress(data, card);
    case CLASS_VLAN:
      return setVlan(command, data, card);
    case CLASS_ANNOUNCE:
      if (command !== 0 || !card.has(NET.NET_F_GUEST_ANNOUNCE)) return false;
      card.announced();
      return true;
    case CLASS_MQ:
      return command === 0 && data.length >= 2 && card.has(NET.NET_F_MQ) && card.setPairs(viewOf(data).getUint16(0, true));
    case CLASS_GUEST_OFFLOADS:
      if (command !== 0 || data.length < 8 || !card.has(NET.NET_F_CTRL_GUEST_OFFLOADS)) return false;
      return card.setOffloads(viewOf(data).getBigUint64(0, true));
    default:
      return false;
  }
}

function setMode(command: number, data: Uint8Array, card: Controlled): boolean {
  const mode = RX_MODES[command];
  const needed = command < PLAIN_RX_MODES ? NET.NET_F_CTRL_RX : NET.NET_F_CTRL_RX_EXTRA;
  if (!mode || data.length < 1 || !card.has(needed)) return false;
  card.filter.setMode(mode, data[0] !== 0);
  return true;
}

function setAddress(data: Uint8Array, card: Controlled): boolean {
  if (data.length < MAC_LENGTH || !card.has(NET.NET_F_CTRL_MAC_ADDR)) return false;
  card.setMac(data.subarray(0, MAC_LENGTH));
  return true;
}

/** Two tables, each a count and so many addresses: unicast, then multicast. */
function setTables(data: Uint8Array, card: Controlled): boolean {
  if (!card.has(NET.NET_F_CTRL_RX)) return false;
  const unicast = tableAt(data, 0);
  const multicast = unicast && tableAt(data, 4 + unicast.length);
  if (!multicast) return false;
  card.filter.setTables(unicast, multicast);
  return true;
}

function tableAt(data: Uint8Array, at: number): Uint8Array | undefined {
  if (at + 4 > data.length) return undefined;
  const length = viewOf(data).getUint32(at, true) * MAC_LENGTH;
  return at + 4 + length > data.length ? undefined : data.slice(at + 4, at + 4 + length);
}

function setVlan(command: number, data: Uint8Array, card: Controlled): boolean {
  if (data.length < 2 || !card.has(NET.NET_F_CTRL_VLAN)) return false;
  const vlan = viewOf(data).getUint16(0, true);
  if (vlan >= VLANS || (command !== VLAN_ADD && command !== VLAN_DEL)) return false;
  card.filter.passVlan(vlan, command === VLAN_ADD);
  return true;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
