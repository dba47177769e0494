// What can run the kit: how each is started, and whether it is installed here. Each prints the guest's first serial line on standard output.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { GUEST_MEGABYTES, KIT, kernelCommandLine, TOP, type Work } from "./kit.js";

export interface Emulator {
  /** Undefined if it is not installed here. */
  version(): string | undefined;
  command(work: Work): readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

function bootArguments(work: Work): string[] {
  return [KIT.kernel, KIT.initrd, kernelCommandLine(work), String(GUEST_MEGABYTES)];
}

/** First line of a command's output; undefined if there is no such command. */
function firstLine(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd: TOP, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.split("\n")[0] : undefined;
}

function packageVersion(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** `road`: a name of core/vmm/road-choices.ts. */
function ringsideOn(road: string): Emulator {
  return {
    version() {
      const commit = firstLine("git", "describe", "--always", "--dirty");
      return `ringside ${packageVersion(join(TOP, "package.json"))}${commit ? ` (${commit})` : ""} on ${road}`;
    },
    command: (work) => [process.execPath, join(TOP, "dist/bundle/kit-runner.js"), ...bootArguments(work), road],
  };
}

const v86: Emulator = {
  version() {
    try {
      const library = createRequire(import.meta.url).resolve("v86");
      return `v86 ${packageVersion(join(dirname(library), "../package.json"))}`;
    } catch {
      return undefined;
    }
  },
  command: (work) => [process.execPath, join(TOP, "bench/v86-runner.js"), ...bootArguments(work)],
};

const qemu: Emulator = {
  version: () => firstLine("qemu-system-i386", "--version"),
  command(work) {
    const machine = `-accel tcg -M pc -m ${GUEST_MEGABYTES} -nodefaults -no-reboot -display none -monitor none -serial stdio`.split(" ");
    return ["qemu-system-i386", ...machine, "-kernel", KIT.kernel, "-initrd", KIT.initrd, "-append", kernelCommandLine(work)];
  },
};

/** No emulator: the same programs on the host's own kernel. */
const native: Emulator = {
  version: () => `native (${firstLine("uname", "-sr") ?? "unknown kernel"})`,
  command: ({ programs, scale }) => [join(KIT.programs, "init"), "--native", KIT.programs, KIT.busybox, String(scale), programs.join(",")],
};

/** What Ringside is compared with. */
const PEERS = { ringside: ringsideOn("bare"), v86, qemu, native } as const;

/** Ringside's roads that run the kit's kernel, compared with bare hardware. */
const ROADS = { "hw-nested": ringsideOn("hw nested"), "hw-shadow": ringsideOn("hw shadow"), bt: ringsideOn("bt") } as const;

export const EMULATORS = { ...PEERS, ...ROADS } as const;
export type EmulatorName = keyof typeof EMULATORS;
export const EMULATOR_NAMES = Object.keys(EMULATORS) as EmulatorName[];
export const PEER_NAMES = Object.keys(PEERS) as EmulatorName[];
