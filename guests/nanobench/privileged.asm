; What is timed in ring 0: privileged instructions, page tables, the local APIC.

MSR_SYSENTER_CS  equ 0x174
MSR_SYSENTER_ESP equ 0x175
MSR_SYSENTER_EIP equ 0x176
CPUID_SEP        equ 1 << 11
CPUID_APIC       equ 1 << 9

APIC_TPR        equ LOCAL_APIC + 0x80
APIC_EOI        equ LOCAL_APIC + 0xB0
APIC_SPURIOUS   equ LOCAL_APIC + 0xF0
APIC_COMMAND    equ LOCAL_APIC + 0x300
APIC_ENABLE     equ 1 << 8
SELF_IPI        equ 1 << 18 | 1 << 14           ; to this processor, asserted

POST_PORT       equ 0x80                        ; on every PC, and does nothing

; PUSHFD shows IF as it is: not where it is virtual and the instruction does not trap. Interrupts are off.
has_true_flags:
        pushfd
        pop eax
        shl eax, 23                             ; bit 9 into carry
        ret

; Carry unless CPUID leaf 1 has the bits EDX: returns through here.
has_feature:
        push ebx
        push edx
        mov eax, 1
        cpuid
        pop eax
        pop ebx
        and eax, edx
        cmp eax, 1                              ; carry if zero
        ret
has_sysenter:
        mov edx, CPUID_SEP
        jmp has_feature
has_apic:
        mov edx, CPUID_APIC
        jmp has_feature

nano sysenter, 100000, has_sysenter
        push ecx
        mov ecx, MSR_SYSENTER_CS
        mov eax, KERNEL_CODE
        xor edx, edx
        wrmsr
        mov ecx, MSR_SYSENTER_ESP
        mov eax, INTERRUPT_STACK_TOP
        wrmsr
        mov ecx, MSR_SYSENTER_EIP
        mov eax, .kernel
        wrmsr
        pop ecx
        mov eax, .user
        jmp to_ring3
.user:  mov esi, ecx
.again: mov edx, .back
        mov ecx, esp
        sysenter
.back:  dec esi
        jnz .again
        int VECTOR_DONE
.kernel:
        sysexit

; ------------------------------------------------------------------------------------------------ privileged instructions

nano in, 50000, always
        mov dx, POST_PORT
.again: in al, dx
        dec ecx
        jnz .again
        ret

nano cr0wr, 50000, always                     ; as the kernel's FPU switch does
        mov eax, cr0
.again: mov cr0, eax
        dec ecx
        jnz .again
        ret

nano cr3wr, 50000, always
        mov eax, directory
.again: mov cr3, eax
        dec ecx
        jnz .again
        ret

nano tprwr, 50000, has_apic                   ; what CR8 is to 64-bit kernels
.again: mov [APIC_TPR], dword 0
        dec ecx
        jnz .again
        ret

nano clisti, 100000, always
.again: cli
        sti
        dec ecx
        jnz .again
        cli
        ret

nano pushfpopf, 100000, has_true_flags
.again: pushfd
        popfd
        dec ecx
        jnz .again
        ret

; ----------------------------------------------------------------------------------------------------------------- paging

nano ptemod, 100000, always                   ; a page changes its frame; nobody looks at it
        mov eax, PLAYGROUND | ALL_MAY
.again: xor eax, 0x1000
        mov [table + (PLAYGROUND >> 12) * 4], eax
        dec ecx
        jnz .again
        mov dword [table + (PLAYGROUND >> 12) * 4], PLAYGROUND | ALL_MAY
        mov eax, directory
        mov cr3, eax
        ret

nano ptemap, 50000, always                    ; the same as kernels do it: changed, flushed and used
        mov eax, PLAYGROUND | ALL_MAY
.again: xor eax, 0x1000
        mov [table + (PLAYGROUND >> 12) * 4], eax
        invlpg [PLAYGROUND]
        mov edx, [PLAYGROUND]
        dec ecx
        jnz .again
        mov dword [table + (PLAYGROUND >> 12) * 4], PLAYGROUND | ALL_MAY
        invlpg [PLAYGROUND]
        ret

nano tlbmiss, 50000, always
.again: invlpg [PLAYGROUND]
        mov edx, [PLAYGROUND]
        dec ecx
        jnz .again
        ret

; ------------------------------------------------------------------------------------------------------------- interrupts

nano interrupt, 20000, has_apic               ; one to itself: sent, delivered and ended
        mov [APIC_SPURIOUS], dword APIC_ENABLE | VECTOR_SPURIOUS
        mov [APIC_TPR], dword 0
        mov dword [arrived], 0
        sti
        xor eax, eax
.again: mov [APIC_COMMAND], dword SELF_IPI | VECTOR_IPI
        inc eax
.wait:  cmp [arrived], eax
        jne .wait
        dec ecx
        jnz .again
        cli
        ret
on_ipi: inc dword [arrived]
        mov [APIC_EOI], dword 0
on_spurious:
        iretd

; ---------------------------------------------------------------------------------------------------------------- switches

nano switch, 50000, always                    ; there and back between two stacks in two address spaces
        mov esi, directory
        mov edi, other_directory
        mov dword [OTHER_STACK_TOP - 4], .other
        mov dword [other_stack_pointer], OTHER_STACK_TOP - 4
.again: call .switch
        dec ecx
        jnz .again
        ret
.other: call .switch
        jmp .other
.switch:
        xchg esp, [other_stack_pointer]
        mov cr3, edi
        xchg esi, edi
        ret
