// KVM's paravirtual interface on roads, without a machine around: CPUID's leaves, the registers, and who hears of them.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import type { VcpuExit } from "../../core/vmm/exit.js";
import { Host } from "../../core/vmm/host.js";
import { FEATURE_KVM } from "../../wasm/abi/state.js";
import { ROADS, smallVm, startVcpu } from "./host-programs.js";

const module = builtProcessor();
const SYSTEM_TIME = 0x4b564d01;
const PROGRAM = `
LEAVES equ 0xa000
SEEN equ 0xa010
leaves: mov eax, 0x40000000
        cpuid
        mov [LEAVES], eax
        mov [LEAVES + 4], ebx
        mov [LEAVES + 8], ecx
        mov [LEAVES + 12], edx
        hlt
registers:
        mov ecx, 0x4b564d01
        mov eax, 0x12345001
        mov edx, 7
        wrmsr
        xor eax, eax
        xor edx, edx
        rdmsr
        mov [SEEN], eax
        mov [SEEN + 4], edx
        mov ecx, 0x10
        mov eax, 1000
        xor edx, edx
        wrmsr
        rdtsc
        mov [SEEN + 8], eax
        hlt
unknown:
        mov ecx, 0x4b564dff
        rdmsr
        hlt
`;

describe.each(Object.entries(ROADS))("%s", (_, road) => {
  function start(label: string, kvm = true) {
    const host = new Host({ module, memoryBytes: 32 << 20 });
    const small = smallVm(host, PROGRAM);
    const vcpu = startVcpu(small, road, label);
    const registers = new Map<number, bigint>();
    if (kvm) {
      vcpu.features = FEATURE_KVM;
      vcpu.hypervisor = {
        readMsr: (index) => registers.get(index),
        writeMsr: (index, value) => {
          registers.set(index, value);
          return index === SYSTEM_TIME;
        },
      };
    }
    const exits: VcpuExit[] = [];
    const run = () => {
      for (let i = 0; i < 10; i++) {
        const exit = vcpu.run(1000);
        exits.push(exit);
        if (exit.kind === "hlt" || exit.kind === "shutdown") break;
      }
      return exits;
    };
    return { ...small, host, run, registers };
  }

  test("CPUID tells of it, to who has it", () => {
    const { run, ram, word } = start("leaves");
    expect(run()).toEqual([{ kind: "hlt" }]);
    expect(String.fromCharCode(...ram.subarray(0xa004, 0xa010))).toBe("KVMKVMKVM\0\0\0");
    expect(word(0xa000)).toBe(0x40000010);
    const without = start("leaves", false);
    without.run();
    expect(without.word(0xa004)).not.toBe(word(0xa004));
  });

  test("its registers are the owner's, and a write to the time-stamp counter is told", () => {
    const { run, word, registers } = start("registers");
    expect(run()).toEqual([{ kind: "msr", index: 0x10, value: 1000n }, { kind: "hlt" }]);
    expect(registers.get(SYSTEM_TIME)).toBe(0x7_12345001n);
    expect([word(0xa010), word(0xa014)]).toEqual([0x12345001, 7]);
    expect(word(0xa018)).toBeGreaterThanOrEqual(1000);
    expect(word(0xa018)).toBeLessThan(1100);
  });

  test("what the owner does not know, and all of them without it, are #GP", () => {
    expect(start("unknown").run()).toEqual([{ kind: "shutdown" }]);
    expect(start("registers", false).run()).toEqual([{ kind: "shutdown" }]);
  });
});

test("one guest of a host has it, another has not", () => {
  const host = new Host({ module, memoryBytes: 48 << 20 });
  const guests = [FEATURE_KVM, 0, FEATURE_KVM].map((features, n) => {
    const small = smallVm(host, PROGRAM);
    const vcpu = startVcpu(small, n === 1 ? { road: "trap" } : { road: "hw" }, "leaves");
    vcpu.features = features;
    return { small, vcpu };
  });
  for (let i = 0; i < 12; i++) for (const { vcpu } of guests) vcpu.run(1);
  expect(guests.map(({ small }) => small.word(0xa004) === 0x4b4d564b)).toEqual([true, false, true]);
});
