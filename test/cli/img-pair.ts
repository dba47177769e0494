// The same commands for `ringside img` and for the real qemu-img, each in a folder of its own.
import { spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { img } from "../../cli/img/main.js";
import { QEMU_IMG, QEMU_IO } from "../disks/qemu-tools.js";

export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What depends on the host: room that files take, and who speaks. (And qemu-img forgets the end of some lines.) */
function normal({ code, out, err }: Printed): Printed {
  return {
    code,
    out: out.replace(/^disk size: .*$/gm, "disk size: -").replace(/"actual-size": \d+/g, '"actual-size": 0'),
    err: err
      .trimEnd()
      .replaceAll(/^(qemu-img|ringside): /gm, "img: ")
      .replaceAll(/'(qemu-img|ringside img) --help'/g, "'--help'"),
  };
}

/** Commands of qemu-img, or of qemu-io after "io". Throws where one fails. */
export function run(cwd: string, commands: readonly (readonly string[])[]): void {
  for (const [tool, ...args] of commands) {
    const [program, given] = tool === "io" ? [QEMU_IO, args] : [QEMU_IMG, [tool!, ...args]];
    const { status, stderr, stdout } = spawnSync(program, given, { cwd, encoding: "utf8", timeout: 60_000 });
    if (status !== 0 || /failed/.test(stdout)) throw new Error(`${tool} ${args.join(" ")}: ${stdout}${stderr}`);
  }
}

export class Pair {
  private readonly top = mkdtempSync(join(tmpdir(), "ringside-img-"));
  readonly theirs = join(this.top, "theirs");
  readonly ours = join(this.top, "ours");

  constructor() {
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
  copyFrom(folder: string): void {
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
    return { theirs: normal(this.qemuImg(this.theirs, args)), ours: normal(await this.ringside(args)) };
  }
}
