// As trap-programs.ts: what paging does, whatever the road.
import { DONE, NOTE } from "./program-parts.js";

export const PAGING_PROGRAMS: Readonly<Record<string, string>> = {
  "paging: rights, accessed and dirty bits, CR0.WP": `
${NOTE}
start:  call map_pages
        mov dword [PAGES + 0x1000 + 0xa0 * 4], 0
        try mov eax, [0xa0000]
        mov dword [PAGES + 0x1000 + 0xa0 * 4], 0xa0005          ; read-only for ring 3
        mov eax, [0xa0000]
        try mov [0xa0000], eax
        mov eax, cr0
        and eax, ~0x10000
        mov cr0, eax
        mov dword [0xa0000], 77
        mov eax, [0xa0004]
        or eax, 0x10000
        mov eax, cr0
        or eax, 0x10000
        mov cr0, eax
        try mov [0xa0000], eax
        mov dword [PAGES + 0x1000 + 0xa1 * 4], 0xa1003          ; supervisor
        mov dword [0xa1000], 1
        mov dword [PAGES + 0x1000 + 0xa2 * 4], 0xa1003          ; an alias
        invlpg [0xa2000]
        inc dword [0xa2000]
        mov dword [PAGES + 0x1000 + 0xa3 * 4], DEVICE + 3
        invlpg [0xa3000]
        mov eax, [0xa3004]
        mov [0xa3008], eax
        mov esi, PAGES + 0x1000
        mov edi, 0xb0000
        mov ecx, 1024
        rep movsd
        to_user user
user:   mov eax, DATA3
        mov ds, eax
        mov es, eax
        mov eax, [0xa0000]
        try mov [0xa0000], eax
        try mov eax, [0xa1000]
        try mov eax, [0xa1004]
        try mov eax, [0x500000]
        mov edi, PAGES + 0x1000 + 0xa4 * 4                      ; tables that ring 3 may write
        mov dword [edi], 0xa1007
        int 0x80
        mov eax, [0xa4000]
        mov dword [0xa4004], 9
        int 0x81
vector128: mov eax, cr3
        mov cr3, eax
        iretd
vector129: mov ebx, 3
${DONE}`,
  "paging: code that leads elsewhere after CR3": `
CODE equ 0x60000
%macro called 0
        call ecx
        mov [DATA + edi * 4], eax
        inc edi
%endmacro
%macro space 1
        mov eax, %1
        mov cr3, eax
%endmacro
start:  call map_pages
        mov eax, 0x10
        mov cr4, eax
        mov byte [CODE], 0xb8                                   ; mov eax, 1 or 2; ret
        mov dword [CODE + 1], 1
        mov byte [CODE + 5], 0xc3
        mov byte [CODE + 0x1000], 0xb8
        mov dword [CODE + 0x1001], 2
        mov byte [CODE + 0x1005], 0xc3
        ; other directories: one with a table of its own, one with a large page
        mov esi, PAGES + 0x1000
        mov edi, PAGES + 0x3000
        mov ecx, 256
        rep movsd
        mov dword [PAGES + 0x2000], PAGES + 0x3000 + 7
        mov dword [PAGES + 0x4000], 0x83
        mov ecx, CODE
        xor edi, edi
        mov ebp, 3
.again: mov dword [PAGES + 0x1000 + 0x60 * 4], CODE + 3
        space PAGES
        called
        mov dword [PAGES + 0x1000 + 0x60 * 4], CODE + 0x1003
        space PAGES
        called
        space PAGES + 0x2000
        called
        space PAGES
        called
        space PAGES + 0x4000
        called
        mov dword [PAGES + 0x3000 + 0x60 * 4], CODE + 0x1003
        space PAGES + 0x2000
        called
        mov dword [PAGES + 0x3000 + 0x60 * 4], CODE + 3
        dec ebp
        jnz .again
${DONE}`,
  "paging: 4 MiB pages, PAE with NX, many roots": `
${NOTE}
start:  call map_pages
        mov eax, 0x10
        mov cr4, eax
        mov dword [PAGES + 4], 0x83
        mov eax, cr3
        mov cr3, eax
        mov eax, [0x400000 + DATA]
        mov dword [0x400000 + DATA + 0x50], 0x11
        mov eax, [PAGES + 4]
        mov dword [PAGES + 8], 0x000e0083                       ; reserved bits
        try mov eax, [0x800000]
        mov eax, [PAGES + 8]
        ; a second root
        mov esi, PAGES
        mov edi, PAGES + 0x2000
        mov ecx, 1024
        rep movsd
        mov dword [PAGES + 0x2000 + 12], PAGES + 0x3000 + 7
        mov dword [PAGES + 0x3000], 0xa0003
        mov ebp, 20
.again: mov eax, PAGES + 0x2000
        mov cr3, eax
        inc dword [0xc00000]
        mov eax, PAGES
        mov cr3, eax
        try mov eax, [0xc00000]
        dec ebp
        jnz .again
        ; PAE
        mov eax, cr0
        and eax, 0x7fffffff
        mov cr0, eax
        mov dword [0x50000], 0x51001
        mov dword [0x50018], 0x53001
        mov dword [0x51000], 0x52007
        mov edi, 0x52000
        mov eax, 7
        mov ecx, 256
.next:  stosd
        mov dword [edi], 0
        add edi, 4
        add eax, 0x1000
        loop .next
        mov dword [0x51008], 0x83                               ; 2 MiB
        mov dword [0x53008], 0x52003
        mov dword [0x52000 + 0xa5 * 8 + 4], 0x80000000
        mov eax, 0x30
        mov cr4, eax
        mov ecx, 0xc0000080
        mov eax, 0x800
        xor edx, edx
        wrmsr
        mov eax, 0x50000
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        mov eax, [0xa5000]
        mov byte [0xa5000], 0xc3
        mov dword [DATA + 4], .on
        jmp 0xa5000
.on:    mov eax, [0x200000 + DATA]
        mov dword [0x200000 + DATA + 0x60], 0x99
        mov eax, [0xc0200000 + DATA]
        try mov eax, [0x40000000]
        ; without NXE the bit is reserved
        mov ecx, 0xc0000080
        xor eax, eax
        xor edx, edx
        wrmsr
        try mov eax, [0xa5000]
        mov dword [0x50000], 0x51e01                            ; a PDPTE with reserved bits
        mov eax, 0x50000
        mov dword [0x50004], 0x80000000
        try mov cr3, eax
        mov dword [0x50004], 0
        mov cr3, eax
${DONE}`,
};
