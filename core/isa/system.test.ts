import { describe, expect, test } from "vitest";
import { systemRows } from "./system.js";

const rowsOf = (mnemonic: string) => systemRows.filter((r) => r.mnemonic === mnemonic);

describe("system rows", () => {
  test("everything that may change CS, CPL, a table or a control register ends a run", () => {
    const stays = systemRows.filter((r) => !r.ends).map((r) => r.mnemonic);
    // These read system state or order memory; they change neither.
    expect(new Set(stays)).toEqual(new Set(["push", "mov", "pushf", "lfence", "mfence", "sfence", "clflush"]));
    expect(systemRows.filter((r) => r.mnemonic === "mov" && !r.ends).every((r) => r.operands.endsWith(",Sw"))).toBe(true);
  });

  test("what faults outside ring 0 is marked so, for the hypervisor's trap road", () => {
    for (const name of ["lgdt", "lidt", "lldt", "ltr", "lmsw", "clts", "invlpg", "invd", "wbinvd", "hlt", "rdmsr", "wrmsr", "sysexit"])
      for (const row of rowsOf(name)) expect(row.privilege, name).toBe("cpl0");
  });

  test("the instructions of Robin and Irvine that lie instead of trapping are marked sensitive", () => {
    const names = "sgdt sidt sldt smsw str pushf popf lar lsl verr verw jmp call retf int iret".split(" ");
    for (const name of names) {
      expect(rowsOf(name).length, name).toBeGreaterThan(0);
      for (const row of rowsOf(name)) expect(row.privilege, name).toBe("sensitive");
    }
  });

  test("each fence has eight encodings, one for each value of modrm.rm", () => {
    for (const name of ["lfence", "mfence", "sfence"]) expect(new Set(rowsOf(name).map((r) => r.opcode)).size).toBe(8);
  });

  test("port instructions need IOPL or the bitmap", () => {
    const ports = systemRows.filter((r) => ["in", "out", "ins", "outs"].includes(r.mnemonic));
    expect(ports).toHaveLength(12);
    expect(ports.every((r) => r.privilege === "io" && r.ends)).toBe(true);
  });
});
