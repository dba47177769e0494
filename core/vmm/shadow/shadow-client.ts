import type { Host } from "../host.js";
import type { Vcpu } from "../vcpu.js";
import type { ShadowClient } from "./shadow-paging.js";

/** Of a road on which the guest's own flushes reach the processor's TLB. */
export function shadowClient({ cpu }: Host, { counters }: Vcpu): ShadowClient {
  return {
    invalidate: (linear) => {
      counters.count("tlbInvalidations");
      cpu.invalidatePage(linear);
    },
    filled: () => counters.count("shadowFills"),
  };
}
