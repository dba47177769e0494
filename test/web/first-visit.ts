import { expect, test } from "vitest";
import { PATIENCE, type Visits } from "./browser.js";

/** What a visitor finds, and can do with, the guests that come along. */
export function firstVisit(visits: Visits): void {
  test("a guest's shell runs at load and answers a command typed in the terminal", async () => {
    expect(await visits.now.terminalText()).toMatch(/Ringside teaching kernel/);
    await visits.now.type("echo seen from the ring side");
    await visits.now.terminalShows(/^seen from the ring side$/m);
  });

  test("nothing is asked of any other machine, and nothing fails", async () => {
    await visits.now.press("Pause");
    await visits.now.press("Step");
    expect(visits.now.requests.length).toBeGreaterThan(3);
    expect(visits.now.requests.filter((url) => !url.startsWith(visits.site.address))).toEqual([]);
    expect(visits.now.complaints).toEqual([]);
  });

  test("hello writes white on blue on the screen, and switches the machine off", async () => {
    await visits.now.press("Hello");
    await visits.now.activityIs("Powered off");
    await visits.now.terminalShows(/^Hello from ring 0!$/);
    await visits.now.page.getByRole("tab", { name: "Screen" }).click();
    await visits.now.screenShows(/Hello from ring 0!/);
    await expect.poll(() => visits.now.pixel(300, 300)).toEqual([0, 0, 170]);
    expect(await visits.now.page.locator("#screen").evaluate((canvas) => `${canvas["width"]} x ${canvas["height"]}`)).toBe("720 x 400");
  });

  test("keys pressed on the screen reach the guest through its keyboard controller", async () => {
    await visits.now.page.getByRole("tab", { name: "Screen" }).click();
    await visits.now.page.locator("#screen").click();
    await visits.now.page.keyboard.type("echo ", { delay: 20 });
    for (const key of ["Shift+KeyK", "KeyE", "KeyY", "KeyS", "Shift+Equal", "Digit2", "Enter"]) await visits.now.page.keyboard.press(key);
    await visits.now.screenShows(/^Keys\+2$/m);
  });

  test("a pause holds the machine still, a step executes one instruction, and it can go on", async () => {
    await visits.now.press("Pause");
    await visits.now.activityIs("Paused");
    const before = await visits.now.processor();
    await visits.now.page.waitForTimeout(300);
    expect(await visits.now.processor()).toEqual(before);
    await visits.now.press("Step");
    await expect.poll(async () => (await visits.now.processor()).instructions, { timeout: PATIENCE }).toBe(before.instructions + 1);
    const after = await visits.now.processor();
    expect(after.eip).not.toBe(before.eip);
    const shown = visits.now.page.locator("#registers div", { hasText: "EIP" }).locator("dd");
    await expect.poll(() => shown.textContent()).toBe(after.eip.toString(16).padStart(8, "0"));
    expect(await visits.now.page.locator("#code [aria-current]").textContent()).toContain(after.eip.toString(16));
    await visits.now.press("Run");
    await visits.now.type("echo went on");
    await visits.now.terminalShows(/^went on$/m);
  });

  test("the registers name the ring: the shell runs in ring 0 of protected mode with paging", async () => {
    await visits.now.press("Pause");
    await visits.now.activityIs("Paused");
    expect(await visits.now.processor()).toMatchObject({ mode: "protected", ring: 0, paging: "32-bit" });
    expect(await visits.now.page.locator("#ring-label").textContent()).toBe("Ring 0");
  });

  test("a reset starts the guest again", async () => {
    await visits.now.type("echo before");
    await visits.now.terminalShows(/^before$/m);
    await visits.now.press("Reset");
    await visits.now.terminalShows(/before[\s\S]*Ringside teaching kernel[\s\S]*ring0>$/);
  });

  test("a guest that waits in HLT leaves the host's processor alone", async () => {
    await visits.now.activityIs("Waiting in HLT");
    const busy = () => visits.now.page.locator("#busy").textContent();
    await expect.poll(async () => Number.parseInt((await busy()) ?? "100", 10), { timeout: PATIENCE }).toBeLessThan(10);
  });

  test("under the virtual clock a waiting guest's time does not run away from the visitor's", async () => {
    await visits.now.page.locator("#own").click();
    await visits.now.page.getByLabel("Start with").selectOption({ label: "Teaching kernel" });
    await visits.now.page.getByLabel("Clock").selectOption("virtual");
    await visits.now.press("Start");
    await expect.poll(() => visits.now.page.evaluate("window.ringside.machines()")).toBe(2);
    await visits.now.terminalShows(/ring0>$/);
    await visits.now.type("ticks");
    await visits.now.terminalShows(/\d+ ticks/);
    const ticks = async () => Number([...(await visits.now.terminalText()).matchAll(/(\d+) ticks/g)].at(-1)?.[1]);
    const [start, first] = [Date.now(), await ticks()];
    await visits.now.page.waitForTimeout(1500);
    await visits.now.type("ticks");
    await visits.now.terminalShows(/(\d+ ticks, 100 a second\s+ring0>.*\s*){2}$/);
    const passed = (await ticks()) - first;
    expect(passed).toBeGreaterThan(10);
    expect(passed).toBeLessThan(((Date.now() - start) / 1000 + 1) * 100);
  });

  test("the teaching kernel answers the same with the translator on, off and translating at once", { timeout: 6 * PATIENCE }, async () => {
    const answers: string[] = [];
    for (const [n, policy] of ["off", "on", "eager"].entries()) {
      await visits.now.page.locator("#own").click();
      await visits.now.page.getByLabel("Start with").selectOption({ label: "Teaching kernel" });
      await visits.now.page.getByLabel("Translator").selectOption(policy);
      await visits.now.press("Start");
      await expect.poll(() => visits.now.page.evaluate("window.ringside.machines()")).toBe(2 + n);
      for (const command of ["rings", "preempt", "pagefault", "syscall", "sensitive"]) {
        await visits.now.terminalShows(/ring0>$/);
        await visits.now.type(command);
        await visits.now.terminalShows(new RegExp(`ring0> ${command}\\n[\\s\\S]*ring0>$`));
      }
      answers.push(await visits.now.terminalText());
      if (policy === "off") expect(await visits.now.regions()).toBe(undefined);
      else await expect.poll(() => visits.now.regions(), { timeout: PATIENCE }).toBeGreaterThan(0);
    }
    expect(answers[1]).toBe(answers[0]);
    expect(answers[2]).toBe(answers[0]);
  });

  test("suggested commands type themselves", async () => {
    await visits.now.press("rings");
    await visits.now.terminalShows(/ring0> rings\n[\s\S]*CPL 3[\s\S]*ring0>$/);
  });

  test("Control Alt G takes the keyboard out of the terminal and out of the screen", async () => {
    const focused = () => visits.now.page.evaluate("document.activeElement.id");
    await visits.now.page.locator("#terminal").click();
    await visits.now.page.keyboard.press("Control+Alt+g");
    expect(await focused()).toBe("run");
    await visits.now.page.getByRole("tab", { name: "Screen" }).click();
    await visits.now.page.locator("#screen").click();
    expect(await focused()).toBe("screen");
    await visits.now.page.keyboard.press("Control+Alt+g");
    expect(await focused()).toBe("run");
  });

  test("on a phone nothing is wider than the glass", async () => {
    const phone = await visits.site.visit({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    expect(await phone.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await phone.page.getByRole("button", { name: "help", exact: true }).tap();
    await phone.terminalShows(/this list/);
    await phone.close();
  });
}
