; System calls: INT 0x80 from ring 3 with the number in EAX, arguments in EBX and ECX; the result comes back in EAX, -1 for an error.

SYS_EXIT        equ 0                   ; end and start again
SYS_WRITE       equ 1                   ; EBX -> text, ECX bytes; returns the number written
SYS_YIELD       equ 2                   ; let others run
SYS_TIME        equ 3                   ; returns ticks since the start
SYS_NAME        equ 4                   ; returns the task's letter
SYS_SLEEP       equ 5                   ; EBX ticks
SYS_JOB         equ 6                   ; the last job is done; wait for the next and return its number
SYS_COUNT       equ 7

        section .rodata
syscall_table:
        dd sys_exit, sys_write, sys_yield, sys_time, sys_name, sys_sleep, sys_job

        section .text
; EBP -> frame. The caller's registers are in it.
syscall_dispatch:
        mov eax, [ebp + frame.eax]
        cmp eax, SYS_COUNT
        jae .unknown
        mov ebx, [current]
        mov esi, [ebp + frame.ebx]
        mov ecx, [ebp + frame.ecx]
        call [syscall_table + eax * 4]
        mov [ebp + frame.eax], eax
        ret
.unknown:
        mov dword [ebp + frame.eax], -1
        ret

; Each: EBX -> task, ESI and ECX the arguments; returns EAX.
sys_exit:
        call task_reset
        call task_job_done
        mov esp, BOOT_STACK_TOP
        jmp tasks_first

sys_write:
        mov eax, esi                    ; never trust an address from ring 3: all of it must lie in the task's own pages
        cmp eax, USER_BASE
        jb .bad
        cmp eax, USER_END
        ja .bad
        mov edx, USER_END
        sub edx, eax
        cmp ecx, edx
        ja .bad
        push ecx
        test ecx, ecx
        jz .done
.next:  mov al, [esi]
        call print_char
        inc esi
        dec ecx
        jnz .next
.done:  pop eax
        ret
.bad:   mov eax, -1
        ret

sys_yield:
        mov dword [need_switch], 1
        xor eax, eax
        ret

sys_time:
        mov eax, [ticks]
        ret

sys_name:
        mov eax, [ebx + task.name]
        movzx eax, byte [eax]
        ret

sys_sleep:
        mov eax, [ticks]
        add eax, esi
        mov [ebx + task.wake_at], eax
        mov dword [ebx + task.state], STATE_SLEEP
        mov dword [need_switch], 1
        xor eax, eax
        ret

; With a job waiting, return it. Otherwise sleep, and ask again when woken: EIP goes back over the INT instruction (two bytes).
sys_job:
        mov eax, [ebx + task.job]
        test eax, eax
        jz .wait
        test eax, JOB_TAKEN
        jnz .finished
        or dword [ebx + task.job], JOB_TAKEN
        ret
.finished:
        mov dword [ebx + task.job], 0
        call task_job_done
.wait:  mov dword [ebx + task.state], STATE_IDLE
        mov dword [need_switch], 1
        sub dword [ebp + frame.eip], 2
        mov eax, [ebp + frame.eax]
        ret

JOB_TAKEN       equ 1 << 31
