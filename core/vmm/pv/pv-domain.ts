// A paravirtual guest but for its processor: its frames, its events, what it has set by calls, and what leads to the owner's devices.
import * as STATE from "../../../wasm/abi/state.js";
import { type GuestMemory, PAGE } from "../guest-memory.js";
import type { Host } from "../host.js";
import { FLAG_I } from "../state.js";
import type { Vcpu } from "../vcpu.js";
import * as PV from "./abi.js";
import { EventChannels } from "./event-channels.js";
import { Frames } from "./frames.js";
import { GuestAccess } from "./guest-access.js";
import { HostMemory } from "./host-memory.js";
import { type CallContext, Settings } from "./hypercalls.js";
import { NO_BACK_END, type Paravirtual, PvGuestError, type PvStart, type PvState } from "./paravirtual.js";
import { enterRing, makeReal } from "./real-state.js";
import { RECORD_VERSION, readRecord } from "./record.js";
import { SharedPage } from "./shared-page.js";
import { type Run, writeStart } from "./start.js";
import { segmentOf, VmmPages } from "./vmm-pages.js";

/** Numbers of the general registers. */
const [EAX, EBX, ESP] = [0, 3, 4];
/** Bytes to move that are as much work as a page-table entry to look at: an update, or a trap. */
const ENTRY_BYTES = 8;

export class PvDomain implements Paravirtual, CallContext {
  readonly pages: VmmPages;
  readonly shared: SharedPage;
  readonly guest: GuestAccess;
  settings = new Settings();
  events: EventChannels;
  backEnd = NO_BACK_END;
  private readonly hostMemory: HostMemory;
  private readonly sharedView: DataView;
  private run: Run | undefined;
  private used: Frames | undefined;
  /** What the guest has asked to be flushed. */
  private flushing: "nothing" | "page" | "all" = "nothing";
  /** The guest has had the event for the input that waits. */
  private inputTold = false;
  /** Guest-physical pages have come, gone or moved since the guest began. */
  private remapped = false;
  /** The owner wrote to page tables in use. */
  private rewritten = false;
  private moved = 0;
  private begun: () => void = () => {};

  constructor(
    host: Host,
    private readonly memory: GuestMemory,
    private readonly vcpu: Vcpu,
  ) {
    this.hostMemory = new HostMemory(host.cpu);
    this.pages = new VmmPages(host, this.hostMemory);
    const { buffer, byteOffset } = host.cpu.ram;
    this.sharedView = new DataView(buffer, byteOffset + this.pages.sharedInfo, PAGE);
    this.shared = new SharedPage(this.sharedView);
    this.events = new EventChannels(this.sharedView);
    this.guest = new GuestAccess(this.hostMemory, () => this.base);
    memory.onChange(() => {
      this.remapped = true;
    });
  }

  /** `listener` is called when a guest has been started or loaded. */
  onBegin(listener: () => void): void {
    this.begun = listener;
  }

  get frames(): Frames {
    return this.used!;
  }

  /** Host-physical address of the page directory in use. */
  get base(): number {
    return this.frames.base! * PAGE;
  }

  flush(page: boolean): void {
    if (!page) this.flushing = "all";
    else if (this.flushing === "nothing") this.flushing = "page";
  }

  moving(bytes: number): void {
    this.moved += bytes;
  }

  /** What calls have cost the VMM since this was last asked, in page-table entries: those it looked at, and what it moved. */
  takeWork(): number {
    const { moved } = this;
    this.moved = 0;
    return this.frames.takeWork() + moved / ENTRY_BYTES;
  }

  /** True once after the TLB may hold what is no longer so. Counts it; of a page the processor forgets more than it must. */
  takeFlush(): boolean {
    const stale = this.frames.takeStale();
    const all = stale || this.flushing === "all";
    const wanted = all || this.flushing === "page";
    if (wanted) this.vcpu.counters.count(all ? "tlbFlushes" : "tlbInvalidations");
    this.flushing = "nothing";
    return wanted;
  }

  /** Why the guest can not be run: a sentence. */
  problem(): string | undefined {
    if (!this.run || !this.used) return "no paravirtual guest has been started, and this road begins with nothing else";
    if (this.remapped) {
      const now = this.findRun();
      if (now?.base !== this.run.base || now.bytes !== this.run.bytes) return "the guest's memory is no longer where it was at its start";
      this.remapped = false;
    }
    if (this.rewritten) {
      const { base, pinned } = this.frames;
      const used = this.judge(pinned, base!);
      if (!used) return "what was written to the guest's page tables from outside can not stand there";
      this.used = used;
      this.rewritten = false;
    }
    return undefined;
  }

  /** The console's event, if input has come. */
  lookAtConsole(): void {
    if (!this.backEnd.consoleReadable()) this.inputTold = false;
    else this.inputTold ||= this.events.raise(PV.SOURCE_CONSOLE);
  }

  timerExpired(): void {
    this.settings.deadline = PV.TIMER_NEVER;
    this.events.raise(PV.SOURCE_TIMER);
  }

  tellTime(): void {
    const now = this.backEnd.now();
    this.shared.tellTime(now, BigInt.asUintN(64, now + this.vcpu.state.u64(STATE.TSC_OFFSET)));
  }

  memoryWritten(physical: number, length: number): void {
    if (!this.run || !this.used) return;
    const first = Math.floor((this.run.base + physical) / PAGE);
    const last = Math.floor((this.run.base + Math.min(physical + length, this.run.bytes) - 1) / PAGE);
    for (let frame = first; frame <= last && !this.rewritten; frame++) {
      const use = this.used.useOf(frame);
      this.rewritten = use === "table" || use === "directory";
    }
  }

  translate(linear: number): number | undefined {
    const at = this.run && this.used && this.guest.translate(linear);
    return at !== undefined && at >= this.run!.base && at < this.run!.base + this.run!.bytes ? at - this.run!.base : undefined;
  }

  start(start: PvStart): void {
    const run = this.needRun();
    const { directory, information } = writeStart(this.hostMemory, run, this.pages.sharedInfo, start);
    this.pages.clearSharedInfo();
    this.settings = new Settings();
    this.events = new EventChannels(this.sharedView);
    this.backEnd.setTimer(undefined);
    this.begin(run, this.judge([], directory / PAGE)!, false);
    this.tellTime();
    this.shared.tellWallClock(this.backEnd.wallClock());
    const { vcpu } = this;
    vcpu.reset();
    for (const n of [STATE.ES, STATE.DS, STATE.FS, STATE.GS]) vcpu.state.setSegment(n, segmentOf(PV.KERNEL_DATA));
    enterRing(vcpu.state, 1);
    vcpu.state.flags = FLAG_I | 2;
    vcpu.state.setRegister(EAX, PV.START_MAGIC);
    vcpu.state.setRegister(EBX, information);
    vcpu.state.setRegister(ESP, information);
    vcpu.state.rip = start.entry;
    makeReal(vcpu.state, this.pages, this.base);
  }

  save(): PvState | undefined {
    if (!this.run) return undefined;
    const { settings } = this;
    return {
      version: RECORD_VERSION,
      frameBase: this.run.base / PAGE,
      frameCount: this.run.bytes / PAGE,
      sharedInfo: this.pages.sharedInfo / PAGE,
      base: this.frames.base!,
      pinned: this.frames.pinned.map(([frame, use]) => [frame, use]),
      ports: this.events.save().map(([source, port]) => [source, port]),
      shared: this.hostMemory.readBytes(this.pages.sharedInfo, PAGE).slice(),
      traps: settings.trapTable,
      kernelStack: settings.kernelStack,
      callback: settings.callback,
      deadline: settings.deadline,
      inputTold: this.inputTold,
    };
  }

  load(state: PvState): void {
    const run = this.needRun();
    const record = readRecord(state);
    if (
      record.frameBase !== run.base / PAGE ||
      record.frameCount !== run.bytes / PAGE ||
      record.sharedInfo !== this.pages.sharedInfo / PAGE
    )
      throw new PvGuestError(
        `the guest's memory was ${record.frameCount} host frames from ${record.frameBase} on, and here it is ${run.bytes / PAGE} from ${run.base / PAGE} on`,
      );
    const settings = new Settings();
    const events = new EventChannels(this.sharedView);
    const refused =
      settings.setTraps(record.traps) ?? settings.setStack(PV.KERNEL_DATA, record.kernelStack) ?? settings.setCallback(record.callback);
    const used = this.judge(record.pinned, record.base);
    if (refused !== undefined || !used || !events.load(record.ports)) throw new PvGuestError("the record of the guest's calls is damaged");
    settings.deadline = record.deadline;
    this.settings = settings;
    this.events = events;
    this.hostMemory.writeBytes(this.pages.sharedInfo, record.shared);
    this.backEnd.setTimer(record.deadline === PV.TIMER_NEVER ? undefined : record.deadline);
    this.begin(run, used, record.inputTold);
  }

  private begin(run: Run, used: Frames, inputTold: boolean): void {
    this.run = run;
    this.used = used;
    this.inputTold = inputTold;
    this.remapped = false;
    this.rewritten = false;
    this.flushing = "all";
    this.begun();
  }

  private needRun(): Run {
    const run = this.findRun();
    if (!run) throw new PvGuestError("a paravirtual guest's memory begins at guest-physical address 0, and here is none");
    return run;
  }

  /** Host pages one behind the other that guest-physical pages from 0 on are mapped to. */
  private findRun(): Run | undefined {
    const base = this.memory.page(0)?.address;
    if (base === undefined) return undefined;
    let bytes = 0;
    for (;;) {
      const page = this.memory.page(bytes);
      if (page?.address !== base + bytes || page.readOnly) break;
      bytes += PAGE;
    }
    return bytes === 0 ? undefined : { base, bytes };
  }

  /** The uses of the frames, by all tables that are in use; undefined if they can not be. */
  private judge(pinned: readonly (readonly [number, "table" | "directory"])[], base: number): Frames | undefined {
    const run = this.needRun();
    const frames = new Frames({
      memory: this.hostMemory,
      base: run.base / PAGE,
      count: run.bytes / PAGE,
      sharedInfo: this.pages.sharedInfo / PAGE,
      vmmEntries: this.pages.directoryEntries,
    });
    const refused = pinned.some(([frame, use]) => frames.pin(frame, use) !== undefined) || frames.setBase(base) !== undefined;
    return refused ? undefined : frames;
  }
}
