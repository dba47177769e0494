; Output: every character goes to the serial line COM1 and to the text screen.

COM1            equ 0x3F8
COM1_DATA       equ COM1 + 0            ; with DLAB set: low byte of the divisor
COM1_IER        equ COM1 + 1            ; interrupt enable; with DLAB set: high byte of the divisor
COM1_FCR        equ COM1 + 2            ; FIFO control
COM1_LCR        equ COM1 + 3            ; line control; bit 7 is DLAB
COM1_MCR        equ COM1 + 4            ; modem control
COM1_LSR        equ COM1 + 5            ; line status: bit 0 data ready, bit 5 transmitter free, bit 6 transmitter idle

SCREEN          equ 0xB8000             ; 80 x 25 cells: character, colour
COLUMNS         equ 80
ROWS            equ 25
COLOUR          equ 0x07                ; grey on black
CRTC_INDEX      equ 0x3D4
CRTC_DATA       equ 0x3D5

        section .text
%ifndef PARAVIRTUAL
console_init:
        mov dx, COM1_LCR
        mov al, 0x80                    ; DLAB on
        out dx, al
        mov dx, COM1_DATA
        mov al, 1                       ; divisor 1: 115,200 bits a second
        out dx, al
        mov dx, COM1_IER
        xor al, al
        out dx, al
        mov dx, COM1_LCR
        mov al, 0x03                    ; DLAB off; 8 data bits, no parity, 1 stop bit
        out dx, al
        mov dx, COM1_FCR
        mov al, 0x07                    ; FIFOs on and empty
        out dx, al
        mov dx, COM1_MCR
        mov al, 0x0B                    ; DTR, RTS, and OUT2, which lets the interrupt through
        out dx, al
        jmp screen_clear
%endif

; Print AL. Line feed becomes carriage return and line feed on the serial line.
print_char:
        pushad
        cmp al, 10
        jne .plain
        mov al, 13
        call serial_send
        mov al, 10
.plain: call serial_send
        call screen_put
        popad
        ret

%ifndef PARAVIRTUAL
; AL to the serial line. Changes DX.
serial_send:
        push eax
        mov dx, COM1_LSR
.wait:  in al, dx
        test al, 1 << 5
        jz .wait
        pop eax
        mov dx, COM1_DATA
        out dx, al
        ret

; Wait until the last byte has left the wire.
serial_drain:
        mov dx, COM1_LSR
.wait:  in al, dx
        test al, 1 << 6
        jz .wait
        ret

%endif

; AL to the screen. Changes everything.
screen_put:
        mov edi, [cursor]
        cmp al, 10
        je .newline
        cmp al, 8
        je .backspace
        mov ah, COLOUR
        mov [SCREEN + edi * 2], ax
        inc edi
        jmp .moved
.backspace:
        test edi, edi
        jz .moved
        dec edi
        jmp .moved
.newline:
        mov eax, edi                    ; to the start of the next row
        xor edx, edx
        mov ecx, COLUMNS
        div ecx
        inc eax
        mul ecx
        mov edi, eax
.moved: cmp edi, COLUMNS * ROWS
        jb .fits
        call screen_scroll
        sub edi, COLUMNS
.fits:  mov [cursor], edi
        jmp cursor_show

; Move all rows up by one. Keeps EDI.
screen_scroll:
        push edi
        mov esi, SCREEN + COLUMNS * 2
        mov edi, SCREEN
        mov ecx, COLUMNS * (ROWS - 1) / 2
        rep movsd
        mov eax, (COLOUR << 8 | ' ') * 0x10001
        mov ecx, COLUMNS / 2
        rep stosd
        pop edi
        ret

screen_clear:
        mov edi, SCREEN
        mov eax, (COLOUR << 8 | ' ') * 0x10001
        mov ecx, COLUMNS * ROWS / 2
        rep stosd
        mov dword [cursor], 0

%ifndef PARAVIRTUAL
; Tell the display controller where the blinking cursor is: registers 14 and 15.
cursor_show:
        mov ebx, [cursor]
        mov dx, CRTC_INDEX
        mov al, 14
        mov ah, bh
        out dx, ax
        mov al, 15
        mov ah, bl
        out dx, ax
        ret

%endif

; Print the string at ESI, which ends with a zero.
print_text:
        push eax
        push esi
        cld
.next:  lodsb
        test al, al
        jz .done
        call print_char
        jmp .next
.done:  pop esi
        pop eax
        ret

; Print EAX, AX or AL as hexadecimal digits.
print_hex32:
        push ecx
        mov ecx, 8
        jmp print_digits
print_hex16:
        push ecx
        mov ecx, 4
        shl eax, 16
        jmp print_digits
print_hex8:
        push ecx
        mov ecx, 2
        shl eax, 24
print_digits:                           ; the top ECX digits of EAX
        push eax
.next:  rol eax, 4
        push eax
        and al, 0x0F
        cmp al, 10
        jb .digit
        add al, 'A' - '0' - 10
.digit: add al, '0'
        call print_char
        pop eax
        dec ecx
        jnz .next
        pop eax
        pop ecx
        ret

; Print EAX in decimal.
print_decimal:
        pushad
        mov ebx, 10
        xor ecx, ecx
.split: xor edx, edx
        div ebx
        push edx                        ; digits come out last one first
        inc ecx
        test eax, eax
        jnz .split
.next:  pop eax
        add al, '0'
        call print_char
        dec ecx
        jnz .next
        popad
        ret

; Print the string at ESI and blanks up to column ECX.
print_padded:
        push ecx
        push esi
.next:  cmp byte [esi], 0
        je .pad
        mov al, [esi]
        call print_char
        inc esi
        dec ecx
        jmp .next
.pad:   cmp ecx, 0
        jle .done
        mov al, ' '
        call print_char
        dec ecx
        jmp .pad
.done:  pop esi
        pop ecx
        ret
