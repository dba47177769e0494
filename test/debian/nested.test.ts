// A hypervisor inside: Debian's own kvm-amd finds SVM, loads, and runs a small virtual machine for a program on /dev/kvm.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TRANSLATION_POLICIES } from "../../core/translator/options.js";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks, TOP } from "../support/requirements.js";

const MODULES = ["irqbypass", "kvm", "kvm-amd"];
// Only errors: no line of the kernel may come between what is expected.
const APPEND = "console=ttyS0,115200 nokaslr loglevel=4";

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, DEBIAN.modules))("Debian's kvm-amd", () => {
  let folder = "";
  let initrd = "";
  const conversations: Conversation[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    const program = join(folder, "kvm-guest");
    execFileSync("gcc", ["-m32", "-O2", "-static", "-o", program, join(TOP, "test/debian/kvm-guest.c")], { stdio: "inherit" });
    const modules = MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(join(DEBIAN.modules, `${name}.ko`)) }));
    const files = [{ path: "bin/kvm-guest", content: readFileSync(program), executable: true }, ...modules];
    initrd = join(folder, "initrd");
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files));
  });
  afterAll(() => {
    for (const conversation of conversations) conversation.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(Object.keys(TRANSLATION_POLICIES))("loads and runs a guest (--translate %s)", { timeout: 300_000 }, async (policy) => {
    const args = ["--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", APPEND, "--features", "svm", "--translate", policy];
    const guest = new Conversation(["run", ...args]);
    conversations.push(guest);
    await guest.expect(/guest# /);
    guest.type("grep -o -w svm /proc/cpuinfo\n");
    await guest.expect(/cpuinfo\r\nsvm\r\n/);
    guest.type(`for m in ${MODULES.join(" ")}; do insmod /$m.ko && echo $m is loaded; done\n`);
    await guest.expect(/kvm-amd is loaded\r\n/);
    guest.type("kvm-guest; echo status $?\n");
    expect(await guest.expect(/KVM API[\s\S]*status \d+\r\n/)).toMatch(
      /KVM API 12\r\nexit 1: out 0x3f8: 0x35\r\nexit 2: out 0x3f8: 0xa\r\nexit 3: hlt\r\nstatus 0\r\n/,
    );
    guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops|invalid opcode' || echo clean\n");
    await guest.expect(/\r\nclean\r\n/);
    guest.type("exit\n");
    await guest.expect(/Power down/);
    expect(await guest.ended).toBe(0);
  });
});
