; Hardware task switches: JMP, CALL, IRET, task gates, interrupts; 32-bit and 16-bit TSSs; busy bits, NT, back links, faults.
; qemu differs: its e: the manual does not say what the upper halves become
; qemu differs: task with|dr6: it has no T flag, and saves the EIP of the old task when the new one faults

%define T_A FREE                ; task A, 32-bit
%define T_16 (FREE + 8)         ; task B, 16-bit
%define T_SHORT (FREE + 16)     ; TSS too short
%define T_GONE (FREE + 24)      ; TSS not present
%define T_BAD_CS (FREE + 32)    ; task with data in CS
%define T_BAD_SS (FREE + 40)    ; task with null SS
%define T_BAD_DS (FREE + 48)    ; task with absent DS
%define T_BAD_LDT (FREE + 56)   ; task with data in LDTR
%define G_A (FREE + 64)         ; task gate, DPL 3, to task A
%define G_MAIN (FREE + 72)      ; task gate to TSS0
%define T_R3 (FREE + 80)        ; task in ring 3
%define D_GONE (FREE + 88)      ; data, not present
%define V_TASK 0x50
%define TASK_STACK 0x2a000

main:
        enter_protected
        set_descriptor T_A, at(tss_a), 0x67, 0x89, 0
        set_descriptor T_16, at(tss_16), 0x2b, 0x81, 0
        set_descriptor T_SHORT, at(tss_a), 0x66, 0xe9, 0
        set_descriptor T_GONE, at(tss_a), 0x67, 0x09, 0
        set_descriptor T_BAD_CS, at(tss_bad), 0x67, 0x89, 0
        set_descriptor T_BAD_SS, at(tss_bad), 0x67, 0x89, 0
        set_descriptor T_BAD_DS, at(tss_bad), 0x67, 0x89, 0
        set_descriptor T_BAD_LDT, at(tss_bad), 0x67, 0x89, 0
        set_descriptor D_GONE, 0, 0xfffff, 0x13, 12
        set_gate G_A, T_A, 0, 0xe5, 0
        set_gate G_MAIN, TSS0, 0, 0x85, 0
        set_descriptor T_R3, at(tss_r3), 0x67, 0x89, 0
        set_vector V_TASK, T_A, 0, 0xe5
        mov eax, cr0
        and al, ~8
        mov cr0, eax

        ; faults that leave everything as it was
        attempt "jmp to a busy TSS", jmp TSS0:0
        attempt "jmp to a short TSS", jmp T_SHORT:0
        attempt "jmp to an absent TSS", jmp T_GONE:0
        attempt "jmp to a TSS with RPL 3", jmp T_A + 3:0
        attempt "task gate to a busy TSS", jmp G_MAIN:0

        ; JMP there and back
        mov dword [a_eip], task_by_jmp
        mov eax, 0xaaaa0000
        mov ebx, 0xbbbb0000
        mov ebp, 0x55550000
        attempt "jmp", jmp T_A:0x99999999
        show "eax kept: ", eax
        show "ebx kept: ", ebx
        show "ebp kept: ", ebp
        call show_busy
        mov eax, cr0
        and eax, 8
        show "TS: ", eax
        clts

        ; CALL and IRET
        mov dword [a_eip], task_by_call
        attempt "call", call T_A:0
        call show_busy
        show "back link: ", [tss_a]
        attempt "call through a gate", call G_A:0
        attempt "int through a gate", int V_TASK
        call show_busy
        attempt "ring 3: call through a gate", ring3 r3_call

        ; an exception with an error code through a task gate
        mov dword [a_eip], task_by_fault
        mov dword [idt + 13 * 8], T_A << 16
        mov dword [idt + 13 * 8 + 4], 0x8500
        mov eax, FREE + 32 * 8
        attempt "#GP through a gate", mov fs, ax
        set_vector 13, CODE0, stub13, 0x8e

        ; 16-bit
        mov eax, 0x12345678
        mov esi, 0x11112222
        attempt "call to a 16-bit task", call T_16:0
        show "eax kept: ", eax
        show "esi kept: ", esi
        show "its ds: ", [task16_ds]
        show "its esp: ", [task16_esp]
        show "its eax: ", [task16_eax]

        ; faults in the new task, which #TS #NP #SS as tasks of their own can handle
%assign n 10
%rep 3
        mov dword [idt + n * 8], T_A << 16
        mov dword [idt + n * 8 + 4], 0x8500
%assign n n + 1
%endrep
        mov dword [tss_bad + 0x4c], DATA0
        attempt "task with data in CS", call bad_cs
        mov dword [tss_bad + 0x4c], CODE0
        mov dword [tss_bad + 0x50], 0
        attempt "task with null SS", call bad_ss
        mov dword [tss_bad + 0x50], DATA0
        mov dword [tss_bad + 0x54], D_GONE
        attempt "task with absent DS", call bad_ds
        mov dword [tss_bad + 0x54], DATA0
        mov dword [tss_bad + 0x60], DATA0
        attempt "task with data in LDTR", call bad_ldt

        ; the T flag of a TSS: #DB before the first instruction, in the new task
        mov byte [tss_a + 0x64], 1
        mov dword [a_eip], task_by_call
        xor eax, eax
        mov dr6, eax
        mov byte [came_back], 0
        attempt "task with T set", jmp T_A:0
        cmp byte [came_back], 0
        jne .old_task
        mov byte [came_back], 1
        mov eax, dr6
        show "dr6: ", eax
        xor eax, eax
        str ax
        show "TR: ", eax
        mov byte [tss_a + 0x64], 0
        jmp TSS0:0
.old_task:

        ; a task in ring 3
        attempt "jmp to a task in ring 3", jmp T_R3:0
        call show_busy
        jmp quit

bad_cs: mov dword [a_eip], task_by_segment
        jmp T_BAD_CS:0
        ret
bad_ss: mov dword [a_eip], task_by_segment
        jmp T_BAD_SS:0
        ret
bad_ds: mov dword [a_eip], task_by_segment
        jmp T_BAD_DS:0
        ret
bad_ldt:
        mov dword [a_eip], task_by_segment
        jmp T_BAD_LDT:0
        ret

; Handles the fault of a task whose segments can not be loaded.
task_by_segment:
        pop eax
        call enter_a
        mov eax, [tss_bad + 0x20]
        sub eax, at(task_by_jmp)
        say " eip+"
        call hex
        mov ax, [tss_a]
        and eax, 0xfff8
        and byte [gdt + eax + 5], ~2
        jmp TSS0:0

came_back: db 0

show_busy:
        mov eax, [gdt + TSS0 + 4]
        show "TSS0 type: ", eax
        mov eax, [gdt + T_A + 4]
        show "task A type: ", eax
        mov eax, 0
        str ax
        show "TR: ", eax
        ret

; Task A prints how it was entered.
enter_a:
        say " [eax "
        call hex
        say " esp "
        mov eax, esp
        call hex
        say " flags "
        pushfd
        pop eax
        and eax, 0x67300
        call hex
        say " fs "
        mov eax, fs
        call hex
        say " link "
        mov eax, [tss_a]
        call hex
        say " saved flags "
        mov eax, [tss + 0x24]
        and eax, 0x67300
        call hex
        say "]"
        ret
task_by_jmp:
        call enter_a
        jmp TSS0:0
task_by_call:
        call enter_a
        iretd
        call enter_a
        say " again"
        iretd
        call enter_a
        say " and again"
        iretd
        call enter_a
        say " from ring 3"
        iretd
task_by_fault:
        pop eax
        call enter_a
        mov eax, [tss + 0x20]
        sub eax, [site]
        say " eip+"
        call hex
        mov eax, [resume]
        mov [tss + 0x20], eax
        say {10}
        iretd

bits 16
task16_code:
        push eax
        mov ax, ds
        mov [task16_ds], ax
        mov [task16_esp], esp
        pop eax
        mov [task16_eax], eax
        iret
bits 32
task16_ds: dd 0
task16_esp: dd 0
task16_eax: dd 0

r3_call:
        call G_A:0
        hlt

task_r3:
        mov eax, cs
        show " cs: ", eax
        mov eax, ds
        show "ds: ", eax
        hlt

align 4
tss_a:
        dd 0
        times 6 dd 0
        dd 0
a_eip:  dd 0
        dd 2
        dd 0xa0a0a0a0, 1, 2, 3
        dd TASK_STACK
        dd 5, 6, 7
        dd DATA0, CODE0, DATA0, DATA0, DATA3, DATA0
        dd 0
        dw 0, 0x68
tss_bad:
        dd 0
        times 6 dd 0
        dd 0
        dd task_by_jmp
        dd 2
        dd 0, 0, 0, 0
        dd TASK_STACK
        dd 0, 0, 0
        dd DATA0, CODE0, DATA0, DATA0, 0, 0
        dd 0
        dw 0, 0x68
tss_r3:
        dd 0
        dd TASK_STACK, DATA0, 0, 0, 0, 0
        dd 0
        dd task_r3
        dd 0x3002
        dd 0, 0, 0, 0
        dd STACK3
        dd 0, 0, 0
        dd DATA3, CODE3, DATA3, DATA3, 0, 0
        dd 0
        dw 0, 0x68
tss_16:
        dw 0
        times 6 dw 0
        dw at(task16_code)
        dw 2
        dw 0x1616, 1, 2, 3, 0xf00, 5, 6, 7
        dw DATA0, CODE16, DATA16, DATA0
        dw 0
