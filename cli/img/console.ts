// Where a command of `ringside img` writes, and what it has open.
import type { HostFiles } from "./host-files.js";
import { percentText } from "./percent.js";

export interface Console {
  out(text: string): void;
  err(text: string): void;
}

/** Of one command. */
export interface Context extends Console {
  readonly files: HostFiles;
}

/** As qemu-img's: a line that is written over, at most each hundredth of the work. */
export class Progress {
  private last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly console: Console,
    private readonly shown: boolean,
  ) {
    this.update(0, 1);
  }

  /** `done` of `total`, in whatever unit. */
  readonly update = (done: number, total: number): void => {
    const percent = total === 0 ? 100 : (100 * done) / total;
    if (!this.shown || (percent - this.last <= 1 && percent !== 100)) return;
    this.last = percent;
    this.console.out(`    (${percentText(percent)}/100%)\r`);
  };

  /** The work is done, well or not. */
  end(): void {
    if (this.shown) this.console.out("\n");
  }
}
