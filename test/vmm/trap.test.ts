// The roads against bare hardware: the same program leaves the same registers, memory and accesses to devices.
import { describe, expect, test } from "vitest";
import { type Outcome, runBare, runTrap, type TrapOptions } from "./sides.js";
import { TRAP_PROGRAMS } from "./trap-programs.js";

const WAYS: Readonly<Record<string, TrapOptions>> = {
  "0/1/3": {},
  "0/3/3": { compression: "0/3/3" },
  bt: { road: { road: "bt" } },
  "bt, nobody listens": { road: { road: "bt" }, quiet: true },
  "bt, translated to WebAssembly too, nobody listens": { road: { road: "bt" }, policy: "eager", quiet: true },
  "bt, translated to WebAssembly too, devices in the VMM": { road: { road: "bt" }, policy: "eager", bus: true },
  "0/1/3, translated, devices in the VMM": { policy: "eager", bus: true },
  "hw nested": { road: { road: "hw", paging: "nested" } },
  "hw shadow": { road: { road: "hw", paging: "shadow" } },
  "hw nested, translated, devices in the VMM": { road: { road: "hw", paging: "nested" }, policy: "eager", bus: true },
  "hw shadow, translated, devices in the VMM": { road: { road: "hw", paging: "shadow" }, policy: "eager", bus: true },
};

/** With nested paging PDPTEs are read with each walk, so that MOV to CR3 does not refuse them. AMD APM vol. 2 "Nested Paging and Memory Protection". */
const REFUSES_PDPTES = "paging: 4 MiB pages, PAE with NX, many roots";

function differences(bare: Outcome, trap: Outcome): string[] {
  const found: string[] = [];
  if (bare.end !== trap.end) found.push(`ended with ${trap.end}, bare with ${bare.end}`);
  bare.registers.forEach((value, n) => {
    if (value !== trap.registers[n]) found.push(`register ${n} is ${trap.registers[n]!.toString(16)}, bare ${value.toString(16)}`);
  });
  for (let at = 0; at < bare.memory.length && found.length < 12; at++)
    if (bare.memory[at] !== trap.memory[at])
      found.push(`memory ${at.toString(16)} is ${trap.memory[at]!.toString(16)}, bare ${bare.memory[at]!.toString(16)}`);
  const log = bare.log.findIndex((line, i) => trap.log[i] !== line);
  if (log >= 0) found.push(`access ${log} is ${trap.log[log]}, bare ${bare.log[log]}`);
  if (bare.log.length !== trap.log.length) found.push(`${trap.log.length} accesses, bare ${bare.log.length}`);
  return found;
}

for (const [name, source] of Object.entries(TRAP_PROGRAMS))
  describe(name, () => {
    const bare = runBare(source);
    test("ends on bare hardware", () => expect(bare.end).toMatch(/^end/));
    for (const [way, options] of Object.entries(WAYS))
      if (name !== REFUSES_PDPTES || !way.startsWith("hw nested"))
        test(way, () => expect(differences(bare, runTrap(source, options))).toEqual([]));
  });
