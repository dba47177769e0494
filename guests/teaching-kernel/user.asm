; The other side: what the two tasks run in ring 3. Both run the same code, each with data and a stack of its own. They wait for jobs
; from the shell, so that nothing happens unless asked for.

        section .user follows=.data align=4096 vstart=USER_BASE

; Jobs.
JOB_READ_NOWHERE        equ 1
JOB_WRITE_CODE          equ 2
JOB_READ_KERNEL         equ 3
JOB_DIVIDE              equ 4
JOB_CLI                 equ 5
JOB_SYSCALLS            equ 6
JOB_SPIN                equ 7
JOB_SENSITIVE           equ 8
JOB_LAST                equ 8

; In the task's data page: what the sensitive instructions told (see inspect.asm).
struc seen
.gdtr:          resb 6
                resw 1
.idtr:          resb 6
                resw 1
.msw:           resd 1
.tr:            resd 1
.ldtr:          resd 1
.cs:            resd 1
.flags_before:  resd 1
.flags_after:   resd 1
.counter:       resd 1
endstruc

NOWHERE         equ 0x50000000          ; no page there
KERNEL_ADDRESS  equ 0x00100000          ; a page there, but not for ring 3

%macro syscall 1
        mov eax, %1
        int 0x80
%endmacro

        section .user
user_main:
        syscall 6                       ; SYS_JOB
        dec eax
        cmp eax, JOB_LAST
        jae user_main
        call [user_jobs + eax * 4]
        jmp user_main

user_jobs:
        dd user_read_nowhere, user_write_code, user_read_kernel, user_divide, user_cli, user_syscalls, user_spin, user_sensitive

user_read_nowhere:
        mov eax, [NOWHERE]
        ret

user_write_code:
        mov byte [user_main], 0x90
        ret

user_read_kernel:
        mov eax, [KERNEL_ADDRESS]
        ret

user_divide:
        mov eax, 1
        xor edx, edx
        xor ecx, ecx
        div ecx
        ret

user_cli:
        cli
        ret

; Text and its length for SYS_WRITE.
%macro user_write 1+
        jmp %%over
%%text: db %1
%%over: mov ebx, %%text
        mov ecx, %%over - %%text
        syscall 1                       ; SYS_WRITE
%endmacro

; Print EAX as a digit, or "-1".
user_write_result:
        mov edi, USER_DATA_PAGE
        mov ecx, 1
        cmp eax, -1
        jne .digit
        mov word [edi], '-1'
        mov ecx, 2
        jmp .write
.digit: cmp eax, 9                      ; a letter is its own text
        ja .text
        add al, '0'
.text:  mov [edi], al
.write: mov ebx, edi
        syscall 1
        ret

user_syscalls:
        user_write "  write: this text comes from ring 3", 10
        user_write "  name: I am task "
        syscall 4                       ; SYS_NAME
        call user_write_result
        user_write 10, "  yield: returns "
        syscall 2                       ; SYS_YIELD
        call user_write_result
        user_write 10, "  sleep for 3 ticks: returns "
        mov ebx, 3
        syscall 5                       ; SYS_SLEEP
        call user_write_result
        user_write 10, "  write from a kernel address: returns "
        mov ebx, KERNEL_ADDRESS
        mov ecx, 16
        syscall 1
        call user_write_result
        user_write 10, "  call 99, which does not exist: returns "
        syscall 99
        call user_write_result
        user_write 10
        ret

; Count for 20 ticks, never giving the processor away: only the timer can take it.
user_spin:
        syscall 3                       ; SYS_TIME
        lea esi, [eax + 20]
.again: mov ecx, 10000
.count: inc dword [USER_DATA_PAGE + seen.counter]
        dec ecx
        jnz .count
        syscall 3
        cmp eax, esi
        js .again
        ret

; These five read the processor's privileged state, and POPF is told to turn interrupts off; none of them traps in ring 3.
user_sensitive:
        mov edi, USER_DATA_PAGE
        sgdt [edi + seen.gdtr]
        sidt [edi + seen.idtr]
        smsw word [edi + seen.msw]
        str word [edi + seen.tr]
        sldt word [edi + seen.ldtr]
        mov [edi + seen.cs], cs
        pushfd
        pop dword [edi + seen.flags_before]
        pushfd
        and dword [esp], ~(1 << 9)
        popfd
        pushfd
        pop dword [edi + seen.flags_after]
        ret
user_end:
        times 4096 - ($ - $$) db 0      ; the page is the task's alone: nothing of the kernel may share it
image_end       equ user_image + 4096
