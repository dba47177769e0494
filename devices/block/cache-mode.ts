/**
 * What a completed write promises, by QEMU's names ("qemu(1), -drive, cache"):
 * - writeback: it survives a crash of the host after the next flush.
 * - none: the same; the host's page cache would be bypassed, which no store here can do.
 * - writethrough: it survives a crash of the host.
 * - unsafe: nothing. Flushes do not reach the store, and there is no order among writes once the host crashes.
 */
export type CacheMode = "writeback" | "writethrough" | "none" | "unsafe";

export const CACHE_MODES: readonly CacheMode[] = ["writeback", "writethrough", "none", "unsafe"];
