; Text and numbers, by send.

        section .text
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
