// Numbers of the ATA command block. ATA/ATAPI-6 (T13/1410D) "Register descriptions" and "Command codes".

/** Command block: offsets from 1F0H or 170H. */
export const DATA = 0;
export const FEATURES = 1;
export const COUNT = 2;
export const LBA_LOW = 3;
export const LBA_MID = 4;
export const LBA_HIGH = 5;
export const DEVICE = 6;
export const COMMAND = 7;

/** Status. */
export const BSY = 0x80;
export const DRDY = 0x40;
export const DF = 0x20;
export const DSC = 0x10;
export const DRQ = 0x08;
export const ERR = 0x01;

/** Error. */
export const UNC = 0x40;
export const IDNF = 0x10;
export const ABRT = 0x04;

/** Device. */
export const DEVICE_LBA = 0x40;
export const DEVICE_SELECT = 0x10;
/** Bits that read as ones. */
export const DEVICE_OBSOLETE = 0xa0;

/** Device control. */
export const CONTROL_HOB = 0x80;
export const CONTROL_SRST = 0x04;
export const CONTROL_NIEN = 0x02;

export const SECTOR = 512;
/** What 28 and 48 bits of address reach, in sectors. */
export const LBA28_SECTORS = 0xfff_ffff;
export const LBA48_SECTORS = 2 ** 48 - 1;
