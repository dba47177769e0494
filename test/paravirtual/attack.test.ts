// Guests that attack the road pv: what is not theirs stays out of their reach, and nothing crashes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as PV from "../../core/vmm/pv/abi.js";
import { createDomain, DIRECTORY, GUEST_BYTES, OFFSET, PAGE, SHARED_INFO, TABLE, VMM_PAGE_TABLE, VMM_TABLES } from "./domain.js";
import { assembleProgram, byte, LOAD, reports } from "./program.js";

/** Selector of a TSS, were there a descriptor, and of ring 0's code and data. */
const OUTSIDE = 0x28;

describe.each(["off", "eager"] as const)("a guest's kernel in ring 1, translator %s", (policy) => {
  test("can not reach the VMM's memory, by any segment it has", () => {
    expect(
      reports(
        `
        attack mov [${PV.VMM_BASE}], eax
        attack mov eax, [${PV.VMM_BASE}]
        attack mov [${PV.VMM_BASE - 2}], eax
        attack call ${PV.VMM_BASE}
        attack jmp ${PV.USER_CODE}:${LOAD}
        mov ax, ${OUTSIDE}
        attack mov ds, ax
        attack ltr ax
`,
        "",
        { policy },
      ),
    ).toEqual([13, 13, 13, 13, 13, 13, 13]);
  });

  test("can not execute what only ring 0 may", () => {
    expect(
      reports(
        `
        attack cli
        attack hlt
        attack mov eax, cr3
        attack mov cr3, eax
        attack lgdt [traps]
        attack lidt [traps]
        attack out 0x80, al
        attack wrmsr
        attack invlpg [traps]
        attack int 0x40
        attack sysenter
        attack mov dr7, eax
        attack vmmcall
        attack vmrun
`,
        "",
        { policy },
      ),
    ).toEqual([13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 6, 6]);
  });

  test("can not write to its page tables, which it may read, and gets no mapping that it must not have", () => {
    const request = (entry: number, value: number) => `
        mov dword [request], ${entry}
        mov dword [request + 4], ${value}
        mov ebx, request
        mov ecx, 1
        result hypercall HC_UPDATE_TABLES
`;
    const entryOf = (linear: number) => TABLE + (linear / PAGE) * 4;
    const page = 0x200000;
    expect(
      reports(
        `
        attack mov [${TABLE - OFFSET}], eax
        attack mov [${DIRECTORY - OFFSET + 4092}], eax
        ${request(entryOf(page), (OFFSET + page) | 1)}
        attack mov [${page}], eax
        ${request(entryOf(page), VMM_TABLES | 3)}
        ${request(entryOf(page), VMM_PAGE_TABLE | 1)}
        ${request(entryOf(page), TABLE | 3)}
        ${request(entryOf(page), (OFFSET + page) | 0x103)}
        ${request(entryOf(page), (OFFSET + GUEST_BYTES) | 1)}
        ${request(entryOf(page) + 1, 0)}
        ${request(DIRECTORY + PV.VMM_FIRST_SLOT * 4, 0)}
        ${request(DIRECTORY, SHARED_INFO | 3)}
        ${request(OFFSET + page, 0)}
        ${request(VMM_PAGE_TABLE, 0)}
        attack mov eax, [${page}]
`,
        "request: dd 0, 0",
        { policy },
      ),
    ).toEqual([
      14,
      14,
      1,
      14,
      byte(PV.ERROR_OWNER),
      byte(PV.ERROR_OWNER),
      byte(PV.ERROR_USE),
      byte(PV.ERROR_BITS),
      byte(PV.ERROR_OWNER),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_USE),
      byte(PV.ERROR_USE),
      byte(PV.ERROR_OWNER),
      0xff,
    ]);
  });

  test("can not go on writing through a translation that the processor remembers", () => {
    // The page is written, becomes a table, and is written again.
    const page = 0x200000;
    expect(
      reports(
        `
        attack mov dword [${page}], 0
        mov dword [request], ${TABLE + (page / PAGE) * 4}
        mov dword [request + 4], ${(OFFSET + page) | 1}
        mov ebx, request
        mov ecx, 1
        result hypercall HC_UPDATE_TABLES
        mov ebx, MMU_PIN_TABLE
        mov ecx, ${(OFFSET + page) / PAGE}
        result hypercall HC_MMU
        attack mov dword [${page}], ${VMM_TABLES | 3}
`,
        "request: dd 0, 0\nMMU_PIN_TABLE equ 0",
        { policy },
      ),
    ).toEqual([0xff, 1, 0, 14]);
  });

  test("can not have the VMM read or write where it could not itself", () => {
    expect(
      reports(
        `
        mov ebx, CONSOLE_WRITE
        mov ecx, ${PV.VMM_BASE}
        mov edx, 4
        result hypercall HC_CONSOLE
        mov ebx, CONSOLE_READ
        mov ecx, ${TABLE - OFFSET}
        mov edx, 4
        result hypercall HC_CONSOLE
        mov ebx, ${PV.VMM_BASE - 4}
        mov ecx, 1
        result hypercall HC_SET_TRAPS
        mov ebx, 0xfffffffc
        mov ecx, 1
        result hypercall HC_SET_TRAPS
        mov ebx, 0x10
        mov ecx, 0
        result hypercall HC_SET_STACK
        mov ebx, ${PV.VMM_BASE}
        result hypercall HC_SET_CALLBACK
        result hypercall 99
`,
        "",
        { policy },
      ),
    ).toEqual([
      byte(PV.ERROR_ADDRESS),
      byte(PV.ERROR_ADDRESS),
      byte(PV.ERROR_ADDRESS),
      byte(PV.ERROR_ADDRESS),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_NO_CALL),
    ]);
  });

  test("can not return to ring 0, nor with more than its flags", () => {
    expect(
      reports(
        `
%macro try 2
        push dword %2
        push dword %1
        push dword %%over
        push dword 0
        mov dword [recover], %%caught
        hypercall HC_IRET
%%over: pushfd
        pop eax
        shr eax, 8                      ; IF is bit 1, IOPL bits 4 and 5, NT bit 6
        jmp %%told
%%caught:
%%told: report
%endmacro
        try 8, 2
        try ${OUTSIDE}, 2
        try ${PV.USER_DATA}, 2
        try ${PV.KERNEL_CODE}, 0x7002
`,
        "",
        { policy },
      ),
    ).toEqual([13, 13, 13, 2]);
  });
});

test("random hypercalls change nothing of the VMM's, whatever becomes of the guest", () => {
  const word = fc.oneof(
    fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 0x11, 255, 1024, 1025, 4096, 0xffffffff, 0x80000000),
    fc.constantFrom(DIRECTORY, TABLE, TABLE - OFFSET, DIRECTORY - OFFSET, PV.VMM_BASE, PV.VMM_BASE - 1, SHARED_INFO, LOAD, 0x200000),
    fc.integer({ min: (OFFSET + GUEST_BYTES) / PAGE - 8, max: (OFFSET + GUEST_BYTES) / PAGE + 1 }),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  const call = fc.tuple(fc.integer({ min: 0, max: 12 }), word, word, word, word);
  const sectors = new Uint8Array(4096);
  const disk = {
    sectors: 8,
    read: (at: number, count: number) => sectors.slice(at * 512, (at + count) * 512),
    write: () => true,
    flush: () => true,
  };
  const MOST = 60;
  const program = assembleProgram(
    `
        mov ebp, calls
.next:  mov eax, [ebp]
        mov ebx, [ebp + 4]
        mov ecx, [ebp + 8]
        mov edx, [ebp + 12]
        mov esi, [ebp + 16]
        int HYPERCALL_VECTOR
        add ebp, 20
        cmp ebp, [calls_end]
        jb .next
`,
    `calls_end: dd 0\ncalls: times ${MOST * 20} db 0`,
  );
  const domain = createDomain({ disk });
  const unchanged = domain.others();
  let survived = 0;
  fc.assert(
    fc.property(fc.array(call, { minLength: 30, maxLength: MOST }), (calls) => {
      domain.start(program.bytes, LOAD);
      const words = new DataView(domain.ram.buffer, domain.ram.byteOffset);
      for (const [i, value] of calls.flat().entries()) words.setUint32(program.at("calls") + i * 4, value, true);
      words.setUint32(program.at("calls_end"), program.at("calls") + calls.length * 20, true);
      // A guest that has lost its handlers faults for ever: it does not get long.
      const exit = domain.run(2000);
      expect(unchanged()).toBe(true);
      if (exit.kind === "system-event" && exit.event === "power-off") survived++;
    }),
    { numRuns: 200 },
  );
  // Some come to the end: the calls before were all answered.
  expect(survived).toBeGreaterThan(0);
});
