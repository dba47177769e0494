; The serial line, polled.

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

; Send the text at ESI, up to a zero.
print_text:
        lodsb
        test al, al
        jz .end
        call send
        jmp print_text
.end:   ret

; Send EDX:EAX in decimal.
print_decimal:
        push ebx
        push ecx
        push esi
        push edi
        mov esi, 10
        xor edi, edi                            ; digits on the stack
.digit: mov ecx, eax                            ; divide in two steps, so that no quotient is too large
        mov eax, edx
        xor edx, edx
        div esi
        mov ebx, eax
        mov eax, ecx
        div esi
        push edx
        inc edi
        mov edx, ebx
        mov ecx, eax
        or ecx, edx
        jnz .digit
.send:  pop eax
        add al, '0'
        call send
        dec edi
        jnz .send
        pop edi
        pop esi
        pop ecx
        pop ebx
        ret
