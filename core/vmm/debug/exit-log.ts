// The last exits of a virtual processor, as records, for who looks at it now and then. Nothing is recorded before somebody asks.
import type { Counts } from "../events/counters.js";
import type { ExitRecord } from "../events/record.js";
import type { Vcpu } from "../vcpu.js";

export class ExitLog {
  private kept: ExitRecord[] = [];
  private most = 0;
  private end: (() => void) | undefined;

  constructor(private readonly vcpu: Vcpu) {}

  /** Keep so many from now on; 0: none, at no cost. */
  keep(most: number): void {
    this.most = most;
    this.trim();
    if (most === 0) this.end?.();
    if (most === 0) this.end = undefined;
    else
      this.end ??= this.vcpu.events.subscribe((record) => {
        this.kept.push(record);
        this.trim();
      });
  }

  private trim(): void {
    if (this.kept.length > this.most) this.kept = this.kept.slice(this.kept.length - this.most);
  }

  /** The oldest first. */
  get records(): readonly ExitRecord[] {
    return this.kept;
  }

  /** Since the virtual processor was made, exits that are lived again included. */
  get counts(): Counts {
    return this.vcpu.counters.since();
  }

  /** The guest has gone back to where it had executed so many instructions: later exits have not been. */
  forgetAfter(instructions: number): void {
    this.kept = this.kept.filter((record) => record.instructions <= instructions);
  }
}
