// What a machine is made of and connected to, and what its slices tell.
import type { CpuOptions } from "../../core/cpu/cpu.js";
import type { TranslationPolicy, TranslatorOptions } from "../../core/translator/options.js";
import type { Host } from "../../core/vmm/host.js";
import type { PvDisk } from "../../core/vmm/pv/paravirtual.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import type { DrivesOptions } from "./drives.js";
import type { ClockKind, MachineClock } from "./guest-clock.js";

export interface MachineOptions {
  /** The compiled processor (dist/wasm/ringside.wasm). */
  readonly module: CpuOptions["module"];
  /** Guest RAM in bytes: a multiple of 1 MiB, 4 MiB to 3.5 GiB. */
  readonly ramBytes: number;
  readonly clock: ClockKind;
  /** How the guest's kernel is run: by the processor itself, which is so if nothing is given, or by a hypervisor. */
  readonly road?: RoadOptions;
  /** The host that it shares with others (shared-host.ts), on a road; its own if not given. */
  readonly shared?: { readonly host: Host; readonly clock: MachineClock };
  /** Monotonic host time in milliseconds. */
  readonly hostTime: () => number;
  /** Seconds since 1970 (UTC) at power-on. */
  readonly wallClock: number;
  /** The disk of a guest on the road pv. */
  readonly disk?: PvDisk;
  /** What is in the board's disk controllers. A snapshot holds what these were doing, but not what is on the disks. */
  readonly drives?: DrivesOptions;
  /** When the processor translates code to WebAssembly; "on" if not given. The guest can not tell. */
  readonly translate?: TranslationPolicy;
  /** What the host wants of the translator beside that. */
  readonly translator?: Partial<TranslatorOptions>;
  /** FEATURE_* switches of wasm/abi/state.ts, but for the hypervisor's. */
  readonly features?: number;
  /** The hypervisor whose paravirtual interface the guest finds; "none" if not given: the bare machine. */
  readonly hypervisor?: HypervisorKind;
  readonly output?: Partial<MachineOutput>;
  /** Sees every port and memory-mapped access and interrupt, for traces. */
  readonly observer?: MachineObserver;
  /** Video BIOS, offered in the VGA's expansion ROM. Only firmware runs it. */
  readonly videoRom?: Uint8Array;
  /** Ends the run where a PC would reset itself (reset lines, triple fault). */
  readonly stopOnReset?: boolean;
}

export const HYPERVISORS = ["none", "kvm"] as const;
export type HypervisorKind = (typeof HYPERVISORS)[number];

export interface MachineOutput {
  serial1(byte: number): void;
  serial2(byte: number): void;
  debugConsole(byte: number): void;
  tone(hertz: number): void;
}

export interface MachineObserver {
  port?(write: boolean, port: number, size: number, value: number): void;
  mmio?(write: boolean, address: number, size: number, value: number): void;
  interrupt?(vector: number): void;
  /** A driver has notified a virtio device of buffers. */
  kick?(): void;
}

/** Why a machine no longer runs. */
export type Ending =
  | { readonly kind: "power-off" }
  | { readonly kind: "exit"; readonly code: number }
  /** A reset or triple fault, where the owner asked to stop for it. */
  | { readonly kind: "reset" }
  /** Halted with interrupts off, or with nothing that could ever interrupt. */
  | { readonly kind: "dead" }
  /** A paravirtual guest that can not go on, or says so: a sentence. */
  | { readonly kind: "crash"; readonly message: string };

export interface Slice {
  /** Set when the guest has ended. */
  readonly ending?: Ending;
  /**
   * The guest waits: nothing happens for so many milliseconds of real time, unless input comes or `waits` settles. Infinity: only these can wake
   * it. Under the virtual clock time may stand, in the middle of the guest's work, for what the host has still to deliver.
   */
  readonly idle?: number;
  /** Settles when the host has delivered something that the guest waits for: a disk's data. There is no other use for it than to go on. */
  readonly waits?: Promise<void>;
  /** The run has stopped early, for what cpu.stops.take() tells. */
  readonly hit?: boolean;
}
