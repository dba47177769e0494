; Input: characters from the serial line and from the keyboard, put in one buffer by their interrupts, taken out by the shell.

KEYBOARD_DATA   equ 0x60
KEYBOARD_STATUS equ 0x64

        section .text
%ifndef PARAVIRTUAL
input_init:
        mov dx, COM1_IER
        mov al, 1                       ; interrupt when data is there
        out dx, al
.drain: in al, KEYBOARD_STATUS          ; a key pressed before our time must not block the next
        test al, 1
        jz .done
        in al, KEYBOARD_DATA
        jmp .drain
.done:  ret

; IRQ 4.
serial_interrupt:
        mov dx, COM1_LSR
        in al, dx
        test al, 1
        jz .done
        mov dx, COM1_DATA
        in al, dx
        call input_put
        jmp serial_interrupt
.done:  ret

; IRQ 1. The controller delivers scan codes of set 1: a make code, and on release the same with bit 7 set.
keyboard_interrupt:
        in al, KEYBOARD_STATUS
        test al, 1
        jz .done
        in al, KEYBOARD_DATA
        movzx eax, al
        mov ecx, eax
        and ecx, 0x7F
        cmp ecx, 0x2A                   ; the shift keys
        je .shift
        cmp ecx, 0x36
        je .shift
        test al, 0x80
        jnz .done
        cmp eax, scan_codes_shifted - scan_codes
        jae .done
        mov esi, scan_codes
        cmp dword [shift_down], 0
        je .look
        mov esi, scan_codes_shifted
.look:  mov al, [esi + eax]
        test al, al
        jz .done
        jmp input_put
.shift: not al
        and eax, 0x80
        mov [shift_down], eax
.done:  ret

%endif

; Put AL in the buffer and wake the shell. A full buffer loses it.
input_put:
        mov ebx, [input_head]
        lea ecx, [ebx + 1]
        and ecx, INPUT_SIZE - 1
        cmp ecx, [input_tail]
        je .done
        mov [input_buffer + ebx], al
        mov [input_head], ecx
        cmp dword [shell_task + task.state], STATE_INPUT
        jne .done
        mov dword [shell_task + task.state], STATE_READY
        mov dword [need_switch], 1
.done:  ret

; Take a character into AL; wait for one if there is none. Only the shell calls this.
input_get:
        push ebx
.again: interrupts_off                  ; no interrupt between looking and going to sleep
        mov ebx, [input_tail]
        cmp ebx, [input_head]
        jne .there
        mov dword [shell_task + task.state], STATE_INPUT
        int SWITCH_VECTOR
        jmp .again
.there: movzx eax, byte [input_buffer + ebx]
        inc ebx
        and ebx, INPUT_SIZE - 1
        mov [input_tail], ebx
        interrupts_on
        pop ebx
        ret

        section .rodata
scan_codes:
        db 0, 27, "1234567890-=", 8, 9
        db "qwertyuiop[]", 13, 0
        db "asdfghjkl;'`", 0, "\"
        db "zxcvbnm,./", 0, "*", 0, " "
scan_codes_shifted:
        db 0, 27, "!@#$%^&*()_+", 8, 9
        db "QWERTYUIOP{}", 13, 0
        db 'ASDFGHJKL:"~', 0, "|"
        db "ZXCVBNM<>?", 0, "*", 0, " "
        section .text
