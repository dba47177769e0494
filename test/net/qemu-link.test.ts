// A real QEMU's guest on our switch: three cards, over each way in which QEMU speaks of frames in a stream.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { captureToFile } from "../../cli/net/capture-file.js";
import { parseSocketAddress, SocketConnection, SocketListener } from "../../cli/net/sockets.js";
import { NetSwitch } from "../../devices/net/switch/switch.js";
import { createCable } from "../../devices/net/wire.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { freePort } from "../support/free-port.js";
import { NetworkPeer } from "../support/network-peer.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const QEMU = "/usr/bin/qemu-system-i386";
const TSHARK = "/usr/bin/tshark";
const MODULES = ["e1000", "mii", "8139cp", "8390", "ne2k-pci"];
const CARDS = ["e1000", "rtl8139", "ne2k_pci"];
const PINGS = 5;

async function until(condition: () => boolean, seconds: number, problem: () => string): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(problem());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** In the guest: each card finds its driver and has an address in a network of its own, then pings our host there. */
const SCRIPT = `#!/bin/busybox sh
${MODULES.map((module) => `insmod /${module}.ko`).join("\n")}
for card in /sys/class/net/eth*; do
  name=\${card##*/}
  last=$(cat $card/address); last=\${last##*:}
  ifconfig $name 10.0.\${last#0}.2 netmask 255.255.255.0 up
  echo "$name $(basename $(readlink $card/device/driver)) is network \${last#0}"
done
for n in 1 2 3; do
  ping -c ${PINGS} -i 0.1 -s 1400 10.0.$n.1
done
echo guest is through
`;

describe.skipIf(lacks(QEMU, TSHARK, DEBIAN.kernel, DEBIAN.busybox, ...MODULES.map((module) => join(DEBIAN.modules, `${module}.ko`))))(
  "a QEMU guest on our switch",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "ringside-"));
    const closing: (() => void)[] = [];
    let qemu: ChildProcess | undefined;
    let output = "";

    beforeAll(() => {
      const modules = MODULES.map((module) => ({ path: `${module}.ko`, content: readFileSync(join(DEBIAN.modules, `${module}.ko`)) }));
      const script = { path: "bin/talk", content: Buffer.from(SCRIPT), executable: true };
      writeFileSync(join(folder, "initrd"), makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), [...modules, script]));
    });
    afterAll(() => {
      qemu?.kill("SIGKILL");
      for (const close of closing.reverse()) close();
      rmSync(folder, { recursive: true, force: true });
    });

    function startQemu(netdevs: readonly string[]): void {
      const nics = netdevs.flatMap((netdev, i) => [
        "-netdev",
        netdev,
        "-device",
        `${CARDS[i]},netdev=n${i + 1},mac=52:54:00:00:00:0${i + 1}`,
      ]);
      const boot = ["-kernel", DEBIAN.kernel, "-initrd", join(folder, "initrd"), "-append", "console=ttyS0 loglevel=1 tsc=reliable"];
      const machine = ["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", "-m", "128"];
      qemu = spawn(QEMU, [...machine, ...boot, ...nics], { stdio: ["pipe", "pipe", "pipe"] });
      qemu.stdout!.on("data", (data: Buffer) => {
        output += data.toString("latin1");
      });
      qemu.stderr!.on("data", (data: Buffer) => {
        output += data.toString("latin1");
      });
    }

    test("pings through stream (it connects), socket,listen (we connect), and stream,server=on over a Unix socket", {
      timeout: 90_000,
    }, async () => {
      const scheduler = createHostScheduler();
      const net = new NetSwitch(scheduler);
      const said: string[] = [];
      const tell = (line: string) => said.push(line);
      const listener = await SocketListener.open(
        parseSocketAddress("tcp:127.0.0.1:0"),
        (link, peer) => {
          const port = net.addPort(link, { name: peer });
          return () => net.removePort(port);
        },
        tell,
      );
      closing.push(() => listener.close());
      const theirPort = await freePort();
      const theirPath = join(folder, "qemu.sock");
      const connections = [`127.0.0.1:${theirPort}`, `unix:${theirPath}`].map(
        (address) => new SocketConnection(parseSocketAddress(address), scheduler, tell),
      );
      for (const [i, { link }] of connections.entries()) net.addPort(link, { name: `connection${i}` });
      for (const connection of connections) closing.push(() => connection.close());
      const hosts = CARDS.map((_, i) => {
        const cable = createCable();
        net.addPort(cable.ends[0], { name: `host${i + 1}` });
        return new NetworkPeer(cable.ends[1], [0x52, 0x54, 0, 0, 1, i + 1], [10, 0, i + 1, 1]);
      });
      const { address } = listener;
      const ours = "port" in address ? address.port : 0;
      startQemu([
        `stream,id=n1,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=${ours}`,
        `socket,id=n2,listen=127.0.0.1:${theirPort}`,
        `stream,id=n3,server=on,addr.type=unix,addr.path=${theirPath}`,
      ]);
      await until(
        () => net.port(`127.0.0.1:${ours}#1`) !== undefined,
        20,
        () => output,
      );
      const pcap = join(folder, "guest.pcap");
      const captured = captureToFile([net.port(`127.0.0.1:${ours}#1`)!], pcap);
      await until(
        () => output.includes("guest# "),
        60,
        () => output,
      );
      qemu!.stdin!.write("talk\n");
      await until(
        () => output.includes("guest is through\r\n"),
        60,
        () => `${output}\n${said.join("\n")}`,
      );

      for (const [i, driver] of ["e1000", "8139cp", "ne2k-pci"].entries()) {
        expect(output).toContain(`${driver} is network ${i + 1}`);
        expect(output).toMatch(
          new RegExp(`10\\.0\\.${i + 1}\\.1 ping statistics ---\\r\\n${PINGS} packets transmitted, ${PINGS} packets received`),
        );
        expect(hosts[i]!.echoes).toBe(PINGS);
      }

      captured.close();
      const echoes = execFileSync(
        TSHARK,
        ["-r", pcap, "-Y", "icmp && ip.addr == 10.0.1.2", "-T", "fields", "-e", "icmp.type", "-e", "icmp.checksum.status"],
        {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        },
      );
      expect(echoes.trimEnd().split("\n")).toEqual(new Array<string[]>(PINGS).fill(["8\t1", "0\t1"]).flat());

      // Where the guest goes, its ports are empty, and its links are told of once.
      qemu!.kill("SIGKILL");
      await until(
        () => net.port(`127.0.0.1:${ours}#1`) === undefined && connections.every(({ link }) => !link.isUp),
        10,
        () => said.join("\n"),
      );
      await until(
        () => said.slice(-2).every((line) => line.endsWith("nobody listens there")),
        10,
        () => said.join("\n"),
      );
    });
  },
);
