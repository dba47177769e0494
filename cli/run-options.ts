// The options of `ringside run` as text, and what they mean.

import { TRANSLATION_POLICIES, type TranslationPolicy } from "../core/translator/options.js";
import type { PagingKind } from "../core/vmm/hw/hw-road.js";
import type { Compression } from "../core/vmm/trap/compression.js";
import type { RoadOptions } from "../core/vmm/vm.js";
import { HYPERVISORS, type HypervisorKind } from "../devices/machine/machine-options.js";
import type { SourceOptions } from "./boot-options.js";
import type { DriveChoices } from "./drives.js";
import type { ExitOptions } from "./exit-report.js";
import { UserError } from "./user-error.js";

export interface RunOptions extends SourceOptions, ExitOptions, DriveChoices {
  readonly memory: string;
  readonly features?: string;
  readonly hypervisor: string;
  readonly serial: string;
  readonly clock: string;
  readonly translate: string;
  readonly rings?: string;
  readonly paging?: string;
  readonly pvDisk?: string;
  readonly net?: string;
  readonly nic: readonly string[];
  readonly netCapture?: string;
  readonly rng?: boolean;
  readonly snapshotOut?: string;
  readonly snapshotAt?: string;
  readonly trace?: string;
  readonly gdb?: string;
  readonly gdbWait: boolean;
  readonly monitor?: string;
  readonly reboot: boolean;
}

const MIB = 2 ** 20;
const MEMORY_LEAST = 4 * MIB;
const MEMORY_MOST = 3328 * MIB;

/** "256M", "1G", "65536K" or bytes; whole MiB. */
export function parseMemory(text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  if (!match) throw new UserError(`the memory size "${text}" is not understood; write for example 256M`);
  const shift = { "": 0, K: 10, M: 20, G: 30 }[match[2]!.toUpperCase()]!;
  const bytes = Number(match[1]) * 2 ** shift;
  if (bytes % MIB !== 0 || bytes < MEMORY_LEAST || bytes > MEMORY_MOST)
    throw new UserError(`the memory size ${text} is not possible: it must be whole MiB, from 4M to 3328M`);
  return bytes;
}

export function parseClock(text: string): "real" | "virtual" {
  if (text === "real" || text === "virtual") return text;
  throw new UserError(`the clock "${text}" is not understood; write real or virtual`);
}

export function parseHypervisor(text: string): HypervisorKind {
  const kind = HYPERVISORS.find((known) => known === text);
  if (kind) return kind;
  throw new UserError(`the hypervisor "${text}" is not known; there are ${HYPERVISORS.join(", ")}`);
}

export function parseTranslate(text: string): TranslationPolicy {
  if (Object.hasOwn(TRANSLATION_POLICIES, text)) return text as TranslationPolicy;
  throw new UserError(`the translator's setting "${text}" is not understood; write on, off or eager`);
}

/** Undefined: bare. */
export function parseRoad({ road, rings, paging }: Pick<RunOptions, "road" | "rings" | "paging">): RoadOptions | undefined {
  if (road !== "bare" && road !== "trap" && road !== "bt" && road !== "pv" && road !== "hw")
    throw new UserError(`the road "${road}" is not known; write bare, trap, bt, pv or hw`);
  if (rings !== undefined && road !== "trap") throw new UserError("--rings is for the road trap only");
  if (paging !== undefined && road !== "hw") throw new UserError("--paging is for the road hw only");
  if (road === "trap") return { road, compression: parseRings(rings ?? "0/1/3") };
  if (road === "hw") return { road, paging: parsePaging(paging ?? "nested") };
  return road === "bare" ? undefined : { road };
}

function parseRings(rings: string): Compression {
  if (rings === "0/1/3" || rings === "0/3/3") return rings;
  throw new UserError(`the rings "${rings}" are not known; write 0/1/3 or 0/3/3`);
}

function parsePaging(paging: string): PagingKind {
  if (paging === "nested" || paging === "shadow") return paging;
  throw new UserError(`the paging "${paging}" is not known; write nested or shadow`);
}

export function parseInstructionCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UserError(`--snapshot-at takes a number of instructions, not "${text}"`);
  return Number(text);
}
