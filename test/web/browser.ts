import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import type { TranslationPolicy } from "../../core/translator/options.js";
import { TOP } from "../support/requirements.js";

/** The browser that the page is tested in; CHROMIUM names another. */
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Milliseconds that something on the page may take while other tests use the machine too. */
export const PATIENCE = 60_000;

/** `npm start` in a process of its own, and a browser to visit it with. */
export class Site {
  private constructor(
    readonly address: string,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
  ) {}

  static async open(): Promise<Site> {
    const server = spawn(process.execPath, [join(TOP, "cli/start.js"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    const address = await new Promise<string>((resolve, reject) => {
      server.on("exit", (code) => reject(new Error(`npm start ended with exit code ${code}`)));
      createInterface(server.stdout!).on("line", (line) => {
        const found = /http:\/\/localhost:\d+\//.exec(line);
        if (found) resolve(found[0]);
      });
    });
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    return new Site(address, server, browser);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.kill();
  }

  /** The page as a new visitor finds it, once the first guest's shell waits for a command. */
  async visit(options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const visit = new Visit(await context.newPage());
    await visit.page.goto(this.address);
    try {
      await visit.terminalShows(/ring0>$/);
    } catch (error) {
      await visit.close();
      throw error;
    }
    return visit;
  }
}

/** The site under test, and the visit of the test that runs. */
export interface Visits {
  site: Site;
  now: Visit;
}

interface Seen {
  readonly eip: number;
  readonly instructions: number;
  readonly mode: string;
  readonly ring: number;
}

/** One visitor's page, and everything it asked the network for or complained about. */
export class Visit {
  readonly requests: string[] = [];
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("requestfailed", (request) => this.complaints.push(`failed: ${request.url()}`));
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  terminalText(): Promise<string> {
    return this.page.evaluate("window.ringside?.terminalText() ?? ''");
  }

  async terminalShows(pattern: RegExp, timeout = PATIENCE): Promise<void> {
    await expect.poll(() => this.terminalText(), { timeout, interval: 100 }).toMatch(pattern);
  }

  async screenShows(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.page.locator("#screen-text").textContent(), { timeout: PATIENCE, interval: 100 }).toMatch(pattern);
  }

  async activityIs(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.page.locator("#activity").textContent(), { timeout: PATIENCE, interval: 50 }).toMatch(text);
  }

  async noticeSays(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.page.locator("#notice-text").textContent(), { timeout: PATIENCE, interval: 50 }).toMatch(pattern);
  }

  /** Type on the serial line, by key presses in the terminal. */
  async type(text: string): Promise<void> {
    await this.page.locator("#terminal").click();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  processor(): Promise<Seen> {
    return this.page.evaluate("window.ringside.processor()");
  }

  /** Regions that the translator has made for this machine, as the panel says; undefined where it says that there is no translator. */
  async regions(): Promise<number | undefined> {
    const text = (await this.page.locator("#translation").textContent()) ?? "";
    if (text === "Translator: off") return undefined;
    const figures = /^Translator: ([\d,]+) regions?, [\d,]+ instructions?, (\d+ KiB|\d+\.\d MiB)$/.exec(text);
    return Number(figures?.[1]?.replaceAll(",", ""));
  }

  /** Red, green and blue of a point of the screen, in its own pixels. */
  pixel(x: number, y: number): Promise<number[]> {
    return this.page.evaluate(`[...document.querySelector("#screen").getContext("2d").getImageData(${x}, ${y}, 1, 1).data].slice(0, 3)`);
  }

  /** Start a machine of the visitor's own through the dialog. `more`: what else is filled in. */
  async startOwn(
    kind: "kernel" | "image" | "bios",
    files: Readonly<Record<string, string | { name: string; buffer: Buffer }>>,
    translate: TranslationPolicy = "on",
    more: () => Promise<void> = async () => {},
  ): Promise<void> {
    await this.page.locator("#own").click();
    await this.page.getByLabel("Start with").selectOption(kind);
    await this.page.getByLabel("Translator").selectOption(translate);
    for (const [label, file] of Object.entries(files)) {
      const field = this.page.getByLabel(new RegExp(`^\\s*${label}\\b`));
      await field.setInputFiles(typeof file === "string" ? file : { ...file, mimeType: "application/octet-stream" });
    }
    await more();
    await this.press("Start");
  }
}
