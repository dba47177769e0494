// Debian's own drivers (sr, e1000, the ACPI button) see what the monitor does to their machine.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Conversation } from "../support/conversation.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { MonitorClient } from "../support/monitor-client.js";
import { DEBIAN, lacks, TOOLS } from "../support/requirements.js";

const APPEND = "console=ttyS0,115200 nokaslr quiet net.ifnames=0 tsc=reliable lpj=4000000 no_timer_check cryptomgr.notests";
const MODULES = ["scsi_common", "scsi_mod", "cdrom", "sr_mod", "libata", "ata_piix", "isofs", "e1000", "button"];
const moduleFile = (name: string) => join(DEBIAN.modules, `${name}.ko`);
const CARRIER = "/sys/class/net/eth0/carrier";

describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, TOOLS.genisoimage, ...MODULES.map(moduleFile)))("Debian, and a monitor", () => {
  let folder = "";
  let guest: Conversation;
  let monitor: MonitorClient;
  const cd = (name: string) => join(folder, `${name}.iso`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    for (const [name, bytes] of [["one", 100_000] as const, ["two", 300_000] as const]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "name"), `disc ${name}\n`);
      writeFileSync(join(folder, name, "bytes"), new Uint8Array(bytes).fill(1));
      execFileSync(TOOLS.genisoimage, ["-quiet", "-R", "-o", cd(name), join(folder, name)], { stdio: "pipe" });
    }
    const files = MODULES.map((name) => ({ path: `${name}.ko`, content: readFileSync(moduleFile(name)) }));
    writeFileSync(join(folder, "initrd"), makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), files));
    const system = ["--kernel", DEBIAN.kernel, "--initrd", join(folder, "initrd"), "--append", APPEND, "--memory", "128M"];
    const socket = join(folder, "monitor");
    guest = new Conversation(["run", ...system, "--cdrom", cd("one"), "--nic", "user", "--monitor", `unix:${socket}`]);
    await guest.expect(/guest# /);
    monitor = await MonitorClient.open(socket);
    await run(
      `mkdir /cd; for m in ${MODULES.join(" ")}; do insmod /$m.ko; done; until [ -b /dev/sr0 -a -d /sys/class/net/eth0 ]; do sleep 0.1; done`,
    );
  }, 200_000);
  afterAll(() => {
    monitor?.close();
    guest?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a command prints that the guest can do. */
  async function run(command: string): Promise<string> {
    guest.type(`${command} && echo do""ne\n`);
    return guest.expect(/\r\ndone\r\n/);
  }

  test("a CD that is mounted is held; another one is another disc, of another size", { timeout: 100_000 }, async () => {
    const sectors = (name: string) => `\r\n${statSync(cd(name)).size / 512}\r\n`;
    expect(await run("mount -t iso9660 -o ro /dev/sr0 /cd && cat /cd/name /sys/block/sr0/size")).toContain(`disc one${sectors("one")}`);
    expect(await monitor.ask("info block")).toContain("Removable device: locked, tray closed");
    for (const command of ["eject ide1-cd0", `change ide1-cd0 ${cd("two")}`])
      expect(await monitor.ask(command)).toMatch(/^Error: the guest has locked the tray of ide1-cd0/);
    expect(await run("cat /cd/bytes | wc -c")).toContain("\r\n100000\r\n");
    await run("umount /cd");
    expect(await monitor.ask(`change ide1-cd0 ${cd("two")}`)).toBe("");
    expect(await run("mount -t iso9660 -o ro /dev/sr0 /cd && cat /cd/name /sys/block/sr0/size && cat /cd/bytes | wc -c")).toContain(
      `disc two${sectors("two")}300000\r\n`,
    );
    await run("umount /cd");
    expect(await monitor.ask("eject ide1-cd0")).toBe("");
    await run("! mount -t iso9660 -o ro /dev/sr0 /cd 2> /tmp/why && cat /tmp/why | grep -i medium");
  });

  test("a cable that is pulled out and put back", { timeout: 100_000 }, async () => {
    const until = (carrier: 0 | 1) => run(`until [ "$(cat ${CARRIER})" = ${carrier} ]; do sleep 0.1; done`);
    await run("ifconfig eth0 192.168.122.2 netmask 255.255.255.0 up");
    await until(1);
    await run("ping -c 1 -W 5 192.168.122.1");
    expect(await monitor.ask("set_link net0 off")).toBe("");
    await until(0);
    expect(await monitor.ask("set_link net0 on")).toBe("");
    await until(1);
    await run("ping -c 1 -W 5 192.168.122.1");
  });

  test("the power button; standing still takes no time of the guest's", { timeout: 100_000 }, async () => {
    const presses = "/sys/firmware/acpi/interrupts/ff_pwr_btn";
    expect(await run(`cat ${presses}`)).toMatch(/\r\n +0 /);
    expect(await monitor.ask("system_powerdown")).toBe("");
    await run(`until grep -q '^ *1 ' ${presses}; do sleep 0.1; done`);
    const uptime = async () => Number(/\r\n(\d+\.\d+) /.exec(await run("cat /proc/uptime"))![1]);
    const begun = performance.now();
    const before = await uptime();
    await monitor.ask("stop");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await monitor.ask("cont");
    const after = await uptime();
    expect(after - before).toBeLessThan((performance.now() - begun) / 1000 - 1);
    guest.type("exit\n");
    expect(await guest.ended).toBe(0);
  });
});
