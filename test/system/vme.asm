; Virtual-8086 mode extensions: virtual interrupts, interrupt redirection, PVI; and checks of virtual-8086 mode that QEMU does not make.
; qemu: its translator has no VME and checks no limits

%include "virtual8086.inc"

main:
        enter_protected
        prepare_v86
        mov eax, cr4
        or al, 1
        mov cr4, eax
%define flags0 0
        all ", IOPL 0, VME"
%define flags0 0x3000
        all ", IOPL 3, VME"
        and byte [tss_redirection + (0x20 >> 3)], ~1
%define flags0 0
        v86 "int 0x20 redirected, IOPL 0", 0x80200, v_int20
        v86 "int 0x20 redirected, IOPL 0, no VIF", 0x200, v_int20
        v86 "int 0x20 redirected, IOPL 3", 0x83200, v_int20
        mov eax, cr4
        and al, ~1
        mov cr4, eax

        v86 "through the end of a segment", 0, v_limit
        v86 "out across an open and a closed port", 0, v_outw
        v86 "jmp beyond 64 KiB", 0, v_jmp
        set_vector V_BACK, CODE1 & 0xfc, back, 0xee
        v86 "gate to ring 1", 0x3000, v_back
        ; PVI in ring 3
        mov eax, cr4
        or al, 2
        mov cr4, eax
        attempt "PVI: cli", ring3 p_cli
        attempt "PVI: sti", ring3 p_sti
        attempt "PVI: sti, cli", ring3 p_sticli
        jmp quit

p_cli:  cli
        hlt
p_sti:  sti
        hlt
p_sticli:
        sti
        cli
        hlt

programs_8086
