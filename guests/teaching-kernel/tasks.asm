; Tasks and their switching. A task that does not run has its frame on its ring 0 stack; to run it is to point ESP there and return
; from the interrupt.

        section .data
        align 4
;                  frame  stack top         directory         entry       name        ring
shell_task:     dd 0,     shell_stack_top,  kernel_directory, shell_main, shell_name, KERNEL_RING
                dd STATE_READY, 0, 0, 0, 0
idle_task:      dd 0,     idle_stack_top,   kernel_directory, idle_main,  idle_name,  KERNEL_RING
                dd STATE_READY, 0, 0, 0, 0
task_a:         dd 0,     task_a_stack_top, directory_a,      user_main,  a_name,     3
                dd STATE_READY, 0, 0, 0, data_a
task_b:         dd 0,     task_b_stack_top, directory_b,      user_main,  b_name,     3
                dd STATE_READY, 0, 0, 0, data_b
; The order of the round. The idle task stands outside: it runs when nobody else can.
task_list:      dd task_a, task_b, shell_task, 0

        section .rodata
shell_name:     db "shell", 0
idle_name:      db "idle", 0
a_name:         db "A", 0
b_name:         db "B", 0

        section .text
tasks_init:
        mov ebx, idle_task
        call task_reset
        mov ebx, shell_task
        call task_reset
        mov ebx, task_a
        call task_reset
        mov ebx, task_b
        jmp task_reset

; Give task EBX a fresh frame: it will start at its entry. Keeps EBX.
task_reset:
        push edi
        mov edi, [ebx + task.stack_top]
        sub edi, frame_size
        mov [ebx + task.frame], edi
        push edi
        xor eax, eax
        mov ecx, frame_size / 4
        rep stosd
        pop edi
        mov eax, [ebx + task.entry]
        mov [edi + frame.eip], eax
        mov dword [edi + frame.eflags], 1 << 9 | 1 << 1 ; interrupts on; bit 1 is always set
        mov dword [ebx + task.state], STATE_READY
        mov dword [ebx + task.job], 0
        mov ax, KERNEL_DATA
        mov dword [edi + frame.cs], KERNEL_CODE
        cmp dword [ebx + task.ring], KERNEL_RING
        je .segments
        mov ax, USER_DATA
        mov dword [edi + frame.cs], USER_CODE
        mov dword [edi + frame.user_esp], USER_STACK_TOP
        mov dword [edi + frame.user_ss], USER_DATA
.segments:
        movzx eax, ax
        mov [edi + frame.ds], eax
        mov [edi + frame.es], eax
        mov [edi + frame.fs], eax
        mov [edi + frame.gs], eax
        pop edi
        ret

; Run the first task.
tasks_start:
        mov dword [current], idle_task
        jmp tasks_first

; Called with the frame of the current task just above the return address. Returns with ESP at the next task's frame.
tasks_switch:
        lea eax, [esp + 4]
        mov ebx, [current]
        mov [ebx + task.frame], eax
tasks_first:
        mov dword [need_switch], 0
        call tasks_pick                         ; EBX -> next
        mov [current], ebx
        mov eax, [ebx + task.stack_top]
        set_kernel_stack
        mov ecx, [ebx + task.directory]
        read_directory
        cmp eax, ecx
        je .same
        load_directory
.same:  mov esp, [ebx + task.frame]
        jmp interrupt_return

; EBX -> the next task that can run, after the current one in the list.
tasks_pick:
        mov esi, task_list
        mov ecx, task_list                      ; if the current task is not in the list, begin at its start
.find:  mov eax, [esi]
        add esi, 4
        test eax, eax
        jz .found
        cmp eax, [current]
        jne .find
        mov ecx, esi
.found: mov esi, ecx
        mov edx, 4                              ; look at each entry once, the end mark included
.next:  mov ebx, [esi]
        add esi, 4
        test ebx, ebx
        jnz .look
        mov esi, task_list
        jmp .count
.look:  cmp dword [ebx + task.state], STATE_READY
        je .done
.count: dec edx
        jnz .next
        mov ebx, idle_task
.done:  ret

; What the processor does when there is nothing to do.
idle_main:
        wait_for_interrupt
        jmp idle_main

; The shell hands job EAX to task EBX and waits until it is done.
task_run_job:
        interrupts_off
        mov [ebx + task.job], eax
        mov dword [ebx + task.state], STATE_READY
        mov dword [shell_task + task.state], STATE_JOB
        int SWITCH_VECTOR
        interrupts_on
        ret

; A job has ended, by itself or by a fault: the shell may go on once no other task still has one.
task_job_done:
        cmp dword [task_a + task.job], 0
        jne .done
        cmp dword [task_b + task.job], 0
        jne .done
        cmp dword [shell_task + task.state], STATE_JOB
        jne .done
        mov dword [shell_task + task.state], STATE_READY
.done:  ret
