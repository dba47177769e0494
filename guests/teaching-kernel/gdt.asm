; Segments. Paging does the protecting here, so all segments cover all of memory; what differs is the privilege level, which makes
; the rings. Under a hypervisor the table is the hypervisor's, and this is what it looks like. One more descriptor says where the TSS is.

        section .data
        align 8
; Each: limit, base (two words), base, access, flags and more limit, more base: the format of the 80286, stretched for the 80386.
gdt_table:
        dq 0                                    ; 00: the null descriptor: loading it is allowed, using it is not
        dw 0xFFFF, 0                            ; 08: kernel code
        db 0, 1001_1010b | KERNEL_RING << 5, 1100_1111b, 0         ;     present, DPL 0, code, readable; 4 KiB units, 32-bit
        dw 0xFFFF, 0                            ; 10: kernel data
        db 0, 1001_0010b | KERNEL_RING << 5, 1100_1111b, 0         ;     present, DPL 0, data, writable
        dw 0xFFFF, 0                            ; 18: user code
        db 0, 1111_1010b, 1100_1111b, 0         ;     present, DPL 3
        dw 0xFFFF, 0                            ; 20: user data
        db 0, 1111_0010b, 1100_1111b, 0
%ifndef PARAVIRTUAL
gdt_tss:
        dw 103, 0                               ; 28: TSS, 104 bytes; its base is filled in by gdt_load
        db 0, 1000_1001b, 0, 0                  ;     present, DPL 0, 32-bit TSS, not busy
%endif
gdt_end:

gdt_pointer:
        dw gdt_end - gdt_table - 1
        dd gdt_table

        section .text
gdt_load:
%ifndef PARAVIRTUAL
        mov eax, tss
        mov [gdt_tss + 2], ax                   ; base bits 0 to 15
        shr eax, 16
        mov [gdt_tss + 4], al                   ; 16 to 23
        mov [gdt_tss + 7], ah                   ; 24 to 31
        ; The one thing this TSS is for: the stack that an interrupt from ring 3 switches to. ESP0 changes with each task.
        mov dword [tss + 8], KERNEL_DATA        ; SS0
        mov word [tss + 102], 104               ; no I/O permission bitmap: ring 3 may use no port
        lgdt [gdt_pointer]
        jmp KERNEL_CODE:.reload                 ; a far jump is what loads CS
.reload:
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov ax, TSS_SELECTOR
        ltr ax
%endif
        ret
