; Port instructions: IOPL, the I/O permission bitmap and its end, string forms.

main:
        enter_protected
        attempt "ring 0: in", in al, 0x80
        attempt "ring 3: open port", ring3 r3_open
        attempt "ring 3: closed port", ring3 r3_closed
        attempt "ring 3: two bytes, the second closed", ring3 r3_word
        attempt "ring 3: last port", ring3 r3_last
        attempt "ring 3: beyond the map", ring3 r3_beyond
        ; the map ends with the TSS: two bytes are read even for one port
        set_descriptor TSS0, at(tss), tss_io - tss + 0x1d, 0x89, 0
        mov ax, TSS0
        ltr ax
        attempt "ring 3: last byte of the map, with one more", ring3 r3_open
        attempt "outs", call outs_string
        attempt "ring 3: outs", ring3 r3_outs
        attempt "ring 3: outs to a closed port", ring3 r3_outs_closed
        attempt "ring 3: ins to a read-only segment", ring3 r3_ins
        mov dword [SPARE], 0x11223344
        mov edi, SPARE + 1
        mov dx, 0xe9
        insb
        sub edi, SPARE
        show "insb moved edi: ", edi
        show "and wrote: ", [SPARE]
        std
        mov edi, SPARE + 3
        mov ecx, 2
        rep insb
        cld
        sub edi, SPARE
        show "rep insb down moved edi: ", edi
        show "and wrote: ", [SPARE]
        show "ecx: ", ecx
        set_descriptor TSS0, at(tss), tss_io - tss + 0x1c, 0x89, 0
        mov ax, TSS0
        ltr ax
        attempt "ring 3: last byte of the map", ring3 r3_silent
        push dword DATA3
        push dword STACK3
        push dword 0x3002
        push dword CODE3
        push dword r3_iopl
        mov dword [site], r3_iopl
        mov dword [resume], .over
        mov [resume_esp], esp
        mov ax, DATA3
        mov ds, ax
        iretd
.over:  jmp quit

outs_string:
        mov esi, hello
        mov ecx, hello_end - hello
        mov dx, 0xe9
        rep outsb
        ret
hello:  db " hello, ports"
hello_end:

r3_open:
        mov al, '+'
        out 0xe9, al
        hlt
r3_silent:
        mov al, '+'
        out 0xe9, al
        hlt
r3_closed:
        in al, 0x80
r3_word:
        mov dx, 0xe9
        in ax, dx
r3_last:
        mov dx, 0xffff
        in al, dx
r3_beyond:
        mov dx, 0x1000
        in al, dx
r3_outs:
        mov esi, hello
        mov ecx, hello_end - hello
        mov dx, 0xe9
        rep outsb
        hlt
r3_outs_closed:
        mov esi, hello
        mov dx, 0x80
        outsb
r3_ins: mov ax, 0
        mov es, ax
        xor edi, edi
        mov dx, 0xe9
        insb
r3_iopl:
        in al, 0x80
        say " IOPL 3: all ports"
        hlt
