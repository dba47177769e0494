/** The parts of a request that are under way side by side. All have ended before the request does, also if one fails: nobody uses its buffer any more. */
export class Parts {
  private running: Promise<void>[] = [];
  private failure: { readonly error: unknown } | undefined;

  get count(): number {
    return this.running.length;
  }

  add(part: Promise<void>): void {
    this.running.push(
      part.catch((error: unknown) => {
        this.failure ??= { error };
      }),
    );
  }

  /** Rejects as the first that failed did. */
  async ended(): Promise<void> {
    await Promise.all(this.running);
    this.running = [];
    if (this.failure !== undefined) throw this.failure.error;
  }
}
