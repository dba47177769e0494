// The write traces of one VM. Each of its virtual processors may have shadow tables of its own, and each must hear of what any of them stores to
// the pages that it made something of.

/** What one virtual processor has made of guest memory. Pages are host-physical. */
export interface WriteTracer {
  /** Whether it wants to hear of stores to a page. */
  traces(hostPage: number): boolean;
  /** Somebody wants to hear of them from now on: stores have to fault. */
  protect(hostPage: number): void;
  /** Bytes [start, end) of a page were written. */
  stored(hostPage: number, start: number, end: number): void;
}

export class WriteTraces {
  private readonly tracers: WriteTracer[] = [];

  add(tracer: WriteTracer): void {
    this.tracers.push(tracer);
  }

  /** Who `make` has added is taken back if it throws. */
  attempt<T>(make: () => T): T {
    const { length } = this.tracers;
    try {
      return make();
    } catch (thrown) {
      this.tracers.length = length;
      throw thrown;
    }
  }

  isTraced(hostPage: number): boolean {
    for (let n = 0; n < this.tracers.length; n++) if (this.tracers[n]!.traces(hostPage)) return true;
    return false;
  }

  protect(hostPage: number): void {
    for (const tracer of this.tracers) tracer.protect(hostPage);
  }

  stored(hostPage: number, start: number, end: number): void {
    for (const tracer of this.tracers) tracer.stored(hostPage, start, end);
  }
}
