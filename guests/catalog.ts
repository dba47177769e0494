// The guests that come along: what they are, their sources, and how to build them. Sources are embedded (generated/sources.ts), so that
// Node and the page find them alike.

import { type AssembledSymbol, assemble, type ListingLine } from "./assembler/index.js";
import { SOURCES } from "./generated/sources.js";

/**
 * `boot-sector`: 512 bytes or more, started at 0x7C00 in real mode. `flat`: the same, of any size. `multiboot`: a kernel with a multiboot
 * 1 header, started in protected mode.
 */
export type GuestKind = "multiboot" | "boot-sector" | "flat";

export interface GuestInfo {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: GuestKind;
  /** The file that the others are included from. */
  readonly main: string;
  /** Source text by path, `main` first. */
  readonly files: Readonly<Record<string, string>>;
  /** As by `%define NAME VALUE` before the first line. */
  readonly defines?: Readonly<Record<string, string>>;
  /** The only road that it runs on. */
  readonly road?: "pv";
}

export interface BuiltGuest {
  readonly name: string;
  readonly kind: GuestKind;
  readonly bytes: Uint8Array;
  readonly loadAddress: number;
  readonly entry: number;
  readonly symbols: ReadonlyMap<string, AssembledSymbol>;
  /** Which source line each address comes from. */
  readonly listing: readonly ListingLine[];
}

/** There is no guest of this name. */
export class UnknownGuestError extends Error {
  constructor(name: string) {
    super(`there is no guest "${name}"; there are ${guests.map((g) => g.name).join(", ")}`);
    this.name = "UnknownGuestError";
  }
}

function filesOf(main: string, folder: string): Readonly<Record<string, string>> {
  const inside = Object.entries(SOURCES).filter(([path]) => path.startsWith(folder) && path !== main);
  return Object.fromEntries([[main, SOURCES[main]!], ...inside]);
}

const teachingKernel: GuestInfo = {
  name: "teaching-kernel",
  title: "Teaching kernel",
  description: "a small kernel with a shell: rings, paging, interrupts, two tasks in ring 3",
  kind: "multiboot",
  main: "teaching-kernel/kernel.asm",
  files: filesOf("teaching-kernel/kernel.asm", "teaching-kernel/"),
};

const nanobench: GuestInfo = {
  name: "nanobench",
  title: "Nanobench",
  description: "a kernel that times single things: system calls, ports, faults, page tables, interrupts",
  kind: "multiboot",
  main: "nanobench/kernel.asm",
  files: filesOf("nanobench/kernel.asm", "nanobench/"),
};

/** The interface's numbers, for every kernel that is written to it. */
const HYPERCALLS = "teaching-kernel/hypercalls.asm";

export const guests: readonly GuestInfo[] = [
  teachingKernel,
  {
    ...teachingKernel,
    name: "teaching-kernel-pv",
    title: "Teaching kernel, paravirtual",
    description: "the same kernel for ring 1, written to the hypervisor's interface: for --road pv",
    defines: { PARAVIRTUAL: "1" },
    road: "pv",
  },
  nanobench,
  {
    ...nanobench,
    name: "nanobench-pv",
    title: "Nanobench, paravirtual",
    description: "the same in ring 1, by hypercalls: for --road pv",
    files: { ...nanobench.files, [HYPERCALLS]: SOURCES[HYPERCALLS]! },
    defines: { PARAVIRTUAL: "1" },
    road: "pv",
  },
  {
    name: "hello",
    title: "Hello",
    description: "a boot sector that greets on the serial line and the screen, and switches off",
    kind: "boot-sector",
    main: "hello.asm",
    files: { "hello.asm": SOURCES["hello.asm"]! },
  },
];

/** Where %include looks: first beside the main file. */
function resolveInclude(guest: GuestInfo, path: string): string | undefined {
  const folder = guest.main.slice(0, guest.main.lastIndexOf("/") + 1);
  return guest.files[folder + path] ?? guest.files[path];
}

/** Assemble sources as a guest of some kind: the catalog's own, or a visitor's edited ones. Throws AssemblyError. */
export function buildSources(guest: GuestInfo): BuiltGuest {
  const readSource = (path: string) => resolveInclude(guest, path);
  const { bytes, origin, symbols, listing } = assemble(guest.main, guest.files[guest.main] ?? "", {
    readSource,
    defines: guest.defines ?? {},
  });
  const entry = guest.kind === "multiboot" ? Number(symbols.get("entry")?.value ?? origin) : origin;
  return { name: guest.name, kind: guest.kind, bytes, loadAddress: origin, entry, symbols, listing };
}

const built = new Map<string, BuiltGuest>();

/** A guest of the catalog, assembled once. Throws UnknownGuestError. */
export function buildGuest(name: string): BuiltGuest {
  const guest = guests.find((g) => g.name === name);
  if (guest === undefined) throw new UnknownGuestError(name);
  const done = built.get(name) ?? buildSources(guest);
  built.set(name, done);
  return done;
}
