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
import { BLOCK_CLASS, VirtioBlock, type VirtioBlockOptions } from "../../devices/virtio/block.js";
import type { VirtioEnvironment } from "../../devices/virtio/virtio-device.js";
import { VirtioPci } from "../../devices/virtio/virtio-pci.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { runUntil } from "../support/machine-run.js";
import { DEBIAN, lacks, TOOLS } from "../support/requirements.js";

const VIRTIO = ["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk"];
const EXT4 = ["crc32c_generic", "crc16", "mbcache", "jbd2", "ext4"];
const MEBIBYTE = 1 << 20;

interface Way {
  readonly name: string;
  /** Of the kernel, and of its module virtio_pci. */
  readonly append?: string;
  readonly parameters?: string;
  readonly device?: Omit<VirtioBlockOptions, "disk">;
  readonly environment?: Pick<VirtioEnvironment, "packed">;
  /** What /proc/interrupts has to say, and which bits of the features are to be taken. */
  readonly interrupt: RegExp;
  readonly modern: boolean;
}

const WAYS: readonly Way[] = [
  {
    name: "legacy registers, pin",
    append: "pci=nomsi",
    parameters: "force_legacy=1",
    interrupt: /IO-APIC.*-fasteoi +virtio0/,
    modern: false,
  },
  {
    name: "modern, packed rings, MSI-X",
    environment: { packed: true },
    device: { queues: 2 },
    interrupt: /PCI-MSI.*virtio0-req.0/,
    modern: true,
  },
];

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, join(DEBIAN.modules, "virtio_blk.ko"), TOOLS.mkfsExt2, TOOLS.e2fsck))(
  "Debian's virtio_blk",
  () => {
    let folder = "";
    let fileSystem = new Uint8Array(0);
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "ringside-"));
      const path = join(folder, "ext2");
      execFileSync("truncate", ["-s", String(16 * MEBIBYTE), path]);
      execFileSync(TOOLS.mkfsExt2, ["-q", "-F", path]);
      fileSystem = new Uint8Array(readFileSync(path));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test.each(WAYS)("finds, reads, writes and trims disks ($name)", { timeout: 200_000 }, async (way) => {
      const guest = new Guest(way);
      const disks = [
        new MemoryImage(fileSystem.slice()),
        new MemoryImage(Uint8Array.from({ length: 4 * MEBIBYTE }, (_, i) => (i >> 9) & 0xff)),
      ];
      const devices = disks.map((image, index) => guest.plug(index, image));
      const output = await guest.run();
      for (const device of devices) {
        expect(device.problem, output).toBe("");
        expect(device.features & (1n << 32n)).toBe(way.modern ? 1n << 32n : 0n);
        expect(device.ringFeatures).toMatchObject({ packed: way.environment?.packed ?? false, indirect: true, eventIndex: true });
      }
      expect(output).toMatch(/modules: 11\r\n/);
      expect(output).toMatch(way.interrupt);
      expect(output).toMatch(/32768\r\nvirtio 1write back\r\n/);
      expect(output).toMatch(/\nsame\r\ntrimmed\r\n/);
      expect(output).toMatch(/\nclean\r\n/);
      const { log, bytes } = disks[1]!;
      expect(log).toContain("discard 1048576+65536");
      expect(log).toContain("flush");
      expect(bytes.subarray(7 * 512, 8 * 512).every((byte) => byte === 0)).toBe(true);
      expect(bytes[8 * 512]).toBe(8);
      // And on the host.
      const path = join(folder, "result");
      writeFileSync(path, disks[0]!.bytes);
      execFileSync(TOOLS.e2fsck, ["-f", "-n", path], { stdio: "pipe" });
      const content = execFileSync("/usr/sbin/debugfs", ["-R", "cat random", path], {
        stdio: ["ignore", "pipe", "ignore"],
        maxBuffer: 32 * MEBIBYTE,
      });
      expect(execFileSync("md5sum", { input: content }).toString()).toContain(/([0-9a-f]{32}) .*random/.exec(output)?.[1]);
    });
  },
);

/** What the guest does, from its first process on. */
const script = ({ parameters = "" }: Way) => `#!/bin/sh
for m in ${[...VIRTIO, ...EXT4].join(" ")}; do
  p=; test $m = virtio_pci && p=${parameters}
  insmod /$m.ko $p
done
echo modules: $(wc -l < /proc/modules)
cat /proc/interrupts /sys/block/vda/size /sys/block/vdb/serial
cat /sys/block/vdb/cache_type
mkdir /a && mount -t ext2 /dev/vda /a
dd if=/dev/urandom of=/a/random bs=64k count=40 2> /dev/null
cp /bin/busybox /a
sync
echo 3 > /proc/sys/vm/drop_caches
md5sum /a/random
cmp /bin/busybox /a/busybox && echo same
umount /a
dd if=/dev/zero of=/dev/vdb bs=512 seek=7 count=1 conv=fsync 2> /dev/null
blkdiscard -o 1048576 -l 65536 /dev/vdb && echo trimmed
dmesg | grep -iE 'call trace|bug:|unhandled|oops|i/o error' || echo clean
poweroff -f
`;

class Guest {
  #output = "";
  readonly #machine: Machine;
  readonly #way: Way;

  constructor(way: Way) {
    this.#way = way;
    this.#machine = new Machine({
      module: builtProcessor(),
      ramBytes: 128 * MEBIBYTE,
      clock: "virtual",
      hostTime: () => performance.now(),
      wallClock: 1.7e9,
      output: {
        serial1: (byte) => {
          this.#output += String.fromCharCode(byte);
        },
      },
    });
  }

  plug(index: number, image: MemoryImage): VirtioBlock {
    const { board, queue, memory } = this.#machine;
    const { device, environment } = this.#way;
    const disk = new ImageDisk(`disk virtio ${index}`, image, queue, { serial: `virtio ${index}` });
    const block = new VirtioBlock(`virtio-blk-${index}`, { disk, ...device }, { memory, scheduler: queue, ...environment });
    const { ports, memory: space } = board.options;
    board.pci.attach(3 + index, 0, new VirtioPci(block, { ports, memory: space, classCode: BLOCK_CLASS }));
    return block;
  }

  /** From power-on to power-off: what it prints. */
  async run(): Promise<string> {
    const modules = [...VIRTIO, ...EXT4].map((name) => ({ path: `${name}.ko`, content: readFileSync(join(DEBIAN.modules, `${name}.ko`)) }));
    const files = [...modules, { path: "script", content: new TextEncoder().encode(script(this.#way)), executable: true }];
    this.#machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files),
      commandLine: `console=ttyS0,115200 nokaslr loglevel=4 ${this.#way.append ?? ""}`,
    });
    const isReady = () => this.#output.includes("guest# ");
    await this.#machineUntil(isReady);
    for (const character of "/script\n") this.#machine.board.com1.receive(character.charCodeAt(0));
    await this.#machineUntil(() => false);
    return this.#output;
  }

  async #machineUntil(seen: () => boolean): Promise<void> {
    await runUntil(this.#machine, seen, 60).catch((error: unknown) => {
      throw new Error(`the guest stands at: ${this.#output.slice(-3000)}`, { cause: error });
    });
  }
}
