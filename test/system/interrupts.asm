; Interrupts and exceptions in protected mode: gate types and sizes, rings, error codes, flags, double faults.
; ends: shutdown
; qemu differs: int1: it has no such instruction
; qemu differs: with EXT: it does not set EXT for an exception that an exception brings

%define C_CONF FREE             ; conforming code, DPL 0
%define C_DPL3 (FREE + 8)       ; code, DPL 3
%define C_GONE (FREE + 16)      ; code, not present
%define V_TRAP 0x40             ; trap gate, DPL 3
%define V_INTERRUPT 0x41        ; interrupt gate, DPL 3
%define V_DPL0 0x42             ; interrupt gate, DPL 0
%define V_TRAP16 0x43           ; 16-bit trap gate, DPL 3
%define V_GONE 0x44             ; not present
%define V_CALL 0x45             ; a call gate, which is no gate for interrupts
%define V_CONF 0x46             ; trap gate to conforming code
%define V_RING1 0x47            ; trap gate to ring 1
%define V_NULL 0x48             ; to the null selector
%define V_DATA 0x49             ; to data
%define V_ABSENT 0x4a           ; to code that is not present
%define V_OUTER 0x4b            ; to code of DPL 3
%define V_BEYOND 0x4c           ; beyond the GDT

main:
        enter_protected
        set_descriptor C_CONF, 0, 0xfffff, 0x9f, 12
        set_descriptor C_DPL3, 0, 0xfffff, 0xfb, 12
        set_descriptor C_GONE, 0, 0xfffff, 0x1b, 12
        set_vector V_TRAP, CODE0, handler, 0xef
        set_vector V_INTERRUPT, CODE0, handler, 0xee
        set_vector V_DPL0, CODE0, handler, 0x8e
        set_vector V_TRAP16, CODE0, handler16, 0xe7
        set_vector V_GONE, CODE0, handler, 0x6e
        set_vector V_CALL, CODE0, handler, 0xec
        set_vector V_CONF, C_CONF, handler, 0xef
        set_vector V_RING1, CODE1 & 0xfc, handler, 0xef
        set_vector V_NULL, 0, handler, 0xee
        set_vector V_DATA, DATA0, handler, 0xee
        set_vector V_ABSENT, C_GONE, handler, 0xee
        set_vector V_OUTER, C_DPL3, handler, 0xee
        set_vector V_BEYOND, FREE + 32 * 8, handler, 0xee

        ; from ring 0
        sti
        attempt "trap gate", int V_TRAP
        attempt "interrupt gate", int V_INTERRUPT
        attempt "16-bit trap gate", int V_TRAP16
        attempt "with NT", call nested_flag
        cli
        attempt "absent gate", int V_GONE
        attempt "call gate", int V_CALL
        attempt "gate to null", int V_NULL
        attempt "gate to data", int V_DATA
        attempt "gate to absent code", int V_ABSENT
        attempt "gate to an outer ring", int V_OUTER
        attempt "gate beyond the GDT", int V_BEYOND
        attempt "gate to conforming", int V_CONF
        attempt "empty entry", int 0x80

        ; a shorter IDT
        lidt [short_idt]
        attempt "vector beyond the IDT", int 0x50
        lidt [idtr]

        ; software exceptions and faults
        attempt "int3", int3
        attempt "int 3", int 3
        mov eax, 0x7fffffff
        inc eax
        attempt "into", into
        xor eax, eax
        attempt "into without overflow", into
        attempt "int1", db 0xf1
        attempt "int 13: no error code is pushed", int 0x20
        attempt "ud2", ud2
        xor ecx, ecx
        attempt "div by zero", div ecx
        mov eax, 5
        attempt "bound", bound eax, [bounds]

        ; from ring 3
        attempt "ring 3: trap gate", ring3 r3_trap
        attempt "ring 3: interrupt gate", ring3 r3_interrupt
        attempt "ring 3: 16-bit gate", ring3 r3_trap16
        attempt "ring 3: gate of DPL 0", ring3 r3_dpl0
        attempt "ring 3: gate to ring 1", ring3 r3_ring1
        attempt "ring 3: gate to conforming", ring3 r3_conforming
        attempt "ring 3: int3 of DPL 0", ring3 r3_int3
        attempt "ring 3: cli", ring3 r3_cli
        attempt "ring 3: hlt", ring3 r3_hlt
        attempt "ring 3: int1 of DPL 0", ring3 r3_int1
        mov word [tss + 16], DATA3
        attempt "ring 3: bad SS1", ring3 r3_ring1
        mov word [tss + 16], FREE + 32 * 8
        attempt "ring 3: SS1 beyond the GDT", ring3 r3_ring1
        mov word [tss + 16], DATA1

        ; nested faults: #DE whose gate is absent becomes #NP, which is serviced; if #NP fails too, #DF
        mov byte [idt + 0 * 8 + 5], 0x0e
        xor ecx, ecx
        attempt "div by zero, gate absent", div ecx
        attempt "div by zero, gate absent, #NP too", call np_gone
        mov byte [idt + 11 * 8 + 5], 0x8e
        mov byte [idt + 0 * 8 + 5], 0x8e
        mov byte [idt + 6 * 8 + 5], 0x0e
        attempt "ud2, gate absent: #NP with EXT", ud2
        mov byte [idt + 6 * 8 + 5], 0x8e

        ; flags
        attempt "popf, IOPL and IF from ring 3", ring3 r3_popf
        pushfd
        pop eax
        and eax, 0xfffff72a
        show "flags: ", eax
        push dword 0x247cd5
        popfd
        pushfd
        pop eax
        push dword 2
        popfd
        show "all flags: ", eax

        ; triple fault
        say {"shutdown", 10}
        lidt [no_idt]
        int3
        jmp quit

np_gone:
        mov byte [idt + 11 * 8 + 5], 0x0e
        div ecx

nested_flag:
        push dword 0x4202
        popfd
        int V_TRAP
        push dword 0x202
        popfd
        ret

bounds: dd 6, 9
short_idt:
        dw 0x50 * 8 + 6
        dd idt
no_idt: dw 0
        dd 0

; Print CS, EFLAGS now, and the frame: EIP, CS, EFLAGS. Returns past the interrupt.
handler:
        push eax
        push ds
        push ss
        pop ds
        say " [cs "
        mov eax, cs
        call hex
        say " ss "
        mov eax, ss
        call hex
        say " esp "
        lea eax, [esp + 8]
        call hex
        say " flags "
        pushfd
        pop eax
        and eax, 0x67300
        call hex
        say " from "
        mov eax, [esp + 12]
        call hex
        say " flags "
        mov eax, [esp + 16]
        and eax, 0x67300
        call hex
        say "]"
        pop ds
        pop eax
        iretd

; Stack: IP, CS, FLAGS, and SP, SS.
handler16:
        push eax
        push ds
        push ss
        pop ds
        say " [cs "
        mov ax, [esp + 10]
        call hex
        say " flags "
        mov ax, [esp + 12]
        and eax, 0x7300
        call hex
        say "]"
        pop ds
        pop eax
        o16 iret

r3_trap:
        int V_TRAP
        hlt
r3_interrupt:
        int V_INTERRUPT
        hlt
r3_trap16:
        int V_TRAP16
        hlt
r3_dpl0:
        int V_DPL0
        hlt
r3_ring1:
        int V_RING1
        hlt
r3_conforming:
        int V_CONF
        hlt
r3_int3:
        int3
        hlt
r3_cli: cli
        hlt
r3_hlt: hlt
r3_int1:
        db 0xf1
        hlt
r3_popf:
        push dword 0x3202
        popfd
        hlt
