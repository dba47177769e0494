// Unchanged Debian kernels as guests of the road hw, with both ways to virtualize their memory.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const UNTOUCHED = "console=ttyS0,115200 nokaslr";
const QUICK = `${UNTOUCHED} ${QUICK_BOOT}`;
const PAE = join(DEBIAN.pae, "vmlinuz");

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, PAE))("Debian 12's i386 kernel on the road hw", () => {
  let folder = "";
  let initrd = "";
  const guests: Conversation[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    initrd = join(folder, "initrd");
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)));
  });
  afterAll(() => {
    for (const guest of guests) guest.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test.concurrent.each([
    { name: "686", kernel: DEBIAN.kernel, paging: "nested", append: UNTOUCHED },
    { name: "686", kernel: DEBIAN.kernel, paging: "shadow", append: QUICK },
    { name: "686-pae", kernel: PAE, paging: "nested", append: QUICK },
    { name: "686-pae", kernel: PAE, paging: "shadow", append: QUICK },
  ])("$name, $paging paging: boots to a shell that answers, and powers itself off", { timeout: 300_000 }, async (c) => {
    const system = ["--kernel", c.kernel, "--initrd", initrd, "--append", c.append];
    const guest = new Conversation(["run", ...system, "--road", "hw", "--paging", c.paging]);
    guests.push(guest);
    await guest.expect(/guest# /, 240);
    guest.type("echo $((6 * 7))-$((0x7fffffff % 1000)) | tr - :\n");
    await guest.expect(/\r\n42:647\r\n/);
    guest.type("seq 1 1000 | sort -r | head -1 | wc -c\n");
    await guest.expect(/\r\n4\r\n/);
    guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops|invalid opcode' || echo clean\n");
    await guest.expect(/\r\nclean\r\n/);
    guest.type("exit\n");
    await guest.expect(/Power down/);
    expect(await guest.ended, guest.errors).toBe(0);
  });
});
