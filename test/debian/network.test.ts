// Debian's own drivers take the network cards, all in one machine, and a host at the other end of each wire answers them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { plugEntropyDevice } from "../../devices/machine/entropy-device.js";
import type { NicOptions } from "../../devices/net/nic.js";
import { createNic, defaultMac } from "../../devices/net/nics.js";
import { Rtl8139 } from "../../devices/net/rtl8139/rtl8139.js";
import { createCable, type Frame, formatMac } from "../../devices/net/wire.js";
import type { PciFunction } from "../../devices/pci/function.js";
import { createVirtioNetPci } from "../../devices/virtio/net-pci.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { MachineConsole } from "../support/machine-console.js";
import { NetworkPeer } from "../support/network-peer.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const FIRST_SLOT = 4;

interface Card {
  readonly driver: string;
  /** What the driver needs loaded before it, in order. */
  readonly needs?: readonly string[];
  create(options: NicOptions): PciFunction;
  /** What the kernel says when the link goes and comes; absent for a card that can not tell. */
  readonly link?: { readonly down: string; readonly up: string };
}

const MII_LINK = { down: "link down", up: "link up, 100Mbps, full-duplex" };
const CARDS: readonly Card[] = [
  {
    driver: "e1000",
    create: (options) => createNic("e1000", options),
    link: { down: "NIC Link is Down", up: "NIC Link is Up 1000 Mbps Full Duplex" },
  },
  { driver: "8139cp", needs: ["mii"], create: (options) => createNic("rtl8139", options), link: MII_LINK },
  { driver: "8139too", create: (options) => new Rtl8139({ ...options, name: "rtl8139c", chip: "c" }), link: MII_LINK },
  { driver: "ne2k-pci", needs: ["8390"], create: (options) => createNic("ne2k_pci", options) },
  {
    driver: "virtio_net",
    needs: ["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "failover", "net_failover"],
    create: (options) => createVirtioNetPci({ ...options, pairs: 2, packed: true }),
  },
];
const MODULES = [...CARDS.flatMap(({ driver, needs = [] }) => [...needs, driver]), "virtio-rng"];
const moduleFile = (name: string) => join(DEBIAN.modules, `${name}.ko`);

interface Link {
  readonly cable: ReturnType<typeof createCable>;
  readonly peer: NetworkPeer;
}

/** A machine with all the cards and an entropy device, and a host at the other end of each wire. */
function createMachine(): { readonly console: MachineConsole; readonly links: readonly Link[] } {
  const console = new MachineConsole({
    module: builtProcessor(),
    ramBytes: 64 << 20,
    clock: "virtual",
    hostTime: () => performance.now(),
    wallClock: 0,
  });
  plugEntropyDevice(console.machine, () => {});
  const { board } = console.machine;
  const { ports, memory, guestMemory, scheduler } = board.options;
  const links = CARDS.map(({ create }, index) => {
    const cable = createCable();
    const nic = create({ mac: defaultMac(index), wire: cable.ends[0], ports, memory, guestMemory, scheduler });
    board.pci.attach(FIRST_SLOT + index, 0, nic);
    return { cable, peer: new NetworkPeer(cable.ends[1], [0x52, 0x55, 10, 0, index, 2], [10, 0, index, 2]) };
  });
  return { console, links };
}

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, ...MODULES.map(moduleFile)))("Debian's driver", () => {
  let console: MachineConsole;
  let links: readonly Link[];

  beforeAll(() => {
    ({ console, links } = createMachine());
    console.machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(
        readFileSync(DEBIAN.busybox),
        MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(moduleFile(name)) })),
      ),
      commandLine: `console=ttyS0,115200 nokaslr quiet net.ifnames=0 ${QUICK_BOOT}`,
    });
    console.expect(/guest# /);
  }, 200_000);

  /** Runs a command that must succeed, and returns what it printed. */
  function run(command: string): string {
    console.type(`${command}; echo done $?.\n`);
    const output = console.expect(/[\s\S]*\r\ndone \d+\./)[0];
    expect(output).toMatch(/done 0\.$/);
    return output;
  }

  test.each(CARDS.map((card, index) => ({ ...card, index })))(
    "$driver: ARP, ping, fragments, and the link",
    { timeout: 200_000 },
    (card) => {
      const { driver, needs = [], link, index } = card;
      const { cable, peer } = links[index]!;
      const eth = `eth${index}`;
      const host = `10.0.${index}.2`;
      for (const module of [...needs, driver]) run(`insmod /${module}.ko`);
      expect(run(`cat /sys/class/net/${eth}/address`)).toContain(formatMac(defaultMac(index)));
      run(`ifconfig ${eth} 10.0.${index}.15 netmask 255.255.255.0 up; sleep 3`);
      expect(run(`ping -c 2 -i 0.1 -W 5 ${host}`)).toContain("2 packets transmitted, 2 packets received, 0% packet loss");
      expect(run(`ping -c 2 -i 0.1 -W 5 -s 5000 ${host}`)).toContain("2 packets transmitted, 2 packets received");
      expect(peer.echoes).toBe(4);
      expect(peer.fragments).toBe(8);
      cable.setLink(false);
      run("sleep 3");
      expect(run(`ping -c 1 -W 1 ${host} || true`)).toContain("100% packet loss");
      if (link) expect(run(`dmesg | grep ${eth} | tail -1`)).toContain(link.down);
      cable.setLink(true);
      run("sleep 3");
      if (link) expect(run(`dmesg | grep -i '${eth}.*link.*up' | tail -1`)).toContain(link.up);
      run(`ifconfig ${eth} down && ifconfig ${eth} up && sleep 3`);
      expect(run(`ping -c 1 -W 5 ${host}`)).toContain("1 packets received");
      const counters = run(`ifconfig ${eth}`);
      for (const direction of ["RX", "TX"])
        expect(counters).toMatch(new RegExp(`${direction} packets:[1-9]\\d* errors:0 dropped:0 overruns:0`));
      expect(run("dmesg | grep -iE 'call trace|bug:|unhandled|oops|hung|timed out|nobody cared' || echo clean")).toContain("\r\nclean\r\n");
    },
  );

  test("all go on in another machine that takes the snapshot, where a cable is out", { timeout: 200_000 }, () => {
    const file = console.machine.save();
    ({ console, links } = createMachine());
    links[0]!.cable.setLink(false);
    console.machine.load(file);
    run("sleep 3");
    expect(run("dmesg | grep eth0 | tail -1")).toContain(CARDS[0]!.link!.down);
    links[0]!.cable.setLink(true);
    run("sleep 3");
    for (const index of CARDS.keys()) expect(run(`ping -c 2 -i 0.1 -W 5 -s 3000 10.0.${index}.2`)).toContain("2 packets received");
  });

  test.each([
    [0, 1],
    [2, 3],
    [1, 4],
  ])("the drivers of eth%i and eth%i send each other half a mebibyte by TCP", { timeout: 200_000 }, (a, b) => {
    const [near, far] = [links[a]!.cable.ends[1], links[b]!.cable.ends[1]];
    near.onFrame((frame) => far.send(frame));
    far.onFrame((frame) => near.send(frame));
    // The other card in a network of its own: the kernel would not use the wire to speak to itself.
    run("unshare -n sleep 1000 & NS=$!; sleep 1");
    run(`ip link set eth${b} netns $NS`);
    run(`nsenter -t $NS -n ifconfig eth${b} 10.1.${a}.2 up; ifconfig eth${a} 10.1.${a}.1 netmask 255.255.255.0 up; sleep 3`);
    run(
      `dd if=/dev/urandom of=/tmp/sent bs=1k count=512; httpd -p 10.1.${a}.1:80 -h /tmp; nsenter -t $NS -n httpd -p 10.1.${a}.2:80 -h /tmp`,
    );
    run(`wget -q -O /tmp/received http://10.1.${a}.2/sent && cmp /tmp/sent /tmp/received`);
    run(`nsenter -t $NS -n wget -q -O /tmp/received http://10.1.${a}.1/sent && cmp /tmp/sent /tmp/received`);
    run("kill $NS $(pidof httpd); sleep 1");
  });

  test("virtio_rng gives random bytes, the same after a snapshot as without it", { timeout: 200_000 }, () => {
    run("insmod /virtio-rng.ko; sleep 1; grep virtio_rng /sys/class/misc/hw_random/rng_current");
    const read = () =>
      /([0-9a-f]{2} ?){32}/.exec(run("dd if=/dev/hwrng bs=32 count=1 2> /dev/null | hexdump -v -e '1/1 \"%02x \"'; echo"))![0];
    const file = console.machine.save();
    const first = read();
    expect(new Set(first.split(" ")).size).toBeGreaterThan(16);
    expect(read()).not.toBe(first);
    ({ console, links } = createMachine());
    console.machine.load(file);
    expect(read()).toBe(first);
  });

  test("virtio_net goes by the legacy interface as well, and announces itself where the link comes up", { timeout: 200_000 }, () => {
    run("rmmod virtio_net virtio_pci && insmod /virtio_pci.ko force_legacy=1 && insmod /virtio_net.ko");
    const { cable } = links[4]!;
    const peer = new NetworkPeer(cable.ends[1], [0x52, 0x55, 10, 0, 4, 2], [10, 0, 4, 2]);
    run("ifconfig eth4 10.0.4.15 netmask 255.255.255.0 up; sleep 3");
    expect(run("ping -c 2 -i 0.1 -W 5 -s 5000 10.0.4.2")).toContain("2 packets received");
    expect(peer.echoes).toBe(2);
    // Without VERSION_1.
    expect(run("cut -c33 /sys/class/net/eth4/device/features")).toContain("\r\n0\r\n");
    const announced: Frame[] = [];
    cable.ends[1].onFrame((frame) => announced.push(frame));
    cable.setLink(false);
    run("sleep 1; grep 0 /sys/class/net/eth4/carrier");
    cable.setLink(true);
    run("sleep 1; grep 1 /sys/class/net/eth4/carrier");
    expect(announced.some((frame) => frame[12] === 8 && frame[13] === 6 && frame[41] === 15)).toBe(true);
  });
});
