// Debian's own virtio drivers on our block device: found, read, written, trimmed; a file system made by mkfs is written to, and e2fsck agrees.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { ImageDisk } from "../../devices/block/image-disk.js";
import { Machine } from "../../devices/machine/machine.js";
import { MemoryImage } from "../../devices/testing/memory-image.js";
import { createVirtioBlockPci } from "../../devices/virtio/block-pci.js";
import type { VirtioDevice } from "../../devices/virtio/virtio-device.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { runUntil } from "../support/machine-run.js";
import { DEBIAN, lacks, TOOLS } from "../support/requirements.js";

const MODULES = [
  ...["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk"],
  ...["crc32c_generic", "crc16", "mbcache", "jbd2", "ext4"],
];
const MEBIBYTE = 1 << 20;

/** Each with the same kernel: the module virtio_pci is loaded again. `messages`: whether a device may use MSI-X. */
const WAYS = [
  { name: "modern", parameters: "", messages: 1 },
  { name: "legacy", parameters: "force_legacy=1", messages: 0 },
] as const;

const SCRIPT = `#!/bin/sh
for m in crc32c_generic crc16 mbcache jbd2 ext4 virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev; do insmod /$m.ko; done
mkdir /a
way() { # name, messages, parameters
  echo way $1
  for d in 3 4; do echo $2 > /sys/bus/pci/devices/0000:00:0$d.0/msi_bus; done
  insmod /virtio_pci.ko $3 && insmod /virtio_blk.ko && echo loaded
  grep virtio /proc/interrupts
  cat /sys/block/vda/size /sys/block/vdb/serial
  cat /sys/block/vdb/cache_type
  mount -t ext2 /dev/vda /a
  dd if=/dev/urandom of=/a/$1 bs=64k count=20 2> /dev/null
  cp /bin/busybox /a/busybox.$1
  sync
  echo 3 > /proc/sys/vm/drop_caches
  md5sum /a/$1
  cmp /bin/busybox /a/busybox.$1 && echo same
  umount /a
  dd if=/dev/zero of=/dev/vdb bs=512 seek=7 count=1 conv=fsync 2> /dev/null
  blkdiscard -o 1048576 -l 65536 /dev/vdb && echo trimmed
  echo $1 is done
  sleep 1
  rmmod virtio_blk virtio_pci
}
${WAYS.map(({ name, messages, parameters }) => `way ${name} ${messages} ${parameters}`).join("\n")}
dmesg | grep -iE 'call trace|bug:|unhandled|oops|i/o error' || echo clean
poweroff -f
`;

const NEEDED = [DEBIAN.kernel, DEBIAN.busybox, join(DEBIAN.modules, "virtio_blk.ko"), TOOLS.mkfsExt2, TOOLS.e2fsck, TOOLS.debugfs];

describe.skipIf(lacks(...NEEDED))("Debian's virtio_blk", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("finds, reads, writes and trims disks: modern, packed rings, MSI-X, and legacy, split rings, pins", {
    timeout: 200_000,
  }, async () => {
    const path = join(folder, "ext2");
    writeFileSync(path, new Uint8Array(16 * MEBIBYTE));
    execFileSync(TOOLS.mkfsExt2, ["-q", "-F", path]);
    const numbered = Uint8Array.from({ length: 4 * MEBIBYTE }, (_, i) => (i >> 9) & 0xff);
    const images = [new MemoryImage(new Uint8Array(readFileSync(path))), new MemoryImage(numbered)];
    const guest = new Guest();
    const devices = images.map((image, index) => guest.plug(index, image));
    const rings = () => devices.map(({ problem, ringFeatures }) => ({ problem, ...ringFeatures }));
    // Then and there: the drivers are gone a second of the guest's later.
    const seen = WAYS.map(({ name }) => guest.at(`${name} is done`, rings));
    await guest.boot();
    await guest.until("Power down");
    for (const ring of seen[0]!()) expect(ring).toMatchObject({ problem: "", packed: true, indirect: true, eventIndex: true });
    for (const ring of seen[1]!()) expect(ring).toMatchObject({ problem: "", packed: false, indirect: true, eventIndex: true });
    const [, modern, legacy] = guest.output.split("\nway ");
    expect(modern).toMatch(/^modern\r\nloaded\r\n[\s\S]*PCI-MSI.*virtio0-req.0\r\n[\s\S]*PCI-MSI.*virtio1-req.0\r\n/);
    expect(legacy).toMatch(/^legacy\r\nloaded\r\n.*IO-APIC.*fasteoi *virtio0\r\n.*IO-APIC.*fasteoi *virtio1\r\n/);
    for (const part of [modern, legacy]) expect(part).toMatch(/32768\r\nvirtio 1write back\r\n[\s\S]*\nsame\r\ntrimmed\r\n/);
    expect(guest.output).toMatch(/\nclean\r\n/);
    const { log, bytes } = images[1]!;
    expect(log.filter((request) => request === "discard 1048576+65536")).toHaveLength(2);
    expect(log).toContain("flush");
    expect([bytes[7 * 512], bytes[8 * 512]]).toEqual([0, 8]);
    // And on the host.
    writeFileSync(path, images[0]!.bytes);
    execFileSync(TOOLS.e2fsck, ["-f", "-n", path], { stdio: "pipe" });
    for (const { name } of WAYS) {
      const options = { stdio: "pipe", maxBuffer: 16 * MEBIBYTE } as const;
      const content = execFileSync(TOOLS.debugfs, ["-R", `cat ${name}`, path], options);
      const sum = execFileSync("md5sum", { input: content }).toString().slice(0, 32);
      expect(guest.output).toContain(`${sum}  /a/${name}`);
    }
  });
});

class Guest {
  output = "";
  readonly #looks: (() => void)[] = [];
  readonly #machine = new Machine({
    module: builtProcessor(),
    ramBytes: 128 * MEBIBYTE,
    clock: "virtual",
    hostTime: () => performance.now(),
    wallClock: 1.7e9,
    output: {
      serial1: (byte) => {
        this.output += String.fromCharCode(byte);
        for (const look of this.#looks) look();
      },
    },
  });

  /** Looks at something when the guest has just written this. What is returned tells what was seen, and throws if it was not. */
  at<T>(text: string, look: () => T): () => T {
    let seen: { readonly value: T } | undefined;
    this.#looks.push(() => {
      if (!seen && this.output.endsWith(text)) seen = { value: look() };
    });
    return () => {
      if (!seen) throw new Error(`the guest did not write "${text}"`);
      return seen.value;
    };
  }

  plug(index: number, image: MemoryImage): VirtioDevice {
    const { board, queue } = this.#machine;
    const disk = new ImageDisk(`disk virtio ${index}`, image, queue, { serial: `virtio ${index}` });
    const pci = createVirtioBlockPci(`virtio-disk-${index}`, { disk, queues: index + 1, packed: true }, board.options);
    board.pci.attach(3 + index, 0, pci);
    return pci.device;
  }

  /** Up to the shell, which is told to do what the script says. */
  async boot(): Promise<void> {
    const modules = MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(join(DEBIAN.modules, `${name}.ko`)) }));
    const files = [...modules, { path: "script", content: new TextEncoder().encode(SCRIPT), executable: true }];
    this.#machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files),
      commandLine: `console=ttyS0,115200 nokaslr loglevel=4 ${QUICK_BOOT}`,
    });
    await this.until("guest# ");
    for (const character of "/script\n") this.#machine.board.com1.receive(character.charCodeAt(0));
  }

  /** Until it has printed this. */
  async until(text: string): Promise<void> {
    const seen = () => this.output.includes(text);
    await runUntil(this.#machine, seen, 90).catch((error: unknown) => {
      throw new Error(`"${text}" did not come: ${this.output.slice(-3000)}`, { cause: error });
    });
  }
}
