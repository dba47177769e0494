import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TRANSLATION_POLICIES } from "../../core/translator/options.js";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { DEBIAN, lacks } from "../support/requirements.js";

/** Each way to execute. */
const TRANSLATE = Object.keys(TRANSLATION_POLICIES);
const UNTOUCHED = "console=ttyS0,115200 nokaslr";
const QUICK = `${UNTOUCHED} ${QUICK_BOOT}`;

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox))("Debian 12's i386 netboot kernel", () => {
  let folder = "";
  let initrd = "";
  const conversations: Conversation[] = [];
  const start = (...args: string[]) => {
    const conversation = new Conversation(["run", ...args]);
    conversations.push(conversation);
    return conversation;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    initrd = join(folder, "initrd");
    writeFileSync(initrd, makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)));
  });
  afterAll(() => {
    for (const conversation of conversations) conversation.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(TRANSLATE)(
    "boots to a shell that answers, and powers itself off with exit code 0 (--translate %s)",
    { timeout: 300_000 },
    async (policy) => {
      const append = policy === "on" ? UNTOUCHED : QUICK;
      const guest = start("--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", append, "--translate", policy);
      await guest.expect(/shell ready/);
      await guest.expect(/guest# /);
      guest.type("cat /proc/cpuinfo\n");
      expect(await guest.expect(/flags[\s\S]*guest# /)).toMatch(/model name\s*: Ringside[\s\S]*flags.* sse2/);
      guest.type("dmesg | grep -c -i acpi\n");
      expect(await guest.expect(/acpi\r\n(\d+)\r\n/)).toMatch(/\d+/);
      guest.type("echo $((6 * 7))-$((0x7fffffff % 1000)) | tr - :\n");
      await guest.expect(/\r\n42:647\r\n/);
      guest.type("seq 1 1000 | sort -r | head -1 | wc -c\n");
      await guest.expect(/\r\n4\r\n/);
      guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops|invalid opcode' || echo clean\n");
      await guest.expect(/\r\nclean\r\n/);
      guest.type("exit\n");
      await guest.expect(/Power down/);
      expect(await guest.ended).toBe(0);
    },
  );

  describe.each(["virtual", "real"])("with KVM's paravirtual interface, under the %s clock", (clock) => {
    test("finds the hypervisor and its clock, keeps the time, and powers itself off", { timeout: 300_000 }, async () => {
      const begun = Date.now() / 1000;
      const guest = start("--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", QUICK, "--clock", clock, "--hypervisor", "kvm");
      const log = await guest.expect(/guest# /);
      for (const line of [
        /Hypervisor detected: KVM/,
        /kvm-clock: Using msrs 4b564d01 and 4b564d00/,
        /clocksource: kvm-clock: mask: 0x/,
        /tsc: Detected 1000\.000 MHz processor/,
        /Booting paravirtualized kernel on KVM/,
        /Switched to clocksource kvm-clock/,
      ])
        expect(log).toMatch(line);
      guest.type("cat /sys/devices/system/clocksource/clocksource0/current_clocksource\n");
      await guest.expect(/\r\nkvm-clock\r\n/);
      // The local APIC's timer ends the sleep, kvm-clock counts the time.
      guest.type("a=$(cut -d. -f1 /proc/uptime); sleep 5; b=$(cut -d. -f1 /proc/uptime); echo up $((b - a)).\n");
      expect(await guest.expect(/\r\nup (\d+)\.\r\n/, 30)).toMatch(/\r\nup [56]\./);
      guest.type("echo boot $(( $(date -u +%s) - $(cut -d. -f1 /proc/uptime) )).\n");
      const booted = Number(/\r\nboot (\d+)\./.exec(await guest.expect(/\r\nboot (\d+)\.\r\n/, 30))![1]);
      // The kernel counts from where it found the clock, at so many nanoseconds; the machine's process was some time in starting.
      const powerOn = booted - Number(/using sched offset of (\d+) cycles/.exec(log)![1]) / 1e9;
      const [expected, late] = clock === "virtual" ? [Date.UTC(2026, 0, 1) / 1000, 1] : [begun, 10];
      expect(powerOn).toBeGreaterThan(expected - 1.1);
      expect(powerOn).toBeLessThan(expected + late);
      guest.type("echo stolen $(head -1 /proc/stat | cut -d' ' -f10).\n");
      const stolen = Number(/\r\nstolen (\d+)\./.exec(await guest.expect(/\r\nstolen (\d+)\.\r\n/, 30))![1]);
      if (clock === "virtual") expect(stolen).toBe(0);
      guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops|invalid opcode|unchecked MSR' || echo clean\n");
      await guest.expect(/\r\nclean\r\n/);
      guest.type("exit\n");
      await guest.expect(/Power down/);
      expect(await guest.ended).toBe(0);
    });
  });

  test.each(["none", "kvm"])(
    "a snapshot taken in the middle of booting ends in the same serial output, byte for byte (--hypervisor %s)",
    {
      timeout: 400_000,
    },
    async (hypervisor) => {
      const file = (name: string) => join(folder, `${name}-${hypervisor}`);
      const quick = `${QUICK} rdinit=/bin/busybox -- poweroff -f`;
      const boot = ["--kernel", DEBIAN.kernel, "--initrd", initrd, "--append", quick, "--clock", "virtual", "--hypervisor", hypervisor];
      const whole = start(...boot, "--serial", `file:${file("whole")}`);
      const first = start(...boot, "--serial", `file:${file("first")}`, "--snapshot-at", "2500000000", "--snapshot-out", file("snapshot"));
      expect(await first.ended, first.errors).toBe(0);
      const second = start("--resume", file("snapshot"), "--serial", `file:${file("second")}`);
      expect(await second.ended, second.errors).toBe(0);
      expect(await whole.ended, whole.errors).toBe(0);
      const [expected, before, after] = ["whole", "first", "second"].map((name) => readFileSync(file(name)));
      expect(before!.length).toBeGreaterThan(1000);
      expect(after!.length).toBeGreaterThan(100);
      expect(Buffer.concat([before!, after!]).equals(expected!)).toBe(true);
    },
  );
});
