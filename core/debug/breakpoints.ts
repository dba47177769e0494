// Breakpoints as a debugger's user means them, and what the processor has to stop for.
import * as STOP from "../../wasm/abi/stop.js";
import type { Hit } from "../cpu/stops.js";
import type { ExitReason } from "../vmm/events/exit-reasons.js";
import type { StopSet } from "./target.js";

/** Without `port`, `index`, `vector` or `reason`: any. */
export type Breakpoint =
  /** Before the instruction at a linear address. */
  | { readonly kind: "execute"; readonly address: number }
  /** After an instruction that touched bytes [start, end] of linear memory. For a repeated one: after its chunk, at most to the end of a page. */
  | { readonly kind: "data"; readonly start: number; readonly end: number; readonly read: boolean; readonly write: boolean }
  /** After IN, OUT and their string forms. */
  | { readonly kind: "port"; readonly port?: number }
  | { readonly kind: "msr"; readonly index?: number }
  /** After delivery: at the handler's first instruction. */
  | { readonly kind: "exception"; readonly vector?: number }
  | { readonly kind: "interrupt"; readonly vector?: number }
  | { readonly kind: "software"; readonly vector?: number }
  /** Of a virtual machine: when an exit to its hypervisor has been dealt with. */
  | { readonly kind: "exit"; readonly reason?: ExitReason }
  /** CR0.PE, CR0.PG, CR4.PAE, EFLAGS.VM or CPL has changed. While there is one of these, a bare machine runs some ten times slower. */
  | { readonly kind: "mode" };

/** What happens to a guest that is more than an instruction: where "run to the next event" ends. */
export const EVENTS: readonly Breakpoint[] = [
  { kind: "port" },
  { kind: "exception" },
  { kind: "interrupt" },
  { kind: "software" },
  { kind: "mode" },
];

const EVENT_BITS: Readonly<Partial<Record<Breakpoint["kind"], number>>> = {
  msr: STOP.STOP_ON_MSR,
  exception: STOP.STOP_ON_EXCEPTION,
  interrupt: STOP.STOP_ON_INTERRUPT,
  software: STOP.STOP_ON_SOFTWARE,
  mode: STOP.STOP_ON_MODE,
};

/** "all" if one of them does not say which. */
function anyOf(wanted: readonly (number | undefined)[]): ReadonlySet<number> | "all" {
  return wanted.includes(undefined) ? "all" : new Set(wanted as readonly number[]);
}

export function stopSetOf(breakpoints: readonly Breakpoint[]): StopSet {
  const ports = breakpoints.flatMap((b) => (b.kind === "port" ? [b.port] : []));
  return {
    addresses: breakpoints.flatMap((b) => (b.kind === "execute" ? [b.address] : [])),
    ranges: breakpoints.flatMap((b) => (b.kind === "data" ? [b] : [])),
    ports: anyOf(ports),
    exits: anyOf(breakpoints.flatMap((b) => (b.kind === "exit" ? [b.reason] : []))),
    events: breakpoints.reduce((bits, b) => bits | (EVENT_BITS[b.kind] ?? 0), 0),
  };
}

/** Whether a run that stopped for `hit` did so for this breakpoint. */
export function isMeant(breakpoint: Breakpoint, { kind, first }: Hit): boolean {
  const any = (wanted: number | undefined) => wanted === undefined || wanted === first;
  switch (breakpoint.kind) {
    case "execute":
      return kind === STOP.HIT_EXECUTE && breakpoint.address === first;
    case "data":
      return kind === STOP.HIT_DATA && breakpoint.start <= first && first <= breakpoint.end;
    case "port":
      // An access of several bytes may begin below the port that is watched.
      return kind === STOP.HIT_PORT && (breakpoint.port === undefined || (breakpoint.port >= first && breakpoint.port < first + 4));
    case "msr":
      return kind === STOP.HIT_MSR && any(breakpoint.index);
    case "exception":
      return kind === STOP.HIT_EXCEPTION && any(breakpoint.vector);
    case "interrupt":
      return kind === STOP.HIT_INTERRUPT && any(breakpoint.vector);
    case "software":
      return kind === STOP.HIT_SOFTWARE && any(breakpoint.vector);
    case "exit":
      return kind === STOP.HIT_EXIT && any(breakpoint.reason);
    case "mode":
      return kind === STOP.HIT_MODE;
  }
}
