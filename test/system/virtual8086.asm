; Virtual-8086 mode: entering and leaving, IOPL-sensitive instructions, privileged ones, I/O bitmap, gates.

%define V_BACK 0x60             ; interrupt gate, DPL 3
%define V86_STACK 0xff0

main:
        enter_protected
        mov word [tss + 8], DATA0
        set_vector V_BACK, CODE0, back, 0xee
        ; the 8086 program's own handlers: INT 20h at 0:old20, INT 21h likewise
        mov word [0x20 * 4], at(old20)
        mov word [0x20 * 4 + 2], 0
        mov dword [flag_mask], 0x1a7300

; v86 "what", eflags, label: run from `label` with CS = SS = 0 until it faults or does INT V_BACK.
%macro v86 3
        attempt {%1}, enter_v86 %2, %3
%endmacro
%macro enter_v86 2
        push dword 0x5555       ; GS
        push dword 0x4444       ; FS
        push dword 0            ; DS
        push dword 0            ; ES
        push dword 0            ; SS
        push dword V86_STACK
        push dword (%1) | 0x20002
        push dword 0            ; CS
        push dword %2
        iretd
%endmacro

%macro all 1
        v86 {"cli", %1}, flags0, v_cli
        v86 {"sti", %1}, flags0, v_sti
        v86 {"pushf", %1}, flags0, v_pushf
        v86 {"pushfd", %1}, flags0, v_pushfd
        v86 {"popf with IF", %1}, flags0, v_popf
        v86 {"popf without IF", %1}, flags0 | 0x80200, v_popf0
        v86 {"popf with TF", %1}, flags0, v_popf_tf
        v86 {"popfd", %1}, flags0, v_popfd
        v86 {"iret", %1}, flags0, v_iret
        v86 {"iretd", %1}, flags0, v_iretd
        v86 {"int 0x20", %1}, flags0 | 0x80200, v_int20
        v86 {"int 0x60", %1}, flags0, v_back
        v86 {"sti with VIP", %1}, flags0 | 0x100000, v_sti
        v86 {"popf with IF and VIP", %1}, flags0 | 0x100000, v_popf
        v86 {"popf without IF and VIP", %1}, flags0 | 0x100000, v_popf0
        v86 {"int3", %1}, flags0, v_int3
        v86 {"segments", %1}, flags0, v_segments
%endmacro

%define flags0 0
        all ", IOPL 0"
%define flags0 0x3000
        all ", IOPL 3"
        ; what is not there, and what is privileged
        v86 "hlt", 0x3000, v_hlt
        v86 "mov eax, cr0", 0x3000, v_cr0
        v86 "lgdt", 0x3000, v_lgdt
        v86 "sgdt", 0x3000, v_sgdt
        v86 "sldt", 0x3000, v_sldt
        v86 "lar", 0x3000, v_lar
        v86 "arpl", 0x3000, v_arpl
        v86 "in from a closed port", 0x3000, v_in
        v86 "out to an open port", 0, v_out
        v86 "far call and return", 0, v_far

        ; gates that a virtual-8086 program can not take
        set_descriptor FREE, 0, 0xfffff, 0x9f, 12
        set_vector V_BACK, FREE, back, 0xee
        v86 "gate to conforming code", 0x3000, v_back
        set_vector V_BACK, CODE0, back, 0x8e
        v86 "gate of DPL 0", 0x3000, v_back
        jmp quit

; From virtual-8086 mode through V_BACK: print what was pushed, and the segment registers.
back:
        mov ax, DATA0
        mov ds, ax
        mov es, ax
        say " back: ip "
        mov eax, [esp]
        sub eax, at(v86_code)
        call hex
        say " flags "
        mov eax, [esp + 8]
        and eax, [flag_mask]
        call hex
        say " sp "
        mov eax, [esp + 12]
        call hex
        say " es "
        mov eax, [esp + 20]
        call hex
        say " fs "
        mov eax, [esp + 28]
        call hex
        say " gs "
        mov eax, [esp + 32]
        call hex
        say " now gs "
        mov eax, gs
        call hex
        mov ax, DATA0
        mov ss, ax
        mov esp, [resume_esp]
        call newline
        jmp [resume]

bits 16
v86_code:
v_cli:  cli
        int V_BACK
v_sti:  sti
        nop
        int V_BACK
v_pushf:
        pushf
        pop ax
        call hex16
        int V_BACK
v_pushfd:
        pushfd
        pop eax
        call hex16
        int V_BACK
v_popf: push word 0xf602 & ~0x4000
        popf
        pushf
        pop ax
        call hex16
        int V_BACK
v_popf0:
        push word 0x3002
        popf
        pushf
        pop ax
        call hex16
        int V_BACK
v_popf_tf:
        push word 0x3102
        popf
        nop
        int V_BACK
v_popfd:
        push dword 0x203202
        popfd
        int V_BACK
v_iret:
        push word 0x3202
        push word 0
        push word at(.there)
        iret
.there: int V_BACK
v_iretd:
        push dword 0x203202
        push dword 0
        push dword at(.there)
        iretd
.there: int V_BACK
v_int20:
        int 0x20
        say16 " returned"
        pushf
        pop ax
        call hex16
        int V_BACK
old20:  say16 " 8086 handler"
        pushf
        pop ax
        call hex16
        push bp
        mov bp, sp
        mov ax, [bp + 6]
        pop bp
        say16 " "
        call hex16
        iret
v_back: int V_BACK
v_int3: int3
        nop
v_segments:
        mov ax, 0x1234
        mov es, ax
        mov ax, fs
        call hex16
        push gs
        pop fs
        int V_BACK
v_hlt:  hlt
v_cr0:  mov eax, cr0
v_lgdt: lgdt [gdtr]
v_sgdt: sgdt [SPARE_16]
        int V_BACK
v_sldt: sldt ax
v_lar:  lar ax, ax
v_arpl: arpl ax, ax
v_in:   in al, 0x80
v_out:  mov al, '+'
        out 0xe9, al
        int V_BACK
v_outw: mov dx, 0xe9
        out dx, ax
v_jmp:  jmp dword 0:0x10000
v_far:  call 0:.there
        int V_BACK
.there: push cs
        pop ax
        call hex16
        retf
v_limit:
        mov ax, [0xffff]
        int V_BACK
SPARE_16 equ 0x600
