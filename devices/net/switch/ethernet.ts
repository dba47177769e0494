// What a switch looks at in a frame: addresses, types, the 802.1Q tag.
import type { Frame } from "../wire.js";

export const FRAME_LEAST = 14;
/** A header and the largest IPv4 packet: what segmentation offload hands on whole. */
export const FRAME_MOST = 65_549;
export const DESTINATION = 0;
export const SOURCE = 6;
export const TYPE = 12;
export const PAYLOAD = 14;
const TAG_BYTES = 4;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_RARP = 0x8035;
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_IPV6 = 0x86dd;

export function word(frame: Frame, at: number): number {
  return (frame[at]! << 8) | frame[at + 1]!;
}

/** A MAC address as a number below 2^48, for tables. */
export function macNumber(frame: Frame, at: number): number {
  return (word(frame, at) * 0x10000 + word(frame, at + 2)) * 0x10000 + word(frame, at + 4);
}

/** Multicast or broadcast: the lowest bit of the first byte. */
export function isGroup(frame: Frame, at: number): boolean {
  return (frame[at]! & 1) !== 0;
}

export function isTagged(frame: Frame): boolean {
  return word(frame, TYPE) === ETHERTYPE_VLAN;
}

/** The number in the outermost tag: 0 for a tag that has a priority alone. For tagged frames of at least 18 bytes. */
export function tagOf(frame: Frame): number {
  return word(frame, PAYLOAD) & 0xfff;
}

export function addTag(frame: Frame, vlan: number): Frame {
  const tagged = new Uint8Array(frame.length + TAG_BYTES);
  tagged.set(frame.subarray(0, TYPE));
  tagged.set([ETHERTYPE_VLAN >> 8, ETHERTYPE_VLAN & 0xff, vlan >> 8, vlan & 0xff], TYPE);
  tagged.set(frame.subarray(TYPE), TYPE + TAG_BYTES);
  return tagged;
}

export function removeTag(frame: Frame): Frame {
  const plain = new Uint8Array(frame.length - TAG_BYTES);
  plain.set(frame.subarray(0, TYPE));
  plain.set(frame.subarray(TYPE + TAG_BYTES), TYPE);
  return plain;
}
