// One round of one side: the guest with disks and cards behind NAT, then two guests on a cable.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type CompanionGuest, runGuest, startCompanion } from "../guest-run.js";
import type { GuestRun } from "../recorder.js";
import { type Cable, IO_EMULATORS, type IoEmulatorName } from "./emulators.js";
import { copyOriginals } from "./images.js";
import { type CardKind, clientCommandLine, type DiskKind, type IoWork, serverCommandLine, soloCommandLine } from "./work.js";

export interface RoundPlan {
  readonly work: IoWork;
  readonly disks: readonly DiskKind[];
  /** Cards behind NAT, and between two guests. */
  readonly nat: readonly CardKind[];
  readonly lan: readonly CardKind[];
  /** Where the disks' originals are; what a round needs is made there and removed. */
  readonly folder: string;
  readonly port: number;
}

/** Rejects if a guest does not come to its end. */
export async function runRound(emulator: IoEmulatorName, plan: RoundPlan): Promise<GuestRun> {
  const folder = mkdtempSync(join(plan.folder, "round-"));
  try {
    const parts: GuestRun[] = [];
    if (plan.disks.length + plan.nat.length > 0) parts.push(await solo(emulator, plan));
    if (plan.lan.length > 0) parts.push(await pair(emulator, plan, folder));
    return together(parts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function solo(emulator: IoEmulatorName, { work, disks, nat, folder, port }: RoundPlan): Promise<GuestRun> {
  const commandLine = soloCommandLine(work, disks, nat, port);
  return runGuest(IO_EMULATORS[emulator].command({ commandLine, nat, disks: copyOriginals(folder, disks) }));
}

async function pair(emulator: IoEmulatorName, { work, lan }: RoundPlan, folder: string): Promise<GuestRun> {
  const { command } = IO_EMULATORS[emulator];
  const cables = (listens: boolean) => lan.map((card, i): Cable => ({ card, path: join(folder, `cable${i}`), listens }));
  let server: CompanionGuest | undefined;
  try {
    server = await startCompanion(command({ commandLine: serverCommandLine(work, lan), cables: cables(true) }), /^SERVING/m);
    return await runGuest(command({ commandLine: clientCommandLine(work, lan), cables: cables(false) }), { beside: [server] });
  } finally {
    server?.stop();
  }
}

/** The boot is that of the first part. */
function together(parts: readonly GuestRun[]): GuestRun {
  return {
    boot: parts[0]!.boot,
    programs: Object.assign({}, ...parts.map(({ programs }) => programs)) as GuestRun["programs"],
    problems: parts.flatMap(({ problems }) => problems),
    peakMegabytes: Math.max(...parts.map(({ peakMegabytes }) => peakMegabytes)),
  };
}
