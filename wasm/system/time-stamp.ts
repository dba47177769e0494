// The time-stamp counter. A look at the host's clock costs as much as a hundred instructions, and guests look at each system call: so between two
// looks the counter goes on by itself, by the instructions executed, for a few thousand of them at most and only while nothing but
// instructions takes time (no device, no return to the host). It never goes back.
import { INSTRUCTIONS } from "../abi/state";
import { TICKS_PER_INSTRUCTION, TIME_KNOWN } from "../abi/time-stamp";
import { timeStamp } from "../host";

/** The host is asked again after so many instructions. */
const WINDOW: u64 = 2000;

/** Instructions executed and what the host answered when it was asked. */
let askedAt: u64 = 0;
let answer: u64 = 0;
/** What was said last. */
let last: u64 = 0;

/** Any time may be said next: another state was loaded, with its own clock. */
export function forgetTime(): void {
  store<u32>(TIME_KNOWN, 0);
  last = 0;
}

/** The counter before the guest's own offset. INSTRUCTIONS has to be exact. */
export function hostTicks(): u64 {
  const now = load<u64>(INSTRUCTIONS);
  if (load<u32>(TIME_KNOWN) && now - askedAt < WINDOW) {
    last = answer + (now - askedAt) * load<u32>(TICKS_PER_INSTRUCTION);
    return last;
  }
  answer = <u64>timeStamp();
  askedAt = now;
  // Instructions took less time than was thought: the counter waits for the clock.
  const ahead = answer < last;
  store<u32>(TIME_KNOWN, !ahead && load<u32>(TICKS_PER_INSTRUCTION) ? 1 : 0);
  if (!ahead) last = answer;
  return last;
}
