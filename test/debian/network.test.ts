// Debian's own drivers take the network cards, and a host at the other end of the wire answers them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { createNic, defaultMac, type NicModel } from "../../devices/net/nics.js";
import { createCable } from "../../devices/net/wire.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { MachineConsole } from "../support/machine-console.js";
import { NetworkPeer } from "../support/network-peer.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const SLOT = 3;
const PEER_MAC = [0x52, 0x55, 10, 0, 2, 2];
const PEER_ADDRESS = [10, 0, 2, 2];

interface Case {
  readonly model: NicModel;
  readonly modules: readonly string[];
  /** What the kernel says when the link goes and comes; absent for a card that can not tell. */
  readonly link?: { readonly down: RegExp; readonly up: RegExp };
}

const CASES: readonly Case[] = [
  { model: "e1000", modules: ["e1000"], link: { down: /eth0 NIC Link is Down/, up: /eth0 NIC Link is Up 1000 Mbps Full Duplex/ } },
];

const moduleFile = (name: string) => join(DEBIAN.modules, `${name}.ko`);

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, moduleFile("e1000")))("Debian's driver", () => {
  test.each(CASES)("$modules: ARP, ping, fragments, and the link ($model)", { timeout: 200_000 }, ({ model, modules, link }) => {
    const console = new MachineConsole({
      module: builtProcessor(),
      ramBytes: 128 << 20,
      clock: "virtual",
      hostTime: () => performance.now(),
      wallClock: 0,
    });
    const { machine } = console;
    const cable = createCable();
    const { ports, memory, guestMemory, scheduler } = machine.board.options;
    const nic = createNic(model, { mac: defaultMac(0), wire: cable.ends[0], ports, memory, guestMemory, scheduler });
    machine.board.pci.attach(SLOT, 0, nic);
    const peer = new NetworkPeer(cable.ends[1], PEER_MAC, PEER_ADDRESS);
    const files = modules.map((name) => ({ path: `${name}.ko`, content: readFileSync(moduleFile(name)) }));
    machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files),
      commandLine: "console=ttyS0,115200 nokaslr loglevel=7 quiet net.ifnames=0",
    });
    const run = (command: string, answer: RegExp) => {
      console.type(`${command}; echo done $?.\n`);
      const output = console.expect(/[\s\S]*\r\ndone \d+\./)[0];
      expect(output).toMatch(answer);
      expect(output).toMatch(/done 0\.$/);
    };
    console.expect(/guest# /);
    run(modules.map((name) => `insmod /${name}.ko`).join(" && "), /done/);
    run("cat /sys/class/net/eth0/address", /52:54:00:12:34:56/);
    run("ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up && sleep 3", /done/);
    run("ping -c 3 -W 5 10.0.2.2", /3 packets transmitted, 3 packets received, 0% packet loss/);
    run("ping -c 2 -W 5 -s 5000 10.0.2.2", /2 packets transmitted, 2 packets received/);
    expect(peer.echoes).toBe(5);
    expect(peer.fragments).toBe(8);
    if (link) {
      cable.setLink(false);
      run("sleep 3; dmesg | tail", link.down);
      run("ping -c 1 -W 1 10.0.2.2 || true", /100% packet loss/);
      cable.setLink(true);
      run("sleep 5; dmesg | tail", link.up);
      run("ping -c 1 -W 5 10.0.2.2", /1 packets received/);
    }
    run("ifconfig eth0", /RX packets:[1-9]\d* errors:0 dropped:0 overruns:0[\s\S]*TX packets:[1-9]\d* errors:0 dropped:0 overruns:0/);
    run("ifconfig eth0 down && ifconfig eth0 up && sleep 3 && ping -c 1 -W 5 10.0.2.2", /1 packets received/);
    run("dmesg | grep -iE 'call trace|bug:|unhandled|oops|hung|timed out|nobody cared' || echo clean", /\r\nclean\r\n/);
  });
});
