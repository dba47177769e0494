; The interrupt controllers and the timer.

PIC1_COMMAND    equ 0x20
PIC1_DATA       equ 0x21
PIC2_COMMAND    equ 0xA0
PIC2_DATA       equ 0xA1
END_OF_INTERRUPT equ 0x20

PIT_COUNTER0    equ 0x40
PIT_CONTROL     equ 0x43
PIT_FREQUENCY   equ 1193182                     ; Hz
TICKS_A_SECOND  equ 100

        section .text
%ifndef PARAVIRTUAL
; The controllers come up with IRQ 0 to 7 on vectors 8 to 15, where exceptions are. Move them to 32 and up.
interrupt_controller_init:
        mov al, 0x11                            ; ICW1: initialise, ICW4 follows
        out PIC1_COMMAND, al
        out PIC2_COMMAND, al
        mov al, 0x20                            ; ICW2: first vector
        out PIC1_DATA, al
        mov al, 0x28
        out PIC2_DATA, al
        mov al, 1 << 2                          ; ICW3: the second controller hangs on IRQ 2
        out PIC1_DATA, al
        mov al, 2
        out PIC2_DATA, al
        mov al, 1                               ; ICW4: 8086 mode
        out PIC1_DATA, al
        out PIC2_DATA, al
        mov al, 1110_1100b                      ; masks: let IRQ 0, 1 and 4 through
        out PIC1_DATA, al
        mov al, 0xFF
        out PIC2_DATA, al
        ret

timer_init:
        mov al, 0011_0100b                      ; counter 0, low byte then high byte, mode 2: rate generator
        out PIT_CONTROL, al
        mov al, (PIT_FREQUENCY / TICKS_A_SECOND) & 0xFF
        out PIT_COUNTER0, al
        mov al, (PIT_FREQUENCY / TICKS_A_SECOND) >> 8
        out PIT_COUNTER0, al
        ret

; Tell the controller that the interrupt in EAX was served.
interrupt_end:
        mov ecx, eax
        mov al, END_OF_INTERRUPT
        cmp ecx, 0x28
        jb .first
        out PIC2_COMMAND, al
.first: out PIC1_COMMAND, al
        ret

%endif

; IRQ 0: count, wake sleepers, and let the next task run.
timer_interrupt:
        inc dword [ticks]
        mov dword [need_switch], 1
        mov ebx, [current]
        inc dword [ebx + task.preempted]
        mov esi, task_list
.next:  mov ebx, [esi]
        add esi, 4
        test ebx, ebx
        jz .done
        cmp dword [ebx + task.state], STATE_SLEEP
        jne .next
        mov eax, [ticks]
        cmp eax, [ebx + task.wake_at]
        js .next                                ; not yet; the difference is right even when the counter wraps
        mov dword [ebx + task.state], STATE_READY
        jmp .next
.done:  ret
