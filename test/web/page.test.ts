import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lacks } from "../support/requirements.js";
import { CHROMIUM, PATIENCE, Site, type Visit } from "./browser.js";

describe.skipIf(lacks(CHROMIUM))("the page, in Chromium", { timeout: 2 * PATIENCE }, () => {
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

  test("a guest's shell runs at load and answers a command typed in the terminal", async () => {
    expect(await visit.terminalText()).toMatch(/Ringside teaching kernel/);
    await visit.type("echo seen from the ring side");
    await visit.terminalShows(/^seen from the ring side$/m);
  });

  test("nothing is asked of any other machine, and nothing fails", async () => {
    await visit.press("Pause");
    await visit.press("Step");
    expect(visit.requests.length).toBeGreaterThan(3);
    expect(visit.requests.filter((url) => !url.startsWith(site.address))).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });

  test("hello writes white on blue on the screen, and switches the machine off", async () => {
    await visit.press("Hello");
    await visit.activityIs("Powered off");
    await visit.terminalShows(/^Hello from ring 0!$/);
    await visit.page.getByRole("tab", { name: "Screen" }).click();
    await visit.screenShows(/Hello from ring 0!/);
    await expect.poll(() => visit.pixel(300, 300)).toEqual([0, 0, 170]);
    expect(await visit.page.locator("#screen").evaluate((canvas) => `${canvas["width"]} x ${canvas["height"]}`)).toBe("720 x 400");
  });

  test("keys pressed on the screen reach the guest through its keyboard controller", async () => {
    await visit.page.getByRole("tab", { name: "Screen" }).click();
    await visit.page.locator("#screen").click();
    await visit.page.keyboard.type("echo ", { delay: 20 });
    for (const key of ["Shift+KeyK", "KeyE", "KeyY", "KeyS", "Shift+Equal", "Digit2", "Enter"]) await visit.page.keyboard.press(key);
    await visit.screenShows(/^Keys\+2$/m);
  });

  test("a pause holds the machine still, a step executes one instruction, and it can go on", async () => {
    await visit.press("Pause");
    await visit.activityIs("Paused");
    const before = await visit.processor();
    await visit.page.waitForTimeout(300);
    expect(await visit.processor()).toEqual(before);
    await visit.press("Step");
    await expect.poll(async () => (await visit.processor()).instructions, { timeout: PATIENCE }).toBe(before.instructions + 1);
    const after = await visit.processor();
    expect(after.eip).not.toBe(before.eip);
    const shown = visit.page.locator("#registers div", { hasText: "EIP" }).locator("dd");
    await expect.poll(() => shown.textContent()).toBe(after.eip.toString(16).padStart(8, "0"));
    expect(await visit.page.locator("#code [aria-current]").textContent()).toContain(after.eip.toString(16));
    await visit.press("Run");
    await visit.type("echo went on");
    await visit.terminalShows(/^went on$/m);
  });

  test("the registers name the ring: the shell runs in ring 0 of protected mode with paging", async () => {
    await visit.press("Pause");
    await visit.activityIs("Paused");
    expect(await visit.processor()).toMatchObject({ mode: "protected", ring: 0, paging: "32-bit" });
    expect(await visit.page.locator("#ring-label").textContent()).toBe("Ring 0");
  });

  test("a reset starts the guest again", async () => {
    await visit.type("echo before");
    await visit.terminalShows(/^before$/m);
    await visit.press("Reset");
    await visit.terminalShows(/before[\s\S]*Ringside teaching kernel[\s\S]*ring0>$/);
  });

  test("a guest that waits in HLT leaves the host's processor alone", async () => {
    await visit.activityIs("Waiting in HLT");
    const busy = () => visit.page.locator("#busy").textContent();
    await expect.poll(async () => Number.parseInt((await busy()) ?? "100", 10), { timeout: PATIENCE }).toBeLessThan(10);
  });

  test("under the virtual clock a waiting guest's time does not run away from the visitor's", async () => {
    await visit.page.locator("#own").click();
    await visit.page.getByLabel("Start with").selectOption({ label: "Teaching kernel" });
    await visit.page.getByLabel("Clock").selectOption("virtual");
    await visit.press("Start");
    await visit.terminalShows(/ring0>$/);
    await visit.type("ticks");
    await visit.terminalShows(/\d+ ticks/);
    const ticks = async () => Number([...(await visit.terminalText()).matchAll(/(\d+) ticks/g)].at(-1)?.[1]);
    const [start, first] = [Date.now(), await ticks()];
    await visit.page.waitForTimeout(1500);
    await visit.type("ticks");
    await visit.terminalShows(/(\d+ ticks, 100 a second\s+ring0>.*\s*){2}$/);
    const passed = (await ticks()) - first;
    expect(passed).toBeGreaterThan(10);
    expect(passed).toBeLessThan(((Date.now() - start) / 1000 + 1) * 100);
  });

  test("suggested commands type themselves", async () => {
    await visit.press("rings");
    await visit.terminalShows(/ring0> rings\n[\s\S]*CPL 3[\s\S]*ring0>$/);
  });

  test("Control Alt G takes the keyboard out of the terminal and out of the screen", async () => {
    const focused = () => visit.page.evaluate("document.activeElement.id");
    await visit.page.locator("#terminal").click();
    await visit.page.keyboard.press("Control+Alt+g");
    expect(await focused()).toBe("run");
    await visit.page.getByRole("tab", { name: "Screen" }).click();
    await visit.page.locator("#screen").click();
    expect(await focused()).toBe("screen");
    await visit.page.keyboard.press("Control+Alt+g");
    expect(await focused()).toBe("run");
  });

  test("on a phone nothing is wider than the glass", async () => {
    const phone = await site.visit({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    expect(await phone.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await phone.page.getByRole("button", { name: "help", exact: true }).tap();
    await phone.terminalShows(/this list/);
    await phone.close();
  });
});
