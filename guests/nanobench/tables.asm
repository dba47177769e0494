; Segments, interrupts and paging on bare hardware, with as little in them as the loops need.

KERNEL_CODE     equ 0x08
KERNEL_DATA     equ 0x10
USER_CODE       equ 0x18 | 3
USER_DATA       equ 0x20 | 3
TSS_SELECTOR    equ 0x28

GATE_KERNEL     equ 1000_1110b                  ; present, 32-bit interrupt gate, DPL 0
GATE_USER       equ 1110_1110b                  ; DPL 3

LOCAL_APIC      equ 0xFEE00000
APIC_WINDOW     equ LOCAL_APIC & 0xFFC00000     ; the 4 MiB page that it is in

        section .data
        align 8
gdt_table:
        dq 0
        dw 0xFFFF, 0                            ; 08: code, ring 0
        db 0, 1001_1010b, 1100_1111b, 0
        dw 0xFFFF, 0                            ; 10: data, ring 0
        db 0, 1001_0010b, 1100_1111b, 0
        dw 0xFFFF, 0                            ; 18: code, ring 3
        db 0, 1111_1010b, 1100_1111b, 0
        dw 0xFFFF, 0                            ; 20: data, ring 3
        db 0, 1111_0010b, 1100_1111b, 0
gdt_tss:
        dw 103, 0                               ; 28: TSS
        db 0, 1000_1001b, 0, 0
gdt_end:

gdt_pointer:
        dw gdt_end - gdt_table - 1
        dd gdt_table
idt_pointer:
        dw 256 * 8 - 1
        dd idt_table

        section .text
segments_load:
        mov edi, tss
        mov ecx, 104 / 4
        xor eax, eax
        rep stosd
        mov dword [tss + 4], INTERRUPT_STACK_TOP
        mov dword [tss + 8], KERNEL_DATA
        mov word [tss + 102], 104               ; no I/O permission bitmap
        mov eax, tss
        mov [gdt_tss + 2], ax
        shr eax, 16
        mov [gdt_tss + 4], al
        mov [gdt_tss + 7], ah
        lgdt [gdt_pointer]
        jmp KERNEL_CODE:.reload
.reload:
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov ax, TSS_SELECTOR
        ltr ax
        ret

; gate VECTOR, HANDLER, ATTRIBUTES
%macro gate 3
        mov eax, %2
        mov [idt_table + %1 * 8], ax
        mov word [idt_table + %1 * 8 + 2], KERNEL_CODE
        mov word [idt_table + %1 * 8 + 4], %3 << 8
        shr eax, 16
        mov [idt_table + %1 * 8 + 6], ax
%endmacro

interrupts_load:
        mov al, 0xFF                            ; nothing from the 8259s
        out 0x21, al
        out 0xA1, al
        mov edi, idt_table
        mov ecx, 256 * 2
        xor eax, eax
        rep stosd
        gate VECTOR_DIVIDE, on_divide, GATE_KERNEL
        gate VECTOR_FAULT, on_fault, GATE_KERNEL
        gate VECTOR_IPI, on_ipi, GATE_KERNEL
        gate VECTOR_SPURIOUS, on_spurious, GATE_KERNEL
        gate VECTOR_SYSCALL, on_syscall, GATE_USER
        gate VECTOR_DONE, on_done, GATE_USER
        lidt [idt_pointer]
        ret

; The first 4 MiB one to one, for all rings, and the local APIC.
paging_enable:
        mov edi, table
        mov eax, ALL_MAY
.page:  stosd
        add eax, 4096
        cmp eax, 0x400000
        jb .page
        mov dword [table + (HOLE >> 12) * 4], 0
        mov ebx, directory
        call .directory
        mov ebx, other_directory
        call .directory
        mov eax, cr4
        or eax, 1 << 4                          ; PSE: pages of 4 MiB
        mov cr4, eax
        mov eax, directory
        mov cr3, eax
        mov eax, cr0
        and eax, ~(1 << 2 | 1 << 3)             ; EM, TS
        or eax, 1 << 31 | 1 << 16               ; PG, WP
        mov cr0, eax
        jmp .paged
.paged: ret

.directory:
        mov edi, ebx
        mov ecx, 1024
        xor eax, eax
        rep stosd
        mov dword [ebx], table + ALL_MAY
        mov dword [ebx + (APIC_WINDOW >> 22) * 4], APIC_WINDOW | PAGE_LARGE | PAGE_WRITE | PAGE_PRESENT
        ret
