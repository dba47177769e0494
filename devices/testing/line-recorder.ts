// A wire's far end for tests: remembers the level and every change of it.

import type { Clock, Nanoseconds } from "../../core/bus/clock.js";
import type { Line } from "../../core/bus/device.js";

export interface Edge {
  readonly when: Nanoseconds;
  readonly level: boolean;
}

export class LineRecorder implements Line {
  level: boolean;
  readonly edges: Edge[] = [];

  constructor(
    private readonly clock: Clock = { now: () => 0 },
    initial = false,
  ) {
    this.level = initial;
  }

  set(level: boolean): void {
    if (level === this.level) return;
    this.level = level;
    this.edges.push({ when: this.clock.now(), level });
  }

  get rises(): Nanoseconds[] {
    return this.edges.filter((edge) => edge.level).map((edge) => edge.when);
  }

  get falls(): Nanoseconds[] {
    return this.edges.filter((edge) => !edge.level).map((edge) => edge.when);
  }

  /** Forget the edges so far; the level stays. */
  clear(): void {
    this.edges.length = 0;
  }
}
