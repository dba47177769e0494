// What a virtio network card says of itself. Virtual I/O Device (VIRTIO) Version 1.2, section 5.1 "Network Device": feature bits, configuration.

import { MAC_LENGTH } from "../net/ethernet.js";

export const NET_F_CSUM = 1n << 0n;
export const NET_F_GUEST_CSUM = 1n << 1n;
export const NET_F_CTRL_GUEST_OFFLOADS = 1n << 2n;
export const NET_F_MTU = 1n << 3n;
export const NET_F_MAC = 1n << 5n;
export const NET_F_GUEST_TSO4 = 1n << 7n;
export const NET_F_GUEST_TSO6 = 1n << 8n;
export const NET_F_HOST_TSO4 = 1n << 11n;
export const NET_F_HOST_TSO6 = 1n << 12n;
export const NET_F_HOST_ECN = 1n << 13n;
export const NET_F_HOST_UFO = 1n << 14n;
export const NET_F_MRG_RXBUF = 1n << 15n;
export const NET_F_STATUS = 1n << 16n;
export const NET_F_CTRL_VQ = 1n << 17n;
export const NET_F_CTRL_RX = 1n << 18n;
export const NET_F_CTRL_VLAN = 1n << 19n;
export const NET_F_CTRL_RX_EXTRA = 1n << 20n;
export const NET_F_GUEST_ANNOUNCE = 1n << 21n;
export const NET_F_MQ = 1n << 22n;
export const NET_F_CTRL_MAC_ADDR = 1n << 23n;
export const NET_F_HOST_USO = 1n << 56n;
export const NET_F_SPEED_DUPLEX = 1n << 63n;

export const STATUS_LINK_UP = 1;
export const STATUS_ANNOUNCE = 2;

/** "Device configuration layout", up to duplex. */
const CONFIG_LENGTH = 17;
export const STATUS_AT = 6;
const PAIRS_AT = 8;
const MTU_AT = 10;
const SPEED_AT = 12;
const DUPLEX_AT = 16;
const FULL_DUPLEX = 1;
/** Mbit/s that the card says it has; frames take no time on our wires. */
const SPEED = 10_000;

export interface NetFacts {
  /** Pairs of queues. */
  readonly pairs: number;
  /** Undefined: the driver is not told. */
  readonly mtu: number | undefined;
}

/** The configuration as bytes, with names for what changes. */
export class NetConfig {
  readonly bytes = new Uint8Array(CONFIG_LENGTH);
  readonly #view = new DataView(this.bytes.buffer);

  constructor(facts: NetFacts) {
    this.#view.setUint16(PAIRS_AT, facts.pairs, true);
    this.#view.setUint16(MTU_AT, facts.mtu ?? 0, true);
    this.#view.setUint32(SPEED_AT, SPEED, true);
    this.bytes[DUPLEX_AT] = FULL_DUPLEX;
  }

  get mac(): Uint8Array {
    return this.bytes.subarray(0, MAC_LENGTH);
  }

  set mac(address: Uint8Array) {
    this.bytes.set(address);
  }

  get status(): number {
    return this.#view.getUint16(STATUS_AT, true);
  }

  set status(bits: number) {
    this.#view.setUint16(STATUS_AT, bits, true);
  }
}

/** What a card offers. */
export function netFeatures({ pairs, mtu }: NetFacts): bigint {
  const received = NET_F_GUEST_CSUM | NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6 | NET_F_MRG_RXBUF | NET_F_CTRL_GUEST_OFFLOADS;
  const sent = NET_F_CSUM | NET_F_HOST_TSO4 | NET_F_HOST_TSO6 | NET_F_HOST_ECN | NET_F_HOST_UFO | NET_F_HOST_USO;
  const control = NET_F_CTRL_VQ | NET_F_CTRL_RX | NET_F_CTRL_RX_EXTRA | NET_F_CTRL_VLAN | NET_F_CTRL_MAC_ADDR | NET_F_GUEST_ANNOUNCE;
  const told = NET_F_MAC | NET_F_STATUS | NET_F_SPEED_DUPLEX | (mtu === undefined ? 0n : NET_F_MTU);
  return received | sent | control | told | (pairs > 1 ? NET_F_MQ : 0n);
}
