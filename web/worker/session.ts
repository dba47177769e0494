// One machine in the worker: runs it in slices, and tells the page what it shows.

import { Machine } from "../../devices/machine/machine.js";
import type { Ending } from "../../devices/machine/machine-options.js";
import { Pacer } from "../../devices/machine/pacer.js";
import * as STATE from "../../wasm/abi/state.js";
import type { OpenDrives } from "./disks/drives.js";
import type { Prepared } from "./guests.js";
import { Heartbeat } from "./heartbeat.js";
import { inspect } from "./inspect.js";
import { KeyQueue } from "./key-queue.js";
import { SpeedMeter } from "./meter.js";
import type { MachineNetwork } from "./network/machine-network.js";
import type { Activity, MachineFacts, Report } from "./protocol.js";
import { BLINK_PERIOD, ScreenFeed } from "./screen-feed.js";
import { SerialFeed } from "./serial-feed.js";

/** Milliseconds of execution between two looks at messages. */
const SLICE = 10;
const METER_PERIOD = 500;
/** How long a step waits for an interrupt to end a HLT. */
const STEP_PATIENCE = 2000;
/** How long keys wait for a guest that has not fetched those before. */
const KEY_PAUSE = 5;
const FOREVER = Number.POSITIVE_INFINITY;
/** How long the machine waits for a page that is behind with serial output. */
const CONGESTION_PAUSE = 10;

export interface SessionOptions {
  readonly module: WebAssembly.Module;
  readonly facts: MachineFacts;
  /** What it starts with: a guest, or a snapshot. */
  readonly origin: Prepared | { readonly snapshot: Uint8Array };
  /** They are the session's to close. */
  readonly drives: OpenDrives | undefined;
  /** Plugs in the machine's card; `wake`: there is something for it. */
  readonly network: ((machine: Machine, wake: () => void) => MachineNetwork) | undefined;
  readonly report: (report: Report, transfer?: Transferable[]) => void;
}

export interface Watch {
  readonly screen: boolean;
  readonly processorEvery: number;
}

const hostTime = () => performance.now();

export class Session {
  readonly machine: Machine;
  readonly keys: KeyQueue;
  private readonly network: MachineNetwork | undefined;
  private activity: Activity = "empty";
  private readonly serial: SerialFeed;
  private readonly screen: ScreenFeed;
  private readonly pacer: Pacer;
  private readonly meter = new SpeedMeter();
  private readonly heart = new Heartbeat(() => this.beat());
  private watching: Watch = { screen: true, processorEvery: 0 };
  private meterTimer: ReturnType<typeof setInterval> | undefined;
  private inspectedAt = 0;
  private inspectedInstructions = -1n;
  private steps: { left: number; until: number } | undefined;

  /** Throws BootError, SnapshotError, StateError, CpuError or RangeError. */
  constructor(private readonly options: SessionOptions) {
    const { facts, origin, report } = options;
    const videoRom = "videoRom" in origin ? origin.videoRom : undefined;
    this.serial = new SerialFeed((bytes) => report({ type: "serial", bytes }, [bytes.buffer]));
    this.machine = new Machine({
      module: options.module,
      ramBytes: facts.memoryMiB * 2 ** 20,
      clock: facts.clock,
      translate: facts.translate,
      ...(facts.hypervisor ? { hypervisor: facts.hypervisor } : {}),
      hostTime,
      wallClock: Math.floor(Date.now() / 1000),
      output: { serial1: (byte) => this.serial.push(byte) },
      stopOnReset: true,
      ...(videoRom ? { videoRom } : {}),
      ...(options.drives ? { drives: options.drives.forMachine } : {}),
    });
    this.network = options.network?.(this.machine, () => this.wake());
    this.keys = new KeyQueue(this.machine.board.keyboard);
    this.pacer = new Pacer(this.machine, hostTime);
    this.screen = new ScreenFeed(this.machine.board.vga, {
      frame: (frame) => report({ type: "frame", frame }, [frame.pixels.buffer]),
      text: (lines) => report({ type: "screenText", lines }),
    });
    this.begin();
  }

  private begin(): void {
    const { origin } = this.options;
    if ("source" in origin) this.machine.boot(origin.source);
    else this.machine.load(origin.snapshot);
    this.pacer.restart();
  }

  get title(): string {
    return this.options.facts.title;
  }

  run(): void {
    if (this.activity !== "paused" && this.activity !== "empty") return;
    this.steps = undefined;
    this.meter.restart(hostTime(), this.instructions);
    this.meterTimer ??= setInterval(() => this.reportMeter(), METER_PERIOD);
    this.enter("running");
    this.heart.wake();
  }

  pause(): void {
    if (this.activity === "running") this.settle("paused");
  }

  step(count: number): void {
    if (this.activity === "running") this.pause();
    if (this.activity !== "paused" && this.activity !== "empty") return;
    this.steps = { left: count, until: hostTime() + STEP_PATIENCE };
    this.heart.wake();
  }

  /** Power-cycle; a machine that came from a snapshot starts from the snapshot again. */
  reset(): void {
    const goOn = this.activity !== "paused";
    this.stop();
    this.keys.clear();
    this.begin();
    this.screen.update(hostTime(), true);
    if (goOn) this.run();
    else this.settle("paused");
  }

  /** The whole machine as a file. */
  save(): Uint8Array<ArrayBuffer> {
    const file = this.machine.save();
    this.pacer.restart();
    return file as Uint8Array<ArrayBuffer>;
  }

  /** Nothing more will happen, unless it is reset. */
  get hasEnded(): boolean {
    return this.activity !== "running" && this.activity !== "paused";
  }

  /** Whether it has that disk of the browser's open. */
  holds(disk: string): boolean {
    return this.options.drives?.kept.has(disk) ?? false;
  }

  /** No more reports: another machine takes its place. Done when its disks are closed. */
  async dispose(): Promise<void> {
    this.stop();
    this.activity = "off";
    this.network?.close();
    await this.machine.drives.settled();
    await this.options.drives?.close();
  }

  watch(watching: Watch): void {
    this.watching = watching;
    this.screen.visible = watching.screen;
    this.inspectedInstructions = -1n;
    this.wake();
    if (this.activity !== "running") this.screen.update(hostTime(), true);
  }

  frameShown(): void {
    this.screen.frameShown();
    if (this.activity !== "running") this.screen.update(hostTime());
  }

  serialShown(count: number): void {
    this.serial.shown(count);
  }

  type(bytes: Uint8Array): void {
    for (const byte of bytes) this.machine.board.com1.receive(byte);
    this.wake();
  }

  /** Input came: a guest that waits may have an interrupt now. */
  wake(): void {
    if (this.activity === "running") this.heart.wake();
  }

  private get instructions(): number {
    return Number(this.machine.cpu.instructions);
  }

  private stop(): void {
    this.steps = undefined;
    this.machine.pause();
    this.pacer.restart();
    clearInterval(this.meterTimer);
    this.meterTimer = undefined;
    this.activity = "paused";
  }

  /** The machine stands still: say so, and show everything as it is. */
  private settle(activity: Activity, exitCode?: number): void {
    this.stop();
    this.serial.flush();
    this.screen.update(hostTime(), true);
    this.reportProcessor();
    this.reportMeter();
    this.flushDisks();
    this.enter(activity, exitCode);
  }

  /** What the guest has written is there, should the page go away now. What goes wrong is told. */
  flushDisks(): void {
    this.options.drives?.flush().catch(() => {});
  }

  private enter(activity: Activity, exitCode?: number): void {
    this.activity = activity;
    this.options.report({ type: "activity", activity, ...(exitCode === undefined ? {} : { exitCode }) });
  }

  private beat(): number | undefined {
    if (this.steps) return this.stepBeat(this.steps);
    if (this.activity !== "running") return undefined;
    if (this.serial.congested) return CONGESTION_PAUSE;
    const started = hostTime();
    const { ending, idle, waits } = this.pacer.run(SLICE);
    const now = hostTime();
    this.meter.ran(now - started);
    this.serial.flush();
    if (ending) return this.ended(ending);
    this.screen.update(now);
    this.sampleProcessor(now);
    this.keys.deliver();
    void waits?.then(() => this.wake());
    return Math.min(idle ?? 0, this.keys.empty ? FOREVER : KEY_PAUSE, this.watching.screen ? BLINK_PERIOD : FOREVER);
  }

  private stepBeat(steps: { left: number; until: number }): number | undefined {
    const before = this.instructions;
    const { ending, idle, waits } = this.machine.run(SLICE, steps.left);
    steps.left -= this.instructions - before;
    if (ending) return this.ended(ending);
    if (waits) void waits.then(() => this.heart.wake());
    if (steps.left > 0 && hostTime() < steps.until) return Math.min(idle ?? 0, STEP_PATIENCE / 20);
    this.settle("paused");
    return undefined;
  }

  private ended(ending: Ending): number | undefined {
    if (ending.kind === "reset") return this.afterReset();
    if (ending.kind === "exit") this.settle("exited", ending.code);
    else this.settle(ending.kind === "power-off" ? "off" : "halted");
    return undefined;
  }

  /**
   * A triple fault ends the run, so that its cause can be seen; any other reset starts the guest again, as a PC would. What a restored
   * machine was started with is not known, so a reset turns it off.
   */
  private afterReset(): number | undefined {
    const shutDown = this.machine.cpu.view.getUint32(STATE.ACTIVITY, true) === STATE.ACTIVITY_SHUTDOWN;
    if (shutDown || "snapshot" in this.options.origin) {
      this.settle(shutDown ? "shutdown" : "off");
      return undefined;
    }
    this.begin();
    return 0;
  }

  private sampleProcessor(now: number): void {
    const { processorEvery } = this.watching;
    if (processorEvery === 0 || now < this.inspectedAt + processorEvery) return;
    if (this.machine.cpu.instructions === this.inspectedInstructions) return;
    this.reportProcessor();
  }

  private reportProcessor(): void {
    this.inspectedAt = hostTime();
    this.inspectedInstructions = this.machine.cpu.instructions;
    const { origin, report } = this.options;
    report({ type: "processor", state: inspect(this.machine.cpu, "lines" in origin ? origin.lines : undefined) });
  }

  private reportMeter(): void {
    const { cpu, clock } = this.machine;
    const meter = this.meter.read(hostTime(), this.instructions, clock.now());
    // At rest there is no speed to speak of.
    const rest = this.activity === "running" ? {} : { mips: 0, busy: 0 };
    this.options.report({ type: "meter", meter: { ...meter, ...rest, translation: cpu.translation } });
    this.options.report({ type: "network", state: this.network?.state() });
  }
}
