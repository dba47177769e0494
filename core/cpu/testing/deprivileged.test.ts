// Deprivileged running: whatever would go through the IDT leaves run() instead, interpreted and translated alike.
import { describe, expect, test } from "vitest";
import * as STATE from "../../../wasm/abi/state.js";
import { TRANSLATION_POLICIES } from "../../translator/options.js";
import type { Cpu, CpuHost } from "../cpu.js";
import { builtProcessor } from "./built-processor.js";
import { smallMachine } from "./small-machine.js";

const module = builtProcessor();
const CODE = 0x1000;
const STACK = 0x8000;
const TURNS = 600;
const FLAG_T = 0x100;
const FLAG_I = 0x200;
const FLAG_RF = 0x10000;

/** Flat segments of ring `cpl`, an IDT of nothing, and marks below the stack pointer, so that a delivery would show. */
function machine(policy: "off" | "eager", code: readonly number[], { cpl = 1, host = {} as Partial<CpuHost> } = {}) {
  const translator = TRANSLATION_POLICIES[policy];
  const { cpu, ram } = smallMachine({ module, host, ...(translator && { translator }) });
  for (let n = 0; n < 6; n++)
    cpu.setSegment(n, { selector: 8 | cpl, base: 0, limit: 0xffffffff, access: (n === STATE.CS ? 0xc09b : 0xc093) | (cpl << 5) });
  cpu.view.setUint32(STATE.CPL, cpl, true);
  cpu.view.setUint32(STATE.IDTR_LIMIT, 0, true);
  // A TSS without I/O permission bitmap.
  cpu.setSegment(STATE.TR, { selector: 0, base: 0, limit: 0x67, access: 0x8b });
  cpu.view.setUint32(STATE.CR0, 0x11, true);
  cpu.setRegister(STATE.RSP, BigInt(STACK));
  cpu.ram.set(code, CODE);
  cpu.ram.fill(0xa5, STACK - 64, STACK);
  setRip(cpu, CODE);
  cpu.deprivileged = true;
  cpu.synchronize();
  return { cpu, ram };
}

const rip = (cpu: Cpu) => cpu.view.getUint32(STATE.RIP, true);
function setRip(cpu: Cpu, value: number): void {
  cpu.view.setBigUint64(STATE.RIP, BigInt(value), true);
}
const stackUntouched = (cpu: Cpu) => cpu.ram.subarray(STACK - 64, STACK).every((byte) => byte === 0xa5);

/** INC EAX, NOPs, the instruction at CODE + 8, and back for ever. */
function loopOf(instruction: readonly number[]): number[] {
  const body = [0x40, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, ...instruction];
  return [...body, 0xeb, -(body.length + 2) & 0xff];
}

interface Case {
  readonly name: string;
  readonly instruction: readonly number[];
  readonly kind: string;
  readonly vector: number;
  readonly code?: number;
  readonly length?: number;
  readonly cpl?: number;
}

const CASES: readonly Case[] = [
  { name: "INT n", instruction: [0xcd, 0x80], kind: "software", vector: 0x80, length: 2 },
  { name: "INT3", instruction: [0xcc], kind: "software", vector: 3, length: 1 },
  { name: "INT n with a prefix", instruction: [0x66, 0xcd, 0x21], kind: "software", vector: 0x21, length: 3 },
  { name: "INT1", instruction: [0xf1], kind: "trap", vector: 1, length: 1 },
  { name: "CLI without the right to", instruction: [0xfa], kind: "fault", vector: 13 },
  { name: "HLT in ring 1", instruction: [0xf4], kind: "fault", vector: 13 },
  { name: "HLT in ring 3", instruction: [0xf4], kind: "fault", vector: 13, cpl: 3 },
  { name: "MOV CR3, EAX", instruction: [0x0f, 0x22, 0xd8], kind: "fault", vector: 13 },
  { name: "SYSENTER without a code segment", instruction: [0x0f, 0x34], kind: "fault", vector: 13 },
  { name: "IN without a bitmap", instruction: [0xec], kind: "fault", vector: 13 },
  { name: "UD2", instruction: [0x0f, 0x0b], kind: "fault", vector: 6 },
  { name: "DIV by zero", instruction: [0xf7, 0xf3], kind: "fault", vector: 0 },
  { name: "a selector behind the GDT", instruction: [0x8e, 0xda], kind: "fault", vector: 13, code: 0x5550 },
  { name: "INTO", instruction: [0xce], kind: "software", vector: 4, length: 1 },
];

for (const policy of ["off", "eager"] as const) {
  describe(`translator ${policy}`, () => {
    for (const c of CASES)
      test(`${c.name} leaves run() as ${c.kind} ${c.vector}`, () => {
        const { cpu } = machine(policy, loopOf(c.instruction), { cpl: c.cpl ?? 1 });
        cpu.view.setUint32(STATE.GDTR_LIMIT, 0xff, true);
        const traps = c.kind !== "fault";
        for (let turn = 1; turn <= TURNS; turn++) {
          cpu.setRegister(STATE.RDX, 0x5550n);
          // OF for INTO; INC EAX changes it, so it is made there: 7FFFFFFFH + 1.
          if (c.vector === 4) cpu.setRegister(STATE.RAX, 0x7fffffffn);
          const before = cpu.instructions;
          expect(cpu.run(100_000)).toBe("event");
          expect(cpu.event).toMatchObject({ kind: c.kind, vector: c.vector, code: c.code ?? 0, length: c.length ?? 0 });
          expect(rip(cpu)).toBe(CODE + 8 + (traps ? c.instruction.length : 0));
          expect(cpu.event.flags & FLAG_RF).toBe(traps ? 0 : FLAG_RF);
          expect(Number(cpu.instructions - before)).toBe(turn === 1 ? 9 : 10);
          setRip(cpu, CODE + 8 + c.instruction.length);
        }
        expect(stackUntouched(cpu)).toBe(true);
        if (policy === "eager") expect(cpu.translation!.regions).toBeGreaterThan(0);
      });

    test("a page fault leaves with its error code, and CR2 says where", () => {
      // MOV EBX, [EDX].
      const { cpu, ram } = machine(policy, loopOf([0x8b, 0x1a]), { cpl: 3 });
      const directory = 0x20000;
      const table = 0x21000;
      ram.setUint32(directory, table | 7, true);
      for (let page = 0; page < 256; page++) ram.setUint32(table + page * 4, (page << 12) | 7, true);
      ram.setUint32(table + 0x50 * 4, 0x50003, true);
      cpu.view.setUint32(STATE.CR3, directory, true);
      cpu.view.setUint32(STATE.CR0, 0x80000011, true);
      cpu.synchronize();
      for (let turn = 0; turn < TURNS; turn++) {
        cpu.setRegister(STATE.RDX, turn % 3 === 2 ? 0x400000n : 0x50010n);
        expect(cpu.run(100_000)).toBe("event");
        const { vector, code, kind } = cpu.event;
        expect([kind, vector, code, rip(cpu)]).toEqual(["fault", 14, turn % 3 === 2 ? 4 : 5, CODE + 8]);
        expect(cpu.view.getUint32(STATE.CR2, true)).toBe(turn % 3 === 2 ? 0x400000 : 0x50010);
        setRip(cpu, CODE + 10);
      }
      expect(stackUntouched(cpu)).toBe(true);
    });

    test("an external interrupt leaves after its acknowledge cycle, between two instructions, and IF stays", () => {
      let acknowledged = 0;
      const { cpu } = machine(policy, loopOf([0x90]), {
        host: {
          interruptAcknowledge: () => {
            acknowledged++;
            cpu.setInterrupt(false);
            return 0x31;
          },
        },
      });
      cpu.flags = 2 | FLAG_I;
      cpu.run(20_000);
      const eax = Number(cpu.register(STATE.RAX));
      cpu.setInterrupt(true);
      expect(cpu.run(1000)).toBe("event");
      expect(cpu.event).toMatchObject({ kind: "external", vector: 0x31, length: 0 });
      expect([acknowledged, Number(cpu.register(STATE.RAX)), cpu.interruptible]).toEqual([1, eax, true]);
      expect(cpu.run(1000)).toBe("budget");
    });

    test("an NMI leaves, is no longer pending and blocks nothing", () => {
      const { cpu } = machine(policy, loopOf([0x90]));
      cpu.run(20_000);
      for (let i = 0; i < 3; i++) {
        cpu.nonMaskableInterrupt();
        expect(cpu.run(1000)).toBe("event");
        expect(cpu.event).toMatchObject({ kind: "nmi", vector: 2 });
      }
      expect(cpu.run(1000)).toBe("budget");
    });

    test("single steps are traps behind each instruction; the one of INT n itself is lost, as with the IDT", () => {
      const { cpu } = machine(policy, [0x40, 0xcd, 0x80, 0x40]);
      cpu.flags = 2 | FLAG_T;
      cpu.run(10);
      expect([cpu.event.kind, cpu.event.vector, rip(cpu)]).toEqual(["trap", 1, CODE + 1]);
      expect(cpu.view.getUint32(STATE.DRS + 48, true) & 0x4000).toBe(0x4000);
      cpu.run(10);
      expect([cpu.event.kind, cpu.event.vector, rip(cpu)]).toEqual(["software", 0x80, CODE + 3]);
      cpu.run(10);
      expect([cpu.event.kind, cpu.event.vector, rip(cpu)]).toEqual(["trap", 1, CODE + 4]);
      expect(stackUntouched(cpu)).toBe(true);
    });
  });
}

test("with the switch off the IDT is used: here it is empty, and the processor shuts down", () => {
  const { cpu } = machine("off", [0xcd, 0x80]);
  cpu.deprivileged = false;
  expect(cpu.run(10)).toBe("shutdown");
});
