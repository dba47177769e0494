// Real gdb on Debian's kernel: a hardware breakpoint in it, a watchpoint on its data, and it runs on as if nothing had been.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DebuggedGuest, gdb, lacksGdb, READY } from "../debug/gdb-client.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { DEBIAN, lacks } from "../support/requirements.js";

describe.skipIf(lacksGdb || lacks(DEBIAN.kernel, DEBIAN.busybox))("gdb on Debian's kernel", { timeout: 300_000 }, () => {
  let folder = "";
  const guests: DebuggedGuest[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    writeFileSync(join(folder, "initrd"), makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)));
  });
  afterAll(() => {
    for (const guest of guests) guest.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (append: string, ...args: string[]) => {
    const boot = ["--kernel", DEBIAN.kernel, "--initrd", join(folder, "initrd"), "--append", `console=ttyS0,115200 nokaslr ${append}`];
    const guest = new DebuggedGuest([...boot, ...args]);
    guests.push(guest);
    return guest;
  };

  test("hardware breakpoint and watchpoint in the running kernel; the shell goes on afterwards", async () => {
    const guest = start("", "--no-gdb-wait");
    await guest.expect(/guest# /);
    const port = await guest.port();
    // Where the kernel takes page faults is in its IDT.
    const idt = await gdb(port, ["monitor idt", "info registers cs", "detach"]);
    const entry = /^0e to [0-9a-f]+:([0-9a-f]{8}) DPL 0/m.exec(idt)?.[1];
    expect(entry, idt).toMatch(/^c/);
    const script = [
      `hbreak *0x${entry}`,
      READY,
      "continue",
      "info registers",
      `monitor walk ${entry}`,
      "monitor regs",
      "stepi",
      "stepi",
      "delete",
      // What the fault has pushed on the kernel's stack is looked at by the handler.
      "rwatch -location *(int*)$esp",
      "continue",
      "delete",
      "detach",
    ];
    // A program that starts faults its pages in.
    const output = await gdb(port, script, () => guest.type("cat /proc/version\n"));
    expect(output).toContain(`Breakpoint 1, 0x${entry}`);
    expect(output).toMatch(new RegExp(`eip +0x${entry}`));
    expect(output).toMatch(/cs +0x60\b/);
    expect(output).toMatch(/cr0 +0x80050033/);
    expect(output).toMatch(/supervisor execute allowed/);
    expect(output).toMatch(/user read +#PF, error code 05/);
    expect(output).toMatch(/Hardware read watchpoint 2[\s\S]*Value = /);
    await guest.expect(/Linux version 6/);
    guest.type("dmesg | grep -iE 'call trace|bug:|unhandled|oops:' || echo clean\n");
    await guest.expect(/\r\nclean\r\n/);
    guest.type("exit\n");
    await guest.expect(/Power down/);
    expect(await guest.ended).toBe(0);
  });

  test("under the virtual clock: back and forward on the way, and the same boot in the end", async () => {
    const quick = `${QUICK_BOOT} rdinit=/bin/busybox -- poweroff -f`;
    const guest = start(quick, "--clock", "virtual", "--memory", "64M");
    const port = await guest.port();
    // The first instruction of the decompressed kernel at its link address, long after the start.
    const output = await gdb(port, [
      "hbreak *0xc1000000",
      "break *0x1000000",
      "continue",
      "info registers",
      "monitor regs",
      "delete",
      ...new Array(5).fill("stepi"),
      "info registers eip",
      ...new Array(5).fill("reverse-stepi"),
      "info registers",
      "continue",
    ]);
    expect(output).toMatch(/Breakpoint 2, 0x01000000/);
    const dumps = output.match(/eax +0x[\s\S]*?efer +0x\w+ +\w+/g) ?? [];
    expect(dumps, output).toHaveLength(2);
    expect(dumps[1]).toBe(dumps[0]);
    expect(output).toContain("exited normally");
    expect(await guest.ended).toBe(0);
    const plain = start(quick, "--clock", "virtual", "--memory", "64M", "--no-gdb-wait");
    expect(await plain.ended, plain.errors).toBe(0);
    expect(guest.output.length).toBeGreaterThan(1000);
    expect(guest.output).toBe(plain.output);
  });
});
