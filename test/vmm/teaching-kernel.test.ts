// The unchanged teaching kernel on the trap road: its transcript, but for the lines that show what sensitive instructions tell.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { countsToJson, sumOfExits } from "../../core/vmm/events/counters.js";
import type { Compression } from "../../core/vmm/trap/compression.js";
import type { VmProcessor } from "../../core/vmm/vm-processor.js";
import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";
import { startTeachingKernel, transcript } from "./teaching-machine.js";

const module = builtProcessor();

interface Hole {
  readonly bare: string;
  readonly trap: RegExp;
  readonly reason: string;
}

/** `ring` is where the guest's ring 0 runs. */
const holes = (ring: number): readonly Hole[] => [
  { bare: "this shell: CPL 0", trap: new RegExp(`^this shell: CPL ${ring}$`), reason: "MOV r, CS shows the real ring" },
  {
    bare: "  CS 0008 DPL 0  SS 0010 DPL 0  DS 0010 DPL 0",
    trap: new RegExp(`^  CS 000${(8 + ring).toString(16).toUpperCase()} DPL 0  SS 001${ring} DPL 0  DS 0010 DPL 0$`),
    reason: "MOV r, CS and MOV r, SS show the real ring",
  },
  { bare: "  SGDT base 00103000 limit 002F", trap: /^ {2}SGDT base [0-9A-F]{5}000 limit 002F$/, reason: "SGDT shows the shadow GDT" },
  {
    bare: "  SIDT base 002001A0 limit 07FF",
    trap: /^ {2}SIDT base [0-9A-F]{5}000 limit 0000$/,
    reason: "SIDT shows the VMM's IDT, which is empty",
  },
  { bare: "  SMSW 0033  STR 0028", trap: /^ {2}SMSW 0033 {2}STR 0008$/, reason: "STR shows the VMM's TSS" },
  { bare: "  SMSW 0033  STR 0028  CS 001B", trap: /^ {2}SMSW 0033 {2}STR 0008 {2}CS 001B$/, reason: "STR shows the VMM's TSS" },
];

const start = (compression: Compression, options: Partial<MachineOptions> = {}) =>
  startTeachingKernel({ road: "trap", compression }, options);

function check(text: string, ring: number): void {
  const expected = transcript.split("\n");
  const actual = text.split("\n");
  expect(actual).toHaveLength(expected.length);
  const open = new Set(holes(ring));
  expected.forEach((line, i) => {
    const hole = holes(ring).find(({ bare, trap }) => bare === line && trap.test(actual[i]!));
    if (!hole) expect(actual[i]).toBe(line);
    else for (const known of open) if (known.bare === hole.bare) open.delete(known);
  });
  expect([...open].map(({ reason }) => reason)).toEqual([]);
}

describe.each([
  { compression: "0/1/3" as const, ring: 1 },
  { compression: "0/3/3" as const, ring: 3 },
])("$compression", ({ compression, ring }) => {
  test("prints its transcript but for the known holes, and switches off", () => {
    const { run, text } = start(compression);
    expect(run()).toBe("power-off");
    check(text(), ring);
  });
});

test("translated at once it prints the same", () => {
  const { run, text } = start("0/1/3", { translate: "eager" });
  expect(run()).toBe("power-off");
  check(text(), 1);
});

test("a snapshot in the middle, taken up by another machine, ends alike", () => {
  const { machine, text } = start("0/1/3");
  for (let i = 0; i < 100 && !text().endsWith("ring0> "); i++) machine.run(1000, 50_000);
  const file = machine.save();
  let printed = "";
  const resumed = new Machine({
    module,
    ramBytes: 16 << 20,
    clock: "virtual",
    hostTime: () => 0,
    wallClock: 0,
    road: { road: "trap" },
    output: {
      serial1: (byte) => {
        printed += String.fromCharCode(byte);
      },
    },
  });
  resumed.load(file);
  expect(text()).toContain("ring0> ");
  for (const character of "echo still here\roff\r") {
    resumed.board.com1.receive(character.charCodeAt(0));
    resumed.run(1000, 20_000);
  }
  expect(resumed.run(1000, 500_000).ending).toEqual({ kind: "power-off" });
  expect(printed).toContain("\r\nstill here\r\n");
});

test("the same number of exits of each kind comes out of every run, whether anybody listens or not", () => {
  const counts = (listen: boolean) => {
    const { machine, run } = start("0/1/3");
    const { vcpu } = machine.cpu as VmProcessor;
    let records = 0;
    if (listen) vcpu.events.subscribe(() => records++);
    run();
    const all = vcpu.counters.since();
    expect(records).toBe(listen ? sumOfExits(all) : 0);
    return countsToJson(all);
  };
  const first = counts(false);
  expect(counts(true)).toEqual(first);
  for (const reason of ["HIDDEN_FAULT", "TRUE_FAULT", "TRACE_FAULT", "MMIO", "CLI", "IOIO", "IRET", "HLT", "#DE", "SWINT"])
    expect(first.exits[reason], reason).toBeGreaterThan(0);
});
