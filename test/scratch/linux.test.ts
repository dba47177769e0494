import { readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { builtProcessor } from "/work/wt/ide/core/cpu/testing/built-processor.js";
import { Machine } from "/work/wt/ide/devices/machine/machine.js";
import { MemoryImage } from "/work/wt/ide/devices/testing/memory-image.js";
import { makeBusyboxInitramfs } from "/work/wt/ide/test/support/cpio.js";
import { DEBIAN } from "/work/wt/ide/test/support/requirements.js";
import { runUntil } from "/work/wt/ide/test/support/machine-run.js";
const MODS = "crc16 crc64 crc64-rocksoft crct10dif_common crc-t10dif t10-pi scsi_common scsi_mod sd_mod cdrom sr_mod libata ata_piix crc32c_generic mbcache jbd2 ext4 isofs".split(" ");
test("linux", { timeout: 300000 }, async () => {
  execFileSync("sh", ["-c", "cd /tmp/idew && rm -f d.img && truncate -s 64M d.img && mkfs.ext2 -q d.img && mkdir -p iso && echo hello > iso/hello.txt && head -c 300000 /dev/urandom > iso/random && genisoimage -quiet -R -o cd.iso iso"]);
  const image = new MemoryImage(new Uint8Array(readFileSync("/tmp/idew/d.img")));
  const cd = new MemoryImage(new Uint8Array(readFileSync("/tmp/idew/cd.iso")));
  const initrd = makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), MODS.map((m) => ({ path: `${m}.ko`, content: readFileSync(`/tmp/idew/${m}.ko`) })));
  let out = "";
  const clock = (process.env.CLOCK ?? "real") as "real" | "virtual";
  const machine = new Machine({ module: builtProcessor(), ramBytes: 128 << 20, clock, hostTime: () => performance.now(), wallClock: 1.7e9, translate: "on",
    output: { serial1: (b) => { out += String.fromCharCode(b); } },
    drives: { bootOrder: [], drives: [
      { interface: "ide", media: "disk", index: 0, image },
      { interface: "ide", media: "cdrom", index: 2, image: cd },
    ] } });
  machine.boot({ kind: "kernel", kernel: readFileSync(DEBIAN.kernel), initrd, commandLine: "console=ttyS0,115200 nokaslr loglevel=7 " + (process.env.APPEND ?? "") });
  const type = async (text: string) => { at = out.length; for (const c of text) { while (!machine.board.com1.receive(c.charCodeAt(0))) await runUntil(machine, () => machine.board.com1.waiting < 8); } };
  let at = 0;
  const expectText = async (re: RegExp, s = 60) => { try { await runUntil(machine, () => re.test(out.slice(at)), s); } catch (e) { console.log(out.slice(-6000)); throw e; } at = out.length; };
  await expectText(/guest# /, 100);
  const sh = async (cmd: string) => { await type(cmd + "\n"); await expectText(/\n(.*\n)*guest# /, 100); };
  await sh(`for m in ${MODS.join(" ")}; do insmod /$m.ko || echo FAIL $m; done; sleep 2; ls /dev/sd* /dev/sr*`);
  await sh("mkdir /a /b; mount -t ext4 /dev/sda /a && mount -t iso9660 /dev/sr0 /b && cat /b/hello.txt; md5sum /b/random");
  await sh("dd if=/dev/urandom of=/a/x bs=64k count=300; sync; echo 3 > /proc/sys/vm/drop_caches; md5sum /a/x; cp /b/random /a; umount /a; umount /b");
  await sh("dmesg | tail -40");
  await type("poweroff -f\n");
  await runUntil(machine, () => false, 30).catch(() => {});
  console.log(out);
  writeFileSync("/tmp/idew/out.img", image.bytes);
  console.log(execFileSync("sh", ["-c", "e2fsck -fn /tmp/idew/out.img; debugfs -R 'dump x /tmp/idew/x' /tmp/idew/out.img; md5sum /tmp/idew/x /tmp/idew/iso/random; debugfs -R 'dump random /tmp/idew/r' /tmp/idew/out.img; cmp /tmp/idew/r /tmp/idew/iso/random"], { encoding: "utf8" }));
  console.log(image.log.length, cd.log.length);
});
