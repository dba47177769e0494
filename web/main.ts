// The page: builds its parts and wires them to the machine's worker.

import { Controls } from "./controls.js";
import { KeptDisks } from "./disks/kept-disks.js";
import { acceptDrops } from "./drop-zone.js";
import { fileKind, sampleFile } from "./file-kind.js";
import { GuestPicker } from "./guest-picker.js";
import { MachineClient } from "./machine-client.js";
import { MachineDialog } from "./machine-dialog.js";
import { NetworkPanel } from "./network/network-panel.js";
import { Notice } from "./notice.js";
import { ProcessorPanel } from "./processor/processor-panel.js";
import { SavedMachines } from "./saved-machines.js";
import { SerialTerminal } from "./serial-terminal.js";
import { Stage, type View } from "./stage.js";
import { Suggestions } from "./suggestions.js";
import { VgaScreen } from "./vga-screen.js";
import type { BootSource, MachineParts, MachineSpec, ToyGuest } from "./worker/protocol.js";

/** The guest that greets a visitor. */
const FIRST_GUEST = "teaching-kernel";
const TOY_MEMORY = 32;
/** How often the processor is shown while the machine runs; visitors who asked for less motion see it at rest only. */
const SAMPLE_PERIOD = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250;

const machine = new MachineClient();
const notice = new Notice();
const controls = new Controls(machine, () => processor.setActivity(controls.activity));
const processor = new ProcessorPanel(machine);
const terminal = new SerialTerminal(machine, () => controls.focus());
const screen = new VgaScreen(machine, () => controls.focus());
const stage = new Stage(() => watch());
const saved = new SavedMachines(machine, () => dialog?.parts() ?? NOTHING);
const disks = new KeptDisks(machine);
new NetworkPanel(machine);
const suggestions = new Suggestions((command) => {
  terminal.send(`${command}\r`);
  focusConsole();
});

/** Typing works at once, where that brings up no keyboard on the glass. */
const TYPES_AT_ONCE = matchMedia("(pointer: fine)").matches;

/** Nothing is plugged into the machine. */
const NOTHING: MachineParts = { drives: [], bootFrom: "disk", network: undefined };

let ready = false;
let dialog: MachineDialog | undefined;
/** Machines built so far. */
let machines = 0;

function watch(): void {
  if (ready) machine.send({ type: "watch", screen: stage.sees("screen"), processorEvery: document.hidden ? 0 : SAMPLE_PERIOD });
}

function boot(spec: MachineSpec): void {
  notice.clear();
  machine.send({ type: "boot", spec });
  if (spec.guest.kind === "own") stage.show(firstView(spec.guest.source) ?? stage.view);
  focusConsole();
}

/** Where a guest of the visitor's own will first show itself, if that can be told. */
function firstView(source: BootSource): View | undefined {
  if (source.kind === "bios") return "screen";
  if (source.kind === "kernel") return /console=ttyS/.test(source.commandLine) ? "serial" : "screen";
  return undefined;
}

function focusConsole(): void {
  if (!TYPES_AT_ONCE) return;
  if (stage.view === "serial") terminal.focus();
  else screen.focus();
}

function bootToy(name: string): void {
  boot({
    guest: { kind: "toy", name },
    memoryMiB: TOY_MEMORY,
    clock: "real",
    translate: "on",
    drives: [],
    bootFrom: "disk",
    network: undefined,
  });
}

async function takeFiles(dialog: MachineDialog, files: readonly File[]): Promise<void> {
  const kinds = await Promise.all(files.map(async (file) => [file, fileKind(await sampleFile(file))] as const));
  const snapshot = kinds.find(([, kind]) => kind === "snapshot");
  if (snapshot) await saved.restore(snapshot[0]);
  else dialog.offer(kinds);
}

function begin(guests: readonly ToyGuest[]): void {
  ready = true;
  const made = new MachineDialog(guests, disks, boot);
  dialog = made;
  const picker = new GuestPicker(guests, { toy: bootToy, own: () => made.open() });
  machine.on("machine", ({ facts }) => {
    machines++;
    picker.mark(facts.title);
    suggestions.show(facts.title);
  });
  acceptDrops((files) => void takeFiles(made, files));
  watch();
  bootToy(guests.some((g) => g.name === FIRST_GUEST) ? FIRST_GUEST : guests[0]!.name);
}

// The last that a page hears for certain before it goes away.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) machine.send({ type: "flushDisks" });
});
machine.on("ready", ({ guests }) => begin(guests));
machine.on("problem", ({ sentence }) => notice.show(sentence));
for (const [report, view] of [
  ["serial", "serial"],
  ["screenText", "screen"],
] as const satisfies readonly (readonly [string, View])[])
  machine.on(report, () => stage.mark(view));

/** For tests: what a visitor could read off the page. */
Object.assign(window, {
  ringside: {
    terminalText: () => terminal.text(),
    processor: () => processor.state,
    activity: () => controls.activity,
    machines: () => machines,
  },
});
