// Debian's kernel and busybox behind the gateway: a lease by udhcpc, names, downloads and uploads through the host's sockets, a port of the host that leads to
// the guest, and what the guest may not reach.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { createOutside } from "../../cli/outside.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { plugNetworkCard } from "../../devices/machine/network-card.js";
import { formatIpv4, LOCALHOST, parseIpv4 } from "../../devices/net/gateway/address.js";
import { createGateway, type Gateway } from "../../devices/net/gateway/gateway.js";
import type { GatewayOptions } from "../../devices/net/gateway/options.js";
import { defaultMac, type NicModel } from "../../devices/net/nics.js";
import { createCable } from "../../devices/net/wire.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { MachineConsole } from "../support/machine-console.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const VIRTIO = [
  "virtio",
  "virtio_ring",
  "virtio_pci_legacy_dev",
  "virtio_pci_modern_dev",
  "virtio_pci",
  "failover",
  "net_failover",
  "virtio_net",
];
const MODULES = ["e1000", ...VIRTIO];
const moduleFile = (name: string) => join(DEBIAN.modules, `${name}.ko`);
const FILE_BYTES = 2 << 20;

const DHCP_SCRIPT = `#!/bin/sh
[ "$1" = bound ] || exit 0
ifconfig $interface $ip netmask $subnet broadcast $broadcast
route add default gw $router
printf 'search %s\\nnameserver %s\\n' "$domain" "$dns" > /etc/resolv.conf
echo lease $ip of $lease seconds
`;

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, ...MODULES.map(moduleFile)))("Debian behind the gateway", () => {
  let guest: MachineConsole;
  let gateway: Gateway;
  let virtioGateway: Gateway;
  const file = Uint8Array.from({ length: FILE_BYTES }, (_, index) => (index * index * 31) >> 7);
  const sum = createHash("md5").update(file).digest("hex");
  const web = createHttpServer((_, response) => response.end(file));
  const uploads: string[] = [];
  const sink = createServer((socket) => {
    const hash = createHash("md5");
    socket.on("data", (bytes) => hash.update(bytes));
    socket.on("end", () => uploads.push(hash.digest("hex")));
  });
  const portOf = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    for (const server of [web, sink]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    guest = new MachineConsole({
      module: builtProcessor(),
      ramBytes: 128 << 20,
      clock: "real",
      hostTime: () => performance.now(),
      wallClock: 0,
    });
    const { machine } = guest;
    const host = { tcp: [portOf(web), portOf(sink)] };
    const plug = (index: number, model: NicModel, options: Partial<GatewayOptions>) => {
      const cable = createCable();
      plugNetworkCard(machine, index, { model, mac: defaultMac(index), wire: cable.ends[0] });
      const outside = createOutside({ nameServers: [] });
      return createGateway({ wire: cable.ends[1], scheduler: createHostScheduler(), outside, host, ...options });
    };
    gateway = plug(0, "e1000", { records: [{ name: "files.example", address: "192.168.122.1" }] });
    virtioGateway = plug(1, "virtio-net-pci", { network: "10.0.3.0/24" });
    machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), [
        ...MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(moduleFile(name)) })),
        { path: "etc" },
        { path: "www" },
        { path: "www/index.html", content: bytesOf("served by the guest\n") },
        { path: "dhcp.sh", content: bytesOf(DHCP_SCRIPT), executable: true },
      ]),
      commandLine: `console=ttyS0,115200 nokaslr quiet net.ifnames=0 ${QUICK_BOOT}`,
    });
    await guest.await(/guest# /);
    for (const name of MODULES) await run(`insmod /${name}.ko`);
    await run("ifconfig lo 127.0.0.1 up && ifconfig eth0 up");
    await run("until grep -q 1 /sys/class/net/eth0/carrier; do sleep 0.2; done");
  }, 120_000);

  afterAll(() => {
    gateway.close();
    virtioGateway.close();
    web.close();
    sink.close();
  });

  /** Runs a command that must succeed, and returns what it printed. */
  async function run(command: string, seconds = 60): Promise<string> {
    guest.type(`${command}; echo done $?.\n`);
    const output = (await guest.await(/[\s\S]*\r\ndone \d+\./, seconds))[0];
    expect(output).toMatch(/done 0\.$/);
    return output;
  }

  test("gets a lease, finds the gateway, and resolves names", { timeout: 120_000 }, async () => {
    expect(await run("udhcpc -i eth0 -q -n -x hostname:wheezy -s /dhcp.sh")).toContain("lease 192.168.122.2 of 3600 seconds");
    expect(gateway.leases().map(({ address, name }) => `${formatIpv4(address)} ${name}`)).toEqual(["192.168.122.2 wheezy"]);
    expect(await run("ping -c 2 -i 0.2 -s 4000 gateway")).toContain("2 packets received");
    expect(await run("nslookup wheezy")).toContain("192.168.122.2");
    expect(await run("nslookup no-such-name || true")).toContain("NXDOMAIN");
  });

  test("downloads from the host's loopback, and uploads to it", { timeout: 120_000 }, async () => {
    const url = `http://files.example:${portOf(web)}/file`;
    expect(await run(`wget -q -O - ${url} | md5sum`)).toContain(sum);
    await run(`wget -q -O /tmp/file ${url}`);
    await run(`nc 192.168.122.1 ${portOf(sink)} < /tmp/file`);
    for (let i = 0; i < 200 && uploads.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(uploads).toEqual([sum]);
  });

  test("serves the host by a forwarded port", { timeout: 120_000 }, async () => {
    await run("httpd -p 80 -h /www");
    const to = { address: parseIpv4("192.168.122.2")!, port: 80 };
    const { host } = await gateway.forwards.add({ protocol: "tcp", host: { address: LOCALHOST, port: 0 }, guest: to });
    const client = connect(host.port, "127.0.0.1");
    client.end("GET /index.html HTTP/1.0\r\n\r\n");
    let text = "";
    client.on("data", (bytes) => {
      text += bytes;
    });
    let isClosed = false;
    client.on("close", () => {
      isClosed = true;
    });
    for (let i = 0; i < 100 && !isClosed; i++) await run("sleep 0.1");
    expect(text).toMatch(/^HTTP\/1\.[01] 200 OK[\s\S]*served by the guest\n$/);
  });

  test("downloads and uploads by virtio_net, which leaves checksums and segments to the card", { timeout: 120_000 }, async () => {
    await run("ifconfig eth0 down && ifconfig eth1 up && udhcpc -i eth1 -q -n -s /dhcp.sh");
    const url = `http://10.0.3.1:${portOf(web)}/file`;
    expect(await run(`wget -q -O - ${url} | md5sum`)).toContain(sum);
    uploads.length = 0;
    await run(`nc 10.0.3.1 ${portOf(sink)} < /tmp/file`);
    for (let i = 0; i < 200 && uploads.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(uploads).toEqual([sum]);
    await run("ifconfig eth1 down && ifconfig eth0 up && udhcpc -i eth0 -q -n -s /dhcp.sh");
  });

  test("does not reach the host's other ports, nor private networks", { timeout: 120_000 }, async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    expect(await run(`nc -w 5 192.168.122.1 ${portOf(closed)} 2>&1 || true`)).toContain("Connection refused");
    expect(await run("nc -w 5 10.1.2.3 80 2>&1 || true")).toMatch(/unreachable|No route/);
    closed.close();
    expect(await run("dmesg | grep -iE 'call trace|bug:|oops|hung|timed out' || echo clean")).toContain("\r\nclean\r\n");
  });
});
