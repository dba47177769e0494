// What an exit of the road pv is counted and shown as.
import type { ProcessorEvent } from "../../cpu/event.js";
import type { ExitReason } from "../events/exit-reasons.js";
import type { Cause } from "../events/record.js";
import { svmExitCode } from "../events/svm-exit-codes.js";
import { causeOf, INTR, NMI, SWINT } from "../trap/exits.js";
import * as PV from "./abi.js";
import type { Arguments } from "./hypercalls.js";

const code = (name: string): ExitReason => Number(svmExitCode(name));
export const VMMCALL = code("VMMCALL");

export { INTR, NMI, SWINT };

/** By number. */
const CALLS = Object.entries(PV)
  .filter(([name]) => name.startsWith("HC_"))
  .sort(([, a], [, b]) => Number(a) - Number(b))
  .map(([name]) => name);

/** "HC_MMU(3, 102, 0, 0) = 0", parameters in hexadecimal. */
export function callText(call: number, parameters: Arguments, result: number): string {
  const list = parameters.map((value) => value.toString(16).toUpperCase()).join(", ");
  return `${CALLS[call] ?? `hypercall ${call}`}(${list}) = ${result}`;
}

/** `call`: of a hypercall. `cr2`: of a page fault. */
export function pvCause(
  event: ProcessorEvent,
  call: { readonly number: number; readonly parameters: Arguments } | undefined,
  cr2: number,
): Cause {
  return call ? { kind: "hypercall", number: call.number, arguments: call.parameters } : causeOf(event, cr2);
}
