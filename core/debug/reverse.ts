// Backwards: the target goes to a checkpoint and forward again, up to the place meant. Only where every run is the same (the virtual clock).
import * as STOP from "../../wasm/abi/stop.js";
import type { Hit } from "../cpu/stops.js";
import { type Breakpoint, EVENTS } from "./breakpoints.js";
import { type Course, type Debugger, type Pause, SLICE, type Stop } from "./debugger.js";
import type { Timeline } from "./timeline.js";

/** The target is not repeatable. */
export class ReverseError extends Error {
  override readonly name = "ReverseError";
}

function timelineOf({ timeline }: Debugger): Timeline {
  if (!timeline) throw new ReverseError("going backwards needs the virtual clock (--clock virtual): only then is every run the same");
  return timeline;
}

function* goTo(session: Debugger, instructions: number, again = false): Generator<Pause, void> {
  session.disarm();
  for (const _ of timelineOf(session).goTo(instructions, SLICE, again)) yield { idle: 0 };
}

/** To before the instruction that was executed last, or the interrupt that was delivered since. */
export function* previousInstruction(session: Debugger, vcpu = 0): Course {
  const now = session.target.position.instructions;
  if (now <= timelineOf(session).beginning.instructions) return { kind: "beginning", vcpu };
  if (session.vcpus.some((cpu) => cpu.isJustInterrupted)) yield* goTo(session, now, true);
  else yield* goTo(session, now - 1);
  return { kind: "step", vcpu };
}

interface Found {
  readonly instructions: number;
  readonly hit: Hit;
  readonly vcpu: number;
}

/** Where going back meets what forward stopped for: before an access, after anything else. */
function placeOf(hit: Hit, instructions: number): number {
  return hit.kind === STOP.HIT_DATA ? instructions - 1 : instructions;
}

/** Stops where nothing has been executed since an interrupt was delivered: it is delivered once more, and stopped for. */
function mayFollowInterrupt({ kind }: Hit): boolean {
  return kind === STOP.HIT_EXECUTE || kind === STOP.HIT_INTERRUPT;
}

/** The last stop between where the target stands (a checkpoint) and `end`. What stops `atEnd` counts, unless the way back has begun there. */
function* lastStop(session: Debugger, end: number, atEnd: boolean, extra: readonly Breakpoint[]): Generator<Pause, Found | undefined> {
  const { target } = session;
  session.arm(extra);
  let found: Found | undefined;
  while (target.position.instructions < end) {
    const stop = session.judge(session.run(end - target.position.instructions, SLICE));
    if (stop?.kind === "hit") {
      const instructions = placeOf(stop.hit, target.position.instructions);
      if (instructions < end || atEnd) found = { instructions, hit: stop.hit, vcpu: stop.vcpu };
      for (const vcpu of target.vcpus) vcpu.passBreakpoint();
    } else if (stop) return found;
    yield { idle: 0 };
  }
  return found;
}

/** To the last place before here where a run forward would have stopped. Ctrl-C comes back to where it began. */
function* previousStop(session: Debugger, extra: readonly Breakpoint[]): Course {
  const timeline = timelineOf(session);
  const start = session.target.position.instructions;
  session.arm(extra);
  for (let end = start; ; ) {
    const from = session.isArmed ? timeline.checkpointBefore(end) : undefined;
    if (!from) {
      yield* goTo(session, timeline.beginning.instructions);
      return { kind: "beginning", vcpu: 0 };
    }
    yield* goTo(session, from.instructions);
    const found = yield* lastStop(session, end, end !== start, extra);
    if (found) {
      yield* goTo(session, found.instructions);
      if (mayFollowInterrupt(found.hit)) {
        session.arm(extra);
        session.run(1, SLICE);
      }
      return { kind: "hit", hit: found.hit, vcpu: found.vcpu };
    }
    if (session.takeInterrupt()) {
      yield* goTo(session, start);
      return { kind: "interrupted", vcpu: 0 } satisfies Stop;
    }
    end = from.instructions;
    session.arm(extra);
  }
}

/** To the last hit of a breakpoint before here. */
export function previousHit(session: Debugger): Course {
  return previousStop(session, []);
}

/** To after the last exception, interrupt, I/O or change of mode before here. */
export function previousEvent(session: Debugger): Course {
  return previousStop(session, EVENTS);
}

/**
 * Of a virtual machine: to after the last exit to the hypervisor before here. What the hypervisor keeps of the guest's tables is not part of the
 * guest: who goes back finds it empty, so faults that only fill it may come at other places than they came first.
 */
export function previousExit(session: Debugger): Course {
  return previousStop(session, [{ kind: "exit" }]);
}

/** To before the instruction that last wrote any byte of [start, end]. */
export function previousWrite(session: Debugger, start: number, end: number): Course {
  return previousStop(session, [{ kind: "data", start, end, read: false, write: true }]);
}
