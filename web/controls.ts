// Run, pause, step and reset; what state the machine is in, and how fast it goes.

import { byId } from "./dom.js";
import type { MachineClient } from "./machine-client.js";
import type { Activity, Meter } from "./worker/protocol.js";

/** Below this share of host time a running machine is said to wait. */
const WAITING = 0.05;

export class Controls {
  activity: Activity = "empty";
  private exitCode: number | undefined;
  private waiting = false;
  private hadMachine = false;
  private readonly run = byId<HTMLButtonElement>("run");

  constructor(
    readonly machine: MachineClient,
    private readonly changed: () => void,
  ) {
    this.run.addEventListener("click", () => machine.send({ type: this.activity === "running" ? "pause" : "run" }));
    byId("step").addEventListener("click", (event) => machine.send({ type: "step", count: event.shiftKey ? 1000 : 1 }));
    byId("reset").addEventListener("click", () => machine.send({ type: "reset" }));
    machine.on("activity", ({ activity, exitCode }) => {
      this.activity = activity;
      this.exitCode = exitCode;
      this.update();
      // Announced once; that a running machine waits now and then is not.
      byId("announcement").textContent = this.describe();
      this.changed();
    });
    machine.on("machine", () => {
      this.hadMachine = true;
    });
    machine.on("meter", ({ meter }) => this.showMeter(meter));
    this.update();
  }

  /** Where the keyboard goes when it leaves the guest. */
  focus(): void {
    (this.run.disabled ? byId("reset") : this.run).focus();
  }

  private update(): void {
    const { activity } = this;
    const running = activity === "running";
    const ended = !running && activity !== "paused";
    document.documentElement.dataset["activity"] = activity;
    document.documentElement.dataset["waiting"] = String(running && this.waiting);
    byId("run-label").textContent = running ? "Pause" : "Run";
    this.run.disabled = ended;
    byId<HTMLButtonElement>("step").disabled = ended;
    for (const id of ["reset", "save"]) byId<HTMLButtonElement>(id).disabled = activity === "empty";
    byId("activity").textContent = running && this.waiting ? "Waiting in HLT" : this.describe();
  }

  private describe(): string {
    switch (this.activity) {
      case "empty":
        return this.hadMachine ? "No machine" : "Starting";
      case "running":
        return "Running";
      case "paused":
        return "Paused";
      case "off":
        return "Powered off";
      case "halted":
        return "Halted for good";
      case "shutdown":
        return "Triple fault";
      case "exited":
        return `Exited with ${this.exitCode ?? 0}`;
    }
  }

  private showMeter(meter: Meter): void {
    byId("mips").textContent = meter.mips < 10 ? meter.mips.toFixed(1) : meter.mips.toFixed(0);
    byId("busy").textContent = `${Math.round(meter.busy * 100)} %`;
    byId("guest-time").textContent = clockTime(meter.guestSeconds);
    this.waiting = meter.busy < WAITING;
    this.update();
  }
}

/** Seconds as h:mm:ss or m:ss. */
export function clockTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
