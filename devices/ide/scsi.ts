// Numbers of the packet commands, and what a drive says when one fails. SPC-3 "Sense key and additional sense code definitions", MMC-5.

export const CD_SECTOR = 2048;

/** Sense key, additional sense code and its qualifier. */
export interface Sense {
  readonly key: number;
  readonly code: number;
  readonly qualifier: number;
}

const sense = (key: number, code: number, qualifier = 0): Sense => ({ key, code, qualifier });

export const NO_SENSE = sense(0, 0);
export const NO_MEDIUM = sense(2, 0x3a);
export const READ_ERROR = sense(3, 0x11);
export const INVALID_COMMAND = sense(5, 0x20);
export const OUT_OF_RANGE = sense(5, 0x21);
export const INVALID_FIELD = sense(5, 0x24);
export const REMOVAL_PREVENTED = sense(5, 0x53, 2);
export const MEDIUM_CHANGED = sense(6, 0x28);

export const TEST_UNIT_READY = 0x00;
export const REQUEST_SENSE = 0x03;
export const INQUIRY = 0x12;
export const START_STOP_UNIT = 0x1b;
export const PREVENT_ALLOW = 0x1e;
export const READ_CAPACITY = 0x25;
export const READ_10 = 0x28;
export const SEEK = 0x2b;
export const READ_SUBCHANNEL = 0x42;
export const READ_TOC = 0x43;
export const GET_CONFIGURATION = 0x46;
export const GET_EVENT_STATUS = 0x4a;
export const READ_DISC_INFORMATION = 0x51;
export const MODE_SENSE_10 = 0x5a;
export const READ_12 = 0xa8;
export const SET_CD_SPEED = 0xbb;
export const MECHANISM_STATUS = 0xbd;
export const READ_CD = 0xbe;

/** Big-endian numbers in a command or an answer. */
export const get16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
export const get24 = (bytes: Uint8Array, at: number): number => (get16(bytes, at) << 8) | bytes[at + 2]!;
export const get32 = (bytes: Uint8Array, at: number): number => get16(bytes, at) * 0x10000 + get16(bytes, at + 2);
export const be16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
export const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value)];
