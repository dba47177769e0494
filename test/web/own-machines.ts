import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { TranslationPolicy } from "../../core/translator/options.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { DEBIAN, lacks } from "../support/requirements.js";
import { PATIENCE, type Visits } from "./browser.js";

const file = (name: string, ...bytes: number[]) => ({ name, buffer: Buffer.from(bytes) });

/** LIDT [7C10H], where there is an empty table, then INT3. */
const TRIPLE_FAULT = [0x0f, 0x01, 0x1e, 0x10, 0x7c, 0xcc, ...new Array(26).fill(0)];
/** CLI, HLT. */
const DEAD = [0xfa, 0xf4];
/** MOV DX, 0F4H; MOV AL, 3; OUT DX, AL. */
const EXIT_WITH_7 = [0xba, 0xf4, 0x00, 0xb0, 0x03, 0xee, 0xeb, 0xfe];

/** Machines of the visitor's own: files, saved machines, and what is wrong with them. */
export function ownMachines(visits: Visits): void {
  test("a machine saved to a file continues on another visitor's page", async () => {
    await visits.now.type("echo remembered");
    await visits.now.terminalShows(/^remembered$/m);
    const [download] = await Promise.all([visits.now.page.waitForEvent("download"), visits.now.press("Save")]);
    expect(download.suggestedFilename()).toMatch(/^teaching-kernel-\d{4}-\d\d-\d\d-\d{4}\.ringside$/);
    const other = await visits.site.visit();
    await other.page.locator("#restore-file").setInputFiles(await download.path());
    await other.screenShows(/^remembered$/m);
    await other.type("echo and goes on");
    await other.terminalShows(/^and goes on$/m);
    expect(await other.terminalText()).not.toMatch(/Ringside teaching kernel/);
    await other.close();
  });

  test("a file that is no saved machine gets one sentence, and the machine goes on", async () => {
    await visits.now.page.locator("#restore-file").setInputFiles({ ...file("notes.txt", 1, 2, 3), mimeType: "text/plain" });
    await visits.now.noticeSays(/^This is no snapshot: .*\.$/);
    await visits.now.type("echo still here");
    await visits.now.terminalShows(/^still here$/m);
  });

  test("a kernel that is none gets one sentence, and the machine goes on", async () => {
    await visits.now.startOwn("kernel", { Kernel: file("bzImage", ...new Array(1024).fill(0x90)) });
    await visits.now.noticeSays(/^[A-Z][^\n]*\.$/);
    await visits.now.type("echo still here");
    await visits.now.terminalShows(/^still here$/m);
    await visits.now.press("Close");
    expect(await visits.now.page.locator("#notice").isVisible()).toBe(false);
  });

  test("a BIOS of an impossible size gets one sentence", async () => {
    await visits.now.startOwn("bios", { BIOS: file("bios.bin", 1, 2, 3) });
    await visits.now.noticeSays(/^A BIOS image has a multiple of 64 KiB.*\.$/);
  });

  test("a machine cannot be started without a file", async () => {
    await visits.now.startOwn("image", {});
    expect(await visits.now.page.locator("#form-problem").textContent()).toBe("Choose an image file first.");
  });

  test("a triple fault ends the run and is named", async () => {
    await visits.now.startOwn("image", { Image: file("fault.img", ...TRIPLE_FAULT) });
    await visits.now.activityIs("Triple fault");
    expect(await visits.now.page.getByRole("button", { name: "Run" }).isDisabled()).toBe(true);
    expect(await visits.now.processor()).toMatchObject({ mode: "real", eip: 0x7c05 });
  });

  test("HLT with interrupts off ends the run", async () => {
    await visits.now.startOwn("image", { Image: file("dead.img", ...DEAD) });
    await visits.now.activityIs("Halted for good");
  });

  test("a guest that ends the run with a code is told so", async () => {
    await visits.now.startOwn("image", { Image: file("exit.img", ...EXIT_WITH_7) });
    await visits.now.activityIs("Exited with 7");
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
    await visits.now.page.evaluate(drop);
    await expect.poll(() => visits.now.page.locator("#machine-dialog").isVisible(), { timeout: PATIENCE }).toBe(true);
    expect(await visits.now.page.evaluate("document.querySelector('#kernel-file').files[0].name")).toBe("vmlinuz");
    expect(await visits.now.page.evaluate("document.querySelector('#initrd-file').files[0].name")).toBe("initrd.gz");
  });

  test.skipIf(lacks(DEBIAN.bios, DEBIAN.videoBios))("SeaBIOS finds nothing to boot, and says so on the screen", async () => {
    await visits.now.startOwn("bios", { BIOS: DEBIAN.bios, "Video BIOS": DEBIAN.videoBios });
    await visits.now.page.getByRole("tab", { name: "Screen" }).click();
    await visits.now.screenShows(/SeaBIOS[\s\S]*No bootable device/);
  });

  describe.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox)).each(["on", "off", "eager"] satisfies TranslationPolicy[])(
    "translator %s",
    (translate) => {
      test("Debian 12's kernel with a busybox ramdisk boots to a shell, answers, and powers off", { timeout: 400_000 }, async () => {
        const initrd = { name: "initrd", buffer: Buffer.from(makeBusyboxInitramfs(readFileSync(DEBIAN.busybox))) };
        await visits.now.startOwn("kernel", { Kernel: DEBIAN.kernel, "Initial ramdisk": initrd }, translate);
        await visits.now.terminalShows(/guest#$/, 300_000);
        if (translate !== "off") await expect.poll(() => visits.now.regions(), { timeout: PATIENCE }).toBeGreaterThan(100);
        await visits.now.type("grep -c sse2 /proc/cpuinfo; echo $((6 * 7)) | tr 4 5");
        await visits.now.terminalShows(/^1\n52\nguest#$/m);
        await visits.now.press("Pause");
        await visits.now.activityIs("Paused");
        await visits.now.press("Run");
        await visits.now.type("exit");
        await visits.now.activityIs("Powered off");
        expect(await visits.now.terminalText()).toMatch(/Power down/);
      });
    },
  );
}
