// What a virtio card makes of packets that its driver leaves unfinished, judged by tshark: every checksum right, and every segment and fragment as it should be.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CARD, createNetRig, PEER, type SentHeader } from "../../devices/virtio/testing/net-rig.js";
import { capturedFrames } from "../support/captured-frames.js";
import { lacks } from "../support/requirements.js";

const TSHARK = "/usr/bin/tshark";
const CHECKED = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);
const NEEDS_CSUM = 1;
const ECN = 0x80;
const TCPV4 = 1;
const UFO = 3;
const TCPV6 = 4;
const USO = 5;
const TCP = 6;
const UDP = 17;
const CWR_ACK_PSH_FIN = 0x99;

interface Packet {
  readonly name: string;
  readonly version: 4 | 6;
  readonly protocol: typeof TCP | typeof UDP;
  readonly payload: number;
  readonly gsoType: number;
  readonly gsoSize: number;
  /** Bytes of 802.1Q tag, of options of IP and TCP. */
  readonly tag?: readonly number[];
  readonly ipOptions?: readonly number[];
  readonly tcpOptions?: readonly number[];
}

const TIMESTAMPS = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
/** Hop-by-hop options with nothing but padding. */
const HOP_BY_HOP = [TCP, 0, 1, 4, 0, 0, 0, 0];

const PACKETS: readonly Packet[] = [
  { name: "TCP", version: 4, protocol: TCP, payload: 900, gsoType: 0, gsoSize: 0 },
  { name: "UDP of an odd length", version: 4, protocol: UDP, payload: 901, gsoType: 0, gsoSize: 0 },
  { name: "UDP over IPv6", version: 6, protocol: UDP, payload: 77, gsoType: 0, gsoSize: 0 },
  { name: "TCP in segments", version: 4, protocol: TCP, payload: 65_000, gsoType: TCPV4 | ECN, gsoSize: 1448, tcpOptions: TIMESTAMPS },
  {
    name: "TCP in segments, tagged, with IP options",
    version: 4,
    protocol: TCP,
    payload: 4001,
    gsoType: TCPV4,
    gsoSize: 1000,
    tag: [0x81, 0, 0, 5],
    ipOptions: [1, 1, 1, 0],
  },
  { name: "TCP that is one segment", version: 4, protocol: TCP, payload: 1448, gsoType: TCPV4, gsoSize: 1448 },
  { name: "TCP over IPv6 in segments", version: 6, protocol: TCP, payload: 30_000, gsoType: TCPV6, gsoSize: 1428 },
  {
    name: "TCP over IPv6 in segments, with extensions",
    version: 6,
    protocol: TCP,
    payload: 3000,
    gsoType: TCPV6,
    gsoSize: 1000,
    ipOptions: HOP_BY_HOP,
  },
  { name: "UDP in segments", version: 4, protocol: UDP, payload: 5000, gsoType: USO, gsoSize: 1200 },
  { name: "UDP over IPv6 in segments", version: 6, protocol: UDP, payload: 5000, gsoType: USO, gsoSize: 1199 },
  { name: "UDP in fragments", version: 4, protocol: UDP, payload: 9000, gsoType: UFO, gsoSize: 1480 },
  { name: "UDP over IPv6 in fragments", version: 6, protocol: UDP, payload: 9000, gsoType: UFO, gsoSize: 1451 },
  { name: "UDP that is one fragment", version: 4, protocol: UDP, payload: 1000, gsoType: UFO, gsoSize: 1480 },
];

const halves = (value: number) => [(value >> 8) & 0xff, value & 0xff];
const payloadOf = ({ payload }: Packet) => Uint8Array.from({ length: payload }, (_, at) => (at * 13 + (at >> 8)) & 0xff);

/** The packet as a driver leaves it: the checksum of TCP or UDP is the pseudo-header's sum. `port`: it can be told from others by it. */
function build(packet: Packet, port: number): { readonly bytes: Uint8Array; readonly transport: number } {
  const { version, protocol, payload, tag = [], ipOptions = [], tcpOptions = [] } = packet;
  const length = (protocol === TCP ? 20 + tcpOptions.length : 8) + payload;
  const addresses =
    version === 4 ? [10, 0, 0, 1, 10, 0, 0, 2] : [0xfd, ...new Array<number>(14).fill(0), 1, 0xfd, ...new Array<number>(14).fill(0), 2];
  const ip =
    version === 4
      ? [
          0x45 + ipOptions.length / 4,
          0,
          ...halves(20 + ipOptions.length + length),
          0x12,
          0x34,
          0,
          0,
          64,
          protocol,
          0,
          0,
          ...addresses,
          ...ipOptions,
        ]
      : [0x60, 0, 0, 0, ...halves(ipOptions.length + length), ipOptions.length > 0 ? 0 : protocol, 64, ...addresses, ...ipOptions];
  const transport =
    protocol === TCP
      ? [
          ...halves(port),
          0,
          80,
          0xff,
          0xff,
          0xf0,
          0,
          0,
          0,
          0,
          1,
          (5 + tcpOptions.length / 4) << 4,
          CWR_ACK_PSH_FIN,
          1,
          0,
          0,
          0,
          0,
          0,
          ...tcpOptions,
        ]
      : [...halves(port), 0, 80, ...halves(length), 0, 0];
  const before = [...PEER, ...CARD, ...tag, ...(version === 4 ? [8, 0] : [0x86, 0xdd]), ...ip];
  const bytes = Uint8Array.from([...before, ...transport, ...payloadOf(packet)]);
  const view = new DataView(bytes.buffer);
  if (version === 4) view.setUint16(14 + tag.length + 10, ~onesComplement(ip) & 0xffff);
  view.setUint16(before.length + (protocol === TCP ? 16 : 6), onesComplement([...addresses, 0, protocol, ...halves(length)]));
  return { bytes, transport: before.length };
}

function onesComplement(bytes: readonly number[]): number {
  let total = 0;
  bytes.forEach((byte, at) => {
    total += at % 2 === 0 ? byte << 8 : byte;
  });
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
}

function sentOf(packet: Packet, port: number): readonly Uint8Array[] {
  const { packets, sent, card } = createNetRig();
  const { bytes, transport } = build(packet, port);
  const header: SentHeader = {
    flags: NEEDS_CSUM,
    gsoType: packet.gsoType,
    gsoSize: packet.gsoSize,
    checksumStart: transport,
    checksumOffset: packet.protocol === TCP ? 16 : 6,
  };
  packets.send(bytes, header);
  expect(card.problem).toBe("");
  return sent;
}

const FIELDS = ["ip.id", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "tcp.seq_raw", "tcp.flags"] as const;
const PAYLOADS = ["tcp.payload", "udp.payload"] as const;
type Row = Readonly<Record<(typeof FIELDS)[number] | (typeof PAYLOADS)[number] | "_ws.malformed", string>>;
const GOOD = "1";

/** What tshark says of each frame. */
function read(file: string): Row[] {
  const names = [...FIELDS, ...PAYLOADS, "_ws.malformed"];
  const args = [
    "-r",
    file,
    ...CHECKED,
    "-o",
    "tcp.relative_sequence_numbers:FALSE",
    "-T",
    "fields",
    ...names.flatMap((name) => ["-e", name]),
  ];
  const text = execFileSync(TSHARK, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => Object.fromEntries(line.split("\t").map((value, index) => [names[index], value])) as Row);
}

describe.skipIf(lacks(TSHARK))("tshark reads what a card makes of", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringside-"));
  const sent = PACKETS.map((packet, index) => sentOf(packet, 1000 + index));
  let rows: Row[] = [];
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    const file = join(folder, "offload.pcap");
    writeFileSync(file, capturedFrames(sent.flat()));
    rows = read(file);
  });

  test.each(PACKETS.map((packet, index) => ({ ...packet, index })))("$name", ({ index, ...packet }) => {
    const before = sent.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    const seen = rows.slice(before, before + sent[index]!.length);
    const isTcp = packet.protocol === TCP;
    const all = (field: keyof Row) => seen.map((row) => row[field]);
    const each = <T>(value: (n: number) => T) => seen.map((_, n) => value(n));
    const size = packet.gsoSize || packet.payload;
    const last = seen.length - 1;
    if (packet.version === 4) expect(all("ip.checksum.status")).toEqual(each(() => GOOD));
    expect(all("_ws.malformed")).toEqual(each(() => ""));
    expect(Buffer.from(all(isTcp ? "tcp.payload" : "udp.payload").join(""), "hex").equals(payloadOf(packet))).toBe(true);
    if (packet.gsoType === UFO) {
      // The whole datagram is seen with its last fragment.
      expect(seen).toHaveLength(Math.ceil((packet.payload + 8) / (size - (size % 8))));
      expect(all("udp.checksum.status")).toEqual(each((n) => (n === last ? GOOD : "")));
      if (packet.version === 4) expect(all("ip.id")).toEqual(each(() => "0x1234"));
      return;
    }
    expect(seen).toHaveLength(Math.ceil(packet.payload / size));
    expect(all(isTcp ? "tcp.checksum.status" : "udp.checksum.status")).toEqual(each(() => GOOD));
    if (packet.version === 4) expect(all("ip.id")).toEqual(each((n) => `0x${(0x1234 + n).toString(16)}`));
    if (!isTcp) return;
    expect(all("tcp.seq_raw").map(Number)).toEqual(each((n) => (0xfffff000 + n * size) >>> 0));
    // CWR is in the first alone, PSH and FIN in the last.
    expect(all("tcp.flags").map(Number)).toEqual(each((n) => 0x10 | (n === 0 ? 0x80 : 0) | (n === last ? 0x09 : 0)));
  });
});
