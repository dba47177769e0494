// Ethernet frames as network cards see them. IEEE 802.3 "Media access control frame", 802.1Q "Tag format".

import { crc32 } from "../crc32.js";
import { newFrame } from "./frame-slab.js";
import type { Frame } from "./wire.js";

export const MAC_LENGTH = 6;
/** Destination, source, type. */
export const HEADER_LENGTH = 14;
/** Shortest frame on a real cable, without frame check sequence. */
export const SHORTEST_FRAME = 60;
export const FCS_LENGTH = 4;
export const VLAN_TYPE = 0x8100;
const TYPE_AT = 12;
const TAG_LENGTH = 4;

export function isBroadcast(frame: Frame): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) if (frame[i] !== 0xff) return false;
  return true;
}

/** The group bit; broadcast has it too. */
export function isGroup(frame: Frame): boolean {
  return (frame[0]! & 1) !== 0;
}

/** Whether the frame is for the station whose address is at `at` of `bytes`. */
export function isFor(frame: Frame, bytes: Uint8Array, at = 0): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) if (frame[i] !== bytes[at + i]) return false;
  return true;
}

/** As it would come off a real cable, where senders pad short frames. */
export function padded(frame: Frame): Frame {
  if (frame.length >= SHORTEST_FRAME) return frame;
  const bytes = new Uint8Array(SHORTEST_FRAME);
  bytes.set(frame);
  return bytes;
}

/** The frame check sequence, whose first byte on the cable is the lowest. */
export function withFcs(frame: Frame): Uint8Array {
  const bytes = newFrame(frame.length + FCS_LENGTH);
  bytes.set(frame);
  const crc = crc32(frame);
  for (let i = 0; i < FCS_LENGTH; i++) bytes[frame.length + i] = crc >>> (8 * i);
  return bytes;
}

/** For a frame whose software has put the FCS itself: undefined if that is wrong, since who receives it drops it. */
export function withoutFcs(frame: Frame): Frame | undefined {
  const bare = frame.slice(0, Math.max(0, frame.length - FCS_LENGTH));
  if (bare.length < HEADER_LENGTH) return undefined;
  return withFcs(bare).every((byte, at) => byte === frame[at]) ? bare : undefined;
}

/** The most significant six bits of the CRC-32 register after the destination address: the hash of the DP8390 and its descendants. */
export function multicastHash(frame: Frame): number {
  // crc32() has the register inverted and its bits reversed.
  const reversed = ~crc32(frame.subarray(0, MAC_LENGTH));
  let hash = 0;
  for (let bit = 0; bit < 6; bit++) hash = (hash << 1) | ((reversed >> bit) & 1);
  return hash;
}

/** Whether a 64-bit hash table, lowest byte first at `at` of `bytes`, takes the frame. */
export function isInHashTable(frame: Frame, bytes: Uint8Array, at = 0): boolean {
  const hash = multicastHash(frame);
  return ((bytes[at + (hash >> 3)]! >> (hash & 7)) & 1) !== 0;
}

/** Priority, CFI and identifier if the frame has a tag of this type. */
export function vlanTag(frame: Frame, type = VLAN_TYPE): number | undefined {
  if (frame.length < HEADER_LENGTH + TAG_LENGTH || word(frame, TYPE_AT) !== type) return undefined;
  return word(frame, HEADER_LENGTH);
}

export function withTag(frame: Frame, tag: number, type = VLAN_TYPE): Frame {
  const bytes = new Uint8Array(frame.length + TAG_LENGTH);
  bytes.set(frame.subarray(0, TYPE_AT));
  bytes.set([type >> 8, type & 0xff, tag >> 8, tag & 0xff], TYPE_AT);
  bytes.set(frame.subarray(TYPE_AT), TYPE_AT + TAG_LENGTH);
  return bytes;
}

export function withoutTag(frame: Frame): Frame {
  const bytes = new Uint8Array(frame.length - TAG_LENGTH);
  bytes.set(frame.subarray(0, TYPE_AT));
  bytes.set(frame.subarray(TYPE_AT + TAG_LENGTH), TYPE_AT);
  return bytes;
}

/** A MAC address as a number below 2^48, its first byte the highest. */
export function macNumber(bytes: Uint8Array, at: number): number {
  return (word(bytes, at) * 0x10000 + word(bytes, at + 2)) * 0x10000 + word(bytes, at + 4);
}

/** Two bytes in network order. */
export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
