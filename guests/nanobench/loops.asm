; What is timed: what needs no privilege. Each loop is a subroutine of the kernel that does its thing ECX times and may change every register but
; ESP.

struc loop_entry
.name:          resd 1
.iterations:    resd 1
.needs:         resd 1                          ; subroutine: carry if the processor can not do it
.run:           resd 1
endstruc

; nano name, iterations, needs: an entry, and the beginning of its loop.
%macro nano 3
        %defstr text %1
        [section .rodata]
%%text: db text, 0
        [section .loops]
        dd %%text, %2, %3, nano_%1
        [section .text]
nano_%1:
%endmacro

        section .loops align=4
loops:

        section .text
always: clc
        ret
; ------------------------------------------------------------------------------------------------------ ring 3 and back

; Ring 3 runs the code at EAX with ECX in ECX, until it says VECTOR_DONE.
to_ring3:
        mov [kernel_stack_pointer], esp
        push dword USER_DATA
        push dword USER_STACK_TOP
        push dword 2                            ; EFLAGS
        push dword USER_CODE
        push eax
        mov ax, USER_DATA
        mov ds, ax
        mov es, ax
        iretd
on_done:
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov esp, [kernel_stack_pointer]
        ret

nano syscall, 100000, always
        mov eax, .user
        jmp to_ring3
.user:  int VECTOR_SYSCALL
        dec ecx
        jnz .user
        int VECTOR_DONE
on_syscall:
        iretd

nano cpuid, 20000, always                     ; under hardware assist an exit and nothing else; deprivileged code does not trap
        mov esi, ecx
.again: xor eax, eax
        cpuid
        dec esi
        jnz .again
        ret

nano callret, 1000000, always
.again: call .function
        dec ecx
        jnz .again
        ret
.function:
        ret

; ------------------------------------------------------------------------------------------------------------- exceptions

nano divzero, 50000, always
        xor ebx, ebx
.again: mov eax, 1
        xor edx, edx
        div ebx                                 ; two bytes
        dec ecx
        jnz .again
        ret
on_divide:
        add dword [esp], 2                      ; behind the DIV
        iretd

nano pgfault, 50000, always
.again: mov [HOLE], al                          ; five bytes
        dec ecx
        jnz .again
        ret
on_fault:
        add esp, 4                              ; error code
        add dword [esp], 5                      ; behind the MOV
        iretd
