// `npm run bench:page`: the kit's kernel booted by the page in headless Chromium and by Node, in alternating rounds; seconds from start to
// userspace, and their ratio. In Node that includes starting the process; on the page, reading the files that the visitor chose.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { type Browser, chromium, type Page } from "playwright-core";
import { figure, table } from "../cli/table.js";
import { EMULATORS } from "./emulators.js";
import { runGuest } from "./guest-run.js";
import { beTheOnlyBench, waitUntilQuiet } from "./host.js";
import { GUEST_MEGABYTES, HOW_TO_BUILD, isBuilt, KIT, kernelCommandLine, NOTHING, TOP } from "./kit.js";
import { wholeNumber } from "./options.js";
import { median } from "./statistics.js";

const WORK = { programs: [NOTHING], scale: 100 };
/** Seconds that anything on the page may take. */
const LIMIT = 300;
/** Milliseconds between two looks at the page. */
const LOOK = 25;

/** What `npm start` serves, on a port of its own. */
async function startServer(): Promise<{ server: ChildProcess; address: string }> {
  const server = spawn(process.execPath, [join(TOP, "cli/start.js"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => server.kill());
  for await (const line of createInterface(server.stdout)) {
    const address = /http:\/\/localhost:\d+\//.exec(line)?.[0];
    if (address) return { server, address };
  }
  throw new Error("the page's server ended");
}

async function terminalShows(page: Page, pattern: RegExp): Promise<void> {
  for (const deadline = Date.now() + LIMIT * 1000; Date.now() < deadline; await sleep(LOOK)) {
    const text = String(await page.evaluate("window.ringside?.terminalText() ?? ''"));
    if (pattern.test(text)) return;
    if (/Kernel panic/.test(text)) break;
  }
  throw new Error(`the page's terminal did not show ${pattern}`);
}

/** Seconds from the press of Start to the first line of userspace, as a visitor does it. */
async function bootOnPage(browser: Browser, address: string): Promise<number> {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    // The first guest is up.
    await terminalShows(page, /ring0>$/);
    await page.locator("#own").click();
    await page.locator("#source").selectOption("kernel");
    await page.locator("#kernel-file").setInputFiles(KIT.kernel);
    await page.locator("#initrd-file").setInputFiles(KIT.initrd);
    await page.locator("#command-line").fill(kernelCommandLine(WORK));
    await page.locator("#memory").selectOption(String(GUEST_MEGABYTES));
    const start = performance.now();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await terminalShows(page, /USERSPACE/);
    return (performance.now() - start) / 1000;
  } finally {
    await page.close();
  }
}

async function bootInNode(): Promise<number> {
  return (await runGuest(EMULATORS.ringside.command(WORK))).boot.seconds;
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

const options = new Command("npm run bench:page --")
  .description("Boots the bench kit's kernel on the page in Chromium and in Node, and compares.")
  .option("--rounds <number>", "times that each boots", wholeNumber(1), 3)
  .option("--quiet <seconds>", "longest wait for a quiet machine before each boot", wholeNumber(0), 60)
  .option("--chromium <file>", "the browser", "/usr/bin/chromium")
  .parse()
  .opts<{ rounds: number; quiet: number; chromium: string }>();
if (!isBuilt()) fail(HOW_TO_BUILD);
if (!existsSync(options.chromium)) fail(`there is no ${options.chromium}`);
await beTheOnlyBench();
const { server, address } = await startServer();
const browser = await chromium.launch({ executablePath: options.chromium });

const places = { Chromium: () => bootOnPage(browser, address), Node: bootInNode };
type Place = keyof typeof places;
const seconds: Record<Place, number[]> = { Chromium: [], Node: [] };
for (let round = 1; round <= options.rounds; round++)
  for (const place of Object.keys(places) as Place[]) {
    await waitUntilQuiet(options.quiet);
    const time = await places[place]();
    seconds[place].push(time);
    console.error(`round ${round}, ${place}: userspace after ${time.toFixed(2)} s`);
  }

const [page, node] = [median(seconds.Chromium), median(seconds.Node)];
console.log(`Chromium ${browser.version()}; Node ${process.version}; rounds: ${options.rounds}\n`);
console.log(
  table(
    ["start to userspace", "s"],
    [
      ["the page in Chromium", figure(page, 2)],
      ["Node", figure(node, 2)],
    ],
  ),
);
console.log(`\nthe page's speed is ${figure((100 * node) / page, 0)} % of Node's`);
await browser.close();
server.kill();
