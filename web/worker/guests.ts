import { buildGuest } from "../../guests/catalog.js";
import type { BootSource, GuestChoice } from "./protocol.js";

/** What a machine starts with for what the visitor chose. Assembles the guests that come along. */
export function bootSource(choice: GuestChoice): BootSource {
  if (choice.kind === "own") return choice.source;
  const { kind, bytes } = buildGuest(choice.name);
  return kind === "multiboot" ? { kind: "kernel", kernel: bytes, commandLine: "" } : { kind: "image", image: bytes };
}
