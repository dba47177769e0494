import type { Scheduler, Timer } from "../../../core/bus/clock.js";

const SECOND = 1e9;
const FIRST_PAUSE = SECOND / 4;
const LONGEST_PAUSE = 30 * SECOND;

/** Tries again after what ended, after pauses that double from a quarter of a second to half a minute. Time is the host's. */
export class Reconnector {
  private pause = FIRST_PAUSE;
  private stopped = false;
  private readonly timer: Timer;

  /** `attempt` makes a connection; whoever owns it tells lost() when it has failed or ended. */
  constructor(
    private readonly scheduler: Scheduler,
    attempt: () => void,
  ) {
    this.timer = scheduler.timer("reconnect", attempt);
  }

  /** The connection stands: the next pause is short again. */
  succeeded(): void {
    this.pause = FIRST_PAUSE;
  }

  lost(): void {
    if (this.stopped) return;
    this.timer.at(this.scheduler.now() + this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  stop(): void {
    this.stopped = true;
    this.timer.cancel();
  }
}
