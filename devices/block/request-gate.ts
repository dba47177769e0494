// Who may be under way at the same time. First come, first served: nobody waits for ever.

/** One at a time. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /** Run when all that came before have ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work, work);
    this.last = result.catch(() => {});
    return result;
  }
}

/** Requests side by side, or one alone. */
export class RequestGate {
  private readonly waiting: { readonly alone: boolean; readonly enter: () => void }[] = [];
  private inside = 0;
  private alone = false;

  /** Whether who comes now gets in at once, not alone. */
  get isOpen(): boolean {
    return this.waiting.length === 0 && !this.alone;
  }

  shared<T>(work: () => Promise<T>): Promise<T> {
    return this.pass(false, work);
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.pass(true, work);
  }

  private async pass<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    if (this.waiting.length > 0 || !this.admits(alone)) {
      await new Promise<void>((enter) => this.waiting.push({ alone, enter }));
    } else this.take(alone);
    try {
      return await work();
    } finally {
      this.inside--;
      this.alone = false;
      this.admitWaiting();
    }
  }

  private admits(alone: boolean): boolean {
    return !this.alone && (!alone || this.inside === 0);
  }

  private take(alone: boolean): void {
    this.inside++;
    this.alone = alone;
  }

  private admitWaiting(): void {
    for (let next = this.waiting[0]; next !== undefined && this.admits(next.alone); next = this.waiting[0]) {
      this.waiting.shift();
      this.take(next.alone);
      next.enter();
    }
  }
}
