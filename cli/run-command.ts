// `ringside run`: one machine in this process, its first serial line on the terminal.

import { randomFillSync } from "node:crypto";
import { StateError } from "../core/bus/device.js";
import { CpuError } from "../core/cpu/cpu.js";
import { prepareRoad } from "../core/vmm/prepare-road.js";
import { RoadError } from "../core/vmm/vm-processor.js";
import { BlockError } from "../devices/block/store.js";
import { BootError } from "../devices/boot/boot-error.js";
import { plugEntropyDevice } from "../devices/machine/entropy-device.js";
import { Machine } from "../devices/machine/machine.js";
import type { Ending, MachineObserver, MachineOptions } from "../devices/machine/machine-options.js";
import { SnapshotError } from "../devices/machine/snapshot.js";
import { bootSource, readVideoBios } from "./boot-options.js";
import { type OpenDrives, openDrives } from "./drives.js";
import * as EXIT from "./exit-codes.js";
import { ExitReport } from "./exit-report.js";
import { parseFeatures } from "./features.js";
import { readUserFile, SnapshotFile } from "./files.js";
import type { GdbFront } from "./gdb.js";
import { hostTime, prepareEngine, translatorOptions } from "./host.js";
import type { MonitorFront } from "./monitor/front.js";
import type { PluggedCard } from "./net/machine-nets.js";
import { Output } from "./output.js";
import { loadProcessor } from "./processor.js";
import { openPvDisk } from "./pv-disk.js";
import { attachMonitor, openMonitor } from "./run-monitor.js";
import {
  parseClock,
  parseHypervisor,
  parseInstructionCount,
  parseMemory,
  parseRoad,
  parseTranslate,
  type RunOptions,
} from "./run-options.js";
import { Session } from "./session.js";
import { parseTcpAddress } from "./tcp-address.js";
import type { Tracer } from "./trace.js";
import { UserError } from "./user-error.js";

/** Seconds since 1970 at power-on; under the virtual clock always the same, so that runs can be repeated to the byte. */
const VIRTUAL_POWER_ON = Date.UTC(2026, 0, 1) / 1000;

type Connections = Pick<MachineOptions, "output" | "observer" | "disk" | "drives">;
/** Plugs in what the machine has beside its board. */
type Plug = (machine: Machine, wallClock: number) => Promise<void>;

/** The machine that the options describe, with its guest loaded. */
async function createMachine(options: RunOptions, connections: Connections, plug: Plug): Promise<Machine> {
  const resume = options.resume === undefined ? undefined : readUserFile("snapshot", options.resume);
  const source = resume ? undefined : await bootSource(options);
  const { ramBytes, clock, hypervisor } = resume
    ? Machine.describe(resume)
    : { ramBytes: parseMemory(options.memory), clock: parseClock(options.clock), hypervisor: parseHypervisor(options.hypervisor) };
  const videoRom = readVideoBios(options);
  const translate = parseTranslate(options.translate);
  const road = parseRoad(options);
  if (options.rng && road?.road === "pv")
    throw new UserError("a guest on the road pv has no PCI bus for an entropy device: --rng is for the others");
  const wallClock = clock === "virtual" ? VIRTUAL_POWER_ON : Date.now() / 1000;
  await prepareRoad(road);
  const machine = new Machine({
    module: loadProcessor(),
    ramBytes,
    clock,
    hostTime,
    wallClock,
    translate,
    translator: translatorOptions(translate),
    features: parseFeatures(options.features),
    hypervisor,
    stopOnReset: !options.reboot,
    ...(road ? { road } : {}),
    ...(videoRom ? { videoRom } : {}),
    ...connections,
  });
  await plug(machine, wallClock);
  if (options.rng) plugEntropyDevice(machine, (bytes) => randomFillSync(bytes));
  if (resume) machine.load(resume);
  else if (source) machine.boot(source);
  return machine;
}

/** The disassembler behind it takes longer to load than all the rest. */
async function openTrace(kinds: string | undefined, diagnostics: Output): Promise<Tracer | undefined> {
  if (kinds === undefined) return undefined;
  const { createTracer } = await import("./trace.js");
  return createTracer(kinds, (line) => diagnostics.print(line));
}

async function run(options: RunOptions): Promise<number> {
  prepareEngine();
  const session = new Session({
    serial: options.serial,
    stopAt: parseInstructionCount(options.snapshotAt),
    snapshot: options.snapshotOut === undefined ? undefined : new SnapshotFile(options.snapshotOut),
  });
  const diagnostics = new Output(process.stderr, "standard error", session.wake);
  const tracer = await openTrace(options.trace, diagnostics);
  const exits = new ExitReport(options, diagnostics, session.wake);
  const disk = openPvDisk(options);
  let nets: Awaited<ReturnType<typeof openNets>> | undefined;
  let gdb: GdbFront | undefined;
  let monitor: MonitorFront | undefined;
  let drives: OpenDrives | undefined;
  let machine: Machine | undefined;
  try {
    nets = await openNets(options, session, diagnostics);
    gdb = await openGdb(options, session, diagnostics);
    monitor = await openMonitor(options, (line) => diagnostics.print(line));
    drives = await openDrives(options);
    const observers = [tracer, gdb?.observer].filter((observer) => observer !== undefined);
    const connections = {
      output: {
        serial1: (byte: number) => gdb?.isReplaying || session.transmit(byte),
        debugConsole: (byte: number) => gdb?.isReplaying || diagnostics.write(byte),
      },
      ...(observers.length > 0 ? { observer: all(observers) } : {}),
      ...(disk ? { disk } : {}),
      ...(drives.forMachine ? { drives: drives.forMachine } : {}),
    };
    machine = await createMachine(options, connections, nets.plug);
    tracer?.attach(machine);
    await exits.attach(machine.vcpu);
    gdb?.attach(machine, options.serial === "stdio" && process.stdin.isTTY === true);
    attachMonitor(monitor, { machine, drives: drives.drives, cards: nets.cards }, session, gdb);
    const ending = await session.run(machine, [diagnostics, ...exits.outputs], gdb);
    await monitor?.close();
    await machine.drives.settled();
    await drives.close();
    return finish(session, ending);
  } finally {
    await monitor?.close();
    await machine?.drives.settled();
    await drives?.close();
    exits.finish();
    gdb?.close();
    nets?.close();
    disk?.close();
  }
}

/** The debugger's door, open before there is a machine: a port that is taken is told at once. */
async function openGdb({ gdb, gdbWait }: RunOptions, session: Session, diagnostics: Output): Promise<GdbFront | undefined> {
  if (gdb === undefined) {
    if (!gdbWait) throw new UserError("--no-gdb-wait needs --gdb");
    return undefined;
  }
  const { GdbFront } = await import("./gdb.js");
  const events = { wake: session.wake, quit: session.quit, tell: (line: string) => diagnostics.print(line) };
  return GdbFront.open(parseTcpAddress(gdb, "debugger's"), gdbWait, events);
}

interface OpenNets {
  readonly plug: Plug;
  /** When they are plugged in. */
  readonly cards: readonly PluggedCard[];
  close(): void;
}

/** The machine's network cards, and what they are plugged into. */
async function openNets(options: RunOptions, session: Session, diagnostics: Output): Promise<OpenNets> {
  const { net, nic, netCapture: capture } = options;
  if (net === undefined && nic.length === 0) {
    if (capture !== undefined) throw new UserError("--net-capture needs --net or --nic");
    return { plug: async () => {}, cards: [], close: () => {} };
  }
  if (options.road === "pv")
    throw new UserError("a guest on the road pv has no PCI bus for network cards: --net and --nic are for the others");
  const [{ parseNics }, { MachineNets }] = await Promise.all([import("./net/nic-options.js"), import("./net/machine-nets.js")]);
  const parsed = parseNics(nic, net);
  let nets: Pick<OpenNets, "cards" | "close"> | undefined;
  const plug: Plug = async (machine, wallClock) => {
    if (options.gdb !== undefined && machine.clock.kind === "virtual")
      throw new UserError("a debugger under the virtual clock replays what the guest has done, which a network can not: use --clock real");
    session.hasNetwork = true;
    nets = await MachineNets.plug(machine, {
      ...parsed,
      capture,
      wallClock,
      tell: (line) => diagnostics.print(line),
      wake: session.wake,
      framePassed: session.framePassed,
    });
  };
  return {
    plug,
    get cards() {
      return nets?.cards ?? [];
    },
    close: () => nets?.close(),
  };
}

/** One observer that tells several. */
function all(observers: readonly MachineObserver[]): MachineObserver {
  return {
    port: (...access) => {
      for (const observer of observers) observer.port?.(...access);
    },
    mmio: (...access) => {
      for (const observer of observers) observer.mmio?.(...access);
    },
    interrupt: (vector) => {
      for (const observer of observers) observer.interrupt?.(vector);
    },
    kick: () => {
      for (const observer of observers) observer.kick?.();
    },
  };
}

function finish(session: Session, ending: Ending | undefined): number {
  const code = ending ? exitCode(ending) : EXIT.EXIT_OK;
  if (session.abandoned) process.exit(code);
  return code;
}

function exitCode(ending: Ending): number {
  switch (ending.kind) {
    case "power-off":
      return EXIT.EXIT_OK;
    case "exit":
      return ending.code;
    case "reset":
      return EXIT.EXIT_RESET;
    case "dead":
      console.error("ringside: the guest halted with interrupts off and can never go on");
      return EXIT.EXIT_DEAD;
    case "crash":
      console.error(`ringside: ${ending.message}`);
      return EXIT.EXIT_DEAD;
  }
}

const USER_ERRORS = [RoadError, BootError, SnapshotError, StateError, CpuError];

/** Errors that are the user's or the image's: told in one sentence. */
function userMessage(error: unknown): { message: string; code: number } | undefined {
  if (error instanceof UserError) return { message: error.message, code: error.code };
  if (USER_ERRORS.some((kind) => error instanceof kind) && error instanceof Error) return { message: error.message, code: EXIT.EXIT_USAGE };
  if (error instanceof BlockError) return { message: error.message, code: EXIT.EXIT_HOST };
  if (error instanceof RangeError && /memory/i.test(error.message))
    return { message: "the host has not enough memory for this machine", code: EXIT.EXIT_HOST };
  return undefined;
}

/** Do what a command does. Returns the exit code: errors that are the user's or the image's are told in one sentence, not thrown. */
export async function guarded(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const known = userMessage(error);
    if (!known) throw error;
    console.error(`ringside: ${known.message}`);
    return known.code;
  }
}

/** The whole command. Returns the exit code; never throws for bad input. */
export function runCommand(options: RunOptions): Promise<number> {
  return guarded(() => run(options));
}
