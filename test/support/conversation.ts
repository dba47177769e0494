import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { TOP } from "./requirements.js";

/** The `ringside` command in a process of its own, and a script's side of its serial line. */
export class Conversation {
  output = "";
  errors = "";
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;
  private read = 0;
  private closed = false;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [join(TOP, "cli/bin.js"), ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stdout!.on("data", (data: Buffer) => {
      this.output += data.toString("latin1");
    });
    this.child.stderr!.on("data", (data: Buffer) => {
      this.errors += data.toString("latin1");
    });
    this.ended = new Promise((resolve) =>
      this.child.on("close", (code) => {
        this.closed = true;
        resolve(code ?? -1);
      }),
    );
  }

  /** Wait until `pattern` comes after what was last waited for; returns what came up to its end. */
  async expect(pattern: RegExp, seconds = 120): Promise<string> {
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      const match = pattern.exec(this.output.slice(this.read));
      if (match) {
        const text = this.output.slice(this.read, this.read + match.index + match[0].length);
        this.read += match.index + match[0].length;
        return text;
      }
      if (this.closed) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${pattern} did not come; last output:\n${this.output.slice(-1500)}\n${this.errors.slice(-500)}`);
  }

  onOutput(listener: (text: string) => void): void {
    this.child.stdout!.on("data", (data: Buffer) => listener(data.toString("latin1")));
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Done when it is gone, with the sockets that it listened at. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }
}
