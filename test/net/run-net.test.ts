// `ringside run` with two network cards: Debian's driver on a network with the host behind it, and on a switch in another process.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { parseSocketAddress, SocketListener } from "../../cli/net/sockets.js";
import { NetSwitch } from "../../devices/net/switch/switch.js";
import { createCable } from "../../devices/net/wire.js";
import { ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { freePort } from "../support/free-port.js";
import { NetworkPeer } from "../support/network-peer.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const TSHARK = "/usr/bin/tshark";
const DRIVER = join(DEBIAN.modules, "e1000.ko");

/** For udhcpc: takes what was offered. */
const LEASE_SCRIPT = `#!/bin/busybox sh
[ "$1" = bound ] || exit 0
ifconfig $interface $ip netmask $subnet
route add default gw $router
echo nameserver $dns > /etc/resolv.conf
echo lease $ip from $serverid, router $router, dns $dns
`;

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, DRIVER, TSHARK))("a machine with a network card", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringside-"));
  const closing: (() => void)[] = [];

  beforeAll(() => {
    const files = [
      { path: "e1000.ko", content: readFileSync(DRIVER) },
      { path: "etc" },
      { path: "bin/lease", content: Buffer.from(LEASE_SCRIPT), executable: true },
    ];
    writeFileSync(join(folder, "initrd"), makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files));
  });
  afterAll(() => {
    for (const close of closing) close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("has a lease, a gateway, a port that serves the host, and is on a switch elsewhere", { timeout: 120_000 }, async () => {
    const net = new NetSwitch(createHostScheduler());
    const path = `unix:${join(folder, "switch")}`;
    const listener = await SocketListener.open(
      parseSocketAddress(path),
      (link, peer) => {
        const port = net.addPort(link, { name: peer });
        return () => net.removePort(port);
      },
      () => {},
    );
    closing.push(() => listener.close());
    const cable = createCable();
    net.addPort(cable.ends[0]);
    const peer = new NetworkPeer(cable.ends[1], [0x52, 0x54, 0, 0, 0, 1], [10, 0, 0, 1]);

    const port = await freePort();
    const capture = join(folder, "guest.pcap");
    const nics = ["--nic", `user,model=e1000,mac=52:54:00:aa:bb:cc,hostfwd=tcp::${port}-:80`, "--nic", `switch=${path}`];
    const append = "console=ttyS0,115200 nokaslr loglevel=4 net.ifnames=0";
    const boot = ["--kernel", DEBIAN.kernel, "--initrd", join(folder, "initrd"), "--append", append];
    const guest = new Conversation(["run", ...boot, ...nics, "--net-capture", capture]);
    closing.push(() => guest.kill());
    await guest.expect(/guest# /);
    guest.type(
      "insmod /e1000.ko; cat /sys/class/net/eth?/address; ifconfig eth1 10.0.0.2 up; ifconfig eth0 up; udhcpc -i eth0 -f -q -n -s /bin/lease\n",
    );
    await guest.expect(/52:54:00:aa:bb:cc\r\n52:54:00:12:34:57\r\n/, 30);
    await guest.expect(/lease 192\.168\.122\.2 from 192\.168\.122\.1, router 192\.168\.122\.1, dns 192\.168\.122\.1\r\n/, 30);
    guest.type("ping -c 3 -i 0.1 192.168.122.1; ping -c 2 -i 0.1 -s 4000 10.0.0.1\n");
    await guest.expect(/3 packets transmitted, 3 packets received/, 30);
    await guest.expect(/2 packets transmitted, 2 packets received/, 30);
    expect([peer.echoes, peer.fragments]).toEqual([2, 6]);
    guest.type("echo hello from the guest | nc -l -p 80 > /tmp/heard & sleep 0.5; echo it listens\n");
    await guest.expect(/\r\nit listens/, 30);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.end("hello from the host\n"));
      let text = "";
      socket.on("data", (data) => {
        text += data.toString();
      });
      socket.on("close", () => resolve(text)).on("error", reject);
    });
    expect(answer).toBe("hello from the guest\n");
    guest.type("cat /tmp/heard; exit\n");
    await guest.expect(/\r\nhello from the host\r\n/, 30);
    expect(await guest.ended).toBe(0);
    expect(net.ports.length).toBe(1);

    const fields = ["-T", "fields", "-e", "_ws.col.Protocol", "-e", "ip.src"];
    const filter = 'dhcp.option.dhcp == 5 || icmp.type == 0 || tcp contains "hello from the guest"';
    const told = execFileSync(TSHARK, ["-r", capture, "-Y", filter, ...fields], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    expect(told.trimEnd().split("\n")).toEqual([
      "DHCP\t192.168.122.1",
      ...new Array<string>(3).fill("ICMP\t192.168.122.1"),
      ...new Array<string>(2).fill("ICMP\t10.0.0.1"),
      expect.stringMatching(/\t192\.168\.122\.2$/),
    ]);
  });
});

test.each([
  ["--nic user,colour=red", '--nic: "colour" is not known here'],
  ["--net user --road pv", "has no PCI bus for network cards"],
  ["--net user --net-capture /no/such/folder/f", "there is no such file or folder"],
])("%s is refused with a sentence", (options, sentence) => {
  const { code, errors } = ringside(["run", "--guest", "teaching-kernel", ...options.split(" ")]);
  expect(errors).toContain(sentence);
  expect(errors.trimEnd().split("\n").length).toBe(1);
  expect([1, 2]).toContain(code);
});
