; Hello: a boot sector that says so on the serial line and on the screen, then switches the machine off.
;
; The machine loads these 512 bytes at 0x7C00 and jumps there in real mode: 16-bit code, no protection, nobody else in memory.
; Nothing of a BIOS is used, only the hardware itself.

        bits 16
        org 0x7C00

COM1            equ 0x3F8               ; first serial port: data register
LINE_CONTROL    equ COM1 + 3            ; 3: words of 8 bits, no parity, one stop bit
LINE_STATUS     equ COM1 + 5            ; bit 5: the transmitter can take another byte
TEXT_SEGMENT    equ 0xB800              ; text screen: 80 x 25 cells of (character, colour)
COLOUR          equ 0x1F                ; white on blue
PM1A_CONTROL    equ 0x604               ; power management of QEMU's PC board
SLEEP_ENABLE    equ 1 << 13             ; with sleep type 0: off

start:
        cli
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, start                   ; the stack grows down from below us
        mov ax, TEXT_SEGMENT
        mov es, ax
        cld

        call clear_screen
        mov dx, LINE_CONTROL
        mov al, 3
        out dx, al
        mov si, greeting
        mov di, (12 * 80 + 30) * 2      ; row 12, column 30
.next:  lodsb
        test al, al
        jz power_off
        call send
        cmp al, ' '
        jb .next                        ; line ends are for the serial line only
        mov ah, COLOUR
        stosw
        jmp .next

; Fill the screen with blanks.
clear_screen:
        xor di, di
        mov cx, 80 * 25
        mov ax, COLOUR << 8 | ' '
        rep stosw
        ret

; Send AL on the serial line.
send:
        push ax
        mov dx, LINE_STATUS
.wait:  in al, dx
        test al, 1 << 5
        jz .wait
        pop ax
        mov dx, COM1
        out dx, al
        ret

power_off:
        mov dx, LINE_STATUS             ; first let the last byte leave
.drain: in al, dx
        test al, 1 << 6
        jz .drain
        mov dx, PM1A_CONTROL
        mov ax, SLEEP_ENABLE
        out dx, ax
.halt:  hlt                             ; a machine without that port just stops here
        jmp .halt

greeting:
        db "Hello from ring 0!", 13, 10, 0

        times 510 - ($ - $$) db 0
        dw 0xAA55                       ; what makes a sector a boot sector
