// Debian's own drivers (ata_piix, libata, sd, sr, floppy, ext4, isofs) on our controllers: they find disks, CD and floppy, read and write by DMA and by
// PIO, complain of nothing, and leave file systems that the host's fsck agrees with.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { DEBIAN, DISK_MODULES, lacks, TOOLS } from "../support/requirements.js";

const APPEND = `console=ttyS0,115200 nokaslr loglevel=4 ${QUICK_BOOT}`;
const DISK_BYTES = 32 << 20;
const FLOPPY_BYTES = 1_474_560;
/** What goes over the disk in both directions. */
const BYTES = Uint8Array.from({ length: 2_000_000 }, (_, n) => (n * 2654435761) >>> 24);

const NEEDED = [DEBIAN.kernel, DEBIAN.busybox, join(DEBIAN.modules, "ata_piix.ko"), TOOLS.mkfsExt2, TOOLS.e2fsck, TOOLS.genisoimage];

describe.skipIf(lacks(...NEEDED))("Debian's ata_piix and floppy", () => {
  let folder = "";
  let initrd = "";
  const conversations: Conversation[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    const modules = DISK_MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(join(DEBIAN.modules, `${name}.ko`)) }));
    initrd = join(folder, "initrd");
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), modules));
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree/bytes"), BYTES);
    execFileSync(TOOLS.genisoimage, ["-quiet", "-R", "-o", join(folder, "cd.iso"), join(folder, "tree")], { stdio: "pipe" });
    writeFileSync(join(folder, "empty.img"), "");
    truncateSync(join(folder, "empty.img"), DISK_BYTES);
    writeFileSync(join(folder, "floppy.img"), "");
    truncateSync(join(folder, "floppy.img"), FLOPPY_BYTES);
    for (const name of ["empty.img", "floppy.img"]) execFileSync(TOOLS.mkfsExt2, ["-q", "-F", join(folder, name)], { stdio: "pipe" });
  });
  afterAll(() => {
    for (const conversation of conversations) conversation.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test("reads and writes, a disk and a CD by DMA, a disk by PIO, and a floppy", { timeout: 300_000 }, async () => {
    const disks = ["dma.img", "pio.img"].map((name) => join(folder, name));
    for (const disk of disks) copyFileSync(join(folder, "empty.img"), disk);
    const drives = disks.flatMap((disk, n) => ["--disk", `file=${disk},format=raw,index=${2 * n},serial=TEST-${n}`]);
    const floppy = join(folder, "floppy.img");
    const cd = ["--disk", `file=${join(folder, "cd.iso")},media=cdrom,index=3`];
    const system = ["--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", APPEND, "--memory", "128M"];
    const guest = new Conversation(["run", ...system, ...drives, ...cd, "--fda", floppy]);
    conversations.push(guest);
    await guest.expect(/guest# /);
    guest.type(`for m in ${DISK_MODULES.join(" ")}; do insmod /$m.ko $([ $m = libata ] && echo force=2.00:pio4); done; echo loaded\n`);
    await guest.expect(/\r\nloaded\r\n/);
    guest.type(
      "until [ -b /dev/sda -a -b /dev/sdb -a -b /dev/sr0 ]; do sleep 0.2; done; dmesg | grep -o 'ata[0-9].0[01]: .*'; echo seen\n",
    );
    const found = await guest.expect(/\r\nseen\r\n/);
    expect(found).toMatch(/ata1\.00: ATA-7: RINGSIDE HARDDISK/);
    expect(found).toMatch(/ata2\.01: ATAPI: RINGSIDE CD-ROM/);
    guest.type("cd /sys/class/ata_device; cat dev1.0/xfer_mode dev2.0/xfer_mode dev2.1/xfer_mode; cd /\n");
    await guest.expect(/XFER_MW_DMA_2\r\nXFER_PIO_4\r\nXFER_MW_DMA_2\r\n/);
    guest.type(
      "mkdir /a /b /cd; mount -t ext4 /dev/sda /a; mount -t ext4 /dev/sdb /b; mount -t iso9660 -o ro /dev/sr0 /cd; cp /cd/bytes /a/copy; cp /cd/bytes /b/copy; echo copied\n",
    );
    await guest.expect(/\r\ncopied\r\n/);
    guest.type(
      "sync; echo 3 > /proc/sys/vm/drop_caches; cmp /cd/bytes /a/copy && cmp /a/copy /b/copy && echo same; umount /a /b /cd && echo unmounted\n",
    );
    await guest.expect(/same\r\nunmounted\r\n/);
    guest.type(
      "mount -t ext4 /dev/fd0 /a && cp /init /a/init && umount /a && echo 3 > /proc/sys/vm/drop_caches && mount -t ext4 /dev/fd0 /a && cmp /init /a/init && umount /a && echo floppy\n",
    );
    await guest.expect(/\r\nfloppy\r\n/);
    guest.type("dmesg | grep -iE 'error|fail|timeout|exception|frozen|lost|reset' | grep -vi acpi || echo clean\n");
    await guest.expect(/\r\nclean\r\n/);
    guest.type("exit\n");
    expect(await guest.ended).toBe(0);
    for (const image of [...disks, floppy]) {
      const checked = spawnSync(TOOLS.e2fsck, ["-f", "-n", image], { encoding: "utf8" });
      expect(checked.status, checked.stdout).toBe(0);
    }
    for (const disk of disks) {
      const copy = join(folder, "copy");
      execFileSync(TOOLS.debugfs, ["-R", `dump copy ${copy}`, disk], { stdio: "pipe" });
      expect(readFileSync(copy).equals(BYTES)).toBe(true);
    }
  });
});
