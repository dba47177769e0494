import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Top of the repository. */
export const TOP = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Things that some tests need and a fresh machine lacks. Such a test is skipped there; with RINGSIDE_REQUIRE_ALL=1 (as .ci/run sets) it
 * runs, and fails.
 */
export function lacks(...paths: readonly string[]): boolean {
  return process.env["RINGSIDE_REQUIRE_ALL"] !== "1" && !paths.every((path) => existsSync(path));
}

/** Programs that judge our disks, by Debian package: e2fsprogs, genisoimage, xorriso, qemu-utils. */
export const TOOLS = {
  mkfsExt2: "/usr/sbin/mkfs.ext2",
  e2fsck: "/usr/sbin/e2fsck",
  debugfs: "/usr/sbin/debugfs",
  genisoimage: "/usr/bin/genisoimage",
  xorriso: "/usr/bin/xorriso",
  qemuImg: "/usr/bin/qemu-img",
} as const;

/** What test/debian/fetch.sh brings. */
export const DEBIAN = {
  kernel: join(TOP, ".cache/debian/vmlinuz"),
  busybox: join(TOP, ".cache/debian/busybox.bin"),
  /** Modules for that kernel: KVM's, those for disks, and drivers of network cards. */
  modules: join(TOP, ".cache/debian/modules"),
  /** The kernel with PAE, and KVM's modules for it. */
  pae: join(TOP, ".cache/debian/pae"),
  bios: join(TOP, ".cache/debian/bios.bin"),
  videoBios: join(TOP, ".cache/debian/vgabios.bin"),
  /** A disk with an installed system, by make-system.sh. */
  system: join(TOP, ".cache/debian/system.raw"),
} as const;

/** Modules for IDE disks, CDs and floppies and the file systems on them, in the order in which they can be loaded. */
export const DISK_MODULES = [
  ...[
    "crc16",
    "crc64",
    "crc64-rocksoft",
    "crct10dif_common",
    "crc-t10dif",
    "t10-pi",
    "scsi_common",
    "scsi_mod",
    "sd_mod",
    "cdrom",
    "sr_mod",
  ],
  ...["libata", "ata_piix", "crc32c_generic", "mbcache", "jbd2", "ext4", "isofs", "floppy"],
] as const;

/** What bench/prepare-kit.js builds. */
export const KIT = {
  kernel: join(TOP, ".cache/bench-kit/out/vmlinuz"),
  initrd: join(TOP, ".cache/bench-kit/out/initramfs.cpio"),
  programs: join(TOP, ".cache/bench-kit/out/guest"),
  busybox: join(TOP, ".cache/bench-kit/out/busybox"),
  exitsInitrd: join(TOP, ".cache/bench-kit/out/exits.cpio"),
} as const;
