// Calls a function again and again with the pause it asks for, and lets messages in between. A timer set from a message is not subject
// to the 4 ms that browsers make nested timers wait.

/** Longest delay that setTimeout takes. */
const FOREVER = 2 ** 31 - 1;

export class Heartbeat {
  private readonly channel = new MessageChannel();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private posted = false;

  /** `beat` returns the milliseconds until it wants to be called again, or undefined to stop. */
  constructor(private readonly beat: () => number | undefined) {
    this.channel.port1.onmessage = () => {
      this.posted = false;
      const delay = this.beat();
      if (delay === undefined || this.posted) return;
      if (delay <= 0) this.post();
      // Browsers cut fractions off, and a beat that comes early would only be repeated.
      else this.timer = setTimeout(() => this.post(), Math.min(Math.ceil(delay), FOREVER));
    };
  }

  /** Beat as soon as the messages that wait have been handled. */
  wake(): void {
    clearTimeout(this.timer);
    this.post();
  }

  private post(): void {
    if (this.posted) return;
    this.posted = true;
    this.channel.port2.postMessage(0);
  }
}
