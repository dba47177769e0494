// Programs whose result does not depend on the road: none looks at what the sensitive unprivileged instructions show. Each ends by writing
// to port F4H.

import { CROSSING_PROGRAMS } from "./crossing-programs.js";
import { PAGING_PROGRAMS } from "./paging-programs.js";
import { DONE, NOTE } from "./program-parts.js";

export const TRAP_PROGRAMS: Readonly<Record<string, string>> = {
  "flags and halting": `
start:  cli
        mov al, 0x40
        out 0xf5, al            ; requested, not taken
        nop
        inc ebx
        sti                     ; taken behind the next instruction
        inc esi
        inc edi
        mov al, 0x41
        out 0xf5, al
        nop
        cli
        mov al, 0x42
        out 0xf5, al
        sti
        hlt
        mov al, 0x43
        cli
        out 0xf6, al            ; NMI
        nop
${DONE}
vector64: mov [DATA], esi
        mov eax, [esp + 8]              ; IF was on there
        mov [DATA + 4], eax
        iretd
vector65: inc ebp
        iretd
vector66: add ebp, 16
        iretd
vector2: add ebp, 256
        iretd`,
  "descriptor tables, segment registers and far transfers": `
${NOTE}
start:  mov dword [GDT + 0x38], 0x0000ffff      ; based data, not accessed
        mov dword [GDT + 0x3c], 0x0040920a
        mov dword [GDT + 0x40], 0x0000ffff      ; not present
        mov dword [GDT + 0x44], 0x00cf1200
        mov dword [GDT + 0x48], 0x0000ffff      ; code, not accessed
        mov dword [GDT + 0x4c], 0x00cf9a00
        mov eax, 0x38
        mov fs, eax
        mov dword [fs:4], 0x1234567
        mov al, [GDT + 0x3d]
        mov [DATA + 0x80], al                   ; the accessed bit
        try mov eax, 0x40
        try mov gs, eax
        try mov ss, eax
        xor eax, eax
        try mov ss, eax
        mov gs, eax
        try mov [gs:0], al
        mov eax, 0x88
        try mov es, eax
        mov eax, DATA0
        mov ss, eax
        mov esp, STACK0
        push dword DATA0
        pop ss
        push dword DATA3
        pop es
        jmp 0x48:.there
.there: mov [DATA + 0x84], esp
        mov byte [DATA + 0x90], 0
        lss esp, [.stack]
        les ebx, [.stack]
        push dword CODE0
        push dword .back
        retf
.back:  jmp far [.pointer]
.far:   mov dword [LDT_AT + 8], 0x0000ffff
        mov dword [LDT_AT + 12], 0x00c0920a
        mov eax, LDT
        lldt ax
        mov eax, 12
        mov fs, eax
        mov dword [fs:8], 0x7654321
        mov eax, LDT
        lldt ax                                 ; accessed by now
        mov eax, 12
        mov fs, eax
        mov dword [LDT_AT + 12], 0x00c0120a     ; changed while it is in use
        try mov fs, eax
        try mov eax, 0x14
        try lldt ax
        mov eax, 0x28
        try ltr ax
        mov byte [GDT + 0x2d], 0x89
        mov eax, 0x28
        ltr ax
        sub esp, 8
        mov word [esp], 0x47
        mov dword [esp + 2], GDT
        lgdt [esp]
        mov eax, 0x48
        try mov es, eax
        mov word [esp], 0x7ff
        mov dword [esp + 2], IDT
        lidt [esp]
        add esp, 8
${DONE}
.stack: dd STACK0 - 64
        dw DATA0
.pointer: dd .far
        dw CODE0`,
  "control registers": `
${NOTE}
start:  mov eax, cr0
        mov [DATA + 0x80], eax
        smsw ebx
        mov eax, 0x80000000
        try mov cr0, eax
        mov eax, 0x20000031
        try mov cr0, eax
        mov eax, 0x3b
        mov cr0, eax
        try fnop
        clts
        fnop
        mov ax, 0xf
        lmsw ax
        mov eax, cr0
        mov [DATA + 0x84], eax
        clts
        mov eax, 0x31
        mov cr0, eax
        mov eax, 0x800
        try mov cr4, eax
        mov eax, 0x6b0
        mov cr4, eax
        mov ecx, cr4
        mov eax, 0x1234
        mov cr2, eax
        mov edx, cr2
        mov eax, PAGES
        mov cr3, eax
        mov eax, cr3
        mov [DATA + 0x88], eax
        wbinvd
        invd
        invlpg [DATA]
        mov ebx, 0
${DONE}`,
  "code breakpoints: before an instruction that is executed, and before one that only ring 0 may execute": `
start:  mov dword [DATA], 0
        mov eax, .plain
        mov dr0, eax
        mov eax, .privileged
        mov dr3, eax
        mov eax, 0x82           ; G0, G3: execution
        mov dr7, eax
        mov ecx, 3
.again: nop
.plain: inc ebx
.privileged: cli
        loop .again
        xor eax, eax
        mov dr7, eax
${DONE}
vector1: push eax
        push edi
        mov edi, [DATA]
        add edi, DATA + 0x100
        mov eax, dr6
        mov [edi], eax
        mov eax, [esp + 8]
        mov [edi + 4], eax
        add dword [DATA], 8
        xor eax, eax
        mov dr6, eax
        pop edi
        pop eax
        or dword [esp + 8], 0x10000     ; RF: not again
        iretd
`,
  "debug registers and single steps": `
start:  mov eax, DATA + 0x40
        mov dr0, eax
        mov eax, 0xd0001
        mov dr7, eax
        mov dword [DATA + 0x40], 5
        nop
        mov eax, dr6
        mov [DATA + 0x50], eax
        xor eax, eax
        mov dr7, eax
        mov dr6, eax
        pushfd
        or dword [esp], 0x100
        popfd
        inc ebx
        cli
        mov ecx, cr0
        sti
        in al, 0x70
        out 0x71, al
        pushfd
        and dword [esp], ~0x100
        popfd
        inc ebx
${DONE}
vector1: push eax
        push edi
        mov edi, [DATA]
        add edi, DATA + 0x100
        mov eax, [esp + 8]
        mov [edi], eax
        mov eax, dr6
        mov [edi + 4], eax
        xor eax, eax
        mov dr6, eax
        add dword [DATA], 8
        pop edi
        pop eax
        iretd`,
  "ports, with strings": `
start:  in al, 0x80
        mov [DATA], eax
        in ax, 0x81
        in eax, 0x82
        mov edx, 0x1234
        in al, dx
        in eax, dx
        out 0x20, al
        out dx, ax
        out dx, eax
        mov edi, DATA + 0x40
        insb
        insd
        mov ecx, 5
        rep insw
        mov esi, DATA + 0x40
        mov ecx, 3
        rep outsd
        std
        mov ecx, 2
        rep outsb
        cld
        outsw
        xor ecx, ecx
        rep insb
${DONE}`,
  "ring 3: calls, faults, ports by the bitmap, and back": `
${NOTE}
start:  mov dword [DATA + 0x20], 0
        to_user user
user:   mov eax, DATA3
        mov ds, eax
        mov es, eax
        int 0x80
        try cli
        try hlt
        mov eax, 0
        try mov cr3, eax
        in al, 0x80
        try in al, 0x81
        try in ax, 0x80
        mov eax, DATA0
        try mov ds, eax
        mov eax, DATA3
        mov ds, eax
        xor ecx, ecx
        try div ecx
        int3
        mov eax, 0x7fffffff
        add eax, 1
        into
        try int 0x21
        try ud2
        pushfd
        and dword [esp], ~0x200
        popfd
        int 0x81
vector128: inc dword [DATA + 0x20]
        mov eax, [esp + 8]
        mov [DATA + 0x24], eax
        iretd
vector3: inc dword [DATA + 0x28]
        iretd
vector4: inc dword [DATA + 0x2c]
        iretd
vector33: iretd
vector129: mov eax, [esp + 8]
        mov [DATA + 0x30], eax
        mov eax, [esp + 12]
        mov [DATA + 0x34], eax
${DONE}`,
  "SYSENTER and SYSEXIT": `
start:  mov ecx, 0x174
        mov eax, 8
        xor edx, edx
        wrmsr
        mov ecx, 0x175
        mov eax, 0x6000
        wrmsr
        mov ecx, 0x176
        mov eax, kernel
        wrmsr
        xor eax, eax
        rdmsr
        mov [DATA], eax
        mov edx, user
        mov ecx, STACK3
        sysexit
kernel: mov [DATA + 4], esp
        inc ebx
        cmp ebx, 3
        je .done
        mov edx, user
        mov ecx, STACK3
        sysexit
.done:
${DONE}
user:   inc esi
        mov eax, DATA3
        mov ds, eax
        sysenter`,
  "MSRs, read and written with values that they take or not": `
${NOTE}
start:  mov esi, .numbers
.next:  mov ebp, 6
        xor ebx, ebx
.value: mov ecx, [esi]
        mov edx, [.values + ebx * 8 + 4]
        mov eax, [.values + ebx * 8]
        mov dword [DATA], 0
        try wrmsr
        add edi, [DATA]
        add edi, [DATA + 0x100]
        mov eax, 0x55
        mov edx, eax
        mov dword [DATA], 0
        try rdmsr
        add edi, [DATA]
        rol edi, 5
        xor edi, eax
        add edi, edx
        inc ebx
        cmp ebx, ebp
        jb .value
        add esi, 4
        cmp dword [esi], 0
        jne .next
${DONE}
.values: dq 0x0606060606060606, 0x800, 0xfee00900, 0x12345678abcdef01, 0, 0x4000001801
.numbers: dd 0x11, 0x17, 0x1b, 0x3a, 0x79, 0x8b, 0xfe, 0x174, 0x175, 0x176, 0x179, 0x17a, 0x186, 0x1a0, 0x1d9, 0x200, 0x201, 0x20e
        dd 0x20f, 0x210, 0x250, 0x251, 0x258, 0x259, 0x25a, 0x267, 0x268, 0x26f, 0x270, 0x277, 0x2ff, 0x400, 0xc0000080, 0xc0000081, 0`,
  "MSRs that are not there": `
${NOTE}
start:  mov ecx, 0x12345
        try rdmsr
        try wrmsr
        mov ecx, 0xc0000080
        xor edx, edx
        mov eax, 0x100
        try wrmsr
        mov eax, 0x800
        wrmsr
        rdmsr
        try rdpmc
${DONE}`,
  "device memory": `
start:  mov eax, [DEVICE]
        mov [DEVICE + 4], eax
        mov [DEVICE + 8], al
        add dword [DEVICE + 12], 5
        mov esi, DEVICE + 0x20
        mov edi, DATA
        mov ecx, 4
        rep movsd
        mov esi, DATA
        mov edi, DEVICE + 0x40
        mov ecx, 3
        rep movsw
        push dword [DEVICE + 0x60]
        pop dword [DEVICE + 0x64]
        mov esi, DEVICE + 0x80
        mov edi, DEVICE + 0x1010
        movsd
        mov ebx, [DEVICE + 0xffe]
        xchg ecx, [DEVICE + 0x70]
        mov ebx, [ROM + 4]
        mov [ROM + 4], esi
        or byte [ROM + 8], 1
        mov edx, [ROM + 8]
        cmp eax, [DEVICE + 0x90]
        setb [DEVICE + 0x94]
${DONE}`,
  ...CROSSING_PROGRAMS,
  ...PAGING_PROGRAMS,
  "faults in the delivery of faults": `
start:  mov dword [IDT + 13 * 8 + 4], 0                          ; #GP has no gate
        xor eax, eax
        mov cr4, eax
        mov eax, 0x88
        mov es, eax
vector8: add esp, 4
        mov esp, STACK0
        mov dword [IDT + 8 * 8 + 4], 0
        mov dword [IDT + 11 * 8 + 4], 0
        mov eax, 2
        mov [DATA], eax
${DONE}`,
  "virtual IOPL": `
${NOTE}
start:  pushfd
        push dword CODE0
        push dword .on
        or dword [esp + 8], 0x3000
        iretd
.on:    push dword DATA3
        push dword STACK3
        push dword 0x3202
        push dword CODE3
        push dword user
        iretd
user:   mov eax, DATA3
        mov ds, eax
        cli
        in al, 0x81
        out 0x99, al
        int 0x80
vector128: mov eax, [esp + 8]
        mov [DATA + 0x50], eax
${DONE}`,
};
