// Two Debian guests on one network of this process: leases, names of each other, pings, and a long stream from one to the other whose sum both compute.
// RINGSIDE_LAN_MEGABYTES says how long, in units of 10^6 bytes.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { createOutside } from "../../cli/outside.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { plugNetworkCard } from "../../devices/machine/network-card.js";
import { formatIpv4, LOCALHOST } from "../../devices/net/gateway/address.js";
import { createGateway, type Gateway } from "../../devices/net/gateway/gateway.js";
import { DEFAULT_NETWORK, DEFAULT_PLAN, Network } from "../../devices/net/network.js";
import { defaultMac } from "../../devices/net/nics.js";
import { createCable, formatMac } from "../../devices/net/wire.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { MachineConsole } from "../support/machine-console.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const MODULE = join(DEBIAN.modules, "e1000.ko");
const MEGABYTES = Number(process.env["RINGSIDE_LAN_MEGABYTES"] ?? 100);
const PIECE = 1_000_000;
/** Half of it can be files. */
const RAM = 320 << 20;
const NAMES = ["alpha", "beta"] as const;
type Name = (typeof NAMES)[number];

const DHCP_SCRIPT = `#!/bin/sh
[ "$1" = bound ] || exit 0
ifconfig $interface $ip netmask $subnet broadcast $broadcast
route add default gw $router
printf 'search %s\\nnameserver %s\\n' "$domain" "$dns" > /etc/resolv.conf
echo lease $ip
`;
/** So many pieces, each behind a line with its number. */
const WRITE_SCRIPT = `#!/bin/sh
for i in $(seq 1 $1); do echo piece $i; cat /piece; done
`;
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** Bytes without any pattern that repeats within them. */
const piece = Uint8Array.from({ length: PIECE }, (_, i) => Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i >> 5), 0x85ebca6b) >>> 24);

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, MODULE))("two Debian guests on one switch", () => {
  let network: Network<Gateway>;
  let guests: Readonly<Record<Name, MachineConsole>>;
  const web = createServer((_, response) => response.end(piece));

  beforeAll(async () => {
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    const outside = createOutside({ nameServers: [] });
    const plan = { ...DEFAULT_PLAN, host: { tcp: [(web.address() as AddressInfo).port] } };
    network = new Network<Gateway>(
      { ...DEFAULT_NETWORK, plan },
      { scheduler: createHostScheduler(), createGateway: (request) => createGateway({ ...request, outside }) },
    );
    const initrd = makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), [
      { path: "e1000.ko", content: readFileSync(MODULE) },
      { path: "etc" },
      { path: "piece", content: piece },
      { path: "dhcp.sh", content: bytesOf(DHCP_SCRIPT), executable: true },
      { path: "write.sh", content: bytesOf(WRITE_SCRIPT), executable: true },
    ]);
    guests = { alpha: boot("alpha", initrd), beta: boot("beta", initrd) };
    for (const name of NAMES) {
      await guests[name].await(/guest# /, 120, besides(name));
      await run(name, "insmod /e1000.ko && ifconfig lo 127.0.0.1 up && ifconfig eth0 up");
      await run(name, "until grep -q 1 /sys/class/net/eth0/carrier; do sleep 0.2; done");
    }
  }, 240_000);

  afterAll(() => {
    network.close();
    web.close();
  });

  function boot(name: Name, initrd: Uint8Array): MachineConsole {
    const guest = new MachineConsole({
      module: builtProcessor(),
      ramBytes: RAM,
      clock: "real",
      hostTime: () => performance.now(),
      wallClock: 0,
    });
    const mac = defaultMac(NAMES.indexOf(name));
    const cable = createCable();
    network.addGuest(cable.ends[0], { name, mac: formatMac(mac) });
    plugNetworkCard(guest.machine, 0, { model: "e1000", mac, wire: cable.ends[1] });
    const commandLine = `console=ttyS0,115200 nokaslr quiet net.ifnames=0 ${QUICK_BOOT}`;
    guest.machine.boot({ kind: "kernel", kernel: readFileSync(DEBIAN.kernel), initrd, commandLine });
    return guest;
  }

  const besides = (name: Name) => NAMES.filter((other) => other !== name).map((other) => guests[other].machine);

  /** What a command prints that must succeed. */
  async function run(name: Name, command: string, seconds = 60): Promise<string> {
    guests[name].type(`${command}; echo done $?.\n`);
    const output = (await guests[name].await(/[\s\S]*\r\ndone \d+\./, seconds, besides(name)))[0];
    expect(output).toMatch(/done 0\.$/);
    return output;
  }

  test("get leases, resolve each other by the names they gave, and ping", { timeout: 240_000 }, async () => {
    for (const name of NAMES)
      expect(await run(name, `udhcpc -i eth0 -q -n -x hostname:${name} -s /dhcp.sh`)).toContain("lease 192.168.122.");
    const leases = network.gateway!.leases().map(({ address, name }) => [name, formatIpv4(address)] as const);
    expect(leases.map(([name]) => name)).toEqual(NAMES);
    for (const [name, address] of leases) {
      const other = NAMES.find((any) => any !== name)!;
      expect(await run(other, `nslookup ${name}`)).toContain(address);
      const pings = await run(other, `ping -c 3 -i 0.2 -s 4000 ${name}`);
      expect(pings).toContain(`PING ${name} (${address})`);
      expect(pings).toContain("3 packets received");
    }
  });

  test(`move ${MEGABYTES} MB by TCP, and both compute the sum of what was meant`, { timeout: 600_000 }, async () => {
    const hash = createHash("md5");
    for (let i = 1; i <= MEGABYTES; i++) hash.update(`piece ${i}\n`).update(piece);
    const sum = hash.digest("hex");
    const before = process.cpuUsage();
    await run("alpha", `mkdir /www && /write.sh ${MEGABYTES} > /www/stream && httpd -p 80 -h /www`, 120);
    expect(await run("alpha", "md5sum /www/stream", 120)).toContain(sum);
    expect(await run("beta", "wget -q -O - http://alpha/stream | md5sum", 500)).toContain(sum);
    const { user, system } = process.cpuUsage(before);
    console.log(`${MEGABYTES} MB, with both sums, took ${((user + system) / 1e6).toFixed(1)} s of processor time`);
    const [sent, received] = NAMES.map((name) => network.switch.port(name)!.counters);
    expect(sent!.rx.bytes).toBeGreaterThan(MEGABYTES * PIECE);
    expect(received!.tx.bytes).toBeGreaterThan(MEGABYTES * PIECE);
  });

  test("reach the host's loopback through NAT, and are reached by a forwarded port", { timeout: 240_000 }, async () => {
    const sum = createHash("md5").update(piece).digest("hex");
    const url = `http://gateway:${(web.address() as AddressInfo).port}/`;
    for (const name of NAMES) expect(await run(name, `wget -q -O - ${url} | md5sum`)).toContain(sum);
    await run("beta", "httpd -p 80 -h /");
    const guest = { address: network.gateway!.leases().find(({ name }) => name === "beta")!.address, port: 80 };
    const { host } = await network.gateway!.forwards.add({ protocol: "tcp", host: { address: LOCALHOST, port: 0 }, guest });
    const client = connect(host.port, "127.0.0.1");
    client.end("GET /piece HTTP/1.0\r\n\r\n");
    const chunks: Buffer[] = [];
    client.on("data", (bytes) => chunks.push(bytes));
    let isClosed = false;
    client.on("close", () => {
      isClosed = true;
    });
    for (let i = 0; i < 300 && !isClosed; i++) await run("alpha", "sleep 0.1");
    expect(Buffer.concat(chunks).subarray(-PIECE).equals(piece)).toBe(true);
    for (const name of NAMES)
      expect(await run(name, "dmesg | grep -iE 'call trace|bug:|oops|hung|timed out' || echo clean")).toContain("\r\nclean\r\n");
  });
});
