// The start of day of docs/hypercalls.md: first page tables, start information, first stack, at the end of the guest's memory.
import * as PV from "./abi.js";
import { PRESENT, WRITABLE } from "./frames.js";
import type { HostMemory } from "./host-memory.js";
import { PvGuestError, type PvStart } from "./paravirtual.js";

const PAGE = 4096;
const ENTRIES = 1024;

/** A run of host frames, by host-physical address. */
export interface Run {
  readonly base: number;
  readonly bytes: number;
}

/** Offsets in the guest's memory, which are linear addresses. */
interface Layout {
  readonly directory: number;
  readonly firstTable: number;
  /** And top of the first stack. */
  readonly information: number;
}

function layoutOf({ bytes }: Run): Layout {
  const directory = bytes - PAGE;
  const firstTable = directory - Math.ceil(bytes / (ENTRIES * PAGE)) * PAGE;
  return { directory, firstTable, information: firstTable - PAGE };
}

/** What the guest finds in its registers. */
export interface StartRegisters {
  /** Host-physical. */
  readonly directory: number;
  /** Linear, also the top of the first stack. */
  readonly information: number;
}

/** Throws PvGuestError if the guest has no room for it. */
export function writeStart(memory: HostMemory, run: Run, sharedInfo: number, { end, commandLine }: PvStart): StartRegisters {
  const layout = layoutOf(run);
  const { directory, firstTable, information } = layout;
  if (run.bytes > PV.VMM_BASE) throw new PvGuestError("a paravirtual guest has at most 4088 MiB of memory");
  if (end > information - PAGE) throw new PvGuestError("the guest's memory has no room for its first page tables behind what was loaded");
  if (PV.START_SIZE + commandLine.length >= PAGE)
    throw new PvGuestError(`the command line has ${commandLine.length} bytes, and at most ${PAGE - PV.START_SIZE - 1} have room`);
  memory.writeBytes(run.base + information, new Uint8Array(run.bytes - information));
  for (let linear = 0; linear < run.bytes; linear += PAGE)
    memory.write(run.base + firstTable + (linear / PAGE) * 4, (run.base + linear) | (linear < firstTable ? PRESENT | WRITABLE : PRESENT));
  for (let table = firstTable; table < directory; table += PAGE)
    memory.write(run.base + directory + ((table - firstTable) / PAGE) * 4, (run.base + table) | PRESENT | WRITABLE);
  const set = (field: number, value: number) => memory.write(run.base + information + field, value);
  set(PV.START_VERSION, PV.PV_VERSION);
  set(PV.START_FRAME_BASE, run.base / PAGE);
  set(PV.START_FRAME_COUNT, run.bytes / PAGE);
  set(PV.START_SHARED_INFO, sharedInfo);
  set(PV.START_DIRECTORY, run.base + directory);
  set(PV.START_COMMAND_LINE, information + PV.START_SIZE);
  memory.writeBytes(run.base + information + PV.START_SIZE, commandLine);
  return { directory: run.base + directory, information };
}
