; What the processor checks at every access: segment limits, types, null selectors. And some values of CR0 and CR4.
; qemu: its translator checks none of these

%define S_READ FREE             ; read-only data
%define S_SMALL (FREE + 64)     ; data, limit 0xff
%define S_DOWN (FREE + 72)      ; expand-down data, limit 0xff, 16-bit
%define S_DOWN32 (FREE + 80)    ; expand-down data, limit 0xfff, 32-bit
%define C_SMALL (FREE + 24)     ; code, limit 0x10
%define G_FAR (FREE + 32)       ; call gate, offset beyond the limit
%define G_VECTOR 0x40           ; interrupt gate, offset beyond the limit

main:
        enter_protected
        set_descriptor S_READ, SPARE, 0xffff, 0x91, 4
        set_descriptor S_SMALL, SPARE, 0xff, 0x93, 4
        set_descriptor S_DOWN, SPARE, 0xff, 0x97, 0
        set_descriptor S_DOWN32, SPARE, 0xfff, 0x97, 4
        set_descriptor C_SMALL, 0, 0x10, 0x9a, 4
        set_gate G_FAR, C_SMALL, 0x100, 0xec, 0
        set_vector G_VECTOR, C_SMALL, 0x100, 0xee
        attempt "jmp beyond the limit", jmp C_SMALL:0x11
        attempt "call a gate beyond the limit", call G_FAR:0
        attempt "int to beyond the limit", int G_VECTOR
        attempt "retf to beyond the limit", call return_far
        attempt "iret to beyond the limit", call iret_far
        mov word [9], 0x7feb
        attempt "near jmp beyond the limit", jmp C_SMALL:9
        xor eax, eax
        attempt "ltr, null", ltr ax
        mov ax, S_SMALL
        mov fs, ax
        attempt "byte at the limit", mov al, [fs:0xff]
        attempt "byte beyond the limit", mov al, [fs:0x100]
        attempt "dword across the limit", mov eax, [fs:0xfd]
        attempt "write across the limit", mov [fs:0xfd], eax
        mov ax, S_DOWN
        mov fs, ax
        attempt "expand-down below", mov al, [fs:0xff]
        attempt "expand-down lowest", mov al, [fs:0x100]
        attempt "expand-down top", mov ax, [fs:0xfffe]
        attempt "expand-down across the top", mov eax, [fs:0xfffe]
        mov ax, S_DOWN32
        mov fs, ax
        attempt "expand-down 32 lowest", mov al, [fs:0x1000]
        attempt "expand-down 32 below", mov al, [fs:0xfff]
        mov ax, S_READ
        mov fs, ax
        attempt "read of read-only", mov al, [fs:0]
        attempt "write of read-only", mov [fs:0], al
        attempt "read-modify-write of read-only", inc dword [fs:0]
        attempt "write of code", mov [cs:SPARE], al
        xor eax, eax
        mov fs, ax
        attempt "read through null", mov al, [fs:0]
        set_descriptor S_DOWN32, 0, 0xff, 0xf7, 4
        set_descriptor S_SMALL, 0, 0xff, 0xf3, 4
        attempt "push on an expand-down stack's lowest", ring3 push_once, S_DOWN32 + 3, 0x104
        attempt "push below an expand-down stack", ring3 push_once, S_DOWN32 + 3, 0x103
        attempt "push at a stack's limit", ring3 push_once, S_SMALL + 3, 0x100
        attempt "push above a stack's limit", ring3 push_once, S_SMALL + 3, 0x101
        attempt "pop above a stack's limit", ring3 pop_once, S_SMALL + 3, 0xfd
        mov eax, 0x80000010
        attempt "PG without PE", mov cr0, eax
        mov eax, 0x20000011
        attempt "NW without CD", mov cr0, eax
        mov eax, 0x80000000
        attempt "cr4 bit 31", mov cr4, eax
        mov eax, 0x00001000
        attempt "cr4 bit 12", mov cr4, eax
        jmp quit

; At offset 9 of the first page: EB 7F, a near jump to 0x8A. (Written by `main`: the image does not reach that far down.)
return_far:
        push dword C_SMALL
        push dword 0x11
        retf
iret_far:
        pushfd
        push dword C_SMALL
        push dword 0x11
        iretd
push_once:
        push eax
        hlt
pop_once:
        pop eax
        hlt

