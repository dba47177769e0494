// What a machine starts with: seen from the file, loaded, entered.
import type { StateValue } from "../../core/bus/device.js";
import { prepareDirectBoot } from "../boards/direct-boot.js";
import { e820Map } from "../boards/memory-map.js";
import { BootError } from "../boot/boot-error.js";
import { enter } from "../boot/entry.js";
import { loadFlat } from "../boot/flat.js";
import { loadLinux } from "../boot/linux.js";
import { findMultibootHeader, isElf, loadMultiboot } from "../boot/multiboot.js";
import { findParavirtualHeader, loadParavirtual } from "../boot/paravirtual.js";
import type { Machine } from "./machine.js";
import { ROM_SIZE } from "./memory.js";
import { SnapshotError } from "./snapshot.js";

/** What a machine starts with. */
export type BootSource =
  /** A bzImage or a multiboot kernel: which one is seen from the file. */
  | { readonly kind: "kernel"; readonly kernel: Uint8Array; readonly initrd?: Uint8Array | undefined; readonly commandLine: string }
  /** A boot sector or flat image for 0000:7C00. */
  | { readonly kind: "image"; readonly image: Uint8Array }
  /** Firmware, mapped below 4 GiB and started at the reset vector. */
  | { readonly kind: "bios"; readonly bios: Uint8Array };

/** The source as a snapshot holds it, so that a resumed guest can reset itself. */
export function packSource(source: BootSource | undefined): StateValue {
  if (!source) return null;
  const { kind } = source;
  if (kind === "kernel") return { kind, kernel: source.kernel, initrd: source.initrd ?? null, commandLine: source.commandLine };
  return kind === "image" ? { kind, image: source.image } : { kind, bios: source.bios };
}

/** Throws SnapshotError if `value` is nothing that packSource() wrote. */
export function unpackSource(value: unknown): BootSource | undefined {
  if (value === null || value === undefined) return undefined;
  const { kind, kernel, initrd, commandLine, image, bios } = value as Readonly<Record<string, unknown>>;
  if (kind === "kernel" && kernel instanceof Uint8Array && typeof commandLine === "string")
    return { kind, kernel, initrd: initrd instanceof Uint8Array ? initrd : undefined, commandLine };
  if (kind === "image" && image instanceof Uint8Array) return { kind, image };
  if (kind === "bios" && bios instanceof Uint8Array) return { kind, bios };
  throw new SnapshotError("the snapshot's record of what the machine was started with is damaged");
}

function checkBios(bios: Uint8Array): void {
  if (bios.length === 0 || bios.length % 0x10000 !== 0 || bios.length > ROM_SIZE)
    throw new BootError(`a BIOS image has a multiple of 64 KiB, at most ${ROM_SIZE >> 20} MiB; this one has ${bios.length} bytes`);
}

/** Load `source` into a machine that was just reset. Throws BootError. */
export function startGuest(source: BootSource, machine: Machine): void {
  const { cpu, board, memory } = machine;
  if (machine.paravirtual) {
    if (source.kind !== "kernel") throw new BootError("the road pv starts kernels only: it has neither real mode nor a place for firmware");
    machine.paravirtual.start(loadParavirtual(source, cpu.ram));
    return;
  }
  if (source.kind === "bios") {
    checkBios(source.bios);
    memory.installRom(source.bios);
    return;
  }
  const e820 = e820Map(cpu.ram.length);
  const { rsdp } = prepareDirectBoot(board);
  if (source.kind === "image") {
    enter(cpu, loadFlat(source.image, cpu.ram));
    return;
  }
  const { kernel, initrd, commandLine } = source;
  if (kernel.length === 0) throw new BootError("the kernel file is empty");
  if (findParavirtualHeader(kernel))
    throw new BootError("the kernel is written for the paravirtual interface: it runs on the road pv only");
  const multiboot = isElf(kernel) || findMultibootHeader(kernel) !== undefined;
  if (multiboot) enter(cpu, loadMultiboot({ kernel, module: initrd, commandLine }, cpu.ram, e820));
  else enter(cpu, loadLinux({ kernel, initrd, commandLine }, { ram: cpu.ram, e820, rsdp }));
}
