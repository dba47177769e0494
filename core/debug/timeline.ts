// The recorded life of a repeatable target: checkpoints, and what came from outside with the moment when it came. Going back is going to a
// checkpoint and forward again; what came from outside is then given again, and new input has to wait until the present is reached.
import { type Checkpoint, comparePositions, type DebugTarget, type Position, type RunResult } from "./target.js";

export interface TimelineOptions {
  /** Instructions between two checkpoints, at first. */
  readonly distance: number;
  /** Checkpoints to keep, and bytes of memory that they may hold together: beyond that, gaps grow with their age. */
  readonly most: number;
  readonly bytes: number;
}

const USUAL: TimelineOptions = { distance: 1 << 26, most: 48, bytes: 1 << 29 };

/** Who goes back this far, in instructions, will want to go back some more: a checkpoint is left so near to where he goes. */
const FAR = 1 << 20;
const NEAR = 1 << 14;

/** Something from outside: a byte on a line, a key, a register that the debugger changed. */
interface Outside {
  readonly position: Position;
  readonly apply: () => void;
}

export class Timeline {
  private readonly options: TimelineOptions;
  private readonly checkpoints: Checkpoint[] = [];
  private readonly log: Outside[] = [];
  /** Entries of the log that have been applied in the life up to where the target is now. */
  private applied = 0;
  /** The latest moment that was ever reached. */
  private present: Position;
  private endedAtPresent = false;

  constructor(
    private readonly target: DebugTarget,
    options: Partial<TimelineOptions> = {},
  ) {
    this.options = { ...USUAL, ...options };
    this.present = target.position;
    this.keep();
  }

  /** The target stands where everything is new. */
  get isLive(): boolean {
    return comparePositions(this.target.position, this.present) >= 0;
  }

  /** The earliest moment that can be gone back to. */
  get beginning(): Position {
    return this.checkpoints[0]!.position;
  }

  /** Let something happen to the target from outside. In the past it makes another future: what was recorded of the old one is forgotten. */
  happen(apply: () => void): void {
    const { position } = this.target;
    if (this.isLive) this.applyDue();
    else this.forgetFuture(position);
    this.log.push({ position, apply });
    this.applied = this.log.length;
    apply();
  }

  private forgetFuture(position: Position): void {
    this.log.length = this.applied;
    while (this.checkpoints.length > 1 && comparePositions(this.checkpoints.at(-1)!.position, position) > 0) this.checkpoints.pop();
    this.present = position;
    this.endedAtPresent = false;
  }

  /** Run on: in the past, with what came then, to the present at most; in the present, into what is new. */
  run(count: number, milliseconds: number, vcpu?: number): RunResult {
    if (!this.isLive) return this.replay(count, milliseconds, vcpu);
    this.applyDue();
    if (this.endedAtPresent) return { ended: true };
    const next = this.checkpoints.at(-1)!.position.instructions + this.options.distance - this.target.position.instructions;
    if (next <= 0) this.keep();
    const result = this.target.run(next <= 0 ? count : Math.min(count, next), milliseconds, vcpu);
    this.present = this.target.position;
    this.endedAtPresent = result.ended === true;
    return result;
  }

  private applyDue(): void {
    const { position } = this.target;
    for (; this.applied < this.log.length; this.applied++) {
      const entry = this.log[this.applied]!;
      if (comparePositions(entry.position, position) > 0) return;
      entry.apply();
    }
  }

  /** One stretch of the past: to the next thing from outside, or the present. */
  private replay(count: number, milliseconds: number, vcpu?: number): RunResult {
    this.applyDue();
    const { position } = this.target;
    const goal = this.log[this.applied]?.position ?? this.present;
    // Where only time passes until then, the processor is halted: a turn for one instruction lets it pass.
    const distance = Math.max(1, goal.instructions - position.instructions);
    const result = this.target.run(Math.min(count, distance), goal.instructions > position.instructions ? milliseconds : 0, vcpu);
    this.applyDue();
    return result;
  }

  /** Go back to the last checkpoint at or before `position`, or to the first. */
  private returnBefore(position: Position): void {
    const last = this.checkpoints.findLast((c) => comparePositions(c.position, position) <= 0) ?? this.checkpoints[0]!;
    this.target.restore(last);
    this.applied = this.appliedAt.get(last)!;
  }

  /** How much of the log had been applied when a checkpoint was taken: more may come at the same moment. */
  private readonly appliedAt = new WeakMap<Checkpoint, number>();

  /**
   * Be at `instructions`, before an interrupt that comes there, by going back and forward. With stops off. Yields between stretches. Unless
   * `again`, being there already is enough.
   */
  *goTo(instructions: number, milliseconds: number, again = false): Generator<void, void> {
    const goal = Math.max(instructions, this.beginning.instructions);
    if (again) this.returnBefore({ instructions: goal - 1, time: Number.POSITIVE_INFINITY });
    else if (goal < this.target.position.instructions) this.returnBefore({ instructions: goal, time: Number.POSITIVE_INFINITY });
    const left = () => goal - this.target.position.instructions;
    if (left() > FAR) {
      yield* this.forward(goal - NEAR, milliseconds);
      this.keep();
    }
    yield* this.forward(goal, milliseconds);
  }

  private *forward(instructions: number, milliseconds: number): Generator<void, void> {
    while (this.target.position.instructions < instructions && !this.isLive) {
      this.run(instructions - this.target.position.instructions, milliseconds);
      yield;
    }
  }

  /** The last checkpoint strictly before `instructions`; undefined: there is none. */
  checkpointBefore(instructions: number): Position | undefined {
    return this.checkpoints.findLast((c) => c.position.instructions < instructions)?.position;
  }

  /** Take a checkpoint here, unless there is one; old ones make room. */
  keep(): void {
    const { position } = this.target;
    const at = this.checkpoints.findIndex((c) => comparePositions(c.position, position) >= 0);
    const place = at < 0 ? this.checkpoints.length : at;
    const there = this.checkpoints[place];
    if (there && comparePositions(there.position, position) === 0 && this.appliedAt.get(there) === this.applied) return;
    const taken = this.target.capture(this.checkpoints[Math.max(0, place - 1)]);
    this.appliedAt.set(taken, this.applied);
    this.checkpoints.splice(place, there && comparePositions(there.position, position) === 0 ? 1 : 0, taken);
    this.thin();
  }

  /** Drop checkpoints where the gap that is left is smallest for its age. The first stays: it is where the record begins. */
  private thin(): void {
    const { most, bytes } = this.options;
    const held = () => this.checkpoints.reduce((sum, c, n) => sum + c.bytesBeyond(this.checkpoints[n - 1]), 0);
    while (this.checkpoints.length > 2 && (this.checkpoints.length > most || held() > bytes)) {
      const now = this.present.instructions;
      let best = 1;
      let least = Number.POSITIVE_INFINITY;
      for (let i = 1; i < this.checkpoints.length - 1; i++) {
        const gap = this.checkpoints[i + 1]!.position.instructions - this.checkpoints[i - 1]!.position.instructions;
        const weight = gap / (now - this.checkpoints[i]!.position.instructions + this.options.distance);
        if (weight >= least) continue;
        least = weight;
        best = i;
      }
      this.checkpoints.splice(best, 1);
    }
  }
}
