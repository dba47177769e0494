; Instructions that ask about selectors without loading them: LAR LSL VERR VERW ARPL.

%define S_READ FREE             ; read-only data
%define S_EXEC (FREE + 8)       ; execute-only code
%define S_CONF (FREE + 24)      ; conforming readable code
%define S_GONE (FREE + 32)      ; writable data, not present
%define S_LDT (FREE + 48)       ; an LDT
%define S_GATE (FREE + 88)      ; an interrupt gate

main:
        enter_protected
        set_descriptor S_READ, SPARE, 0xffff, 0x91, 4
        set_descriptor S_EXEC, SPARE, 0xffff, 0x99, 4
        set_descriptor S_CONF, SPARE, 0xffff, 0x9f, 4
        set_descriptor S_GONE, SPARE, 0xffff, 0x13, 4
        set_descriptor S_LDT, SPARE, 15, 0x82, 0
        set_descriptor S_GATE, SPARE, 0xffff, 0x8e, 0

%macro inspect 2
        mov ecx, %2
        mov eax, 0x11223344
        lar eax, cx
        jz %%lar
        mov eax, 0
%%lar:
        show {"lar ", %1, " "}, eax
        mov eax, 0x11223344
        lsl eax, cx
        jz %%lsl
        mov eax, 0
%%lsl:
        show {"lsl ", %1, " "}, eax
        xor eax, eax
        verr cx
        jnz %%verr
        inc eax
%%verr:
        verw cx
        jnz %%verw
        or al, 0x10
%%verw:
        show {"verr verw ", %1, " "}, eax
%endmacro
        inspect "null", 0
        inspect "flat data", DATA0
        inspect "DPL 0 with RPL 3", DATA0 + 3
        inspect "execute-only", S_EXEC
        inspect "conforming with RPL 3", S_CONF + 3
        inspect "read-only", S_READ
        inspect "absent", S_GONE
        inspect "LDT", S_LDT
        inspect "TSS", TSS0
        inspect "interrupt gate", S_GATE
        inspect "beyond", FREE + 32 * 8
        mov eax, 0x10
        mov ecx, 0x13
        arpl ax, cx
        setz cl
        movzx ecx, cl
        show "arpl raised: ", eax
        show "zf: ", ecx
        mov eax, 0x13
        mov ecx, 0x11
        arpl ax, cx
        setz cl
        movzx ecx, cl
        show "arpl kept: ", eax
        show "zf: ", ecx
        jmp quit
