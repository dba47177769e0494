import { buildGuest } from "../../guests/catalog.js";
import type { BootSource, GuestChoice } from "./protocol.js";
import { SourceLines } from "./source-lines.js";

export interface Prepared {
  readonly source: BootSource;
  /** Of a guest that comes along: where its code comes from. */
  readonly lines?: SourceLines;
  /** A video BIOS for firmware to run. */
  readonly videoRom?: Uint8Array | undefined;
}

/** What a machine starts with for what the visitor chose. Assembles the guests that come along. */
export function prepare(choice: GuestChoice): Prepared {
  if (choice.kind === "own") return { source: choice.source, videoRom: choice.videoRom };
  const guest = buildGuest(choice.name);
  const lines = new SourceLines(guest);
  if (guest.kind === "multiboot") return { source: { kind: "kernel", kernel: guest.bytes, commandLine: "" }, lines };
  return { source: { kind: "image", image: guest.bytes }, lines };
}
