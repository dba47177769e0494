// Capture files as tcpdump and tshark read them ("PCAP Capture File Format", draft-ietf-opsawg-pcap): a header, then a record for each frame.
// Not here: pcapng. One file has no word for which way a frame went; who wants that captures directions apart.
import type { Nanoseconds } from "../../core/bus/clock.js";
import type { SwitchPort, Tap } from "./switch/port.js";
import type { Frame } from "./wire.js";

export interface PcapFormat {
  /** Times to the nanosecond, not to the microsecond: what is older than some ten years does not read it. */
  readonly nanoseconds: boolean;
  /** Bytes of each frame that are kept. */
  readonly snapLength: number;
}

export const PCAP_DEFAULTS: PcapFormat = { nanoseconds: false, snapLength: 262_144 };

const MAGIC_MICROSECONDS = 0xa1b2_c3d4;
const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const LINKTYPE_ETHERNET = 1;
const SECOND = 1e9;

export function pcapHeader({ nanoseconds, snapLength }: PcapFormat): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS, true);
  // Version 2.4.
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  return header;
}

export interface Moment {
  /** Seconds since 1970, and the nanoseconds after them: one number has not room for both. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** `wallClock`, in seconds since 1970, and guest time since then. */
export function momentAt(wallClock: number, since: Nanoseconds): Moment {
  const whole = Math.floor(wallClock);
  const rest = Math.round((wallClock - whole) * SECOND) + Math.floor(since);
  return { seconds: whole + Math.floor(rest / SECOND), nanoseconds: rest % SECOND };
}

export function pcapRecord(frame: Frame, when: Moment, { nanoseconds, snapLength }: PcapFormat): Uint8Array {
  const kept = Math.min(frame.length, snapLength);
  const record = new Uint8Array(RECORD_BYTES + kept);
  const view = new DataView(record.buffer);
  view.setUint32(0, when.seconds, true);
  view.setUint32(4, nanoseconds ? when.nanoseconds : Math.floor(when.nanoseconds / 1000), true);
  view.setUint32(8, kept, true);
  view.setUint32(12, frame.length, true);
  record.set(frame.subarray(0, kept), RECORD_BYTES);
  return record;
}

export interface CaptureOptions extends Partial<PcapFormat> {
  /** Gets the file's bytes in order, the header at once. */
  readonly write: (bytes: Uint8Array) => void;
  /** When a frame passes. */
  readonly now: () => Moment;
  /** As the switch sees it: "rx" comes in from the port. Both if not given. */
  readonly direction?: "rx" | "tx" | "both";
}

/** Write what passes ports from now on. Returns what ends it. */
export function capture(ports: readonly SwitchPort[], { write, now, direction = "both", ...given }: CaptureOptions): () => void {
  const format = { ...PCAP_DEFAULTS, ...given };
  write(pcapHeader(format));
  const tap: Tap = (frame, way) => {
    if (direction === "both" || direction === way) write(pcapRecord(frame, now(), format));
  };
  const ends = ports.map((port) => port.tap(tap));
  return () => {
    for (const end of ends) end();
  };
}
