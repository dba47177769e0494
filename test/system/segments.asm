; Loading segment registers in protected mode: types, privilege, presence, accessed bits.

%define S_READ FREE             ; read-only data
%define S_EXEC (FREE + 8)       ; execute-only code
%define S_CODE (FREE + 16)      ; readable code
%define S_CONF (FREE + 24)      ; conforming readable code
%define S_GONE (FREE + 32)      ; writable data, not present
%define S_DPL3 (FREE + 40)      ; writable data, DPL 3
%define S_LDT (FREE + 48)       ; an LDT
%define S_FRESH (FREE + 56)     ; writable data, not yet accessed
%define S_SMALL (FREE + 64)     ; data, limit 0xff
%define S_DOWN (FREE + 72)      ; expand-down data, limit 0xff, 16-bit
%define S_DOWN32 (FREE + 80)    ; expand-down data, limit 0xfff, 32-bit
%define S_LGDT (FREE + 88)      ; the LDT's second name: not present

main:
        enter_protected
        set_descriptor S_READ, SPARE, 0xffff, 0x91, 4
        set_descriptor S_EXEC, SPARE, 0xffff, 0x99, 4
        set_descriptor S_CODE, SPARE, 0xffff, 0x9b, 4
        set_descriptor S_CONF, SPARE, 0xffff, 0x9f, 4
        set_descriptor S_GONE, SPARE, 0xffff, 0x13, 4
        set_descriptor S_DPL3, SPARE, 0xffff, 0xf3, 4
        set_descriptor S_LDT, at(ldt), 15, 0x82, 0
        set_descriptor S_FRESH, SPARE, 0xffff, 0x92, 4
        set_descriptor S_SMALL, SPARE, 0xff, 0x93, 4
        set_descriptor S_DOWN, SPARE, 0xff, 0x97, 0
        set_descriptor S_DOWN32, SPARE, 0xfff, 0x97, 4
        set_descriptor S_LGDT, at(ldt), 15, 0x02, 0

%macro load_all 2
        mov eax, %2
        attempt {"mov ds, ", %1}, mov ds, ax
        mov eax, %2
        attempt {"mov ss, ", %1}, mov ss, ax
        mov ax, DATA0
        mov ds, ax
        mov ss, ax
%endmacro

        load_all "null", 0
        load_all "null with RPL 3", 3
        load_all "beyond the GDT", FREE + 32 * 8
        load_all "read-only data", S_READ
        load_all "execute-only code", S_EXEC
        load_all "readable code", S_CODE
        load_all "readable code with RPL 3", S_CODE + 3
        load_all "conforming code", S_CONF
        load_all "conforming code with RPL 3", S_CONF + 3
        load_all "absent data", S_GONE
        load_all "DPL 3 data", S_DPL3
        load_all "DPL 3 data with RPL 3", S_DPL3 + 3
        load_all "DPL 0 data with RPL 3", DATA0 + 3
        load_all "a system descriptor", S_LDT
        load_all "LDT selector without LDT", 4

        mov eax, S_FRESH
        mov ds, ax
        mov ax, DATA0
        mov ds, ax
        show "accessed after load: ", [gdt + S_FRESH + 4]

        ; LDTR and TR
        mov eax, DATA0
        attempt "lldt, data", lldt ax
        mov eax, S_LGDT
        attempt "lldt, absent", lldt ax
        mov eax, S_LDT + 4
        attempt "lldt, itself in the LDT", lldt ax
        mov eax, S_LDT
        attempt "lldt", lldt ax
        mov eax, 0xffffffff
        sldt eax
        show "sldt: ", eax
        mov eax, 4
        attempt "mov ds, first of the LDT", mov ds, ax
        mov ax, DATA0
        mov ds, ax
        mov eax, 4 + 16
        attempt "mov ds, beyond the LDT", mov ds, ax
        xor eax, eax
        attempt "lldt, null", lldt ax
        mov eax, 4
        attempt "mov ds, LDT selector after lldt null", mov ds, ax
        mov eax, TSS0
        attempt "ltr, busy", ltr ax
        mov eax, S_LDT
        attempt "ltr, an LDT", ltr ax
        mov eax, 0xffffffff
        str eax
        show "str: ", eax
        mov dword [SPARE], 0xffffffff
        str [SPARE]
        show "str to memory: ", [SPARE]
        show "busy: ", [gdt + TSS0 + 4]

        ; moves
        mov eax, 0xffffffff
        mov eax, ds
        show "mov eax, ds: ", eax
        mov eax, 0xffffffff
        mov ax, ds
        show "mov ax, ds: ", eax
        mov dword [SPARE], 0xffffffff
        mov [SPARE], ds
        show "mov m, ds: ", [SPARE]
        attempt "mov cs, ax", db 0x8e, 0xc8
        attempt "mov segment 6, ax", db 0x8e, 0xf0
        attempt "mov ax, segment 7", db 0x8c, 0xf8

        mov dword [SPARE], 0x12345678
        mov dword [SPARE + 4], S_GONE
        mov ebx, 0x55
        attempt "lfs, absent", lfs ebx, [SPARE]
        show "ebx after: ", ebx
        mov dword [SPARE + 4], S_DPL3
        attempt "lfs", lfs ebx, [SPARE]
        show "ebx after: ", ebx
        mov eax, 0
        mov ax, fs
        show "fs after: ", eax

        push fs
        mov eax, [esp]
        pop gs
        show "push fs: ", eax
        mov eax, gs
        show "pop gs: ", eax
        jmp quit

align 8
ldt:    descriptor SPARE, 0xffff, 0x93, 4
        descriptor SPARE, 0xffff, 0x93, 4
