// The sensitive instructions in ring 3: what this machine's processor says of them, and what ours does. Linux emulates SGDT, SIDT, SLDT, STR and
// SMSW under UMIP, so they are not asked.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { KERNEL_DATA, RingMachine, STACK, USER_CODE, USER_DATA } from "../../core/labs/ring-machine.js";
import { lacks, TOP } from "../support/requirements.js";

const ZF = 0x40;
const IF = 0x200;

/** The same lines from the emulated processor: a user program whose kernel nobody has moved. */
function ours(): string[] {
  const machine = new RingMachine(builtProcessor());
  const run = (code: readonly number[], ecx = 0, stack: readonly number[] = []) =>
    machine.run({ world: "vmm", kernelDpl: 0, ring: 3, user: true, flags: IF, code, registers: [0, ecx, 0, 0, STACK, 0, 0, 0], stack });
  const pushed = (code: readonly number[]) => machine.ram.getUint32(run(code).registers[4]!, true);
  const zero = (code: readonly number[], ecx: number) => (run(code, ecx).flags & ZF ? 1 : 0);
  const LAR = [0x0f, 0x02, 0xc1];
  const LSL = [0x0f, 0x03, 0xc1];
  const VERR = [0x0f, 0x00, 0xe1];
  const VERW = [0x0f, 0x00, 0xe9];
  const [data, code] = [USER_DATA | 3, USER_CODE | 3];
  const traps = (name: string, bytes: readonly number[], ecx = 0) => `${name} ${run(bytes, ecx).exception ? "traps" : "runs"}`;
  return [
    `pushf IF ${(pushed([0x9c]) >> 9) & 1}`,
    `popf IF ${(run([0x9d], 0, [2]).flags >> 9) & 1}`,
    `push cs RPL ${pushed([0x0e]) & 3}`,
    `mov cs RPL ${run([0x8c, 0xc8]).registers[0]! & 3}`,
    `lar own ZF ${zero(LAR, data)}`,
    `lar own DPL ${(run(LAR, data).registers[0]! >> 13) & 3}`,
    `lsl own ZF ${zero(LSL, data)}`,
    `lar kernel ZF ${zero(LAR, KERNEL_DATA)}`,
    `lsl kernel ZF ${zero(LSL, KERNEL_DATA)}`,
    `verr own ZF ${zero(VERR, data)}`,
    `verw code ZF ${zero(VERW, code)}`,
    `verr kernel ZF ${zero(VERR, KERNEL_DATA)}`,
    traps("cli", [0xfa]),
    traps("sti", [0xfb]),
    traps("hlt", [0xf4]),
    traps("clts", [0x0f, 0x06]),
    traps("mov cr0", [0x0f, 0x20, 0xc0]),
    traps("lldt", [0x0f, 0x00, 0xd0]),
    traps("in", [0xe4, 0x70]),
    traps("load kernel data", [0x8e, 0xc1], KERNEL_DATA),
  ];
}

test.skipIf(process.arch !== "x64" || lacks("/usr/bin/gcc"))("a real processor's ring 3 agrees", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringside-native-"));
  try {
    const program = join(folder, "native");
    execFileSync("gcc", ["-m32", "-O1", "-static", "-o", program, join(TOP, "test/labs/native.c")]);
    expect(ours()).toEqual(execFileSync(program, { encoding: "utf8" }).trim().split("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
