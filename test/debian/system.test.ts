// A whole Debian, installed by debootstrap (make-system.sh), started by SeaBIOS and GRUB from each kind of disk and image: it comes up without a failed unit,
// has a lease, installs and removes packages, and leaves a disk that e2fsck, debugfs and qemu-img agree with.
// RINGSIDE_SYSTEMS=all (npm run test:systems): every disk with every image; else two of these four, since each takes a minute.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";
import { DEBIAN, lacks, TOOLS } from "../support/requirements.js";

const PATIENCE = 900;
const DISKS = {
  ide: { options: (image: string) => ["--hda", image], root: "/dev/sda1" },
  virtio: { options: (image: string) => ["--disk", `file=${image},if=virtio`], root: "/dev/vda1" },
} as const;

const ALL = [
  { disk: "ide", image: "raw" },
  { disk: "virtio", image: "overlay" },
  { disk: "ide", image: "overlay" },
  { disk: "virtio", image: "raw" },
] as const;
const CASES = process.env["RINGSIDE_SYSTEMS"] === "all" ? ALL : ALL.slice(0, 2);

const sha256 = (file: string) => execFileSync("sha256sum", ["-b", file], { encoding: "latin1" }).slice(0, 64);

/** How e2fsprogs are told of the first partition of a disk image. */
function firstPartition(disk: string): string {
  const sector = Buffer.alloc(512);
  const file = openSync(disk, "r");
  readSync(file, sector, 0, sector.length, 0);
  closeSync(file);
  return `${disk}?offset=${sector.readUInt32LE(446 + 8) * 512}`;
}

/** What a tool says; that it must agree. */
function judge(tool: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: "latin1" });
  expect(status, `${stdout}${stderr}`).toBe(0);
  return `${stdout}${stderr}`;
}

/** A shell of the superuser, on the guest's serial line. */
class Shell {
  constructor(private readonly guest: Conversation) {}

  async login(): Promise<void> {
    await this.guest.expect(/login: /, PATIENCE);
    this.guest.type("root\n");
    await this.guest.expect(/Password: /, PATIENCE);
    this.guest.type("ringside\n");
    await this.guest.expect(/:~# /, PATIENCE);
    // One that does not edit lines; and nothing of the kernel's between its own.
    this.guest.type("exec sh\n");
    await this.guest.expect(/exec sh\r\n[^#]*# /, PATIENCE);
    await this.run("dmesg -n 1");
  }

  /** Runs a command that must succeed, and returns what it printed. */
  async run(command: string): Promise<string> {
    this.guest.type(`${command}; echo status $?.\n`);
    const output = await this.guest.expect(/\r\n[^\n]*status \d+\.\r\n/, PATIENCE);
    expect(output).toMatch(/status 0\.\r\n$/);
    return output.slice(output.indexOf("\n") + 1);
  }
}

const NEEDED = [DEBIAN.system, DEBIAN.bios, DEBIAN.videoBios, TOOLS.e2fsck, TOOLS.debugfs, TOOLS.qemuImg];

describe.skipIf(lacks(...NEEDED))("a Debian system made by debootstrap", () => {
  let folder = "";
  let guest: Conversation | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
  });
  afterEach(() => {
    guest?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function makeImage(kind: "raw" | "overlay"): string {
    const image = join(folder, `disk.${kind}`);
    if (kind === "raw") execFileSync("cp", ["--sparse=always", DEBIAN.system, image]);
    else expect(ringside(["img", "create", "-f", "qcow2", "-b", DEBIAN.system, "-F", "raw", image]).code).toBe(0);
    return image;
  }

  test.each(CASES)("boots from $disk, $image, works, and leaves a clean disk", { timeout: 2_000_000 }, async ({ disk, image: kind }) => {
    const image = makeImage(kind);
    const before = sha256(DEBIAN.system);
    const board = ["--bios", DEBIAN.bios, "--vgabios", DEBIAN.videoBios, "--nic", "user,model=e1000"];
    guest = new Conversation(["run", ...board, ...DISKS[disk].options(image)]);
    const shell = new Shell(guest);
    await shell.login();
    expect(await shell.run("systemctl is-system-running --wait || systemctl --failed --no-pager")).toMatch(/^running\r\n/);
    expect(await shell.run("findmnt -n -o SOURCE,FSTYPE /")).toContain(`${DISKS[disk].root} ext4`);
    await shell.run("until ip -4 -br address show eth0 | grep 192.168.122; do sleep 1; done; ping -c 1 192.168.122.1");

    await shell.run("cd /var/cache/apt/archives && dpkg -i manpages_*.deb manpages-dev_*.deb");
    await shell.run("sync; echo 3 > /proc/sys/vm/drop_caches; dpkg -V manpages manpages-dev");
    await shell.run("tar -cf /srv/man.tar -C /usr/share/man man2 && tar -xf /srv/man.tar -C /mnt && rm /srv/man.tar");
    await shell.run("sync; echo 3 > /proc/sys/vm/drop_caches; diff -r --no-dereference /usr/share/man/man2 /mnt/man2 && rm /mnt/man2/o*");
    await shell.run("dpkg -r manpages-dev && tar -cf /srv/kept.tar -C /mnt man2");
    const kept = (await shell.run("sha256sum /srv/kept.tar")).slice(0, 64);
    await shell.run("! dmesg | grep -iE 'i/o error|ext4-fs error|call trace|bug:|oops|timed out|frozen|exception emask|link reset'");
    guest.type("poweroff\n");
    await guest.expect(/Power down/, PATIENCE);
    expect(await guest.ended, guest.errors).toBe(0);

    const raw = join(folder, "judged.raw");
    if (kind === "overlay") {
      expect(judge(TOOLS.qemuImg, "check", image)).toContain("No errors were found");
      judge(TOOLS.qemuImg, "convert", "-O", "raw", image, raw);
    }
    const partition = firstPartition(kind === "overlay" ? raw : image);
    expect(judge(TOOLS.e2fsck, "-f", "-n", partition)).not.toMatch(/journal|recover/i);
    expect(judge(TOOLS.debugfs, "-R", "stats", partition)).toMatch(/Filesystem state: +clean\n/);
    judge(TOOLS.debugfs, "-R", `dump /srv/kept.tar ${join(folder, "kept.tar")}`, partition);
    expect(sha256(join(folder, "kept.tar"))).toBe(kept);
    expect(judge(TOOLS.debugfs, "-R", "stat /usr/share/man/man7/ascii.7.gz", partition)).toContain("Type: regular");
    for (const gone of ["/usr/share/man/man2/open.2.gz", "/srv/man.tar", "/mnt/man2/open.2.gz"])
      expect(judge(TOOLS.debugfs, "-R", `stat ${gone}`, partition)).toContain("File not found");
    expect(sha256(DEBIAN.system)).toBe(before);
  });
});
