// What a CD-ROM drive answers to packet commands that ask about drive and medium: bytes, from the command and the state of the drive.
// SPC-3 (INQUIRY, REQUEST SENSE), MMC-5 (the rest).
import { putText, wordsToBytes } from "./ata-identify.js";
import { be16, be32, CD_SECTOR, type Sense } from "./scsi.js";

export const CD_MODEL = "RINGSIDE CD-ROM";
export const CD_FIRMWARE = "1.0";

type Bytes = readonly number[];

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const text = (value: string, length: number): number[] => Array.from(value.padEnd(length).slice(0, length), (c) => c.charCodeAt(0) & 0x7f);

/** A disc larger than 80 minutes of CD is told to be a DVD. */
const CD_MOST_SECTORS = 80 * 60 * 75;
const PROFILE_CD_ROM = 0x08;
const PROFILE_DVD_ROM = 0x10;

/** IDENTIFY PACKET DEVICE: ATA/ATAPI-6. Removable CD-ROM, 12-byte packets, DRQ within 50 microseconds. */
export function identifyCdrom(serial: string, multiwordModes: number): Uint8Array<ArrayBuffer> {
  const words = new Uint16Array(256);
  words[0] = 0x85c0;
  putText(words, 10, 10, serial);
  words.set([3, 512, 4], 20);
  putText(words, 23, 4, CD_FIRMWARE);
  putText(words, 27, 20, CD_MODEL);
  // Dword I/O; LBA and DMA; words 64-70 are valid.
  words.set([1, 0x0300], 48);
  words[53] = 3;
  words[63] = multiwordModes;
  words.set([1, 0xb4, 0xb4, 0x12c, 0xb4], 64);
  words.set([0x1e, 0x1e], 71);
  words[80] = 0x1e;
  return wordsToBytes(words);
}

export function inquiry(): Bytes {
  return [0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0, ...text("RINGSIDE", 8), ...text("CD-ROM", 16), ...text(CD_FIRMWARE, 4)];
}

export function requestSense({ key, code, qualifier }: Sense): Bytes {
  return [0x70, 0, key, ...zeros(4), 10, ...zeros(4), code, qualifier, ...zeros(4)];
}

export function readCapacity(sectors: number): Bytes {
  return [...be32(sectors - 1), ...be32(CD_SECTOR)];
}

/** Minutes, seconds and frames of a sector, as discs count: from two seconds before the first. */
function msf(lba: number): number[] {
  const frames = lba + 150;
  return [0, Math.floor(frames / (75 * 60)) & 0xff, Math.floor(frames / 75) % 60, frames % 75];
}

const LEAD_OUT = 0xaa;
const DATA_TRACK = 0x14;

/** MMC-5 "READ TOC/PMA/ATIP": one data track. Undefined: no such format or track. */
export function readToc(format: number, inMsf: boolean, track: number, sectors: number): Bytes | undefined {
  const address = (lba: number) => (inMsf ? msf(lba) : be32(lba));
  if (format === 0) {
    if (track > 1 && track !== LEAD_OUT) return undefined;
    const first = track <= 1 ? [0, DATA_TRACK, 1, 0, ...address(0)] : [];
    return sized([1, 1, ...first, 0, 0x16, LEAD_OUT, 0, ...address(sectors)]);
  }
  if (format === 1) return sized([1, 1, 0, DATA_TRACK, 1, 0, ...address(0)]);
  if (format !== 2) return undefined;
  const point = (number: number, place: Bytes) => [1, DATA_TRACK, 0, number, 0, 0, 0, ...place];
  return sized([
    1,
    1,
    ...point(0xa0, [0, 1, 0, 0]),
    ...point(0xa1, [0, 1, 0, 0]),
    ...point(0xa2, address(sectors)),
    ...point(1, address(0)),
  ]);
}

/** A 16-bit length of what follows. */
function sized(bytes: Bytes): Bytes {
  return [...be16(bytes.length), ...bytes];
}

/** MMC-5 "GET CONFIGURATION": profile list, core, removable medium, random readable, multi-read, CD read, DVD read. `kind`: 0 all, 1 current, 2 one. */
export function getConfiguration(kind: number, from: number, sectors: number | undefined): Bytes {
  const isDvd = sectors !== undefined && sectors > CD_MOST_SECTORS;
  const isCd = sectors !== undefined && !isDvd;
  const profile = sectors === undefined ? 0 : isDvd ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
  const feature = (code: number, version: number, persistent: boolean, current: boolean, data: Bytes) => ({
    code,
    current,
    bytes: [...be16(code), (version << 2) | (persistent ? 2 : 0) | (current ? 1 : 0), data.length, ...data],
  });
  const features = [
    feature(0x00, 0, true, true, [...be16(PROFILE_DVD_ROM), isDvd ? 1 : 0, 0, ...be16(PROFILE_CD_ROM), isCd ? 1 : 0, 0]),
    feature(0x01, 2, true, true, [0, 0, 0, 2, 1, 0, 0, 0]),
    feature(0x03, 0, true, true, [0x29, 0, 0, 0]),
    feature(0x10, 0, false, sectors !== undefined, [...be32(CD_SECTOR), 0, 1, 0, 0]),
    feature(0x1d, 0, false, isCd, []),
    feature(0x1e, 2, false, isCd, [0, 0, 0, 0]),
    feature(0x1f, 0, false, isDvd, [0, 0, 0, 0]),
  ];
  const wanted = features.filter(({ code, current }) => (kind === 2 ? code === from : code >= from && (kind === 0 || current)));
  const list = wanted.flatMap(({ bytes }) => bytes);
  return [...be32(list.length + 4), 0, 0, ...be16(profile), ...list];
}

const MEDIA_CLASS = 4;

/** MMC-5 "GET EVENT STATUS NOTIFICATION": media events only. */
export function eventStatus(asked: number, event: number, trayOpen: boolean, present: boolean): Bytes {
  const supported = 1 << MEDIA_CLASS;
  if (!(asked & supported)) return [0, 2, 0x80, supported];
  return [0, 6, MEDIA_CLASS, supported, event, (trayOpen ? 1 : 0) | (present ? 2 : 0), 0, 0];
}

/** MMC-5 "READ DISC INFORMATION": finalized, one session, one track. */
export function discInformation(): Bytes {
  return [...be16(32), 0x0e, 1, 1, 1, 1, 0x20, 0, ...zeros(25)];
}

export function mechanismStatus(trayOpen: boolean): Bytes {
  return [0, trayOpen ? 0x10 : 0, ...zeros(6)];
}

/** Q sub-channel: no audio status. */
export function subchannel(): Bytes {
  return [0, 0, 0, 0];
}

const ALL_PAGES = 0x3f;

/** Mode pages that there are: error recovery, CD-ROM parameters, audio control, capabilities. Undefined: no such page. */
export function modeSense(
  page: number,
  state: { readonly locked: boolean; readonly trayOpen: boolean; readonly present: boolean },
): Bytes | undefined {
  const pages = new Map<number, Bytes>([
    [0x01, [0x01, 6, 0, 5, 0, 0, 0, 0]],
    [0x0d, [0x0d, 6, 0, 0, ...be16(60), ...be16(75)]],
    [0x0e, [0x0e, 14, 4, 0, 0, 0, 0, 0, 1, 0xff, 2, 0xff, 0, 0, 0, 0]],
    [0x2a, capabilities(state.locked)],
  ]);
  const chosen = page === ALL_PAGES ? [...pages.values()].flat() : pages.get(page);
  if (!chosen) return undefined;
  const mediumType = state.trayOpen ? 0x71 : state.present ? 0x01 : 0x70;
  return [...be16(6 + chosen.length), mediumType, ...zeros(5), ...chosen];
}

/** "CD capabilities and mechanical status": reads CD-R, CD-RW and DVD-ROM; mode 2 forms, multi-session; a tray that locks and ejects. */
function capabilities(locked: boolean): Bytes {
  const speed = be16(50 * 176);
  return [0x2a, 18, 0x0b, 0, 0x70, 0, 0x29 | (locked ? 2 : 0), 0, ...speed, 0, 2, ...be16(512), ...speed, 0, 0, 0, 0];
}
