// Offsets and bits of the 82540EM's registers. PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (8254x), chapter 13.

export const CTRL = 0x0000;
export const STATUS = 0x0008;
export const EECD = 0x0010;
export const EERD = 0x0014;
export const MDIC = 0x0020;
export const VET = 0x0038;
export const ICR = 0x00c0;
export const ITR = 0x00c4;
export const ICS = 0x00c8;
export const IMS = 0x00d0;
export const IMC = 0x00d8;
export const RCTL = 0x0100;
export const TCTL = 0x0400;
export const PBA = 0x1000;
export const RDBAL = 0x2800;
export const RDBAH = 0x2804;
export const RDLEN = 0x2808;
export const RDH = 0x2810;
export const RDT = 0x2818;
export const RDTR = 0x2820;
export const RADV = 0x282c;
export const TDBAL = 0x3800;
export const TDBAH = 0x3804;
export const TDLEN = 0x3808;
export const TDH = 0x3810;
export const TDT = 0x3818;
export const TIDV = 0x3820;
export const TADV = 0x382c;
export const STATISTICS = 0x4000;
export const STATISTICS_END = 0x4100;
export const RXCSUM = 0x5000;
export const MTA = 0x5200;
export const RAL = 0x5400;
export const RECEIVE_ADDRESSES = 16;
export const VFTA = 0x5600;
export const REGISTERS_END = 0x6000;

export const CTRL_FULL_DUPLEX = 1 << 0;
export const CTRL_SET_LINK_UP = 1 << 6;
export const CTRL_FORCE_SPEED = 1 << 11;
export const CTRL_FORCE_DUPLEX = 1 << 12;
export const CTRL_RESET = 1 << 26;
export const CTRL_VLAN_MODE = 1 << 30;
export const CTRL_PHY_RESET = 1 << 31;

export const RCTL_ENABLE = 1 << 1;
export const RCTL_UNICAST_PROMISCUOUS = 1 << 3;
export const RCTL_MULTICAST_PROMISCUOUS = 1 << 4;
export const RCTL_LONG_PACKETS = 1 << 5;
export const RCTL_LOOPBACK = 3 << 6;
export const RCTL_THRESHOLD_SHIFT = 8;
export const RCTL_MULTICAST_OFFSET_SHIFT = 12;
export const RCTL_BROADCAST = 1 << 15;
export const RCTL_SIZE_SHIFT = 16;
export const RCTL_VLAN_FILTER = 1 << 18;
export const RCTL_CFI_FILTER = 1 << 19;
export const RCTL_CFI_VALUE = 1 << 20;
export const RCTL_SIZE_EXTENSION = 1 << 25;
export const RCTL_STRIP_CRC = 1 << 26;

export const TCTL_ENABLE = 1 << 1;

export const CAUSE_TX_WRITTEN_BACK = 1 << 0;
export const CAUSE_TX_QUEUE_EMPTY = 1 << 1;
export const CAUSE_LINK = 1 << 2;
export const CAUSE_RX_THRESHOLD = 1 << 4;
export const CAUSE_RX_OVERRUN = 1 << 6;
export const CAUSE_RX_TIMER = 1 << 7;
export const CAUSE_MDIO = 1 << 9;
export const CAUSE_MASK = 0x1fedf;

/**
 * Registers that only hold what is written: offset, writable bits, value after reset. What is in no list reads as zero.
 */
export const PLAIN: readonly (readonly [offset: number, mask: number, initial?: number])[] = [
  [CTRL, 0x5bfc1be9, 0x00000200],
  [0x0018, 0x00fffff0], // CTRL_EXT
  [0x0028, 0xffffffff, 0x00c28001], // FCAL
  [0x002c, 0xffff, 0x0100], // FCAH
  [0x0030, 0xffff, 0x8808], // FCT
  [VET, 0xffff, 0x8100],
  [RCTL, 0x06dfb3fe],
  [0x0170, 0xffff], // FCTTV
  [0x0178, 0xc000ffff], // TXCW
  [TCTL, 0x03bffffa],
  [0x0410, 0x3fffffff], // TIPG
  [0x0458, 0xffff], // AIT
  [0x0e00, 0xffffffff, 0x07061302], // LEDCTL
  [PBA, 0xffff, 0x0030],
  [0x2160, 0x8000fff8], // FCRTL
  [0x2168, 0xfff8], // FCRTH
  [RDBAL, 0xfffffff0],
  [RDBAH, 0xffffffff],
  [RDLEN, 0xfff80],
  [RDH, 0xffff],
  [RDT, 0xffff],
  [RDTR, 0xffff],
  [0x2828, 0x013f3f3f, 0x01000000], // RXDCTL
  [RADV, 0xffff],
  [0x2c00, 0xfff], // RSRPD
  [0x3000, 0x1], // TXDMAC
  [TDBAL, 0xfffffff0],
  [TDBAH, 0xffffffff],
  [TDLEN, 0xfff80],
  [TDH, 0xffff],
  [TDT, 0xffff],
  [TIDV, 0xffff],
  [0x3828, 0xff3f3f3f], // TXDCTL
  [TADV, 0xffff],
  [0x3830, 0xffffffff, 0x01000400], // TSPMT
  [RXCSUM, 0x3ff],
  [0x5800, 0xf], // WUC
  [0x5808, 0xf80ff], // WUFC
  [0x5820, 0xffffffff], // MANC
];

/** Tables of registers: first offset, number, writable bits. Even entries of the receive addresses have all 32 bits, odd ones fewer. */
export const TABLES: readonly (readonly [offset: number, count: number, even: number, odd: number])[] = [
  [MTA, 128, 0xffffffff, 0xffffffff],
  [RAL, RECEIVE_ADDRESSES * 2, 0xffffffff, 0x8003ffff],
  [VFTA, 128, 0xffffffff, 0xffffffff],
];

/** The registers that hold something, by offset. */
export class RegisterFile {
  readonly #values = new Uint32Array(REGISTERS_END / 4);
  static readonly #masks = masks();

  get(offset: number): number {
    return this.#values[offset >> 2]!;
  }

  set(offset: number, value: number): void {
    this.#values[offset >> 2] = value;
  }

  has(offset: number, bits: number): boolean {
    return (this.get(offset) & bits) !== 0;
  }

  /** What software writes: bits that are not there stay as they are. */
  write(offset: number, value: number): void {
    const mask = RegisterFile.#masks[offset >> 2]!;
    this.#values[offset >> 2] = (this.get(offset) & ~mask) | (value & mask);
  }

  reset(): void {
    this.#values.fill(0);
    for (const [offset, , initial] of PLAIN) this.set(offset, initial ?? 0);
  }

  /** Base of a ring: its two registers lie side by side. */
  address(low: number): number {
    return this.get(low) + this.get(low + 4) * 2 ** 32;
  }

  save(): number[] {
    return [...kept()].map((offset) => this.get(offset));
  }

  load(values: readonly number[]): void {
    const offsets = [...kept()];
    this.reset();
    values.forEach((value, index) => {
      this.write(offsets[index]!, value);
    });
  }

  static get count(): number {
    return [...kept()].length;
  }
}

function* kept(): Iterable<number> {
  for (const [offset] of PLAIN) yield offset;
  for (const [offset, count] of TABLES) for (let i = 0; i < count; i++) yield offset + i * 4;
}

function masks(): Uint32Array {
  const all = new Uint32Array(REGISTERS_END / 4);
  for (const [offset, mask] of PLAIN) all[offset >> 2] = mask;
  for (const [offset, count, even, odd] of TABLES) for (let i = 0; i < count; i++) all[(offset >> 2) + i] = i & 1 ? odd : even;
  return all;
}
