; #DB: single-stepping, breakpoints on instructions, data and ports, general detect, RF, DR4 and DR5; shadows.
; qemu differs: over rep|dr4|dr5|general|GD after: it does not model these

main:
        enter_protected
        mov dword [flag_mask], 0x77300
        set_vector 1, CODE0, debug, 0x8e
        set_vector 0x40, CODE0, plain, 0x8f
        mov eax, dr6
        show "dr6: ", eax
        mov eax, dr7
        show "dr7: ", eax

        ; single step
        say "step:"
        mov dword [site], .step
        push dword 0x102
        popfd
.step:  nop
        nop
        push dword 2
        popfd
        nop
        call newline
        say "step over int:"
        mov dword [site], .int
        push dword 0x102
        popfd
.int:   int 0x40
        nop
        push dword 2
        popfd
        call newline
        say "step over mov ss:"
        mov dword [site], .ss
        mov eax, ss
        push dword 0x102
        popfd
.ss:    mov ss, eax
        nop
        push dword 2
        popfd
        call newline
        say "step over rep:"
        mov dword [site], .rep
        mov esi, SPARE
        mov edi, SPARE + 0x100
        mov ecx, 3
        push dword 0x102
        popfd
.rep:   rep movsb
        push dword 2
        popfd
        call newline
        say "step over pushf:"
        mov dword [site], .pushf
        push dword 0x102
        popfd
.pushf: pushfd
        pop ebx
        push dword 2
        popfd
        call newline
        show "its image: ", ebx

        ; instruction breakpoints
        xor eax, eax
        mov dr6, eax
        say "instruction breakpoint:"
        mov eax, .here
        mov dr0, eax
        mov dword [site], eax
        mov eax, 1
        mov dr7, eax
        nop
.here:  nop
        nop
        xor eax, eax
        mov dr7, eax
        call newline

        ; data breakpoints
        say "write breakpoint:"
        mov dword [site], .write
        mov eax, SPARE
        mov dr1, eax
        mov eax, 0x00d00004             ; DR1: write, 4 bytes
        mov dr7, eax
        mov eax, [SPARE]
.write: mov [SPARE + 4], eax
        mov [SPARE + 3], al
        mov [SPARE - 2], eax
        xor eax, eax
        mov dr7, eax
        call newline
        say "access breakpoint:"
        mov dword [site], .access
        mov eax, SPARE
        mov dr2, eax
        mov eax, 0x07000010             ; DR2: access, 2 bytes
        mov dr7, eax
        nop
.access: mov al, [SPARE + 2]
        mov al, [SPARE + 1]
        push dword [SPARE]
        pop eax
        inc byte [SPARE]
        xor eax, eax
        mov dr7, eax
        call newline
        say "port breakpoint:"
        mov dword [site], .port
        mov eax, cr4
        or al, 8
        mov cr4, eax
        mov eax, 0x80
        mov dr3, eax
        mov eax, 0x20000040
        mov dr7, eax
        mov al, '*'
        out 0xe9, al
.port:  in al, 0x80
        nop
        xor eax, eax
        mov dr7, eax
        attempt "mov eax, dr4 with DE", mov eax, dr4
        mov eax, cr4
        and al, ~8
        mov cr4, eax
        mov eax, 0xffffdf00
        mov dr5, eax
        mov eax, dr7
        show "dr5 is dr7: ", eax
        xor eax, eax
        mov dr5, eax
        mov eax, 0xffffffff
        mov dr4, eax
        mov eax, dr6
        show "dr4 is dr6: ", eax
        xor eax, eax
        mov dr6, eax

        ; general detect
        say "general detect:"
        mov dword [site], .detect
        mov eax, 0x2400
        mov dr7, eax
.detect: mov eax, dr0
        mov eax, dr7
        call newline
        show "GD after: ", eax

        ; RF in the image of a fault lets its instruction go past a breakpoint
        say "RF:"
        set_vector 6, CODE0, skip_rf, 0x8e
        mov eax, .rf
        mov dr0, eax
        mov [site], eax
        mov eax, 1
        mov dr7, eax
.rf:    ud2
        xor eax, eax
        mov dr7, eax
        call newline

        ; ring 3 with TF, into ring 0 and back
        say "ring 3 with TF:"
        mov dword [site], r3_step
        set_vector 0x40, CODE0, plain, 0xef
        mov [resume_esp], esp
        mov dword [resume], .back
        push dword DATA3
        push dword STACK3
        push dword 0x102
        push dword CODE3
        push dword r3_step
        mov ax, DATA3
        mov ds, ax
        iretd
.back:  call newline
        jmp quit

r3_step:
        nop
        int 0x40
        nop
        hlt

; Print EIP relative to `site`, DR6 (and clear it), RF and TF of the image. RF is set so that a breakpoint is passed.
debug:
        push eax
        say " +"
        mov eax, [esp + 4]
        sub eax, [ss:site]
        call hex_byte
        say ":"
        mov eax, dr6
        call hex
        mov eax, [esp + 12]
        and eax, 0x10100
        say "/"
        call hex
        xor eax, eax
        mov dr6, eax
        pop eax
        or dword [esp + 8], 0x10000
        iretd

plain:  iretd

; #UD handler: goes back past UD2 the first time with RF as pushed.
skip_rf:
        push eax
        mov eax, [esp + 12]
        and eax, 0x10000
        say " pushed "
        call hex
        pop eax
        add dword [esp], 2
        iretd
