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
  { name: "legacy registers, pin", append: "pci=nomsi", parameters: "force_legacy=1", interrupt: /IO-APIC.*-fasteoi +virtio0/, modern: false },
  { name: "modern, split rings, MSI-X", interrupt: /PCI-MSI.*virtio0-req.0/, modern: true },
  { name: "modern, packed rings, MSI-X", environment: { packed: true }, device: { queues: 2 }, interrupt: /PCI-MSI.*virtio0-req.0/, modern: true },
];

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, join(DEBIAN.modules, "virtio_blk.ko"), TOOLS.mkfsExt2, TOOLS.e2fsck))("Debian's virtio_blk", () => {
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
    const guest = new Guest(way.append ?? "");
    const disks = [new MemoryImage(fileSystem.slice()), new MemoryImage(Uint8Array.from({ length: 4 * MEBIBYTE }, (_, i) => (i >> 9) & 0xff))];
    const devices = disks.map((image, index) => guest.plug(index, image, way));
    await guest.start();
    await guest.run(`for m in ${VIRTIO.join(" ")}; do p=; test $m = virtio_pci && p=${way.parameters ?? ""}; insmod /$m.ko $p || echo failed: $m; done`);
    await guest.run(`for m in ${EXT4.join(" ")}; do insmod /$m.ko || echo failed: $m; done`);
    expect(guest.text).not.toContain("failed:");
    for (const device of devices) {
      expect(device.problem).toBe("");
      expect(device.features & (1n << 32n)).toBe(way.modern ? 1n << 32n : 0n);
      expect(device.ringFeatures).toMatchObject({ packed: way.environment?.packed ?? false, indirect: true, eventIndex: true });
    }
    expect(await guest.run("cat /proc/interrupts")).toMatch(way.interrupt);
    expect(await guest.run("cat /sys/block/vda/size /sys/block/vdb/serial /sys/block/vdb/cache_type")).toMatch(/32768\r\nvirtio 1\r\nwrite back\r\n/);
    // A file system.
    await guest.run("mkdir /a && mount -t ext2 /dev/vda /a && ls /a");
    await guest.run("dd if=/dev/urandom of=/a/random bs=64k count=100 2>/dev/null; cp /bin/busybox /a; sync; echo 3 > /proc/sys/vm/drop_caches");
    const sum = /[0-9a-f]{32}/.exec(await guest.run("md5sum /a/random"))?.[0];
    expect(await guest.run("cmp /bin/busybox /a/busybox && echo same")).toContain("\nsame");
    await guest.run("umount /a");
    // Sectors: what is trimmed reads as zeros here, or as it was.
    await guest.run("dd if=/dev/zero of=/dev/vdb bs=512 seek=7 count=1 conv=fsync 2>/dev/null; blkdiscard -o 1048576 -l 65536 /dev/vdb && echo trimmed");
    await guest.run("blkdiscard -z -o 2097152 -l 65536 /dev/vdb; blkdiscard /dev/vdc; cat /sys/block/vdb/queue/discard_max_bytes");
    const report = await guest.run("dmesg | grep -iE 'call trace|bug:|unhandled|oops|i/o error' || echo clean");
    expect(report, guest.text).toContain("\nclean");
    const { log, bytes } = disks[1]!;
    expect(log).toContain("discard 1048576+65536");
    expect(log).toContain("flush");
    expect(bytes.subarray(7 * 512, 8 * 512).every((byte) => byte === 0)).toBe(true);
    expect(bytes[8 * 512]).toBe(8);
    // And on the host.
    const path = join(folder, "result");
    writeFileSync(path, disks[0]!.bytes);
    execFileSync(TOOLS.e2fsck, ["-f", "-n", path], { stdio: "pipe" });
    const content = execFileSync("/usr/sbin/debugfs", ["-R", "cat random", path], { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 32 * MEBIBYTE });
    expect(execFileSync("md5sum", { input: content }).toString()).toContain(sum);
    await guest.powerOff();
  });
});

/** A machine whose serial line is a shell's. */
class Guest {
  text = "";
  readonly #machine: Machine;
  readonly #append: string;
  #seen = 0;

  constructor(append: string) {
    this.#append = append;
    this.#machine = new Machine({
      module: builtProcessor(),
      ramBytes: 128 * MEBIBYTE,
      clock: "virtual",
      hostTime: () => performance.now(),
      wallClock: 1.7e9,
      output: {
        serial1: (byte) => {
          this.text += String.fromCharCode(byte);
        },
      },
    });
  }

  plug(index: number, image: MemoryImage, { device, environment }: Way): VirtioBlock {
    const { board, queue, memory } = this.#machine;
    const disk = new ImageDisk(`disk virtio ${index}`, image, queue, { serial: `virtio ${index}` });
    const block = new VirtioBlock(`virtio-blk-${index}`, { disk, ...device }, { memory, scheduler: queue, ...environment });
    const { ports, memory: space } = board.options;
    board.pci.attach(3 + index, 0, new VirtioPci(block, { ports, memory: space, classCode: BLOCK_CLASS }));
    return block;
  }

  async start(): Promise<void> {
    const modules = [...VIRTIO, ...EXT4].map((name) => ({ path: `${name}.ko`, content: readFileSync(join(DEBIAN.modules, `${name}.ko`)) }));
    this.#machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), modules),
      commandLine: `console=ttyS0,115200 nokaslr loglevel=4 ${this.#append}`,
    });
    await this.#expect(/guest# $/);
  }

  /** A command, and what it prints up to the next prompt. */
  async run(command: string): Promise<string> {
    const from = this.text.length;
    for (const character of `${command}\n`) await this.#type(character);
    await this.#expect(/\nguest# $/);
    return this.text.slice(from);
  }

  async powerOff(): Promise<void> {
    for (const character of "poweroff -f\n") await this.#type(character);
    expect(await runUntil(this.#machine, () => false, 60)).toEqual({ kind: "power-off" });
  }

  async #type(character: string): Promise<void> {
    const { com1 } = this.#machine.board;
    if (com1.waiting >= 8) await runUntil(this.#machine, () => com1.waiting < 8);
    com1.receive(character.charCodeAt(0));
  }

  async #expect(pattern: RegExp): Promise<void> {
    await runUntil(this.#machine, () => pattern.test(this.text.slice(this.#seen)), 100).catch((error: unknown) => {
      throw new Error(`${pattern} did not come: ${this.text.slice(-3000)}`, { cause: error });
    });
    this.#seen = this.text.length;
  }
}
