; HLT and what ends it besides interrupts: the single-step trap of the HLT itself.
; qemu: its translator stays halted

main:
        enter_protected
        set_vector 1, CODE0, trapped, 0x8e
        say "step over hlt:"
        mov dword [site], .hlt
        push dword 0x102
        popfd
.hlt:   hlt
        push dword 2
        popfd
        call newline
        jmp quit

trapped:
        push eax
        say " +"
        mov eax, [esp + 4]
        sub eax, [site]
        call hex_byte
        pop eax
        iretd
