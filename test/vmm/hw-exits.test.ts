// What leaves a guest on the road hw is counted, and recorded while somebody listens.
import { describe, expect, test } from "vitest";
import { type Counts, countsToJson, sumOfExits } from "../../core/vmm/events/counters.js";
import { REASON, reasonName } from "../../core/vmm/events/exit-reasons.js";
import type { ExitRecord } from "../../core/vmm/events/record.js";
import * as SVM from "../../wasm/abi/svm.js";
import { DEVICE, runTrap, type TrapOutcome } from "./sides.js";

/** Pages, ports, a device, a true fault, CPUID, control registers, and an interrupt that waits for STI. */
const PROGRAM = `
start:  mov dword [PAGES + 0x3000], 0
        call map_pages
        mov eax, cr0
        mov eax, cr3
        mov dword [PAGES + 8], PAGES + 0x2000 + 7               ; 8 MiB: the device
        mov dword [PAGES + 0x2000], DEVICE + 7
        mov eax, [DEVICE + 4]
        xor eax, eax
        cpuid
        mov dword [0x400000], 1                                 ; no page
.on:    mov al, 0x40
        out 0xf5, al
        nop
        sti
        nop
        nop
        mov al, 1
        out 0xf4, al
        jmp $
vector14: add esp, 4
        mov dword [esp], .on
        iretd
vector64: iretd
`.replaceAll(".on", "on");

const sum = (counts: readonly Counts[], event: Parameters<Counts["events"]["get"]>[0]) =>
  counts.reduce((total, { events }) => total + (events.get(event) ?? 0), 0);

describe.each(["nested", "shadow"] as const)("%s paging", (paging) => {
  const run = (): TrapOutcome => runTrap(PROGRAM, { road: { road: "hw", paging }, bus: true });
  const { records, vcpu, end } = run();
  const counts = vcpu.counters.since();
  const withReason = (reason: number): ExitRecord[] => records.filter((record) => record.reason === reason);

  test("every exit has one record, which counts itself and its world switch", () => {
    expect(end).toBe("end 1");
    expect(records.length).toBe(sumOfExits(counts));
    expect(records.length).toBe(counts.events.get("worldSwitches"));
    for (const record of records) {
      expect(record.counts.exits, reasonName(record.reason)).toEqual(new Map([[record.reason, 1]]));
      expect(record.counts.events.get("worldSwitches")).toBe(1);
      expect(record.cause.kind).toBe("svm");
      expect(record.fields.map(({ name }) => name)).toContain("EXITCODE");
    }
    for (const event of ["injections", "emulations", "hiddenFaults", "trueFaults", "traces", "shadowFills"] as const)
      if (event !== "injections")
        expect(
          sum(
            records.map((record) => record.counts),
            event,
          ),
          event,
        ).toBe(counts.events.get(event) ?? 0);
  });

  test("nothing that the guest itself did is shown as the VMM's doing", () => {
    for (const { fields } of withReason(SVM.VMEXIT_CPUID))
      expect(fields.filter(({ name }) => name.startsWith("virtual")).map(({ name }) => name)).toEqual([
        "virtual EAX",
        "virtual ECX",
        "virtual EDX",
        "virtual EBX",
      ]);
    expect(withReason(SVM.VMEXIT_CPUID)).toHaveLength(1);
  });

  test("an instruction that the VMM emulates is skipped", () => {
    for (const { at, newEip } of withReason(SVM.VMEXIT_IOIO)) expect(newEip).toBe(at.eip + 2);
    expect(withReason(SVM.VMEXIT_IOIO).length).toBe(2);
    expect(counts.events.get("userExits")).toBe(2);
  });

  test("a run counts the same, listener or none", () => {
    expect(countsToJson(run().vcpu.counters.since())).toEqual(countsToJson(counts));
  });

  if (paging === "nested")
    test("nested page faults are of memory that comes, once for each page or 2 MiB, and of the device", () => {
      const faults = withReason(REASON.NPF);
      const verdicts = faults.flatMap(({ translations }) => translations.map(({ verdict, gpa }) => [verdict, gpa! >>> 12] as const));
      expect(verdicts).toHaveLength(faults.length);
      expect(verdicts.filter(([verdict]) => verdict === "mmio")).toEqual([["mmio", DEVICE >>> 12]]);
      const pages = verdicts.filter(([verdict]) => verdict === "hidden fault").map(([, page]) => page);
      expect(new Set(pages).size).toBe(pages.length);
      expect(counts.exits.get(0x4e)).toBeUndefined();
    });
  else
    test("page faults are told apart", () => {
      const translations = (reason: number) => withReason(reason).flatMap((record) => record.translations);
      expect(translations(REASON.TRUE_FAULT)).toMatchObject([{ gva: 0x400000, access: "write", verdict: "true fault" }]);
      expect(translations(REASON.MMIO)).toMatchObject([{ gva: DEVICE + 4, gpa: DEVICE + 4, access: "read", verdict: "mmio" }]);
      for (const { gva, gpa } of translations(REASON.HIDDEN_FAULT)) expect(gpa).toBe(gva);
      // Of the guest's stores to its own tables after they came into use: the two that map the device.
      expect(translations(REASON.TRACE_FAULT).map(({ gpa }) => gpa)).toContain(0x40008);
      expect(withReason(REASON.TRUE_FAULT)[0]!.injected).toMatchObject({ kind: "exception", vector: 14, error: 2 });
      expect(withReason(SVM.VMEXIT_CR_READ + 3)).toHaveLength(1);
    });
});
