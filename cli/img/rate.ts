import { setTimeout as sleep } from "node:timers/promises";

/** For at most so many bytes a second: resolves when the next `bytes` may be moved. */
export function rateLimiter(bytesPerSecond: number | undefined): { limit?: (bytes: number) => Promise<void> } {
  if (!bytesPerSecond) return {};
  let free = performance.now();
  return {
    limit: async (bytes) => {
      const wait = free - performance.now();
      free = Math.max(free, performance.now()) + (bytes * 1000) / bytesPerSecond;
      if (wait > 0) await sleep(wait);
    },
  };
}
