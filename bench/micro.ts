// Micro-benches of the processor: small flat programs, each run for a fixed number of instructions. Prints nanoseconds and MIPS.
//   node dist/bench/micro.js
import { Bench } from "tinybench";
import type { Cpu } from "../core/cpu/cpu.js";
import { builtProcessor } from "../core/cpu/testing/built-processor.js";
import { smallMachine } from "../core/cpu/testing/small-machine.js";
import { enter } from "../devices/boot/entry.js";
import { assemble } from "../guests/assembler/index.js";
import { CR4 } from "../wasm/abi/state.js";

const RAM = 16 << 20;
const ORIGIN = 0x100000;
const INSTRUCTIONS = 1_000_000;

const PROGRAMS: Readonly<Record<string, string>> = {
  "register arithmetic": "l: add eax, ebx\n xor ebx, ecx\n lea ecx, [ecx+eax*2+1]\n sub edx, eax\n jmp l",
  "loads and stores": "mov esi, 0x200000\n l: mov eax, [esi+64]\n add eax, 1\n mov [esi+128], eax\n mov [esi+64], eax\n jmp l",
  "compare and branch": "l: inc eax\n cmp eax, 1000\n jb l\n xor eax, eax\n jmp l",
  "call and return": "mov esp, 0x300000\n l: call f\n call f\n jmp l\n f: push ebp\n mov ebp, esp\n pop ebp\n ret",
  "loads that miss the TLB": "l: mov eax, [esi+0x200000]\n add esi, 4096\n and esi, 0x7fffff\n jmp l",
  "x87 multiply and add": "fld1\n fldpi\n l: fmul st0, st1\n fadd st0, st1\n fdiv st0, st1\n jmp l",
  "packed single": "l: addps xmm0, xmm1\n mulps xmm2, xmm3\n shufps xmm4, xmm0, 0x1b\n jmp l",
  "copy by rep movsd": "l: mov esi, 0x200000\n mov edi, 0x300000\n mov ecx, 256\n rep movsd\n jmp l",
  "code that is rewritten": "l: inc byte [p+1]\n p: mov al, 0\n jmp l",
};

function machine(source: string): Cpu {
  const { cpu } = smallMachine({ module: builtProcessor(), ramBytes: RAM });
  cpu.ram.set(assemble("bench.asm", `bits 32\norg ${ORIGIN}\n${source}\n`).bytes, ORIGIN);
  enter(cpu, { mode: "protected", eip: ORIGIN, registers: {}, gdt: 0x1000 });
  // CR4.OSFXSR and OSXMMEXCPT, for SSE.
  cpu.view.setUint32(CR4, 0x600, true);
  return cpu;
}

const bench = new Bench({ time: 1000, warmupTime: 500 });
for (const [name, source] of Object.entries(PROGRAMS)) {
  const cpu = machine(source);
  bench.add(name, () => {
    if (cpu.run(INSTRUCTIONS) !== "budget") throw new Error(`${name}: the program stopped`);
  });
}
await bench.run();
console.log("| program | ns an instruction | MIPS |\n|---|---|---|");
for (const task of bench.tasks) {
  if (task.result.state === "errored") throw task.result.error;
  if (task.result.state !== "completed") continue;
  const nanoseconds = (task.result.latency.p50 * 1e6) / INSTRUCTIONS;
  console.log(`| ${task.name} | ${nanoseconds.toFixed(2)} | ${(1000 / nanoseconds).toFixed(0)} |`);
}
