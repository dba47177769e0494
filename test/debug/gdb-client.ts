// Real gdb, in batch mode, against a `ringside run --gdb`.
import { spawn, spawnSync } from "node:child_process";
import { Conversation } from "../support/conversation.js";

/** Whether the tests that need gdb are skipped: never where everything is required. */
export const lacksGdb = process.env["RINGSIDE_REQUIRE_ALL"] !== "1" && spawnSync("gdb", ["--version"]).status !== 0;

const SETTINGS = [
  "set pagination off",
  "set remotetimeout 60",
  "set confirm off",
  "set architecture i386",
  "set width 0",
  "set tcp connect-timeout 20",
];

/** Longer, in milliseconds, than any script here takes: what is stuck ends, with what was printed so far. */
const PATIENCE = 90_000;

/** A command for the script: when gdb has come here, `onReady` is called. */
export const READY = "echo <ready>\\n";

/** Run gdb with these commands; what it printed. */
export function gdb(port: number, commands: readonly string[], onReady?: () => void): Promise<string> {
  const all = [...SETTINGS, `target remote 127.0.0.1:${port}`, ...commands];
  const child = spawn("gdb", ["-nx", "-batch", ...all.flatMap((command) => ["-ex", command])], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE,
  });
  let output = "";
  let ready = onReady;
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString("latin1");
    if (!output.includes("<ready>")) return;
    ready?.();
    ready = undefined;
  });
  child.stderr.on("data", (data: Buffer) => {
    output += data.toString("latin1");
  });
  return new Promise((resolve) => child.on("close", () => resolve(output)));
}

/** The command with --gdb on a free port, and which that is. */
export class DebuggedGuest extends Conversation {
  constructor(args: readonly string[]) {
    super(["run", ...args, "--gdb", ":0"]);
  }

  async port(): Promise<number> {
    for (let i = 0; i < 1000; i++) {
      const match = /debugger.* on 127\.0\.0\.1:(\d+)/.exec(this.errors);
      if (match) return Number(match[1]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no port was told: ${this.errors}`);
  }
}

/** What gdb printed between two `echo`ed marks. */
export function between(output: string, from: string, to: string): string {
  const start = output.indexOf(from);
  const end = output.indexOf(to, start);
  if (start < 0 || end < 0) throw new Error(`${from} and ${to} are not in:\n${output}`);
  return output.slice(start + from.length, end);
}
