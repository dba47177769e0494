// A cable that delays, and may lose, repeat and reorder frames. Never more than two in a row are lost in one direction.
import type { Nanoseconds, Scheduler } from "../../../../core/bus/clock.js";
import type { Frame, Wire } from "../../wire.js";

export interface Quality {
  readonly delay: Nanoseconds;
  /** Shares of all frames, 0 to 1. */
  readonly lost: number;
  readonly repeated: number;
  readonly late: number;
}

interface Flight {
  readonly at: Nanoseconds;
  readonly frame: Frame;
  readonly to: 0 | 1;
}

/** `random` gives numbers from 0 to 1. */
export function createLossyCable(scheduler: Scheduler, quality: Quality, random: () => number): readonly [Wire, Wire] {
  const receivers: ((frame: Frame) => void)[] = [() => {}, () => {}];
  const flights: Flight[] = [];
  const lostInRow = [0, 0];
  const timer = scheduler.timer("cable", () => {
    const now = scheduler.now();
    while (flights[0] && flights[0].at <= now) {
      const { frame, to } = flights.shift()!;
      receivers[to]!(frame);
    }
    if (flights[0]) timer.at(flights[0].at);
  });
  const launch = (frame: Frame, to: 0 | 1) => {
    const at = scheduler.now() + quality.delay * (random() < quality.late ? 4 : 1);
    let index = flights.length;
    while (index > 0 && flights[index - 1]!.at > at) index--;
    flights.splice(index, 0, { at, frame, to });
    timer.at(flights[0]!.at);
  };
  const end = (mine: 0 | 1): Wire => ({
    send: (frame) => {
      if (random() < quality.lost && lostInRow[mine]! < 2) {
        lostInRow[mine]!++;
        return;
      }
      lostInRow[mine] = 0;
      launch(frame, mine === 0 ? 1 : 0);
      if (random() < quality.repeated) launch(frame, mine === 0 ? 1 : 0);
    },
    onFrame: (receiver) => {
      receivers[mine] = receiver;
    },
    isUp: true,
    onLink: () => {},
  });
  return [end(0), end(1)];
}
