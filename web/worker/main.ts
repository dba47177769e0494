// The machine's worker: takes commands, holds one session at a time, and turns what goes wrong into one sentence.

import { StateError } from "../../core/bus/device.js";
import { CpuError } from "../../core/cpu/cpu.js";
import { BootError } from "../../devices/boot/boot-error.js";
import { Machine } from "../../devices/machine/machine.js";
import { SnapshotError } from "../../devices/machine/snapshot.js";
import { guests } from "../../guests/catalog.js";
import { prepare } from "./guests.js";
import type { Command, Report } from "./protocol.js";
import { Session, type SessionOptions, type Watch } from "./session.js";

declare const self: DedicatedWorkerGlobalScope;

const report: SessionOptions["report"] = (message: Report, transfer: Transferable[] = []) => self.postMessage(message, transfer);
const module = loadProcessor();
let session: Session | undefined;
let watching: Watch = { screen: true, processorEvery: 0 };

async function loadProcessor(): Promise<WebAssembly.Module> {
  const response = await fetch(new URL("../../dist/wasm/ringside.wasm", import.meta.url));
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Errors that are the visitor's or the file's say what to do about it; anything else is our own. */
function sentence(error: unknown): string {
  if (error instanceof BootError || error instanceof SnapshotError || error instanceof StateError || error instanceof CpuError)
    return error.message;
  if (error instanceof RangeError && /memory|allocat/i.test(error.message))
    return "the browser has not enough memory for this machine; choose a smaller one";
  return `something in Ringside broke: ${error instanceof Error ? error.message : String(error)}`;
}

/** Put a new machine in place of the one there is; that one stays if the new one can not be had. */
async function replace(options: Pick<SessionOptions, "facts" | "origin">): Promise<void> {
  const next = new Session({ ...options, module: await module, report });
  session?.dispose();
  session = next;
  report({ type: "machine", facts: options.facts });
  next.watch(watching);
  next.run();
}

async function handle(command: Command): Promise<void> {
  switch (command.type) {
    case "boot": {
      const { guest, memoryMiB, clock, translate } = command.spec;
      const facts = { title: guest.kind === "toy" ? guest.name : guest.title, memoryMiB, clock, translate };
      return replace({ facts, origin: prepare(guest) });
    }
    case "restore": {
      const { ramBytes, clock, hypervisor } = Machine.describe(command.file);
      const facts = { title: command.title, memoryMiB: ramBytes / 2 ** 20, clock, translate: "on" as const, hypervisor };
      return replace({ facts, origin: { snapshot: command.file } });
    }
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

type SessionCommand = Exclude<Command, { type: "boot" | "restore" | "watch" | "save" }>;

function direct(session: Session, command: SessionCommand): void {
  const { mouse } = session.machine.board;
  switch (command.type) {
    case "run":
    case "pause":
    case "reset":
    case "frameShown":
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
