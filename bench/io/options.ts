// What `npm run bench:io` can be asked for.
import { tmpdir } from "node:os";
import { Command, Option } from "commander";
import { namesOf, wholeNumber } from "../options.js";
import { IO_EMULATOR_NAMES, type IoEmulatorName } from "./emulators.js";
import { cards, DISKS, type IoWork } from "./work.js";

export interface IoOptions extends IoWork {
  readonly emulators: readonly IoEmulatorName[];
  readonly disks: readonly string[];
  readonly nat: readonly string[];
  readonly lan: readonly string[];
  readonly rounds: number;
  /** Seconds to wait for a quiet machine before each run. */
  readonly quiet: number;
  readonly folder: string;
  readonly json?: string;
}

const NONE = "none";

/** Some of `known`, or none at all. */
function choice(flags: string, description: string, known: readonly string[]): Option {
  return new Option(flags, `${description}, of ${known.join(", ")}; or ${NONE}`)
    .argParser((text) => (text === NONE ? [] : namesOf(known, text)))
    .default(known, "all");
}

export function parseIoOptions(argv: readonly string[]): IoOptions {
  const names = cards().map(({ name }) => name);
  return new Command("npm run bench:io --")
    .description("Disks and TCP of Ringside and QEMU's TCG, with the same guest and the same devices, one at a time.")
    .addOption(
      new Option("--emulators <names>", `of ${IO_EMULATOR_NAMES.join(", ")}`)
        .argParser((text) => namesOf(IO_EMULATOR_NAMES, text))
        .default(IO_EMULATOR_NAMES, "both"),
    )
    .addOption(
      choice(
        "--disks <names>",
        "disks",
        DISKS.map(({ name }) => name),
      ),
    )
    .addOption(choice("--nat <names>", "cards behind NAT", names))
    .addOption(choice("--lan <names>", "cards between two guests", names))
    .option("--disk <MiB>", "size of each disk", wholeNumber(1), 128)
    .option("--passes <number>", "times that each disk is read, and written, in order", wholeNumber(1), 8)
    .option("--requests <number>", "requests of 4 KiB at random places", wholeNumber(1), 8000)
    .option("--tcp <MiB>", "what goes over TCP, each way", wholeNumber(1), 128)
    .option("--rounds <number>", "times that each side runs", wholeNumber(1), 3)
    .option("--quiet <seconds>", "longest wait for a quiet machine before each run", wholeNumber(0), 60)
    .option("--folder <path>", "where the disks' images are made, and removed", tmpdir())
    .option("--json <file>", "write everything that was measured to a file")
    .parse(argv)
    .opts<IoOptions>();
}
