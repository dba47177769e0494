// `monitor walk`: a linear address through all tables, as text.
import type { TranslationStep } from "../../vmm/events/record.js";
import { type Exploration, explore, type Outcome } from "../explore.js";
import { bitNames, type WalkedEntry } from "../page-walk.js";
import type { DebugVcpu } from "../target.js";

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, "0");

export function walkCommand(vcpu: DebugVcpu, argument: string): string {
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(argument)) return "write an address in hexadecimal, for example: monitor walk c0100000\n";
  return explorationToText(explore(vcpu, Number.parseInt(argument, 16)));
}

function outcomeToText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "true fault":
      return `#PF, error code ${hex(outcome.errorCode, 2)}: ${outcome.reason}`;
    case "hidden fault":
      return `allowed, after a fault that the guest does not see: ${outcome.reason}`;
    case "trace":
      return "allowed, but the hypervisor watches the page: it lets the one instruction through, and looks";
    case "device":
      return "a device's: there is no memory for it";
    case "allowed":
      return "allowed";
  }
}

/** "shadow PTE" and its kin. */
function stepToText({ table, address, entry }: TranslationStep): string {
  const level = table.split(" ").at(-1) as WalkedEntry["level"];
  return `${table.padEnd(12)} at ${hex(address, 9)}: ${hex(entry, 16)} ${bitNames(entry, level).join(" ")}`.trimEnd();
}

function stepsToText({ kernel, user }: Exploration): string[] {
  const [first, second] = [kernel.map(stepToText), user.map(stepToText)];
  if (first.join() === second.join()) return first;
  const part = (ring: number, lines: readonly string[]) => [
    `while its ring ${ring} runs:`,
    ...(lines.length > 0 ? lines : ["no tables yet"]),
  ];
  return [...part(0, first), ...part(3, second)];
}

export function explorationToText(exploration: Exploration): string {
  const { linear, mode, entries, physical, pageBytes } = exploration.guest;
  const head = mode === "none" ? "paging is off: linear is physical" : `${mode} paging`;
  const steps = entries.map(
    ({ level, address, value, bytes, bits }) => `${level.padEnd(5)} at ${hex(address, 9)}: ${hex(value, bytes * 2)} ${bits.join(" ")}`,
  );
  const size = pageBytes === undefined ? "" : `, in a page of ${pageBytes >= 1 << 20 ? `${pageBytes >> 20} MiB` : "4 KiB"}`;
  const end = physical === undefined ? "no page" : `physical ${hex(physical, 9)}${size}`;
  const { hostPhysical } = exploration;
  const host = hostPhysical === undefined ? [] : [`host-physical ${hex(hostPhysical, 9)}`];
  const outcomes = exploration.outcomes.map(
    ({ access, outcome }) => `${`${access.user ? "user" : "supervisor"} ${access.kind}`.padEnd(18)} ${outcomeToText(outcome)}`,
  );
  const all = [`linear ${hex(linear, 8)}: ${head}`, ...steps, end, ...stepsToText(exploration), ...host, ...outcomes];
  return all.map((line) => `${line}\n`).join("");
}
