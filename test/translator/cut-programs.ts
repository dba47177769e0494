// Programs with segments that are flat but for their ends, about which translated code must not be wrong.
import type { Program } from "./code-programs.js";

/** DS and ES from CUT on, SS too if it is loaded with CUT, end where the descriptor says; OTHER is a second one. */
const CUT = `
CUT equ READABLE
OTHER equ SHORT
CUT_AT equ 0x500 + 0x48
OTHER_AT equ 0x500 + 0x40
%macro ends 2           ; a descriptor, of which a segment is to end before an address below 1 MiB
        mov dword [%1], (%2 - 1) & 0xffff
        mov dword [%1 + 4], 0x0040f300 | ((%2 - 1) & 0xf0000)
%endmacro
%macro cut 1
        ends CUT_AT, %1
        mov eax, CUT
        mov ds, eax
        mov es, eax
%endmacro
`;

/** Faults go on at [resume]. */
const RESUME = `
vector13:
vector12:
        add esp, 4
        inc ebp
        add edx, [esp]
        mov dword [esp], resume
        iretd`;

export const CUT_PROGRAMS: Readonly<Record<string, Program>> = {
  "reads up to the end of a segment and beyond it, which is that of a page": {
    source: `${CUT}
start:  cut 0x23000
        mov ecx, 3000
.again: mov esi, ecx
        and esi, 0x1ff
        add ebx, [0x22e80 + esi]
        movzx eax, byte [0x22e81 + esi]
        add ebx, eax
resume: dec ecx
        jnz start.again
        hlt
${RESUME}`,
  },
  "a group of accesses over the end of a segment in the middle of a page": {
    source: `${CUT}
start:  cut 0x22804
        mov ecx, 3000
.again: mov esi, ecx
        and esi, 0x7c
        mov eax, [0x22790 + esi]
        add eax, [0x22798 + esi]
        mov [0x22794 + esi], eax
        inc dword [0x22000 + esi]
        add ebx, eax
resume: dec ecx
        jnz start.again
        hlt
${RESUME}`,
    translated: 0,
  },
  "a segment whose end comes nearer in a loop that knows the page": {
    source: `${CUT}
start:  cut 0x30000
        ends OTHER_AT, 0x22000
        mov edi, CUT
        mov ecx, 3000
.again: mov eax, [0x22f00]
        add ebx, eax
        mov [0x22f00], ecx
        test cl, 0x3f
        jnz resume
        xor edi, CUT ^ OTHER
        mov ds, edi
resume: dec ecx
        jnz start.again
        hlt
${RESUME}`,
  },
  "a segment in GS that ends beside cut ones": {
    source: `${CUT}
start:  cut 0x23000
        mov eax, DATA0
        mov ds, eax
        mov dword [OTHER_AT], (DATA << 16) | 0x2ff
        mov dword [OTHER_AT + 4], 0x0040f300 | (DATA >> 16)
        mov eax, OTHER
        mov gs, eax
        mov eax, CUT
        mov ds, eax
        mov ecx, 3000
.again: mov esi, ecx
        and esi, 0x3f
        inc dword [gs:esi + 0x2c0]
        add ebx, [DATA + 0x2c0 + esi]
        add [gs:8], ebx
resume: dec ecx
        jnz start.again
        hlt
${RESUME}`,
  },
  "repeated strings over the end of a segment": {
    source: `${CUT}
start:  cut 0x22f80
        mov ecx, 300
.again: push ecx
        mov esi, ecx
        and esi, 0x3f
        lea edi, [0x22e00 + esi * 8]
        lea esi, [0x22d00 + esi * 8]
        mov eax, ecx
        mov ecx, 16
        rep stosd
        mov ecx, 16
        rep movsd
resume: add ebx, ecx
        xor ebx, esi
        rol ebx, 3
        xor ebx, edi
        pop ecx
        dec ecx
        jnz start.again
        hlt
${RESUME}`,
    translated: 0,
  },
  "a user's stack at the end of its segment": {
    source: `${CUT}
start:  cut 0x23000
        mov esi, 0x22f80
        push dword CUT
        push dword USER_STACK
        push dword 2
        push dword CODE3
        push dword user
        iretd
user:   mov ecx, 3000
.again: mov esp, ecx
        and esp, 0xfc
        add esp, esi
        push ecx
        pop eax
        add ebx, eax
        call near_end
        pop edx
resume: dec ecx
        jnz user.again
        int 0x20
near_end: pop eax
        push eax
        push eax
        ret
vector32: hlt
${RESUME}`,
  },
};
