// A kernel for the paravirtual interface: its image is loaded as its multiboot header says, and entered as docs/hypercalls.md says. A header
// of its own tells that it is one.
import { HEADER_SEARCH, HEADER_SIZE, PV_VERSION, START_MAGIC } from "../../core/vmm/pv/abi.js";
import type { PvStart } from "../../core/vmm/pv/paravirtual.js";
import { BootError } from "./boot-error.js";
import { loadMultibootImage, type MultibootImage } from "./multiboot.js";
import { textBytes } from "./text.js";

export interface ParavirtualHeader {
  /** Of the interface. */
  readonly version: number;
}

export function findParavirtualHeader(kernel: Uint8Array): ParavirtualHeader | undefined {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  for (let at = 0; at + HEADER_SIZE <= Math.min(HEADER_SEARCH, kernel.length); at += 4) {
    const version = view.getUint32(at + 4, true);
    if (view.getUint32(at, true) === START_MAGIC && (START_MAGIC + version + view.getUint32(at + 8, true)) % 2 ** 32 === 0)
      return { version };
  }
  return undefined;
}

/** Throws BootError. */
export function loadParavirtual(
  { kernel, initrd, commandLine }: Omit<MultibootImage, "module"> & { initrd?: Uint8Array | undefined },
  ram: Uint8Array,
): PvStart {
  const header = findParavirtualHeader(kernel);
  if (!header) throw new BootError("the kernel does not know the paravirtual interface, which the road pv has in place of a PC");
  if (header.version > PV_VERSION)
    throw new BootError(`the kernel needs version ${header.version} of the paravirtual interface, and this one is ${PV_VERSION}`);
  if (initrd) throw new BootError("the paravirtual interface has no initrd");
  const { entry, end } = loadMultibootImage(kernel, ram);
  return { entry, end, commandLine: textBytes(commandLine) };
}
