// What the page and the machine's worker say to each other. Types only.

import type { TranslationPolicy } from "../../core/translator/options.js";
import type { TranslatorStatistics } from "../../core/translator/translator.js";
import type { BootSource } from "../../devices/machine/boot-source.js";
import type { ClockKind } from "../../devices/machine/guest-clock.js";
import type { HypervisorKind } from "../../devices/machine/machine-options.js";
import type { DiskCommand, DiskReport, DriveSpec } from "./disks/protocol.js";
import type { NetworkSpec, NetworkState } from "./network/protocol.js";

export type { BootSource, ClockKind, TranslationPolicy, TranslatorStatistics };

/** A guest that comes along, as the picker shows it. */
export interface ToyGuest {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

export type GuestChoice =
  | { readonly kind: "toy"; readonly name: string }
  /** The visitor's own files. `title` names them to the visitor. */
  | { readonly kind: "own"; readonly title: string; readonly source: BootSource; readonly videoRom?: Uint8Array | undefined };

/** What is plugged into a machine. */
export interface MachineParts {
  readonly drives: readonly DriveSpec[];
  /** What firmware tries first. */
  readonly bootFrom: "disk" | "cdrom";
  readonly network: NetworkSpec | undefined;
}

/** A machine to build, and what it starts with. */
export interface MachineSpec extends MachineParts {
  readonly guest: GuestChoice;
  readonly memoryMiB: number;
  readonly clock: ClockKind;
  readonly translate: TranslationPolicy;
}

/** From the page to the worker. */
export type Command =
  | { readonly type: "boot"; readonly spec: MachineSpec }
  /** `parts`: as the machine had them that was saved. */
  | { readonly type: "restore"; readonly file: Uint8Array; readonly title: string; readonly parts: MachineParts }
  | { readonly type: "run" }
  | { readonly type: "pause" }
  /** Execute so many instructions, then pause. */
  | { readonly type: "step"; readonly count: number }
  | { readonly type: "reset" }
  | { readonly type: "save" }
  /** Bytes typed on COM1. */
  | { readonly type: "serial"; readonly bytes: Uint8Array }
  /** So many bytes of serial output have been shown. */
  | { readonly type: "serialShown"; readonly count: number }
  /** The last frame has been shown. */
  | { readonly type: "frameShown" }
  /** A key by its KeyboardEvent.code. */
  | { readonly type: "key"; readonly code: string; readonly down: boolean }
  | { readonly type: "releaseKeys" }
  | { readonly type: "mouseMove"; readonly dx: number; readonly dy: number; readonly dz: number }
  | { readonly type: "mouseButtons"; readonly down: number }
  /** The page may go away. */
  | { readonly type: "flushDisks" }
  | { readonly type: "disks"; readonly id: number; readonly command: DiskCommand }
  /** What the visitor can see: the screen, and the processor every so many milliseconds while it runs (0: only when it stops). */
  | { readonly type: "watch"; readonly screen: boolean; readonly processorEvery: number };

/**
 * Where a machine is. `halted`: HLT with interrupts off, nothing can wake it. `shutdown`: a triple fault. `exited`: the guest ended the
 * run with a code (isa-debug-exit).
 */
export type Activity = "empty" | "running" | "paused" | "off" | "halted" | "shutdown" | "exited";

/** What the machine was built as; after a restore, what the snapshot says. */
export interface MachineFacts {
  readonly title: string;
  readonly memoryMiB: number;
  readonly clock: ClockKind;
  /** Not in a snapshot: it is no property of the guest's machine. */
  readonly translate: TranslationPolicy;
  /** Only a snapshot brings one. */
  readonly hypervisor?: HypervisorKind;
}

export interface Meter {
  /** Million instructions a second of host time, since the last meter. */
  readonly mips: number;
  /** Share of host time spent executing, 0 to 1. */
  readonly busy: number;
  /** Instructions since power-on. */
  readonly instructions: number;
  /** Guest time since power-on. */
  readonly guestSeconds: number;
  /** What the translator has done for this machine; undefined without one. */
  readonly translation: TranslatorStatistics | undefined;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** First row that `pixels` (RGBA) replaces. */
  readonly top: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

export interface SegmentState {
  readonly name: string;
  readonly selector: number;
  readonly base: number;
  readonly limit: number;
  /** Descriptor bits 40-55. */
  readonly access: number;
  readonly usable: boolean;
}

export interface CodeLine {
  /** Offset in the code segment. */
  readonly offset: number;
  readonly bytes: string;
  readonly mnemonic: string;
  readonly operands: string;
  readonly current: boolean;
}

export interface StackWord {
  readonly offset: number;
  /** Undefined where no memory answers. */
  readonly value: number | undefined;
}

/** A line of a guest's source, and the label it stands below. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly label: string | undefined;
}

export type ProcessorMode = "real" | "protected" | "virtual-8086";

export interface ProcessorState {
  readonly mode: ProcessorMode;
  readonly ring: number;
  readonly paging: "off" | "32-bit" | "PAE";
  readonly halted: boolean;
  /** The code segment's default operand size, 16 or 32. */
  readonly codeBits: number;
  readonly stackBits: number;
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  readonly general: readonly number[];
  readonly eip: number;
  readonly eflags: number;
  readonly segments: readonly SegmentState[];
  readonly gdtr: { readonly base: number; readonly limit: number };
  readonly idtr: { readonly base: number; readonly limit: number };
  readonly control: { readonly cr0: number; readonly cr2: number; readonly cr3: number; readonly cr4: number };
  readonly code: readonly CodeLine[];
  /** Where the current instruction comes from, for guests whose source is known. */
  readonly source: SourceLine | undefined;
  readonly stack: readonly StackWord[];
  readonly instructions: number;
}

/** From the worker to the page. */
export type Report =
  | { readonly type: "ready"; readonly guests: readonly ToyGuest[] }
  /** A new machine stands there: forget what the old one showed. */
  | { readonly type: "machine"; readonly facts: MachineFacts }
  | { readonly type: "activity"; readonly activity: Activity; readonly exitCode?: number }
  | { readonly type: "meter"; readonly meter: Meter }
  | { readonly type: "serial"; readonly bytes: Uint8Array }
  | { readonly type: "frame"; readonly frame: Frame }
  /** The characters on the screen, for those who can not see it; empty in graphics modes. */
  | { readonly type: "screenText"; readonly lines: readonly string[] }
  | { readonly type: "processor"; readonly state: ProcessorState }
  | { readonly type: "saved"; readonly file: Uint8Array<ArrayBuffer>; readonly title: string }
  /** What became of the command of that number. */
  | { readonly type: "disks"; readonly id: number; readonly report: DiskReport }
  /** Undefined: this machine has none. */
  | { readonly type: "network"; readonly state: NetworkState | undefined }
  /** One sentence for the visitor. */
  | { readonly type: "problem"; readonly sentence: string };
