; Virtual-8086 mode: entering and leaving, IOPL-sensitive instructions, privileged ones, I/O bitmap, gates.

%include "virtual8086.inc"

main:
        enter_protected
        prepare_v86
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

programs_8086
