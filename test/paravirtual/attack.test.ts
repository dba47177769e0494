import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as PV from "../../core/vmm/pv/abi.js";
import { assemble } from "../../guests/assembler/index.js";
import { SOURCES } from "../../guests/generated/sources.js";
import * as AT from "./layout.js";
import { PvMachine } from "./machine.js";

const LOAD = 0x100000;
/** Host-physical address of the guest's linear address 0, and of its first page directory and the table behind entry 0. */
const OFFSET = AT.GUEST_BASE;
const DIRECTORY = OFFSET + 8 * AT.MIB - AT.PAGE;
const TABLE = DIRECTORY - 2 * AT.PAGE;

/** A guest of this code: every exception goes to the label at [recover], with its vector in AL. `report` prints AL in hexadecimal. */
function guest(code: string, data = ""): PvMachine {
  const source = `
        bits 32
        org ${LOAD}
%include "hypercalls.asm"
%macro report 0
        call print
%endmacro
%macro result 1+                ; what a hypercall answers
        %1
        report
%endmacro
%macro attack 1+                ; the vector of the exception that this leads to, or FF
        mov dword [recover], %%caught
        %1
        mov al, 0xff
%%caught:
        report
%endmacro
        mov esp, stack
        mov ebx, traps
        mov ecx, 15
        hypercall HC_SET_TRAPS
${code}
        mov ebx, SCHED_SHUTDOWN
        mov ecx, SHUTDOWN_POWER_OFF
        hypercall HC_SCHED
print:
        mov [byte_], al
        shr al, 4
        call .digit
        mov al, [byte_]
        and al, 15
        call .digit
        mov al, 32
        jmp .put
.digit: cmp al, 10
        jb .number
        add al, 7
.number: add al, 48
.put:   mov [character], al
        mov ebx, CONSOLE_WRITE
        mov ecx, character
        mov edx, 1
        hypercall HC_CONSOLE
        ret
%assign n 0
%rep 15
trap%[n]: mov al, n
        jmp caught
%assign n n + 1
%endrep
caught: mov esp, stack
        jmp [recover]
        align 8
traps:
%assign n 0
%rep 15
        db n, 1 | TRAP_FLAG_DISABLE
        dw ${PV.KERNEL_CODE}
        dd trap%[n]
%assign n n + 1
%endrep
recover: dd 0
byte_: db 0
character: db 0
        align 4
${data}
        times 1024 db 0
stack:
`;
  const { bytes } = assemble("attack.asm", source, { readSource: (path) => SOURCES[`teaching-kernel/${path}`] });
  return new PvMachine(bytes, LOAD, LOAD);
}

/** What it reported, byte by byte. */
function reports(code: string, data?: string): number[] {
  const machine = guest(code, data);
  const before = machine.vmmMemory;
  expect(machine.run(() => false, 0.02)).toEqual({ reason: PV.SHUTDOWN_POWER_OFF });
  expect(withoutPrivileges(machine.vmmMemory)).toEqual(withoutPrivileges(before));
  return machine.output
    .trim()
    .split(" ")
    .map((digits) => Number.parseInt(digits, 16));
}

/** The VMM's memory without what a guest may decide: from which ring INT may use a gate. */
function withoutPrivileges(memory: Uint8Array): Uint8Array {
  for (let vector = 0; vector < 256; vector++) memory[AT.TABLES_PAGE + vector * 8 + 5]! &= ~0x60;
  return memory;
}

const byte = (error: number) => error & 0xff;

describe("a guest's kernel in ring 1", () => {
  test("can not reach the VMM's memory, by any segment it has", () => {
    expect(
      reports(`
        attack mov [${PV.VMM_BASE}], eax
        attack mov eax, [${PV.VMM_BASE + 0x1000}]
        attack mov [${PV.VMM_BASE - 2}], eax
        attack call ${AT.IRET_STUB}
        attack jmp ${AT.RING0_CODE}:${AT.IRET_STUB}
        mov ax, ${AT.RING0_DATA}
        attack mov ds, ax
`),
    ).toEqual([13, 13, 13, 13, 13, 13]);
  });

  test("can not execute what only ring 0 may", () => {
    expect(
      reports(`
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
`),
    ).toEqual([13, 13, 13, 13, 13, 13, 13, 13, 13, 13]);
  });

  test("can not write to its page tables, which it may read, and gets no mapping that it must not have", () => {
    const request = (entry: number, value: number) => `
        mov dword [request], ${entry}
        mov dword [request + 4], ${value}
        mov ebx, request
        mov ecx, 1
        result hypercall HC_UPDATE_TABLES
`;
    const entryOf = (linear: number) => TABLE + (linear / AT.PAGE) * 4;
    const page = 0x200000;
    expect(
      reports(
        `
        attack mov [${TABLE - OFFSET}], eax
        attack mov [${DIRECTORY - OFFSET + 4092}], eax
        ${request(entryOf(page), (OFFSET + page) | 1)}
        attack mov [${page}], eax
        ${request(entryOf(page), AT.TABLES_PAGE | 3)}
        ${request(entryOf(page), TABLE | 3)}
        ${request(entryOf(page), (OFFSET + page) | 0x103)}
        ${request(entryOf(page) + 1, 0)}
        ${request(DIRECTORY + PV.VMM_FIRST_SLOT * 4, 0)}
        ${request(OFFSET + page, 0)}
        ${request(AT.VMM_TABLE, 0)}
        attack mov eax, [${page}]
`,
        "request: dd 0, 0",
      ),
    ).toEqual([
      14,
      14,
      1,
      14,
      byte(PV.ERROR_OWNER),
      byte(PV.ERROR_USE),
      byte(PV.ERROR_BITS),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_USE),
      byte(PV.ERROR_OWNER),
      0xff,
    ]);
  });

  test("can not have the VMM read or write where it could not itself", () => {
    expect(
      reports(`
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
        mov ebx, ${AT.RING0_DATA}
        mov ecx, 0
        result hypercall HC_SET_STACK
        mov ebx, ${PV.VMM_BASE}
        result hypercall HC_SET_CALLBACK
        result hypercall 99
`),
    ).toEqual([
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
      reports(`
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
        try ${AT.RING0_CODE}, 2
        try 8, 2
        try ${PV.USER_DATA}, 2
        try ${PV.KERNEL_CODE}, 0x7002
`),
    ).toEqual([13, 13, 13, 2]);
  });
});

test("random hypercalls change nothing of the VMM's, whatever becomes of the guest", () => {
  const word = fc.oneof(
    fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 0x11, 255, 1024, 1025, 4096, 0xffffffff, 0x80000000),
    fc.constantFrom(DIRECTORY, TABLE, TABLE - OFFSET, DIRECTORY - OFFSET, PV.VMM_BASE, PV.VMM_BASE - 1, AT.SHARED_INFO, LOAD, 0x200000),
    fc.integer({ min: (OFFSET + 8 * AT.MIB) / AT.PAGE - 8, max: (OFFSET + 8 * AT.MIB) / AT.PAGE + 1 }),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  const call = fc.tuple(fc.integer({ min: 0, max: 12 }), word, word, word);
  let survived = 0;
  fc.assert(
    fc.property(fc.array(call, { minLength: 30, maxLength: 60 }), (calls) => {
      const machine = guest(
        `
        mov esi, calls
.next:  mov eax, [esi]
        mov ebx, [esi + 4]
        mov ecx, [esi + 8]
        mov edx, [esi + 12]
        int HYPERCALL_VECTOR
        add esi, 16
        cmp esi, calls_end
        jb .next
`,
        `calls: ${calls.map((words) => `\n dd ${words.map((value) => value >>> 0).join(", ")}`).join("")}\ncalls_end:`,
      );
      const before = withoutPrivileges(machine.vmmMemory);
      // A guest that has lost its handlers faults for ever: it does not get long.
      machine.run(() => false, 0.00004);
      expect(withoutPrivileges(machine.vmmMemory)).toEqual(before);
      if (machine.ending?.reason === PV.SHUTDOWN_POWER_OFF) survived++;
    }),
    { numRuns: 60 },
  );
  // Some come to the end: the calls before were all answered.
  expect(survived).toBeGreaterThan(0);
});
