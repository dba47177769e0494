// A hypervisor inside: Debian's own kvm-amd finds SVM, loads, and runs a small virtual machine for a program on /dev/kvm.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TRANSLATION_POLICIES } from "../../core/translator/options.js";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { DEBIAN, lacks, TOP } from "../support/requirements.js";

const MODULES = ["irqbypass", "kvm", "kvm-amd"];
// Only errors: no line of the kernel may come between what is expected.
const APPEND = `console=ttyS0,115200 nokaslr loglevel=4 ${QUICK_BOOT}`;

/** Nested paging needs PAE: kvm-amd uses the host's paging mode for it. */
const KERNELS = [
  { name: "686", kernel: DEBIAN.kernel, modules: DEBIAN.modules, paging: "disabled" },
  { name: "686-pae", kernel: join(DEBIAN.pae, "vmlinuz"), modules: DEBIAN.pae, paging: "enabled" },
] as const;

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, DEBIAN.modules, DEBIAN.pae))("Debian's kvm-amd", () => {
  let folder = "";
  let program = "";
  const conversations: Conversation[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    program = join(folder, "kvm-guest");
    execFileSync("gcc", ["-m32", "-O2", "-static", "-o", program, join(TOP, "test/debian/kvm-guest.c")], { stdio: "inherit" });
  });
  afterAll(() => {
    for (const conversation of conversations) conversation.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** An initrd with the modules and the program that uses them. */
  function makeInitrd(name: string, folderOfModules: string): string {
    const modules = MODULES.map((module) => ({ path: `${module}.ko`, content: readFileSync(join(folderOfModules, `${module}.ko`)) }));
    const files = [{ path: "bin/kvm-guest", content: readFileSync(program), executable: true }, ...modules];
    const initrd = join(folder, `initrd-${name}`);
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files));
    return initrd;
  }

  const all = KERNELS.flatMap((kernel) => Object.keys(TRANSLATION_POLICIES).map((policy) => ({ ...kernel, policy })));
  const cases = all.filter(({ name, policy }) => name === "686" || policy === "on");
  test.each(cases)("loads and runs a guest ($name, --translate $policy)", { timeout: 300_000 }, async (c) => {
    const { name, kernel, modules, paging, policy } = c;
    const initrd = makeInitrd(name, modules);
    const args = ["--kernel", kernel, "--initrd", initrd, "--append", APPEND, "--features", "svm", "--translate", policy];
    const guest = new Conversation(["run", ...args]);
    conversations.push(guest);
    await guest.expect(/guest# /);
    guest.type("grep -o -w svm /proc/cpuinfo\n");
    await guest.expect(/cpuinfo\r\nsvm\r\n/);
    guest.type(`for m in ${MODULES.join(" ")}; do insmod /$m.ko && echo $m is loaded; done\n`);
    await guest.expect(/kvm-amd is loaded\r\n/);
    guest.type("dmesg | grep -o 'Nested Paging.*'\n");
    await guest.expect(new RegExp(`\r\nNested Paging ${paging}\r\n`));
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
