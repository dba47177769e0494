; The serial line, polled; and how to switch off. On bare hardware.

PM1A_CONTROL    equ 0x604                       ; power management of QEMU's PC board
SLEEP_ENABLE    equ 1 << 13                     ; with sleep type 0: off
COM1            equ 0x3F8                       ; data register
LINE_CONTROL    equ COM1 + 3                    ; 3: words of 8 bits, no parity, one stop bit
LINE_STATUS     equ COM1 + 5                    ; bit 5: room for another byte; bit 6: all have left

        section .text
console_init:
        mov dx, LINE_CONTROL
        mov al, 3
        out dx, al
        ret

; Send AL. Keeps the other registers.
send:
        push edx
        push eax
        mov dx, LINE_STATUS
.wait:  in al, dx
        test al, 1 << 5
        jz .wait
        pop eax
        mov dx, COM1
        out dx, al
        pop edx
        ret

console_drain:
        mov dx, LINE_STATUS
.wait:  in al, dx
        test al, 1 << 6
        jz .wait
        ret

switch_off:
        call console_drain
        mov dx, PM1A_CONTROL
        mov ax, SLEEP_ENABLE
        out dx, ax
.halt:  hlt                                     ; a machine without that port just stops here
        jmp .halt
