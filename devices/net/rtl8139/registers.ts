// Offsets and bits of the RTL8139's registers. Realtek RTL8139C(L)+ data sheet, "Register Descriptions".

export const IDR = 0x00;
export const MAR = 0x08;
export const TSD = 0x10;
/** C+ mode: where the tally counters are dumped. */
export const DTCCR = 0x10;
export const TSAD = 0x20;
/** C+ mode: the normal and the high priority ring. */
export const TNPDS = 0x20;
export const THPDS = 0x28;
export const RBSTART = 0x30;
export const CR = 0x37;
export const CAPR = 0x38;
export const CBR = 0x3a;
export const IMR = 0x3c;
export const ISR = 0x3e;
export const TCR = 0x40;
export const RCR = 0x44;
export const TCTR = 0x48;
export const MPC = 0x4c;
export const CR9346 = 0x50;
export const CONFIG1 = 0x52;
export const TIMER_INT = 0x54;
export const MSR = 0x58;
export const CONFIG3 = 0x59;
export const CONFIG4 = 0x5a;
export const MULINT = 0x5c;
export const TX_SUMMARY = 0x60;
export const BMCR = 0x62;
export const ANER = 0x6a;
export const CSCR = 0x74;
export const CONFIG5 = 0xd8;
export const TPPOLL = 0xd9;
export const CPCR = 0xe0;
export const RDSAR = 0xe4;
export const ETTHR = 0xec;
export const REGISTERS_SIZE = 0x100;

export const CR_EMPTY = 1 << 0;
export const CR_TX_ENABLE = 1 << 2;
export const CR_RX_ENABLE = 1 << 3;
export const CR_RESET = 1 << 4;

export const CAUSE_RX_OK = 1 << 0;
export const CAUSE_TX_OK = 1 << 2;
export const CAUSE_TX_ERROR = 1 << 3;
/** Buffer overflow; C+ mode: no descriptor. */
export const CAUSE_RX_OVERFLOW = 1 << 4;
export const CAUSE_LINK = 1 << 5;
export const CAUSE_FIFO_OVERFLOW = 1 << 6;
export const CAUSE_TX_UNAVAILABLE = 1 << 7;
export const CAUSE_SOFTWARE = 1 << 8;
export const CAUSE_TIMEOUT = 1 << 14;

export const TSD_SIZE = 0x1fff;
export const TSD_OWN = 1 << 13;
export const TSD_OK = 1 << 15;
export const TSD_ABORTED = 1 << 30;

export const TCR_NO_CRC = 1 << 16;
export const TCR_LOOPBACK = 3 << 17;

export const RCR_ALL_PHYSICAL = 1 << 0;
export const RCR_PHYSICAL_MATCH = 1 << 1;
export const RCR_MULTICAST = 1 << 2;
export const RCR_BROADCAST = 1 << 3;
export const RCR_NO_WRAP = 1 << 7;
export const RCR_SIZE_SHIFT = 11;

export const CPCR_TX = 1 << 0;
export const CPCR_RX = 1 << 1;
export const CPCR_CHECKSUM = 1 << 5;
export const CPCR_VLAN = 1 << 6;

/** Registers wider than a byte: first offset, width, how many of them. */
const WIDE: readonly (readonly [offset: number, width: 2 | 4, count: number])[] = [
  [TSD, 4, 4],
  [TSAD, 4, 4],
  [RBSTART, 4, 1],
  [CAPR, 2, 4],
  [TCR, 4, 4],
  [TIMER_INT, 4, 1],
  [MULINT, 2, 1],
  [TX_SUMMARY, 2, 12],
  [0x78, 4, 2],
  [CPCR, 2, 1],
  [RDSAR, 4, 2],
];

/** Where the register begins that holds a byte, and how wide it is. */
export interface Place {
  readonly at: number;
  readonly width: 1 | 2 | 4;
}

export const PLACES: readonly Place[] = places();

function places(): Place[] {
  const all: Place[] = Array.from({ length: REGISTERS_SIZE }, (_, at) => ({ at, width: 1 }));
  for (const [offset, width, count] of WIDE)
    for (let byte = 0; byte < width * count; byte++) all[offset + byte] = { at: offset + byte - (byte % width), width };
  return all;
}

/** Writable bits of what only holds its value: offset, mask. */
export const HELD: readonly (readonly [offset: number, mask: number])[] = [
  ...Array.from({ length: 8 }, (_, i) => [MAR + i, 0xff] as const),
  ...Array.from({ length: 4 }, (_, i) => [TSAD + i * 4, 0xffffffff] as const),
  [RBSTART, 0xffffffff],
  [CAPR, 0xffff],
  [IMR, 0xffff],
  [TCR, 0x030707f0],
  [RCR, 0x0fffffbf],
  [TIMER_INT, 0xffffffff],
  [MULINT, 0x0fff],
  [0x70, 0xffff],
  [0x78, 0xffffffff],
  [0x7c, 0xffffffff],
  [0x80, 0xff],
  [CPCR, 0x027f],
  [RDSAR, 0xffffff00],
  [RDSAR + 4, 0xffffffff],
  [ETTHR, 0x3f],
];

/** The same, of what can be written only in 9346CR's configuration mode. */
export const LOCKED: readonly (readonly [offset: number, mask: number])[] = [
  ...Array.from({ length: 6 }, (_, i) => [IDR + i, 0xff] as const),
  [CONFIG1, 0xf3],
  [CONFIG3, 0x64],
  [CONFIG4, 0xff],
  [CONFIG5, 0x7f],
];
/** Memory and I/O space are mapped. */
export const CONFIG1_INITIAL = 0x0c;
export const CAPR_INITIAL = 0xfff0;

/** All registers as bytes, lowest first. */
export class RegisterBytes {
  readonly bytes = new Uint8Array(REGISTERS_SIZE);
  readonly #view = new DataView(this.bytes.buffer);

  get(at: number): number {
    const { width } = PLACES[at]!;
    return width === 4 ? this.#view.getUint32(at, true) : width === 2 ? this.#view.getUint16(at, true) : this.bytes[at]!;
  }

  set(at: number, value: number): void {
    const { width } = PLACES[at]!;
    if (width === 4) this.#view.setUint32(at, value, true);
    else if (width === 2) this.#view.setUint16(at, value, true);
    else this.bytes[at] = value;
  }

  has(at: number, bits: number): boolean {
    return (this.get(at) & bits) !== 0;
  }

  /** Two registers as an address. */
  address(low: number): number {
    return this.get(low) + this.get(low + 4) * 2 ** 32;
  }
}
