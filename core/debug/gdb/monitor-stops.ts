// `monitor break` and its kin: what gdb has no breakpoints for. And what a run has stopped for, in words.
import * as STOP from "../../../wasm/abi/stop.js";
import type { Hit } from "../../cpu/stops.js";
import { EXIT_REASONS, isReason, reasonName } from "../../vmm/events/exit-reasons.js";
import type { Breakpoint } from "../breakpoints.js";
import type { Debugger } from "../debugger.js";

export const BREAK_USAGE = "break KIND [WHICH]";

const HELP =
  "write one of: break port [3f8], break msr [174], break exception [e], break interrupt [20], break software [80], break exit [NPF], break mode\n";

const hex = (value: number) => value.toString(16);

function reasonOf(name: string): number | undefined {
  for (let reason = 0; reason < EXIT_REASONS; reason++)
    if (isReason(reason) && reasonName(reason).toLowerCase() === name.toLowerCase()) return reason;
  return undefined;
}

/** Undefined: not understood. */
function parse(kind: string | undefined, which: string | undefined): Breakpoint | undefined {
  const number = which !== undefined && /^(0x)?[0-9a-f]{1,8}$/i.test(which) ? Number.parseInt(which, 16) : undefined;
  if (which !== undefined && kind !== "exit" && number === undefined) return undefined;
  switch (kind) {
    case "port":
      return number === undefined ? { kind } : { kind, port: number };
    case "msr":
      return number === undefined ? { kind } : { kind, index: number };
    case "exception":
    case "interrupt":
    case "software":
      return number === undefined ? { kind } : { kind, vector: number };
    case "exit": {
      const reason = which === undefined ? undefined : reasonOf(which);
      if (which !== undefined && reason === undefined) return undefined;
      return reason === undefined ? { kind } : { kind, reason };
    }
    case "mode":
      return which === undefined ? { kind } : undefined;
    default:
      return undefined;
  }
}

function describe(breakpoint: Breakpoint): string {
  const which = (value: number | undefined) => (value === undefined ? `any ${breakpoint.kind}` : `${breakpoint.kind} ${hex(value)}`);
  switch (breakpoint.kind) {
    case "port":
      return which(breakpoint.port);
    case "msr":
      return which(breakpoint.index);
    case "exit":
      return breakpoint.reason === undefined ? "any exit" : `exit ${reasonName(breakpoint.reason)}`;
    case "exception":
    case "interrupt":
    case "software":
      return which(breakpoint.vector);
    default:
      return breakpoint.kind;
  }
}

/** Those that gdb does not know of. */
function own(session: Debugger): Breakpoint[] {
  return session.list.filter(({ kind }) => kind !== "execute" && kind !== "data");
}

export function breakCommand(session: Debugger, argument: string): string {
  const [kind, which, ...more] = argument.split(/\s+/).filter((word) => word !== "");
  if (kind === undefined) {
    const all = own(session);
    return all.length === 0 ? "there are none\n" : all.map((breakpoint, n) => `${n + 1} ${describe(breakpoint)}\n`).join("");
  }
  const breakpoint = more.length > 0 ? undefined : parse(kind, which);
  if (!breakpoint) return HELP;
  if (breakpoint.kind === "exit" && !session.target.exits) return "a bare machine has no exits: there is no hypervisor\n";
  session.insert(breakpoint);
  return `stops for ${describe(breakpoint)}\n`;
}

export function deleteCommand(session: Debugger, argument: string): string {
  const all = own(session);
  const chosen = argument === "" ? all : all.slice(Number(argument) - 1, Number(argument));
  if (chosen.length === 0) return "there is no such; monitor break lists them\n";
  for (const breakpoint of chosen) session.remove(breakpoint);
  return chosen.map((breakpoint) => `no stop for ${describe(breakpoint)} any more\n`).join("");
}

/** For what gdb can not tell its user by itself; undefined for its own breakpoints and watchpoints. */
export function describeHit({ kind, first, second }: Hit): string | undefined {
  const direction = second === STOP.STOP_WRITE ? "written" : "read";
  switch (kind) {
    case STOP.HIT_EXCEPTION:
      return `exception ${first}, error code ${hex(second)}, was delivered`;
    case STOP.HIT_INTERRUPT:
      return `interrupt ${hex(first)} was delivered`;
    case STOP.HIT_SOFTWARE:
      return `INT ${hex(first)}`;
    case STOP.HIT_MSR:
      return `MSR ${hex(first)} was ${direction}`;
    case STOP.HIT_MODE:
      return `the mode is another: CPL ${(first >> 1) & 3}, ${first & 1 ? "protected" : "real"}${first & 8 ? ", virtual-8086" : ""}, paging ${first >>> 31 ? (first & 16 ? "PAE" : "32-bit") : "off"}`;
    case STOP.HIT_PORT:
      return `port ${hex(first)} was ${direction}`;
    case STOP.HIT_EXIT:
      return `exit ${reasonName(first)}`;
    default:
      return undefined;
  }
}
