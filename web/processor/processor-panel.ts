// What the processor is doing: ring and mode, registers, code, and what is translated. While the machine runs the values are samples.

import { byId } from "../dom.js";
import type { MachineClient } from "../machine-client.js";
import type { Activity, ProcessorState, TranslatorStatistics } from "../worker/protocol.js";
import { CodeView } from "./code-view.js";
import { RegisterView } from "./register-view.js";

const MODES: Readonly<Record<ProcessorState["mode"], string>> = {
  real: "real mode",
  protected: "protected",
  "virtual-8086": "virtual 8086",
};

const PAGING: Readonly<Record<ProcessorState["paging"], string>> = { off: "no paging", "32-bit": "paging", PAE: "PAE paging" };

export class ProcessorPanel {
  state: ProcessorState | undefined;
  private readonly registers = new RegisterView();
  private readonly code = new CodeView();
  private running = false;
  /** The state shown last was of a machine at rest, so differences are what the next instruction did. */
  private atRest = false;

  constructor(machine: MachineClient) {
    machine.on("processor", ({ state }) => this.show(state));
    machine.on("meter", ({ meter }) => showTranslation(meter.translation));
    machine.on("machine", () => {
      this.state = undefined;
      this.atRest = false;
    });
  }

  setActivity(activity: Activity): void {
    this.running = activity === "running";
    byId("processor").dataset["live"] = String(this.running);
    this.label();
    this.atRest = !this.running;
  }

  private label(): void {
    const rest = this.running ? "sampled" : "at rest";
    byId("sampled").textContent = this.state?.halted ? `${rest}, in HLT` : rest;
  }

  private show(state: ProcessorState): void {
    const known = this.state !== undefined;
    const same = this.state !== undefined && !this.atRest && sameButOlder(this.state, state);
    this.state = state;
    if (same) return;
    this.registers.show(state, this.atRest && known);
    this.code.show(state);
    byId("ring-label").textContent = state.mode === "real" ? "No rings" : `Ring ${state.ring}`;
    const parts = [MODES[state.mode], `${state.codeBits}-bit code`, PAGING[state.paging]];
    byId("mode").textContent = parts.join(" · ");
    byId("rings").dataset["current"] = state.mode === "real" ? "" : String(state.ring);
    this.label();
  }
}

function showTranslation(figures: TranslatorStatistics | undefined): void {
  byId("translation").textContent = figures
    ? `Translator: ${count(figures.regions, "region")}, ${count(figures.instructions, "instruction")}, ${size(figures.bytes)}`
    : "Translator: off";
}

function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** A waiting machine looks the same at every look: only its instruction counter has moved. */
function sameButOlder(before: ProcessorState, after: ProcessorState): boolean {
  return JSON.stringify({ ...before, instructions: 0 }) === JSON.stringify({ ...after, instructions: 0 });
}
