// The Marvell transceiver inside the 82540EM: what gigabit adds to the MII's registers, and the chip's own that drivers look at.
// Software Developer's Manual (8254x) 13.6 "PHY Registers". Not modelled: PHY interrupts, cable diagnostics, MDI crossover, pages.

import { MII_ADVERTISE, MII_CONTROL, MII_EXPANSION, MII_ID1, MII_ID2, MII_STATUS, type MiiOptions, MiiPhy } from "../mii-phy.js";

const GIGABIT_CONTROL = 9;
const GIGABIT_STATUS = 10;
const EXTENDED_STATUS = 15;
const SPECIFIC_CONTROL = 16;
const SPECIFIC_STATUS = 17;
const INTERRUPT_ENABLE = 18;
const EXTENDED_CONTROL = 20;

const ADVERTISE_1000 = 0x0300;
const ADVERTISE_1000_FULL = 0x0200;
/** The partner can do 1000 Mb/s in full duplex, and both receivers work. */
const PARTNER_1000 = 0x3800;
const SPEED_SHIFT = 14;
const SPEEDS = [10, 100, 1000];
const STATUS_FULL_DUPLEX = 1 << 13;
const STATUS_RESOLVED = 1 << 11;
const STATUS_LINK = 1 << 10;

export class M88Phy extends MiiPhy {
  constructor(options: Pick<MiiOptions, "name" | "scheduler" | "wire" | "changed">) {
    super({
      ...options,
      initial: {
        [MII_CONTROL]: 0x1140,
        [MII_STATUS]: 0x7949,
        [MII_ID1]: 0x0141,
        [MII_ID2]: 0x0c20,
        [MII_ADVERTISE]: 0x0de1,
        [MII_EXPANSION]: 0x0004,
        [GIGABIT_CONTROL]: 0x0e00,
        [EXTENDED_STATUS]: 0x3000,
        [SPECIFIC_CONTROL]: 0x0068,
        [EXTENDED_CONTROL]: 0x0d60,
      },
      writable: { [GIGABIT_CONTROL]: 0xff00, [SPECIFIC_CONTROL]: 0xffff, [INTERRUPT_ENABLE]: 0xffff, [EXTENDED_CONTROL]: 0xffff },
    });
  }

  override get speed(): 10 | 100 | 1000 {
    return this.isNegotiated && this.registers[GIGABIT_CONTROL]! & ADVERTISE_1000 ? 1000 : super.speed;
  }

  override get isFullDuplex(): boolean {
    if (this.speed === 1000 && this.isNegotiated) return (this.registers[GIGABIT_CONTROL]! & ADVERTISE_1000_FULL) !== 0;
    return super.isFullDuplex;
  }

  override read(index: number): number {
    if (index === GIGABIT_STATUS) return this.isNegotiated ? PARTNER_1000 : 0;
    return index === SPECIFIC_STATUS ? this.#specificStatus() : super.read(index);
  }

  #specificStatus(): number {
    const speed = SPEEDS.indexOf(this.speed) << SPEED_SHIFT;
    if (!this.hasLink) return speed;
    return speed | (this.isFullDuplex ? STATUS_FULL_DUPLEX : 0) | STATUS_RESOLVED | STATUS_LINK;
  }
}
