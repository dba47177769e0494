import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks } from "../support/requirements.js";

test.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox))(
  "Debian's i386 kernel, translated on road bt, boots to a shell that answers and powers itself off",
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "ringside-"));
    const initrd = join(folder, "initrd");
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)));
    const append = "console=ttyS0,115200 nokaslr quiet";
    const guest = new Conversation(["run", "--road", "bt", "--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", append]);
    try {
      await guest.expect(/guest# /, 200);
      guest.type("seq 1 1000 | sort -r | head -1 | wc -c\n");
      await guest.expect(/\r\n4\r\n/);
      guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops|invalid opcode' || echo clean\n");
      await guest.expect(/\r\nclean\r\n/);
      guest.type("exit\n");
      await guest.expect(/Power down/);
      expect(await guest.ended).toBe(0);
    } finally {
      guest.kill();
      rmSync(folder, { recursive: true });
    }
  },
);
