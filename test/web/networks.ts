import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks, TOP } from "../support/requirements.js";
import { PATIENCE, Visit, type Visits } from "./browser.js";
import { callingGuest } from "./calling-guest.js";

const MODULE = join(DEBIAN.modules, "e1000.ko");
const FILE_BYTES = 1 << 18;
/** Without the kernel's tests of its clocks and of its cryptography it is there in half the time. */
const COMMAND_LINE = "console=ttyS0 quiet nokaslr net.ifnames=0 tsc=reliable lpj=4000000 no_timer_check cryptomgr.notests";

const DHCP_SCRIPT = `#!/bin/sh
[ "$1" = bound ] || exit 0
ifconfig $interface $ip netmask $subnet
route add default gw $router
echo nameserver $dns > /etc/resolv.conf
`;
const UP_SCRIPT = `insmod /e1000.ko && ifconfig eth0 up && udhcpc -i eth0 -q -n -x hostname:pagoda -s /dhcp.sh >/dev/null 2>&1
echo up: $?.
`;

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Networks of machines in the page: Debian's kernel and busybox fetch from a server of this host. */
export function networks(visits: Visits): void {
  describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox, MODULE))("a guest with a card", () => {
    const file = Uint8Array.from({ length: FILE_BYTES }, (_, index) => (index * index * 31) >> 7);
    const sum = createHash("md5").update(file).digest("hex");
    const asked: string[] = [];
    const web = createServer((request, response) => {
      asked.push(`${request.method} ${request.headers.host} ${request.url}`);
      response.setHeader("Access-Control-Allow-Origin", request.url === "/closed" ? "http://elsewhere.example" : "*");
      response.end(file);
    });
    let port = 0;
    let relay: Awaited<ReturnType<typeof listening>> | undefined;

    beforeAll(async () => {
      web.listen(0, "127.0.0.1");
      await once(web, "listening");
      port = (web.address() as AddressInfo).port;
      const origin = new URL(visits.site.address).origin;
      relay = await listening("relay", "--listen", "ws://127.0.0.1:0", "--origin", origin, "--net", "user,hostaccess=on");
    }, PATIENCE);
    afterAll(() => {
      relay?.process.kill("SIGINT");
      web.close();
    });

    async function boot(): Promise<void> {
      const { now } = visits;
      const initrd = makeBusyboxInitramfs(readFileSync(DEBIAN.busybox), [
        { path: "e1000.ko", content: readFileSync(MODULE) },
        { path: "etc" },
        { path: "dhcp.sh", content: bytesOf(DHCP_SCRIPT), executable: true },
        { path: "up.sh", content: bytesOf(UP_SCRIPT) },
      ]);
      const files = { Kernel: DEBIAN.kernel, "Initial ramdisk": { name: "initrd", buffer: Buffer.from(initrd) } };
      await now.startOwn("kernel", files, "on", async () => {
        await now.page.getByLabel("Command line").fill(COMMAND_LINE);
        await now.page.getByLabel("Memory").selectOption("64");
        await now.page.getByLabel("The network card is plugged into").selectOption("fetch");
      });
      await now.terminalShows(/guest#$/, 300_000);
      await now.type("sh /up.sh");
      await now.terminalShows(/^up: 0\.$/m, 120_000);
    }

    /** The same machine goes on with its card plugged into a relay. */
    async function moveTo(address: string): Promise<void> {
      const { now } = visits;
      const [saved] = await Promise.all([now.page.waitForEvent("download", { timeout: 120_000 }), now.press("Save")]);
      await now.page.locator("#own").click();
      await now.page.getByLabel("The network card is plugged into").selectOption("relay");
      await now.page.getByLabel("WebSocket").fill(address);
      await now.press("Cancel");
      await now.page.locator("#restore-file").setInputFiles(await saved.path());
      await expect.poll(panel, { timeout: PATIENCE }).toMatch(/Network: the relay ws:\S+ is there/);
    }

    /** What a command prints, once it has ended. */
    async function run(command: string): Promise<string> {
      const { now } = visits;
      const before = (await now.terminalText()).length;
      await now.type(`${command}; echo ended: $?.`);
      await now.terminalShows(/^ended: \d+\.\nguest#$/m, 120_000);
      await expect.poll(async () => (await now.terminalText()).slice(before), { timeout: 120_000 }).toMatch(/^ended: \d+\.$/m);
      return (await now.terminalText()).slice(before);
    }

    const panel = async () => (await visits.now.page.locator("#network").textContent()) ?? "";

    test("downloads by the page's own requests, and through `ringside relay`", { timeout: 400_000 }, async () => {
      await boot();
      await expect.poll(panel, { timeout: PATIENCE }).toMatch(/192\.168\.122\.2\s*52:54:00:12:34:56\s*pagoda/);
      const url = `http://files.localhost:${port}`;
      expect(await run(`wget -q -O - ${url}/fetched | md5sum`)).toContain(sum);
      expect(asked).toContain(`GET files.localhost:${port} /fetched`);
      // What is not HTTP is reset, and the page says why.
      expect(await run(`wget -O - ${url}/closed`)).toMatch(/502 Bad Gateway/);
      await run(`printf '\\026\\003\\001' | nc files.localhost ${port}`);
      const reset = new RegExp(`The connection to files\\.localhost:${port} was reset: the guest speaks TLS`);
      await expect.poll(panel, { timeout: PATIENCE }).toMatch(reset);
      expect(await panel()).toMatch(/could not fetch http:\/\/files\.localhost:\d+\/closed: .*\(CORS\)/);

      await moveTo(relay!.address);
      expect(await run(`wget -q -O - http://192.168.122.1:${port}/relayed | md5sum`)).toContain(sum);
      expect(asked).toContain(`GET 192.168.122.1:${port} /relayed`);
      // The relay's policy.
      expect(await run("nc -w 5 10.0.0.1 80 </dev/null")).toMatch(/ended: 1\./);
    });
  });

  async function call(visit: Visit, name: string, kind: string, address?: string): Promise<void> {
    await visit.startOwn("image", { Image: { name: `${name}.img`, buffer: Buffer.from(callingGuest(name)) } }, "on", async () => {
      await visit.page.getByLabel("The network card is plugged into").selectOption(kind);
      await visit.page.locator("#network-model").selectOption("ne2k_pci");
      if (address) await visit.page.getByLabel("WebSocket").fill(address);
    });
  }

  test("machines of two tabs hear each other, and one in a page hears one behind `ringside switch`", {
    timeout: 4 * PATIENCE,
  }, async () => {
    const { now, site } = visits;
    const other = new Visit(await now.page.context().newPage());
    await other.page.goto(site.address);
    await other.terminalShows(/ring0>$/);
    await call(now, "first", "tabs");
    await call(other, "second", "tabs");
    await now.terminalShows(/^heard second$/m);
    await other.terminalShows(/^heard first$/m);

    const origin = new URL(site.address).origin;
    const hub = await listening("switch", "--listen", "ws://127.0.0.1:0", "--origin", origin);
    try {
      await call(now, "third", "switch", hub.address);
      await call(other, "fourth", "switch", hub.address);
      await now.terminalShows(/^heard fourth$/m);
      await other.terminalShows(/^heard third$/m);
    } finally {
      hub.process.kill("SIGINT");
    }
  });
}

/** A command of ours that says where it listens. */
async function listening(...words: readonly string[]): Promise<{ readonly process: ChildProcess; readonly address: string }> {
  const child = spawn(process.execPath, [join(TOP, "cli/bin.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout!), "line");
  return { process: child, address: `${/ws:\/\/127\.0\.0\.1:\d+/.exec(String(line))![0]}/` };
}
