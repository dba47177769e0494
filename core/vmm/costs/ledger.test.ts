import { expect, test } from "vitest";
import { Counters } from "../events/counters.js";
import { type ExitReason, REASON } from "../events/exit-reasons.js";
import { EventStream } from "../events/stream.js";
import { CostLedger } from "./ledger.js";
import { recentAmd } from "./recent-amd.js";

const HLT = 0x78;

test("cycles are added up by the reason of the exit that made them, dearest first", () => {
  const counters = new Counters();
  const stream = new EventStream("vm", counters);
  const ledger = new CostLedger(stream);
  const exit = (reason: ExitReason, worldSwitches: number) => {
    const open = stream.begin(() => ({
      vcpu: 0,
      instructions: 0n,
      road: "hw",
      intervened: "SVM",
      reason,
      at: { cs: 8, eip: 0, linear: 0, bits: 32, bytes: new Uint8Array() },
      privilege: { realCpl: 0, virtualCpl: 0, realIf: true, virtualIf: true },
      cause: { kind: "svm", code: BigInt(reason), info1: 0n, info2: 0n, intInfo: 0n },
    }));
    counters.exit(reason);
    counters.count("worldSwitches", worldSwitches);
    open?.end({ action: "go on", newEip: 1 });
  };
  exit(HLT, 1);
  exit(REASON.NPF, 1);
  exit(REASON.NPF, 2);
  const shown = () => ledger.totals(recentAmd).map(({ reason, exits, cycles }) => [reason, exits, cycles]);
  const expected = [
    [REASON.NPF, 2, 3 * 1360],
    [HLT, 1, 1360],
  ];
  expect(shown()).toEqual(expected);
  ledger.close();
  exit(HLT, 1);
  expect(shown()).toEqual(expected);
});
