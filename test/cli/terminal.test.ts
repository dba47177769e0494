// Terminals, closed pipes and signals.
import { spawn, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { BIN } from "../support/command.js";
import { Conversation } from "../support/conversation.js";

const KERNEL = ["run", "--guest", "teaching-kernel"];
/** `script` of util-linux gives a command a terminal of its own; others of that name take other options. */
const hasScript = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");

/** A command line on a terminal, and what it shows. */
class OnTerminal {
  shown = "";
  readonly ended: Promise<number>;
  private readonly child;

  constructor(commandLine: string) {
    this.child = spawn("script", ["-qec", commandLine, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdout.on("data", (data: Buffer) => {
      this.shown += data.toString("latin1");
    });
    this.ended = new Promise((resolve) => this.child.on("close", (code) => resolve(code ?? -1)));
  }

  /** What `stty -g` printed before and after. */
  expectUnchanged(): void {
    const settings = this.shown.match(/[0-9a-f]+(:[0-9a-f]+){20,}/g) ?? [];
    expect(settings).toHaveLength(2);
    expect(settings[1]).toBe(settings[0]);
  }

  async showing(pattern: RegExp): Promise<void> {
    for (let i = 0; i < 1000 && !pattern.test(this.shown); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(this.shown).toMatch(pattern);
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }
}

describe.runIf(hasScript)("on a terminal", () => {
  const command = `"${process.execPath}" "${BIN}" ${KERNEL.join(" ")}`;

  test("Ctrl-A x leaves with exit code 0, Ctrl-A twice and Ctrl-C go to the guest, and the terminal is as it was", async () => {
    const terminal = new OnTerminal(`stty -g; ${command}; code=$?; stty -g; exit $code`);
    await terminal.showing(/ring0> $/);
    terminal.type("echo a\x01\x01b\x03c\r");
    await terminal.showing(/\nabc\r+\nring0> $/);
    terminal.type("\x01x");
    expect(await terminal.ended).toBe(0);
    terminal.expectUnchanged();
  });

  test("beside a debugger's port all is as ever: who types wants virtual seconds to last", async () => {
    const terminal = new OnTerminal(`${command} --clock virtual --gdb :0 --no-gdb-wait`);
    await terminal.showing(/a debugger can connect on 127\.0\.0\.1:\d+[\s\S]*ring0> $/);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    terminal.type("ticks\r");
    await terminal.showing(/(\d+) ticks, 100 a second[\s\S]*ring0> $/);
    // Time that nothing holds back would have brought some ten thousand in that second.
    expect(Number(/(\d+) ticks/.exec(terminal.shown)![1])).toBeLessThan(3000);
    terminal.type("\x01x");
    expect(await terminal.ended).toBe(0);
  });

  test("a signal gives the terminal back too", async () => {
    const terminal = new OnTerminal(`stty -g; sh -c 'echo pid $$; exec ${command}'; code=$?; stty -g; exit $code`);
    await terminal.showing(/ring0> $/);
    process.kill(Number(/^pid (\d+)/m.exec(terminal.shown)![1]), "SIGTERM");
    expect(await terminal.ended).toBe(0);
    terminal.expectUnchanged();
  });
});

describe("without one", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s leaves with exit code 0", async (signal) => {
    const guest = new Conversation(KERNEL);
    await guest.expect(/ring0> /);
    guest.signal(signal);
    expect([await guest.ended, guest.errors]).toEqual([0, ""]);
  });

  test("a reader that goes away ends the run, with a sentence and exit code 1", async () => {
    const child = spawn(process.execPath, [BIN, ...KERNEL], { stdio: ["pipe", "pipe", "pipe"] });
    let errors = "";
    child.stderr.on("data", (data: Buffer) => {
      errors += data.toString();
    });
    child.stdout.once("data", () => {
      child.stdout.destroy();
      child.stdin.write("help\r");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, errors]).toEqual([1, "ringside: standard output can not be written: its reader has gone\n"]);
  });

  test("input that the guest has not read yet does not keep a run that was left", { timeout: 30_000 }, async () => {
    const child = spawn(process.execPath, [BIN, ...KERNEL], { stdio: ["pipe", "pipe", "ignore"] });
    child.stdin.on("error", () => {});
    const ended = new Promise((resolve) => child.on("exit", resolve));
    let shown = "";
    child.stdout.on("data", (data: Buffer) => {
      if (shown === "") child.stdin.write("help\r".repeat(4000));
      shown += data.toString();
      if (shown.length > 4000) child.kill("SIGTERM");
    });
    expect(await ended).toBe(0);
    child.stdin.destroy();
  });

  test("a reader that takes nothing does not keep a run that was left", { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [BIN, ...KERNEL], { stdio: ["pipe", "pipe", "ignore"] });
    child.stdin.on("error", () => {});
    child.stdin.write("help\r".repeat(500));
    // It has begun: a buffer's worth is taken, and no more.
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    child.stdin.destroy();
    child.stdout.destroy();
  });
});
