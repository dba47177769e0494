// A whole PC: processor, memory, board, clock, and the guest it was given. Browser-neutral; it runs in slices, and whoever owns it
// (command line, worker) gives it time, input and output. Not here: reading files, sleeping, drawing.
import { PortSpace, RangeSpace } from "../../core/bus/address-space.js";
import type { Nanoseconds } from "../../core/bus/clock.js";
import type { Device, DeviceState } from "../../core/bus/device.js";
import { TaskQueue } from "../../core/clock/scheduler.js";
import { Cpu, CpuError, type CpuHost, type CpuOptions, type Exit } from "../../core/cpu/cpu.js";
import type { Processor } from "../../core/cpu/processor.js";
import { TRANSLATION_POLICIES } from "../../core/translator/options.js";
import { type PvEnding, PvProcessor } from "../../core/vmm/pv/pv-processor.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import { VmProcessor } from "../../core/vmm/vm-processor.js";
import * as STATE from "../../wasm/abi/state.js";
import { MAX_RAM, SHADOW_END, SHADOW_START } from "../boards/memory-map.js";
import { PcBoard } from "../boards/pc.js";
import type { PcOptions } from "../boards/pc-options.js";
import { type BootSource, packSource, startGuest, unpackSource } from "./boot-source.js";
import { Drives } from "./drives.js";
import {
  type MachineClock,
  NANOSECONDS_PER_INSTRUCTION,
  RealClock,
  USUAL_NANOSECONDS_PER_INSTRUCTION,
  VirtualClock,
} from "./guest-clock.js";
import { type Ending, HYPERVISORS, type HypervisorKind, type MachineObserver, type MachineOptions, type Slice } from "./machine-options.js";
import { EXTRA_BYTES, PcMemory, ROM_SIZE } from "./memory.js";
import { PARAVIRTUAL, ParavirtualDevices } from "./paravirtual-devices.js";
import { type DecodedSnapshot, decodeSnapshot, encodeSnapshot, SnapshotError, unpackMemory } from "./snapshot.js";

/** Instructions between two looks at the host's clock: adapted to how fast the guest's code runs, so that timers are not late. */
const CHUNK_MINIMUM = 1 << 12;
const CHUNK_MAXIMUM = 1 << 18;
/** Aim for a chunk, in milliseconds of host time. */
const CHUNK_TIME = 0.5;
/** The longest slice, in milliseconds, while the host has something to deliver, which it can do only between slices. */
const AWAITING_SLICE = 1;
const IA32_APIC_BASE = 0x1b;
const RAM_UNIT = 1 << 20;
const RAM_MINIMUM = 4 * RAM_UNIT;

export class Machine {
  readonly cpu: Processor;
  readonly board: PcBoard;
  readonly memory: PcMemory;
  readonly queue: TaskQueue;
  readonly clock: MachineClock;
  /** What a guest on the road pv has in place of the board; undefined on the others. */
  readonly paravirtual: ParavirtualDevices | undefined;
  readonly drives: Drives;
  private readonly ports = new PortSpace();
  private readonly space = new RangeSpace();
  private source: BootSource | undefined;
  private ending: Ending | undefined;
  private resetRequested = false;
  private chunk = CHUNK_MAXIMUM;
  private beforeInstruction: (() => void) | undefined;
  private onException: ((vector: number, code: number) => void) | undefined;
  /** Guest time at which the processor has to come back; new deadlines before it stop it early. */
  private sliceEnd: Nanoseconds = Number.POSITIVE_INFINITY;

  constructor(private readonly options: MachineOptions) {
    if (!isRamSize(options.ramBytes)) throw new RangeError("a machine has a whole number of MiB of memory, from 4 to 3584");
    this.cpu = this.createProcessor();
    this.clock = options.shared?.clock ?? this.createClock();
    this.queue = new TaskQueue(this.clock, this.clock.kind === "virtual");
    this.queue.onArmed(() => {
      const next = this.queue.next();
      if (next !== undefined && next < this.sliceEnd) this.cpu.stop();
    });
    this.memory = new PcMemory(this.cpu);
    this.space.add(SHADOW_START, SHADOW_END - SHADOW_START, this.memory.shadowRegion);
    this.drives = new Drives(options.drives ?? { drives: [], bootOrder: [] }, this.clock.kind, this.queue);
    this.board = this.createBoard();
    if (this.cpu instanceof PvProcessor) this.paravirtual = this.createParavirtual(this.cpu);
  }

  /** The virtual processor, with its counters and exits; undefined on the road bare. */
  get vcpu(): Vcpu | undefined {
    return this.cpu instanceof VmProcessor ? this.cpu.vcpu : undefined;
  }

  private createClock(): MachineClock {
    const { clock, hostTime } = this.options;
    if (clock === "virtual") return new VirtualClock(() => Number(this.cpu.instructions));
    return new RealClock(hostTime, () => this.cpu.view.getUint32(STATE.INSTRUCTIONS, true));
  }

  private createProcessor(): Processor {
    const { options } = this;
    const policy = TRANSLATION_POLICIES[options.translate ?? "on"];
    const processor: CpuOptions = {
      module: options.module,
      ramBytes: options.ramBytes,
      extraBytes: EXTRA_BYTES,
      host: this.host(),
      ...(policy ? { translator: { ...policy, ...options.translator } } : {}),
      features: (options.features ?? 0) | (this.hypervisor === "kvm" ? STATE.FEATURE_KVM : 0),
    };
    const shared = options.shared?.host;
    if (options.road?.road === "pv") return new PvProcessor(processor, (ending) => this.guestEnded(ending), shared);
    return options.road ? new VmProcessor(processor, options.road, shared) : Cpu.create(processor);
  }

  private guestEnded(ending: PvEnding): void {
    if (ending.event === "reboot") this.requestReset();
    else this.end(ending.event === "crash" ? { kind: "crash", message: ending.message } : { kind: "power-off" });
  }

  private createParavirtual({ paravirtual }: PvProcessor): ParavirtualDevices {
    return new ParavirtualDevices(paravirtual, {
      scheduler: this.queue,
      serial: this.board.com1.ports,
      wallClock: () => this.options.wallClock,
      disk: this.options.disk,
    });
  }

  private host(): CpuHost {
    const { observer } = this.options;
    const host: CpuHost = {
      portIn: (port, size) => this.ports.read(port, size),
      portOut: (port, value, size) => this.ports.write(port, value, size),
      mmioRead: (address, size) => this.space.read(address, size),
      mmioWrite: (address, value, size) => this.space.write(address, value, size),
      interruptAcknowledge: () => this.board.acknowledge(),
      timeStamp: () => Math.floor(this.clock.now()),
      ticksPerInstruction: this.options.clock === "virtual" ? NANOSECONDS_PER_INSTRUCTION : USUAL_NANOSECONDS_PER_INSTRUCTION,
      floatingPointError: () => this.board.fpuError.signal(),
      msrWritten: (index, value) => {
        if (index === IA32_APIC_BASE) this.board.setApicBase(Number(value));
        else this.board.kvm?.timeStampWritten();
      },
      hypervisor: {
        readMsr: (index) => this.board.kvm?.readMsr(index),
        writeMsr: (index, value) => this.board.kvm?.writeMsr(index, value) ?? false,
      },
    };
    return observer ? observed(host, observer) : host;
  }

  private createBoard(): PcBoard {
    const output = this.options.output ?? {};
    return new PcBoard({
      ports: this.ports,
      memory: this.space,
      guestMemory: this.memory,
      scheduler: this.queue,
      videoMemory: this.memory,
      intr: { set: (level) => this.cpu.setInterrupt(level) },
      nmi: () => this.cpu.nonMaskableInterrupt(),
      init: () => this.requestReset(),
      reset: () => this.requestReset(),
      powerOff: () => this.end({ kind: "power-off" }),
      exit: (code) => this.end({ kind: "exit", code }),
      setA20: (open) => this.memory.setA20(open),
      setShadow: (start, length, mode) => this.memory.setShadow(start, length, mode),
      mapFramebuffer: (base) => this.memory.mapFramebuffer(base),
      serial1: (byte) => output.serial1?.(byte),
      serial2: (byte) => output.serial2?.(byte),
      debugConsole: (byte) => output.debugConsole?.(byte),
      tone: (hertz) => output.tone?.(hertz),
      wallClock: () => this.options.wallClock,
      drives: this.drives.forBoard,
      kicked: () => {
        this.vcpu?.counters.count("kicks");
        this.options.observer?.kick?.();
      },
      ...(this.options.videoRom ? { videoRom: this.options.videoRom } : {}),
      ...(this.hypervisor === "kvm" ? { kvm: this.kvmHost() } : {}),
    });
  }

  private get hypervisor(): HypervisorKind {
    return this.options.hypervisor ?? "none";
  }

  private kvmHost(): NonNullable<PcOptions["kvm"]> {
    return { tscOffset: () => this.cpu.view.getBigUint64(STATE.TSC_OFFSET, true), stolen: () => this.clock.stolen };
  }

  private end(ending: Ending): void {
    this.ending = ending;
    this.cpu.stop();
  }

  private requestReset(): void {
    this.resetRequested = true;
    this.cpu.stop();
  }

  /** Load a guest and put the processor at its beginning. Throws BootError. */
  boot(source: BootSource): void {
    this.source = source;
    this.reset();
  }

  /** Power-cycle: reset everything and load the guest again. */
  reset(): void {
    this.cpu.reset();
    this.board.reset();
    this.paravirtual?.reset();
    this.ending = undefined;
    this.resetRequested = false;
    if (this.source) startGuest(this.source, this);
  }

  /**
   * Run for about `milliseconds` of host time, or until there is nothing to do. `limit`: at most so many instructions (exactly, unless the
   * guest halts or ends).
   */
  run(milliseconds: number, limit = Number.POSITIVE_INFINITY): Slice {
    const slice = this.runSlice(milliseconds, limit);
    // What is due has happened: a device that is saved at its own deadline would not know that it lies before it.
    if (this.clock.kind === "virtual") this.queue.runDue(this.clock.now());
    return slice;
  }

  private runSlice(milliseconds: number, limit: number): Slice {
    const begin = this.options.hostTime();
    const last = Number(this.cpu.instructions) + limit;
    this.clock.resume();
    while (!this.ending) {
      const left = last - Number(this.cpu.instructions);
      if (left <= 0) break;
      const start = this.options.hostTime();
      const idle = this.turn(Math.min(left, this.chunk));
      if (this.cpu.stops.isHit) return this.ending ? { ending: this.ending, hit: true } : { hit: true };
      if (idle !== undefined) return this.waiting(idle);
      const now = this.options.hostTime();
      this.adapt(now - start);
      if (now - begin >= (this.queue.awaits ? Math.min(milliseconds, AWAITING_SLICE) : milliseconds)) break;
    }
    return this.ending ? { ending: this.ending } : {};
  }

  private adapt(milliseconds: number): void {
    if (milliseconds > 2 * CHUNK_TIME) this.chunk = Math.max(CHUNK_MINIMUM, this.chunk >> 1);
    else if (milliseconds < CHUNK_TIME) this.chunk = Math.min(CHUNK_MAXIMUM, this.chunk << 1);
  }

  private waiting(idle: number): Slice {
    if (this.ending) return { ending: this.ending };
    const waits = this.queue.awaited;
    return waits ? { idle, waits } : { idle };
  }

  /** Run to the next deadline, but at most `count` instructions. Returns milliseconds of idleness if the processor waits. */
  private turn(count: number): number | undefined {
    this.queue.runDue(this.clock.now());
    if (this.queue.standing(this.clock.now())) return Number.POSITIVE_INFINITY;
    const next = this.queue.next();
    this.sliceEnd = next ?? Number.POSITIVE_INFINITY;
    this.board.kvm?.entered();
    const exit = this.beforeInstruction || this.onException ? this.traced() : this.cpu.run(this.instructionsUntil(next, count));
    this.sliceEnd = Number.NEGATIVE_INFINITY;
    if (this.resetRequested || exit === "shutdown") {
      if (this.options.stopOnReset) this.ending = { kind: "reset" };
      else this.reset();
    } else if (exit === "halt" && !this.ending) return this.halted();
    return undefined;
  }

  private instructionsUntil(next: Nanoseconds | undefined, count: number): number {
    if (next === undefined || this.clock.kind === "real") return count;
    return Math.min(count, Math.max(1, Math.ceil((next - this.clock.now()) / NANOSECONDS_PER_INSTRUCTION)));
  }

  /** The processor is in HLT: skip to the next deadline, or say how long it takes until then. */
  private halted(): number | undefined {
    this.clock.rest();
    const next = this.queue.next();
    if (!this.cpu.interruptible) {
      this.ending = { kind: "dead" };
      return undefined;
    }
    if (next === undefined) return Number.POSITIVE_INFINITY;
    const wait = (next - this.clock.now()) / 1e6;
    return this.clock.skipTo(next) || wait <= 0 ? undefined : wait;
  }

  /** Call `listener` before every instruction. The machine runs one at a time from now on. */
  traceInstructions(listener: () => void): void {
    this.beforeInstruction = listener;
  }

  /** Tell `listener` of every exception delivered. The machine runs one instruction at a time from now on. */
  traceExceptions(listener: (vector: number, code: number) => void): void {
    this.onException = listener;
  }

  /** One instruction with the tracing listeners around it. */
  private traced(): Exit {
    const { view } = this.cpu;
    this.beforeInstruction?.();
    const before = view.getUint32(STATE.EXCEPTIONS, true);
    const exit = this.cpu.run(1);
    if (view.getUint32(STATE.EXCEPTIONS, true) !== before)
      this.onException?.(view.getUint32(STATE.LAST_EXCEPTION, true), view.getUint32(STATE.LAST_EXCEPTION + 4, true));
    return exit;
  }

  /** Stop real time until the next run(). */
  pause(): void {
    this.clock.pause();
  }

  private get devices(): readonly Device[] {
    return this.paravirtual ? [...this.board.devices, this.paravirtual] : this.board.devices;
  }

  /** Device records by name, as save() has them. */
  saveDevices(): Record<string, DeviceState> {
    return Object.fromEntries(this.devices.map((device) => [device.name, device.save()]));
  }

  /**
   * Continue from another moment of this machine's life: memories and processor are in place. Throws SnapshotError or StateError; the machine
   * is then not fit to run.
   */
  resumeAt(now: Nanoseconds, devices: Readonly<Record<string, DeviceState>>): void {
    this.clock.set(now);
    if (devices[PARAVIRTUAL] && !this.paravirtual)
      throw new SnapshotError("the snapshot is of a paravirtual guest: it goes on on the road pv only");
    const known = new Set(this.devices.map(({ name }) => name));
    for (const name of Object.keys(devices))
      if (!known.has(name)) throw new SnapshotError(`the snapshot is of a machine that has ${name}, which is not here`);
    for (const device of this.devices) {
      const state = devices[device.name];
      if (!state) throw new SnapshotError(`the snapshot has no record of the device ${device.name}`);
      device.load(state);
    }
    this.ending = undefined;
    this.resetRequested = false;
  }

  /** The whole machine as one file. */
  save(): Uint8Array {
    return encodeSnapshot({
      machine: {
        version: 1,
        ramBytes: this.options.ramBytes,
        clock: this.options.clock,
        hypervisor: this.hypervisor,
        now: this.clock.now(),
        source: packSource(this.source),
      },
      devices: this.saveDevices(),
      processor: this.cpu.saveState(),
      memories: { ram: this.cpu.ram, video: this.memory.bytes, rom: this.memory.romImage },
    });
  }

  /** What a snapshot needs of the machine that is to take it. Throws SnapshotError. */
  static describe(file: Uint8Array): Required<Pick<MachineOptions, "ramBytes" | "clock" | "hypervisor">> {
    const { machine } = decodeSnapshot(file);
    const { ramBytes, clock } = machine as { ramBytes?: unknown; clock?: unknown };
    const hypervisor = hypervisorOf(machine);
    if (typeof ramBytes !== "number" || !isRamSize(ramBytes) || (clock !== "real" && clock !== "virtual") || !hypervisor)
      throw new SnapshotError("the snapshot does not say what machine it is of");
    return { ramBytes, clock, hypervisor };
  }

  /** Become what save() wrote. Throws SnapshotError or StateError; the machine is then not fit to run. */
  load(file: Uint8Array): void {
    const content = decodeSnapshot(file);
    const { hypervisor } = this;
    if (hypervisorOf(content.machine) !== hypervisor)
      throw new SnapshotError(`the snapshot is not of a machine whose hypervisor is ${hypervisor}, as this one's`);
    // From here on it has no part of memory that devices, while they are loaded, could make it write to.
    this.board.kvm?.reset();
    this.loadMemories(content);
    this.loadProcessor(content.processor);
    const { now, source } = content.machine as { now?: unknown; source?: unknown };
    if (typeof now !== "number" || !(now >= 0 && now <= Number.MAX_SAFE_INTEGER))
      throw new SnapshotError("the snapshot does not say what time it is of");
    this.source = unpackSource(source);
    this.resumeAt(now, content.devices);
  }

  private loadProcessor(record: Uint8Array): void {
    try {
      this.cpu.loadState(record);
    } catch (error) {
      if (error instanceof CpuError) throw new SnapshotError(`the snapshot is damaged: ${error.message}`);
      throw error;
    }
  }

  private loadMemories({ memories }: DecodedSnapshot): void {
    const { ram, video, rom } = memories;
    if (!ram || !video || !rom || ram.size !== this.cpu.ram.length || video.size !== this.memory.bytes.length || rom.size > ROM_SIZE)
      throw new SnapshotError(
        `the snapshot is of a machine with ${Math.round((ram?.size ?? 0) / 2 ** 20)} MiB of memory, this one has ${this.cpu.ram.length >> 20}`,
      );
    unpackMemory(ram, this.cpu.ram);
    unpackMemory(video, this.memory.bytes);
    if (rom.size === 0) return;
    const image = new Uint8Array(rom.size);
    unpackMemory(rom, image);
    this.memory.installRom(image);
  }
}

/** What a snapshot says; snapshots from before there was one say nothing. */
function hypervisorOf(machine: unknown): HypervisorKind | undefined {
  const { hypervisor = "none" } = machine as { hypervisor?: unknown };
  return HYPERVISORS.find((kind) => kind === hypervisor);
}

function isRamSize(bytes: number): boolean {
  return bytes >= RAM_MINIMUM && bytes <= MAX_RAM && bytes % RAM_UNIT === 0;
}

/** The same host, with everything that passes shown to an observer. */
function observed(host: CpuHost, observer: MachineObserver): CpuHost {
  return {
    ...host,
    portIn: (port, size) => {
      const value = host.portIn(port, size);
      observer.port?.(false, port, size, value);
      return value;
    },
    portOut: (port, value, size) => {
      observer.port?.(true, port, size, value);
      host.portOut(port, value, size);
    },
    mmioRead: (address, size) => {
      const value = host.mmioRead(address, size);
      observer.mmio?.(false, address, size, value);
      return value;
    },
    mmioWrite: (address, value, size) => {
      observer.mmio?.(true, address, size, value);
      host.mmioWrite(address, value, size);
    },
    interruptAcknowledge: () => {
      const vector = host.interruptAcknowledge();
      observer.interrupt?.(vector);
      return vector;
    },
  };
}
