// What the processor itself counts (wasm/abi/statistics.ts), as events: on bare hardware all that there is, under a VMM what happens without it.
import * as COUNT from "../../../wasm/abi/statistics.js";
import { type Counters, EVENT, type EventName } from "./counters.js";

const COUNTED: readonly (readonly [event: EventName, counter: number])[] = [
  ["exceptions", COUNT.COUNT_EXCEPTIONS],
  ["pageFaults", COUNT.COUNT_PAGE_FAULTS],
  ["transitions", COUNT.COUNT_SYSTEM_CALLS],
  ["interrupts", COUNT.COUNT_INTERRUPTS],
  ["controlWrites", COUNT.COUNT_CONTROL_WRITES],
  ["tlbFlushes", COUNT.COUNT_TLB_FLUSHES],
  ["tlbInvalidations", COUNT.COUNT_TLB_INVALIDATIONS],
  ["walks", COUNT.COUNT_WALKS],
  ["walkReferences", COUNT.COUNT_WALK_REFERENCES],
  ["nestedWalks", COUNT.COUNT_NESTED_WALKS],
  ["nestedWalkReferences", COUNT.COUNT_NESTED_WALK_REFERENCES],
];

/** Counts what a processor does between two calls. */
export class ProcessorEvents {
  private readonly last = new Float64Array(COUNTED.length);

  /** `memory`: the processor's linear memory, Cpu.view. */
  constructor(private readonly memory: DataView) {
    this.begin();
  }

  /** From here on. */
  begin(): void {
    for (let n = 0; n < COUNTED.length; n++) this.last[n] = this.memory.getFloat64(COUNTED[n]![1], true);
  }

  /** What has happened since begin() or the last end() goes to `counters`. */
  end({ events }: Counters): void {
    for (let n = 0; n < COUNTED.length; n++) {
      const [event, counter] = COUNTED[n]!;
      const now = this.memory.getFloat64(counter, true);
      events[EVENT[event]]! += now - this.last[n]!;
      this.last[n] = now;
    }
  }
}
