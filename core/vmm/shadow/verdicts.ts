// What a page fault under shadow paging is counted and shown as, on every road.
import type { EventName } from "../events/counters.js";
import { type ExitReason, REASON } from "../events/exit-reasons.js";
import type { TranslationVerdict } from "../events/record.js";
import type { Verdict } from "./shadow-client.js";

export const VERDICTS: Readonly<
  Record<Verdict["kind"], { reason: ExitReason; events: readonly EventName[]; action: string; is: TranslationVerdict }>
> = {
  hidden: {
    reason: REASON.HIDDEN_FAULT,
    events: ["hiddenFaults", "shadowFills"],
    action: "fill the shadow entry",
    is: "hidden fault",
  },
  true: { reason: REASON.TRUE_FAULT, events: ["trueFaults"], action: "deliver #PF through the guest's IDT", is: "true fault" },
  trace: { reason: REASON.TRACE_FAULT, events: ["traces"], action: "let one instruction store there", is: "trace" },
  mmio: { reason: REASON.MMIO, events: [], action: "let one instruction reach the device", is: "mmio" },
  window: { reason: REASON.HIDDEN_FAULT, events: ["hiddenFaults"], action: "move the VMM's own pages away", is: "hidden fault" },
};
