; Exceptions. Each is reported; then a user task is started afresh, and so is the shell if the kernel itself was at fault.

        section .rodata
fault_names:
        dd .n0, .n1, .n2, .n3, .n4, .n5, .n6, .n7, .n8, .n9, .n10, .n11, .n12, .n13, .n14, .other, .n16, .n17, .n18, .n19
.n0:    db "#DE divide error", 0
.n1:    db "#DB debug", 0
.n2:    db "NMI", 0
.n3:    db "#BP breakpoint", 0
.n4:    db "#OF overflow", 0
.n5:    db "#BR bound range exceeded", 0
.n6:    db "#UD invalid opcode", 0
.n7:    db "#NM device not available", 0
.n8:    db "#DF double fault", 0
.n9:    db "coprocessor segment overrun", 0
.n10:   db "#TS invalid TSS", 0
.n11:   db "#NP segment not present", 0
.n12:   db "#SS stack fault", 0
.n13:   db "#GP general protection", 0
.n14:   db "#PF page fault", 0
.n16:   db "#MF x87 error", 0
.n17:   db "#AC alignment check", 0
.n18:   db "#MC machine check", 0
.n19:   db "#XM SIMD error", 0
.other: db "exception", 0

        section .text
; EBP -> frame.
fault:
        cmp dword [ebp + frame.vector], 3
        je fault_breakpoint
        call fault_report
        mov ebx, [current]
        test dword [ebp + frame.cs], USER_RING_BIT
        jz .kernel
        print "  task "
        mov esi, [ebx + task.name]
        call print_text
        print " is ended and started again", 10
        jmp .restart
.kernel:
        print "  the kernel was at fault: the shell is started again", 10
.restart:
        call task_reset
        call task_job_done
        ; The frame that was interrupted is gone: do not save it, go straight to the next task.
        mov esp, BOOT_STACK_TOP
        jmp tasks_first

; A breakpoint shows the registers and goes on.
fault_breakpoint:
        jmp registers_show                      ; inspect.asm

fault_report:
        mov ecx, [ebp + frame.vector]
        cmp ecx, 19
        jbe .known
        mov ecx, 15
.known: mov esi, [fault_names + ecx * 4]
        call print_text
        print " in ring "
        mov eax, [ebp + frame.cs]
        and eax, 3                              ; the privilege level the code ran with
        call print_decimal
        print " at "
        print_short [ebp + frame.cs]
        print ":"
        print_hex [ebp + frame.eip]
        print ", error code "
        print_hex [ebp + frame.error]
        print 10
        cmp dword [ebp + frame.vector], 14
        jne .done
        call fault_explain_page
.done:  ret

; A page fault's error code: bit 0 the page was there, bit 1 it was a write, bit 2 it came from ring 3.
fault_explain_page:
        print "  CR2 "
        read_fault_address
        call print_hex32
        mov eax, [ebp + frame.error]
        test eax, 1 << 2
        jz .supervisor
        print ": user "
        jmp .access
.supervisor:
        print ": supervisor "
.access:
        test eax, 1 << 1
        jz .read
        print "write to "
        jmp .why
.read:  print "read of "
.why:   test eax, 1 << 0
        jz .absent
        print "a page that is there but forbidden", 10
        ret
.absent:
        print "a page that is not there", 10
        ret
