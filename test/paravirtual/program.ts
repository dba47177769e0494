// Programs for a paravirtual guest: each exception goes to the label at [recover] with its vector in AL, and what is reported comes out on
// the console in hexadecimal.
import { expect } from "vitest";
import * as PV from "../../core/vmm/pv/abi.js";
import { assemble } from "../../guests/assembler/index.js";
import { SOURCES } from "../../guests/generated/sources.js";
import { createDomain, type Domain, type DomainOptions } from "./domain.js";

export const LOAD = 0x100000;
/** Vectors that have handlers. */
const VECTORS = 15;

function source(code: string, data: string): string {
  return `
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
        mov [information], ebx
        mov esp, stack
        mov ebx, traps
        mov ecx, ${VECTORS}
        hypercall HC_SET_TRAPS
${code}
        mov ebx, SCHED_SHUTDOWN
        mov ecx, SHUTDOWN_POWER_OFF
        hypercall HC_SCHED
print:
        pushad
        mov [byte_], al
        shr al, 4
        call .digit
        mov al, [byte_]
        and al, 15
        call .digit
        mov al, 32
        call .put
        popad
        ret
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
%rep ${VECTORS}
trap%[n]: mov al, n
        jmp caught
%assign n n + 1
%endrep
caught: mov esp, stack
        jmp [recover]
        align 8
traps:
%assign n 0
%rep ${VECTORS}
        db n, 1 | TRAP_FLAG_DISABLE
        dw ${PV.KERNEL_CODE}
        dd trap%[n]
%assign n n + 1
%endrep
recover: dd 0
information: dd 0
byte_: db 0
character: db 0
        align 4
${data}
        times 1024 db 0
stack:
`;
}

export function assembleProgram(code: string, data = "") {
  const { bytes, symbols } = assemble("program.asm", source(code, data), { readSource: (path) => SOURCES[`teaching-kernel/${path}`] });
  /** Linear address of a label. */
  return { bytes, at: (label: string) => Number(symbols.get(label)!.value) };
}

/** A domain in which the program is about to begin. */
export function startProgram(code: string, data = "", options: DomainOptions = {}): Domain {
  const domain = createDomain(options);
  domain.start(assembleProgram(code, data).bytes, LOAD);
  return domain;
}

/** What the program reports, byte by byte, once it has ended; nothing of others has changed. */
export function reports(code: string, data?: string, options?: DomainOptions): number[] {
  const domain = startProgram(code, data, options);
  const unchanged = domain.others();
  expect(domain.run(100_000)).toEqual({ kind: "system-event", event: "power-off" });
  expect(unchanged()).toBe(true);
  return domain
    .output()
    .trim()
    .split(" ")
    .map((digits) => Number.parseInt(digits, 16));
}

/** As one byte shows an error. */
export const byte = (error: number): number => error & 0xff;
