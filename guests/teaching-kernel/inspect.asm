; The shell's commands that show the state of the processor and of the tables it reads.

        section .text

; EBX = selector: its descriptor's DPL, printed.
print_dpl:
        push eax
        push ebx
        and ebx, ~7
        movzx eax, byte [gdt_table + ebx + 5]
        shr eax, 5
        and eax, 3
        print " DPL "
        call print_decimal
        pop ebx
        pop eax
        ret

; One selector with its name: print_selector "CS", register or memory
%macro print_selector 2
        print "  ", %1, " "
        xor ebx, ebx
        mov bx, %2
        print_short ebx
        call print_dpl
%endmacro

command_rings:
        print "this shell: CPL "
        mov eax, cs
        and eax, 3                              ; CS tells the level the code runs with
        call print_decimal
        print 10
        print_selector "CS", cs
        print_selector "SS", ss
        print_selector "DS", ds
        print 10
        mov edi, task_a
        call .task
        mov edi, task_b
.task:  print "task "
        mov esi, [edi + task.name]
        call print_text
        print ": CPL "
        mov edx, [edi + task.frame]             ; its saved frame
        mov eax, [edx + frame.cs]
        and eax, 3
        call print_decimal
        print 10
        print_selector "CS", [edx + frame.cs]
        print_selector "SS", [edx + frame.user_ss]
        print_selector "DS", [edx + frame.ds]
        print 10
        ret

; INT3 leads to fault_breakpoint, and from there to registers_show with the frame. Fixed values make the registers recognisable.
command_regs:
        mov eax, 0x11111111
        mov ebx, 0x22222222
        mov ecx, 0x33333333
        mov edx, 0x44444444
        mov esi, 0x55555555
        mov edi, 0x66666666
        mov ebp, 0x77777777
        int3
        ret

%macro show_register 2
        print "  ", %1, " "
        print_hex %2
%endmacro

; EBP -> frame.
registers_show:
        show_register "EAX", [ebp + frame.eax]
        show_register "EBX", [ebp + frame.ebx]
        show_register "ECX", [ebp + frame.ecx]
        show_register "EDX", [ebp + frame.edx]
        print 10
        show_register "ESI", [ebp + frame.esi]
        show_register "EDI", [ebp + frame.edi]
        show_register "EBP", [ebp + frame.ebp]
        lea eax, [ebp + frame.user_esp]         ; what ESP was before an interrupt from the same ring
        show_register "ESP", eax
        print 10
        show_register "EIP", [ebp + frame.eip]
        show_register "EFL", [ebp + frame.eflags]
        print "  CS "
        print_short [ebp + frame.cs]
        print "  DS "
        print_short [ebp + frame.ds]
        print 10
        show_control_registers
        print 10
        ret

        section .rodata
state_names:    dd .ready, .input, .idle, .job, .sleep
.ready:         db "ready", 0
.input:         db "waits for input", 0
.idle:          db "waits for a job", 0
.job:           db "waits for a task", 0
.sleep:         db "sleeps", 0
        section .text

command_tasks:
        print "  task   ring  CR3       ESP0      entry     state", 10
        mov edi, .order
.next:  mov ebx, [edi]
        add edi, 4
        test ebx, ebx
        jz .done
        print "  "
        mov esi, [ebx + task.name]
        mov ecx, 7
        call print_padded
        print_number [ebx + task.ring]
        print "     "
        print_hex [ebx + task.directory]
        print "  "
        print_hex [ebx + task.stack_top]
        print "  "
        print_hex [ebx + task.entry]
        print "  "
        mov esi, [ebx + task.state]
        mov esi, [state_names + esi * 4]
        cmp ebx, [current]
        jne .state
        mov esi, .running
.state: call print_text
        print 10
        jmp .next
.done:  ret
.order: dd shell_task, idle_task, task_a, task_b, 0
.running: db "runs", 0

command_gdt:
        print "  selector  base      limit     DPL  type", 10
        xor ebx, ebx
.next:  print "  "
        print_short ebx
        print "      "
        lea esi, [gdt_table + ebx]
        mov al, [esi + 7]
        shl eax, 24
        mov ecx, [esi + 2]
        and ecx, 0xFFFFFF
        or eax, ecx
        call print_hex32
        print "  "
        call descriptor_limit
        call print_hex32
        print "  "
        mov al, [esi + 5]
        shr al, 5
        and eax, 3
        call print_decimal
        print "    "
        call descriptor_type
        print 10
        add ebx, 8
        cmp ebx, gdt_end - gdt_table
        jb .next
        ret

; ESI -> descriptor: EAX = limit in bytes.
descriptor_limit:
        movzx eax, byte [esi + 6]
        and eax, 0x0F
        shl eax, 16
        mov ax, [esi]
        test byte [esi + 6], 0x80               ; in units of 4 KiB?
        jz .done
        shl eax, 12
        or eax, 0xFFF
.done:  ret

; ESI -> descriptor: print what it is.
descriptor_type:
        mov al, [esi + 5]
        test al, 0x80
        jz .null
        test al, 0x10                           ; S: code or data
        jz .system
        test al, 0x08
        jz .data
        print "code"
        ret
.data:  print "data"
        ret
.null:  print "not present"
        ret
.system:
        print "TSS"
        ret

; Vectors worth a line.
        section .rodata
idt_shown:      db 0, 3, 8, 13, 14, TIMER_VECTOR, KEYBOARD_VECTOR, SERIAL_VECTOR, SYSCALL_VECTOR, SWITCH_VECTOR
idt_shown_end:
        section .text
command_idt:
        print "  vector  handler        DPL  gate", 10
        mov esi, idt_shown
.next:  movzx ebx, byte [esi]
        inc esi
        print "  "
        mov al, bl
        push eax
        call print_hex8
        pop eax
        print "      "
        lea edi, [idt_table + ebx * 8]
        print_short [edi + 2]
        print ":"
        mov eax, [edi + 4]
        mov ax, [edi]                           ; bits 16 to 31 above, 0 to 15 here
        call print_hex32
        print "  "
        mov al, [edi + 5]
        shr al, 5
        and eax, 3
        call print_decimal
        print "    "
        test byte [edi + 5], 1
        jnz .trap
        print "interrupt", 10
        jmp .more
.trap:  print "trap", 10
.more:  cmp esi, idt_shown_end
        jb .next
        ret

command_paging:
        call parse_hex
        jnc .walk
        mov eax, USER_DATA_PAGE                 ; no address given: where each task's data is
.walk:  print "virtual address "
        call print_hex32
        print 10
        mov edi, task_a
        call .task
        mov edi, task_b
.task:  push eax
        print "  task "
        mov esi, [edi + task.name]
        call print_text
        mov ebx, [edi + task.directory]
        print ": CR3 "
        print_hex ebx
        call paging_walk
        print "  PDE "
        print_hex edx
        test edx, PAGE_PRESENT
        jz .absent
        print "  PTE "
        call print_hex32
        test eax, PAGE_PRESENT
        jz .absent
        print "  frame "
        mov ecx, eax
        and ecx, 0xFFFFF000
        print_hex ecx
        call paging_flags
        jmp .end
.absent:
        print "  not present"
.end:   print 10
        pop eax
        ret

; EAX = table entry, EDX = directory entry: both must allow ring 3, both must allow writing.
paging_flags:
        mov ecx, eax
        and ecx, edx
        test ecx, PAGE_USER
        jz .supervisor
        print " user"
        jmp .writable
.supervisor:
        print " supervisor"
.writable:
        test ecx, PAGE_WRITE
        jz .done
        print " writable"
.done:  ret

command_sensitive:
        print "ring ", '0' + KERNEL_RING, ":", 10
        mov edi, scratch
        sgdt [edi]
        print "  SGDT "
        call .table
        sidt [edi]
        print "  SIDT "
        call .table
        smsw ax
        print "  SMSW "
        call print_hex16
        str ax
        print "  STR "
        call print_hex16
        print 10
        job_for_a JOB_SENSITIVE
        print "ring 3, task A:", 10
        mov edi, data_a + seen.gdtr
        print "  SGDT "
        call .table
        mov edi, data_a + seen.idtr
        print "  SIDT "
        call .table
        print "  SMSW "
        print_short [data_a + seen.msw]
        print "  STR "
        print_short [data_a + seen.tr]
        print "  CS "
        print_short [data_a + seen.cs]
        print 10
        mov eax, [data_a + seen.flags_after]
        test eax, 1 << 9
        jz .off
        print "  POPF with IF clear: ignored, interrupts are still on", 10
        ret
.off:   print "  POPF with IF clear: interrupts are off!", 10
        ret
.table: print "base "
        print_hex [edi + 2]
        print " limit "
        print_short [edi]
        print 10
        ret

command_mem:
        print "  00100000  kernel image, "
        print_number image_end - 0x100000
        print " bytes", 10
        print "  00200000  variables and stacks", 10
        print "  00300000  page tables and task pages", 10
        mov eax, [memory_above_1m]
        test eax, eax
        jz .unknown
        print "  above 1 MiB the loader found "
        shr eax, 10
        call print_decimal
        print " MiB", 10
        ret
.unknown:
        print "  the loader did not tell the size of memory", 10
        ret
