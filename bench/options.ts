// What `npm run bench` can be asked for.
import { Command, InvalidArgumentError, Option } from "commander";
import { EMULATOR_NAMES, type EmulatorName, PEER_NAMES } from "./emulators.js";
import { isBuilt, NOTHING, programNames, type Work } from "./kit.js";

export interface BenchOptions extends Work {
  readonly emulators: readonly EmulatorName[];
  readonly rounds: number;
  /** Seconds to wait for a quiet machine before each run. */
  readonly quiet: number;
  readonly pin: boolean;
  readonly json?: string;
}

/** A parser for options. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`A whole number from ${least} on is needed.`);
    return value;
  };
}

export function namesOf<T extends string>(known: readonly T[], text: string): T[] {
  const names = text.split(",").filter(Boolean);
  const unknown = names.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${unknown}; there are ${known.join(", ")}.`);
  return [...new Set(names)] as T[];
}

/** Names are only checked when the kit is there to check them with. */
function programs(text: string): string[] {
  return isBuilt() && text !== NOTHING ? namesOf(programNames(), text) : text.split(",");
}

export function parseOptions(argv: readonly string[]): BenchOptions {
  return new Command("npm run bench --")
    .description("Runs the bench kit's programs in several emulators, one at a time, and compares them.")
    .addOption(
      new Option("--emulators <names>", `of ${EMULATOR_NAMES.join(", ")}`)
        .argParser((text) => namesOf(EMULATOR_NAMES, text))
        .default(PEER_NAMES, PEER_NAMES.join(", ")),
    )
    .addOption(
      new Option("--programs <names>", `programs of bench/kit/guest, or ${NOTHING} to boot only`).argParser(programs).default([], "all"),
    )
    .option("--rounds <number>", "times that each emulator runs", wholeNumber(1), 3)
    .option("--scale <percent>", "percent of each program's work", wholeNumber(1), 100)
    .option("--quiet <seconds>", "longest wait for a quiet machine before each run", wholeNumber(0), 60)
    .option("--pin", "give the emulators one processor only", false)
    .option("--json <file>", "write everything that was measured to a file")
    .parse(argv)
    .opts<BenchOptions>();
}
