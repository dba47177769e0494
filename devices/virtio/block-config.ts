// What a virtio block device says of itself. Virtual I/O Device (VIRTIO) Version 1.2, section 5.2 "Block Device": feature bits and configuration.

export const BLK_F_SEG_MAX = 1n << 2n;
export const BLK_F_GEOMETRY = 1n << 4n;
export const BLK_F_RO = 1n << 5n;
export const BLK_F_BLK_SIZE = 1n << 6n;
export const BLK_F_FLUSH = 1n << 9n;
export const BLK_F_TOPOLOGY = 1n << 10n;
export const BLK_F_CONFIG_WCE = 1n << 11n;
export const BLK_F_MQ = 1n << 12n;
export const BLK_F_DISCARD = 1n << 13n;
export const BLK_F_WRITE_ZEROES = 1n << 14n;

/** Sectors in this interface, whatever the logical block size is. */
export const SECTOR = 512;
/** Offset of the write-back switch, the one byte that a driver may write. */
export const CONFIG_WRITEBACK = 32;
const CONFIG_LENGTH = 60;

/** The most sectors of one range, and the most ranges of one request. */
export const RANGE_SECTORS = 0x3fffff;
export const RANGES = 16;

const HEADS = 16;
const SECTORS_PER_TRACK = 63;

export interface BlockGeometry {
  /** Bytes. */
  readonly size: number;
  readonly logicalBlock: number;
  readonly physicalBlock: number;
  readonly queues: number;
  readonly segments: number;
  readonly writeback: boolean;
}

/** "Device configuration layout". */
export function blockConfig(geometry: BlockGeometry): Uint8Array {
  const { size, logicalBlock, physicalBlock, queues, segments, writeback } = geometry;
  const config = new Uint8Array(CONFIG_LENGTH);
  const view = new DataView(config.buffer);
  const sectors = Math.floor(size / SECTOR);
  view.setBigUint64(0, BigInt(sectors), true);
  view.setUint32(12, segments, true);
  view.setUint16(16, Math.min(Math.floor(sectors / (HEADS * SECTORS_PER_TRACK)), 16383), true);
  view.setUint8(18, HEADS);
  view.setUint8(19, SECTORS_PER_TRACK);
  view.setUint32(20, logicalBlock, true);
  // Logical blocks in a physical one (a power of two), the first aligned one, smallest and best size of a transfer in blocks.
  view.setUint8(24, Math.log2(physicalBlock / logicalBlock));
  view.setUint16(26, physicalBlock / logicalBlock, true);
  view.setUint8(CONFIG_WRITEBACK, writeback ? 1 : 0);
  view.setUint16(34, queues, true);
  view.setUint32(36, RANGE_SECTORS, true);
  view.setUint32(40, RANGES, true);
  view.setUint32(44, logicalBlock / SECTOR, true);
  view.setUint32(48, RANGE_SECTORS, true);
  view.setUint32(52, RANGES, true);
  // A write of zeros may unmap.
  view.setUint8(56, 1);
  return config;
}
