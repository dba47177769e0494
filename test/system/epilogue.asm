; Common end of the guests: fills the image to 56 KiB, then the code that runs from ROM at reset: copy the image to 0x1000 and go there.

times 0xe000 - ($ - $$) db 0xf4
bits 16
reset_code:
        cli
        cld
        mov ax, 0xf000
        mov ds, ax
        xor ax, ax
        mov es, ax
        mov ss, ax
        mov sp, STACK16
        xor si, si
        mov di, 0x1000
        mov cx, 0xe000 / 2
        rep movsw
        mov ds, ax
        jmp 0:0x1000
times 0xfff0 - ($ - $$) db 0xf4
        jmp 0xf000:0xe000
times 0x10000 - ($ - $$) db 0xf4
