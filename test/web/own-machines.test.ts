import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks } from "../support/requirements.js";
import { CHROMIUM, PATIENCE, Site, type Visit } from "./browser.js";

const file = (name: string, ...bytes: number[]) => ({ name, buffer: Buffer.from(bytes) });

/** LIDT [7C10H], where there is an empty table, then INT3. */
const TRIPLE_FAULT = [0x0f, 0x01, 0x1e, 0x10, 0x7c, 0xcc, ...new Array(26).fill(0)];
/** CLI, HLT. */
const DEAD = [0xfa, 0xf4];
/** MOV DX, 0F4H; MOV AL, 3; OUT DX, AL. */
const EXIT_WITH_7 = [0xba, 0xf4, 0x00, 0xb0, 0x03, 0xee, 0xeb, 0xfe];

describe.skipIf(lacks(CHROMIUM))("machines of the visitor's own, in Chromium", { timeout: 2 * PATIENCE }, () => {
  let site: Site;
  let visit: Visit;

  beforeAll(async () => {
    site = await Site.open();
  }, 300_000);
  afterAll(() => site?.close());
  beforeEach(async () => {
    visit = await site.visit();
  }, PATIENCE);
  afterEach(() => visit?.close());

  test("a machine saved to a file continues on another visitor's page", async () => {
    await visit.type("echo remembered");
    await visit.terminalShows(/^remembered$/m);
    const [download] = await Promise.all([visit.page.waitForEvent("download"), visit.press("Save")]);
    expect(download.suggestedFilename()).toMatch(/^teaching-kernel-\d{4}-\d\d-\d\d-\d{4}\.ringside$/);
    const other = await site.visit();
    await other.page.locator("#restore-file").setInputFiles(await download.path());
    await other.screenShows(/^remembered$/m);
    await other.type("echo and goes on");
    await other.terminalShows(/^and goes on$/m);
    expect(await other.terminalText()).not.toMatch(/Ringside teaching kernel/);
    await other.close();
  });

  test("a file that is no saved machine gets one sentence, and the machine goes on", async () => {
    await visit.page.locator("#restore-file").setInputFiles({ ...file("notes.txt", 1, 2, 3), mimeType: "text/plain" });
    await visit.noticeSays(/^This is no snapshot: .*\.$/);
    await visit.type("echo still here");
    await visit.terminalShows(/^still here$/m);
  });

  test("a kernel that is none gets one sentence, and the machine goes on", async () => {
    await visit.startOwn("kernel", { "Kernel bzImage or multiboot": file("bzImage", ...new Array(1024).fill(0x90)) });
    await visit.noticeSays(/^[A-Z][^\n]*\.$/);
    await visit.type("echo still here");
    await visit.terminalShows(/^still here$/m);
    await visit.press("Close");
    expect(await visit.page.locator("#notice").isVisible()).toBe(false);
  });

  test("a BIOS of an impossible size gets one sentence", async () => {
    await visit.startOwn("bios", { "BIOS a multiple": file("bios.bin", 1, 2, 3) });
    await visit.noticeSays(/^A BIOS image has a multiple of 64 KiB.*\.$/);
  });

  test("a machine cannot be started without a file", async () => {
    await visit.startOwn("image", {});
    expect(await visit.page.locator("#form-problem").textContent()).toBe("Choose an image file first.");
  });

  test("a triple fault ends the run and is named", async () => {
    await visit.startOwn("image", { Image: file("fault.img", ...TRIPLE_FAULT) });
    await visit.activityIs("Triple fault");
    expect(await visit.page.getByRole("button", { name: "Run" }).isDisabled()).toBe(true);
    expect(await visit.processor()).toMatchObject({ mode: "real", eip: 0x7c05 });
  });

  test("HLT with interrupts off ends the run", async () => {
    await visit.startOwn("image", { Image: file("dead.img", ...DEAD) });
    await visit.activityIs("Halted for good");
  });

  test("a guest that ends the run with a code is told so", async () => {
    await visit.startOwn("image", { Image: file("exit.img", ...EXIT_WITH_7) });
    await visit.activityIs("Exited with 7");
  });

  test("dropped files find their places in the dialog", async () => {
    const drop = `
      const files = new DataTransfer();
      const kernel = new Uint8Array(1024);
      kernel.set([..."HdrS"].map((c) => c.charCodeAt(0)), 0x202);
      files.items.add(new File([kernel], "vmlinuz"));
      files.items.add(new File([new Uint8Array([0x1f, 0x8b, 8, 0])], "initrd.gz"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
    `;
    await visit.page.evaluate(drop);
    await expect.poll(() => visit.page.locator("#machine-dialog").isVisible(), { timeout: PATIENCE }).toBe(true);
    expect(await visit.page.evaluate("document.querySelector('#kernel-file').files[0].name")).toBe("vmlinuz");
    expect(await visit.page.evaluate("document.querySelector('#initrd-file').files[0].name")).toBe("initrd.gz");
  });

  test.skipIf(lacks(DEBIAN.bios, DEBIAN.videoBios))("SeaBIOS finds nothing to boot, and says so on the screen", async () => {
    await visit.startOwn("bios", { "BIOS a multiple": DEBIAN.bios, "Video BIOS": DEBIAN.videoBios });
    await visit.page.getByRole("tab", { name: "Screen" }).click();
    await visit.screenShows(/SeaBIOS[\s\S]*No bootable device/);
  });

  test.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox))(
    "Debian 12's kernel with a busybox ramdisk boots to a shell, answers, and powers off",
    { timeout: 400_000 },
    async () => {
      const initrd = { name: "initrd", buffer: Buffer.from(makeBusyboxInitramfs(readFileSync(DEBIAN.busybox))) };
      await visit.startOwn("kernel", { "Kernel bzImage or multiboot": DEBIAN.kernel, "Initial ramdisk": initrd });
      await visit.terminalShows(/guest#$/, 300_000);
      await visit.type("grep -c sse2 /proc/cpuinfo; echo $((6 * 7)) | tr 4 5");
      await visit.terminalShows(/^1\n52\nguest#$/m);
      await visit.press("Pause");
      await visit.activityIs("Paused");
      await visit.press("Run");
      await visit.type("exit");
      await visit.activityIs("Powered off");
      expect(await visit.terminalText()).toMatch(/Power down/);
    },
  );
});
