// The same commands for `ringside img` and for the real qemu-img, each in a folder of its own.
import { execFile, spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { img } from "../../cli/img/main.js";
import { QEMU_IMG, QEMU_IO } from "../block/tools.js";

export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** qemu-img in a process beside this one. */
function spawned(cwd: string, args: readonly string[]): Promise<Printed> {
  return new Promise((resolve) => {
    const child = execFile(QEMU_IMG, args, { cwd, encoding: "utf8", timeout: 60_000 }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

/** What depends on the host: room that files take, time, and who speaks. (And qemu-img forgets the end of some lines.) */
function normal({ code, out, err }: Printed): Printed {
  return {
    code,
    out: out
      .replace(/^disk size: .*$/gm, "disk size: -")
      .replace(/"actual-size": \d+/g, '"actual-size": 0')
      .replace(/^Run completed in \d+\.\d{3} /gm, "Run completed in 0 "),
    err: err
      .trimEnd()
      .replaceAll(/^(qemu-img|ringside): /gm, "img: ")
      .replaceAll(/'(qemu-img|ringside img) (--help|rebase|bitmap --remove)'/g, "'$2'"),
  };
}

/** Commands of qemu-img, or of qemu-io after "io". Throws where one fails. */
function run(cwd: string, commands: readonly (readonly string[])[]): void {
  for (const [tool, ...args] of commands) {
    const [program, given] = tool === "io" ? [QEMU_IO, args] : [QEMU_IMG, [tool!, ...args]];
    const { status, stderr, stdout } = spawnSync(program, given, { cwd, encoding: "utf8", timeout: 60_000 });
    if (status !== 0 || /failed/.test(stdout)) throw new Error(`${tool} ${args.join(" ")}: ${stdout}${stderr}`);
  }
}

let template: string | undefined;

function makeChain(): string {
  const folder = mkdtempSync(join(tmpdir(), "ringside-chain-"));
  run(folder, [
    ["create", "-q", "-f", "qcow2", "base.qcow2", "4M"],
    ["io", "-c", "write -P 1 0 1M", "-c", "write -z 1M 64k", "-c", "write -P 5 3M 64k", "base.qcow2"],
    ["create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "mid.qcow2"],
    ["io", "-c", "write -P 2 512k 128k", "-c", "write -z 0 64k", "mid.qcow2"],
    ["create", "-q", "-f", "qcow2", "-b", "mid.qcow2", "-F", "qcow2", "top.qcow2", "8M"],
    ["io", "-c", "write -P 3 256k 64k", "-c", "write -P 9 7M 64k", "top.qcow2"],
    ["create", "-q", "-f", "raw", "r.raw", "1M"],
    ["io", "-f", "raw", "-c", "write -P 7 0 1M", "r.raw"],
  ]);
  return folder;
}

function removeChain(): void {
  if (template !== undefined) rmSync(template, { recursive: true, force: true });
  template = undefined;
}

/** For the tests of a file, each of which finds two empty folders. */
export function pairForEachTest(): Pair {
  const pair = new Pair();
  beforeEach(() => pair.create());
  afterEach(() => pair.remove());
  afterAll(removeChain);
  return pair;
}

class Pair {
  private top = "";

  get theirs(): string {
    return join(this.top, "theirs");
  }

  get ours(): string {
    return join(this.top, "ours");
  }

  create(): void {
    this.top = mkdtempSync(join(tmpdir(), "ringside-img-"));
    mkdirSync(this.theirs);
    mkdirSync(this.ours);
  }

  remove(): void {
    process.chdir("/");
    rmSync(this.top, { recursive: true, force: true });
  }

  qemuImg(folder: string, args: readonly string[]): Printed {
    const { status, stdout, stderr } = spawnSync(QEMU_IMG, args, { cwd: folder, encoding: "utf8", timeout: 60_000 });
    return { code: status, out: stdout, err: stderr };
  }

  async ringside(args: readonly string[]): Promise<Printed> {
    let [out, err] = ["", ""];
    process.chdir(this.ours);
    const console = {
      out: (text: string) => {
        out += text;
      },
      err: (text: string) => {
        err += text;
      },
    };
    return { code: await img(args, console), out, err };
  }

  /** The real tools work in the one folder, and the other gets what is there then. */
  prepare(...commands: readonly (readonly string[])[]): void {
    run(this.theirs, commands);
    this.level();
  }

  /** Both folders hold what `folder` does. */
  private copyFrom(folder: string): void {
    cpSync(folder, this.theirs, { recursive: true, force: true });
    this.level();
  }

  /** Bytes of a file in both folders. */
  patch(file: string, at: number, bytes: readonly number[]): void {
    for (const folder of [this.theirs, this.ours]) {
      const handle = openSync(join(folder, file), "r+");
      writeSync(handle, Uint8Array.from(bytes), 0, bytes.length, at);
      closeSync(handle);
    }
  }

  private level(): void {
    cpSync(this.theirs, this.ours, { recursive: true, force: true });
  }

  /** What each prints for the same arguments, made comparable. */
  async both(args: readonly string[]): Promise<{ theirs: Printed; ours: Printed }> {
    const [theirs, ours] = await Promise.all([spawned(this.theirs, args), this.ringside(args)]);
    return { theirs: normal(theirs), ours: normal(ours) };
  }

  /** A chain of three qcow2 images, top.qcow2, mid.qcow2 and base.qcow2, and r.raw, in both folders. */
  chain(): void {
    template ??= makeChain();
    this.copyFrom(template);
  }

  /** Each command in both folders, one after the other, has the same to say. */
  async agree(...commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const args = (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
      const { theirs, ours } = await this.both(args);
      expect.soft(ours, command).toEqual(theirs);
    }
  }

  /** The real tool finds our image sound. */
  expectSound(image: string, command: string): void {
    expect.soft(this.qemuImg(this.ours, ["check", image]), `${command}: ${image}`).toMatchObject({ code: 0 });
  }

  /** The real tool sees the same in both folders. */
  expectSame(image: string, command: string): void {
    const same = this.qemuImg(this.ours, ["compare", image, `${this.theirs}/${image}`]);
    expect.soft(same, `${command}: ${image}`).toEqual({ code: 0, out: "Images are identical.\n", err: "" });
  }

  /** What lies in which image of a chain; where exactly does not matter. */
  expectSameLayers(image: string, command: string): void {
    const layers = (folder: string) => this.qemuImg(folder, ["map", "--output=json", image]).out.replace(/, "offset": \d+/g, "");
    expect.soft(layers(this.ours), command).toBe(layers(this.theirs));
  }
}
