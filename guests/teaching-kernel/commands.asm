; The shell's commands that make something happen. Those that only look at the machine are in inspect.asm.

struc command
.name:          resd 1
.run:           resd 1
.help:          resd 1
endstruc

; add_command name, routine, "what it does"
%macro add_command 3
        [section .rodata]
%%name: db %1, 0
%%help: db %3, 0
        [section .data]
        dd %%name, %2, %%help
%endmacro

        section .data
        align 4
commands:
        add_command "help", command_help, "this list"
        add_command "rings", command_rings, "privilege levels: here, in the GDT, in the tasks"
        add_command "regs", command_regs, "registers, as a breakpoint handler finds them"
        add_command "tasks", command_tasks, "all tasks"
        add_command "ticks", command_ticks, "timer interrupts since the start"
        add_command "preempt", command_preempt, "two tasks that never yield share the processor"
        add_command "syscall", command_syscall, "task A tries system calls"
        add_command "pagefault", command_pagefault, "task A touches pages it must not"
        add_command "kpagefault", command_kpagefault, "the kernel follows a null pointer"
        add_command "divide", command_divide, "task A divides by zero"
        add_command "gpf", command_gpf, "task A tries to turn interrupts off"
        add_command "sensitive", command_sensitive, "instructions that look at ring 0 without trapping"
        add_command "gdt", command_gdt, "the segment descriptors"
        add_command "idt", command_idt, "the interrupt gates in use"
        add_command "paging", command_paging, "paging ADDRESS: how each task translates it"
        add_command "mem", command_mem, "what lies where"
        add_command "echo", command_echo, "echo TEXT"
        add_command "clear", command_clear, "clear the screen"
        add_command "reboot", command_reboot, "reset the machine"
        add_command "off", command_off, "switch the machine off"
        section .data
        dd 0

        section .text
command_help:
        mov ebx, commands
.next:  mov esi, [ebx + command.name]
        test esi, esi
        jz .done
        print "  "
        mov ecx, 12
        call print_padded
        mov esi, [ebx + command.help]
        call print_text
        print 10
        add ebx, command_size
        jmp .next
.done:  ret

; Give task A job %1.
%macro job_for_a 1
        mov ebx, task_a
        mov eax, %1
        call task_run_job
%endmacro

command_pagefault:
        print "task A reads where no page is:", 10
        job_for_a JOB_READ_NOWHERE
        print "task A writes to its own code:", 10
        job_for_a JOB_WRITE_CODE
        print "task A reads kernel memory:", 10
        job_for_a JOB_READ_KERNEL
        ret

command_kpagefault:
        print "the kernel reads address 0:", 10
        mov eax, [dword 0]
        ret

command_divide:
        print "task A divides by zero:", 10
        job_for_a JOB_DIVIDE
        ret

command_gpf:
        print "task A executes CLI:", 10
        job_for_a JOB_CLI
        ret

command_syscall:
        print "task A calls the kernel with INT 0x80:", 10
        job_for_a JOB_SYSCALLS
        ret

command_preempt:
        print "both tasks count for 20 ticks and never give the processor away", 10
        mov dword [task_a + task.preempted], 0
        mov dword [task_b + task.preempted], 0
        interrupts_off
        mov dword [task_b + task.job], JOB_SPIN
        mov dword [task_b + task.state], STATE_READY
        job_for_a JOB_SPIN
        mov ebx, task_a
        call .tell
        mov ebx, task_b
.tell:  print "  task "
        mov esi, [ebx + task.name]
        call print_text
        cmp dword [ebx + task.preempted], 0
        je .never
        mov eax, [ebx + task.data]
        cmp dword [eax + seen.counter], 0
        je .never
        print " counted, and was interrupted by the timer", 10
        ret
.never: print " was never interrupted", 10
        ret

command_echo:
        call print_text
        print 10
        ret

command_clear:
        print 27, "[2J", 27, "[H"               ; for a terminal on the serial line
        jmp screen_clear

command_ticks:
        print_number [ticks]
        print " ticks, 100 a second", 10
        ret

command_reboot:
        print "Resetting.", 10
        call serial_drain
        reset_machine

command_off:
        print "Switching off.", 10
        call serial_drain
        switch_machine_off
