// Metadata contexts: what BLOCK_STATUS can tell of an export. NBD protocol, "Metadata querying"; qemu's documentation, "nbd", for the namespace qemu.
import type { Extent } from "../image.js";
import { ALLOCATION } from "./protocol.js";

export interface MetaContext {
  readonly name: string;
  /** As the client and we call it. */
  readonly id: number;
  status(extent: Extent): number;
}

const CONTEXTS: readonly MetaContext[] = [
  { name: "base:allocation", id: 0, status: ({ data, zero }) => (data ? 0 : ALLOCATION.hole) | (zero ? ALLOCATION.zero : 0) },
  // 0: nowhere; 1: in the image; more: so many steps behind it.
  { name: "qemu:allocation-depth", id: 1, status: ({ present, depth }) => (present ? depth + 1 : 0) },
];

/** To list: a namespace alone ("base:") asks for all in it, and no query for all there are. */
export function listContexts(queries: readonly string[]): readonly MetaContext[] {
  if (queries.length === 0) return CONTEXTS;
  return CONTEXTS.filter(({ name }) => queries.some((query) => query === name || (query.endsWith(":") && name.startsWith(query))));
}

/** To select: by full name only. */
export function selectContexts(queries: readonly string[]): readonly MetaContext[] {
  return CONTEXTS.filter(({ name }) => queries.includes(name));
}
