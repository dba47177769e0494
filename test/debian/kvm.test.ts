import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { assemble } from "../../guests/assembler/index.js";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const MODULES = ["irqbypass", "kvm", "kvm-amd"].map((name) => ({ name, path: join(DEBIAN.modules, `${name}.ko`) }));

function program(): Uint8Array {
  const source = fileURLToPath(new URL("kvm.asm", import.meta.url));
  return assemble("kvm.asm", readFileSync(source, "utf8"), { readSource: () => "" }).bytes;
}

test.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, ...MODULES.map(({ path }) => path)))(
  "Debian's own KVM loads, and a program on /dev/kvm runs a guest that uses ports and halts",
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "ringside-"));
    const initrd = join(folder, "initrd");
    const modules = MODULES.map(({ name, path }) => ({ path: `${name}.ko`, content: readFileSync(path) }));
    const files = [...modules, { path: "vm", content: program(), executable: true }];
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files));
    const append = "console=ttyS0,115200 nokaslr";
    const guest = new Conversation(["run", "--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", append, "--features", "svm"]);
    try {
      await guest.expect(/guest# /);
      guest.type("grep -c ' svm ' /proc/cpuinfo\n");
      await guest.expect(/cpuinfo\r\n1\r\n/);
      guest.type(`for m in ${MODULES.map(({ name }) => name).join(" ")}; do insmod /$m.ko; done; /vm\n`);
      expect(await guest.expect(/guest halted|failed/)).toMatch(/<B>guest halted$/);
      guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops|invalid opcode' || echo clean\n");
      await guest.expect(/\r\nclean\r\n/);
      guest.type("exit\n");
      await guest.expect(/Power down/);
      expect(await guest.ended).toBe(0);
    } finally {
      guest.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
