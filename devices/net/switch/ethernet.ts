// What a switch looks at in a frame, beside ../ethernet.ts.
import { HEADER_LENGTH } from "../ethernet.js";
import type { Frame } from "../wire.js";

export const FRAME_LEAST = HEADER_LENGTH;
/** A header and the largest IPv4 packet: what segmentation offload hands on whole. */
export const FRAME_MOST = 65_549;
export const DESTINATION = 0;
export const SOURCE = 6;
export const TYPE = 12;
export const PAYLOAD = HEADER_LENGTH;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_RARP = 0x8035;
export const ETHERTYPE_IPV6 = 0x86dd;

/** Multicast or broadcast: the lowest bit of the first byte. */
export function isGroupAt(frame: Frame, at: number): boolean {
  return (frame[at]! & 1) !== 0;
}
