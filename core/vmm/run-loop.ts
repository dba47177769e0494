// What every road's run() does: turns until one ends in an exit for the owner of the VM.
import * as STATE from "../../wasm/abi/state.js";
import type { VcpuExit } from "./exit.js";
import type { Host } from "./host.js";
import { HostMemoryError } from "./host-pages.js";
import type { VcpuState } from "./state.js";
import type { Vcpu } from "./vcpu.js";

/** The road can not go on: a sentence, to which the place is added. */
export function refusal(state: VcpuState, message: string): VcpuExit {
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");
  return { kind: "internal-error", message: `${message} (at ${hex(state.segment(STATE.CS).selector, 4)}:${hex(state.rip, 8)})` };
}

/**
 * `turn` gets how many instructions of `count` are left. The guest's count of instructions is right after each turn, and whenever somebody
 * asks the host for the time: its own instructions, as bare hardware would count them (vcpu.tryAgain()). What the processor has done meanwhile
 * is counted as this guest's. A host without memory left is a refusal.
 */
export function runTurns(host: Host, vcpu: Vcpu, count: number, turn: (left: number) => VcpuExit | undefined): VcpuExit {
  const { state } = vcpu;
  vcpu.stopRequested = false;
  const end = state.instructionCount + count;
  host.enter(vcpu);
  host.processorEvents.begin();
  vcpu.settleCounters = () => host.processorEvents.end(vcpu.counters);
  try {
    for (;;) {
      const exit = turn(end - state.instructionCount);
      host.countInstructions();
      if (exit) return exit;
    }
  } catch (thrown) {
    if (thrown instanceof HostMemoryError) return refusal(vcpu.state, thrown.message);
    throw thrown;
  } finally {
    host.leave();
    vcpu.settleCounters();
    vcpu.settleCounters = undefined;
  }
}
