// What the gateway sends, judged by tshark: nothing malformed, no wrong checksum, and the fields that a guest reads.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway } from "../../devices/net/gateway/gateway.js";
import { FakeOutside } from "../../devices/net/gateway/testing/fake-outside.js";
import { GATEWAY, GATEWAY_MAC, TestGuest } from "../../devices/net/gateway/testing/guest.js";
import { ascii, ipv4, onesComplement, u16 } from "../../devices/net/gateway/testing/packets.js";
import { momentAt, PCAP_DEFAULTS, pcapHeader, pcapRecord } from "../../devices/net/pcap.js";
import { createCable, type Frame, type Wire } from "../../devices/net/wire.js";
import { ManualScheduler } from "../../devices/testing/manual-scheduler.js";
import { lacks } from "../support/requirements.js";

const TSHARK = "/usr/bin/tshark";
const SERVER = "203.0.113.9";
const CHECKED = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);

describe.skipIf(lacks(TSHARK))("tshark reads the gateway's", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringside-"));
  const file = join(folder, "gateway.pcap");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    const scheduler = new ManualScheduler();
    const cable = createCable();
    const parts: Uint8Array[] = [pcapHeader(PCAP_DEFAULTS)];
    const keep = (frame: Frame) => {
      scheduler.advance(1000);
      parts.push(pcapRecord(frame, momentAt(1_767_225_600, scheduler.now()), PCAP_DEFAULTS));
    };
    const [mine, theirs] = cable.ends;
    const wire: Wire = {
      isUp: true,
      onLink: () => {},
      send: (frame) => {
        keep(frame);
        mine.send(frame);
      },
      onFrame: (receiver) =>
        mine.onFrame((frame) => {
          keep(frame);
          receiver(frame);
        }),
    };
    const outside = new FakeOutside();
    createGateway({ wire, scheduler, outside, records: [{ name: "files.example", address: "10.9.8.7" }] });
    play(new TestGuest(theirs, scheduler), outside, scheduler);
    writeFileSync(file, Buffer.concat(parts));
  });

  /** Some of everything that the gateway can say. */
  function play(guest: TestGuest, outside: FakeOutside, scheduler: ManualScheduler): void {
    for (const [type, options] of [
      [1, []],
      [3, [50, 4, ...ipv4("192.168.122.2"), 54, 4, ...ipv4(GATEWAY)]],
      [3, [50, 4, ...ipv4("10.0.0.1")]],
    ] as const) {
      const fixed = new Uint8Array(236);
      fixed.set([1, 1, 6, 0, 1, 2, 3, 4]);
      fixed.set(guest.mac, 28);
      guest.sendUdp("255.255.255.255", 67, Uint8Array.of(...fixed, 99, 130, 83, 99, 53, 1, type, ...options, 255), 68, "0.0.0.0");
    }
    guest.sendArp(1, GATEWAY);
    const question = Uint8Array.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, ...ascii("files"), 7, ...ascii("example"), 0, 0, 1, 0, 1);
    guest.sendUdp(GATEWAY, 53, question);
    guest.sendUdp(GATEWAY, 53, question.subarray(0, 20));
    const echo = Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1, ...new Uint8Array(3000).fill(5));
    echo.set(u16(onesComplement(echo)), 2);
    guest.sendIp(1, GATEWAY, echo);
    guest.sendUdp(GATEWAY, 9, ascii("nobody"));
    guest.sendIp(17, SERVER, Uint8Array.of(...u16(5000), ...u16(33_434), ...u16(8), 0, 0), (header) => {
      header[8] = 1;
    });
    guest.sendUdp(SERVER, 9999, ascii("odd"));
    outside.sockets[0]!.receive({ address: 0xcb00_7109, port: 9999 }, ascii("odd"));
    const tcp = guest.connect(SERVER, 80);
    outside.settle();
    tcp.write("question");
    outside.streams[0]!.events.data(new Uint8Array(5001).fill(9));
    outside.streams[0]!.events.ended();
    tcp.end();
    outside.decide = () => "refused";
    guest.connect(SERVER, 81);
    outside.settle();
    scheduler.advance(1e9);
  }

  function read(filter: string, ...fields: string[]): string[] {
    const from = `eth.src == ${GATEWAY_MAC} && (${filter})`;
    const asked = fields.flatMap((field) => ["-e", field]);
    const text = execFileSync(TSHARK, ["-r", file, ...CHECKED, "-Y", from, "-T", "fields", "-E", "separator=|", ...asked], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.trimEnd().split("\n").filter(Boolean);
  }

  test("frames without a complaint", () => {
    // Severity "error", as wrong checksums and malformed packets are.
    const complaints = ["_ws.malformed", "_ws.expert.severity >= 0x800000", "tcp.analysis.retransmission", "tcp.analysis.lost_segment"];
    const bad = ["ip", "tcp", "udp"].map((protocol) => `${protocol}.checksum.status == "Bad"`);
    expect(read([...complaints, ...bad].join(" || "), "frame.number", "_ws.expert.message")).toEqual([]);
  });

  test("DHCP", () => {
    const fields = ["dhcp.option.dhcp", "dhcp.ip.your", "dhcp.option.subnet_mask", "dhcp.option.router", "dhcp.option.domain_name_server"];
    expect(read("dhcp", ...fields, "dhcp.option.ip_address_lease_time", "dhcp.option.domain_name")).toEqual([
      "2|192.168.122.2|255.255.255.0|192.168.122.1|192.168.122.1|3600|ringside.internal",
      "5|192.168.122.2|255.255.255.0|192.168.122.1|192.168.122.1|3600|ringside.internal",
      "6|0.0.0.0|||||",
    ]);
  });

  test("DNS", () => {
    expect(read("dns && !icmp", "dns.id", "dns.flags.rcode", "dns.qry.name", "dns.a")).toEqual([
      "0x0007|0|files.example|10.9.8.7",
      "0x0007|1||",
    ]);
  });

  test("ICMP: the echo put together from its fragments, and the errors", () => {
    expect(read("icmp", "icmp.type", "icmp.code", "ip.src", "data.len")).toEqual([
      `0|0|${GATEWAY}|3000`,
      expect.stringMatching(`^3\\|3\\|${GATEWAY}`),
      expect.stringMatching(`^11\\|0\\|${GATEWAY}`),
    ]);
  });

  test("TCP: handshake, segments, the end, and a refusal", () => {
    const segments = read("tcp", "tcp.srcport", "tcp.flags", "tcp.len", "tcp.options.mss_val");
    expect(segments.filter((line) => !line.startsWith("80|0x0010|0"))).toEqual([
      "80|0x0012|0|1460",
      ...Array(3).fill("80|0x0010|1460|"),
      "80|0x0018|621|",
      "80|0x0011|0|",
      "81|0x0014|0|",
    ]);
  });
});
