import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assemble } from "../../guests/assembler/index.js";
import { DEBIAN, lacks, TOOLS } from "../support/requirements.js";
import { PATIENCE, Visit, type Visits } from "./browser.js";
import { callingGuest } from "./calling-guest.js";
import { countingGuest } from "./counting-guest.js";

const SECTOR = 512;

/** A disk on which the counting guest finds `count`. */
function image(count: number): Buffer {
  const bytes = Buffer.alloc(64 * SECTOR);
  bytes[3 * SECTOR] = count;
  return bytes;
}

/** What is started from a CD: says so, and waits. */
const cdBoot = assemble(
  "cd-boot.asm",
  `bits 16
org 0x7c00
  jmp 0:start
start:
  cli
  xor ax, ax
  mov ds, ax
  mov ss, ax
  mov sp, 0x7c00
  sti
  mov si, text
next:
  lodsb
  test al, al
  jz stop
  mov ah, 0x0e
  mov bx, 7
  int 0x10
  jmp next
stop:
  hlt
  jmp stop
text: db "started from the CD", 0
  times 2048 - ($ - $$) db 0
`,
).bytes;

/** A boot sector that counts, by INT 13h, how often it was booted from its disk, says it by INT 10h, and ends with a key. */
const bootCounter = assemble(
  "boot-counter.asm",
  `bits 16
org 0x7c00
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  mov ax, 0x0201
  mov bx, 0x8000
  mov cx, 2
  mov dh, 0
  int 0x13
  jc stop
  inc byte [0x8000]
  mov ax, 0x0301
  int 0x13
  jc stop
  mov si, text
next:
  lodsb
  test al, al
  jz number
  call put
  jmp next
number:
  mov al, [0x8000]
  add al, '0'
  call put
stop:
  mov ah, 0
  int 0x16
  out 0xf4, al
  jmp stop
put:
  mov ah, 0x0e
  mov bx, 7
  int 0x10
  ret
text: db "boot number ", 0
  times 510 - ($ - $$) db 0
  dw 0xaa55
`,
).bytes;

const files = (name: string, buffer: Buffer) => ({ name, buffer, mimeType: "application/octet-stream" });

/** The dialogs, as a visitor uses them. */
class Cabinet {
  constructor(private readonly visit: Visit) {}

  private get page() {
    return this.visit.page;
  }

  async create(contents: string, name: string, fill: () => Promise<void>): Promise<void> {
    await this.page.locator("#own").click();
    await this.page.getByRole("button", { name: "Disks in this browser" }).click();
    await this.page.getByLabel("What is on it").selectOption(contents);
    await fill();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.visit.press("Create");
    await this.page.getByRole("row", { name }).waitFor();
    await this.visit.press("Done");
    await this.visit.press("Cancel");
  }

  /** Count on a disk: what the guest says. */
  async count(name: string, base?: ReturnType<typeof files>): Promise<void> {
    const guest = { name: "counting.img", buffer: Buffer.from(countingGuest) };
    await this.visit.startOwn("image", { Image: guest }, "on", () => this.drive(name, "ide", base));
  }

  async drive(name: string, kind: string, base?: ReturnType<typeof files>): Promise<void> {
    if ((await this.page.locator("#drives li").count()) === 0) await this.visit.press("Add a disk");
    await this.page.getByLabel("Disk 1", { exact: true }).selectOption(`kept:${name}`);
    await this.page.getByLabel("Disk 1 is a").selectOption(kind);
    if (base) await this.page.getByLabel(/which disk 1 lies on/).setInputFiles(base);
  }
}

/** Disks that the browser keeps. */
export function disks(visits: Visits): void {
  test("what a guest writes to a disk of the browser's is there after a reload, and another tab can not have it meanwhile", async () => {
    const { now } = visits;
    const cabinet = new Cabinet(now);
    await cabinet.create("empty", "scratch.raw", () => now.page.getByLabel("Format").selectOption("raw").then());
    await cabinet.count("scratch.raw");
    await now.terminalShows(/^was 0$/m);
    await now.page.reload();
    await now.terminalShows(/ring0>$/);
    await cabinet.count("scratch.raw");
    await now.terminalShows(/^was 1$/m);
    const other = new Visit(await now.page.context().newPage());
    await other.page.goto(visits.site.address);
    await other.terminalShows(/ring0>$/);
    await new Cabinet(other).count("scratch.raw");
    await other.noticeSays(
      /^The disk scratch\.raw is in use by a machine, here or in another tab: that gives it back when another guest is started there\.$/,
    );
    await other.type("echo still here");
    await other.terminalShows(/^still here$/m);
    // The disk is given back with its machine.
    await now.press("Hello");
    await now.activityIs("Powered off");
    await new Cabinet(other).count("scratch.raw");
    await other.terminalShows(/^was 2$/m);
  });

  test("a qcow2 disk keeps what is written over a file, and over an image on a web server", async () => {
    const { now } = visits;
    const asked: (string | undefined)[] = [];
    const web = createServer((request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
      const part = image(7).subarray(Number(from), Number(to) + 1);
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Access-Control-Allow-Headers", "range");
      response.setHeader("Access-Control-Expose-Headers", "content-range, etag");
      if (request.method === "OPTIONS") return void response.end();
      asked.push(request.headers.range);
      response.writeHead(206, { "Content-Range": `bytes ${from}-${Number(from) + part.length - 1}/${64 * SECTOR}` }).end(part);
    });
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    const cabinet = new Cabinet(now);
    const base = files("base.img", image(3));
    await cabinet.create("file", "over-file.qcow2", () => now.page.getByLabel("From the file").setInputFiles(base));
    const address = `http://127.0.0.1:${(web.address() as AddressInfo).port}/disk.img`;
    await cabinet.create("address", "over-web.qcow2", () => now.page.getByRole("textbox", { name: "Web address" }).fill(address));
    for (const count of [3, 4]) {
      await cabinet.count("over-file.qcow2", base);
      await now.terminalShows(new RegExp(`^was ${count}$`, "m"));
      await now.activityIs(/^Exited/);
      await now.page.reload();
      await now.terminalShows(/ring0>$/);
    }
    await cabinet.count("over-file.qcow2", files("base.img", Buffer.alloc(SECTOR)));
    await now.noticeSays(/^The file base\.img is not the one that the disk over-file\.qcow2 was made on: it has 512 bytes, not 32768\.$/);
    for (const count of [7, 8]) {
      await cabinet.count("over-web.qcow2");
      await now.terminalShows(new RegExp(`^was ${count}$`, "m"));
    }
    expect(asked[0]).toBe("bytes=0-65535");
    web.close();
  });

  test.skipIf(lacks(DEBIAN.bios, DEBIAN.videoBios))(
    "SeaBIOS boots from a disk that was copied in; what comes out is what it wrote",
    async () => {
      const { now } = visits;
      const cabinet = new Cabinet(now);
      const disk = Buffer.concat([bootCounter, Buffer.alloc(2047 * SECTOR)]);
      await cabinet.create("copy", "boot.img", () => now.page.getByLabel("From the file").setInputFiles(files("boot.img", disk)));
      for (const [i, kind] of ["ide", "virtio"].entries()) {
        await now.startOwn("bios", { BIOS: DEBIAN.bios, "Video BIOS": DEBIAN.videoBios }, "on", () => cabinet.drive("boot.img", kind));
        await now.screenShows(new RegExp(`boot number ${i + 1}`));
      }
      // While it runs it keeps the disk; its machine is given up for that once it has ended.
      await now.page.locator("#own").click();
      await now.page.getByRole("button", { name: "Disks in this browser" }).click();
      await now.press("Download boot.img");
      const problem = () => now.page.locator("#disks-problem").textContent();
      await expect.poll(problem, { timeout: PATIENCE }).toMatch(/^The disk boot\.img is in use by a machine/);
      await now.press("Done");
      await now.press("Cancel");
      await now.page.getByRole("tab", { name: "Screen" }).click();
      await now.page.locator("#screen").click();
      await now.page.keyboard.press("q");
      await now.activityIs(/^Exited/);
      await now.page.locator("#own").click();
      await now.page.getByRole("button", { name: "Disks in this browser" }).click();
      const [download] = await Promise.all([now.page.waitForEvent("download"), now.press("Download boot.img")]);
      const written = readFileSync(await download.path());
      expect(written.length).toBe(disk.length);
      expect(written[SECTOR]).toBe(2);
      now.page.on("dialog", (dialog) => void dialog.accept());
      await now.press("Delete boot.img");
      await expect.poll(() => now.page.locator("#kept-none").isVisible(), { timeout: PATIENCE }).toBe(true);
    },
  );

  test("a saved machine with a disk and a card goes on where both are plugged in again, and says what it lacks where they are not", async () => {
    const { now } = visits;
    const cabinet = new Cabinet(now);
    await cabinet.create("empty", "kept.qcow2", async () => {});
    const guest = { name: "calling.img", buffer: Buffer.from(callingGuest("nobody hears it")) };
    // The page may show a machine that runs before it is the one that was asked for.
    const machines = () => now.page.evaluate("window.ringside.machines()");
    const before = Number(await machines());
    await now.startOwn("image", { Image: guest }, "on", async () => {
      await cabinet.drive("kept.qcow2", "virtio");
      await now.page.getByLabel("The network card is plugged into").selectOption("tabs");
      await now.page.locator("#network-model").selectOption("ne2k_pci");
    });
    await expect.poll(machines, { timeout: PATIENCE }).toBe(before + 1);
    await now.activityIs("Running");
    const [download] = await Promise.all([now.page.waitForEvent("download"), now.press("Save")]);
    const file = await download.path();
    await now.page.locator("#restore-file").setInputFiles(file);
    await expect.poll(machines, { timeout: PATIENCE }).toBe(before + 2);
    await now.activityIs("Running");
    await now.page.reload();
    await now.terminalShows(/ring0>$/);
    await now.page.locator("#restore-file").setInputFiles(file);
    await now.noticeSays(/^The snapshot is of a machine that has (nic0|virtio-disk-0), which is not here\.$/);
  });

  const tools = [DEBIAN.bios, DEBIAN.videoBios, TOOLS.genisoimage];
  test.skipIf(lacks(...tools))("SeaBIOS starts from a file as a CD if that is to come first; a file as a disk is read only", async () => {
    const { now } = visits;
    const folder = mkdtempSync(join(tmpdir(), "ringside-"));
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree/boot.bin"), cdBoot);
    const iso = join(folder, "boot.iso");
    execFileSync(TOOLS.genisoimage, ["-quiet", "-b", "boot.bin", "-no-emul-boot", "-boot-load-size", "4", "-o", iso, join(folder, "tree")]);
    const choose = async (place: number, kind: string, file: string | ReturnType<typeof files>) => {
      await now.press("Add a disk");
      await now.page.getByLabel(`Disk ${place}`, { exact: true }).selectOption("file");
      await now.page.getByLabel(`Disk ${place} is a`).selectOption(kind);
      await now.page.getByLabel(`File of disk ${place}`).setInputFiles(file);
    };
    const disk = Buffer.concat([bootCounter, Buffer.alloc(2047 * SECTOR)]);
    await now.startOwn("bios", { BIOS: DEBIAN.bios, "Video BIOS": DEBIAN.videoBios }, "on", async () => {
      await choose(1, "ide", files("disk.img", disk));
      await choose(2, "cdrom", iso);
      await now.page.getByLabel("Boot from").selectOption("cdrom");
    });
    await now.screenShows(/started from the CD/);
    await now.startOwn("image", { Image: { name: "counting.img", buffer: Buffer.from(countingGuest) } }, "on", async () => {
      await now.press("Remove disk 2");
      await now.page.getByLabel("File of disk 1").setInputFiles(files("base.img", image(5)));
    });
    await now.terminalShows(/^was 5\n *the disk failed$/m);
    rmSync(folder, { recursive: true });
  });
}
