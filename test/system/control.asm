; Control registers, MSRs, CPUID, SYSENTER, LMSW and SMSW, UMIP, privileged instructions from ring 3.
; features: smep,smap,umip
; qemu differs: leaf|unknown one|reserved type|TSC written: another processor

main:
        enter_protected
        mov eax, cr0
        show "cr0: ", eax

        ; CR0
        mov eax, cr0
        and eax, ~0x60000000
        mov cr0, eax
        mov eax, 0x60000000 | 0x31
        attempt "CD and NW", mov cr0, eax
        mov eax, cr0
        show "cr0: ", eax
        mov eax, 0x11
        mov cr0, eax
        mov eax, 0xf
        lmsw ax
        mov eax, cr0
        show "lmsw f: ", eax
        xor eax, eax
        lmsw ax
        mov eax, cr0
        show "lmsw 0 keeps PE: ", eax
        smsw eax
        show "smsw: ", eax
        mov eax, cr0
        or al, 8
        mov cr0, eax
        clts
        mov eax, cr0
        show "clts: ", eax

        attempt "mov cr1", db 0x0f, 0x22, 0xc8
        attempt "mov cr5", db 0x0f, 0x20, 0xe8
        attempt "mov cr7", db 0x0f, 0x22, 0xf8

        ; CR4
        mov eax, 0x00000800
        attempt "UMIP", mov cr4, eax
        xor eax, eax
        mov cr4, eax

        ; MSRs
        mov ecx, 0x12345
        attempt "rdmsr of an unknown one", rdmsr
        attempt "wrmsr to an unknown one", wrmsr
        mov ecx, 0x277
        rdmsr
        show "PAT: ", eax
        show "PAT: ", edx
        mov ecx, 0x174
        mov eax, CODE0
        xor edx, edx
        wrmsr
        rdmsr
        show "SYSENTER_CS: ", eax
        mov ecx, 0xfe
        rdmsr
        show "MTRRCAP: ", eax
        mov ecx, 0x1b
        rdmsr
        show "APIC_BASE: ", eax
        mov ecx, 0x277
        mov eax, 2
        xor edx, edx
        attempt "PAT with a reserved type", wrmsr
        mov ecx, 0x2ff
        mov eax, 0xc06
        wrmsr
        rdmsr
        show "MTRR default type: ", eax
        xor eax, eax
        wrmsr
        mov ecx, 0x10
        xor eax, eax
        mov edx, 0x10
        wrmsr
        rdtsc
        show "TSC written: ", edx

        ; SYSENTER and SYSEXIT
        set_descriptor FREE, 0, 0xfffff, 0x9b, 12
        set_descriptor FREE + 8, 0, 0xfffff, 0x93, 12
        set_descriptor FREE + 16, 0, 0xfffff, 0xfb, 12
        set_descriptor FREE + 24, 0, 0xfffff, 0xf3, 12
        mov ecx, 0x174
        xor eax, eax
        wrmsr
        attempt "sysenter with a null CS", sysenter
        attempt "sysexit with a null CS", sysexit
        mov ecx, 0x174
        mov eax, FREE
        xor edx, edx
        wrmsr
        mov ecx, 0x175
        mov eax, STACK1
        wrmsr
        mov ecx, 0x176
        mov eax, entered
        wrmsr
        attempt "ring 3: sysexit", ring3 r3_sysexit
        attempt "ring 3: sysenter and back", ring3 r3_sysenter

        ; ring 3
%macro r3 2+
        attempt {"ring 3: ", %1}, ring3 %%code
        jmp %%over
%%code: %2
        hlt
%%over:
%endmacro
        r3 "mov eax, cr0", mov eax, cr0
        r3 "mov cr3, eax", mov cr3, eax
        r3 "mov eax, dr7", mov eax, dr7
        r3 "clts", clts
        r3 "lgdt", lgdt [gdtr]
        r3 "lldt", lldt ax
        r3 "ltr", ltr ax
        r3 "lmsw", lmsw ax
        r3 "invlpg", invlpg [0]
        r3 "wbinvd", wbinvd
        r3 "rdmsr", rdmsr
        r3 "wrmsr", wrmsr
        r3 "rdtsc", rdtsc
        r3 "sgdt", sgdt [SPARE]
        r3 "sidt", sidt [SPARE]
        r3 "sldt", sldt ax
        r3 "str", str ax
        r3 "smsw", smsw ax
        r3 "in", in al, 0x80
        r3 "cpuid", cpuid
        mov eax, 0x804
        mov cr4, eax
        r3 "rdtsc with TSD", rdtsc
        r3 "sgdt with UMIP", sgdt [SPARE]
        r3 "sidt with UMIP", sidt [SPARE]
        r3 "sldt with UMIP", sldt ax
        r3 "str with UMIP", str ax
        r3 "smsw with UMIP", smsw ax
        attempt "ring 0: sgdt with UMIP", sgdt [SPARE]
        show "limit: ", [SPARE]
        o16 sgdt [SPARE]
        mov eax, [SPARE + 2]
        sub eax, gdt
        show "base: ", eax
        xor eax, eax
        mov cr4, eax

        ; CPUID
        xor eax, eax
        cpuid
        show "leaf 0 ebx: ", ebx
        mov eax, 1
        cpuid
        show "leaf 1: ", eax
        show "leaf 1 ecx: ", ecx
        show "leaf 1 edx: ", edx
        mov eax, 0x80000001
        cpuid
        show "leaf 80000001 edx: ", edx
        mov eax, 7
        xor ecx, ecx
        cpuid
        show "leaf 7 ebx: ", ebx
        show "leaf 7 ecx: ", ecx
        jmp quit

entered:
        mov eax, esp
        say " [esp "
        call hex
        mov eax, cs
        say " cs "
        call hex
        mov eax, ss
        say " ss "
        call hex
        pushfd
        pop eax
        and eax, 0x20300
        say " flags "
        call hex
        say "]"
        mov ecx, STACK3
        mov edx, left
        sysexit
left:   mov eax, esp
        say " [esp "
        call hex
        mov eax, cs
        say " cs "
        call hex
        mov eax, ss
        say " ss "
        call hex
        say "]"
        hlt

r3_sysexit:
        sysexit
r3_sysenter:
        sysenter
