// gdb's `monitor` commands: what gdb itself has no words for. Each answers with text.
import type { Debugger } from "../debugger.js";
import { type Descriptor, type DescriptorTables, readGdt, readIdt, readLdt, readTss } from "../descriptors.js";
import { registersText } from "../registers-text.js";
import type { DebugVcpu } from "../target.js";
import { costsCommand, exitsCommand } from "./monitor-exits.js";
import { BREAK_USAGE, breakCommand, deleteCommand } from "./monitor-stops.js";
import { walkCommand } from "./monitor-walk.js";

interface Command {
  readonly usage: string;
  readonly help: string;
  run(vcpu: DebugVcpu, argument: string, session: Debugger): string;
}

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, "0");

const COMMANDS: Readonly<Record<string, Command>> = {
  help: { usage: "help", help: "this list", run: () => helpText() },
  regs: { usage: "regs", help: "general, segment and control registers, with the segments' hidden parts", run: registersText },
  walk: {
    usage: "walk ADDRESS",
    help: "a linear address through the page tables, of a virtual machine through shadow or nested tables too, and what each access would meet",
    run: (vcpu, argument) => walkCommand(vcpu, argument),
  },
  gdt: { usage: "gdt", help: "the global descriptor table", run: (vcpu) => both(vcpu, (of) => table(readGdt(of), 8)) },
  ldt: { usage: "ldt", help: "the local descriptor table", run: (vcpu) => both(vcpu, (of) => table(readLdt(of), 8)) },
  idt: { usage: "idt", help: "the interrupt descriptor table", run: (vcpu) => both(vcpu, (of) => table(readIdt(of), 1)) },
  tss: { usage: "tss", help: "the task-state segment", run: (vcpu) => both(vcpu, tss) },
  exits: {
    usage: "exits [N]",
    help: "how often the guest did what is more than an instruction; of a virtual machine its exits by reason, and the last N in full",
    run: (_vcpu, argument, { target }) => exitsCommand(target, argument),
  },
  costs: {
    usage: "costs PROFILE",
    help: "what the exits cost by a profile",
    run: (_vcpu, argument, { target }) => costsCommand(target, argument),
  },
  break: {
    usage: BREAK_USAGE,
    help: "stop for a port, msr, exception, interrupt, software interrupt, exit or mode; without a kind: which there are",
    run: (_vcpu, argument, session) => breakCommand(session, argument),
  },
  delete: {
    usage: "delete [N]",
    help: "one of these, or all",
    run: (_vcpu, argument, session) => deleteCommand(session, argument),
  },
};

function helpText(): string {
  return lines(Object.values(COMMANDS).map(({ usage, help }) => `${usage.padEnd(20)} ${help}`));
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

/** The answer to a command; one that is not known, or not understood, is told so. */
export function monitor(text: string, vcpu: DebugVcpu, session: Debugger): string {
  const [name = "", ...rest] = text.trim().split(/\s+/);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command ? command.run(vcpu, rest.join(" "), session) : `there is no command "${name}"; monitor help lists those there are\n`;
}

/** Entries are named by selector (`unit` 8) or vector (1). */
function table(descriptors: readonly Descriptor[], unit: number): string {
  if (descriptors.length === 0) return "there are no entries\n";
  return lines(
    descriptors.map((d) => {
      const what = d.kind === "gate" ? `to ${hex(d.selector, 4)}:${hex(d.offset, 8)}` : `base=${hex(d.base, 8)} limit=${hex(d.limit, 8)}`;
      return `${hex(d.index * unit, unit === 8 ? 4 : 2)} ${what} DPL ${d.dpl} ${d.type}${d.present ? "" : ", not present"}`;
    }),
  );
}

/** The guest's own, and beside it what the hypervisor gives to the processor instead, where that is something else. */
function both(vcpu: DebugVcpu, show: (of: DescriptorTables) => string): string {
  const { underneath } = vcpu;
  return underneath?.isCompressed ? `the guest's:\n${show(vcpu)}the processor's, by the hypervisor:\n${show(underneath)}` : show(vcpu);
}

function tss(of: DescriptorTables): string {
  const fields = [...readTss(of)];
  return fields.length === 0
    ? "TR holds no task-state segment\n"
    : lines(fields.map(([name, value]) => `${name.padEnd(8)} ${hex(value, 4)}`));
}
