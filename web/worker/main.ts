// The machine's worker: takes commands, holds one session at a time, and turns what goes wrong into one sentence.

import { StateError } from "../../core/bus/device.js";
import { CpuError } from "../../core/cpu/cpu.js";
import { Mutex } from "../../devices/block/request-gate.js";
import { BlockError } from "../../devices/block/store.js";
import { BootError } from "../../devices/boot/boot-error.js";
import { Machine } from "../../devices/machine/machine.js";
import { SnapshotError } from "../../devices/machine/snapshot.js";
import { guests } from "../../guests/catalog.js";
import { Cabinet } from "./disks/cabinet.js";
import { openDrives } from "./disks/drives.js";
import type { DiskCommand } from "./disks/protocol.js";
import { prepare } from "./guests.js";
import { NetworkChoiceError } from "./network/choice-error.js";
import type { MachineNetwork } from "./network/machine-network.js";
import type { NetworkSpec } from "./network/protocol.js";
import type { Command, MachineParts, Report } from "./protocol.js";
import { Session, type SessionOptions, type Watch } from "./session.js";

declare const self: DedicatedWorkerGlobalScope;

const BOOT_ORDER = { disk: ["disk", "floppy", "cdrom"], cdrom: ["cdrom", "disk", "floppy"] } as const;

const report: SessionOptions["report"] = (message: Report, transfer: Transferable[] = []) => self.postMessage(message, transfer);
const module = loadProcessor();
const cabinet = new Cabinet();
/** One machine is built after the other. */
const building = new Mutex();
let session: Session | undefined;
let watching: Watch = { screen: true, processorEvery: 0 };

async function loadProcessor(): Promise<WebAssembly.Module> {
  const response = await fetch(new URL("../../dist/wasm/ringside.wasm", import.meta.url));
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Errors that are the visitor's or the file's say what to do about it; anything else is our own. */
function sentence(error: unknown): string {
  const kinds = [BootError, SnapshotError, StateError, CpuError, BlockError, NetworkChoiceError];
  if (error instanceof Error && kinds.some((kind) => error instanceof kind)) return error.message;
  if (error instanceof RangeError && /memory|allocat/i.test(error.message))
    return "the browser has not enough memory for this machine; choose a smaller one";
  return `something in Ringside broke: ${error instanceof Error ? error.message : String(error)}`;
}

/** Put a new machine in place of the one there is; that one stays if the new one can not be had. */
async function replace(options: Omit<SessionOptions, "module" | "report">): Promise<void> {
  const next = new Session({ ...options, module: await module, report });
  const last = session;
  session = next;
  const ended = last?.dispose();
  report({ type: "machine", facts: options.facts });
  next.watch(watching);
  next.run();
  await ended?.catch((error: unknown) => report({ type: "problem", sentence: sentence(error) }));
}

/** The machine there is goes, and leaves none. */
async function giveUp(): Promise<void> {
  await session?.dispose();
  session = undefined;
  report({ type: "activity", activity: "empty" });
}

/** Build a machine with what is plugged into it. */
async function build(what: Pick<SessionOptions, "facts" | "origin">, { drives, bootFrom, network }: MachineParts): Promise<void> {
  // Two machines can not have one disk: the one there is goes first.
  if (drives.some(({ image }) => image.kind === "kept" && session?.holds(image.name))) {
    await giveUp();
  }
  const opened =
    drives.length === 0
      ? undefined
      : await openDrives(drives, BOOT_ORDER[bootFrom], cabinet, (problem) => report({ type: "problem", sentence: problem }));
  let plugged: MachineNetwork | undefined;
  try {
    const plug = network && (await plugFor(network));
    await replace({ ...what, drives: opened, network: plug && ((...machine) => (plugged = plug(...machine))) });
  } catch (error) {
    plugged?.close();
    await opened?.close();
    throw error;
  }
}

/** Most visitors' machines have no card: what it takes is loaded when one has. */
async function plugFor(spec: NetworkSpec): Promise<NonNullable<SessionOptions["network"]>> {
  const { MachineNetwork } = await import("./network/machine-network.js");
  return (machine, wake) => new MachineNetwork(machine, spec, wake);
}

async function manageDisks(id: number, command: DiskCommand): Promise<void> {
  let outcome: { readonly file?: File; readonly failure?: string } = {};
  try {
    // A machine that has ended keeps its disks for a reset, but from nobody.
    if ("name" in command && session?.hasEnded && session.holds(command.name)) await building.run(giveUp);
    const file = await cabinet.carryOut(command);
    if (file) outcome = { file };
  } catch (error) {
    outcome = { failure: sentence(error) };
  }
  report({ type: "disks", id, report: { disks: await cabinet.list(), ...outcome } });
}

async function handle(command: Command): Promise<void> {
  switch (command.type) {
    case "boot": {
      const { guest, memoryMiB, clock, translate, ...parts } = command.spec;
      const facts = { title: guest.kind === "toy" ? guest.name : guest.title, memoryMiB, clock, translate };
      return building.run(() => build({ facts, origin: prepare(guest) }, parts));
    }
    case "restore": {
      const { ramBytes, clock, hypervisor } = Machine.describe(command.file);
      const facts = { title: command.title, memoryMiB: ramBytes / 2 ** 20, clock, translate: "on" as const, hypervisor };
      return building.run(() => build({ facts, origin: { snapshot: command.file } }, command.parts));
    }
    case "disks":
      return manageDisks(command.id, command.command);
    case "watch":
      watching = command;
      session?.watch(command);
      break;
    case "save":
      save();
      break;
    default:
      if (session) direct(session, command);
  }
}

function save(): void {
  if (!session) return;
  const file = session.save();
  report({ type: "saved", file, title: session.title }, [file.buffer]);
}

type SessionCommand = Exclude<Command, { type: "boot" | "restore" | "watch" | "save" | "disks" }>;

function direct(session: Session, command: SessionCommand): void {
  const { mouse } = session.machine.board;
  switch (command.type) {
    case "run":
    case "pause":
    case "reset":
    case "frameShown":
    case "flushDisks":
      session[command.type]();
      break;
    case "step":
      session.step(command.count);
      break;
    case "serial":
      session.type(command.bytes);
      break;
    case "serialShown":
      session.serialShown(command.count);
      break;
    case "key":
      session.keys.key(command.code, command.down);
      session.wake();
      break;
    case "releaseKeys":
      session.keys.releaseAll();
      session.wake();
      break;
    case "mouseMove":
      mouse.move(command.dx, command.dy, command.dz);
      session.wake();
      break;
    case "mouseButtons":
      mouse.buttons(command.down);
      session.wake();
      break;
  }
}

self.onmessage = (event: MessageEvent<Command>) => {
  handle(event.data).catch((error: unknown) => report({ type: "problem", sentence: sentence(error) }));
};

// The page's machine has no roads of the hypervisor.
const own = guests.filter(({ road }) => road === undefined);
report({ type: "ready", guests: own.map(({ name, title, description }) => ({ name, title, description })) });
