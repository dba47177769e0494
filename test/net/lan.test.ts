// One switch in this process, and on it a real QEMU's guest with three cards, over each way in which QEMU speaks of frames in a stream, and a machine of
// ours with two: one on that switch, one on a network whose gateway leads to this host.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { captureToFile } from "../../cli/net/capture-file.js";
import { parseSocketAddress, SocketConnection, SocketListener } from "../../cli/net/sockets.js";
import { NetSwitch } from "../../devices/net/switch/switch.js";
import { createCable } from "../../devices/net/wire.js";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { freePort } from "../support/free-port.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { NetworkPeer } from "../support/network-peer.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const QEMU = "/usr/bin/qemu-system-i386";
const TSHARK = "/usr/bin/tshark";
const MODULES = ["e1000", "mii", "8139cp", "8390", "ne2k-pci"];
const moduleFile = (name: string) => join(DEBIAN.modules, `${name}.ko`);
const APPEND = `console=ttyS0,115200 nokaslr loglevel=1 net.ifnames=0 ${QUICK_BOOT}`;

/** In QEMU's guest: each card finds its driver and has an address in a network of its own, then pings our host there. */
const TALK = `#!/bin/busybox sh
${MODULES.map((module) => `insmod /${module}.ko`).join("\n")}
for card in /sys/class/net/eth*; do
  name=\${card##*/}
  last=$(cat $card/address); last=\${last##*:0}
  ifconfig $name 10.0.$last.2 netmask 255.255.255.0 up
  carrier $name
  echo "$(basename $(readlink $card/device/driver)) is network $last"
done
for n in 1 2 3; do ping -c 5 -i 0.1 -s 1400 10.0.$n.1; done
echo all is said
`;

/** Waits until the driver has seen that there is a link. */
const CARRIER = `#!/bin/busybox sh
until [ "$(cat /sys/class/net/$1/carrier)" = 1 ]; do sleep 0.1; done
`;

/** For udhcpc: takes what was offered. */
const LEASE = `#!/bin/busybox sh
[ "$1" = bound ] || exit 0
ifconfig $interface $ip netmask $subnet
route add default gw $router
echo lease $ip from $serverid, router $router, dns $dns
`;

async function until(condition: () => boolean, problem: () => string, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(problem());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function tshark(file: string, filter: string, ...fields: readonly string[]): string[] {
  const args = ["-r", file, "-Y", filter, "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  return execFileSync(TSHARK, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    .trimEnd()
    .split("\n");
}

describe.skipIf(lacks(QEMU, TSHARK, DEBIAN.kernel, DEBIAN.busybox, ...MODULES.map(moduleFile)))("on one switch", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringside-"));
  const closing: (() => void)[] = [];
  const scheduler = createHostScheduler();
  const net = new NetSwitch(scheduler);
  const said: string[] = [];
  const path = `unix:${join(folder, "switch")}`;
  const capture = join(folder, "ours.pcap");
  let hosts: NetworkPeer[] = [];
  let connections: SocketConnection[] = [];
  let forwarded = 0;
  let qemu: ChildProcess;
  let output = "";
  let ours: Conversation;

  beforeAll(async () => {
    const modules = MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(moduleFile(name)) }));
    const scripts = [
      { path: "bin/carrier", content: Buffer.from(CARRIER), executable: true },
      { path: "bin/talk", content: Buffer.from(TALK), executable: true },
      { path: "bin/lease", content: Buffer.from(LEASE), executable: true },
    ];
    writeFileSync(join(folder, "initrd"), makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), [...modules, ...scripts]));
    hosts = [1, 2, 3].map((n) => {
      const cable = createCable();
      net.addPort(cable.ends[0], { name: `host${n}` });
      return new NetworkPeer(cable.ends[1], [0x52, 0x54, 0, 0, 1, n], [10, 0, n, 1]);
    });
    const listener = await SocketListener.open(
      parseSocketAddress(path),
      (link, peer) => {
        const port = net.addPort(link, { name: peer });
        return () => net.removePort(port);
      },
      (line) => said.push(line),
    );
    closing.push(() => listener.close());
    await startQemu();
    forwarded = await freePort();
    const nics = ["--nic", `user,model=e1000,mac=52:54:00:aa:bb:cc,hostfwd=tcp::${forwarded}-:80`, "--nic", `switch=${path}`];
    const boot = ["--kernel", DEBIAN.kernel, "--initrd", join(folder, "initrd"), "--append", APPEND];
    ours = new Conversation(["run", ...boot, ...nics, "--net-capture", capture]);
    closing.push(() => ours.kill());
  });
  afterAll(() => {
    for (const close of closing.reverse()) close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startQemu(): Promise<void> {
    const theirPort = await freePort();
    const theirPath = join(folder, "qemu.sock");
    const cards = [
      ["e1000", `stream,id=n1,server=off,addr.type=unix,addr.path=${path.replace("unix:", "")}`],
      ["rtl8139", `socket,id=n2,listen=127.0.0.1:${theirPort}`],
      ["ne2k_pci", `stream,id=n3,server=on,addr.type=unix,addr.path=${theirPath}`],
    ];
    connections = [`127.0.0.1:${theirPort}`, `unix:${theirPath}`].map((address, i) => {
      const connection = new SocketConnection(parseSocketAddress(address), scheduler, (line) => said.push(line));
      net.addPort(connection.link, { name: `connection${i}` });
      closing.push(() => connection.close());
      return connection;
    });
    const nics = cards.flatMap(([card, netdev], i) => [
      "-netdev",
      netdev!,
      "-device",
      `${card},netdev=n${i + 1},mac=52:54:00:00:00:0${i + 1}`,
    ]);
    const boot = ["-kernel", DEBIAN.kernel, "-initrd", join(folder, "initrd"), "-append", APPEND];
    const machine = ["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", "-m", "128"];
    qemu = spawn(QEMU, [...machine, ...boot, ...nics], { stdio: ["pipe", "pipe", "pipe"] });
    closing.push(() => qemu.kill("SIGKILL"));
    for (const stream of [qemu.stdout!, qemu.stderr!])
      stream.on("data", (data: Buffer) => {
        output += data.toString("latin1");
      });
  }

  /** A command in QEMU's guest, until it has said that. */
  async function inQemu(command: string, answer: RegExp): Promise<void> {
    qemu.stdin!.write(`${command}\n`);
    await until(
      () => answer.test(output),
      () => `${output}\n${said.join("\n")}`,
    );
  }

  test("QEMU's guest pings through stream (it connects), socket,listen and stream,server=on", { timeout: 150_000 }, async () => {
    await until(
      () => output.includes("guest# "),
      () => output,
    );
    const pcap = join(folder, "theirs.pcap");
    const captured = captureToFile([net.port(`${path}#1`)!], pcap);
    await inQemu("talk", /\nall is said/);
    captured.close();
    for (const [i, driver] of ["e1000", "8139cp", "ne2k-pci"].entries()) {
      expect(output).toContain(`${driver} is network ${i + 1}`);
      expect(output).toMatch(new RegExp(`10\\.0\\.${i + 1}\\.1 ping statistics ---\\r\\n5 packets transmitted, 5 packets received`));
      expect(hosts[i]!.echoes).toBe(5);
    }
    const echoes = tshark(pcap, "icmp && ip.addr == 10.0.1.2", "icmp.type", "icmp.checksum.status");
    expect(echoes).toEqual(new Array<string[]>(5).fill(["8\t1", "0\t1"]).flat());
  });

  test("our machine pings QEMU's guest, and is pinged by it", { timeout: 150_000 }, async () => {
    await ours.expect(/guest# /);
    ours.type(
      "insmod /e1000.ko; cat /sys/class/net/eth?/address; ifconfig eth1 10.0.1.3 up; carrier eth1; ping -c 2 -s 4000 10.0.1.1; ping -c 3 10.0.1.2\n",
    );
    await ours.expect(/52:54:00:aa:bb:cc\r\n52:54:00:12:34:57\r\n/, 30);
    await ours.expect(/2 packets transmitted, 2 packets received/, 30);
    await ours.expect(/3 packets transmitted, 3 packets received/, 30);
    await inQemu("ping -c 2 10.0.1.3", /10\.0\.1\.3 ping statistics ---\r\n2 packets transmitted, 2 packets received/);
  });

  test("it has a lease and a gateway on its other card, and serves this host through a forwarded port", { timeout: 150_000 }, async () => {
    ours.type("ifconfig eth0 up; udhcpc -i eth0 -f -q -n -s /bin/lease; ping -c 3 -i 0.1 192.168.122.1\n");
    await ours.expect(/lease 192\.168\.122\.2 from 192\.168\.122\.1, router 192\.168\.122\.1, dns 192\.168\.122\.1\r\n/, 30);
    await ours.expect(/3 packets transmitted, 3 packets received/, 30);
    ours.type("echo hello from the guest | nc -l -p 80 > /tmp/heard & sleep 0.5; echo it listens\n");
    await ours.expect(/\r\nit listens/, 30);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(forwarded, "127.0.0.1", () => socket.end("hello from the host\n"));
      let text = "";
      socket.on("data", (data) => {
        text += data.toString();
      });
      socket.on("close", () => resolve(text)).on("error", reject);
    });
    expect(answer).toBe("hello from the guest\n");
    ours.type("cat /tmp/heard; exit\n");
    await ours.expect(/\r\nhello from the host\r\n/, 30);
    expect(await ours.ended).toBe(0);
    expect(tshark(capture, "dhcp.option.dhcp == 5", "ip.src")).toEqual(["192.168.122.1"]);
    expect(tshark(capture, "icmp.type == 0 && eth.dst == 52:54:00:aa:bb:cc", "ip.src")).toEqual(new Array(3).fill("192.168.122.1"));
    expect(tshark(capture, 'tcp contains "hello from the guest"', "ip.src")).toEqual(["192.168.122.2"]);
  });

  test("where a guest goes its ports are empty, and the user is told that links are down", { timeout: 60_000 }, async () => {
    const gone = () => net.ports.length === 5 && connections.every(({ link }) => !link.isUp);
    qemu.kill("SIGKILL");
    await until(gone, () => said.join("\n"));
    await until(
      () => said.slice(-2).every((line) => line.endsWith("nobody listens there")),
      () => said.join("\n"),
    );
  });
});
