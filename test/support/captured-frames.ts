import { momentAt, PCAP_DEFAULTS, pcapHeader, pcapRecord } from "../../devices/net/pcap.js";
import type { Frame } from "../../devices/net/wire.js";

/** A capture file with these frames, a microsecond apart. */
export function capturedFrames(frames: readonly Frame[]): Uint8Array {
  const records = frames.map((frame, index) => pcapRecord(frame, momentAt(1_767_225_600, index * 1000), PCAP_DEFAULTS));
  return Buffer.concat([pcapHeader(PCAP_DEFAULTS), ...records]);
}
