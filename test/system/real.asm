; Real mode: the state after reset, the vector table, far transfers, limits, "unreal" mode, exceptions and the way back from protected mode.
; ends: shutdown

main:
        show16 "cs: ", cs
        show16 "ss: ", ss
        smsw ax
        show16 "msw: ", ax
        mov eax, cr0
        shr eax, 16
        show16 "cr0 high: ", ax
        sidt [0x600]
        show16 "idtr limit: ", [0x600]
        pushf
        pop ax
        show16 "flags: ", ax

        vectors16

        xor cx, cx
        attempt16 "div by zero", div cx
        attempt16 "int3", int3
        attempt16 "int 0x80", int 0x80
        mov ax, 0x7fff
        inc ax
        attempt16 "into", into
        mov ax, 5
        attempt16 "bound", bound ax, [bounds16]
        attempt16 "ud2", ud2
        attempt16 "lldt", lldt ax
        attempt16 "str", str ax
        attempt16 "verr", verr ax
        attempt16 "arpl", arpl ax, ax
        attempt16 "sysenter", sysenter
        attempt16 "lar", lar ax, ax
        attempt16 "mov cs", db 0x8e, 0xc8
        attempt16 "lock nop", db 0xf0, 0x90
        attempt16 "far jmp", jmp 0x100:(at(far16) - 0x1000)
        attempt16 "far call", call far_call16
        push word 0x0102
        popf
        nop
        nop
        push word 2
        popf
        call newline16

        ; stack wraps at 64 KiB
        mov [cs:sp16], sp
        mov word [0xfffe], 0x5555
        mov sp, 0
        push word 0x1234
        mov ax, sp
        mov sp, [cs:sp16]
        show16 "push at sp 0: sp ", ax
        show16 "stored: ", [0xfffe]

        ; 32-bit forms
        mov [cs:sp16], sp
        pushfd
        push dword 0
        push dword at(iret32)
        iretd
iret32: mov ax, sp
        sub ax, [cs:sp16]
        show16 "iretd moved sp by: ", ax

        ; protected mode and back: limits of DS stay
        cli
        o32 lgdt [gdtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        mov bx, DATA0
        mov fs, bx
        and al, ~1
        mov cr0, eax
        jmp 0:at(unreal)
unreal: xor ax, ax
        mov fs, ax
        mov dword [fs:dword 0x100000], 0x600df00d
        mov eax, [fs:dword 0x100000]
        show16 "beyond the limit through FS: ", ax
        mov ax, 0xffff
        mov fs, ax
        mov ax, [fs:0x10]
        show16 "the same through FFFF:0010: ", ax

        ; shutdown: a vector table too short for double faults
        say16 {"shutdown", 10}
        lidt [no_idt16]
        int3
        jmp quit16

far16:  say16 {" arrived at ", 0}
        push cs
        pop ax
        call hex16
        call newline16
        jmp 0:at(far_back)
far_back:
        jmp [cs:resume16]
far_call16:
        push cs
        call far_near
        ret
far_near:
        mov bp, sp
        mov ax, [bp + 2]
        call hex16
        retf
bounds16: dw 0, 1
no_idt16: dw 0
        dd 0
