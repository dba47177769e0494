; Interrupts: exceptions, devices and system calls all come in here, through one stub for each vector, and all leave through
; interrupt_return. In between, the whole state of what was interrupted lies on the stack as a `frame` (layout.asm), so that to switch
; tasks is to leave with another frame.

STUB_SIZE       equ 16
GATE_INTERRUPT  equ 1000_1110b | KERNEL_RING << 5                 ; present, DPL 0, 32-bit interrupt gate: interrupts are off inside
GATE_USER       equ 1110_1110b                  ; the same with DPL 3: ring 3 may use it with INT

        section .data
idt_pointer:
        dw 256 * 8 - 1
        dd idt_table

        section .text
idt_load:
        mov eax, stubs
        xor ecx, ecx                            ; vectors 0 to 47: exceptions and devices
.next:  mov dh, GATE_INTERRUPT
        call idt_set
        add eax, STUB_SIZE
        inc ecx
        cmp ecx, 48
        jb .next
        mov ecx, 3                              ; breakpoints may be set by anyone
        mov eax, stubs + 3 * STUB_SIZE
        mov dh, GATE_USER
        call idt_set
        mov ecx, SYSCALL_VECTOR
        mov eax, stub_syscall
        mov dh, GATE_USER
        call idt_set
        mov ecx, SWITCH_VECTOR
        mov eax, stub_switch
        mov dh, GATE_INTERRUPT
        call idt_set
        load_idt
        ret

; Gate ECX leads to EAX with attributes DH. Keeps EAX and ECX.
idt_set:
        push eax
        mov [idt_table + ecx * 8], ax           ; offset bits 0 to 15
        mov word [idt_table + ecx * 8 + 2], KERNEL_CODE
        mov byte [idt_table + ecx * 8 + 4], 0
        mov [idt_table + ecx * 8 + 5], dh
        shr eax, 16
        mov [idt_table + ecx * 8 + 6], ax       ; 16 to 31
        pop eax
        ret

; For some exceptions the processor pushes an error code; for the others the stub pushes a zero, so that all frames look alike.
%macro stub 1
        %if %1 = 8 || (%1 >= 10 && %1 <= 14) || %1 = 17 || %1 = 21
        %else
        push dword 0
        %endif
        push dword %1
        jmp interrupt_common
%endmacro

        align 16
stubs:
%assign vector 0
%rep 48
        stub vector
        align STUB_SIZE
        %assign vector vector + 1
%endrep
stub_syscall:
        stub SYSCALL_VECTOR
stub_switch:
        stub SWITCH_VECTOR

interrupt_common:
        push ds
        push es
        push fs
        push gs
        pushad
        cld
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov ebp, esp                            ; EBP -> frame, for all handlers
        call interrupt_dispatch

; Leave by the frame at ESP, or by another task's if a switch is due.
interrupt_return:
        cmp dword [need_switch], 0
        je .leave
        call tasks_switch                       ; changes ESP
.leave: popad
        pop gs
        pop fs
        pop es
        pop ds
        add esp, 8                              ; vector and error code
        return_from_interrupt

; EBP -> frame. Handlers may change every other register.
interrupt_dispatch:
        mov eax, [ebp + frame.vector]
        cmp eax, 32
        jb fault
        cmp eax, SYSCALL_VECTOR
        je syscall_dispatch
        cmp eax, SWITCH_VECTOR
        je .switch
%ifdef PARAVIRTUAL
        cmp eax, EVENT_VECTOR
        je pv_events
        ret
%else
        push eax
        cmp eax, TIMER_VECTOR
        jne .keyboard
        call timer_interrupt
.keyboard:
        cmp dword [esp], KEYBOARD_VECTOR
        jne .serial
        call keyboard_interrupt
.serial:
        cmp dword [esp], SERIAL_VECTOR
        jne .end
        call serial_interrupt
.end:   pop eax
        jmp interrupt_end                       ; timer.asm
%endif
.switch:
        mov dword [need_switch], 1
        ret
