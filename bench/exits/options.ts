// What `npm run bench:exits` can be asked for.
import { Command, InvalidArgumentError, Option } from "commander";
import { choicesNamed, type RoadChoice } from "../../core/vmm/road-choices.js";
import { NIC_MODELS, type NicModel } from "../../devices/net/nics.js";
import { namesOf, wholeNumber } from "../options.js";

/** As the guest's script names them. */
export const IO_DISKS = ["ide-pio", "ide-dma", "virtio-blk"] as const;
export type IoDisk = (typeof IO_DISKS)[number];
export type IoDevice = IoDisk | NicModel;
export const IO_DEVICES: readonly IoDevice[] = [...IO_DISKS, ...NIC_MODELS];

/** Those that run Linux, of those that a guest can exit from. */
const ROADS = ["hw nested", "hw shadow", "bt"] as const;

export interface IoOptions {
  readonly roads: readonly RoadChoice[];
  readonly devices: readonly IoDevice[];
  readonly megabytes: number;
  readonly json: boolean;
}

const MOST_MEGABYTES = 256;

function megabytes(text: string): number {
  const value = wholeNumber(1)(text);
  if (value <= MOST_MEGABYTES) return value;
  throw new InvalidArgumentError(`At most ${MOST_MEGABYTES} are possible.`);
}

export function parseIoOptions(argv: readonly string[]): IoOptions {
  return new Command("npm run bench:exits --")
    .description("Counts what a Debian guest leaves for, for each mebibyte that it moves over disks and network cards.")
    .addOption(
      new Option("--roads <names>", `of ${ROADS.join(", ")}`)
        .argParser((text) => namesOf(ROADS, text).flatMap(choicesNamed))
        .default(choicesNamed("hw nested"), "hw nested"),
    )
    .addOption(
      new Option("--devices <names>", `of ${IO_DEVICES.join(", ")}`)
        .argParser((text) => namesOf(IO_DEVICES, text))
        .default(IO_DEVICES, "all"),
    )
    .option("--megabytes <number>", "mebibytes that each moves in each direction", megabytes, 8)
    .option("--json", "print JSON", false)
    .parse(argv)
    .opts<IoOptions>();
}
