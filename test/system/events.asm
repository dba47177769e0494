; Interrupts from outside and NMIs: IF, the shadows of STI and MOV SS, HLT, NMI blocking, delivery to every mode. Sent by the local APIC.
; qemu differs: NMI: it delivers an NMI some instructions late
; qemu differs: mov ss: the second of two shadows in a row is not guaranteed

%define ICR 0xfee00300
%define EOI 0xfee000b0
%define VECTOR 0x70

main:
        enter_protected
        set_vector VECTOR, CODE0, external, 0x8e
        set_vector 2, CODE0, nmi, 0x8e
        ; enable the APIC by its spurious vector register, and let everything pass
        mov dword [0xfee000f0], 0x1ff
        mov dword [0xfee00080], 0
%macro send 0
        mov dword [ICR], 0x44000 | VECTOR
%endmacro
%macro send_nmi 0
        mov dword [ICR], 0x44400
%endmacro

        say "IF 0:"
        mov dword [site], .masked
.masked: send
        nop
        nop
        say " pending"
        mov dword [site], .sti
.sti:   sti
        nop
        nop
        cli
        call newline
        say "sti; cli:"
        send
        mov dword [site], .sticli
.sticli: sti
        cli
        nop
        say " not yet"
        mov dword [site], .twice
.twice: sti
        sti
        nop
        cli
        call newline

        say "sti; mov ss:"
        send
        mov dword [site], .movss
        mov eax, ss
.movss: sti
        mov ss, eax
        nop
        nop
        cli
        call newline
        say "popf:"
        send
        mov dword [site], .popf
        push dword 0x202
.popf:  popfd
        nop
        nop
        cli
        call newline
        say "hlt:"
        send
        mov dword [site], .hlt
.hlt:   sti
        hlt
        cli
        call newline

        say "NMI:"
        mov dword [site], .nmi
.nmi:   send_nmi
        nop
        nop
        call newline
        say "NMI in NMI:"
        mov byte [again], 1
        mov dword [site], .nested
.nested: send_nmi
        nop
        nop
        call newline

        say "into ring 3:"
        send
        mov dword [resume], .back
        mov [resume_esp], esp
        push dword DATA3
        push dword STACK3
        push dword 0x202
        push dword CODE3
        push dword r3
        mov dword [site], r3
        mov ax, DATA3
        mov ds, ax
        iretd
.back:
        say "into virtual-8086 mode:"
        send
        mov dword [resume], .back86
        mov [resume_esp], esp
        push dword 0
        push dword 0
        push dword 0
        push dword 0
        push dword 0
        push dword 0xff0
        push dword 0x20202
        push dword 0
        push dword v86
        mov dword [site], v86
        iretd
.back86:
        jmp quit

r3:     nop
        nop
        hlt
bits 16
v86:    nop
        nop
        hlt
bits 32

again:  db 0

external:
        push eax
        push ds
        push ss
        pop ds
        say " interrupt at +"
        mov eax, [esp + 8]
        sub eax, [site]
        call hex_byte
        say " from "
        mov eax, [esp + 12]
        call hex
        mov dword [EOI], 0
        pop ds
        pop eax
        iretd

nmi:    push eax
        say " NMI at +"
        mov eax, [esp + 4]
        sub eax, [site]
        call hex_byte
        cmp byte [again], 1
        jne .out
        mov byte [again], 2
        send_nmi
        nop
        nop
        say " still blocked"
.out:   pop eax
        iretd
