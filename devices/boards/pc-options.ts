// What the PC board needs from the machine around it.

import type { AddressSpace, GuestMemory, Mapping } from "../../core/bus/bus.js";
import type { Scheduler } from "../../core/bus/clock.js";
import type { Line } from "../../core/bus/device.js";
import type { Medium } from "../block/disk.js";
import type { BootDevice, FloppyType } from "../cmos.js";
import type { DriveFactory } from "../ide/ide-channel.js";
import type { KvmHost } from "../kvm/kvm-host.js";
import type { PciFunction } from "../pci/function.js";
import type { Shadow } from "../pci/i440fx.js";
import type { VideoMemory } from "../vga/video-memory.js";

export interface PcOptions {
  readonly ports: AddressSpace;
  /** Memory-mapped devices. */
  readonly memory: AddressSpace;
  readonly guestMemory: GuestMemory;
  readonly scheduler: Scheduler;
  readonly videoMemory: VideoMemory;
  /** The processor's INTR pin. */
  readonly intr: Line;
  nmi(): void;
  /** INIT over the APIC bus: the processor starts at its reset vector, the board goes on. Default: nothing. */
  init?(): void;
  /** The whole machine is to be reset: the caller resets processor and board, now or soon. */
  reset(): void;
  powerOff(): void;
  /** The guest ends the run with an exit code (isa-debug-exit). */
  exit(code: number): void;
  setA20(open: boolean): void;
  /** What [start, start + length) between C0000 and FFFFF is from now on. */
  setShadow(start: number, length: number, mode: Shadow): void;
  /** Gives the processor video memory at `base`, without a device in between. Default: the board answers accesses there. */
  mapFramebuffer?(base: number): Mapping;
  /** Bytes the guest sends on COM1 and COM2. */
  serial1(byte: number): void;
  serial2(byte: number): void;
  debugConsole(byte: number): void;
  /** Seconds since 1970 at power-on, UTC. */
  wallClock(): number;
  /** Hertz of the PC speaker, 0 for silence. */
  tone?(frequency: number): void;
  /** The board has KVM's paravirtual interface, which needs this beside what others need. */
  readonly kvm?: Pick<KvmHost, "tscOffset" | "stolen">;
  readonly drives?: PcDrives;
  /** A driver has notified a virtio device of buffers. */
  kicked?(): void;
  /** Video BIOS for the VGA's expansion ROM. */
  readonly videoRom?: Uint8Array;
}

/** Makes a PCI function for a board. */
export type PciFunctionFactory = (options: PcOptions) => PciFunction;

/** What is plugged into the board's disk controllers, and what its CMOS tells a BIOS of it. */
export interface PcDrives {
  /** Primary device 0 and 1, secondary device 0 and 1. */
  readonly ide: readonly (DriveFactory | undefined)[];
  /** Cylinders of the disks among them. */
  readonly ideCylinders: readonly (number | undefined)[];
  /** Controllers of their own, in PCI slots from 3 on. */
  readonly functions: readonly PciFunctionFactory[];
  /** What is in the floppy drives; undefined: there is no such drive. */
  readonly floppies: readonly (Medium | undefined)[];
  readonly floppyTypes: readonly FloppyType[];
  /** First to third choice. */
  readonly bootOrder: readonly BootDevice[];
  /** What to boot from before all else, as firmware names devices: fw_cfg's file "bootorder". */
  readonly bootPaths: readonly string[];
}
